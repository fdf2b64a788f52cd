
/*
 * Endpoints of projects.
 */

#include "http/edit.h"


static void api_project_write(
    billing_json_t *w, const billing_object_t *object);
static ngx_uint_t api_project_visible(
    billing_op_t *op, billing_mirror_t *mirror, billing_object_t *project);


static const char *const api_project_members[] = { "id", "name", "group_id",
    "tags", "accounts", "created_at", "updated_at", "version", NULL };

const billing_resource_t billing_resource_project = {
    .kind = BILLING_KIND_PROJECT,
    .input = BILLING_INPUT_PROJECT,
    .prefix = "project-",
    .path = "projects",
    .noun = "project",
    .place = "in the same group",
    .members = api_project_members,
    .tags = 1,
    .write = api_project_write,
    .visible = api_project_visible,
};


void
billing_api_project_list(billing_op_t *op)
{
    billing_list_resource(op, &billing_resource_project);
}


void
billing_api_project_get(billing_op_t *op)
{
    billing_resource_get(op, &billing_resource_project);
}


void
billing_api_project_create(billing_op_t *op)
{
    billing_edit_create(op, &billing_resource_project);
}


void
billing_api_project_patch(billing_op_t *op)
{
    billing_edit_patch(op, &billing_resource_project);
}


void
billing_api_project_delete(billing_op_t *op)
{
    billing_remove(op, &billing_resource_project);
}


static void
api_project_write(billing_json_t *w, const billing_object_t *object)
{
    billing_json_key(w, "accounts");
    billing_json_int(w, object->accounts);
}


static ngx_uint_t
api_project_visible(
    billing_op_t *op, billing_mirror_t *mirror, billing_object_t *project)
{
    return billing_identity_visible(op, &project->id);
}
