
/*
 * The audit log in nginx's log: one line at level notice for each request that
 * changes something or was refused to, when its operation ends, whether the
 * client is still there or not.  It goes to the error_log of the location, and
 * is one JSON object, which no name can break out of.
 */

#include "http/op.h"

#include "core/json.h"
#include "core/text.h"


#define BILLING_AUDIT_LINE_MAX 8192

/* what fits into a line of nginx's log (NGX_MAX_ERROR_STR), with its start */
#define BILLING_AUDIT_LINE_LEN 1900

#define BILLING_AUDIT_GONE 499 /* as nginx's access log has it */


static void audit_object(
    billing_buf_t *buf, const billing_op_t *op, ngx_uint_t whole);
static void audit_member(
    billing_json_t *w, const char *name, const ngx_str_t *value);


const billing_audit_t *
billing_audit(billing_op_t *op, const ngx_str_t *object, const ngx_str_t *name,
    const char *changes)
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
billing_audit_line(const billing_op_t *op)
{
    billing_buf_t buf;

    if (op->route == NULL || op->route->action == NULL
        || (!op->route->write && op->status != NGX_HTTP_FORBIDDEN)
        || op->audit_log->log_level < NGX_LOG_NOTICE)
    {
        return;
    }

    billing_buf_init(&buf, BILLING_AUDIT_LINE_MAX);
    audit_object(&buf, op, 1);

    if (buf.len > BILLING_AUDIT_LINE_LEN) {
        billing_buf_reset(&buf);
        audit_object(&buf, op, 0);
    }

    if (buf.status == BILLING_OK) {
        ngx_log_error(NGX_LOG_NOTICE, op->audit_log, 0, "billing: audit %*s",
            buf.len, buf.data);
    }

    billing_buf_free(&buf);
}


/* Not whole: without what people may have written as long as they like. */
static void
audit_object(billing_buf_t *buf, const billing_op_t *op, ngx_uint_t whole)
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
    audit_member(&w, "user", &op->user);
    audit_member(&w, "domain", &op->domain);
    audit_member(&w, "action", &action);
    audit_member(&w, "object", whole ? &object : &none);
    audit_member(&w, "name", whole ? &op->audit.name : &none);
    audit_member(&w, "changes", &op->audit.changes);
    audit_member(&w, "from", &op->audit.from);
    audit_member(&w, "request_id", &op->request_id);
    billing_json_key(&w, "status");
    billing_json_int(&w, op->status ? op->status : BILLING_AUDIT_GONE);
    billing_json_key(&w, "code");
    billing_json_cstring(&w, op->code);
    billing_json_end_object(&w);
}


/* What is in a path may be anything. */
static void
audit_member(billing_json_t *w, const char *name, const ngx_str_t *value)
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
