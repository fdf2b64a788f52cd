
/*
 * A block is written whole by one script, and kept much longer than it is
 * fresh, so that an old one can serve when the provider is away.
 */

#include "fetch/save.h"

#include <hiredis/hiredis.h>

#include "event/lua.h"
#include "fetch/ages.h"
#include "fetch/names.h"


#define BILLING_SAVE_OPEN   (40 * 86400)  /* seconds */
#define BILLING_SAVE_CLOSED (400 * 86400) /* seconds */


static void save_done(void *data, redisReply *reply, const char *error);


BILLING_LUA(save_lua, "event/redis_denied.lua", "fetch/save.lua");

static billing_redis_script_t save_script = {
    .text = save_lua,
};


ngx_int_t
billing_save_block(
    billing_fetch_block_t *block, void (*done)(billing_fetch_block_t *block))
{
    u_char               ttl[NGX_INT_T_LEN];
    u_char               version[NGX_INT_T_LEN];
    u_char               began[NGX_TIME_T_LEN];
    u_char               future[NGX_TIME_T_LEN];
    ngx_str_t            argv[3 + 6 + BILLING_FIELD_MAX + BILLING_AGES_MAX];
    ngx_uint_t           i, nages;
    billing_flight_t    *flight;
    billing_block_meta_t meta;

    flight = block->flight;
    meta.fetched_at = flight->fetched_at;
    meta.open = block->open;

    argv[0] = block->key;

    if (billing_names_account(
            flight->fetch, flight->pool, &flight->owner, ":blocks", &argv[1])
            != NGX_OK
        || billing_names_account(
               flight->fetch, flight->pool, &flight->owner, "", &argv[2])
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    argv[3].data = ttl;
    argv[3].len = ngx_sprintf(ttl, "%d",
                      billing_block_settled(block->month, &meta)
                          ? BILLING_SAVE_CLOSED
                          : BILLING_SAVE_OPEN)
                  - ttl;
    argv[4].data = version;
    argv[4].len = ngx_sprintf(version, "%ui", flight->owner.version) - version;
    argv[5].data = began;
    argv[5].len = ngx_sprintf(began, "%T", flight->fetched_at) - began;
    argv[6].data = future;
    argv[6].len = ngx_sprintf(future, "%T", ngx_time() + BILLING_FETCH_SKEW)
                  - future;
    argv[7].data = (u_char *) block->meta.data;
    argv[7].len = block->meta.len;

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        argv[8 + i].data = (u_char *) block->fields[i].data;
        argv[8 + i].len = block->fields[i].len;
    }

    argv[8 + i].data = (u_char *) block->restated.data;
    argv[8 + i].len = block->restated.len;

    if (billing_ages(block, &argv[9 + i], &nages) != NGX_OK) {
        return NGX_ERROR;
    }

    block->saved = done;
    block->call = billing_redis_client_eval(flight->fetch->conf.redis,
        &save_script, 3, 6 + BILLING_FIELD_MAX + nages, argv, save_done, block);

    return block->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
save_done(void *data, redisReply *reply, const char *error)
{
    billing_fetch_block_t *block = data;

    billing_fetch_conf_t *conf;

    block->call = NULL;
    conf = &block->flight->fetch->conf;

    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER
        || reply->integer != 0) {
        conf->changed(conf->data, &block->flight->owner.domain);
    }

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        billing_save_failed(block, reply == NULL ? error : reply->str);
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, conf->log, 0, "billing: block \"%V\" %s",
        &block->key,
        reply != NULL && reply->type == REDIS_REPLY_INTEGER
            ? (reply->integer ? "is written"
                              : "is not written: there is a newer one, or no "
                                "such account")
            : "may not be written");

    block->saved(block);
}


void
billing_save_failed(billing_fetch_block_t *block, const char *reason)
{
    if (block->flight->unstored) {
        return; /* one line is enough */
    }

    block->flight->unstored = 1;

    ngx_log_error(NGX_LOG_WARN, block->flight->fetch->conf.log, 0,
        "writing \"%V\" to redis failed: \"%s\"", &block->key, reason);
}
