
/*
 * Deleting an object.
 */

#include "http/edit.h"


static void remove_load(billing_edit_t *edit);
static void remove_object(
    billing_op_t *op, void *data, billing_mirror_t *mirror);
static void remove_done(void *data, billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues);


void
billing_remove(billing_op_t *op, const billing_resource_t *resource)
{
    billing_edit_t *edit;

    edit = billing_edit_begin(op, resource, sizeof(billing_edit_t));

    if (edit != NULL) {
        remove_load(edit);
    }
}


static void
remove_load(billing_edit_t *edit)
{
    billing_resource_load(edit->op, remove_object, edit);
}


static void
remove_object(billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_edit_t *edit = data;

    if (billing_edit_precondition(edit, mirror) != NGX_OK) {
        return;
    }

    edit->change.audit = billing_audit(op, &edit->old.id, &edit->old.name, "");

    if (billing_write_delete(
            &op->bmcf->store, &op->domain, &edit->change, remove_done, edit)
        != NGX_OK)
    {
        billing_send_nomem(op);
    }
}


static void
remove_done(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
    billing_edit_t *edit = data;

    if (outcome == BILLING_WRITE_DONE) {
        billing_send_empty(edit->op, NGX_HTTP_NO_CONTENT);
        return;
    }

    if (outcome == BILLING_WRITE_VERSION && edit->tries++ < BILLING_EDIT_TRIES)
    {
        remove_load(edit);
        return;
    }

    billing_commit_refuse(edit, outcome);
}
