
/*
 * Blocks in Redis: one HASH a block, read by one HMGET of "meta" and the
 * wanted fields, written whole by one script.  A block is kept much longer
 * than it is fresh, so that an old one can serve when the provider is away.
 */

#include "cost/ngx_http_billing_cost_ages.h"

#include <hiredis/hiredis.h>

#include "event/ngx_billing_lua.h"


#define NGX_HTTP_BILLING_COST_KEEP_OPEN   (40 * 86400)  /* seconds */
#define NGX_HTTP_BILLING_COST_KEEP_CLOSED (400 * 86400) /* seconds */


static void ngx_http_billing_cost_cache_got(
    void *data, redisReply *reply, const char *error);
static ngx_int_t ngx_http_billing_cost_cache_parse(
    ngx_http_billing_cost_item_t *item, redisReply *reply,
    ngx_http_billing_cost_cached_t *cached);
static size_t ngx_http_billing_cost_cache_notes(
    const ngx_http_billing_cost_series_t *series, const redisReply *reply,
    ngx_http_billing_cost_cached_t *cached);
static ngx_uint_t ngx_http_billing_cost_cache_restated(
    const ngx_http_billing_cost_series_t *series);
static ngx_int_t ngx_http_billing_cost_cache_meta(
    ngx_http_billing_cost_item_t *item, const redisReply *reply,
    ngx_http_billing_cost_cached_t *cached);
static ngx_uint_t ngx_http_billing_cost_cache_untold(
    const ngx_http_billing_cost_item_t *item, billing_str_t bytes);
static void ngx_http_billing_cost_cache_failed(
    redisReply *value, ngx_http_billing_cost_cached_t *cached);
static void ngx_http_billing_cost_cache_put_done(
    void *data, redisReply *reply, const char *error);
static ngx_int_t ngx_http_billing_cost_cache_name(
    ngx_http_billing_cost_flight_t *flight, ngx_str_t *name, const char *fmt,
    ...);


NGX_BILLING_LUA(ngx_http_billing_cost_cache_put_lua,
    "event/ngx_billing_redis_denied.lua",
    "cost/ngx_http_billing_cost_cache_put.lua");

static ngx_billing_redis_script_t ngx_http_billing_cost_cache_script = {
    .text = ngx_http_billing_cost_cache_put_lua,
};


ngx_int_t
ngx_http_billing_cost_key(ngx_http_billing_cost_item_t *item)
{
    u_char                                *p;
    size_t                                 len;
    char                                   month[BILLING_MONTH_LEN];
    const ngx_str_t                       *prefix, *domain;
    ngx_http_billing_cost_series_t        *series;
    const ngx_http_billing_cost_account_t *account;

    /* what charges are asked for with, in a question of their own */
    static const char *const aparts[] = { "", "s", "d" };

    series = item->series;
    account = series->account;
    prefix = &series->lookup->cost->conf.prefix;
    domain = &series->lookup->question.domain;

    len = prefix->len + domain->len + account->id.len + NGX_INT_T_LEN
          + BILLING_MONTH_LEN + sizeof("{}:cost:::Ms:") - 1;

    p = ngx_pnalloc(series->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    billing_month_format(item->month, month);

    item->key.data = p;
    item->key.len = ngx_snprintf(p, len, "%V{%V}:cost:%V:%ui:%c%s:%s", prefix,
                        domain, &account->id, account->version,
                        series->part->granularity == BILLING_DAILY ? 'D' : 'M',
                        aparts[series->apart], month)
                    - p;

    return NGX_OK;
}


ngx_int_t
ngx_http_billing_cost_cache_get(ngx_http_billing_cost_item_t *item)
{
    ngx_str_t   argv[5 + BILLING_FIELD_MAX];
    ngx_uint_t  argc, i;
    const char *name;

    ngx_str_set(&argv[0], "HMGET");
    argv[1] = item->key;
    ngx_str_set(&argv[2], "meta");
    ngx_str_set(&argv[3], "failed");
    argc = 4;

    if (ngx_http_billing_cost_cache_restated(item->series)) {
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

    item->call = ngx_billing_redis_command(
        item->series->lookup->cost->conf.redis, argc, argv, 0,
        ngx_http_billing_cost_cache_got, item);

    return item->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_billing_cost_cache_got(
    void *data, redisReply *reply, const char *error)
{
    ngx_http_billing_cost_item_t *item = data;

    ngx_int_t                      rc;
    ngx_http_billing_cost_cached_t cached;

    item->call = NULL;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_ERR, item->series->lookup->cost->conf.log, 0,
            "reading \"%V\" from redis failed: \"%s\"", &item->key, reply->str);

        if (ngx_strncmp(reply->str, "WRONGTYPE", 9) == 0) {
            /* no HASH: what is stored later takes its place */
            ngx_http_billing_cost_read(item, NGX_DECLINED, NULL);
            return;
        }
    }

    rc = ngx_http_billing_cost_cache_parse(item, reply, &cached);
    ngx_http_billing_cost_read(item, rc, &cached);
}


/*
 * Rows go to the caller as they are decoded, so a field is checked as a whole
 * before: a broken one must not leave half of its rows behind.
 */
static ngx_int_t
ngx_http_billing_cost_cache_parse(ngx_http_billing_cost_item_t *item,
    redisReply *reply, ngx_http_billing_cost_cached_t *cached)
{
    size_t        n;
    ngx_uint_t    i;
    redisReply   *value;
    billing_str_t bytes;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements < 2) {
        return NGX_ERROR;
    }

    ngx_memzero(cached, sizeof(ngx_http_billing_cost_cached_t));

    if (ngx_http_billing_cost_cache_meta(item, reply->element[0], cached)
        != NGX_OK) {
        return NGX_DECLINED;
    }

    item->seen = cached->meta.fetched_at;
    n = ngx_http_billing_cost_cache_notes(item->series, reply, cached);

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
                "broken cost block \"%V\" in redis", &item->key);
            return NGX_DECLINED;
        }

        cached->untold |= ngx_http_billing_cost_cache_untold(item, bytes);
        cached->fields[i].data = (u_char *) value->str;
        cached->fields[i].len = value->len;
    }

    return NGX_OK;
}


/* Whose block it is.  Otherwise the item's rule says why it is of no use. */
static ngx_int_t
ngx_http_billing_cost_cache_meta(ngx_http_billing_cost_item_t *item,
    const redisReply *reply, ngx_http_billing_cost_cached_t *cached)
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

    if (cached->meta.scope
        != ngx_http_billing_cost_scope(item->series, item->month))
    {
        item->rule = "list";
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* What stands between "meta" and the fields; returns the first field's place. */
static size_t
ngx_http_billing_cost_cache_notes(const ngx_http_billing_cost_series_t *series,
    const redisReply *reply, ngx_http_billing_cost_cached_t *cached)
{
    ngx_http_billing_cost_cache_failed(reply->element[1], cached);

    if (!ngx_http_billing_cost_cache_restated(series) || reply->elements == 2) {
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
ngx_http_billing_cost_cache_restated(
    const ngx_http_billing_cost_series_t *series)
{
    return series->part->granularity == BILLING_MONTHLY
           && series->lookup->question.restated != NULL;
}


/*
 * 1 for a block of an earlier build that would say what charges are if it was
 * read today.  It serves until there is a better one.
 */
static ngx_uint_t
ngx_http_billing_cost_cache_untold(
    const ngx_http_billing_cost_item_t *item, billing_str_t bytes)
{
    return (item->series->part->dims & BILLING_BLOCK_CHARGE)
           && !billing_block_charged(bytes)
           && item->month >= item->series->oldest;
}


/* "<until> <fault>", see _lock.c. */
static void
ngx_http_billing_cost_cache_failed(
    redisReply *value, ngx_http_billing_cost_cached_t *cached)
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


ngx_int_t
ngx_http_billing_cost_cache_put(ngx_http_billing_cost_block_t *block)
{
    u_char     ttl[NGX_INT_T_LEN];
    u_char     version[NGX_INT_T_LEN];
    u_char     began[NGX_TIME_T_LEN];
    u_char     future[NGX_TIME_T_LEN];
    ngx_str_t  argv[3 + 6 + BILLING_FIELD_MAX + NGX_HTTP_BILLING_COST_AGES_MAX];
    ngx_uint_t i, nages;
    billing_block_meta_t            meta;
    ngx_http_billing_cost_flight_t *flight;

    flight = block->flight;
    meta.fetched_at = flight->fetched_at;
    meta.open = block->open;

    argv[0] = block->key;

    if (ngx_http_billing_cost_cache_name(
            flight, &argv[1], "account:%V:blocks", &flight->account)
            != NGX_OK
        || ngx_http_billing_cost_cache_name(
               flight, &argv[2], "account:%V", &flight->account)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    argv[3].data = ttl;
    argv[3].len = ngx_sprintf(ttl, "%d",
                      ngx_http_billing_cost_settled(block->month, &meta)
                          ? NGX_HTTP_BILLING_COST_KEEP_CLOSED
                          : NGX_HTTP_BILLING_COST_KEEP_OPEN)
                  - ttl;
    argv[4].data = version;
    argv[4].len = ngx_sprintf(version, "%ui", flight->version) - version;
    argv[5].data = began;
    argv[5].len = ngx_sprintf(began, "%T", flight->fetched_at) - began;
    argv[6].data = future;
    argv[6].len = ngx_sprintf(
                      future, "%T", ngx_time() + NGX_HTTP_BILLING_COST_SKEW)
                  - future;
    argv[7].data = (u_char *) block->meta.data;
    argv[7].len = block->meta.len;

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        argv[8 + i].data = (u_char *) block->fields[i].data;
        argv[8 + i].len = block->fields[i].len;
    }

    argv[8 + i].data = (u_char *) block->restated.data;
    argv[8 + i].len = block->restated.len;

    if (ngx_http_billing_cost_ages(block, &argv[9 + i], &nages) != NGX_OK) {
        return NGX_ERROR;
    }

    block->call = ngx_billing_redis_eval(flight->cost->conf.redis,
        &ngx_http_billing_cost_cache_script, 3, 6 + BILLING_FIELD_MAX + nages,
        argv, ngx_http_billing_cost_cache_put_done, block);

    return block->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_billing_cost_cache_put_done(
    void *data, redisReply *reply, const char *error)
{
    ngx_http_billing_cost_block_t *block = data;

    block->call = NULL;

    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER
        || reply->integer != 0) {
        block->flight->cost->conf.changed(
            block->flight->cost->conf.data, &block->flight->domain);
    }

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        ngx_http_billing_cost_unstored(
            block, reply == NULL ? error : reply->str);
    }

    ngx_http_billing_cost_stored(block);
}


void
ngx_http_billing_cost_unstored(
    ngx_http_billing_cost_block_t *block, const char *reason)
{
    if (block->flight->unstored) {
        return; /* one line is enough */
    }

    block->flight->unstored = 1;

    ngx_log_error(NGX_LOG_WARN, block->flight->cost->conf.log, 0,
        "writing \"%V\" to redis failed: \"%s\"", &block->key, reason);
}


/* "<prefix>{<domain>}:" and what fmt makes. */
static ngx_int_t
ngx_http_billing_cost_cache_name(ngx_http_billing_cost_flight_t *flight,
    ngx_str_t *name, const char *fmt, ...)
{
    u_char    *p, *last;
    size_t     len;
    va_list    args;
    ngx_str_t *prefix;

    prefix = &flight->cost->conf.prefix;
    len = prefix->len + flight->domain.len + flight->account.len
          + sizeof("{}:account::blocks") + BILLING_MONTH_LEN;

    p = ngx_pnalloc(flight->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = p + len;
    name->data = p;
    p = ngx_slprintf(p, last, "%V{%V}:", prefix, &flight->domain);

    va_start(args, fmt);
    p = ngx_vslprintf(p, last, fmt, args);
    va_end(args);

    name->len = p - name->data;

    return NGX_OK;
}
