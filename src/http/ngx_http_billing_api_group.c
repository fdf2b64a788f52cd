
/*
 * Endpoints of project groups.
 */

#include "http/ngx_http_billing_edit.h"


#define NGX_HTTP_BILLING_GROUP_DEPTH 8


static void ngx_http_billing_group_write(
    billing_json_t *w, const ngx_http_billing_object_t *object);
static ngx_uint_t ngx_http_billing_group_visible(ngx_http_billing_op_t *op,
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *group);
static ngx_int_t  ngx_http_billing_group_collect(
     ngx_http_billing_op_t *op, ngx_http_billing_mirror_t *mirror);
static ngx_int_t ngx_http_billing_group_add(ngx_array_t *groups, ngx_str_t *id);


static const char *const ngx_http_billing_group_members[] = { "id", "name",
    "parent_id", "created_at", "updated_at", "version", NULL };

const ngx_http_billing_resource_t ngx_http_billing_resource_group = {
    .kind = NGX_HTTP_BILLING_GROUP,
    .input = BILLING_INPUT_GROUP,
    .prefix = "pg-",
    .path = "project-groups",
    .noun = "project group",
    .place = "beside it",
    .members = ngx_http_billing_group_members,
    .write = ngx_http_billing_group_write,
    .visible = ngx_http_billing_group_visible,
};


void
ngx_http_billing_api_group_list(ngx_http_billing_op_t *op)
{
    ngx_http_billing_resource_list(op, &ngx_http_billing_resource_group);
}


void
ngx_http_billing_api_group_get(ngx_http_billing_op_t *op)
{
    ngx_http_billing_resource_get(op, &ngx_http_billing_resource_group);
}


void
ngx_http_billing_api_group_create(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_create(op, &ngx_http_billing_resource_group);
}


void
ngx_http_billing_api_group_patch(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_patch(op, &ngx_http_billing_resource_group);
}


void
ngx_http_billing_api_group_delete(ngx_http_billing_op_t *op)
{
    ngx_http_billing_edit_delete(op, &ngx_http_billing_resource_group);
}


static void
ngx_http_billing_group_write(
    billing_json_t *w, const ngx_http_billing_object_t *object)
{
    /* it has no members of its own */
}


/*
 * Who sees a project sees the groups above it, and no others.  They are looked
 * for once a request: both may be thousands.
 */

static ngx_uint_t
ngx_http_billing_group_visible(ngx_http_billing_op_t *op,
    ngx_http_billing_mirror_t *mirror, ngx_http_billing_object_t *group)
{
    if (op->all_projects) {
        return 1;
    }

    if (op->groups == NULL
        && ngx_http_billing_group_collect(op, mirror) != NGX_OK) {
        return 0;
    }

    return ngx_http_billing_among(
        op->groups->elts, op->groups->nelts, &group->id);
}


static ngx_int_t
ngx_http_billing_group_collect(
    ngx_http_billing_op_t *op, ngx_http_billing_mirror_t *mirror)
{
    ngx_uint_t                 i, n;
    ngx_array_t               *groups;
    ngx_http_billing_object_t *object;

    groups = ngx_array_create(op->pool, 16, sizeof(ngx_str_t));
    if (groups == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < op->nprojects; i++) {
        object = ngx_http_billing_mirror_find(
            mirror, NGX_HTTP_BILLING_PROJECT, &op->projects[i]);

        for (n = 0; object != NULL && n < NGX_HTTP_BILLING_GROUP_DEPTH; n++) {
            object = ngx_http_billing_mirror_find(
                mirror, NGX_HTTP_BILLING_GROUP, &object->parent);

            if (object != NULL
                && ngx_http_billing_group_add(groups, &object->id) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    qsort(groups->elts, groups->nelts, sizeof(ngx_str_t),
        ngx_http_billing_compare);

    op->groups = groups;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_group_add(ngx_array_t *groups, ngx_str_t *id)
{
    ngx_str_t *group;

    group = ngx_array_push(groups);
    if (group == NULL) {
        return NGX_ERROR;
    }

    group->len = id->len;
    group->data = ngx_pstrdup(groups->pool, id);

    return group->data == NULL ? NGX_ERROR : NGX_OK;
}
