
/*
 * Which endpoint a path and a method mean.
 */

#include "http/subject.h"


static ngx_int_t route_match(
    const ngx_str_t *pattern, ngx_str_t *path, ngx_str_t *id);


/* clang-format off */
#define BILLING_ROUTE(path, method, who, what, name, action) \
    { ngx_string(path), NGX_HTTP_##method, \
      BILLING_FOR_##who, BILLING_IS_##what, \
      NGX_HTTP_##method != NGX_HTTP_GET, billing_api_##name, action },

static const billing_route_t route_table[] = {
    BILLING_ENDPOINTS(BILLING_ROUTE)
    { ngx_null_string, 0,
      BILLING_FOR_MEMBER, BILLING_IS_READ,
      0, NULL, NULL }
};
/* clang-format on */


const billing_route_t *
billing_route(
    ngx_uint_t method, ngx_str_t *path, ngx_str_t *id, ngx_uint_t *methods)
{
    ngx_int_t              rc;
    ngx_uint_t             fixed;
    const billing_route_t *route;

    *methods = 0;
    fixed = 0;

    for (route = route_table; route->handler != NULL; route++) {
        rc = route_match(&route->path, path, id);

        /* "service-accounts/verify" is not the account "verify" */

        if (rc == NGX_DECLINED || (rc == NGX_DONE && fixed)) {
            continue;
        }

        fixed = rc == NGX_OK;

        if (route->method == method) {
            return route;
        }

        *methods |= route->method;
    }

    return NULL;
}


const billing_route_t *
billing_route_at(ngx_uint_t place)
{
    const billing_route_t *route;

    route = &route_table[place];

    return route->handler == NULL ? NULL : route;
}


ngx_uint_t
billing_route_place(const billing_route_t *route)
{
    return route - route_table;
}


/* NGX_OK: to the letter; NGX_DONE: with an id. */

static ngx_int_t
route_match(const ngx_str_t *pattern, ngx_str_t *path, ngx_str_t *id)
{
    u_char *p, *q, *plast, *qlast;

    p = pattern->data;
    plast = p + pattern->len;
    q = path->data;
    qlast = q + path->len;

    ngx_str_null(id);

    while (p < plast) {
        if (*p != '{') {
            if (q == qlast || *p++ != *q++) {
                return NGX_DECLINED;
            }

            continue;
        }

        p += sizeof("{id}") - 1;

        id->data = q;
        while (q < qlast && *q != '/') {
            q++;
        }

        id->len = q - id->data;

        if (id->len == 0) {
            return NGX_DECLINED;
        }
    }

    if (q != qlast) {
        return NGX_DECLINED;
    }

    return id->len == 0 ? NGX_OK : NGX_DONE;
}


ngx_int_t
billing_route_allow(ngx_pool_t *pool, ngx_uint_t methods, ngx_str_t *allow)
{
    u_char    *p;
    ngx_uint_t i;

    static const struct {
        ngx_uint_t method;
        ngx_str_t  text;
    } names[] = {
        { NGX_HTTP_GET, ngx_string(", GET, HEAD") },
        { NGX_HTTP_POST, ngx_string(", POST") },
        { NGX_HTTP_PUT, ngx_string(", PUT") },
        { NGX_HTTP_PATCH, ngx_string(", PATCH") },
        { NGX_HTTP_DELETE, ngx_string(", DELETE") },
    };

    p = ngx_pnalloc(pool, sizeof(", GET, HEAD, POST, PUT, PATCH, DELETE"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    allow->data = p + 2;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (methods & names[i].method) {
            p = ngx_cpymem(p, names[i].text.data, names[i].text.len);
        }
    }

    allow->len = p - allow->data;

    return NGX_OK;
}
