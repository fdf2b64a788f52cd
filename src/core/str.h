
/*
 * A counted string that owns nothing.  The bytes belong to whoever made them
 * and need not be NUL-terminated.
 */

#ifndef BILLING_CORE_STR_H
#define BILLING_CORE_STR_H

#include <stddef.h>
#include <string.h>


typedef struct {
    const char *data;
    size_t      len;
} billing_str_t;


#define billing_str(literal) ((billing_str_t){ literal, sizeof(literal) - 1 })


static inline billing_str_t
billing_str_from(const char *z)
{
    return (billing_str_t){ z, z == NULL ? 0 : strlen(z) };
}


static inline int
billing_str_eq(billing_str_t a, billing_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


/* Byte order, a prefix before what it begins: <0, 0, >0 as memcmp(). */
static inline int
billing_str_cmp(billing_str_t a, billing_str_t b)
{
    int    order;
    size_t len;

    len = a.len < b.len ? a.len : b.len;
    order = len == 0 ? 0 : memcmp(a.data, b.data, len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}


#endif /* BILLING_CORE_STR_H */
