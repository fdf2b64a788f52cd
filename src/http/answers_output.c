
/*
 * A kept answer on its way out: its headers, and its body as it lies there.
 */

#include "http/answers_internal.h"
#include "http/encode.h"


static ngx_int_t answers_push(
    ngx_http_request_t *r, const billing_answer_headers_t *headers);
static void answers_etag(
    billing_answer_headers_t *headers, const billing_answer_t *answer);
static void answers_add(billing_answer_headers_t *headers, const char *name,
    const ngx_str_t *value);


ngx_int_t
billing_answers_output(ngx_http_request_t *r, const billing_route_t *route,
    const billing_answer_t *answer, ngx_uint_t matched, const ngx_str_t *cache)
{
    billing_ctx_t            *ctx;
    billing_answer_headers_t *headers;

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(billing_ctx_t));
    headers = ngx_palloc(r->pool, sizeof(billing_answer_headers_t));

    if (ctx == NULL || headers == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->valid = 1;
    ctx->cache_status =
        cache != NULL
            ? *cache
            : billing_cost_cache_names[answer->stale ? BILLING_COST_STALE
                                                     : BILLING_COST_HIT];
    ngx_http_set_ctx(r, ctx, ngx_http_billing_module);

    billing_answers_output_headers(headers, route, answer, &ctx->cache_status);

    if (answers_push(r, headers) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
        "billing: kept answer, %V, %s", &ctx->cache_status,
        matched ? "which the client has" : "sent");

    r->disable_not_modified = 1;
    r->headers_out.status = matched ? NGX_HTTP_NOT_MODIFIED : NGX_HTTP_OK;

    if (matched) {
        r->headers_out.content_length_n = -1;
        return billing_op_output(r, NULL, 0);
    }

    r->headers_out.content_type = headers->type;
    r->headers_out.content_type_len = billing_op_type_len(&headers->type);
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.content_length_n = answer->body.len;

    return billing_op_output(r, answer->body.data, answer->body.len);
}


static ngx_int_t
answers_push(ngx_http_request_t *r, const billing_answer_headers_t *headers)
{
    ngx_uint_t          i;
    const ngx_keyval_t *from;
    ngx_table_elt_t    *to;

    for (i = 0; i < headers->n; i++) {
        from = &headers->list[i];

        to = ngx_list_push(&r->headers_out.headers);
        if (to == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(to, sizeof(ngx_table_elt_t));
        to->hash = 1;
        to->key = from->key;
        to->value = from->value;

        if (i == 0) {
            r->headers_out.etag = to;
        }

        if (to->key.len == sizeof("Content-Encoding") - 1) {
            r->headers_out.content_encoding = to;
        }
    }

    return billing_op_safe_headers(r, 1);
}


/* The ETag comes first; the part of a very large answer has none. */
void
billing_answers_output_headers(billing_answer_headers_t *headers,
    const billing_route_t *route, const billing_answer_t *answer,
    const ngx_str_t *cache)
{
    static const ngx_str_t control = ngx_string("private, no-cache");
    static const ngx_str_t vary_csv = ngx_string("Accept, Accept-Encoding");
    static const ngx_str_t vary = ngx_string("Accept-Encoding");
    static const ngx_str_t storage = ngx_string("storage");
    static const ngx_str_t file = ngx_string(
        "attachment; filename=\"costs.csv\"");
    static const ngx_str_t focus = ngx_string(
        "attachment; filename=\"costs-focus.csv\"");
    static const ngx_str_t no = ngx_string("false");
    static const ngx_str_t yes = ngx_string("true");

    headers->n = 0;

    if (answer->tag[0] != '\0') {
        answers_etag(headers, answer);
    }

    answers_add(headers, "X-Billing-Cache", cache);

    answers_add(headers, "Cache-Control", &control);

    if (route->csv) {
        answers_add(headers, "Vary", &vary_csv);
    } else {
        answers_add(headers, "Vary", &vary);
    }

    if (answer->coding != BILLING_IDENTITY) {
        answers_add(
            headers, "Content-Encoding", &billing_coding_names[answer->coding]);
    }

    if (answer->degraded) {
        answers_add(headers, "X-Billing-Degraded", &storage);
    }

    if (!answer->csv) {
        ngx_str_set(&headers->type, "application/json");
        return;
    }

    ngx_str_set(&headers->type, "text/csv; charset=utf-8");
    answers_add(headers, "Content-Disposition", answer->focus ? &focus : &file);

    /* told before the body: a file may leave without its end being known */

    answers_add(headers, "X-Billing-Complete", answer->incomplete ? &no : &yes);

    if (answer->cut) {
        answers_add(headers, "X-Billing-Truncated", &yes);
    }
}


static void
answers_etag(billing_answer_headers_t *headers, const billing_answer_t *answer)
{
    u_char          *p;
    const ngx_str_t *suffix;

    suffix = &billing_tag_suffixes[answer->coding];
    p = headers->etag;
    *p++ = '"';
    p = ngx_cpymem(p, answer->tag, BILLING_TAG_LEN);
    p = ngx_cpymem(p, suffix->data, suffix->len);

    if (answer->degraded) {
        p = ngx_cpymem(p, "-degraded", sizeof("-degraded") - 1);
    }

    *p++ = '"';

    ngx_str_set(&headers->list[0].key, "ETag");
    headers->list[0].value.data = headers->etag;
    headers->list[0].value.len = p - headers->etag;
    headers->n = 1;
}


static void
answers_add(
    billing_answer_headers_t *headers, const char *name, const ngx_str_t *value)
{
    ngx_keyval_t *header;

    header = &headers->list[headers->n++];

    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value = *value;
}
