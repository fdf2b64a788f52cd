
#include "store/store.h"

#include <hiredis/hiredis.h>

#include "store/scripts.h"


#define BILLING_STORE_ARGS 72


ngx_str_t
billing_store_key(billing_store_t *store, ngx_str_t *domain, const char *name)
{
    size_t    len;
    ngx_str_t key;

    len = store->prefix.len + domain->len + ngx_strlen(name);

    key.data = ngx_alloc(len + sizeof("{}:"), store->log);
    if (key.data == NULL) {
        key.len = 0;
        return key;
    }

    key.len = ngx_sprintf(key.data, "%V{%V}:%s", &store->prefix, domain, name)
              - key.data;

    return key;
}


billing_redis_call_t *
billing_store_eval(billing_store_t *store, billing_redis_script_t *script,
    ngx_str_t *domain, ngx_uint_t nargs, const ngx_str_t *args,
    billing_redis_done_pt done, void *data)
{
    ngx_str_t             argv[BILLING_STORE_ARGS];
    billing_redis_call_t *call;

    if (nargs >= BILLING_STORE_ARGS) {
        ngx_log_error(NGX_LOG_ALERT, store->log, 0,
            "billing: too many arguments for a script: %ui", nargs);
        return NULL;
    }

    argv[0] = billing_store_key(store, domain, "meta");
    if (argv[0].data == NULL) {
        return NULL;
    }

    ngx_memcpy(&argv[1], args, nargs * sizeof(ngx_str_t));

    call = billing_redis_client_eval(
        store->redis, script, 1, nargs, argv, done, data);

    ngx_free(argv[0].data);

    return call;
}


/* Redis 7 does not say which command its user may not run. */
static const char *
store_hint(struct redisReply *reply)
{
    return strstr(reply->str, "can't run this command") != NULL
               ? ", its user lacks a right that DIRECTIVES.md names"
               : "";
}


ngx_int_t
billing_store_reply(billing_store_t *store, const billing_errand_t *errand,
    struct redisReply *reply, const char *error, size_t min)
{
    /* the bridge has logged that the connection is lost */

    if (reply == NULL) {
        ngx_log_error(NGX_LOG_INFO, store->log, 0,
            "billing: no answer from redis to \"%s\" in domain \"%V\": %s%s%V",
            errand->what, &errand->domain, error,
            errand->request.len != 0 ? ", request " : "", &errand->request);
        return NGX_ERROR;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, store->log, 0,
            "billing: redis refuses \"%s\" in domain \"%V\": \"%*s\"%s%s%V",
            errand->what, &errand->domain, (size_t) reply->len, reply->str,
            store_hint(reply), errand->request.len != 0 ? ", request " : "",
            &errand->request);
        return NGX_ERROR;
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < min) {
        billing_store_unexpected(store, errand, "its type or length");
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
billing_store_unexpected(
    billing_store_t *store, const billing_errand_t *errand, const char *what)
{
    ngx_log_error(NGX_LOG_ERR, store->log, 0,
        "billing: unexpected answer from redis to \"%s\" in domain \"%V\": "
        "%s%s%V",
        errand->what, &errand->domain, what,
        errand->request.len != 0 ? ", request " : "", &errand->request);
}


void
billing_store_suspect(billing_store_t *store, const ngx_str_t *domain)
{
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, store->log, 0,
        "billing store: domain \"%V\" may have changed", domain);

    if (store->zone != NULL) {
        billing_zone_suspect(store->zone, domain);
    }
}


void
billing_store_changed(billing_store_t *store, const ngx_str_t *domain)
{
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, store->log, 0,
        "billing store: domain \"%V\" has changed", domain);

    if (store->zone != NULL) {
        billing_zone_touch(store->zone, domain);
    }
}
