
#include "store/ngx_http_billing_schema.h"

#include <hiredis/hiredis.h>

#include "store/ngx_http_billing_lua.h"


#define NGX_HTTP_BILLING_SCHEMA_ARGS  40 /* at most, of the script */
#define NGX_HTTP_BILLING_SCHEMA_HEAD  4  /* elements of its answer */
#define NGX_HTTP_BILLING_SCHEMA_LINES 10 /* in the log */


NGX_HTTP_BILLING_LUA(ngx_http_billing_schema_lua,
    "store/ngx_http_billing_script_domain.lua",
    "store/ngx_http_billing_script_audit.lua",
    "store/ngx_http_billing_schema.lua");

static ngx_billing_redis_script_t ngx_http_billing_schema_script = {
    .text = ngx_http_billing_schema_lua,
    .durable = 1,
};


static void ngx_http_billing_schema_newer(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, const redisReply *schema);
static void ngx_http_billing_schema_twice(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, const redisReply *reply);


ngx_uint_t
ngx_http_billing_schema_unfit(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_ARRAY
           && reply->elements > 0
           && reply->element[0]->type == REDIS_REPLY_STRING
           && ngx_strcmp(reply->element[0]->str, "schema") == 0;
}


ngx_billing_redis_call_t *
ngx_http_billing_schema_settle(ngx_http_billing_store_t *store,
    ngx_str_t *domain, ngx_http_billing_schema_mode_t mode,
    const ngx_http_billing_audit_t *audit, ngx_billing_redis_done_pt done,
    void *data)
{
    ngx_str_t *p, args[NGX_HTTP_BILLING_SCHEMA_ARGS];
    ngx_uint_t i;

    static const ngx_http_billing_audit_t nobody;

    static const ngx_str_t modes[] = {
        ngx_string(""),
        ngx_string("check"),
        ngx_string("end"),
    };

    p = ngx_http_billing_audit_args(audit != NULL ? audit : &nobody, args);
    *p++ = modes[mode];

    for (i = 0;
         i < store->nclouds && p + 2 <= args + NGX_HTTP_BILLING_SCHEMA_ARGS;
         i++)
    {
        *p++ = store->clouds[i].provider;
        *p++ = store->clouds[i].cloud;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, store->log, 0,
        "billing schema: domain \"%V\" is settled, mode \"%V\"", domain,
        &modes[mode]);

    return ngx_http_billing_store_eval(store, &ngx_http_billing_schema_script,
        domain, p - args, args, done, data);
}


ngx_int_t
ngx_http_billing_schema_read(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, redisReply *reply, const char *error,
    ngx_http_billing_schema_settled_t *settled)
{
    size_t                    i;
    ngx_uint_t                level;
    redisReply              **e;
    ngx_http_billing_errand_t errand;

    errand = (ngx_http_billing_errand_t){ .what = "settle", .domain = *domain };

    if (ngx_http_billing_store_reply(store, &errand, reply, error, 2) != NGX_OK)
    {
        return NGX_ERROR;
    }

    e = reply->element;

    for (i = 0; i < reply->elements; i++) {
        if (e[i]->type != REDIS_REPLY_STRING) {
            ngx_http_billing_store_unexpected(store, &errand, "no texts");
            return NGX_ERROR;
        }
    }

    if (ngx_strcmp(e[0]->str, "newer") == 0) {
        ngx_http_billing_schema_newer(store, domain, e[1]);
        return NGX_DECLINED;
    }

    if (reply->elements < NGX_HTTP_BILLING_SCHEMA_HEAD) {
        ngx_http_billing_store_unexpected(store, &errand, "too short");
        return NGX_ERROR;
    }

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, store->log, 0,
        "billing schema: domain \"%V\": changed %s, ended %s, %s claims removed",
        domain, e[1]->str, e[2]->str, e[3]->str);

    settled->changed = e[1]->str[0] != '0';
    settled->ended = e[2]->str[0] == '1';
    settled->removed = ngx_atoi((u_char *) e[3]->str, e[3]->len);

    if (!settled->changed) {
        return NGX_OK;
    }

    level = NGX_LOG_INFO;

    if (e[1]->str[0] == '2' || settled->ended) {
        level = NGX_LOG_NOTICE;
    }

    ngx_log_error(level, store->log, 0,
        "billing: data of domain \"%V\" have schema %d now%s", domain,
        NGX_HTTP_BILLING_SCHEMA, settled->ended ? ", and no older one" : "");

    ngx_http_billing_schema_twice(store, domain, reply);
    ngx_http_billing_store_changed(store, domain);

    return NGX_OK;
}


static void
ngx_http_billing_schema_newer(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, const redisReply *schema)
{
    size_t i, len;
    u_char ch;

    len = ngx_min((size_t) schema->len, sizeof(store->newer_data) - 1);

    /* it may be anything */

    store->newer_data[0] = '?';

    for (i = 0; i < len; i++) {
        ch = schema->str[i];
        store->newer_data[i] = ch >= 0x20 && ch < 0x7f ? ch : '?';
    }

    store->newer.data = store->newer_data;
    store->newer.len = ngx_max(len, 1);

    ngx_log_error(NGX_LOG_ERR, store->log, 0,
        "billing: data of domain \"%V\" are of schema \"%V\", and this nginx "
        "knows only %d",
        domain, &store->newer, NGX_HTTP_BILLING_SCHEMA);
}


static void
ngx_http_billing_schema_twice(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, const redisReply *reply)
{
    size_t       i, n;
    redisReply **e;

    n = (reply->elements - NGX_HTTP_BILLING_SCHEMA_HEAD) / 3;

    for (i = 0; i < n && i < NGX_HTTP_BILLING_SCHEMA_LINES; i++) {
        e = reply->element + NGX_HTTP_BILLING_SCHEMA_HEAD + 3 * i;

        ngx_log_error(NGX_LOG_WARN, store->log, 0,
            "billing: in domain \"%V\" account \"%s\" no longer has linked "
            "account \"%s\": it counts for \"%s\"",
            domain, e[0]->str, e[1]->str, e[2]->str);
    }

    if (n > i) {
        ngx_log_error(NGX_LOG_WARN, store->log, 0,
            "billing: so it is with more of domain \"%V\"", domain);
    }
}
