
/*
 * Single flight between workers and nodes.  A flight fetches only while it
 * holds the locks of all its blocks; otherwise it looks again after a while,
 * and blocks that somebody else has written meanwhile are read from the
 * cache.  A holder that fails leaves a note instead of its lock, so that
 * those who waited for it fail, too, and do not ask the provider in turn; one
 * that only gives up, since its worker exits, leaves the fetch to them.
 *
 * A lock is a convenience: without Redis, or past its expiry, a block is
 * fetched twice, which costs calls and does no harm.
 */

#include "cost/ngx_http_billing_cost_engine.h"

#include <hiredis/hiredis.h>

#include "event/ngx_billing_lua.h"


#define NGX_HTTP_BILLING_COST_LOCK_VALID "6000" /* milliseconds */
#define NGX_HTTP_BILLING_COST_LOCK_RENEW 2000   /* milliseconds */
#define NGX_HTTP_BILLING_COST_LOCK_POLL  100    /* milliseconds */
#define NGX_HTTP_BILLING_COST_NOTE_VALID "2000" /* milliseconds */

/* seconds, doubled with each failure, up to NGX_HTTP_BILLING_COST_REST */
#define NGX_HTTP_BILLING_COST_AGAIN         5
#define NGX_HTTP_BILLING_COST_AGAIN_CHARGED 60


static ngx_int_t ngx_http_billing_cost_lock_send(
    ngx_http_billing_cost_flight_t *flight);
static ngx_str_t *ngx_http_billing_cost_lock_keys(
    ngx_http_billing_cost_flight_t *flight, ngx_uint_t nargs);
static ngx_int_t ngx_http_billing_cost_lock_failing(
    ngx_http_billing_cost_flight_t *flight);
static ngx_int_t ngx_http_billing_cost_lock_keep(
    ngx_http_billing_cost_flight_t *flight);
static ngx_uint_t ngx_http_billing_cost_lock_first(
    const ngx_http_billing_cost_flight_t *flight);
static void ngx_http_billing_cost_lock_why(
    ngx_http_billing_cost_block_t *block, ngx_str_t *arg);
static void ngx_http_billing_cost_lock_done(
    void *data, redisReply *reply, const char *error);
static void ngx_http_billing_cost_lock_blocks(
    ngx_http_billing_cost_flight_t *flight, redisReply *reply);
static void ngx_http_billing_cost_lock_decide(
    ngx_http_billing_cost_flight_t *flight, redisReply *state);
static void ngx_http_billing_cost_lock_timer(ngx_event_t *ev);
static void ngx_http_billing_cost_lock_ignore(
    void *data, redisReply *reply, const char *error);


/* What each takes and answers is said in its last file. */

NGX_BILLING_LUA(ngx_http_billing_cost_lock_take_lua,
    "event/ngx_billing_redis_denied.lua", "cost/ngx_http_billing_cost_lock.lua",
    "cost/ngx_http_billing_cost_lock_take.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_lock_take = {
    .text = ngx_http_billing_cost_lock_take_lua,
};

NGX_BILLING_LUA(ngx_http_billing_cost_lock_renew_lua,
    "cost/ngx_http_billing_cost_lock_renew.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_lock_renew = {
    .text = ngx_http_billing_cost_lock_renew_lua,
};

NGX_BILLING_LUA(ngx_http_billing_cost_lock_give_lua,
    "event/ngx_billing_redis_denied.lua", "cost/ngx_http_billing_cost_lock.lua",
    "cost/ngx_http_billing_cost_lock_give.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_lock_give = {
    .text = ngx_http_billing_cost_lock_give_lua,
};


/* Fetches when all locks are there. */
ngx_int_t
ngx_http_billing_cost_lock(ngx_http_billing_cost_flight_t *flight)
{
    u_char *p;

    p = ngx_pnalloc(flight->pool, NGX_INT64_LEN * 3);
    if (p == NULL) {
        return NGX_ERROR;
    }

    flight->token.data = p;
    flight->token.len = ngx_sprintf(p, "%P-%xD-%xD", ngx_pid,
                            (uint32_t) ngx_random(), (uint32_t) ngx_random())
                        - p;

    flight->timer.handler = ngx_http_billing_cost_lock_timer;
    flight->timer.data = flight;
    flight->timer.log = flight->cost->conf.log;

    /* whoever waits for the flight has a timer of his own */
    flight->timer.cancelable = 1;

    return ngx_http_billing_cost_lock_send(flight);
}


static ngx_int_t
ngx_http_billing_cost_lock_send(ngx_http_billing_cost_flight_t *flight)
{
    ngx_str_t *argv, *arg;

    if (flight->locked) {
        return ngx_http_billing_cost_lock_keep(flight);
    }

    argv = ngx_http_billing_cost_lock_keys(flight, 4);
    if (argv == NULL) {
        return NGX_ERROR;
    }

    arg = &argv[2 * flight->nblocks + 1];
    arg[0] = flight->token;
    ngx_str_set(&arg[1], NGX_HTTP_BILLING_COST_LOCK_VALID);
    ngx_str_set(&arg[2], "0");
    ngx_str_set(&arg[3], "0");

    if (flight->waited) {
        arg[2].data = (u_char *) "1";
    }

    if (flight->refresh) {
        arg[3].data = (u_char *) "1";
    }

    flight->call = ngx_billing_redis_eval(flight->cost->conf.redis,
        &ngx_http_billing_cost_lock_take, 2 * flight->nblocks + 1, 4, argv,
        ngx_http_billing_cost_lock_done, flight);

    ngx_free(argv);

    return flight->call == NULL ? NGX_ERROR : NGX_OK;
}


/*
 * The locks, the blocks, and the key of what has failed, with room for some
 * arguments behind; the caller frees it.
 */
static ngx_str_t *
ngx_http_billing_cost_lock_keys(
    ngx_http_billing_cost_flight_t *flight, ngx_uint_t nargs)
{
    ngx_str_t *argv;
    ngx_uint_t i, n;

    n = flight->nblocks;

    if (flight->failing.len == 0
        && ngx_http_billing_cost_lock_failing(flight) != NGX_OK)
    {
        return NULL;
    }

    argv = ngx_alloc(
        (2 * n + 1 + nargs) * sizeof(ngx_str_t), flight->cost->conf.log);
    if (argv == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        argv[i] = flight->blocks[i].lock;
        argv[n + i] = flight->blocks[i].key;
    }

    argv[2 * n] = flight->failing;

    return argv;
}


/* "<prefix>{<domain>}:failing:<account>:<version>" */
static ngx_int_t
ngx_http_billing_cost_lock_failing(ngx_http_billing_cost_flight_t *flight)
{
    u_char    *p;
    ngx_str_t *prefix;

    prefix = &flight->cost->conf.prefix;

    p = ngx_pnalloc(flight->pool, prefix->len + flight->domain.len
                                      + flight->account.len + NGX_INT_T_LEN
                                      + sizeof("{}:failing::"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    flight->failing.data = p;
    flight->failing.len = ngx_sprintf(p, "%V{%V}:failing:%V:%ui", prefix,
                              &flight->domain, &flight->account,
                              flight->version)
                          - p;

    return NGX_OK;
}


/* So that nobody else takes them. */
static ngx_int_t
ngx_http_billing_cost_lock_keep(ngx_http_billing_cost_flight_t *flight)
{
    ngx_str_t *argv;
    ngx_uint_t i, n;

    n = flight->nblocks;

    argv = ngx_alloc((n + 2) * sizeof(ngx_str_t), flight->cost->conf.log);
    if (argv == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        argv[i] = flight->blocks[i].lock;
    }

    argv[n] = flight->token;
    ngx_str_set(&argv[n + 1], NGX_HTTP_BILLING_COST_LOCK_VALID);

    flight->call = ngx_billing_redis_eval(flight->cost->conf.redis,
        &ngx_http_billing_cost_lock_renew, n, 2, argv,
        ngx_http_billing_cost_lock_done, flight);

    ngx_free(argv);

    return flight->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_billing_cost_lock_done(
    void *data, redisReply *reply, const char *error)
{
    ngx_http_billing_cost_flight_t *flight = data;

    flight->call = NULL;

    if (flight->locked) {
        return; /* renewed */
    }

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2 * flight->nblocks + 1)
    {
        ngx_log_error(NGX_LOG_WARN, flight->cost->conf.log, 0,
            "costs of account \"%V\" are fetched without a lock: \"%s\"",
            &flight->account,
            reply == NULL                      ? error
            : reply->type == REDIS_REPLY_ERROR ? reply->str
                                               : "unexpected reply");

        if (ngx_http_billing_cost_fetch(flight) != NGX_OK) {
            ngx_http_billing_cost_flight_end(flight, &billing_fault_internal);
        }

        return;
    }

    ngx_http_billing_cost_lock_blocks(flight, reply);
    ngx_http_billing_cost_lock_decide(flight, reply->element[0]);
}


/*
 * Blocks that somebody has written since their waiters looked need no fetch.
 * These are newer ones; or older, where a clock was set back.  What another
 * node has still read yesterday does not do.
 */
static void
ngx_http_billing_cost_lock_blocks(
    ngx_http_billing_cost_flight_t *flight, redisReply *reply)
{
    ngx_uint_t                     i;
    redisReply                    *value;
    billing_str_t                  bytes;
    billing_block_meta_t           meta;
    ngx_http_billing_cost_block_t *block;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];
        value = reply->element[2 * i + 1];

        if (block->gone) {
            continue;
        }

        bytes.data = value->str;
        bytes.len = value->type == REDIS_REPLY_STRING ? value->len : 0;

        if (billing_block_meta_decode(bytes, &meta) == BILLING_OK
            && meta.scope == block->scope && meta.fetched_at != block->seen
            && ngx_http_billing_cost_current(
                block->month, meta.fetched_at, flight->today))
        {
            ngx_http_billing_cost_flight_hand_over(block);
            continue;
        }

        value = reply->element[2 * i + 2];

        if (value->type == REDIS_REPLY_STRING) {
            ngx_http_billing_cost_flight_give_up(
                block, billing_fault_parse(billing_str_from(value->str)));
        }
    }
}


static void
ngx_http_billing_cost_lock_decide(
    ngx_http_billing_cost_flight_t *flight, redisReply *state)
{
    ngx_uint_t i, left;

    left = 0;

    for (i = 0; i < flight->nblocks; i++) {
        left += !flight->blocks[i].gone;
    }

    flight->locked = state->type == REDIS_REPLY_INTEGER && state->integer == 1;

    if (left == 0) {
        ngx_http_billing_cost_flight_end(flight, NULL);
        return;
    }

    if (flight->locked) {
        ngx_add_timer(&flight->timer, NGX_HTTP_BILLING_COST_LOCK_RENEW);

        if (ngx_http_billing_cost_fetch(flight) != NGX_OK) {
            ngx_http_billing_cost_flight_end(flight, &billing_fault_internal);
        }

        return;
    }

    if (state->type == REDIS_REPLY_STRING) {
        ngx_http_billing_cost_flight_end(
            flight, billing_fault_parse(billing_str_from(state->str + 1)));
        return;
    }

    if (!ngx_http_billing_cost_flight_awaited(flight)) {
        ngx_http_billing_cost_flight_end(flight, &billing_fault_late);
        return;
    }

    flight->waited = 1;
    ngx_add_timer(
        &flight->timer, NGX_HTTP_BILLING_COST_LOCK_POLL / 2
                            + ngx_random() % NGX_HTTP_BILLING_COST_LOCK_POLL);
}


static void
ngx_http_billing_cost_lock_timer(ngx_event_t *ev)
{
    ngx_http_billing_cost_flight_t *flight = ev->data;

    if (flight->call == NULL
        && ngx_http_billing_cost_lock_send(flight) != NGX_OK && !flight->locked)
    {
        ngx_http_billing_cost_flight_end(flight, &billing_fault_internal);
        return;
    }

    if (flight->locked) {
        ngx_add_timer(&flight->timer, NGX_HTTP_BILLING_COST_LOCK_RENEW);
    }
}


void
ngx_http_billing_cost_unlock(ngx_http_billing_cost_flight_t *flight)
{
    char       text[BILLING_FAULT_LEN];
    u_char     note[BILLING_FAULT_LEN + 1];
    u_char     first[NGX_INT_T_LEN], most[NGX_INT_T_LEN];
    u_char     told[NGX_INT_T_LEN];
    ngx_str_t *argv, *arg;
    ngx_uint_t i, n, asked;

    if (flight->timer.timer_set) {
        ngx_del_timer(&flight->timer);
    }

    /* Redis may be about to give what was asked for */

    asked = flight->call != NULL;

    if (asked) {
        ngx_billing_redis_cancel(flight->call);
        flight->call = NULL;
    }

    if (!flight->locked && !asked) {
        return;
    }

    flight->locked = 0;
    n = flight->nblocks;

    argv = ngx_http_billing_cost_lock_keys(flight, 6 + n);
    if (argv == NULL) {
        return;
    }

    arg = &argv[2 * n + 1];
    arg[0] = flight->token;
    ngx_str_set(&arg[1], NGX_HTTP_BILLING_COST_NOTE_VALID);
    ngx_str_null(&arg[2]);
    arg[3].data = first;
    arg[3].len = ngx_sprintf(
                     first, "%ui", ngx_http_billing_cost_lock_first(flight))
                 - first;
    arg[4].data = most;
    arg[4].len = ngx_sprintf(most, "%ui", NGX_HTTP_BILLING_COST_REST / 1000)
                 - most;
    arg[5].data = told;
    arg[5].len = ngx_sprintf(told, "%ui", flight->told) - told;

    if (flight->fault != NULL && !flight->abandoned) {
        billing_fault_format(flight->fault, text);

        arg[2].data = note;
        arg[2].len = ngx_snprintf(note, sizeof(note), "!%s", text) - note;
    }

    for (i = 0; i < n; i++) {
        ngx_http_billing_cost_lock_why(&flight->blocks[i], &arg[6 + i]);
    }

    (void) ngx_billing_redis_eval(flight->cost->conf.redis,
        &ngx_http_billing_cost_lock_give, 2 * n + 1, 6 + n, argv,
        ngx_http_billing_cost_lock_ignore, NULL);

    ngx_free(argv);
}


/*
 * Seconds before a question that has failed once is asked again: a key that was
 * refused may be locked out, and what is charged is paid for each time.
 */
static ngx_uint_t
ngx_http_billing_cost_lock_first(const ngx_http_billing_cost_flight_t *flight)
{
    return flight->provider.provider->charged
                   || (flight->fault != NULL
                       && ngx_strcmp(flight->fault->code, "provider_rejected")
                              == 0)
               ? NGX_HTTP_BILLING_COST_AGAIN_CHARGED
               : NGX_HTTP_BILLING_COST_AGAIN;
}


/* Why the block failed: only what the provider is to blame for is remembered. */
static void
ngx_http_billing_cost_lock_why(
    ngx_http_billing_cost_block_t *block, ngx_str_t *arg)
{
    char                            text[BILLING_FAULT_LEN];
    const billing_fault_t          *fault;
    ngx_http_billing_cost_flight_t *flight;

    ngx_str_null(arg);

    flight = block->flight;
    fault = flight->fault != NULL ? flight->fault : block->fault;

    if (fault == NULL || fault->reason == BILLING_REASON_NONE || block->gone
        || flight->abandoned)
    {
        return;
    }

    billing_fault_format(fault, text);

    arg->data = ngx_pnalloc(flight->pool, BILLING_FAULT_LEN);

    if (arg->data != NULL) {
        arg->len = ngx_strlen(text);
        ngx_memcpy(arg->data, text, arg->len);
    }
}


/* A lock that is not given back expires. */
static void
ngx_http_billing_cost_lock_ignore(
    void *data, redisReply *reply, const char *error)
{
}
