
/*
 * Deleting an object.
 */

#include "http/ngx_http_billing_edit.h"


static void ngx_http_billing_remove_load(ngx_http_billing_edit_t *edit);
static void ngx_http_billing_remove(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);
static void ngx_http_billing_remove_done(void *data,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);


void
ngx_http_billing_edit_delete(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource)
{
    ngx_http_billing_edit_t *edit;

    edit = ngx_http_billing_edit_begin(
        op, resource, sizeof(ngx_http_billing_edit_t));

    if (edit != NULL) {
        ngx_http_billing_remove_load(edit);
    }
}


static void
ngx_http_billing_remove_load(ngx_http_billing_edit_t *edit)
{
    ngx_http_billing_resource_load(edit->op, ngx_http_billing_remove, edit);
}


static void
ngx_http_billing_remove(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_edit_t *edit = data;

    if (ngx_http_billing_edit_precondition(edit, mirror) != NGX_OK) {
        return;
    }

    edit->change.audit = ngx_http_billing_audit(
        op, &edit->old.id, &edit->old.name, "");

    if (ngx_http_billing_delete(&op->bmcf->store, &op->domain, &edit->change,
            ngx_http_billing_remove_done, edit)
        != NGX_OK)
    {
        ngx_http_billing_send_nomem(op);
    }
}


static void
ngx_http_billing_remove_done(void *data, ngx_http_billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_http_billing_edit_t *edit = data;

    if (outcome == NGX_HTTP_BILLING_WRITE_DONE) {
        ngx_http_billing_send_empty(edit->op, NGX_HTTP_NO_CONTENT);
        return;
    }

    if (outcome == NGX_HTTP_BILLING_WRITE_VERSION
        && edit->tries++ < NGX_HTTP_BILLING_EDIT_TRIES)
    {
        ngx_http_billing_remove_load(edit);
        return;
    }

    ngx_http_billing_commit_refuse(edit, outcome);
}
