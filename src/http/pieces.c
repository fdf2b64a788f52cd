
/*
 * An answer that is made while the client takes it.  There is one buffer: the
 * next piece is made when all of the last one has left nginx' filters, so a
 * client that does not read costs no more than that, and whatever the pieces
 * are made of.
 *
 * Headers are out when a piece fails, and the client must not take what it has
 * for all there is.  A chunk that never comes or a stream that is reset says
 * so.  Where only the end of the connection ends the answer, as for HTTP/1.0,
 * that would look like the end of the file: such a connection is reset unless
 * all has been sent, even if the worker dies.
 */

#include "http/op.h"

#include "event/turn.h"


#define BILLING_PIECE (32 * 1024)


typedef struct {
    billing_op_t *op;
    ngx_buf_t    *buf;       /* what lies in op->answer */
    unsigned      sent : 1;  /* it was given to the filters */
    unsigned      last : 1;  /* and nothing comes behind it */
    unsigned      reset : 1; /* the connection will be */
} billing_pieces_t;


static void       pieces_free(void *data);
static void       pieces_write(ngx_http_request_t *r);
static void       pieces_run(ngx_http_request_t *r);
static ngx_int_t  pieces_send(ngx_http_request_t *r, billing_pieces_t *pieces);
static ngx_uint_t pieces_left(
    ngx_http_request_t *r, const billing_pieces_t *pieces);
static ngx_int_t pieces_next(billing_pieces_t *pieces);
static void      pieces_wait(ngx_http_request_t *r);
static void      pieces_fail(ngx_http_request_t *r, ngx_int_t rc);
static void      pieces_linger(ngx_http_request_t *r, int reset);


ngx_int_t
billing_pieces(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_int_t           rc;
    ngx_pool_cleanup_t *cln;
    billing_pieces_t   *pieces;

    pieces = ngx_pcalloc(r->pool, sizeof(billing_pieces_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (pieces == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    pieces->op = op;
    pieces->buf = ngx_calloc_buf(r->pool);
    if (pieces->buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.content_length_n = -1;
    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    cln->handler = pieces_free;
    cln->data = pieces;

    op->ctx->pieces = pieces;
    r->write_event_handler = pieces_write;

    if (r == r->main && !r->chunked && r->http_version <= NGX_HTTP_VERSION_11) {
        pieces->reset = 1;
        pieces_linger(r, 1);
    }

    pieces->buf->pos = (u_char *) op->answer.data;
    pieces->buf->last = pieces->buf->pos + op->answer.len;
    pieces->buf->temporary = 1;

    /* filters keep nothing of it back, and the coding is not cut into blocks */
    pieces->buf->recycled = 1;

    pieces_run(r);

    return NGX_DONE;
}


static void
pieces_free(void *data)
{
    billing_pieces_t *pieces = data;

    billing_op_destroy(pieces->op);
}


/* The client can take more, or it is another's turn no more, or it is late. */
static void
pieces_write(ngx_http_request_t *r)
{
    ngx_event_t *wev;

    wev = r->connection->write;

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, NGX_ETIMEDOUT,
            "client timed out");
        r->connection->timedout = 1;

        pieces_fail(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (wev->delayed) {
        pieces_wait(r);
        return;
    }

    pieces_run(r);
}


static void
pieces_run(ngx_http_request_t *r)
{
    ngx_int_t         rc;
    billing_ctx_t    *ctx;
    billing_pieces_t *pieces;

    ctx = ngx_http_get_module_ctx(r, ngx_http_billing_module);
    pieces = ctx->pieces;

    for (;;) {
        rc = pieces_send(r, pieces);

        if (rc != NGX_OK || pieces->last) {
            break;
        }

        if (billing_turn_over()) {
            ngx_post_event(r->connection->write, &ngx_posted_next_events);
            rc = NGX_AGAIN;
            break;
        }

        rc = pieces_next(pieces);
        if (rc != NGX_OK) {
            break;
        }
    }

    if (rc == NGX_AGAIN) {
        pieces_wait(r);
        return;
    }

    if (rc != NGX_OK) {
        pieces_fail(r, NGX_ERROR);
        return;
    }

    if (pieces->reset) {
        pieces_linger(r, 0);
    }

    ngx_http_finalize_request(r, NGX_OK);
}


/* NGX_OK: nothing of the piece is on its way any more; NGX_AGAIN: it is. */
static ngx_int_t
pieces_send(ngx_http_request_t *r, billing_pieces_t *pieces)
{
    ngx_int_t   rc;
    ngx_chain_t out;

    if (!pieces->sent && pieces->last) {
        rc = ngx_http_send_special(r, NGX_HTTP_LAST);

    } else if (!pieces->sent) {
        out.buf = pieces->buf;
        out.next = NULL;
        rc = ngx_http_output_filter(r, &out);

    } else if (pieces_left(r, pieces)) {
        rc = ngx_http_output_filter(r, NULL);

    } else {
        return NGX_OK;
    }

    pieces->sent = 1;

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    return pieces_left(r, pieces) ? NGX_AGAIN : NGX_OK;
}


/*
 * What filters have taken of a piece is theirs to keep, such as gzip's, which
 * also says that something is buffered until its end; they take no more than
 * they have room for.  The end is sent when none of them has anything.
 */
static ngx_uint_t
pieces_left(ngx_http_request_t *r, const billing_pieces_t *pieces)
{
    if (pieces->last) {
        return r->buffered || r->connection->buffered;
    }

    return ngx_buf_size(pieces->buf) != 0;
}


static ngx_int_t
pieces_next(billing_pieces_t *pieces)
{
    billing_status_t status;
    billing_op_t    *op;

    op = pieces->op;

    billing_buf_reset(&op->answer);
    status = op->more(op->more_data, BILLING_PIECE, &op->answer);

    if (status != BILLING_OK) {
        ngx_log_error(NGX_LOG_ERR, op->log, 0,
            "billing: request \"%V\" of \"%V\": an answer was broken off: "
            "out of memory",
            &op->request_id, &op->domain);
        return NGX_ERROR;
    }

    pieces->buf->pos = (u_char *) op->answer.data;
    pieces->buf->last = pieces->buf->pos + op->answer.len;
    pieces->last = op->answer.len == 0;
    pieces->sent = 0;

    return NGX_OK;
}


/* The timer also holds a worker that is about to exit. */
static void
pieces_wait(ngx_http_request_t *r)
{
    ngx_event_t              *wev;
    ngx_http_core_loc_conf_t *clcf;

    wev = r->connection->write;

    /* whoever comes before posts us when it is our turn */

    if (r != r->connection->data) {
        return;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (!wev->delayed) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
        pieces_fail(r, NGX_ERROR);
    }
}


static void
pieces_fail(ngx_http_request_t *r, ngx_int_t rc)
{
    /* no goodbye of TLS either, which would look like an end */
    r->connection->error = 1;

    ngx_http_finalize_request(r, rc);
}


/* Whether closing the connection resets it. */
static void
pieces_linger(ngx_http_request_t *r, int reset)
{
    struct linger linger;

    linger.l_onoff = reset;
    linger.l_linger = 0;

    if (setsockopt(r->connection->fd, SOL_SOCKET, SO_LINGER,
            (const void *) &linger, sizeof(struct linger))
        == -1)
    {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, ngx_socket_errno,
            "setsockopt(SO_LINGER) failed");
    }
}
