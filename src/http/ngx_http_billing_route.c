
/*
 * The table of endpoints.
 */

#include "http/ngx_http_billing_subject.h"


static ngx_int_t ngx_http_billing_match(
    const ngx_str_t *pattern, ngx_str_t *path, ngx_str_t *id);


#define OPEN    1, 0, 0, 0, 0, 0, 0
#define READ    0, 0, 0, 0, 0, 0, 0
#define FIGURES 0, 0, 0, 0, 0, 1, 0
#define TABLE   0, 0, 0, 1, 0, 1, 1
#define STREAM  0, 0, 0, 0, 1, 0, 1
#define WRITE   0, 1, 1, 0, 0, 0, 0
#define DELETE  0, 1, 0, 0, 0, 0, 0
#define COMMAND 0, 1, 0, 0, 0, 0, 0

static const ngx_http_billing_route_t ngx_http_billing_routes[] = {

    { ngx_string("health"), NGX_HTTP_GET, OPEN, ngx_http_billing_api_health,
        NULL },
    { ngx_string("session"), NGX_HTTP_GET, READ, ngx_http_billing_api_session,
        NULL },
    { ngx_string("check"), NGX_HTTP_GET, READ, ngx_http_billing_api_check,
        NULL },
    { ngx_string("openapi.json"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_openapi, NULL },

    { ngx_string("audit"), NGX_HTTP_GET, READ, ngx_http_billing_api_audit,
        "audit.read" },

    { ngx_string("reseal"), NGX_HTTP_POST, COMMAND, ngx_http_billing_api_reseal,
        "credentials.reseal" },
    { ngx_string("migrate"), NGX_HTTP_POST, COMMAND,
        ngx_http_billing_api_migrate, "storage.migrate" },

    { ngx_string("providers"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_provider_list, NULL },
    { ngx_string("providers/{id}"), NGX_HTTP_PUT, WRITE,
        ngx_http_billing_api_provider_put, "provider.update" },

    { ngx_string("project-groups"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_group_list, NULL },
    { ngx_string("project-groups"), NGX_HTTP_POST, WRITE,
        ngx_http_billing_api_group_create, "project_group.create" },
    { ngx_string("project-groups/{id}"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_group_get, NULL },
    { ngx_string("project-groups/{id}"), NGX_HTTP_PATCH, WRITE,
        ngx_http_billing_api_group_patch, "project_group.update" },
    { ngx_string("project-groups/{id}"), NGX_HTTP_DELETE, DELETE,
        ngx_http_billing_api_group_delete, "project_group.delete" },

    { ngx_string("projects"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_project_list, NULL },
    { ngx_string("projects"), NGX_HTTP_POST, WRITE,
        ngx_http_billing_api_project_create, "project.create" },
    { ngx_string("projects/{id}"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_project_get, NULL },
    { ngx_string("projects/{id}"), NGX_HTTP_PATCH, WRITE,
        ngx_http_billing_api_project_patch, "project.update" },
    { ngx_string("projects/{id}"), NGX_HTTP_DELETE, DELETE,
        ngx_http_billing_api_project_delete, "project.delete" },
    { ngx_string("projects/{id}/dashboard"), NGX_HTTP_GET, FIGURES,
        ngx_http_billing_api_project_dashboard, NULL },

    { ngx_string("service-accounts"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_account_list, NULL },
    { ngx_string("service-accounts"), NGX_HTTP_POST, WRITE,
        ngx_http_billing_api_account_create, "service_account.create" },
    { ngx_string("service-accounts/verify"), NGX_HTTP_POST, WRITE,
        ngx_http_billing_api_account_verify, "service_account.verify" },
    { ngx_string("service-accounts/{id}"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_account_get, NULL },
    { ngx_string("service-accounts/{id}"), NGX_HTTP_PATCH, WRITE,
        ngx_http_billing_api_account_patch, "service_account.update" },
    { ngx_string("service-accounts/{id}"), NGX_HTTP_DELETE, DELETE,
        ngx_http_billing_api_account_delete, "service_account.delete" },
    { ngx_string("service-accounts/{id}/linked-accounts"), NGX_HTTP_GET, READ,
        ngx_http_billing_api_linked, NULL },

    { ngx_string("costs"), NGX_HTTP_GET, TABLE, ngx_http_billing_api_costs,
        NULL },
    { ngx_string("costs/stream"), NGX_HTTP_GET, STREAM,
        ngx_http_billing_api_costs_stream, NULL },
    { ngx_string("dashboard"), NGX_HTTP_GET, FIGURES,
        ngx_http_billing_api_dashboard, NULL },

    { ngx_null_string, 0, READ, NULL, NULL }
};


const ngx_http_billing_route_t *
ngx_http_billing_route(
    ngx_uint_t method, ngx_str_t *path, ngx_str_t *id, ngx_uint_t *methods)
{
    ngx_int_t                       rc;
    ngx_uint_t                      fixed;
    const ngx_http_billing_route_t *route;

    *methods = 0;
    fixed = 0;

    for (route = ngx_http_billing_routes; route->handler != NULL; route++) {
        rc = ngx_http_billing_match(&route->path, path, id);

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


const ngx_http_billing_route_t *
ngx_http_billing_route_at(ngx_uint_t place)
{
    const ngx_http_billing_route_t *route;

    route = &ngx_http_billing_routes[place];

    return route->handler == NULL ? NULL : route;
}


ngx_uint_t
ngx_http_billing_route_place(const ngx_http_billing_route_t *route)
{
    return route - ngx_http_billing_routes;
}


/* NGX_OK: to the letter; NGX_DONE: with an id. */

static ngx_int_t
ngx_http_billing_match(const ngx_str_t *pattern, ngx_str_t *path, ngx_str_t *id)
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
ngx_http_billing_allow(ngx_pool_t *pool, ngx_uint_t methods, ngx_str_t *allow)
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
