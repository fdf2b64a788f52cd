
/*
 * Months that a provider changes when they have long been over.  Before a
 * monthly block of such a month is stored, the flight reads the one that it
 * replaces, and keeps in the new one by how much the sums have changed.  It
 * holds the block's lock, so nobody else stores one in between.
 *
 * Only monthly blocks carry changes: they are what an invoice says, and the
 * days of the same month would tell the same story once more.  What another
 * list of linked accounts cost is no older sum of the same thing: then there
 * is no change, and what was known of the other list goes.  New credentials
 * make new keys, so they never meet older blocks here.
 */

#include "fetch/restate.h"

#include <hiredis/hiredis.h>

#include "core/restated.h"
#include "fetch/save.h"


/*
 * Only what was read a full day after the month or later is an older sum of
 * the month; before that it was still to grow.
 */
#define BILLING_RESTATE_DAYS 1


static ngx_uint_t restate_over(billing_month_t month, time_t fetched_at);
static void restate_done(void *data, redisReply *reply, const char *error);
static void restate_compare(billing_fetch_block_t *block, redisReply *reply);
static billing_str_t restate_bytes(const redisReply *value);


ngx_int_t
billing_restate_block(
    billing_fetch_block_t *block, void (*done)(billing_fetch_block_t *block))
{
    ngx_str_t         argv[5];
    billing_flight_t *flight;

    flight = block->flight;

    if (flight->granularity != BILLING_MONTHLY
        || !restate_over(block->month, flight->fetched_at))
    {
        return billing_save_block(block, done);
    }

    block->saved = done;

    ngx_str_set(&argv[0], "HMGET");
    argv[1] = block->key;
    ngx_str_set(&argv[2], "meta");
    ngx_str_set(&argv[3], "total");
    ngx_str_set(&argv[4], "restated");

    block->call = billing_redis_client_command(
        flight->fetch->conf.redis, 5, argv, 0, restate_done, block);

    return block->call == NULL ? NGX_ERROR : NGX_OK;
}


static ngx_uint_t
restate_over(billing_month_t month, time_t fetched_at)
{
    return billing_day_of(fetched_at)
           > billing_month_last(month) + BILLING_RESTATE_DAYS;
}


/* What could not be read is not replaced: its changes would be forgotten. */
static void
restate_done(void *data, redisReply *reply, const char *error)
{
    billing_fetch_block_t *block = data;

    block->call = NULL;

    if (reply == NULL) {
        billing_save_failed(block, error);
        block->saved(block);
        return;
    }

    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3) {
        restate_compare(block, reply);
    }

    if (billing_save_block(block, block->saved) != NGX_OK) {
        block->saved(block);
    }
}


static void
restate_compare(billing_fetch_block_t *block, redisReply *reply)
{
    billing_str_t           total, before, field;
    billing_block_meta_t    meta;
    billing_restated_list_t list;
    billing_flight_t       *flight;

    flight = block->flight;

    if (billing_block_meta_decode(restate_bytes(reply->element[0]), &meta)
            != BILLING_OK
        || meta.scope != block->scope)
    {
        return;
    }

    field = restate_bytes(reply->element[2]);

    if (billing_restated_newer(field)) {
        /* of another build, which will want to have it */
        (void) billing_buf_add(&block->restated, field.data, field.len);
        return;
    }

    (void) billing_restated_decode(field, &list);

    before = restate_bytes(reply->element[1]);

    if (restate_over(block->month, meta.fetched_at)
        && (before.len == 0 || billing_block_known(before)))
    {
        total.data = block->fields[BILLING_FIELD_TOTAL].data;
        total.len = block->fields[BILLING_FIELD_TOTAL].len;

        if (billing_restated_compare(before, total, flight->fetched_at, &list)
            != BILLING_OK)
        {
            ngx_log_error(NGX_LOG_ERR, flight->fetch->conf.log, 0,
                "broken cost block \"%V\" in redis", &block->key);
        }
    }

    (void) billing_restated_encode(&list, &block->restated);
}


static billing_str_t
restate_bytes(const redisReply *value)
{
    if (value->type != REDIS_REPLY_STRING) {
        return (billing_str_t){ NULL, 0 };
    }

    return (billing_str_t){ value->str, value->len };
}
