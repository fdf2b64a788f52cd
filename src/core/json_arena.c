
/*
 * jansson 2.14 calls nothing but malloc and free; the one pair of functions
 * that it takes looks whether the thread has an arena open.
 */

#include "core/json_arena.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/secret.h"


#define BILLING_JSON_CHUNK_FIRST (64 * 1024)
#define BILLING_JSON_CHUNK_MAX   (1024 * 1024)


struct billing_json_chunk_s {
    billing_json_chunk_t *next;
    char                 *free;
    char                 *end;
    max_align_t           data[];
};


static void *billing_json_malloc(size_t size);
static void  billing_json_free(void *p);
static void *billing_json_arena_alloc(billing_json_arena_t *arena, size_t size);
static billing_status_t billing_json_arena_grow(
    billing_json_arena_t *arena, size_t size);


static _Thread_local billing_json_arena_t *billing_json_arena;
static _Thread_local int                   billing_json_is_plain;
static _Thread_local unsigned              billing_json_missing;


void
billing_json_arena_init(void)
{
    json_object_seed(0);
    json_set_alloc_funcs(billing_json_malloc, billing_json_free);
}


void
billing_json_plain(int plain)
{
    billing_json_is_plain = plain;
}


void
billing_json_text_free(char *text)
{
    json_free_t release;

    json_get_alloc_funcs(NULL, &release);
    release(text);
}


void
billing_json_arena_open(billing_json_arena_t *arena)
{
    json_malloc_t alloc;

    json_get_alloc_funcs(&alloc, NULL);

    memset(arena, 0, sizeof(billing_json_arena_t));

    if (alloc != billing_json_malloc) {
        return;
    }

    arena->open = 1;
    arena->size = BILLING_JSON_CHUNK_FIRST;
    billing_json_arena = arena;
}


void
billing_json_arena_close(billing_json_arena_t *arena, json_t *value)
{
    billing_json_chunk_t *chunk;

    if (!arena->open) {
        json_decref(value);
        return;
    }

    billing_json_arena = NULL;

    while (arena->chunks != NULL) {
        chunk = arena->chunks;
        arena->chunks = chunk->next;
        free(chunk);
    }
}


unsigned
billing_json_failures(void)
{
    return billing_json_missing;
}


static void *
billing_json_malloc(size_t size)
{
    void *p;

    if (billing_json_arena != NULL) {
        p = billing_json_arena_alloc(billing_json_arena, size);

    } else {
        p = billing_json_is_plain ? malloc(size) : billing_secret_alloc(size);
    }

    if (p == NULL) {
        billing_json_missing++;
    }

    return p;
}


static void
billing_json_free(void *p)
{
    if (p == NULL || billing_json_arena != NULL) {
        return;
    }

    if (billing_json_is_plain) {
        free(p);

    } else {
        billing_secret_free(p);
    }
}


static void *
billing_json_arena_alloc(billing_json_arena_t *arena, size_t size)
{
    void                 *p;
    size_t                align;
    billing_json_chunk_t *chunk;

    align = _Alignof(max_align_t) - 1;

    if (size > PTRDIFF_MAX / 2) {
        return NULL;
    }

    size = (size + align) & ~align;
    chunk = arena->chunks;

    if (chunk == NULL || size > (size_t) (chunk->end - chunk->free)) {
        if (billing_json_arena_grow(arena, size) != BILLING_OK) {
            return NULL;
        }

        chunk = arena->chunks;
    }

    p = chunk->free;
    chunk->free += size;

    return p;
}


/* What is left of the chunk before is lost: it was too small. */
static billing_status_t
billing_json_arena_grow(billing_json_arena_t *arena, size_t size)
{
    size_t                room;
    billing_json_chunk_t *chunk;

    room = size > arena->size ? size : arena->size;

    chunk = malloc(sizeof(billing_json_chunk_t) + room);
    if (chunk == NULL) {
        return BILLING_NOMEM;
    }

    chunk->free = (char *) chunk->data;
    chunk->end = chunk->free + room;
    chunk->next = arena->chunks;
    arena->chunks = chunk;

    if (arena->size < BILLING_JSON_CHUNK_MAX) {
        arena->size *= 2;
    }

    return BILLING_OK;
}
