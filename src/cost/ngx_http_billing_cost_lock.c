
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


#define NGX_HTTP_BILLING_COST_LOCK_VALID "6000" /* milliseconds */
#define NGX_HTTP_BILLING_COST_LOCK_RENEW 2000   /* milliseconds */
#define NGX_HTTP_BILLING_COST_LOCK_POLL  100    /* milliseconds */
#define NGX_HTTP_BILLING_COST_NOTE_VALID "2000" /* milliseconds */


static ngx_int_t ngx_http_billing_cost_lock_send(
    ngx_http_billing_cost_flight_t *flight);
static ngx_int_t ngx_http_billing_cost_lock_keep(
    ngx_http_billing_cost_flight_t *flight);
static void ngx_http_billing_cost_lock_done(
    void *data, redisReply *reply, const char *error);
static void ngx_http_billing_cost_lock_blocks(
    ngx_http_billing_cost_flight_t *flight, redisReply *reply);
static void ngx_http_billing_cost_lock_decide(
    ngx_http_billing_cost_flight_t *flight, redisReply *state);
static void ngx_http_billing_cost_lock_timer(ngx_event_t *ev);
static void ngx_http_billing_cost_lock_ignore(
    void *data, redisReply *reply, const char *error);


/*
 * KEYS: the locks, then the blocks.  ARGV: token, validity, "1" for one who
 * has waited before.  Answers 1 (all locks are taken), 0 (somebody has one)
 * or the holder's note, and "meta" of each block.
 */
static ngx_billing_redis_script_t ngx_http_billing_cost_lock_take = {
    .text = "local n = #KEYS / 2 "
            "local state = 1 "
            "for i = 1, n do "
            "  local t = redis.call('GET', KEYS[i]) "
            "  if t and t:sub(1, 1) == '!' then "
            "    if ARGV[3] == '1' and state == 1 then state = t end "
            "  elseif t and t ~= ARGV[1] then state = 0 end "
            "end "
            "local answer = { state } "
            "for i = 1, n do "
            "  if state == 1 then "
            "    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) "
            "  end "
            "  answer[i + 1] = redis.call('HGET', KEYS[n + i], 'meta') "
            "end "
            "return answer",
};

/*
 * KEYS: the locks.  ARGV: token, validity.  Those that have expired are taken
 * again.
 */
static ngx_billing_redis_script_t ngx_http_billing_cost_lock_renew = {
    .text = "for i = 1, #KEYS do "
            "  local t = redis.call('GET', KEYS[i]) "
            "  if not t or t == ARGV[1] then "
            "    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) "
            "  end "
            "end "
            "return 1",
};

/*
 * KEYS: the locks, then the blocks.  ARGV: token, validity of a note, note or
 * nothing, what the blocks are to say of a failure.  They say so until they
 * are written again.
 */
static ngx_billing_redis_script_t ngx_http_billing_cost_lock_give = {
    .text = "local n = #KEYS / 2 "
            "for i = 1, n do "
            "  if redis.call('GET', KEYS[i]) == ARGV[1] then "
            "    if ARGV[3] == '' then redis.call('DEL', KEYS[i]) "
            "    else "
            "      redis.call('SET', KEYS[i], ARGV[3], 'PX', ARGV[2]) "
            "      if redis.call('EXISTS', KEYS[n + i]) == 1 then "
            "        redis.pcall('HSET', KEYS[n + i], 'failed', ARGV[4]) "
            "      end "
            "    end "
            "  end "
            "end "
            "return 1",
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
    ngx_str_t *argv;
    ngx_uint_t i, n;

    n = flight->nblocks;

    if (flight->locked) {
        return ngx_http_billing_cost_lock_keep(flight);
    }

    argv = ngx_alloc((2 * n + 3) * sizeof(ngx_str_t), flight->cost->conf.log);
    if (argv == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        argv[i] = flight->blocks[i].lock;
        argv[n + i] = flight->blocks[i].key;
    }

    argv[2 * n] = flight->token;
    ngx_str_set(&argv[2 * n + 1], NGX_HTTP_BILLING_COST_LOCK_VALID);
    ngx_str_set(&argv[2 * n + 2], "0");

    if (flight->waited) {
        argv[2 * n + 2].data = (u_char *) "1";
    }

    flight->call = ngx_billing_redis_eval(flight->cost->conf.redis,
        &ngx_http_billing_cost_lock_take, 2 * n, 3, argv,
        ngx_http_billing_cost_lock_done, flight);

    ngx_free(argv);

    return flight->call == NULL ? NGX_ERROR : NGX_OK;
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
        || reply->elements != flight->nblocks + 1)
    {
        ngx_log_error(NGX_LOG_WARN, flight->cost->conf.log, 0,
            "costs of account \"%V\" are fetched without a lock: \"%s\"",
            &flight->account,
            reply == NULL                      ? error
            : reply->type == REDIS_REPLY_ERROR ? reply->str
                                               : "unexpected reply");

        if (ngx_http_billing_cost_fetch(flight) != NGX_OK) {
            ngx_http_billing_cost_flight_end(flight, "internal");
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
        value = reply->element[i + 1];

        if (block->gone || value->type != REDIS_REPLY_STRING) {
            continue;
        }

        bytes.data = value->str;
        bytes.len = value->len;

        if (billing_block_meta_decode(bytes, &meta) == BILLING_OK
            && meta.scope == flight->scope && meta.fetched_at != block->seen
            && ngx_http_billing_cost_current(
                block->month, meta.fetched_at, flight->today))
        {
            ngx_http_billing_cost_flight_hand_over(block);
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
            ngx_http_billing_cost_flight_end(flight, "internal");
        }

        return;
    }

    if (state->type == REDIS_REPLY_STRING) {
        ngx_http_billing_cost_flight_end(
            flight, ngx_http_billing_cost_code(state->str + 1));
        return;
    }

    if (!ngx_http_billing_cost_flight_awaited(flight)) {
        ngx_http_billing_cost_flight_end(flight, "timeout");
        return;
    }

    flight->waited = 1;
    ngx_add_timer(
        &flight->timer, NGX_HTTP_BILLING_COST_LOCK_POLL / 2
                            + ngx_random() % NGX_HTTP_BILLING_COST_LOCK_POLL);
}


const char *
ngx_http_billing_cost_code(const char *text)
{
    ngx_uint_t i;

    static const char *const codes[] = { "provider_rejected", "internal",
        "lookup_limit", "storage_unavailable" };

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (ngx_strcmp(text, codes[i]) == 0) {
            return codes[i];
        }
    }

    return "provider_unavailable";
}


static void
ngx_http_billing_cost_lock_timer(ngx_event_t *ev)
{
    ngx_http_billing_cost_flight_t *flight = ev->data;

    if (flight->call == NULL
        && ngx_http_billing_cost_lock_send(flight) != NGX_OK && !flight->locked)
    {
        ngx_http_billing_cost_flight_end(flight, "internal");
        return;
    }

    if (flight->locked) {
        ngx_add_timer(&flight->timer, NGX_HTTP_BILLING_COST_LOCK_RENEW);
    }
}


void
ngx_http_billing_cost_unlock(ngx_http_billing_cost_flight_t *flight)
{
    u_char     note[64], failed[64];
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

    argv = ngx_alloc((2 * n + 4) * sizeof(ngx_str_t), flight->cost->conf.log);
    if (argv == NULL) {
        return;
    }

    for (i = 0; i < n; i++) {
        argv[i] = flight->blocks[i].lock;
        argv[n + i] = flight->blocks[i].key;
    }

    arg = &argv[2 * n];
    arg[0] = flight->token;
    ngx_str_set(&arg[1], NGX_HTTP_BILLING_COST_NOTE_VALID);
    ngx_str_null(&arg[2]);
    ngx_str_null(&arg[3]);

    if (flight->code != NULL && !flight->abandoned) {
        arg[2].data = note;
        arg[2].len = ngx_snprintf(note, sizeof(note), "!%s", flight->code)
                     - note;
        arg[3].data = failed;
        arg[3].len = ngx_snprintf(failed, sizeof(failed), "%T %s", ngx_time(),
                         flight->code)
                     - failed;
    }

    (void) ngx_billing_redis_eval(flight->cost->conf.redis,
        &ngx_http_billing_cost_lock_give, 2 * n, 4, argv,
        ngx_http_billing_cost_lock_ignore, NULL);

    ngx_free(argv);
}


/* A lock that is not given back expires. */
static void
ngx_http_billing_cost_lock_ignore(
    void *data, redisReply *reply, const char *error)
{
}
