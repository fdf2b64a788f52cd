
/*
 * A stream: server-sent events (HTML standard, section 9.2), first of progress,
 * then the answer itself as the last one.
 *
 * They leave from the operation's posted event, as answers do.  There is one
 * buffer for all of them: while a slow client has not taken what is in it,
 * newer progress takes the place of older, so a stream holds no more than
 * that and its answer.
 *
 * An EventSource connects again when a stream ends.  "retry" makes it wait;
 * the last event has an id, and whoever comes back with one gets no content,
 * after which it stays away.
 */

#include "http/op.h"


#define BILLING_STREAM_RETRY "retry: 10000\n" /* milliseconds */
#define BILLING_STREAM_LAST  BILLING_STREAM_RETRY "id: end\n"

/* So that nobody in between takes the connection for dead; milliseconds. */
#define BILLING_STREAM_BEAT 15000

#define BILLING_STREAM_EVENT 256 /* longest, in bytes */


struct billing_stream_s {
    ngx_event_t beat;
    ngx_uint_t  done;
    ngx_uint_t  total;
    ngx_buf_t  *buf;          /* of the request's pool; NULL: not begun */
    unsigned    greeted : 1;  /* "retry" was sent */
    unsigned    progress : 1; /* to be sent */
    unsigned    comment : 1;  /* likewise */
};


static void          stream_stop(void *data);
static void          stream_post(billing_op_t *op);
static void          stream_beat(ngx_event_t *ev);
static void          stream_write(ngx_http_request_t *r);
static ngx_int_t     stream_begin(billing_op_t *op, ngx_http_request_t *r);
static void          stream_fill(billing_stream_t *stream);
static ngx_chain_t **stream_add(
    ngx_http_request_t *r, ngx_chain_t **next, const ngx_str_t *text);


/* Something is on its way to the client, and has not left. */
static ngx_inline ngx_uint_t
stream_full(ngx_http_request_t *r)
{
    return r->buffered || r->connection->buffered;
}


ngx_int_t
billing_stream(billing_op_t *op)
{
    ngx_int_t           rc;
    ngx_pool_cleanup_t *cln;
    billing_stream_t   *stream;

    rc = billing_streams_enter(op);
    if (rc != NGX_OK) {
        return rc;
    }

    cln = ngx_pool_cleanup_add(op->pool, sizeof(billing_stream_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    stream = cln->data;
    ngx_memzero(stream, sizeof(billing_stream_t));
    cln->handler = stream_stop;

    stream->beat.handler = stream_beat;
    stream->beat.data = op;
    stream->beat.log = op->log;
    stream->beat.cancelable = 1;

    op->stream = stream;

    /* it has no tag, so it cannot be what the client has */
    ngx_str_null(&op->if_none_match);

    if (op->head) {
        billing_send_empty(op, NGX_HTTP_OK);
        return NGX_DONE;
    }

    ngx_add_timer(&stream->beat, BILLING_STREAM_BEAT);

    return NGX_OK;
}


/* The operation ends. */
static void
stream_stop(void *data)
{
    billing_stream_t *stream = data;

    if (stream->beat.timer_set) {
        ngx_del_timer(&stream->beat);
    }
}


void
billing_stream_progress(billing_op_t *op, ngx_uint_t done, ngx_uint_t total)
{
    op->stream->done = done;
    op->stream->total = total;
    op->stream->progress = 1;

    stream_post(op);
}


static void
stream_post(billing_op_t *op)
{
    if (op->request != NULL) {
        ngx_post_event(&op->event, &ngx_posted_events);
    }
}


static void
stream_beat(ngx_event_t *ev)
{
    billing_op_t *op = ev->data;

    op->stream->comment = 1;

    ngx_add_timer(ev, BILLING_STREAM_BEAT);
    stream_post(op);
}


ngx_uint_t
billing_stream_streamed(const billing_op_t *op)
{
    return op->stream != NULL
           && (op->stream->buf != NULL || op->status == NGX_HTTP_OK);
}


ngx_int_t
billing_stream_progress_out(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_chain_t       out;
    billing_stream_t *stream;

    stream = op->stream;

    if (stream->buf == NULL && stream_begin(op, r) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!stream_full(r) && (stream->progress || stream->comment)) {
        stream_fill(stream);

        out.buf = stream->buf;
        out.next = NULL;

        if (ngx_http_output_filter(r, &out) == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    if (!stream_full(r)) {
        return NGX_OK;
    }

    return ngx_handle_write_event(r->connection->write, 0);
}


/* The client can take more: of what is on its way, then what has come since. */
static void
stream_write(ngx_http_request_t *r)
{
    ngx_event_t  *wev;
    billing_op_t *op;

    wev = r->connection->write;
    op = billing_op_request_op(r);

    if (op == NULL || wev->delayed || !stream_full(r)) {
        return;
    }

    if (ngx_http_output_filter(r, NULL) == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    stream_post(op);
}


static ngx_int_t
stream_begin(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_int_t rc;
    ngx_str_t control = ngx_string("no-store");
    ngx_str_t buffering = ngx_string("no");

    /* in the place of those that the answer would have on its own */

    op->headers.nelts = 0;
    op->status = NGX_HTTP_OK;
    ngx_str_set(&op->content_type, "text/event-stream");

    if (billing_send_header(op, "Cache-Control", &control) != NGX_OK
        || billing_send_header(op, "X-Accel-Buffering", &buffering) != NGX_OK
        || billing_op_headers(op, r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    r->headers_out.content_length_n = -1;
    r->write_event_handler = stream_write;

    op->stream->buf = ngx_create_temp_buf(r->pool, BILLING_STREAM_EVENT);
    if (op->stream->buf == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_send_header(r);

    return rc == NGX_ERROR || rc > NGX_OK ? NGX_ERROR : NGX_OK;
}


/* Nothing of the buffer is on its way any more. */
static void
stream_fill(billing_stream_t *stream)
{
    ngx_buf_t *b;

    b = stream->buf;
    b->pos = b->start;
    b->last = b->start;
    b->flush = 1;

    if (!stream->greeted) {
        b->last = ngx_sprintf(b->last, BILLING_STREAM_RETRY "\n");
    }

    if (stream->comment) {
        b->last = ngx_sprintf(b->last, ":\n\n");
    }

    if (stream->progress) {
        b->last = ngx_sprintf(b->last,
            "event: progress\ndata: {\"done\":%ui,\"total\":%ui}\n\n",
            stream->done, stream->total);
    }

    stream->greeted = 1;
    stream->comment = 0;
    stream->progress = 0;
}


ngx_int_t
billing_stream_end(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_str_t    text[4];
    ngx_uint_t   i, n, ok;
    ngx_chain_t *out, **next;

    ok = op->status == NGX_HTTP_OK;
    n = 0;

    if (op->stream->buf == NULL && stream_begin(op, r) != NGX_OK) {
        return NGX_ERROR;
    }

    if (r->header_only) {
        return NGX_OK;
    }

    /* what cannot be told must not look like an end */

    if (op->answer.len == 0) {
        return ok ? ngx_http_send_special(r, NGX_HTTP_LAST) : NGX_ERROR;
    }

    if (op->stream->progress && !stream_full(r)) {
        stream_fill(op->stream);
        text[n].data = op->stream->buf->pos;
        text[n++].len = ngx_buf_size(op->stream->buf);
    }

    ngx_str_set(&text[n], BILLING_STREAM_LAST "event: result\ndata: ");

    if (!ok) {
        ngx_str_set(&text[n], BILLING_STREAM_LAST "event: problem\ndata: ");
    }

    if (billing_op_adopt(op, r, &text[n + 1]) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&text[n + 2], "\n\n");
    next = &out;

    for (i = 0; i < n + 3; i++) {
        next = stream_add(r, next, &text[i]);
        if (next == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_output_filter(r, out) == NGX_ERROR) {
        return NGX_ERROR;
    }

    return ngx_http_send_special(r, NGX_HTTP_LAST);
}


static ngx_chain_t **
stream_add(ngx_http_request_t *r, ngx_chain_t **next, const ngx_str_t *text)
{
    ngx_buf_t   *b;
    ngx_chain_t *cl;

    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);

    if (b == NULL || cl == NULL) {
        return NULL;
    }

    b->pos = text->data;
    b->last = text->data + text->len;
    b->memory = 1;

    cl->buf = b;
    cl->next = NULL;
    *next = cl;

    return &cl->next;
}
