
/*
 * Variables for log_format: what a request's answer cost.
 */

#include "http/conf.h"
#include "http/op.h"


static ngx_int_t ngx_http_billing_variable_status(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_billing_variable_time(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_billing_variable_calls(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);


static ngx_http_variable_t variables_vars[] = {

    { ngx_string("billing_cache_status"), NULL,
        ngx_http_billing_variable_status, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("billing_lookup_time"), NULL, ngx_http_billing_variable_time,
        0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("billing_upstream_calls"), NULL,
        ngx_http_billing_variable_calls, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    ngx_http_null_variable
};


ngx_int_t
ngx_http_billing_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t *var, *v;

    for (v = variables_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


/* NULL: the request has no answer of ours (yet). */

static billing_ctx_t *
variables_answered(ngx_http_request_t *r, ngx_http_variable_value_t *v)
{
    billing_ctx_t *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_billing_module);

    if (ctx == NULL || !ctx->valid || ctx->cache_status.len == 0) {
        v->not_found = 1;
        return NULL;
    }

    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;

    return ctx;
}


static ngx_int_t
ngx_http_billing_variable_status(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    billing_ctx_t *ctx;

    ctx = variables_answered(r, v);

    if (ctx != NULL) {
        v->data = ctx->cache_status.data;
        v->len = ctx->cache_status.len;
    }

    return NGX_OK;
}


/* Seconds with milliseconds, as $request_time. */

static ngx_int_t
ngx_http_billing_variable_time(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char        *p;
    billing_ctx_t *ctx;

    ctx = variables_answered(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;
    v->len = ngx_sprintf(p, "%T.%03M", (time_t) ctx->lookup_time / 1000,
                 ctx->lookup_time % 1000)
             - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_variable_calls(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char        *p;
    billing_ctx_t *ctx;

    ctx = variables_answered(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;
    v->len = ngx_sprintf(p, "%ui", ctx->upstream_calls) - p;

    return NGX_OK;
}
