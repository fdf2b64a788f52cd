
/*
 * The long way: an operation is made for a request, gets what it needs of it,
 * and the endpoint begins - unless the caller may not, or the request is not
 * well formed, which is told here.
 */

#include "http/ngx_http_billing_op.h"
#include "http/ngx_http_billing_request.h"
#include "http/ngx_http_billing_subject.h"

#include "core/billing_prefer.h"


#define NGX_HTTP_BILLING_BODY_DEPTH 16

/* Of "Prefer: wait": below, not even the cache would have answered. */
#define NGX_HTTP_BILLING_WAIT_LEAST 100 /* milliseconds */
#define NGX_HTTP_BILLING_WAIT_MOST  30  /* seconds; longer is all there is */


static ngx_int_t ngx_http_billing_begin(
    ngx_http_billing_op_t *op, ngx_http_billing_subject_t *subject);
static ngx_int_t ngx_http_billing_capture(
    ngx_http_billing_op_t *op, const ngx_http_billing_subject_t *subject);
static ngx_int_t ngx_http_billing_capture_caller(
    ngx_http_billing_op_t *op, const ngx_http_billing_subject_t *subject);
static ngx_int_t ngx_http_billing_capture_id(
    ngx_http_billing_op_t *op, ngx_http_request_t *r);
static ngx_msec_t ngx_http_billing_wait(ngx_http_request_t *r);
static ngx_int_t  ngx_http_billing_admit(
     ngx_http_billing_op_t *op, const ngx_http_billing_subject_t *subject);
static ngx_int_t ngx_http_billing_admit_nowhere(
    ngx_http_billing_op_t *op, ngx_uint_t methods);
static ngx_int_t ngx_http_billing_check_type(
    ngx_http_billing_op_t *op, ngx_http_request_t *r);
static ngx_int_t ngx_http_billing_capture_query(
    ngx_http_billing_op_t *op, ngx_http_billing_subject_t *subject);
static void ngx_http_billing_capture_free(void *data);
static void ngx_http_billing_parse(ngx_http_billing_op_t *op);


ngx_int_t
ngx_http_billing_run(ngx_http_billing_subject_t *subject)
{
    ngx_int_t              rc;
    ngx_http_request_t    *r;
    ngx_http_billing_op_t *op;

    r = subject->request;

    op = ngx_http_billing_op_create(r, ngx_http_billing_leave);
    if (op == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_billing_begin(op, subject);

    if (rc == NGX_ERROR) {
        ngx_http_billing_send_nomem(op);
    }

    if (rc == NGX_OK && op->route->body) {
        ngx_http_billing_body_read(op, ngx_http_billing_parse);
        return NGX_DONE;
    }

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    if (ngx_http_billing_watch_client(r) != NGX_OK) {
        r->keepalive = 0;
    }

    if (rc == NGX_OK) {
        op->route->handler(op);
    }

    return NGX_DONE;
}


/* NGX_OK: go on; NGX_DECLINED: a problem was sent. */
static ngx_int_t
ngx_http_billing_begin(
    ngx_http_billing_op_t *op, ngx_http_billing_subject_t *subject)
{
    ngx_int_t rc;

    op->started = subject->arrived;
    op->route = subject->route;

    ngx_http_billing_look_site(op, subject->request);

    if (ngx_http_billing_capture(op, subject) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_billing_admit(op, subject);

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, subject->request->connection->log, 0,
        "billing: operation %p of request \"%V\" is %s", op, &op->request_id,
        rc == NGX_OK                     ? "admitted"
        : subject->known == NGX_DECLINED ? subject->detail
                                         : "refused");

    return rc == NGX_OK ? ngx_http_billing_capture_query(op, subject) : rc;
}


/* Copies what endpoints need; the request may go before them. */
static ngx_int_t
ngx_http_billing_capture(
    ngx_http_billing_op_t *op, const ngx_http_billing_subject_t *subject)
{
    ngx_uint_t          i;
    ngx_http_request_t *r;

    r = subject->request;

    struct {
        ngx_str_t *to;
        ngx_str_t  from;
    } copies[] = {
        { &op->id, subject->id },
        { &op->args, subject->args },
        { &op->base, op->blcf->base },
        { &op->if_match, ngx_http_billing_request_header(r, "if-match") },
        { &op->if_none_match, ngx_http_billing_own_header(r, "if-none-match") },
        { &op->idempotency_key,
            ngx_http_billing_request_header(r, "idempotency-key") },
        { &op->last_event_id,
            ngx_http_billing_request_header(r, "last-event-id") },
        { &op->audit.from, r->connection->addr_text },
    };

    for (i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        copies[i].to->len = copies[i].from.len;
        copies[i].to->data = ngx_pnalloc(op->pool, copies[i].from.len + 1);
        if (copies[i].to->data == NULL) {
            return NGX_ERROR;
        }

        *ngx_cpymem(
            copies[i].to->data, copies[i].from.data, copies[i].from.len) = '\0';
    }

    op->wait = ngx_http_billing_wait(r);

    return ngx_http_billing_capture_id(op, r);
}


static ngx_int_t
ngx_http_billing_capture_id(ngx_http_billing_op_t *op, ngx_http_request_t *r)
{
    ngx_str_t                  name = ngx_string("request_id");
    ngx_http_variable_value_t *v;

    v = ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));

    if (v == NULL || v->not_found) {
        return NGX_OK;
    }

    op->request_id.len = v->len;
    op->request_id.data = ngx_pnalloc(op->pool, v->len);
    if (op->request_id.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(op->request_id.data, v->data, v->len);

    return NGX_OK;
}


/* How long the client would rather wait; 0: it does not say. */
static ngx_msec_t
ngx_http_billing_wait(ngx_http_request_t *r)
{
    long      seconds;
    ngx_str_t prefer;

    prefer = ngx_http_billing_own_header(r, "prefer");
    seconds = billing_prefer_wait(
        (billing_str_t){ (const char *) prefer.data, prefer.len });

    if (seconds < 0 || seconds > NGX_HTTP_BILLING_WAIT_MOST) {
        return 0;
    }

    return ngx_max((ngx_msec_t) seconds * 1000, NGX_HTTP_BILLING_WAIT_LEAST);
}


static ngx_int_t
ngx_http_billing_admit(
    ngx_http_billing_op_t *op, const ngx_http_billing_subject_t *subject)
{
    ngx_int_t           rc;
    ngx_http_request_t *r;

    r = subject->request;

    if (subject->known == NGX_DECLINED) {
        ngx_http_billing_send_problem(
            op, subject->problem, "%s", subject->detail);
    }

    if (subject->known != NGX_OK) {
        return subject->known;
    }

    if (ngx_http_billing_capture_caller(op, subject) != NGX_OK) {
        return NGX_ERROR;
    }

    if (op->route == NULL) {
        return ngx_http_billing_admit_nowhere(op, subject->methods);
    }

    rc = op->route->write ? ngx_http_billing_check_site(op, r) : NGX_OK;
    if (rc != NGX_OK) {
        return rc;
    }

    if (op->route->admin != NULL && op->role != NGX_HTTP_BILLING_ADMIN) {
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_FORBIDDEN,
            "only an admin may %s", op->route->admin);
        return NGX_DECLINED;
    }

    if (!subject->acceptable) {
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_NOT_ACCEPTABLE_,
            "this resource is available as %s%s only",
            op->route->stream ? "text/event-stream" : "application/json",
            op->route->csv ? " and text/csv" : "");
        return NGX_DECLINED;
    }

    return op->route->body ? ngx_http_billing_check_type(op, r) : NGX_OK;
}


static ngx_int_t
ngx_http_billing_capture_caller(
    ngx_http_billing_op_t *op, const ngx_http_billing_subject_t *subject)
{
    ngx_http_billing_caller_t caller;

    if (ngx_http_billing_caller_copy(op->pool, &caller, &subject->caller)
        != NGX_OK) {
        return NGX_ERROR;
    }

    op->user = caller.user;
    op->role = caller.role;
    op->domain = caller.domain;
    op->projects = caller.projects;
    op->nprojects = caller.nprojects;
    op->all_projects = caller.all_projects;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_admit_nowhere(ngx_http_billing_op_t *op, ngx_uint_t methods)
{
    ngx_str_t allow;

    if (methods == 0) {
        ngx_http_billing_send_problem(
            op, NGX_HTTP_BILLING_NOT_FOUND_, "there is no such resource");
        return NGX_DECLINED;
    }

    if (ngx_http_billing_allow(op->pool, methods, &allow) != NGX_OK
        || ngx_http_billing_header(op, "Allow", &allow) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_METHOD_NOT_ALLOWED,
        "this resource allows %.*s", (int) allow.len, allow.data);

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_billing_check_type(ngx_http_billing_op_t *op, ngx_http_request_t *r)
{
    size_t     len;
    ngx_str_t  type;
    ngx_uint_t i;

    static ngx_str_t types[] = { ngx_string("application/json"),
        ngx_string("application/merge-patch+json") };

    type = ngx_http_billing_request_header(r, "content-type");

    for (len = 0; len < type.len && type.data[len] != ';'
                  && type.data[len] != ' ' && type.data[len] != '\t';
         len++)
    { /* void */
    }

    for (i = 0; i < (op->method == NGX_HTTP_PATCH ? 2 : 1); i++) {
        if (len == types[i].len
            && ngx_strncasecmp(type.data, types[i].data, len) == 0) {
            return NGX_OK;
        }
    }

    ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_UNSUPPORTED_MEDIA_TYPE,
        "the body must be application/json");

    return NGX_DECLINED;
}


/* What was read becomes the operation's. */
static ngx_int_t
ngx_http_billing_capture_query(
    ngx_http_billing_op_t *op, ngx_http_billing_subject_t *subject)
{
    ngx_pool_cleanup_t *cln;

    if (!op->route->kept && !op->route->query) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(op->pool, 0);

    if (cln == NULL || ngx_http_billing_subject_query(subject) != NGX_OK) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_billing_capture_free;
    cln->data = subject->query;
    op->query = subject->query;
    subject->query = NULL;

    op->zone_key.len = subject->zone_key.len;
    op->zone_key.data = ngx_pstrdup(op->pool, &subject->zone_key);
    op->shared_key.len = subject->shared_key.len;
    op->shared_key.data = ngx_pstrdup(op->pool, &subject->shared_key);

    return op->zone_key.data == NULL || op->shared_key.data == NULL ? NGX_ERROR
                                                                    : NGX_OK;
}


static void
ngx_http_billing_capture_free(void *data)
{
    ngx_http_billing_query_free(data);
}


static void
ngx_http_billing_parse(ngx_http_billing_op_t *op)
{
    char             reason[128];
    billing_str_t    text;
    billing_status_t rc;

    text.data = (char *) op->body_text.data;
    text.len = op->body_text.len;

    rc = billing_json_parse(
        text, NGX_HTTP_BILLING_BODY_DEPTH, &op->body, reason);

    if (rc == BILLING_NOMEM) {
        ngx_http_billing_send_nomem(op);
        return;
    }

    if (rc != BILLING_OK) {
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_MALFORMED,
            "the body is not valid JSON: %s", reason);
        return;
    }

    if (!json_is_object(op->body)) {
        ngx_http_billing_send_problem(
            op, NGX_HTTP_BILLING_INVALID, "the body must be a JSON object");
        return;
    }

    op->route->handler(op);
}
