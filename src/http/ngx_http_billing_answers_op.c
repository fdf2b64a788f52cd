
/*
 * Kept answers on the long way: what an operation has worked out is kept, and
 * where it cannot work anything out since Redis is away, the last answer that
 * is known serves.
 */

#include "http/ngx_http_billing_answers_internal.h"
#include "http/ngx_http_billing_etag.h"


/* What an operation remembers from its beginning. */
struct ngx_http_billing_kept_s {
    ngx_str_t                      key; /* in the zone */
    ngx_http_billing_zone_ticket_t ticket;
};


static void ngx_http_billing_answers_fail(
    ngx_http_billing_op_t *op, billing_buf_t *body);


ngx_int_t
ngx_http_billing_answers_begin(ngx_http_billing_op_t *op)
{
    ngx_http_billing_kept_t   *kept;
    ngx_http_billing_caller_t  caller;
    ngx_http_billing_subject_t subject;

    if (op->bmcf->zone == NULL || !op->route->kept) {
        return NGX_OK;
    }

    kept = ngx_pcalloc(op->pool, sizeof(ngx_http_billing_kept_t));
    if (kept == NULL) {
        return NGX_ERROR;
    }

    caller.domain = op->domain;
    caller.projects = op->projects;
    caller.nprojects = op->nprojects;
    caller.all_projects = op->all_projects;

    subject.print = op->bmcf->node_print;
    subject.day = 0;
    subject.blcf = op->blcf;
    subject.caller = &caller;
    subject.route = op->route;
    subject.id = op->id;
    subject.args = op->args;
    subject.csv = op->accept_csv;

    if (ngx_http_billing_answers_key(op->pool, &subject, &kept->key) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_billing_zone_ticket(op->bmcf->zone, &op->domain, &kept->ticket);

    op->kept = kept;

    return NGX_OK;
}


void
ngx_http_billing_answers_keep(
    ngx_http_billing_op_t *op, const ngx_http_billing_answer_t *answer)
{
    ngx_http_billing_kept_t *kept;

    kept = op->kept;

    if (kept == NULL || answer->until <= ngx_time()) {
        return;
    }

    ngx_http_billing_zone_put(
        op->bmcf->zone, &op->domain, &kept->key, &kept->ticket, answer);
}


ngx_int_t
ngx_http_billing_answers_degraded(ngx_http_billing_op_t *op)
{
    billing_buf_t                    body;
    ngx_http_billing_answer_t        answer;
    ngx_http_billing_zone_result_t   result;
    ngx_http_billing_zone_question_t question;

    static const char note[] = "{\"degraded\":\"storage\",";

    if (op->kept == NULL) {
        return NGX_DECLINED;
    }

    question.domain = op->domain;
    question.key = op->kept->key;
    question.coding = NGX_HTTP_BILLING_IDENTITY;
    question.old = 1;
    ngx_str_null(&question.none_match);

    result = ngx_http_billing_zone_get(
        op->bmcf->zone, &question, op->pool, &answer);

    if (result == NGX_HTTP_BILLING_ZONE_MISS) {
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

    op->cache_status =
        ngx_http_billing_cost_cache_names[NGX_HTTP_BILLING_COST_STALE];

    ngx_http_billing_answers_send(op, &answer, &body);

    return NGX_OK;
}


void
ngx_http_billing_answers_send(ngx_http_billing_op_t *op,
    ngx_http_billing_answer_t *answer, billing_buf_t *body)
{
    ngx_int_t                         coding;
    ngx_uint_t                        i, matched;
    ngx_http_billing_answer_headers_t headers;

    if (answer->degraded) {
        ngx_http_billing_answers_headers(
            &headers, op->route, answer, &op->cache_status);
        matched = ngx_http_billing_etag_listed(
            &op->if_none_match, &headers.list[0].value);

    } else {
        coding = ngx_http_billing_answer_listed(
            &op->if_none_match, answer->tag, NGX_HTTP_BILLING_IDENTITY);
        matched = coding != NGX_DECLINED;
        answer->coding = matched ? coding : NGX_HTTP_BILLING_IDENTITY;
        ngx_http_billing_answers_headers(
            &headers, op->route, answer, &op->cache_status);
    }

    for (i = 0; i < headers.n; i++) {
        if (ngx_http_billing_header(
                op, (char *) headers.list[i].key.data, &headers.list[i].value)
            != NGX_OK)
        {
            ngx_http_billing_answers_fail(op, body);
            return;
        }
    }

    if (matched) {
        billing_buf_free(body);
        ngx_http_billing_send_empty(op, NGX_HTTP_NOT_MODIFIED);
        return;
    }

    ngx_http_billing_send(
        op, NGX_HTTP_OK, (const char *) headers.type.data, body);
}


static void
ngx_http_billing_answers_fail(ngx_http_billing_op_t *op, billing_buf_t *body)
{
    billing_buf_free(body);
    ngx_http_billing_send_problem(
        op, NGX_HTTP_BILLING_INTERNAL, "out of memory");
}
