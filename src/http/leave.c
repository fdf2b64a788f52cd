
/*
 * How what an operation has to say leaves: the events of a stream, the answer.
 */

#include "http/encode.h"
#include "http/op.h"


static ngx_int_t leave_answer(billing_op_t *op, ngx_http_request_t *r);
static ngx_int_t leave_body(billing_op_t *op, ngx_http_request_t *r);


void
billing_leave(ngx_event_t *ev)
{
    ngx_int_t           rc;
    ngx_connection_t   *c;
    ngx_http_request_t *r;
    billing_op_t       *op;

    op = ev->data;
    r = op->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    if (op->done) {
        rc = leave_answer(op, r);

        if (rc != NGX_DONE) {
            billing_op_destroy(op);
            ngx_http_finalize_request(r, rc);
        }

    } else if (billing_stream_progress_out(op, r) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
    }

    ngx_http_run_posted_requests(c);
}


/* NGX_DONE: the answer has begun, and goes on without us. */

static ngx_int_t
leave_answer(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_int_t rc;

    op->cleanup->handler = NULL;

    op->ctx->op = NULL;
    op->ctx->cache_status = op->cache_status;
    op->ctx->lookup_time = ngx_current_msec - op->started;
    op->ctx->upstream_calls = op->upstream_calls;
    op->ctx->valid = 1;

    if (billing_stream_streamed(op)) {
        return billing_stream_end(op, r);
    }

    rc = billing_op_headers(op, r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (op->more != NULL && !r->header_only) {
        return billing_pieces(op, r);
    }

    return billing_encode_answer(op, r) != NGX_OK
               ? NGX_HTTP_INTERNAL_SERVER_ERROR
               : leave_body(op, r);
}


static ngx_int_t
leave_body(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_str_t answer;

    if (billing_op_adopt(op, r, &answer) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return billing_op_output(r, answer.data, answer.len);
}
