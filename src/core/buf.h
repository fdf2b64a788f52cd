
/*
 * A growing byte buffer whose maximum size must be stated when it is made.
 * After the first failure (out of memory, or past the maximum) it stays
 * failed and every further call is refused, so a writer may check once, at
 * the end.
 */

#ifndef BILLING_CORE_BUF_H
#define BILLING_CORE_BUF_H

#include "core/status.h"
#include "core/str.h"


typedef struct {
    char            *data; /* NULL while empty */
    size_t           len;
    size_t           cap;
    size_t           max;
    billing_status_t status; /* BILLING_OK, BILLING_NOMEM, BILLING_LIMIT */
    unsigned         secret : 1;
} billing_buf_t;


/* Makes an empty buffer that never grows beyond max bytes. */
void billing_buf_init(billing_buf_t *b, size_t max);

/* The same for secrets: its memory is that of secret.h. */
void billing_buf_init_secret(billing_buf_t *b, size_t max);

/* Appends len bytes.  Returns BILLING_LIMIT or BILLING_NOMEM on failure. */
billing_status_t billing_buf_add(
    billing_buf_t *b, const void *data, size_t len);

billing_status_t billing_buf_add_str(billing_buf_t *b, billing_str_t s);
billing_status_t billing_buf_add_char(billing_buf_t *b, char c);

/* Appends printf output. */
billing_status_t billing_buf_addf(billing_buf_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Empties the buffer, keeping its memory; clears a failure. */
void billing_buf_reset(billing_buf_t *b);

/* Frees the memory; the buffer may be used again with the same maximum. */
void billing_buf_free(billing_buf_t *b);

/* Overwrites the contents so that they cannot be optimised away, then frees. */
void billing_buf_wipe(billing_buf_t *b);


#endif /* BILLING_CORE_BUF_H */
