
/*
 * Pauses, for calls that no permit is asked for: what permits are given for
 * keeps to them by itself, see permit.c.
 */

#include "fetch/pause.h"

#include <hiredis/hiredis.h>

#include "event/lua.h"
#include "fetch/names.h"


static billing_redis_call_t *pause_eval(billing_fetch_t *fetch,
    const billing_owner_t *owner, ngx_msec_t pause, billing_redis_done_pt done,
    void *data);
static void pause_ignore(void *data, redisReply *reply, const char *error);


BILLING_LUA(pause_begin_lua, "event/redis_denied.lua", "fetch/pause.lua",
    "fetch/pause_begin.lua");

static billing_redis_script_t pause_begin = {
    .text = pause_begin_lua,
};


billing_redis_call_t *
billing_pause_ask(billing_fetch_t *fetch, const billing_owner_t *owner,
    billing_redis_done_pt done, void *data)
{
    return pause_eval(fetch, owner, 0, done, data);
}


ngx_msec_t
billing_pause_left(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_INTEGER
                   && reply->integer > 0
               ? ngx_min((ngx_msec_t) reply->integer, BILLING_FETCH_REST)
               : 0;
}


void
billing_pause_begin(
    billing_fetch_t *fetch, const billing_owner_t *owner, ngx_msec_t pause)
{
    (void) pause_eval(fetch, owner, pause, pause_ignore, NULL);
}


static billing_redis_call_t *
pause_eval(billing_fetch_t *fetch, const billing_owner_t *owner,
    ngx_msec_t pause, billing_redis_done_pt done, void *data)
{
    u_char                text[NGX_INT_T_LEN];
    ngx_str_t             argv[2];
    billing_redis_call_t *call;

    if (billing_names_owner(fetch, NULL, owner, "paused", &argv[0]) != NGX_OK) {
        return NULL;
    }

    argv[1].data = text;
    argv[1].len = ngx_sprintf(text, "%M", pause) - text;

    call = billing_redis_client_eval(
        fetch->conf.redis, &pause_begin, 1, 1, argv, done, data);

    ngx_free(argv[0].data);

    return call;
}


static void
pause_ignore(void *data, redisReply *reply, const char *error)
{
}
