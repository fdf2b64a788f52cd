
/*
 * Where jansson's memory comes from.  Values may hold credentials, so it is
 * that of secret.h; but a page of costs holds none, is read and dropped
 * within one function, and has a million small values: these lie one behind
 * the other in an arena and go all at once.
 *
 * An arena is of the thread that has opened it; other threads, with arenas of
 * their own or none, may use jansson meanwhile.
 */

#ifndef BILLING_CORE_JSON_ARENA_H
#define BILLING_CORE_JSON_ARENA_H

#include <jansson.h>

#include "core/status.h"


typedef struct billing_json_chunk_s billing_json_chunk_t;

typedef struct {
    billing_json_chunk_t *chunks; /* the newest first */
    size_t                size;   /* of the next one */
    unsigned              open : 1;
} billing_json_arena_t;


/*
 * Gives jansson its functions.  Once in a process, while it has one thread;
 * jansson's hashes are seeded, too.  Without it arenas do nothing.
 */
void billing_json_arena_init(void);

/*
 * From 1 to 0 this thread's jansson uses malloc() and free() themselves.  What
 * is older must not change or be dropped meanwhile, and what is made be gone.
 */
void billing_json_plain(int plain);

/* Frees what json_dumps() has given. */
void billing_json_text_free(char *text);

/*
 * Until it is closed all that jansson allocates in this thread is the arena's.
 * Values that are older must not change or be dropped meanwhile.
 */
void billing_json_arena_open(billing_json_arena_t *arena);

/* Takes a reference to value, NULL or made in the arena: all of it goes. */
void billing_json_arena_close(billing_json_arena_t *arena, json_t *value);


/*
 * How often this thread's jansson has had no memory.  It does not say so itself
 * of each text that it could not read, and of what is made in many steps the
 * one that has failed is not looked for.
 */
unsigned billing_json_failures(void);


#endif /* BILLING_CORE_JSON_ARENA_H */
