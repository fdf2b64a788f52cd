
/*
 * Endpoints that show and delete service accounts; those that make, verify
 * and change them are in api_account_write.c.
 */

#include "http/edit.h"

#include "core/view.h"


static void api_account_write(
    billing_json_t *w, const billing_object_t *object);
static ngx_uint_t api_account_visible(
    billing_op_t *op, billing_mirror_t *mirror, billing_object_t *account);


static const char *const api_account_members[] = { "id", "name", "project_id",
    "tags", "provider", "credentials", "state", "reason", "shrunk_at",
    "verified_at", "created_at", "updated_at", "version", NULL };

const billing_resource_t billing_resource_account = {
    .kind = BILLING_KIND_ACCOUNT,
    .input = BILLING_INPUT_ACCOUNT,
    .prefix = "sa-",
    .path = "service-accounts",
    .noun = "service account",
    .place = "of the domain",
    .members = api_account_members,
    .tags = 1,
    .write = api_account_write,
    .visible = api_account_visible,
};


void
billing_api_account_list(billing_op_t *op)
{
    billing_list_resource(op, &billing_resource_account);
}


void
billing_api_account_get(billing_op_t *op)
{
    billing_resource_get(op, &billing_resource_account);
}


void
billing_api_account_delete(billing_op_t *op)
{
    billing_remove(op, &billing_resource_account);
}


static void
api_account_write(billing_json_t *w, const billing_object_t *object)
{
    billing_str_t none = billing_str("{}");

    billing_json_key(w, "provider");
    billing_json_string(w, (billing_str_t){ (char *) object->provider.data,
                               object->provider.len });

    billing_json_key(w, "credentials");
    billing_json_raw(w, object->shown.len == 0
                            ? none
                            : (billing_str_t){ (char *) object->shown.data,
                                object->shown.len });

    billing_json_key(w, "state");
    billing_json_string(
        w, (billing_str_t){ (char *) object->state.data, object->state.len });

    billing_json_key(w, "reason");
    billing_view_reason(w,
        billing_reason_find((billing_str_t){
            (char *) object->reason.data, object->reason.len }),
        (time_t) object->reason_since);

    billing_json_key(w, "shrunk_at");
    billing_view_time(w, (time_t) object->shrunk_at);

    billing_json_key(w, "verified_at");

    if (object->verified_at.len == 0) {
        billing_json_null(w);
        return;
    }

    billing_json_string(w, (billing_str_t){ (char *) object->verified_at.data,
                               object->verified_at.len });
}


static ngx_uint_t
api_account_visible(
    billing_op_t *op, billing_mirror_t *mirror, billing_object_t *account)
{
    return billing_identity_visible(op, &account->parent);
}
