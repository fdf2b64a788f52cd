
/*
 * The operation and its request: references, client aborts, the one answer.
 *
 * An operation owns one reference to its request and a pool of its own.  It
 * ends in one of two ways: its answer is recorded by a send function and
 * leaves from a posted event (leave.c), so never below a library's callback,
 * or the client is gone and the answer is dropped.
 */

#include "http/op.h"

#include "event/stack.h"

#include "core/json_arena.h"
#include "core/secret.h"


static void      op_cleanup(void *data);
static ngx_int_t op_copy_headers(
    billing_op_t *op, ngx_http_request_t *r, ngx_uint_t *control);
static void op_free(void *data);


billing_op_t *
billing_op_create(ngx_http_request_t *r, ngx_event_handler_pt leave)
{
    ngx_pool_t               *pool;
    ngx_http_cleanup_t       *cln;
    billing_op_t             *op;
    billing_ctx_t            *ctx;
    ngx_http_core_loc_conf_t *clcf;

    ctx = ngx_pcalloc(r->pool, sizeof(billing_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    op = ngx_pcalloc(pool, sizeof(billing_op_t));
    cln = ngx_http_cleanup_add(r, 0);

    if (op == NULL || cln == NULL
        || ngx_array_init(&op->headers, pool, 8, sizeof(ngx_table_elt_t))
               != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }

    op->pool = pool;
    op->request = r;
    op->log = ngx_cycle->log;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    op->audit_log = clcf->error_log;
    op->head = r->method == NGX_HTTP_HEAD;
    op->method = op->head ? NGX_HTTP_GET : r->method;
    op->started = ngx_current_msec;
    op->failures = billing_json_failures();
    op->blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);
    op->bmcf = ngx_http_get_module_main_conf(r, ngx_http_billing_module);

    op->event.handler = leave;
    op->event.data = op;
    op->event.log = ngx_cycle->log;

    cln->handler = op_cleanup;
    cln->data = op;
    op->cleanup = cln;

    ctx->op = op;
    op->ctx = ctx;
    ngx_http_set_ctx(r, ctx, ngx_http_billing_module);

    r->main->count++;

    return op;
}


billing_op_t *
billing_op_request_op(ngx_http_request_t *r)
{
    billing_ctx_t *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_billing_module);

    return ctx->op;
}


ngx_int_t
billing_op_watch_client(ngx_http_request_t *r)
{
    ngx_event_t *rev;

    rev = r->connection->read;

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    /* with edge-triggered events the close may have been told already */

    if (rev->ready) {
        ngx_post_event(rev, &ngx_posted_events);
        return NGX_OK;
    }

    return ngx_handle_read_event(rev, 0);
}


/* The request is ending before its answer: its client has gone. */

static void
op_cleanup(void *data)
{
    billing_op_t *op = data;

    op->request = NULL;
    op->ctx->op = NULL;

    if (op->event.posted) {
        ngx_delete_posted_event(&op->event);
    }

    if (op->done) {
        billing_op_destroy(op);
        return;
    }

    if (op->abort != NULL) {
        op->abort(op);
    }
}


void
billing_op_finish(billing_op_t *op)
{
    op->done = 1;

    billing_audit_line(op);

    if (op->request == NULL) {
        billing_op_destroy(op);
        return;
    }

    ngx_post_event(&op->event, &ngx_posted_events);
}


ngx_int_t
billing_op_safe_headers(ngx_http_request_t *r, ngx_uint_t control)
{
    ngx_uint_t       i;
    ngx_table_elt_t *h;

    static const ngx_str_t headers[][2] = {
        { ngx_string("X-Content-Type-Options"), ngx_string("nosniff") },
        { ngx_string("Cross-Origin-Resource-Policy"),
            ngx_string("same-origin") },
        { ngx_string("Cache-Control"), ngx_string("no-store") },
    };

    for (i = 0; i < (control ? 2 : 3); i++) {
        h = ngx_list_push(&r->headers_out.headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(h, sizeof(ngx_table_elt_t));
        h->hash = 1;
        h->key = headers[i][0];
        h->value = headers[i][1];
    }

    return NGX_OK;
}


ngx_int_t
billing_op_headers(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_uint_t control;

    if (op_copy_headers(op, r, &control) != NGX_OK
        || billing_op_safe_headers(r, control) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /*
     * conditions were evaluated by the endpoint; nginx's own filter would
     * compare If-Match with the new version's ETag
     */

    r->disable_not_modified = 1;

    r->headers_out.status = op->status;
    r->headers_out.content_type = op->content_type;
    r->headers_out.content_type_len = billing_op_type_len(&op->content_type);
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.content_length_n = op->answer.len;

    if (op->status == NGX_HTTP_NO_CONTENT
        || op->status == NGX_HTTP_NOT_MODIFIED) {
        r->header_only = 1;
        ngx_str_null(&r->headers_out.content_type);
        r->headers_out.content_length_n = -1;
    }

    return NGX_OK;
}


size_t
billing_op_type_len(const ngx_str_t *type)
{
    u_char *semicolon;

    semicolon = ngx_strlchr(type->data, type->data + type->len, ';');

    return semicolon == NULL ? type->len : (size_t) (semicolon - type->data);
}


/*
 * Everything is copied: the operation's pool goes before the request's.
 * *control: whether a Cache-Control was among them.
 */

static ngx_int_t
op_copy_headers(billing_op_t *op, ngx_http_request_t *r, ngx_uint_t *control)
{
    ngx_str_t        copy;
    ngx_uint_t       i;
    ngx_table_elt_t *from, *to;

    from = op->headers.elts;
    *control = 0;

    for (i = 0; i < op->headers.nelts; i++) {
        to = ngx_list_push(&r->headers_out.headers);
        if (to == NULL) {
            return NGX_ERROR;
        }

        to->hash = 0;
        copy.len = from[i].value.len;
        copy.data = ngx_pstrdup(r->pool, &from[i].value);
        if (copy.data == NULL) {
            return NGX_ERROR;
        }

        to->key = from[i].key;
        to->value = copy;
        to->lowcase_key = NULL;
#if (nginx_version >= 1023000)
        to->next = NULL;
#endif
        to->hash = 1;

        if (to->key.len == 4 && ngx_strncmp(to->key.data, "ETag", 4) == 0) {
            r->headers_out.etag = to;
        }

        if (to->key.len == 13
            && ngx_strncmp(to->key.data, "Cache-Control", 13) == 0) {
            *control = 1;
        }
    }

    return NGX_OK;
}


ngx_int_t
billing_op_adopt(billing_op_t *op, ngx_http_request_t *r, ngx_str_t *answer)
{
    ngx_pool_cleanup_t *cln;

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    answer->data = (u_char *) op->answer.data;
    answer->len = op->answer.len;

    cln->handler = op_free;
    cln->data = op->answer.data;

    billing_buf_init(&op->answer, op->answer.max);

    return NGX_OK;
}


ngx_int_t
billing_op_output(ngx_http_request_t *r, u_char *data, size_t len)
{
    ngx_int_t   rc;
    ngx_buf_t  *b;
    ngx_chain_t out;

    if (len == 0) {
        r->header_only = 1;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = data;
    b->last = data + len;
    b->memory = 1;
    b->last_buf = r == r->main;
    b->last_in_chain = 1;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static void
op_free(void *data)
{
    free(data);
}


void
billing_op_destroy(billing_op_t *op)
{
    json_decref(op->body);
    billing_buf_free(&op->answer);

    if (op->body_text.data) {
        billing_secret_free(op->body_text.data);
        billing_stack_wipe();
    }

    ngx_destroy_pool(op->pool);
}
