
/*
 * Endpoints of project groups.
 */

#include "http/edit.h"


#define BILLING_GROUP_DEPTH 8


static void api_group_write(billing_json_t *w, const billing_object_t *object);
static ngx_uint_t api_group_visible(
    billing_op_t *op, billing_mirror_t *mirror, billing_object_t *group);
static ngx_int_t api_group_collect(billing_op_t *op, billing_mirror_t *mirror);
static ngx_int_t api_group_add(ngx_array_t *groups, ngx_str_t *id);


static const char *const api_group_members[] = { "id", "name", "parent_id",
    "created_at", "updated_at", "version", NULL };

const billing_resource_t billing_resource_group = {
    .kind = BILLING_KIND_GROUP,
    .input = BILLING_INPUT_GROUP,
    .prefix = "pg-",
    .path = "project-groups",
    .noun = "project group",
    .place = "beside it",
    .members = api_group_members,
    .write = api_group_write,
    .visible = api_group_visible,
};


void
billing_api_group_list(billing_op_t *op)
{
    billing_list_resource(op, &billing_resource_group);
}


void
billing_api_group_get(billing_op_t *op)
{
    billing_resource_get(op, &billing_resource_group);
}


void
billing_api_group_create(billing_op_t *op)
{
    billing_edit_create(op, &billing_resource_group);
}


void
billing_api_group_patch(billing_op_t *op)
{
    billing_edit_patch(op, &billing_resource_group);
}


void
billing_api_group_delete(billing_op_t *op)
{
    billing_remove(op, &billing_resource_group);
}


static void
api_group_write(billing_json_t *w, const billing_object_t *object)
{
    /* it has no members of its own */
}


/*
 * Who sees a project sees the groups above it, and no others.  They are looked
 * for once a request: both may be thousands.
 */

static ngx_uint_t
api_group_visible(
    billing_op_t *op, billing_mirror_t *mirror, billing_object_t *group)
{
    if (op->all_projects) {
        return 1;
    }

    if (op->groups == NULL && api_group_collect(op, mirror) != NGX_OK) {
        return 0;
    }

    return billing_identity_among(
        op->groups->elts, op->groups->nelts, &group->id);
}


static ngx_int_t
api_group_collect(billing_op_t *op, billing_mirror_t *mirror)
{
    ngx_uint_t        i, n;
    ngx_array_t      *groups;
    billing_object_t *object;

    groups = ngx_array_create(op->pool, 16, sizeof(ngx_str_t));
    if (groups == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < op->nprojects; i++) {
        object = billing_mirror_find(
            mirror, BILLING_KIND_PROJECT, &op->projects[i]);

        for (n = 0; object != NULL && n < BILLING_GROUP_DEPTH; n++) {
            object = billing_mirror_find(
                mirror, BILLING_KIND_GROUP, &object->parent);

            if (object != NULL && api_group_add(groups, &object->id) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    qsort(groups->elts, groups->nelts, sizeof(ngx_str_t),
        billing_identity_compare);

    op->groups = groups;

    return NGX_OK;
}


static ngx_int_t
api_group_add(ngx_array_t *groups, ngx_str_t *id)
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
