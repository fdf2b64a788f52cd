
/*
 * Headers of a request.
 */

#include "http/request.h"


static void headers_join(ngx_pool_t *pool, ngx_str_t *list, ngx_str_t *value);


/*
 * Lines of the same name are one list (RFC 9110 section 5.3).  So a second
 * Origin is not passed over: the list equals no host.
 */

ngx_str_t
billing_headers_request_header(ngx_http_request_t *r, const char *name)
{
    size_t           len;
    ngx_str_t        value = ngx_null_string;
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                headers_join(r->pool, &value, &h[i].value);
            }
        }
    }

    return value;
}


ngx_str_t
billing_headers_own_header(ngx_http_request_t *r, const char *name)
{
    ngx_str_t none = ngx_null_string;

    return r == r->main ? billing_headers_request_header(r, name) : none;
}


static void
headers_join(ngx_pool_t *pool, ngx_str_t *list, ngx_str_t *value)
{
    u_char *p;

    if (list->data == NULL) {
        *list = *value;
        return;
    }

    p = ngx_pnalloc(pool, list->len + 2 + value->len);

    /* without memory a value that fits nowhere, rather than half of it */

    if (p == NULL) {
        ngx_str_set(list, ",");
        return;
    }

    list->len = ngx_sprintf(p, "%V, %V", list, value) - p;
    list->data = p;
}
