
/*
 * The endpoint that says whether a domain's indexes and objects agree.
 */

#include "http/ngx_http_billing_resource.h"

#include "store/ngx_http_billing_check.h"


#define NGX_HTTP_BILLING_CHECK_MAX     (4 * 1024 * 1024)
#define NGX_HTTP_BILLING_CHECK_TIMEOUT 20000


static void ngx_http_billing_check_show(
    void *data, const ngx_http_billing_checked_t *checked);
static void ngx_http_billing_check_count(
    billing_json_t *w, const ngx_http_billing_checked_t *checked);
static void ngx_http_billing_check_write(
    billing_json_t *w, const char *name, const ngx_str_t *text);
static void ngx_http_billing_check_abort(ngx_http_billing_op_t *op);


void
ngx_http_billing_api_check(ngx_http_billing_op_t *op)
{
    op->data = ngx_http_billing_check(&op->bmcf->store, op->pool, &op->domain,
        NGX_HTTP_BILLING_CHECK_TIMEOUT, ngx_http_billing_check_show, op);

    if (op->data == NULL) {
        ngx_http_billing_send_nomem(op);
        return;
    }

    op->abort = ngx_http_billing_check_abort;
}


static void
ngx_http_billing_check_show(
    void *data, const ngx_http_billing_checked_t *checked)
{
    ngx_http_billing_op_t *op = data;

    ngx_str_t                   control = ngx_string("no-store");
    ngx_uint_t                  i;
    billing_buf_t               body;
    billing_json_t              w;
    ngx_http_billing_finding_t *finding;

    if (checked == NULL) {
        ngx_http_billing_resource_away(op);
        return;
    }

    billing_buf_init(&body, NGX_HTTP_BILLING_CHECK_MAX);
    billing_json_init(&w, &body);

    billing_json_begin_object(&w);
    billing_json_key(&w, "ok");
    billing_json_bool(&w, checked->whole && checked->nfound == 0);
    billing_json_key(&w, "complete");
    billing_json_bool(&w, checked->whole);

    ngx_http_billing_check_count(&w, checked);

    billing_json_key(&w, "findings");
    billing_json_begin_array(&w);

    for (i = 0; i < checked->nfound; i++) {
        finding = &checked->found[i];

        billing_json_begin_object(&w);
        ngx_http_billing_check_write(&w, "code", &finding->code);
        ngx_http_billing_check_write(&w, "object", &finding->object);
        ngx_http_billing_check_write(&w, "detail", &finding->detail);
        billing_json_end_object(&w);
    }

    billing_json_end_array(&w);
    billing_json_end_object(&w);

    (void) ngx_http_billing_header(op, "Cache-Control", &control);
    ngx_http_billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


static void
ngx_http_billing_check_count(
    billing_json_t *w, const ngx_http_billing_checked_t *checked)
{
    ngx_uint_t kind;

    billing_json_key(w, "checked");
    billing_json_begin_object(w);

    for (kind = 0; kind < NGX_HTTP_BILLING_KINDS; kind++) {
        billing_json_key(w, ngx_http_billing_kinds[kind].shown);
        billing_json_int(w, checked->counts[kind]);
    }

    billing_json_key(w, "blocks");
    billing_json_int(w, checked->blocks);

    billing_json_end_object(w);
}


static void
ngx_http_billing_check_write(
    billing_json_t *w, const char *name, const ngx_str_t *text)
{
    billing_json_key(w, name);
    billing_json_string(w, (billing_str_t){ (char *) text->data, text->len });
}


static void
ngx_http_billing_check_abort(ngx_http_billing_op_t *op)
{
    ngx_http_billing_check_cancel(op->data);
    ngx_http_billing_finish(op);
}
