
/*
 * The body of a request, read into memory of the operation.
 *
 * Bodies are small JSON documents that may hold credentials: they are read
 * unbuffered, so that nginx never writes one to a temporary file, and the
 * connection's own buffers are overwritten as they are consumed.
 *
 * A body that was read before, for "mirror" say, or that a subrequest has of its
 * request, is not ours alone: it is copied, be it in memory or in a file, and
 * stays as it is.
 */

#include "http/op.h"

#include "core/secret.h"


static void body_start(ngx_http_request_t *r);
static void body_more(ngx_http_request_t *r);
static void body_refuse(
    billing_op_t *op, ngx_http_request_t *r, billing_problem_t problem);
static ngx_int_t body_collect(billing_op_t *op, ngx_http_request_t *r);
static ngx_int_t body_copy(billing_op_t *op, ngx_buf_t *b, size_t size);


void
billing_body_read(billing_op_t *op, billing_op_pt next)
{
    ngx_int_t           rc;
    ngx_http_request_t *r;

    r = op->request;

    op->body_text.data = billing_secret_alloc(BILLING_MAX_BODY);
    if (op->body_text.data == NULL) {
        billing_send_nomem(op);
        return;
    }

    op->next = next;
    op->abort = billing_op_finish;
    op->lent = r != r->main || r->request_body != NULL;
    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, body_start);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        body_refuse(op, r, BILLING_PROBLEM_MALFORMED);
        return;
    }

    /* the operation has a reference of its own, taken when it was made */

    r->main->count--;
}


static void
body_start(ngx_http_request_t *r)
{
    r->read_event_handler = body_more;
    body_more(r);
}


static void
body_more(ngx_http_request_t *r)
{
    ngx_int_t     rc;
    billing_op_t *op;

    op = billing_op_request_op(r);

    for (;;) {
        rc = body_collect(op, r);

        if (rc != NGX_OK) {
            body_refuse(op, r,
                rc == NGX_DECLINED ? BILLING_PROBLEM_TOO_LARGE
                                   : BILLING_PROBLEM_INTERNAL);
            return;
        }

        if (!r->reading_body) {
            break;
        }

        rc = ngx_http_read_unbuffered_request_body(r);

        /* these two end the request by force, and so the operation */

        if (rc == NGX_HTTP_CLIENT_CLOSED_REQUEST
            || rc == NGX_HTTP_REQUEST_TIME_OUT) {
            ngx_http_finalize_request(r, rc);
            return;
        }

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            body_refuse(op, r,
                rc == NGX_HTTP_INTERNAL_SERVER_ERROR
                    ? BILLING_PROBLEM_INTERNAL
                    : BILLING_PROBLEM_MALFORMED);
            return;
        }

        if (rc == NGX_AGAIN && r->request_body->bufs == NULL) {
            return;
        }
    }

    if (billing_op_watch_client(op->request) != NGX_OK) {
        body_refuse(op, r, BILLING_PROBLEM_INTERNAL);
        return;
    }

    op->abort = NULL;
    op->next(op);
}


/* The connection ends, since the rest of the body is not read. */

static void
body_refuse(billing_op_t *op, ngx_http_request_t *r, billing_problem_t problem)
{
    r->keepalive = 0;
    r->read_event_handler = ngx_http_block_reading;
    op->abort = NULL;

    if (problem == BILLING_PROBLEM_TOO_LARGE) {
        billing_send_problem(op, problem, "the body may have at most %d bytes",
            BILLING_MAX_BODY);
        return;
    }

    billing_send_problem(op, problem, "the body cannot be read");
}


/* NGX_DECLINED: larger than allowed; NGX_ERROR: its file cannot be read. */

static ngx_int_t
body_collect(billing_op_t *op, ngx_http_request_t *r)
{
    off_t        size;
    ngx_buf_t   *b;
    ngx_chain_t *cl;

    if (r->request_body == NULL) {
        return NGX_OK;
    }

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        b = cl->buf;
        size = ngx_buf_size(b);

        if (size == 0) {
            continue;
        }

        if (size > (off_t) (BILLING_MAX_BODY - op->body_text.len)) {
            return NGX_DECLINED;
        }

        if (body_copy(op, b, size) != NGX_OK) {
            return NGX_ERROR;
        }

        if (!op->lent) {
            ngx_explicit_memzero(b->pos, size);
            b->pos = b->last;
        }
    }

    if (!op->lent) {
        r->request_body->bufs = NULL;
    }

    return NGX_OK;
}


static ngx_int_t
body_copy(billing_op_t *op, ngx_buf_t *b, size_t size)
{
    u_char *to;

    to = op->body_text.data + op->body_text.len;
    op->body_text.len += size;

    if (ngx_buf_in_memory(b)) {
        ngx_memcpy(to, b->pos, size);
        return NGX_OK;
    }

    /* no more than a few pages, which have just been written */
    return ngx_read_file(b->file, to, size, b->file_pos) == (ssize_t) size
               ? NGX_OK
               : NGX_ERROR;
}
