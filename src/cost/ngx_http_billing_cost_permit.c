
/*
 * Leave to call the provider.  Before each call one script in Redis sees to
 * it that, over all workers and nodes, a credential has no more calls in
 * flight than its provider bears, and no more in a month or day than
 * "billing_lookup_limit" says; and counts the call.
 *
 * A permit is a member of a ZSET with the time at which it lapses, a little
 * after the longest transfer, by the clock of Redis: nobody gives back those
 * of a killed worker.  A worker that was sent away asks again soon.  Whoever
 * asks first when a permit is free gets it, unless somebody else has waited
 * for long: a worker with a thousand calls to make must not keep others out.
 *
 * Keys of a domain, without the "<prefix>{domain}:" before them:
 *
 *   permits:<account>:<version>   ZSET  tokens of calls in flight
 *   paused:<account>:<version>    until when the provider is not called: it
 *                                 has said that it was called too often
 *   paced:<provider>:<linked>     ZSET  calls for a linked account, by when
 *                                       they were made, where a provider
 *                                       takes only so many in a time
 *   waiting:<account>:<version>   HASH  worker -> since when it waits, and
 *                                       how long that is believed
 *   usage:<yyyy-mm>               HASH  <provider>: all calls;
 *                                       <provider>:<account>: calls for costs;
 *                                       <provider>:<account>:linked: calls for
 *                                       the list of linked accounts
 *   usage:<yyyy-mm-dd>            HASH  <provider>:<account>, where the limit
 *                                       is one of days
 *   full:<month or day>           SET   accounts that have reached the limit
 */

#include "cost/ngx_http_billing_cost_again.h"
#include "cost/ngx_http_billing_cost_permit.h"
#include "cost/ngx_http_billing_cost_usage.h"

#include <hiredis/hiredis.h>

#include "event/ngx_billing_lua.h"


/* by how much a permit outlasts the transfer; milliseconds */
#define NGX_HTTP_BILLING_COST_PERMIT_MORE 5000

#define NGX_HTTP_BILLING_COST_PERMIT_WORDS 14 /* of a script, with its key */


static ngx_billing_redis_call_t *ngx_http_billing_cost_permit_eval(
    ngx_http_billing_cost_walk_t *walk, ngx_billing_redis_script_t *script,
    ngx_str_t *argv, ngx_uint_t n, ngx_billing_redis_done_pt done, void *data);
static void ngx_http_billing_cost_permit_done(
    void *data, redisReply *reply, const char *error);
static ngx_int_t ngx_http_billing_cost_permit_state(
    ngx_http_billing_cost_flight_t *flight, redisReply *reply,
    const char *error);
static void ngx_http_billing_cost_permit_ignore(
    void *data, redisReply *reply, const char *error);
static ngx_billing_redis_call_t *ngx_http_billing_cost_permit_rest(
    ngx_http_billing_cost_t *cost, const ngx_str_t *domain,
    const ngx_str_t *account, ngx_uint_t version, ngx_msec_t pause,
    ngx_billing_redis_done_pt done, void *data);


/* What each takes and answers is said in its last file. */

NGX_BILLING_LUA(ngx_http_billing_cost_permit_take_lua,
    "event/ngx_billing_redis_denied.lua",
    "cost/ngx_http_billing_cost_pause.lua",
    "cost/ngx_http_billing_cost_permit.lua",
    "cost/ngx_http_billing_cost_permit_take.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_permit_take = {
    .text = ngx_http_billing_cost_permit_take_lua,
};

NGX_BILLING_LUA(ngx_http_billing_cost_permit_give_lua,
    "event/ngx_billing_redis_denied.lua",
    "cost/ngx_http_billing_cost_pause.lua",
    "cost/ngx_http_billing_cost_permit.lua",
    "cost/ngx_http_billing_cost_permit_give.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_permit_give = {
    .text = ngx_http_billing_cost_permit_give_lua,
};

NGX_BILLING_LUA(ngx_http_billing_cost_permit_paced_lua,
    "event/ngx_billing_redis_denied.lua",
    "cost/ngx_http_billing_cost_pause.lua",
    "cost/ngx_http_billing_cost_permit_paced.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_permit_paced = {
    .text = ngx_http_billing_cost_permit_paced_lua,
};

NGX_BILLING_LUA(ngx_http_billing_cost_permit_pause_lua,
    "event/ngx_billing_redis_denied.lua",
    "cost/ngx_http_billing_cost_pause.lua",
    "cost/ngx_http_billing_cost_permit_pause.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_permit_pause = {
    .text = ngx_http_billing_cost_permit_pause_lua,
};


ngx_billing_redis_call_t *
ngx_http_billing_cost_paused(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const ngx_str_t *account, ngx_uint_t version,
    ngx_billing_redis_done_pt done, void *data)
{
    return ngx_http_billing_cost_permit_rest(
        cost, domain, account, version, 0, done, data);
}


ngx_msec_t
ngx_http_billing_cost_paused_for(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_INTEGER
                   && reply->integer > 0
               ? ngx_min(
                   (ngx_msec_t) reply->integer, NGX_HTTP_BILLING_COST_REST)
               : 0;
}


void
ngx_http_billing_cost_pause(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const ngx_str_t *account, ngx_uint_t version,
    ngx_int_t seconds)
{
    (void) ngx_http_billing_cost_permit_rest(cost, domain, account, version,
        ngx_http_billing_cost_again_rest(seconds),
        ngx_http_billing_cost_permit_ignore, NULL);
}


static ngx_billing_redis_call_t *
ngx_http_billing_cost_permit_rest(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const ngx_str_t *account, ngx_uint_t version,
    ngx_msec_t pause, ngx_billing_redis_done_pt done, void *data)
{
    u_char                   *p;
    u_char                    text[NGX_INT_T_LEN];
    ngx_str_t                 argv[2];
    ngx_billing_redis_call_t *call;

    p = ngx_alloc(cost->conf.prefix.len + domain->len + account->len
                      + NGX_INT_T_LEN + sizeof("{}:paused::"),
        cost->conf.log);
    if (p == NULL) {
        return NULL;
    }

    argv[0].data = p;
    argv[0].len = ngx_sprintf(p, "%V{%V}:paused:%V:%ui", &cost->conf.prefix,
                      domain, account, version)
                  - p;
    argv[1].data = text;
    argv[1].len = ngx_sprintf(text, "%M", pause) - text;

    call = ngx_billing_redis_eval(cost->conf.redis,
        &ngx_http_billing_cost_permit_pause, 1, 1, argv, done, data);

    ngx_free(p);

    return call;
}


void
ngx_http_billing_cost_paced(ngx_http_billing_cost_t *cost,
    const ngx_str_t *domain, const char *provider, const ngx_str_t *linked,
    ngx_msec_t time)
{
    u_char   *p;
    u_char    name[2 * NGX_INT64_LEN], valid[NGX_INT_T_LEN];
    ngx_str_t argv[3];

    p = ngx_alloc(cost->conf.prefix.len + domain->len + ngx_strlen(provider)
                      + linked->len + sizeof("{}:paced::"),
        cost->conf.log);
    if (p == NULL) {
        return;
    }

    argv[0].data = p;
    argv[0].len = ngx_sprintf(p, "%V{%V}:paced:%s:%V", &cost->conf.prefix,
                      domain, provider, linked)
                  - p;
    argv[1].data = name;
    argv[1].len = ngx_sprintf(name, "%xD-%xD", (uint32_t) ngx_random(),
                      (uint32_t) ngx_random())
                  - name;
    argv[2].data = valid;
    argv[2].len = ngx_sprintf(valid, "%M", time) - valid;

    (void) ngx_billing_redis_eval(cost->conf.redis,
        &ngx_http_billing_cost_permit_paced, 1, 2, argv,
        ngx_http_billing_cost_permit_ignore, NULL);

    ngx_free(p);
}


ngx_int_t
ngx_http_billing_cost_permit_ask(ngx_http_billing_cost_walk_t *walk)
{
    u_char                        most[NGX_INT_T_LEN];
    u_char                        limit[NGX_INT_T_LEN];
    u_char                        hold[NGX_INT_T_LEN];
    u_char                        longest[NGX_INT_T_LEN];
    u_char                        pace[NGX_INT_T_LEN], time[NGX_INT_T_LEN];
    ngx_str_t                     argv[NGX_HTTP_BILLING_COST_PERMIT_WORDS];
    ngx_http_billing_cost_conf_t *conf;

    conf = &walk->flight->cost->conf;

    argv[6].data = limit;
    argv[6].len = ngx_sprintf(limit, "%ui", conf->limit) - limit;
    argv[7] = walk->flight->cost->name;
    argv[8].data = most;
    argv[8].len = ngx_sprintf(most, "%ui", walk->flight->lane->limit) - most;
    argv[9].data = hold;
    argv[9].len = ngx_sprintf(hold, "%M",
                      walk->flight->provider.timeout
                          + NGX_HTTP_BILLING_COST_PERMIT_MORE)
                  - hold;
    argv[10].data = longest;
    argv[10].len = ngx_sprintf(longest, "%ui", NGX_HTTP_BILLING_COST_REST)
                   - longest;

    argv[11].data = (u_char *) (walk->nlinked > 0 ? walk->linked->data : "");
    argv[11].len = walk->nlinked > 0 ? walk->linked->len : 0;
    argv[12].data = pace;
    argv[12].len = ngx_sprintf(pace, "%ui", walk->flight->provider.pace) - pace;
    argv[13].data = time;
    argv[13].len = ngx_sprintf(time, "%M", walk->flight->provider.pace_time)
                   - time;

    walk->asked = ngx_time();
    walk->call = ngx_http_billing_cost_permit_eval(walk,
        &ngx_http_billing_cost_permit_take, argv, 13,
        ngx_http_billing_cost_permit_done, walk);

    return walk->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_billing_cost_permit_done(
    void *data, redisReply *reply, const char *error)
{
    ngx_http_billing_cost_walk_t *walk = data;

    ngx_int_t                state;
    ngx_http_billing_cost_t *cost;

    cost = walk->flight->cost;
    walk->call = NULL;

    state = ngx_http_billing_cost_permit_state(walk->flight, reply, error);

    switch (state) {
    case NGX_OK:
        walk->permitted = 1;
        ngx_http_billing_cost_walk_send(walk);
        break;

    case NGX_BUSY:
        ngx_http_billing_cost_lane_busy(walk, 0);
        break;

    case NGX_DONE:
        /* whoever waits is told the rest of the way, and has it later */
        ngx_http_billing_cost_lane_busy(walk, reply->integer - 1);
        break;

    case NGX_AGAIN:
        ngx_http_billing_cost_walk_rest(walk, -1 - reply->integer);
        break;

    case NGX_DECLINED:
        ngx_http_billing_cost_flight_end(walk->flight, &billing_fault_limit);
        break;

    default:
        ngx_http_billing_cost_flight_end(walk->flight, &billing_fault_storage);
    }

    ngx_http_billing_cost_lane_run(cost);
}


/*
 * Without Redis nobody counts.  That is good enough where there is no limit:
 * the worker's own lanes still keep it from flooding the provider.
 */
static ngx_int_t
ngx_http_billing_cost_permit_state(ngx_http_billing_cost_flight_t *flight,
    redisReply *reply, const char *error)
{
    ngx_log_t *log;

    log = flight->cost->conf.log;

    if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
        if (reply->integer > 1) {
            return NGX_DONE;
        }

        if (reply->integer >= 0) {
            return reply->integer ? NGX_OK : NGX_BUSY;
        }

        if (reply->integer < -1) {
            return NGX_AGAIN;
        }

        ngx_log_error(NGX_LOG_INFO, log, 0,
            "account \"%V\" has reached \"billing_lookup_limit\"",
            &flight->account);
        return NGX_DECLINED;
    }

    if (reply != NULL) {
        error = reply->type == REDIS_REPLY_ERROR ? reply->str
                                                 : "unexpected reply";
    }

    if (flight->cost->conf.limit != 0) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
            "costs of account \"%V\" are not fetched, since calls cannot be "
            "counted: \"%s\"",
            &flight->account, error);
        return NGX_ERROR;
    }

    if (!flight->uncounted) {
        flight->uncounted = 1; /* one line is enough */

        ngx_log_error(NGX_LOG_WARN, log, 0,
            "costs of account \"%V\" are fetched without a permit: \"%s\"",
            &flight->account, error);
    }

    return NGX_OK;
}


/* What is not given back lapses. */
void
ngx_http_billing_cost_permit_drop(ngx_http_billing_cost_walk_t *walk)
{
    u_char    pause[NGX_INT_T_LEN];
    ngx_str_t argv[NGX_HTTP_BILLING_COST_PERMIT_WORDS];

    if (walk->call == NULL && !walk->permitted) {
        return;
    }

    ngx_str_set(&argv[6], "0");

    if (walk->call != NULL) {
        /* leave may be given yet */
        ngx_billing_redis_cancel(walk->call);
        walk->call = NULL;
        argv[6].data = (u_char *) "1";
    }

    argv[7].data = pause;
    argv[7].len = ngx_sprintf(pause, "%M", walk->pause) - pause;

    walk->permitted = 0;
    walk->pause = 0;

    (void) ngx_http_billing_cost_permit_eval(walk,
        &ngx_http_billing_cost_permit_give, argv, 7,
        ngx_http_billing_cost_permit_ignore, NULL);
}


/*
 * Both scripts are about the counters of the moment in which leave was asked
 * for.  argv[0] is the key; it and the first five arguments are set here.
 */
static ngx_billing_redis_call_t *
ngx_http_billing_cost_permit_eval(ngx_http_billing_cost_walk_t *walk,
    ngx_billing_redis_script_t *script, ngx_str_t *argv, ngx_uint_t n,
    ngx_billing_redis_done_pt done, void *data)
{
    u_char                         *p;
    u_char                          version[NGX_INT_T_LEN];
    char                            period[BILLING_DAY_LEN];
    billing_day_t                   day;
    ngx_http_billing_cost_t        *cost;
    ngx_http_billing_cost_flight_t *flight;
    ngx_billing_redis_call_t       *call;

    flight = walk->flight;
    cost = flight->cost;
    day = billing_day_of(walk->asked);

    p = ngx_alloc(NGX_HTTP_BILLING_COST_USAGE_KEY(cost, flight->domain)
                      + flight->token.len + 1 + NGX_INT_T_LEN,
        cost->conf.log);
    if (p == NULL) {
        return NULL;
    }

    argv[0].data = p;
    argv[0].len = ngx_http_billing_cost_usage_key(
        cost, &flight->domain, billing_month_of(day), p);
    argv[1].data = p + argv[0].len;
    argv[1].len = ngx_sprintf(argv[1].data, "%V:%ui", &flight->token,
                      (ngx_uint_t) (walk - flight->walks))
                  - argv[1].data;
    argv[2] = flight->account;
    argv[3].data = version;
    argv[3].len = ngx_sprintf(version, "%ui", flight->version) - version;
    argv[4].data = (u_char *) flight->provider.provider->id;
    argv[4].len = ngx_strlen(argv[4].data);
    argv[5].data = (u_char *) period;
    argv[5].len = ngx_http_billing_cost_usage_period(cost, day, period);

    call = ngx_billing_redis_eval(
        cost->conf.redis, script, 1, n, argv, done, data);

    ngx_free(p);

    return call;
}


static void
ngx_http_billing_cost_permit_ignore(
    void *data, redisReply *reply, const char *error)
{
}
