
/*
 * Life of an operation, for the content handler only.  What endpoints may
 * know stands in billing.h.
 */

#ifndef BILLING_HTTP_OP_H
#define BILLING_HTTP_OP_H

#include "http/billing.h"


/*
 * What the request keeps: its operation while there is one, and what variables
 * in the access log say when it has ended.
 */
struct billing_ctx_s {
    billing_op_t *op; /* NULL before and after */
    ngx_str_t     cache_status;
    ngx_msec_t    lookup_time;
    ngx_uint_t    upstream_calls;
    unsigned      valid : 1; /* the operation has answered */
    void         *pieces;    /* private to pieces.c */
};


/*
 * Makes an operation for the request and takes one reference to it
 * (r->main->count), which the answer gives back.  leave runs as an event when
 * there is something to send, of op as its data.  NULL when out of memory.
 */
billing_op_t *billing_op_create(
    ngx_http_request_t *r, ngx_event_handler_pt leave);

/* That event's handler: sends events of a stream, or the answer, and ends op. */
void billing_leave(ngx_event_t *ev);

/* From now on the client is watched: when it goes, cleanups of r run. */
ngx_int_t billing_op_watch_client(ngx_http_request_t *r);

/*
 * Reads the request's body into op->body_text, at most
 * BILLING_MAX_BODY bytes, and calls next; a body that is too large
 * is answered here.  It never touches the disk.
 */
#define BILLING_MAX_BODY (256 * 1024)

void billing_body_read(billing_op_t *op, billing_op_pt next);

/* A line in the log, where the operation changes something, or may not. */
void billing_audit_line(const billing_op_t *op);

/* The operation of a request that has one. */
billing_op_t *billing_op_request_op(ngx_http_request_t *r);

/* The rules on writes from other sites; answers 403 and NGX_DECLINED. */
ngx_int_t billing_identity_check_site(billing_op_t *op, ngx_http_request_t *r);

/*
 * Whether what the request asks for may cost something: sets op->foreign and
 * op->insists.
 */
void billing_identity_look_site(billing_op_t *op, ngx_http_request_t *r);

/* Copies status and headers of the answer to the request. */
ngx_int_t billing_op_headers(billing_op_t *op, ngx_http_request_t *r);

/*
 * What every answer of the API has: it is of its own type, for pages of its
 * own site, and kept by nobody in between unless it has a Cache-Control of its
 * own (control).
 */
ngx_int_t billing_op_safe_headers(ngx_http_request_t *r, ngx_uint_t control);

/*
 * Of a Content-Type, what other modules compare with theirs ("gzip_types"): all
 * before the parameters.
 */
size_t billing_op_type_len(const ngx_str_t *type);

/* The answer's bytes belong to the request from now on. */
ngx_int_t billing_op_adopt(
    billing_op_t *op, ngx_http_request_t *r, ngx_str_t *answer);

/* Sends the progress that a stream has to tell.  NGX_ERROR: the connection is no good. */
ngx_int_t billing_stream_progress_out(billing_op_t *op, ngx_http_request_t *r);

/* 1 if the answer that was recorded leaves as an event of a stream. */
ngx_uint_t billing_stream_streamed(const billing_op_t *op);

/* Sends that event, and the end; for ngx_http_finalize_request(). */
ngx_int_t billing_stream_end(billing_op_t *op, ngx_http_request_t *r);

/*
 * Sends the headers set before, and a body that lives as long as the request;
 * to be passed to ngx_http_finalize_request().
 */
ngx_int_t billing_op_output(ngx_http_request_t *r, u_char *data, size_t len);

/*
 * Sends the headers set before, then an answer that is made while it is taken
 * (op->more).  NGX_DONE: the operation belongs to the request from now on, which
 * it ends; else to be passed to ngx_http_finalize_request().
 */
ngx_int_t billing_pieces(billing_op_t *op, ngx_http_request_t *r);

/* Frees an operation that has ended. */
void billing_op_destroy(billing_op_t *op);

/* Pages: everything that is not below "api/". path is relative. */
ngx_int_t billing_pages(ngx_http_request_t *r, ngx_str_t *path);


#endif /* BILLING_HTTP_OP_H */
