
/*
 * Answers: JSON, problem documents (RFC 9457), headers.  The only place that
 * knows which HTTP status a problem has.
 */

#include "http/op.h"

#include "core/json_arena.h"


#define BILLING_DETAIL_LEN 512
#define BILLING_MAX_ANSWER (64 * 1024 * 1024)


static void send_document(billing_op_t *op, billing_problem_t problem,
    const char *detail, billing_errors_t *errors);
static void send_bare(billing_op_t *op);
static void send_line(const billing_op_t *op);


static const struct {
    ngx_uint_t  status;
    const char *code;
    const char *title;
} billing_problems[BILLING_PROBLEM_MAX] = {

    { 401, "unauthenticated", "Unauthorized" },
    { 403, "forbidden", "Forbidden" },
    { 403, "cross_site", "Forbidden" },
    { 404, "not_found", "Not Found" },
    { 405, "method_not_allowed", "Method Not Allowed" },
    { 406, "not_acceptable", "Not Acceptable" },
    { 409, "conflict", "Conflict" },
    { 409, "overlap", "Conflict" },
    { 412, "precondition_failed", "Precondition Failed" },
    { 413, "too_large", "Content Too Large" },
    { 415, "unsupported_media_type", "Unsupported Media Type" },
    { 400, "malformed", "Bad Request" },
    { 422, "invalid", "Unprocessable Content" },
    { 428, "precondition_required", "Precondition Required" },
    { 429, "too_many_requests", "Too Many Requests" },
    { 422, "provider_rejected", "Unprocessable Content" },
    { 502, "provider_unavailable", "Bad Gateway" },
    { 504, "provider_unavailable", "Gateway Timeout" },
    { 503, "provider_unavailable", "Service Unavailable" },
    { 503, "storage_unavailable", "Service Unavailable" },
    { 500, "internal", "Internal Server Error" },
};


ngx_int_t
billing_send_header(billing_op_t *op, const char *name, ngx_str_t *value)
{
    ngx_table_elt_t *h;

    h = ngx_array_push(&op->headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.len = value->len;
    h->value.data = ngx_pstrdup(op->pool, value);

    return h->value.data == NULL ? NGX_ERROR : NGX_OK;
}


void
billing_send(billing_op_t *op, ngx_uint_t status, const char *content_type,
    billing_buf_t *body)
{
    /* a document that lacks what there was no memory for */

    if (status < NGX_HTTP_SPECIAL_RESPONSE
        && op->failures != billing_json_failures())
    {
        body->status = BILLING_NOMEM;
    }

    if (body->status != BILLING_OK) {
        billing_buf_free(body);
        billing_send_problem(op, BILLING_PROBLEM_INTERNAL,
            "the answer does not fit into memory");
        return;
    }

    op->status = status;
    op->content_type.data = (u_char *) content_type;
    op->content_type.len = ngx_strlen(content_type);

    billing_buf_free(&op->answer);
    op->answer = *body;
    billing_buf_init(body, body->max);

    billing_op_finish(op);
}


void
billing_send_json(billing_op_t *op, ngx_uint_t status, json_t *doc)
{
    billing_buf_t  body;
    billing_json_t w;

    if (doc == NULL) {
        send_bare(op);
        return;
    }

    billing_buf_init(&body, BILLING_MAX_ANSWER);

    billing_json_init(&w, &body);
    billing_json_value(&w, doc);
    json_decref(doc);

    billing_send(op, status, "application/json", &body);
}


/* There is no memory to say more. */
static void
send_bare(billing_op_t *op)
{
    op->code = billing_problems[BILLING_PROBLEM_INTERNAL].code;
    op->status = NGX_HTTP_INTERNAL_SERVER_ERROR;
    send_line(op);

    billing_op_finish(op);
}


/* Without the detail, which may quote what was sent. */
static void
send_line(const billing_op_t *op)
{
    if (op->code == billing_problems[BILLING_PROBLEM_INTERNAL].code) {
        ngx_log_error(NGX_LOG_ERR, op->log, 0,
            "billing: request \"%V\" of \"%V\" failed: %s", &op->request_id,
            &op->domain, op->code);
        return;
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, op->log, 0,
        "billing: request \"%V\" of \"%V\" is told: %s", &op->request_id,
        &op->domain, op->code);
}


void
billing_send_empty(billing_op_t *op, ngx_uint_t status)
{
    op->status = status;
    billing_op_finish(op);
}


void
billing_send_problem(
    billing_op_t *op, billing_problem_t problem, const char *fmt, ...)
{
    char    detail[BILLING_DETAIL_LEN];
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);

    send_document(op, problem, detail, NULL);
}


void
billing_send_nomem(billing_op_t *op)
{
    billing_send_problem(op, BILLING_PROBLEM_INTERNAL, "out of memory");
}


void
billing_send_errors(billing_op_t *op, billing_problem_t problem,
    billing_errors_t *errors, const char *fmt, ...)
{
    char    detail[BILLING_DETAIL_LEN];
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);

    send_document(op, problem, detail, errors);
    billing_errors_free(errors);
}


static void
send_document(billing_op_t *op, billing_problem_t problem, const char *detail,
    billing_errors_t *errors)
{
    char           now[BILLING_TIME_LEN];
    json_t        *doc, *reason;
    ngx_str_t      retry = ngx_string("1");
    ngx_uint_t     status;
    billing_buf_t  body;
    billing_json_t w;

    op->more = NULL; /* whatever was to follow the answer that is not sent */
    reason = NULL;

    if (op->reason != BILLING_REASON_NONE) {
        billing_time_format(ngx_time(), now);
        reason = json_pack("{s:s, s:{}, s:s}", "code",
            billing_reason_names[op->reason], "args", "since", now);
    }

    status = billing_problems[problem].status;
    op->code = billing_problems[problem].code;
    send_line(op);

    /* a detail that was cut in the middle of a character is left out */

    doc = json_pack("{s:s, s:s, s:i, s:s, s:o*, s:o*, s:s%, s:O*}", "type",
        "about:blank", "title", billing_problems[problem].title, "status",
        (int) status, "code", billing_problems[problem].code, "reason", reason,
        "detail", json_string(detail), "request_id",
        (char *) op->request_id.data, op->request_id.len, "errors",
        errors == NULL ? NULL : errors->list);

    if (problem == BILLING_PROBLEM_STORAGE_UNAVAILABLE) {
        (void) billing_send_header(op, "Retry-After", &retry);
    }

    billing_buf_init(&body, BILLING_MAX_ANSWER);

    billing_json_init(&w, &body);
    billing_json_value(&w, doc);

    /* it would be a problem without end */

    if (doc == NULL || body.status != BILLING_OK) {
        billing_buf_free(&body);
        send_bare(op);

    } else {
        billing_send(op, status, "application/problem+json", &body);
    }

    json_decref(doc);
}
