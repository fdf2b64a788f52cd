
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
 * Keys of a domain that the scripts make, without the "<prefix>{domain}:"
 * before them; for others see names.h:
 *
 *   permits:<account>:<version>   ZSET  tokens of calls in flight
 *   waiting:<account>:<version>   HASH  worker -> since when it waits, and
 *                                       how long that is believed
 *   paced:<provider>:<linked>     ZSET  calls for a linked account, by when
 *                                       they were made, where a provider
 *                                       takes only so many in a time
 *   usage:<yyyy-mm>               HASH  <provider>: all calls;
 *                                       <provider>:<account>: calls for costs;
 *                                       <provider>:<account>:linked: calls for
 *                                       the list of linked accounts
 *   usage:<yyyy-mm-dd>            HASH  <provider>:<account>, where the limit
 *                                       is one of days
 *   full:<month or day>           SET   accounts that have reached the limit
 */

#include "fetch/permit.h"

#include <hiredis/hiredis.h>

#include "event/lua.h"
#include "fetch/names.h"
#include "fetch/usage.h"


/* by how much a permit outlasts the transfer; milliseconds */
#define BILLING_PERMIT_MORE 5000

#define BILLING_PERMIT_WORDS 14 /* of a script, with its key */


static void permit_done(void *data, redisReply *reply, const char *error);
static billing_permit_answer_t permit_answer(billing_flight_t *flight,
    const redisReply *reply, const char *error, ngx_msec_t *ms);
static billing_permit_answer_t permit_alone(
    billing_flight_t *flight, const char *error);
static billing_redis_call_t *permit_eval(billing_walk_t *walk,
    billing_redis_script_t *script, ngx_str_t *argv, ngx_uint_t n,
    billing_redis_done_pt done, void *data);
static void permit_ignore(void *data, redisReply *reply, const char *error);


BILLING_LUA(permit_take_lua, "event/redis_denied.lua", "fetch/pause.lua",
    "fetch/permit.lua", "fetch/permit_take.lua");

static billing_redis_script_t permit_take = {
    .text = permit_take_lua,
};

BILLING_LUA(permit_give_lua, "event/redis_denied.lua", "fetch/pause.lua",
    "fetch/permit.lua", "fetch/permit_give.lua");

static billing_redis_script_t permit_give = {
    .text = permit_give_lua,
};

BILLING_LUA(permit_paced_lua, "event/redis_denied.lua", "fetch/pause.lua",
    "fetch/permit_paced.lua");

static billing_redis_script_t permit_paced = {
    .text = permit_paced_lua,
};


ngx_int_t
billing_permit_ask(
    billing_walk_t *walk, void (*answer)(billing_walk_t *walk,
                              billing_permit_answer_t answer, ngx_msec_t ms))
{
    u_char                    most[NGX_INT_T_LEN];
    u_char                    limit[NGX_INT_T_LEN];
    u_char                    hold[NGX_INT_T_LEN];
    u_char                    longest[NGX_INT_T_LEN];
    u_char                    pace[NGX_INT_T_LEN], time[NGX_INT_T_LEN];
    ngx_str_t                 argv[BILLING_PERMIT_WORDS];
    billing_fetch_conf_t     *conf;
    billing_fetch_provider_t *provider;

    conf = &walk->flight->fetch->conf;
    provider = &walk->flight->provider;

    argv[6].data = limit;
    argv[6].len = ngx_sprintf(limit, "%ui", conf->limit) - limit;
    argv[7] = walk->flight->fetch->name;
    argv[8].data = most;
    argv[8].len = ngx_sprintf(most, "%ui", walk->flight->lane->limit) - most;
    argv[9].data = hold;
    argv[9].len =
        ngx_sprintf(hold, "%M", provider->timeout + BILLING_PERMIT_MORE) - hold;
    argv[10].data = longest;
    argv[10].len = ngx_sprintf(longest, "%ui", BILLING_FETCH_REST) - longest;

    argv[11].data = (u_char *) (walk->nlinked > 0 ? walk->linked->data : "");
    argv[11].len = walk->nlinked > 0 ? walk->linked->len : 0;
    argv[12].data = pace;
    argv[12].len = ngx_sprintf(pace, "%ui", provider->pace) - pace;
    argv[13].data = time;
    argv[13].len = ngx_sprintf(time, "%M", provider->pace_time) - time;

    walk->permit.answer = answer;
    walk->permit.asked = ngx_time();
    walk->permit.call = permit_eval(
        walk, &permit_take, argv, 13, permit_done, walk);

    return walk->permit.call == NULL ? NGX_ERROR : NGX_OK;
}


static void
permit_done(void *data, redisReply *reply, const char *error)
{
    billing_walk_t *walk = data;

    ngx_msec_t              ms;
    billing_permit_answer_t answer;

    static const char *const answers[] = { "given", "busy", "paced", "paused",
        "spent", "not counted" };

    walk->permit.call = NULL;
    ms = 0;

    answer = permit_answer(walk->flight, reply, error, &ms);

    if (answer == BILLING_PERMIT_GIVEN) {
        walk->permit.held = 1;
    }

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, walk->flight->fetch->conf.log, 0,
        "billing: permit for \"%V\" of \"%V\": %s, %M ms",
        &walk->flight->owner.account, &walk->flight->owner.domain,
        answers[answer], ms);

    walk->permit.answer(walk, answer, ms);
}


static billing_permit_answer_t
permit_answer(billing_flight_t *flight, const redisReply *reply,
    const char *error, ngx_msec_t *ms)
{
    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
        return permit_alone(flight, reply == NULL ? error
                                    : reply->type == REDIS_REPLY_ERROR
                                        ? reply->str
                                        : "unexpected reply");
    }

    if (reply->integer > 1) {
        *ms = reply->integer - 1;
        return BILLING_PERMIT_PACED;
    }

    if (reply->integer >= 0) {
        return reply->integer ? BILLING_PERMIT_GIVEN : BILLING_PERMIT_BUSY;
    }

    if (reply->integer < -1) {
        *ms = -1 - reply->integer;
        return BILLING_PERMIT_PAUSED;
    }

    ngx_log_error(NGX_LOG_INFO, flight->fetch->conf.log, 0,
        "account \"%V\" has reached \"billing_lookup_limit\"",
        &flight->owner.account);

    return BILLING_PERMIT_SPENT;
}


/*
 * Without Redis nobody counts.  That is good enough where there is no limit:
 * the worker's own lanes still keep it from flooding the provider.
 */
static billing_permit_answer_t
permit_alone(billing_flight_t *flight, const char *error)
{
    if (flight->fetch->conf.limit != 0) {
        ngx_log_error(NGX_LOG_ERR, flight->fetch->conf.log, 0,
            "costs of account \"%V\" are not fetched, since calls cannot be "
            "counted: \"%s\"",
            &flight->owner.account, error);
        return BILLING_PERMIT_ERROR;
    }

    if (!flight->uncounted) {
        flight->uncounted = 1; /* one line is enough */

        ngx_log_error(NGX_LOG_WARN, flight->fetch->conf.log, 0,
            "costs of account \"%V\" are fetched without a permit: \"%s\"",
            &flight->owner.account, error);
    }

    return BILLING_PERMIT_GIVEN;
}


/* What is not given back lapses. */
void
billing_permit_drop(billing_walk_t *walk)
{
    u_char            pause[NGX_INT_T_LEN];
    ngx_str_t         argv[BILLING_PERMIT_WORDS];
    billing_permit_t *permit;

    permit = &walk->permit;

    if (permit->call == NULL && !permit->held) {
        return;
    }

    ngx_str_set(&argv[6], "0");

    if (permit->call != NULL) {
        /* leave may be given yet */
        billing_redis_call_cancel(permit->call);
        permit->call = NULL;
        argv[6].data = (u_char *) "1";
    }

    argv[7].data = pause;
    argv[7].len = ngx_sprintf(pause, "%M", permit->pause) - pause;

    permit->held = 0;
    permit->pause = 0;

    (void) permit_eval(walk, &permit_give, argv, 7, permit_ignore, NULL);
}


/*
 * Both scripts are about the counters of the moment in which leave was asked
 * for.  argv[0] is the key; it and the first five arguments are set here.
 */
static billing_redis_call_t *
permit_eval(billing_walk_t *walk, billing_redis_script_t *script,
    ngx_str_t *argv, ngx_uint_t n, billing_redis_done_pt done, void *data)
{
    u_char                version[NGX_INT_T_LEN];
    u_char                token[3 * NGX_INT64_LEN + NGX_INT_T_LEN];
    char                  period[BILLING_DAY_LEN];
    billing_day_t         day;
    billing_fetch_t      *fetch;
    billing_flight_t     *flight;
    billing_redis_call_t *call;

    flight = walk->flight;
    fetch = flight->fetch;
    day = billing_day_of(walk->permit.asked);

    if (billing_names_usage(
            fetch, &flight->owner.domain, billing_month_of(day), &argv[0])
        != NGX_OK)
    {
        return NULL;
    }

    argv[1].data = token;
    argv[1].len = ngx_snprintf(token, sizeof(token), "%V:%ui",
                      &flight->lock.token, (ngx_uint_t) (walk - flight->walks))
                  - token;
    argv[2] = flight->owner.account;
    argv[3].data = version;
    argv[3].len = ngx_sprintf(version, "%ui", flight->owner.version) - version;
    argv[4].data = (u_char *) flight->provider.provider->id;
    argv[4].len = ngx_strlen(argv[4].data);
    argv[5].data = (u_char *) period;
    argv[5].len = billing_usage_period(fetch, day, period);

    call = billing_redis_client_eval(
        fetch->conf.redis, script, 1, n, argv, done, data);

    ngx_free(argv[0].data);

    return call;
}


void
billing_permit_paced(billing_fetch_t *fetch, const ngx_str_t *domain,
    const char *provider, const ngx_str_t *linked, ngx_msec_t time)
{
    u_char    name[2 * NGX_INT64_LEN], valid[NGX_INT_T_LEN];
    ngx_str_t argv[3];

    if (billing_names_paced(fetch, domain, provider, linked, &argv[0])
        != NGX_OK) {
        return;
    }

    argv[1].data = name;
    argv[1].len = ngx_sprintf(name, "%xD-%xD", (uint32_t) ngx_random(),
                      (uint32_t) ngx_random())
                  - name;
    argv[2].data = valid;
    argv[2].len = ngx_sprintf(valid, "%M", time) - valid;

    (void) billing_redis_client_eval(
        fetch->conf.redis, &permit_paced, 1, 2, argv, permit_ignore, NULL);

    ngx_free(argv[0].data);
}


static void
permit_ignore(void *data, redisReply *reply, const char *error)
{
}
