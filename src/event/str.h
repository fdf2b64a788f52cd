
/*
 * nginx's strings.
 */

#ifndef BILLING_EVENT_STR_H
#define BILLING_EVENT_STR_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "core/str.h"


/*
 * dst, which may be src, gets a copy in the pool; of an empty one, too, its
 * data is not NULL.  NGX_ERROR when out of memory.
 */
ngx_int_t billing_str_dup(
    ngx_pool_t *pool, ngx_str_t *dst, const ngx_str_t *src);


/* The same bytes, as core/ has them. */
static ngx_inline billing_str_t
billing_str_of(const ngx_str_t *s)
{
    return (billing_str_t){ (const char *) s->data, s->len };
}


#endif /* BILLING_EVENT_STR_H */
