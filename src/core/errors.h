
/*
 * Where a request body is wrong: a list of (JSON pointer, code, message) that
 * becomes the "errors" member of a problem document.  Codes are stable:
 * "required", "type", "format", "length", "range", "duplicate", "unknown",
 * "not_found", "enum", "limit".  Messages are plain English sentences; pages
 * translate by code.
 */

#ifndef BILLING_CORE_ERRORS_H
#define BILLING_CORE_ERRORS_H

#include <jansson.h>

#include "core/status.h"


#define BILLING_ERRORS_MAX 50


typedef struct {
    json_t  *list; /* array of objects; NULL while there is none */
    unsigned count;
} billing_errors_t;


void billing_errors_init(billing_errors_t *errors);
void billing_errors_free(billing_errors_t *errors);

/*
 * Adds one.  pointer is an RFC 6901 pointer that the caller has escaped.
 * Past BILLING_ERRORS_MAX entries further ones are counted, not kept.
 */
void billing_errors_add(billing_errors_t *errors, const char *pointer,
    const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* What the last one's sentence names, for pages to say; args is taken over. */
void billing_errors_args(billing_errors_t *errors, json_t *args);

/* As above for one member below a parent; the name is escaped here. */
void billing_errors_add_member(billing_errors_t *errors, const char *parent,
    const char *name, const char *code, const char *message);


#endif /* BILLING_CORE_ERRORS_H */
