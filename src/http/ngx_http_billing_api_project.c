
/*
 * Endpoints of projects.
 */

#include "http/ngx_http_billing_edit.h"


static void ngx_http_billing_project_write(
    billing_json_t *w, const ngx_http_billing_object_t *object);
static ngx_uint_t ngx_http_billing_project_visible(ngx_http_billing_op_t *op,
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *project);


static const char *const ngx_http_billing_project_members[] = { "id", "name",
    "group_id", "tags", "accounts", "created_at", "updated_at", "version",
    NULL };

const ngx_http_billing_resource_t ngx_http_billing_resource_project = {
    .kind = NGX_HTTP_BILLING_PROJECT,
    .input = BILLING_INPUT_PROJECT,
    .prefix = "project-",
    .path = "projects",
    .noun = "project",
    .place = "in the same group",
    .members = ngx_http_billing_project_members,
    .tags = 1,
    .write = ngx_http_billing_project_write,
    .visible = ngx_http_billing_project_visible,
};


void
ngx_http_billing_api_project_list(ngx_http_billing_op_t *op)
{
    ngx_http_billing_resource_list(op, &ngx_http_billing_resource_project);
}


void
ngx_http_billing_api_project_get(ngx_http_billing_op_t *op)
{
    ngx_http_billing_resource_get(op, &ngx_http_billing_resource_project);
}


void
ngx_http_billing_api_project_create(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_create(op, &ngx_http_billing_resource_project);
}


void
ngx_http_billing_api_project_patch(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_patch(op, &ngx_http_billing_resource_project);
}


void
ngx_http_billing_api_project_delete(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_delete(op, &ngx_http_billing_resource_project);
}


static void
ngx_http_billing_project_write(
    billing_json_t *w, const ngx_http_billing_object_t *object)
{
    billing_json_key(w, "accounts");
    billing_json_int(w, object->accounts);
}


static ngx_uint_t
ngx_http_billing_project_visible(ngx_http_billing_op_t *op,
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *project)
{
    return ngx_http_billing_visible(op, &project->id);
}
