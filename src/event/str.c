
#include "event/str.h"


ngx_int_t
billing_str_dup(ngx_pool_t *pool, ngx_str_t *dst, const ngx_str_t *src)
{
    u_char *p;

    p = ngx_pnalloc(pool, src->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, src->data, src->len);

    dst->data = p;
    dst->len = src->len;

    return NGX_OK;
}
