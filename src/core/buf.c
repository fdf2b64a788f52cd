
/*
 * The buffer grows by doubling.  Its memory always has one byte more than cap,
 * where vsnprintf() may put its NUL.  What is given back is overwritten first:
 * any buffer may have held a credential, and realloc() would leave a copy.
 */

#include "core/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/secret.h"


#define BILLING_BUF_FIRST 64


static void             billing_buf_release(billing_buf_t *b);
static billing_status_t billing_buf_reserve(billing_buf_t *b, size_t len);
static billing_status_t billing_buf_grow(billing_buf_t *b, size_t need);


void
billing_buf_init(billing_buf_t *b, size_t max)
{
    /* room for the byte behind cap */
    *b = (billing_buf_t){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}


void
billing_buf_init_secret(billing_buf_t *b, size_t max)
{
    billing_buf_init(b, max);
    b->secret = 1;
}


billing_status_t
billing_buf_add(billing_buf_t *b, const void *data, size_t len)
{
    billing_status_t status;

    status = billing_buf_reserve(b, len);
    if (status != BILLING_OK || len == 0) {
        return status;
    }

    memcpy(b->data + b->len, data, len);
    b->len += len;

    return BILLING_OK;
}


billing_status_t
billing_buf_add_str(billing_buf_t *b, billing_str_t s)
{
    return billing_buf_add(b, s.data, s.len);
}


billing_status_t
billing_buf_add_char(billing_buf_t *b, char c)
{
    return billing_buf_add(b, &c, 1);
}


billing_status_t
billing_buf_addf(billing_buf_t *b, const char *fmt, ...)
{
    int              n;
    va_list          args;
    billing_status_t status;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (n < 0) {
        /* longer than INT_MAX: the formats here cannot fail otherwise */
        b->status = b->status == BILLING_OK ? BILLING_LIMIT : b->status;
        return b->status;
    }

    status = billing_buf_reserve(b, (size_t) n);
    if (status != BILLING_OK || n == 0) {
        return status;
    }

    va_start(args, fmt);
    (void) vsnprintf(b->data + b->len, (size_t) n + 1, fmt, args);
    va_end(args);

    b->len += (size_t) n;

    return BILLING_OK;
}


void
billing_buf_reset(billing_buf_t *b)
{
    b->len = 0;
    b->status = BILLING_OK;
}


void
billing_buf_free(billing_buf_t *b)
{
    unsigned secret;

    secret = b->secret;
    billing_buf_release(b);
    billing_buf_init(b, b->max);
    b->secret = secret;
}


static void
billing_buf_release(billing_buf_t *b)
{
    if (b->secret) {
        billing_secret_free(b->data);

    } else {
        free(b->data);
    }
}


void
billing_buf_wipe(billing_buf_t *b)
{
    if (b->data != NULL) {
        /* all of it: a reset buffer still has its old contents */
        explicit_bzero(b->data, b->cap + 1);
    }

    billing_buf_free(b);
}


/* Makes room for len bytes more. */
static billing_status_t
billing_buf_reserve(billing_buf_t *b, size_t len)
{
    if (b->status != BILLING_OK) {
        return b->status;
    }

    if (len > b->max - b->len) {
        b->status = BILLING_LIMIT;
        return b->status;
    }

    if (len <= b->cap - b->len) {
        return BILLING_OK;
    }

    b->status = billing_buf_grow(b, b->len + len);

    return b->status;
}


static billing_status_t
billing_buf_grow(billing_buf_t *b, size_t need)
{
    char  *data;
    size_t cap;

    cap = b->cap > b->max / 2 ? b->max : b->cap * 2;

    if (cap < BILLING_BUF_FIRST) {
        cap = BILLING_BUF_FIRST < b->max ? BILLING_BUF_FIRST : b->max;
    }

    if (cap < need) {
        cap = need;
    }

    data = b->secret ? billing_secret_alloc(cap + 1) : malloc(cap + 1);
    if (data == NULL) {
        return BILLING_NOMEM;
    }

    if (b->data != NULL) {
        memcpy(data, b->data, b->len);
        explicit_bzero(b->data, b->cap + 1);
        billing_buf_release(b);
    }

    b->data = data;
    b->cap = cap;

    return BILLING_OK;
}
