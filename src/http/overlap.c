
/*
 * Ids are of a cloud, in any case.  One with slashes lies within those that it
 * begins with, as a subscription's resource group does: both overlap it.
 */

#include "http/overlap.h"

#include "http/resource.h"


#define BILLING_OVERLAP_MAX 1000
#define BILLING_OVERLAP_ID  1024 /* bytes of an id, at most */


/* A list, to be looked up in. */
typedef struct {
    json_t   *ids; /* and what they lie within: keys of an object */
    u_char    only[BILLING_OVERLAP_ID];
    ngx_str_t inside; /* the only one, with a slash; empty: there are more */
} billing_overlap_t;


static ngx_int_t  overlap_read(billing_overlap_t *asked, const json_t *linked);
static ngx_int_t  overlap_put(billing_overlap_t *asked, ngx_str_t *id);
static ngx_uint_t overlap_cloud(
    billing_main_conf_t *bmcf, const ngx_str_t *provider, const char *cloud);
static ngx_int_t overlap_compare(
    billing_overlap_t *asked, const billing_object_t *object, json_t *found);
static ngx_uint_t overlap_has(billing_overlap_t *asked, const ngx_str_t *id);


json_t *
billing_overlap(billing_main_conf_t *bmcf, billing_mirror_t *mirror,
    const char *cloud, const json_t *linked)
{
    json_t           *found;
    ngx_int_t         rc;
    billing_object_t *object;
    billing_overlap_t asked;

    found = json_array();
    rc = overlap_read(&asked, linked);
    object = billing_mirror_first(mirror, BILLING_KIND_ACCOUNT, 0);

    for (/* void */; object != NULL && rc == NGX_OK;
         object = billing_mirror_next(mirror, object))
    {
        if (overlap_cloud(bmcf, &object->provider, cloud)) {
            rc = overlap_compare(&asked, object, found);
        }
    }

    json_decref(asked.ids);

    if (rc != NGX_OK) {
        json_decref(found);
        return NULL;
    }

    return found;
}


static ngx_int_t
overlap_read(billing_overlap_t *asked, const json_t *linked)
{
    size_t    i, len;
    json_t   *item;
    ngx_str_t id;

    asked->ids = json_object();
    ngx_str_null(&asked->inside);
    ngx_str_null(&id);

    json_array_foreach(linked, i, item)
    {
        len = json_string_length(item);

        if (len >= sizeof(asked->only)) {
            continue;
        }

        ngx_strlow(asked->only, (u_char *) json_string_value(item), len);
        id.data = asked->only;
        id.len = len;

        if (overlap_put(asked, &id) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (json_array_size(linked) == 1 && id.len > 0) {
        asked->only[id.len] = '/';
        asked->inside.data = asked->only;
        asked->inside.len = id.len + 1;
    }

    return asked->ids != NULL ? NGX_OK : NGX_ERROR;
}


/* With all that it lies within. */
static ngx_int_t
overlap_put(billing_overlap_t *asked, ngx_str_t *id)
{
    u_char *p, last;

    for (p = id->data + id->len; p > id->data; p--) {
        if (p < id->data + id->len && *p != '/') {
            continue;
        }

        last = *p;
        *p = '\0';

        if (json_object_set_new(asked->ids, (char *) id->data, json_true())
            != 0) {
            return NGX_ERROR;
        }

        *p = last;
    }

    return NGX_OK;
}


/* One that is not known any more is not asked for costs, either. */
static ngx_uint_t
overlap_cloud(
    billing_main_conf_t *bmcf, const ngx_str_t *provider, const char *cloud)
{
    ngx_str_t                id;
    billing_provider_conf_t *pc;

    id = *provider;
    pc = billing_provider_conf(bmcf, &id);

    return pc != NULL && ngx_strcmp(pc->provider->cloud, cloud) == 0;
}


static ngx_int_t
overlap_compare(
    billing_overlap_t *asked, const billing_object_t *object, json_t *found)
{
    ngx_uint_t       i;
    const ngx_str_t *id;

    for (i = 0;
         i < object->nlinked && json_array_size(found) < BILLING_OVERLAP_MAX;
         i++)
    {
        id = &object->linked[i];

        if (overlap_has(asked, id)
            && json_array_append_new(found,
                   json_pack("{s:s%, s:s%, s:s%}", "linked_account", id->data,
                       id->len, "account", object->id.data, object->id.len,
                       "name", object->name.data, object->name.len))
                   != 0)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
overlap_has(billing_overlap_t *asked, const ngx_str_t *id)
{
    u_char low[BILLING_OVERLAP_ID];

    if (id->len >= sizeof(low)) {
        return 0;
    }

    ngx_strlow(low, id->data, id->len);
    low[id->len] = '\0';

    return json_object_get(asked->ids, (char *) low) != NULL
           || (asked->inside.len > 0 && id->len > asked->inside.len
               && ngx_memcmp(low, asked->inside.data, asked->inside.len) == 0);
}
