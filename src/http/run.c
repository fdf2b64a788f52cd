
/*
 * The long way: an operation is made for a request, gets what it needs of it,
 * and the endpoint begins - unless the caller may not, or the request is not
 * well formed, which is told here.
 */

#include "http/op.h"
#include "http/request.h"
#include "http/subject.h"

#include "core/prefer.h"


#define BILLING_BODY_DEPTH 16

/* Of "Prefer: wait": below, not even the cache would have answered. */
#define BILLING_WAIT_LEAST 100 /* milliseconds */
#define BILLING_WAIT_MOST  30  /* seconds; longer is all there is */


static ngx_int_t run_begin(billing_op_t *op, billing_subject_t *subject);
static ngx_int_t run_capture(
    billing_op_t *op, const billing_subject_t *subject);
static ngx_int_t run_capture_caller(
    billing_op_t *op, const billing_subject_t *subject);
static ngx_int_t  run_capture_id(billing_op_t *op, ngx_http_request_t *r);
static ngx_msec_t run_wait(ngx_http_request_t *r);
static ngx_int_t  run_admit(billing_op_t *op, const billing_subject_t *subject);
static ngx_int_t  run_admit_nowhere(billing_op_t *op, ngx_uint_t methods);
static ngx_int_t  run_check_type(billing_op_t *op, ngx_http_request_t *r);
static ngx_int_t  run_capture_query(
     billing_op_t *op, billing_subject_t *subject);
static void run_capture_free(void *data);
static void run_parse(billing_op_t *op);


ngx_int_t
billing_run(billing_subject_t *subject)
{
    ngx_int_t           rc;
    ngx_http_request_t *r;
    billing_op_t       *op;

    r = subject->request;

    op = billing_op_create(r, billing_leave);
    if (op == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = run_begin(op, subject);

    if (rc == NGX_ERROR) {
        billing_send_nomem(op);
    }

    if (rc == NGX_OK && op->route->body) {
        billing_body_read(op, run_parse);
        return NGX_DONE;
    }

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    if (billing_op_watch_client(r) != NGX_OK) {
        r->keepalive = 0;
    }

    if (rc == NGX_OK) {
        op->route->handler(op);
    }

    return NGX_DONE;
}


/* NGX_OK: go on; NGX_DECLINED: a problem was sent. */
static ngx_int_t
run_begin(billing_op_t *op, billing_subject_t *subject)
{
    ngx_int_t rc;

    op->started = subject->arrived;
    op->route = subject->route;

    billing_identity_look_site(op, subject->request);

    if (run_capture(op, subject) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = run_admit(op, subject);

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, subject->request->connection->log, 0,
        "billing: operation %p of request \"%V\" is %s", op, &op->request_id,
        rc == NGX_OK                     ? "admitted"
        : subject->known == NGX_DECLINED ? subject->detail
                                         : "refused");

    return rc == NGX_OK ? run_capture_query(op, subject) : rc;
}


/* Copies what endpoints need; the request may go before them. */
static ngx_int_t
run_capture(billing_op_t *op, const billing_subject_t *subject)
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
        { &op->if_match, billing_headers_request_header(r, "if-match") },
        { &op->if_none_match, billing_headers_own_header(r, "if-none-match") },
        { &op->idempotency_key,
            billing_headers_request_header(r, "idempotency-key") },
        { &op->last_event_id,
            billing_headers_request_header(r, "last-event-id") },
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

    op->wait = run_wait(r);

    return run_capture_id(op, r);
}


static ngx_int_t
run_capture_id(billing_op_t *op, ngx_http_request_t *r)
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
run_wait(ngx_http_request_t *r)
{
    long      seconds;
    ngx_str_t prefer;

    prefer = billing_headers_own_header(r, "prefer");
    seconds = billing_prefer_wait(
        (billing_str_t){ (const char *) prefer.data, prefer.len });

    if (seconds < 0 || seconds > BILLING_WAIT_MOST) {
        return 0;
    }

    return ngx_max((ngx_msec_t) seconds * 1000, BILLING_WAIT_LEAST);
}


static ngx_int_t
run_admit(billing_op_t *op, const billing_subject_t *subject)
{
    ngx_int_t           rc;
    ngx_http_request_t *r;

    r = subject->request;

    if (subject->known == NGX_DECLINED) {
        billing_send_problem(op, subject->problem, "%s", subject->detail);
    }

    if (subject->known != NGX_OK) {
        return subject->known;
    }

    if (run_capture_caller(op, subject) != NGX_OK) {
        return NGX_ERROR;
    }

    if (op->route == NULL) {
        return run_admit_nowhere(op, subject->methods);
    }

    rc = op->route->write ? billing_identity_check_site(op, r) : NGX_OK;
    if (rc != NGX_OK) {
        return rc;
    }

    if (op->route->admin != NULL && op->role != BILLING_ADMIN) {
        billing_send_problem(op, BILLING_PROBLEM_FORBIDDEN,
            "only an admin may %s", op->route->admin);
        return NGX_DECLINED;
    }

    if (!subject->acceptable) {
        billing_send_problem(op, BILLING_PROBLEM_NOT_ACCEPTABLE,
            "this resource is available as %s%s only",
            op->route->stream ? "text/event-stream" : "application/json",
            op->route->csv ? " and text/csv" : "");
        return NGX_DECLINED;
    }

    return op->route->body ? run_check_type(op, r) : NGX_OK;
}


static ngx_int_t
run_capture_caller(billing_op_t *op, const billing_subject_t *subject)
{
    billing_caller_t caller;

    if (billing_identity_caller_copy(op->pool, &caller, &subject->caller)
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
run_admit_nowhere(billing_op_t *op, ngx_uint_t methods)
{
    ngx_str_t allow;

    if (methods == 0) {
        billing_send_problem(
            op, BILLING_PROBLEM_NOT_FOUND, "there is no such resource");
        return NGX_DECLINED;
    }

    if (billing_route_allow(op->pool, methods, &allow) != NGX_OK
        || billing_send_header(op, "Allow", &allow) != NGX_OK)
    {
        return NGX_ERROR;
    }

    billing_send_problem(op, BILLING_PROBLEM_METHOD_NOT_ALLOWED,
        "this resource allows %.*s", (int) allow.len, allow.data);

    return NGX_DECLINED;
}


static ngx_int_t
run_check_type(billing_op_t *op, ngx_http_request_t *r)
{
    size_t     len;
    ngx_str_t  type;
    ngx_uint_t i;

    static ngx_str_t types[] = { ngx_string("application/json"),
        ngx_string("application/merge-patch+json") };

    type = billing_headers_request_header(r, "content-type");

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

    billing_send_problem(op, BILLING_PROBLEM_UNSUPPORTED_MEDIA_TYPE,
        "the body must be application/json");

    return NGX_DECLINED;
}


/* What was read becomes the operation's. */
static ngx_int_t
run_capture_query(billing_op_t *op, billing_subject_t *subject)
{
    ngx_pool_cleanup_t *cln;

    if (!op->route->kept && !op->route->query) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(op->pool, 0);

    if (cln == NULL || billing_subject_query(subject) != NGX_OK) {
        return NGX_ERROR;
    }

    cln->handler = run_capture_free;
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
run_capture_free(void *data)
{
    billing_subject_query_free(data);
}


static void
run_parse(billing_op_t *op)
{
    char             reason[128];
    billing_str_t    text;
    billing_status_t rc;

    text.data = (char *) op->body_text.data;
    text.len = op->body_text.len;

    rc = billing_json_parse(text, BILLING_BODY_DEPTH, &op->body, reason);

    if (rc == BILLING_NOMEM) {
        billing_send_nomem(op);
        return;
    }

    if (rc != BILLING_OK) {
        billing_send_problem(op, BILLING_PROBLEM_MALFORMED,
            "the body is not valid JSON: %s", reason);
        return;
    }

    if (!json_is_object(op->body)) {
        billing_send_problem(
            op, BILLING_PROBLEM_INVALID, "the body must be a JSON object");
        return;
    }

    op->route->handler(op);
}
