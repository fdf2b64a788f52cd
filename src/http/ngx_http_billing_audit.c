
/*
 * The audit log in nginx's log: one line at level notice for each request that
 * changes something or was refused to, when its operation ends, whether the
 * client is still there or not.  It goes to the error_log of the location, and
 * is one JSON object, which no name can break out of.
 */

#include "http/ngx_http_billing_op.h"

#include "core/billing_json.h"
#include "core/billing_text.h"


#define NGX_HTTP_BILLING_AUDIT_LINE_MAX 8192

/* what fits into a line of nginx's log (NGX_MAX_ERROR_STR), with its start */
#define NGX_HTTP_BILLING_AUDIT_LINE_LEN 1900

#define NGX_HTTP_BILLING_AUDIT_GONE 499 /* as nginx's access log has it */


static void ngx_http_billing_audit_object(
    billing_buf_t *buf, const ngx_http_billing_op_t *op, ngx_uint_t whole);
static void ngx_http_billing_audit_member(
    billing_json_t *w, const char *name, const ngx_str_t *value);


const ngx_http_billing_audit_t *
ngx_http_billing_audit(ngx_http_billing_op_t *op, const ngx_str_t *object,
    const ngx_str_t *name, const char *changes)
{
    op->object = *object;

    op->audit.user = op->user;
    op->audit.request_id = op->request_id;
    op->audit.name = *name;
    op->audit.changes.data = (u_char *) changes;
    op->audit.changes.len = ngx_strlen(changes);

    if (op->audit.action.len == 0) {
        op->audit.action.data = (u_char *) op->route->action;
        op->audit.action.len = ngx_strlen(op->route->action);
    }

    return &op->audit;
}


void
ngx_http_billing_audit_line(const ngx_http_billing_op_t *op)
{
    billing_buf_t buf;

    if (op->route == NULL || op->route->action == NULL
        || (!op->route->write && op->status != NGX_HTTP_FORBIDDEN)
        || op->audit_log->log_level < NGX_LOG_NOTICE)
    {
        return;
    }

    billing_buf_init(&buf, NGX_HTTP_BILLING_AUDIT_LINE_MAX);
    ngx_http_billing_audit_object(&buf, op, 1);

    if (buf.len > NGX_HTTP_BILLING_AUDIT_LINE_LEN) {
        billing_buf_reset(&buf);
        ngx_http_billing_audit_object(&buf, op, 0);
    }

    if (buf.status == BILLING_OK) {
        ngx_log_error(NGX_LOG_NOTICE, op->audit_log, 0, "billing: audit %*s",
            buf.len, buf.data);
    }

    billing_buf_free(&buf);
}


/* Not whole: without what people may have written as long as they like. */
static void
ngx_http_billing_audit_object(
    billing_buf_t *buf, const ngx_http_billing_op_t *op, ngx_uint_t whole)
{
    ngx_str_t      none, action, object;
    billing_json_t w;

    ngx_str_null(&none);
    action = op->audit.action;
    object = op->object.len != 0 ? op->object : op->id;

    if (action.len == 0) {
        action.data = (u_char *) op->route->action;
        action.len = ngx_strlen(op->route->action);
    }

    /* what was not made has no id, though it was given one */

    if (op->id.len == 0 && op->code != NULL) {
        object = none;
    }

    billing_json_init(&w, buf);
    billing_json_begin_object(&w);
    ngx_http_billing_audit_member(&w, "user", &op->user);
    ngx_http_billing_audit_member(&w, "domain", &op->domain);
    ngx_http_billing_audit_member(&w, "action", &action);
    ngx_http_billing_audit_member(&w, "object", whole ? &object : &none);
    ngx_http_billing_audit_member(&w, "name", whole ? &op->audit.name : &none);
    ngx_http_billing_audit_member(&w, "changes", &op->audit.changes);
    ngx_http_billing_audit_member(&w, "from", &op->audit.from);
    ngx_http_billing_audit_member(&w, "request_id", &op->request_id);
    billing_json_key(&w, "status");
    billing_json_int(&w, op->status ? op->status : NGX_HTTP_BILLING_AUDIT_GONE);
    billing_json_key(&w, "code");
    billing_json_cstring(&w, op->code);
    billing_json_end_object(&w);
}


/* What is in a path may be anything. */
static void
ngx_http_billing_audit_member(
    billing_json_t *w, const char *name, const ngx_str_t *value)
{
    billing_str_t s;

    s = (billing_str_t){ (char *) value->data, value->len };

    billing_json_key(w, name);

    if (s.len == 0 || !billing_text_valid(s) || billing_text_control(s)) {
        billing_json_null(w);

    } else {
        billing_json_string(w, s);
    }
}
