
/* The test module's answers: JSON, and lines in the log. */

#include "ngx_http_curl_test.h"


#define NGX_HTTP_CURL_TEST_LINE 400 /* bytes of JSON for a transfer */


static u_char *ngx_http_curl_test_print(
    u_char *p, ngx_http_curl_test_item_t *item);
static ngx_int_t ngx_http_curl_test_send(ngx_http_request_t *r, ngx_buf_t *b);


void
ngx_http_curl_test_log(ngx_http_curl_test_run_t *run)
{
    ngx_uint_t                 i;
    ngx_http_curl_test_item_t *item;

    for (i = 0; i < run->n; i++) {
        item = &run->items[i];

        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
            "detached: calls:%ui status:%i error:\"%s\"", item->calls,
            item->result.status, item->result.error ? item->result.error : "");
    }
}


ngx_int_t
ngx_http_curl_test_report(ngx_http_curl_test_run_t *run)
{
    ngx_buf_t *b;
    ngx_uint_t i;

    b = ngx_create_temp_buf(
        run->request->pool, (run->n + 1) * NGX_HTTP_CURL_TEST_LINE);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_sprintf(
        b->last, "{\"inside\":%ui,\"results\":[", (ngx_uint_t) run->inside);

    for (i = 0; i < run->n; i++) {
        b->last = ngx_http_curl_test_print(b->last, &run->items[i]);
    }

    /* over the last comma */
    b->last = ngx_sprintf(b->last - (run->n > 0), "]}\n");

    return ngx_http_curl_test_send(run->request, b);
}


static u_char *
ngx_http_curl_test_print(u_char *p, ngx_http_curl_test_item_t *item)
{
    u_char                 md5[32];
    billing_curl_result_t *result;

    result = &item->result;
    (void) ngx_hex_dump(md5, item->md5, 16);

    return ngx_sprintf(p,
        "{\"status\":%i,\"error\":\"%s\",\"timedOut\":%ui,\"proxy\":%ui,\"length\":%uz,"
        "\"retryAfter\":%i,\"version\":%ui,\"calls\":%ui,"
        "\"cancelled\":%ui,\"md5\":\"%*s\"},",
        result->status, result->error ? result->error : "",
        (ngx_uint_t) result->timed_out, (ngx_uint_t) result->proxy, result->len,
        result->retry_after, result->http_version, item->calls, item->cancelled,
        (size_t) 32, md5);
}


ngx_int_t
ngx_http_curl_test_stats(ngx_http_request_t *r, ngx_uint_t cancelled)
{
    ngx_buf_t                      *b;
    ngx_uint_t                      running;
    ngx_queue_t                    *q;
    ngx_http_curl_test_run_t       *run;
    ngx_http_curl_test_main_conf_t *conf;

    conf = ngx_http_get_module_main_conf(r, ngx_http_curl_test_module);
    running = 0;

    for (q = ngx_queue_head(&conf->runs); q != ngx_queue_sentinel(&conf->runs);
         q = ngx_queue_next(q))
    {
        run = ngx_queue_data(q, ngx_http_curl_test_run_t, queue);
        running += run->left;
    }

    b = ngx_create_temp_buf(r->pool, NGX_HTTP_CURL_TEST_LINE);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_sprintf(b->last,
        "{\"pid\":%P,\"connections\":%ui,\"running\":%ui,"
        "\"cancelled\":%ui}\n",
        ngx_pid, ngx_cycle->connection_n - ngx_cycle->free_connection_n,
        running, cancelled);

    return ngx_http_curl_test_send(r, b);
}


static ngx_int_t
ngx_http_curl_test_send(ngx_http_request_t *r, ngx_buf_t *b)
{
    ngx_int_t   rc;
    ngx_chain_t out;

    b->last_buf = 1;
    b->last_in_chain = 1;
    out.buf = b;
    out.next = NULL;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = b->last - b->pos;
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;

    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, &out);
}
