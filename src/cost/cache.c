
/*
 * Blocks in Redis: one HASH a block, read by one HMGET of "meta" and the
 * wanted fields.  fetch/ writes them.
 */

#include "cost/engine.h"

#include <hiredis/hiredis.h>


static void       cache_got(void *data, redisReply *reply, const char *error);
static ngx_int_t  cache_parse(billing_cost_item_t *item, redisReply *reply,
     billing_cost_cached_t *cached);
static size_t     cache_notes(const billing_cost_series_t *series,
        const redisReply *reply, billing_cost_cached_t *cached);
static ngx_uint_t cache_restated(const billing_cost_series_t *series);
static ngx_int_t  cache_meta(billing_cost_item_t *item, const redisReply *reply,
     billing_cost_cached_t *cached);
static ngx_uint_t cache_untold(
    const billing_cost_item_t *item, billing_str_t bytes);
static void cache_failed(redisReply *value, billing_cost_cached_t *cached);


ngx_int_t
billing_cache_get(billing_cost_item_t *item, billing_cost_read_pt read)
{
    ngx_str_t   argv[5 + BILLING_FIELD_MAX];
    ngx_uint_t  argc, i;
    const char *name;

    ngx_str_set(&argv[0], "HMGET");
    argv[1] = item->waiter.key;
    ngx_str_set(&argv[2], "meta");
    ngx_str_set(&argv[3], "failed");
    argc = 4;

    if (cache_restated(item->series)) {
        ngx_str_set(&argv[argc], "restated");
        argc++;
    }

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        if (item->series->part->fields & (1 << i)) {
            name = billing_field_names[i];
            argv[argc].data = (u_char *) name;
            argv[argc++].len = ngx_strlen(name);
        }
    }

    item->read = read;
    item->call = billing_redis_client_command(
        item->series->lookup->cost->conf.redis, argc, argv, 0, cache_got, item);

    return item->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
cache_got(void *data, redisReply *reply, const char *error)
{
    billing_cost_item_t *item = data;

    ngx_int_t             rc;
    billing_cost_cached_t cached;

    item->call = NULL;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, item->series->lookup->cost->conf.log, 0,
            "reading \"%V\" from redis failed: \"%s\"", &item->waiter.key,
            reply->str);

        if (ngx_strncmp(reply->str, "WRONGTYPE", 9) == 0) {
            /* no HASH: what is stored later takes its place */
            item->read(item, NGX_DECLINED, NULL);
            return;
        }
    }

    rc = cache_parse(item, reply, &cached);
    item->read(item, rc, &cached);
}


/*
 * Rows go to the caller as they are decoded, so a field is checked as a whole
 * before: a broken one must not leave half of its rows behind.
 */
static ngx_int_t
cache_parse(
    billing_cost_item_t *item, redisReply *reply, billing_cost_cached_t *cached)
{
    size_t        n;
    ngx_uint_t    i;
    redisReply   *value;
    billing_str_t bytes;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements < 2) {
        return NGX_ERROR;
    }

    ngx_memzero(cached, sizeof(billing_cost_cached_t));

    if (cache_meta(item, reply->element[0], cached) != NGX_OK) {
        return NGX_DECLINED;
    }

    item->waiter.seen = cached->meta.fetched_at;
    n = cache_notes(item->series, reply, cached);

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        if (!(item->series->part->fields & (1 << i))) {
            continue;
        }

        if (n == reply->elements) {
            return NGX_ERROR;
        }

        value = reply->element[n++];

        if (value->type != REDIS_REPLY_STRING) {
            return NGX_DECLINED;
        }

        bytes.data = value->str;
        bytes.len = value->len;

        /* another version's: what the provider says takes its place */
        if (!billing_block_known(bytes)) {
            return NGX_DECLINED;
        }

        if (billing_block_check(bytes) != BILLING_OK) {
            item->rule = "broken";
            ngx_log_error(NGX_LOG_ERR, item->series->lookup->cost->conf.log, 0,
                "broken cost block \"%V\" in redis", &item->waiter.key);
            return NGX_DECLINED;
        }

        cached->untold |= cache_untold(item, bytes);
        cached->fields[i].data = (u_char *) value->str;
        cached->fields[i].len = value->len;
    }

    return NGX_OK;
}


/* Whose block it is.  Otherwise the item's rule says why it is of no use. */
static ngx_int_t
cache_meta(billing_cost_item_t *item, const redisReply *reply,
    billing_cost_cached_t *cached)
{
    billing_str_t meta;

    item->rule = "unread";

    if (reply->type != REDIS_REPLY_STRING) {
        return NGX_DECLINED;
    }

    item->rule = "version";
    meta.data = reply->str;
    meta.len = reply->len;

    if (billing_block_meta_decode(meta, &cached->meta) != BILLING_OK) {
        return NGX_DECLINED;
    }

    if (cached->meta.scope != item->waiter.scope) {
        item->rule = "list";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* What stands between "meta" and the fields; returns the first field's place. */
static size_t
cache_notes(const billing_cost_series_t *series, const redisReply *reply,
    billing_cost_cached_t *cached)
{
    cache_failed(reply->element[1], cached);

    if (!cache_restated(series) || reply->elements == 2) {
        return 2;
    }

    if (reply->element[2]->type == REDIS_REPLY_STRING) {
        cached->restated.data = (u_char *) reply->element[2]->str;
        cached->restated.len = reply->element[2]->len;
    }

    return 3;
}


/* 1 if the field is asked for. */
static ngx_uint_t
cache_restated(const billing_cost_series_t *series)
{
    return series->part->granularity == BILLING_MONTHLY
           && series->lookup->question.restated != NULL;
}


/*
 * 1 for a block of an earlier build that would say what charges are if it was
 * read today.  It serves until there is a better one.
 */
static ngx_uint_t
cache_untold(const billing_cost_item_t *item, billing_str_t bytes)
{
    return (item->series->part->dims & BILLING_BLOCK_CHARGE)
           && !billing_block_charged(bytes)
           && item->waiter.month >= item->series->oldest;
}


/* "<until> <fault>", see fetch/lock.c. */
static void
cache_failed(redisReply *value, billing_cost_cached_t *cached)
{
    char  *space;
    time_t at;

    if (value->type != REDIS_REPLY_STRING) {
        return;
    }

    space = strchr(value->str, ' ');
    if (space == NULL) {
        return;
    }

    at = ngx_atotm((u_char *) value->str, space - value->str);

    if (at != (time_t) NGX_ERROR) {
        cached->until = at;
        cached->fault = billing_fault_parse(billing_str_from(space + 1));
    }
}
