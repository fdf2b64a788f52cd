
#include "store/schema.h"

#include <hiredis/hiredis.h>

#include "store/lua.h"


#define BILLING_SCHEMA_ARGS  40 /* at most, of the script */
#define BILLING_SCHEMA_HEAD  4  /* elements of its answer */
#define BILLING_SCHEMA_LINES 10 /* in the log */


BILLING_STORE_LUA(billing_schema_lua, "store/script_domain.lua",
    "store/script_audit.lua", "store/schema.lua");

static billing_redis_script_t schema_script = {
    .text = billing_schema_lua,
    .durable = 1,
};


static void schema_newer(
    billing_store_t *store, const ngx_str_t *domain, const redisReply *schema);
static void schema_twice(
    billing_store_t *store, const ngx_str_t *domain, const redisReply *reply);


ngx_uint_t
billing_schema_unfit(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_ARRAY
           && reply->elements > 0
           && reply->element[0]->type == REDIS_REPLY_STRING
           && ngx_strcmp(reply->element[0]->str, "schema") == 0;
}


billing_redis_call_t *
billing_schema_settle(billing_store_t *store, ngx_str_t *domain,
    billing_schema_mode_t mode, const billing_audit_t *audit,
    billing_redis_done_pt done, void *data)
{
    ngx_str_t *p, args[BILLING_SCHEMA_ARGS];
    ngx_uint_t i;

    static const billing_audit_t nobody;

    static const ngx_str_t modes[] = {
        ngx_string(""),
        ngx_string("check"),
        ngx_string("end"),
    };

    p = billing_audit_args(audit != NULL ? audit : &nobody, args);
    *p++ = modes[mode];

    for (i = 0; i < store->nclouds && p + 2 <= args + BILLING_SCHEMA_ARGS; i++)
    {
        *p++ = store->clouds[i].provider;
        *p++ = store->clouds[i].cloud;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, store->log, 0,
        "billing schema: domain \"%V\" is settled, mode \"%V\"", domain,
        &modes[mode]);

    return billing_store_eval(
        store, &schema_script, domain, p - args, args, done, data);
}


ngx_int_t
billing_schema_read(billing_store_t *store, const ngx_str_t *domain,
    redisReply *reply, const char *error, billing_schema_settled_t *settled)
{
    size_t           i;
    ngx_uint_t       level;
    redisReply     **e;
    billing_errand_t errand;

    errand = (billing_errand_t){ .what = "settle", .domain = *domain };

    if (billing_store_reply(store, &errand, reply, error, 2) != NGX_OK) {
        return NGX_ERROR;
    }

    e = reply->element;

    for (i = 0; i < reply->elements; i++) {
        if (e[i]->type != REDIS_REPLY_STRING) {
            billing_store_unexpected(store, &errand, "no texts");
            return NGX_ERROR;
        }
    }

    if (ngx_strcmp(e[0]->str, "newer") == 0) {
        schema_newer(store, domain, e[1]);
        return NGX_DECLINED;
    }

    if (reply->elements < BILLING_SCHEMA_HEAD) {
        billing_store_unexpected(store, &errand, "too short");
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
        BILLING_SCHEMA, settled->ended ? ", and no older one" : "");

    schema_twice(store, domain, reply);
    billing_store_changed(store, domain);

    return NGX_OK;
}


static void
schema_newer(
    billing_store_t *store, const ngx_str_t *domain, const redisReply *schema)
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
        domain, &store->newer, BILLING_SCHEMA);
}


static void
schema_twice(
    billing_store_t *store, const ngx_str_t *domain, const redisReply *reply)
{
    size_t       i, n;
    redisReply **e;

    n = (reply->elements - BILLING_SCHEMA_HEAD) / 3;

    for (i = 0; i < n && i < BILLING_SCHEMA_LINES; i++) {
        e = reply->element + BILLING_SCHEMA_HEAD + 3 * i;

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
