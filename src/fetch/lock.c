
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

#include "fetch/lock.h"

#include <hiredis/hiredis.h>

#include "event/lua.h"
#include "fetch/names.h"


#define BILLING_LOCK_VALID "6000" /* milliseconds */
#define BILLING_LOCK_RENEW 2000   /* milliseconds */
#define BILLING_LOCK_POLL  100    /* milliseconds */
#define BILLING_LOCK_NOTED "2000" /* milliseconds */

/* seconds, doubled with each failure, up to BILLING_FETCH_REST */
#define BILLING_LOCK_AGAIN         5
#define BILLING_LOCK_AGAIN_CHARGED 60


static ngx_int_t  lock_send(billing_flight_t *flight);
static ngx_int_t  lock_take(billing_flight_t *flight);
static ngx_int_t  lock_renew(billing_flight_t *flight);
static ngx_str_t *lock_keys(billing_flight_t *flight, ngx_uint_t nargs);
static void       lock_done(void *data, redisReply *reply, const char *error);
static void       lock_block(
          billing_fetch_block_t *block, redisReply *meta, redisReply *failed);
static billing_lock_answer_t lock_answer(
    billing_flight_t *flight, const redisReply *state);
static void lock_tell(billing_flight_t *flight, billing_lock_answer_t answer);
static void lock_timer(ngx_event_t *ev);
static ngx_uint_t lock_first(const billing_flight_t *flight);
static void       lock_why(billing_fetch_block_t *block, ngx_str_t *arg);
static void       lock_ignore(void *data, redisReply *reply, const char *error);


BILLING_LUA(lock_take_lua, "event/redis_denied.lua", "fetch/lock.lua",
    "fetch/lock_take.lua");

static billing_redis_script_t lock_take_script = {
    .text = lock_take_lua,
};

BILLING_LUA(lock_renew_lua, "fetch/lock_renew.lua");

static billing_redis_script_t lock_renew_script = {
    .text = lock_renew_lua,
};

BILLING_LUA(lock_give_lua, "event/redis_denied.lua", "fetch/lock.lua",
    "fetch/lock_give.lua");

static billing_redis_script_t lock_give_script = {
    .text = lock_give_lua,
};


ngx_int_t
billing_lock_ask(billing_flight_t *flight,
    void (*answer)(billing_flight_t *flight, billing_lock_answer_t answer))
{
    u_char         *p;
    billing_lock_t *lock;

    lock = &flight->lock;

    p = ngx_pnalloc(flight->pool, NGX_INT64_LEN * 3);
    if (p == NULL) {
        return NGX_ERROR;
    }

    lock->token.data = p;
    lock->token.len = ngx_sprintf(p, "%P-%xD-%xD", ngx_pid,
                          (uint32_t) ngx_random(), (uint32_t) ngx_random())
                      - p;

    if (billing_names_owner(flight->fetch, flight->pool, &flight->owner,
            "failing", &lock->failing)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    lock->answer = answer;
    lock->timer.handler = lock_timer;
    lock->timer.data = flight;
    lock->timer.log = flight->fetch->conf.log;

    /* whoever waits for the flight has a timer of his own */
    lock->timer.cancelable = 1;

    return lock_send(flight);
}


static ngx_int_t
lock_send(billing_flight_t *flight)
{
    return flight->lock.taken ? lock_renew(flight) : lock_take(flight);
}


static ngx_int_t
lock_take(billing_flight_t *flight)
{
    ngx_str_t *argv, *arg;

    argv = lock_keys(flight, 4);
    if (argv == NULL) {
        return NGX_ERROR;
    }

    arg = &argv[2 * flight->nblocks + 1];
    arg[0] = flight->lock.token;
    ngx_str_set(&arg[1], BILLING_LOCK_VALID);
    ngx_str_set(&arg[2], "0");
    ngx_str_set(&arg[3], "0");

    if (flight->lock.waited) {
        arg[2].data = (u_char *) "1";
    }

    if (flight->refresh) {
        arg[3].data = (u_char *) "1";
    }

    flight->lock.call = billing_redis_client_eval(flight->fetch->conf.redis,
        &lock_take_script, 2 * flight->nblocks + 1, 4, argv, lock_done, flight);

    ngx_free(argv);

    return flight->lock.call == NULL ? NGX_ERROR : NGX_OK;
}


/* So that nobody else takes them. */
static ngx_int_t
lock_renew(billing_flight_t *flight)
{
    ngx_str_t *argv;
    ngx_uint_t i, n;

    n = flight->nblocks;

    argv = ngx_alloc((n + 2) * sizeof(ngx_str_t), flight->fetch->conf.log);
    if (argv == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        argv[i] = flight->blocks[i].lock;
    }

    argv[n] = flight->lock.token;
    ngx_str_set(&argv[n + 1], BILLING_LOCK_VALID);

    flight->lock.call = billing_redis_client_eval(flight->fetch->conf.redis,
        &lock_renew_script, n, 2, argv, lock_done, flight);

    ngx_free(argv);

    return flight->lock.call == NULL ? NGX_ERROR : NGX_OK;
}


/*
 * The locks, the blocks, and the key of what has failed, with room for some
 * arguments behind; the caller frees it.
 */
static ngx_str_t *
lock_keys(billing_flight_t *flight, ngx_uint_t nargs)
{
    ngx_str_t *argv;
    ngx_uint_t i, n;

    n = flight->nblocks;

    argv = ngx_alloc(
        (2 * n + 1 + nargs) * sizeof(ngx_str_t), flight->fetch->conf.log);
    if (argv == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        argv[i] = flight->blocks[i].lock;
        argv[n + i] = flight->blocks[i].key;
    }

    argv[2 * n] = flight->lock.failing;

    return argv;
}


static void
lock_done(void *data, redisReply *reply, const char *error)
{
    billing_flight_t *flight = data;

    ngx_uint_t i;

    flight->lock.call = NULL;

    if (flight->lock.taken) {
        return; /* renewed */
    }

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2 * flight->nblocks + 1)
    {
        ngx_log_error(NGX_LOG_WARN, flight->fetch->conf.log, 0,
            "costs of account \"%V\" are fetched without a lock: \"%s\"",
            &flight->owner.account,
            reply == NULL                      ? error
            : reply->type == REDIS_REPLY_ERROR ? reply->str
                                               : "unexpected reply");

        lock_tell(flight, BILLING_LOCK_AWAY);
        return;
    }

    for (i = 0; i < flight->nblocks; i++) {
        lock_block(&flight->blocks[i], reply->element[2 * i + 1],
            reply->element[2 * i + 2]);
    }

    lock_tell(flight, lock_answer(flight, reply->element[0]));
}


static void
lock_block(billing_fetch_block_t *block, redisReply *meta, redisReply *failed)
{
    billing_str_t bytes;

    bytes.data = meta->str;
    bytes.len = meta->type == REDIS_REPLY_STRING ? meta->len : 0;

    block->written = billing_block_meta_decode(bytes, &block->found)
                     == BILLING_OK;

    block->failed = failed->type == REDIS_REPLY_STRING
                        ? billing_fault_parse(billing_str_from(failed->str))
                        : NULL;
}


static billing_lock_answer_t
lock_answer(billing_flight_t *flight, const redisReply *state)
{
    if (state->type == REDIS_REPLY_INTEGER && state->integer == 1) {
        flight->lock.taken = 1;
        ngx_add_timer(&flight->lock.timer, BILLING_LOCK_RENEW);
        return BILLING_LOCK_TAKEN;
    }

    if (state->type == REDIS_REPLY_STRING) {
        flight->lock.fault = billing_fault_parse(
            billing_str_from(state->str + 1));
        return BILLING_LOCK_NOTE;
    }

    return BILLING_LOCK_HELD;
}


static void
lock_tell(billing_flight_t *flight, billing_lock_answer_t answer)
{
    static const char *const answers[] = { "are taken",
        "are held by somebody else", "were held by somebody who has failed",
        "are not known", "were not asked for, out of memory" };

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, flight->fetch->conf.log, 0,
        "billing: locks of %ui months from \"%V\" on, domain \"%V\": %s",
        flight->nblocks, &flight->blocks[0].lock, &flight->owner.domain,
        answers[answer]);

    flight->lock.answer(flight, answer);
}


void
billing_lock_wait(billing_flight_t *flight)
{
    flight->lock.waited = 1;
    ngx_add_timer(&flight->lock.timer,
        BILLING_LOCK_POLL / 2 + ngx_random() % BILLING_LOCK_POLL);
}


static void
lock_timer(ngx_event_t *ev)
{
    billing_flight_t *flight = ev->data;

    if (flight->lock.call == NULL && lock_send(flight) != NGX_OK
        && !flight->lock.taken)
    {
        lock_tell(flight, BILLING_LOCK_NOMEM);
        return;
    }

    if (flight->lock.taken) {
        ngx_add_timer(&flight->lock.timer, BILLING_LOCK_RENEW);
    }
}


void
billing_lock_give(billing_flight_t *flight)
{
    char            text[BILLING_FAULT_LEN];
    u_char          note[BILLING_FAULT_LEN + 1];
    u_char          first[NGX_INT_T_LEN], most[NGX_INT_T_LEN];
    u_char          told[NGX_INT_T_LEN];
    ngx_str_t      *argv, *arg;
    ngx_uint_t      i, n, asked;
    billing_lock_t *lock;

    lock = &flight->lock;

    if (lock->timer.timer_set) {
        ngx_del_timer(&lock->timer);
    }

    /* Redis may be about to give what was asked for */

    asked = lock->call != NULL;

    if (asked) {
        billing_redis_call_cancel(lock->call);
        lock->call = NULL;
    }

    if (!lock->taken && !asked) {
        return;
    }

    lock->taken = 0;
    n = flight->nblocks;

    argv = lock_keys(flight, 6 + n);
    if (argv == NULL) {
        return;
    }

    arg = &argv[2 * n + 1];
    arg[0] = lock->token;
    ngx_str_set(&arg[1], BILLING_LOCK_NOTED);
    ngx_str_null(&arg[2]);
    arg[3].data = first;
    arg[3].len = ngx_sprintf(first, "%ui", lock_first(flight)) - first;
    arg[4].data = most;
    arg[4].len = ngx_sprintf(most, "%ui", BILLING_FETCH_REST / 1000) - most;
    arg[5].data = told;
    arg[5].len = ngx_sprintf(told, "%ui", flight->told) - told;

    if (flight->fault != NULL && !flight->abandoned) {
        billing_fault_format(flight->fault, text);

        arg[2].data = note;
        arg[2].len = ngx_snprintf(note, sizeof(note), "!%s", text) - note;
    }

    for (i = 0; i < n; i++) {
        lock_why(&flight->blocks[i], &arg[6 + i]);
    }

    (void) billing_redis_client_eval(flight->fetch->conf.redis,
        &lock_give_script, 2 * n + 1, 6 + n, argv, lock_ignore, NULL);

    ngx_free(argv);
}


/*
 * Seconds before a question that has failed once is asked again: a key that was
 * refused may be locked out, and what is charged is paid for each time.
 */
static ngx_uint_t
lock_first(const billing_flight_t *flight)
{
    return flight->provider.provider->charged
                   || (flight->fault != NULL
                       && ngx_strcmp(flight->fault->code, "provider_rejected")
                              == 0)
               ? BILLING_LOCK_AGAIN_CHARGED
               : BILLING_LOCK_AGAIN;
}


/* Why the block failed: only what the provider is to blame for is remembered. */
static void
lock_why(billing_fetch_block_t *block, ngx_str_t *arg)
{
    char                   text[BILLING_FAULT_LEN];
    billing_flight_t      *flight;
    const billing_fault_t *fault;

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
lock_ignore(void *data, redisReply *reply, const char *error)
{
}
