
/*
 * Endpoints of project groups.
 */

#include "http/ngx_http_billing_edit.h"


#define NGX_HTTP_BILLING_GROUP_DEPTH 8


static void ngx_http_billing_group_write(
    billing_json_t *w, const ngx_http_billing_object_t *object);
static ngx_uint_t ngx_http_billing_group_visible(ngx_http_billing_op_t *op,
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *group);
static ngx_uint_t ngx_http_billing_group_holds(
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *group,
    ngx_str_t *project_id);


const ngx_http_billing_rest_t ngx_http_billing_rest_group = {
    .kind = NGX_HTTP_BILLING_GROUP,
    .input = BILLING_INPUT_GROUP,
    .prefix = "pg-",
    .path = "project-groups",
    .list = "project_groups",
    .noun = "project group",
    .parent = "parent_id",
    .place = "beside it",
    .write = ngx_http_billing_group_write,
    .visible = ngx_http_billing_group_visible,
};


void
ngx_http_billing_api_group_list(ngx_http_billing_op_t *op)
{
    ngx_http_billing_rest_list(op, &ngx_http_billing_rest_group);
}


void
ngx_http_billing_api_group_get(ngx_http_billing_op_t *op)
{
    ngx_http_billing_rest_get(op, &ngx_http_billing_rest_group);
}


void
ngx_http_billing_api_group_create(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_create(op, &ngx_http_billing_rest_group);
}


void
ngx_http_billing_api_group_patch(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_patch(op, &ngx_http_billing_rest_group);
}


void
ngx_http_billing_api_group_delete(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_delete(op, &ngx_http_billing_rest_group);
}


static void
ngx_http_billing_group_write(
    billing_json_t *w, const ngx_http_billing_object_t *object)
{
    /* it has no members of its own */
}


/* Who sees a project sees the groups above it, and no others. */

static ngx_uint_t
ngx_http_billing_group_visible(ngx_http_billing_op_t *op,
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *group)
{
    ngx_uint_t i;

    if (op->all_projects) {
        return 1;
    }

    for (i = 0; i < op->nprojects; i++) {
        if (ngx_http_billing_group_holds(mirror, group, &op->projects[i])) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_billing_group_holds(ngx_http_billing_mirror_t *mirror,
    ngx_http_billing_object_t *group, ngx_str_t *project_id)
{
    ngx_uint_t                 n;
    ngx_http_billing_object_t *object;

    object = ngx_http_billing_mirror_find(
        mirror, NGX_HTTP_BILLING_PROJECT, project_id);

    for (n = 0; object != NULL && n < NGX_HTTP_BILLING_GROUP_DEPTH; n++) {
        object = ngx_http_billing_mirror_find(
            mirror, NGX_HTTP_BILLING_GROUP, &object->parent);

        if (object == group) {
            return 1;
        }
    }

    return 0;
}
