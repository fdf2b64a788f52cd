
/*
 * Kept answers on the long way: what an operation has worked out is kept, and
 * where it cannot work anything out since Redis is away, the last answer that
 * is known serves.
 */

#include "http/answers_internal.h"
#include "http/etag.h"
#include "store/shared.h"
#include "store/sync.h"

#include <hiredis/hiredis.h>


/* What an operation remembers from its beginning. */
struct billing_kept_s {
    billing_zone_ticket_t ticket;
    ngx_pool_t           *pool;
    billing_redis_call_t *call; /* for the marks */
    ngx_str_t             marks[BILLING_SHARED_MARKS];
    unsigned              marked : 1;
};


static void answers_cancel(void *data);
static void answers_marks(
    void *data, struct redisReply *reply, const char *error);
static ngx_int_t answers_mark(
    ngx_pool_t *pool, const struct redisReply *reply, ngx_str_t *mark);
static void      answers_tell(billing_op_t *op, const billing_answer_t *answer);
static ngx_int_t answers_named(
    billing_op_t *op, const billing_answer_t *answer);
static void answers_fail(billing_op_t *op, billing_buf_t *body);


ngx_int_t
billing_answers_op_begin(billing_op_t *op)
{
    ngx_pool_cleanup_t *cln;
    billing_kept_t     *kept;

    if (!op->route->kept) {
        return NGX_OK;
    }

    kept = ngx_pcalloc(op->pool, sizeof(billing_kept_t));
    cln = ngx_pool_cleanup_add(op->pool, 0);

    if (kept == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    kept->pool = op->pool;
    op->kept = kept;

    if (op->bmcf->zone != NULL) {
        billing_zone_ticket(op->bmcf->zone, &op->domain, &kept->ticket);
    }

    if (op->shared_key.len == 0) {
        return NGX_OK;
    }

    cln->handler = answers_cancel;
    cln->data = kept;

    kept->call = billing_shared_marks(
        &op->bmcf->store, &op->domain, answers_marks, kept);

    return kept->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
answers_cancel(void *data)
{
    billing_kept_t *kept = data;

    if (kept->call != NULL) {
        billing_redis_call_cancel(kept->call);
    }
}


static void
answers_marks(void *data, struct redisReply *reply, const char *error)
{
    billing_kept_t *kept = data;

    ngx_uint_t i;

    kept->call = NULL;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != BILLING_SHARED_MARKS)
    {
        return;
    }

    for (i = 0; i < BILLING_SHARED_MARKS; i++) {
        if (answers_mark(kept->pool, reply->element[i], &kept->marks[i])
            != NGX_OK) {
            return;
        }
    }

    kept->marked = 1;
}


static ngx_int_t
answers_mark(ngx_pool_t *pool, const struct redisReply *reply, ngx_str_t *mark)
{
    ngx_str_t text;

    ngx_str_set(mark, "");

    if (reply->type == REDIS_REPLY_NIL) {
        return NGX_OK;
    }

    if (reply->type != REDIS_REPLY_STRING) {
        return NGX_ERROR;
    }

    text.data = (u_char *) reply->str;
    text.len = reply->len;

    mark->data = ngx_pstrdup(pool, &text);
    if (mark->data == NULL) {
        return NGX_ERROR;
    }

    mark->len = text.len;

    return NGX_OK;
}


void
billing_answers_op_keep(billing_op_t *op, const billing_answer_t *answer)
{
    billing_kept_t  *kept;
    billing_answer_t brief;

    kept = op->kept;

    if (kept == NULL || answer->until <= ngx_time()) {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, op->log, 0,
            "billing: an answer of \"%V\" is not kept", &op->domain);
        return;
    }

    brief = *answer;

    if (billing_sync_silent(&op->bmcf->store, &op->domain)) {
        /* not every node tells of its changes */
        brief.until = ngx_min(answer->until, ngx_time() + 1);
    }

    if (op->zone_key.len != 0) {
        billing_zone_answer_put(
            op->bmcf->zone, &op->domain, &op->zone_key, &kept->ticket, &brief);
    }

    if (kept->marked) {
        billing_shared_put(&op->bmcf->store, &op->domain, &op->shared_key,
            kept->marks, &brief);
    }
}


ngx_int_t
billing_answers_op_degraded(billing_op_t *op)
{
    billing_buf_t         body;
    billing_answer_t      answer;
    billing_zone_result_t result;
    billing_zone_wanted_t wanted;

    static const char note[] = "{\"degraded\":\"storage\",";

    if (op->zone_key.len == 0) {
        return NGX_DECLINED;
    }

    wanted.domain = op->domain;
    wanted.key = op->zone_key;
    wanted.coding = BILLING_IDENTITY;
    wanted.old = 1;
    ngx_str_null(&wanted.none_match);

    result = billing_zone_answer_get(
        op->bmcf->zone, &wanted, op->pool, &answer);

    if (result <= BILLING_ZONE_OLD) {
        return NGX_DECLINED;
    }

    answer.degraded = 1;

    billing_buf_init(&body, answer.body.len + sizeof(note));

    if (answer.csv) {
        (void) billing_buf_add(&body, answer.body.data, answer.body.len);

    } else {
        (void) billing_buf_add(&body, note, sizeof(note) - 1);
        (void) billing_buf_add(
            &body, answer.body.data + 1, answer.body.len - 1);
    }

    op->cache_status = billing_cost_cache_names[BILLING_COST_STALE];

    billing_answers_op_send(op, &answer, &body);

    return NGX_OK;
}


/* Those who have followed its operation get it, too. */
static void
answers_tell(billing_op_t *op, const billing_answer_t *answer)
{
    ngx_uint_t      fit;
    billing_kept_t *kept;

    kept = op->kept;

    if (kept == NULL || op->shared_key.len == 0) {
        return;
    }

    fit = kept->marked && !answer->degraded && !answer->begins && !op->foreign;

    billing_answers_ask_led(op, fit ? kept->marks : NULL, answer);
}


void
billing_answers_op_send(
    billing_op_t *op, billing_answer_t *answer, billing_buf_t *body)
{
    ngx_int_t                coding;
    ngx_uint_t               i, matched;
    billing_answer_headers_t headers;

    answers_tell(op, answer);

    if (answer->degraded) {
        billing_answers_output_headers(
            &headers, op->route, answer, &op->cache_status);
        matched = billing_etag_named(
            &op->if_none_match, &headers.list[0].value);

    } else {
        coding = answers_named(op, answer);
        matched = coding != NGX_DECLINED;
        answer->coding = matched ? coding : BILLING_IDENTITY;
        billing_answers_output_headers(
            &headers, op->route, answer, &op->cache_status);
    }

    for (i = 0; i < headers.n; i++) {
        if (billing_send_header(
                op, (char *) headers.list[i].key.data, &headers.list[i].value)
            != NGX_OK)
        {
            answers_fail(op, body);
            return;
        }
    }

    if (matched) {
        billing_buf_free(body);
        billing_send_empty(op, NGX_HTTP_NOT_MODIFIED);
        return;
    }

    billing_send(op, NGX_HTTP_OK, (const char *) headers.type.data, body);
}


/* What has no tag is only what "*" names. */
static ngx_int_t
answers_named(billing_op_t *op, const billing_answer_t *answer)
{
    if (answer->tag[0] == '\0') {
        return op->if_none_match.len == 1 && *op->if_none_match.data == '*'
                   ? BILLING_IDENTITY
                   : NGX_DECLINED;
    }

    return billing_answer_named(
        &op->if_none_match, answer->tag, BILLING_IDENTITY);
}


static void
answers_fail(billing_op_t *op, billing_buf_t *body)
{
    billing_buf_free(body);
    billing_send_nomem(op);
}
