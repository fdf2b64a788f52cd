
/*
 * The endpoint that says whether a domain's indexes and objects agree.
 */

#include "http/resource.h"

#include "store/check.h"


#define BILLING_CHECK_MAX     (4 * 1024 * 1024)
#define BILLING_CHECK_TIMEOUT 20000


static void api_check_show(void *data, const billing_checked_t *checked);
static void api_check_count(
    billing_json_t *w, const billing_checked_t *checked);
static void api_check_write(
    billing_json_t *w, const char *name, const ngx_str_t *text);
static void api_check_abort(billing_op_t *op);


void
billing_api_check(billing_op_t *op)
{
    op->data = billing_check(&op->bmcf->store, op->pool, &op->domain,
        BILLING_CHECK_TIMEOUT, api_check_show, op);

    if (op->data == NULL) {
        billing_send_nomem(op);
        return;
    }

    op->abort = api_check_abort;
}


static void
api_check_show(void *data, const billing_checked_t *checked)
{
    billing_op_t *op = data;

    ngx_str_t          control = ngx_string("no-store");
    ngx_uint_t         i;
    billing_buf_t      body;
    billing_json_t     w;
    billing_finding_t *finding;

    if (checked == NULL) {
        billing_resource_away(op);
        return;
    }

    billing_buf_init(&body, BILLING_CHECK_MAX);
    billing_json_init(&w, &body);

    billing_json_begin_object(&w);
    billing_json_key(&w, "ok");
    billing_json_bool(&w, checked->whole && checked->nfound == 0);
    billing_json_key(&w, "complete");
    billing_json_bool(&w, checked->whole);

    api_check_count(&w, checked);

    billing_json_key(&w, "findings");
    billing_json_begin_array(&w);

    for (i = 0; i < checked->nfound; i++) {
        finding = &checked->found[i];

        billing_json_begin_object(&w);
        api_check_write(&w, "code", &finding->code);
        api_check_write(&w, "object", &finding->object);
        api_check_write(&w, "detail", &finding->detail);
        billing_json_end_object(&w);
    }

    billing_json_end_array(&w);
    billing_json_end_object(&w);

    (void) billing_send_header(op, "Cache-Control", &control);
    billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


static void
api_check_count(billing_json_t *w, const billing_checked_t *checked)
{
    ngx_uint_t kind;

    billing_json_key(w, "checked");
    billing_json_begin_object(w);

    for (kind = 0; kind < BILLING_KINDS; kind++) {
        billing_json_key(w, billing_kinds[kind].shown);
        billing_json_int(w, checked->counts[kind]);
    }

    billing_json_key(w, "blocks");
    billing_json_int(w, checked->blocks);

    billing_json_end_object(w);
}


static void
api_check_write(billing_json_t *w, const char *name, const ngx_str_t *text)
{
    billing_json_key(w, name);
    billing_json_string(w, (billing_str_t){ (char *) text->data, text->len });
}


static void
api_check_abort(billing_op_t *op)
{
    billing_check_cancel(op->data);
    billing_op_finish(op);
}
