
/*
 * A catalog is copied out of the mirror, because a lookup outlives the moment
 * and the mirror goes on changing.  The mirror keeps it until it changes, and
 * everyone who asks until then gets the same.
 */

#include "store/catalog.h"

#include <jansson.h>

#include "store/sync.h"


#define BILLING_CATALOG_POOL 65536


struct billing_catalog_load_s {
    billing_store_t   *store;
    ngx_pool_t        *pool;
    ngx_str_t          domain;
    billing_sync_t    *sync;
    billing_catalog_pt done;
    void              *data;

    ngx_uint_t (*enabled)(void *data, ngx_str_t *provider);
};


static void               catalog_synced(void *data, billing_mirror_t *mirror);
static billing_catalog_t *catalog_share(
    billing_catalog_load_t *load, billing_mirror_t *mirror);
static void               catalog_release(void *data);
static billing_catalog_t *catalog_create(
    billing_catalog_load_t *load, billing_mirror_t *mirror);
static ngx_int_t catalog_fill(billing_catalog_t *catalog,
    billing_catalog_load_t *load, billing_mirror_t *mirror);
static ngx_int_t catalog_nodes(ngx_pool_t *pool, billing_mirror_t *mirror,
    billing_kind_t kind, billing_catalog_node_t **nodes, ngx_uint_t *count);
static int       catalog_compare(const void *one, const void *two);
static ngx_int_t catalog_accounts(billing_catalog_t *catalog,
    billing_catalog_load_t *load, billing_mirror_t *mirror);
static ngx_int_t catalog_account(billing_catalog_account_t *account,
    ngx_pool_t *pool, billing_object_t *object);
static ngx_int_t catalog_names(ngx_pool_t *pool, const ngx_str_t *text,
    ngx_str_t **names, ngx_uint_t *count);
static u_char   *catalog_text(u_char *p, ngx_str_t *to, ngx_str_t *from);
static ngx_int_t catalog_sources(billing_catalog_t *catalog);
static ngx_int_t catalog_groups(
    const billing_catalog_t *catalog, billing_catalog_node_t *project);
static int catalog_is_in(const ngx_array_t *groups, billing_str_t id);


billing_catalog_load_t *
billing_catalog_load(billing_store_t *store, ngx_pool_t *pool,
    ngx_str_t *domain, ngx_uint_t (*enabled)(void *data, ngx_str_t *provider),
    billing_catalog_pt done, void *data)
{
    billing_catalog_load_t *load;

    load = ngx_palloc(pool, sizeof(billing_catalog_load_t));
    if (load == NULL) {
        return NULL;
    }

    load->store = store;
    load->pool = pool;
    load->domain = *domain;
    load->enabled = enabled;
    load->done = done;
    load->data = data;

    load->sync = billing_sync(store, domain, catalog_synced, load);

    return load->sync == NULL ? NULL : load;
}


void
billing_catalog_cancel(billing_catalog_load_t *load)
{
    billing_sync_cancel(load->sync);
}


static void
catalog_synced(void *data, billing_mirror_t *mirror)
{
    billing_catalog_load_t *load = data;

    billing_catalog_t *catalog;

    catalog = NULL;

    if (mirror != NULL) {
        catalog = catalog_share(load, mirror);
    }

    load->done(load->data, catalog);
}


static billing_catalog_t *
catalog_share(billing_catalog_load_t *load, billing_mirror_t *mirror)
{
    ngx_pool_cleanup_t *cln;
    billing_catalog_t  *catalog;

    cln = ngx_pool_cleanup_add(load->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    if (mirror->made == NULL) {
        mirror->made = catalog_create(load, mirror);
        mirror->free_made = catalog_release;
    }

    if (mirror->made == NULL) {
        return NULL;
    }

    catalog = mirror->made;
    catalog->refs++;

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, load->store->log, 0,
        "billing catalog %p: of \"%V\" at generation %ui, shared by %ui",
        catalog, &load->domain, catalog->generation, catalog->refs);

    cln->handler = catalog_release;
    cln->data = catalog;

    return catalog;
}


static void
catalog_release(void *data)
{
    billing_catalog_free(data);
}


void
billing_catalog_free(billing_catalog_t *catalog)
{
    if (--catalog->refs == 0) {
        ngx_destroy_pool(catalog->pool);
    }
}


static billing_catalog_t *
catalog_create(billing_catalog_load_t *load, billing_mirror_t *mirror)
{
    ngx_pool_t        *pool;
    billing_catalog_t *catalog;

    pool = ngx_create_pool(BILLING_CATALOG_POOL, load->store->log);
    if (pool == NULL) {
        return NULL;
    }

    catalog = ngx_pcalloc(pool, sizeof(billing_catalog_t));
    if (catalog == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    catalog->pool = pool;
    catalog->refs = 1;
    catalog->generation = mirror->generation;

    if (catalog_fill(catalog, load, mirror) != NGX_OK) {
        billing_catalog_free(catalog);
        return NULL;
    }

    return catalog;
}


static ngx_int_t
catalog_fill(billing_catalog_t *catalog, billing_catalog_load_t *load,
    billing_mirror_t *mirror)
{
    if (catalog_nodes(catalog->pool, mirror, BILLING_KIND_GROUP,
            &catalog->groups, &catalog->ngroups)
            != NGX_OK
        || catalog_nodes(catalog->pool, mirror, BILLING_KIND_PROJECT,
               &catalog->projects, &catalog->nprojects)
               != NGX_OK
        || catalog_accounts(catalog, load, mirror) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return catalog_sources(catalog);
}


static ngx_int_t
catalog_nodes(ngx_pool_t *pool, billing_mirror_t *mirror, billing_kind_t kind,
    billing_catalog_node_t **nodes, ngx_uint_t *count)
{
    u_char                 *p;
    ngx_uint_t              n;
    billing_object_t       *object;
    billing_catalog_node_t *node;

    n = billing_mirror_count(mirror, kind);

    node = ngx_pcalloc(pool, n * sizeof(billing_catalog_node_t));
    if (node == NULL) {
        return NGX_ERROR;
    }

    *nodes = node;
    *count = n;
    object = billing_mirror_first(mirror, kind, 0);

    for (; object != NULL; object = billing_mirror_next(mirror, object)) {
        p = ngx_pnalloc(
            pool, object->id.len + object->name.len + object->parent.len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        p = catalog_text(p, &node->id, &object->id);
        p = catalog_text(p, &node->name, &object->name);
        catalog_text(p, &node->group_id, &object->parent);

        node++;
    }

    qsort(*nodes, n, sizeof(billing_catalog_node_t), catalog_compare);

    return NGX_OK;
}


static int
catalog_compare(const void *one, const void *two)
{
    const billing_catalog_node_t *a = one, *b = two;

    return ngx_memn2cmp(a->id.data, b->id.data, a->id.len, b->id.len);
}


const billing_catalog_node_t *
billing_catalog_find(
    const billing_catalog_node_t *nodes, ngx_uint_t n, const ngx_str_t *id)
{
    billing_catalog_node_t wanted;

    wanted.id = *id;

    return n == 0 ? NULL
                  : bsearch(&wanted, nodes, n, sizeof(billing_catalog_node_t),
                      catalog_compare);
}


static ngx_int_t
catalog_accounts(billing_catalog_t *catalog, billing_catalog_load_t *load,
    billing_mirror_t *mirror)
{
    ngx_int_t                  enabled;
    ngx_uint_t                 n;
    billing_object_t          *object;
    billing_catalog_account_t *account;

    n = billing_mirror_count(mirror, BILLING_KIND_ACCOUNT);

    account = ngx_pcalloc(catalog->pool, n * sizeof(billing_catalog_account_t));
    if (account == NULL) {
        return NGX_ERROR;
    }

    catalog->accounts = account;
    catalog->naccounts = n;
    object = billing_mirror_first(mirror, BILLING_KIND_ACCOUNT, 0);

    for (; object != NULL; object = billing_mirror_next(mirror, object)) {
        if (catalog_account(account, catalog->pool, object) != NGX_OK) {
            return NGX_ERROR;
        }

        enabled = billing_mirror_enabled(mirror, &object->provider);

        account->enabled = enabled == NGX_DECLINED
                               ? load->enabled(load->data, &account->provider)
                               : (ngx_uint_t) enabled;
        account++;
    }

    return NGX_OK;
}


static ngx_int_t
catalog_account(billing_catalog_account_t *account, ngx_pool_t *pool,
    billing_object_t *object)
{
    u_char    *p;
    size_t     size;
    ngx_uint_t i;

    size = object->nlinked * sizeof(ngx_str_t) + object->id.len
           + object->name.len + object->provider.len + object->parent.len
           + object->state.len + object->credential.len + object->shown.len;

    for (i = 0; i < object->nlinked; i++) {
        size += object->linked[i].len;
    }

    account->linked = ngx_palloc(pool, size);
    if (account->linked == NULL) {
        return NGX_ERROR;
    }

    p = (u_char *) (account->linked + object->nlinked);

    p = catalog_text(p, &account->id, &object->id);
    p = catalog_text(p, &account->name, &object->name);
    p = catalog_text(p, &account->provider, &object->provider);
    p = catalog_text(p, &account->project_id, &object->parent);
    p = catalog_text(p, &account->state, &object->state);
    p = catalog_text(p, &account->credential, &object->credential);
    p = catalog_text(p, &account->shown, &object->shown);

    for (i = 0; i < object->nlinked; i++) {
        p = catalog_text(p, &account->linked[i], &object->linked[i]);
    }

    account->nlinked = object->nlinked;
    account->credential_version = object->credential_version;
    account->linked_at = object->linked_at;
    account->tried_at = object->tried_at;
    account->linked_all = object->linked_all;
    account->reason_since = object->reason_since;
    account->unread = object->unread != 0;
    account->reason = billing_reason_find(
        (billing_str_t){ (char *) object->reason.data, object->reason.len });

    if (catalog_names(pool, &object->gone, &account->gone, &account->ngone)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return catalog_names(
        pool, &object->foreign, &account->foreign, &account->nforeign);
}


/* Of the members of a JSON object. */
static ngx_int_t
catalog_names(ngx_pool_t *pool, const ngx_str_t *text, ngx_str_t **names,
    ngx_uint_t *count)
{
    json_t     *object, *value;
    ngx_int_t   rc;
    ngx_str_t   name;
    const char *key;

    *count = 0;

    if (text->len <= 2) {
        return NGX_OK;
    }

    object = json_loadb((char *) text->data, text->len, 0, NULL);
    *names = ngx_palloc(
        pool, (json_object_size(object) + 1) * sizeof(ngx_str_t));
    rc = object == NULL || *names == NULL ? NGX_ERROR : NGX_OK;

    json_object_foreach(object, key, value)
    {
        if (rc != NGX_OK) {
            break;
        }

        name.data = (u_char *) key;
        name.len = ngx_strlen(key);

        (*names)[*count].len = name.len;
        (*names)[*count].data = ngx_pstrdup(pool, &name);

        rc = (*names)[*count].data == NULL ? NGX_ERROR : NGX_OK;
        ++*count;
    }

    json_decref(object);

    return rc;
}


static u_char *
catalog_text(u_char *p, ngx_str_t *to, ngx_str_t *from)
{
    to->data = p;
    to->len = from->len;

    return ngx_cpymem(p, from->data, from->len);
}


static inline billing_str_t
catalog_str(const ngx_str_t *s)
{
    return (billing_str_t){ (const char *) s->data, s->len };
}


/* What an account has of its project is found once for all of these. */
static ngx_int_t
catalog_sources(billing_catalog_t *catalog)
{
    ngx_uint_t                    i;
    billing_source_t             *source;
    billing_catalog_account_t    *account;
    const billing_catalog_node_t *node;

    for (i = 0; i < catalog->nprojects; i++) {
        if (catalog_groups(catalog, &catalog->projects[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < catalog->naccounts; i++) {
        account = &catalog->accounts[i];
        source = &account->source;
        node = billing_catalog_find(
            catalog->projects, catalog->nprojects, &account->project_id);

        if (node != NULL) {
            *source = node->source;
        }

        source->provider = catalog_str(&account->provider);
        source->account = catalog_str(&account->id);
        source->project = catalog_str(&account->project_id);
    }

    return NGX_OK;
}


/* From the project up.  Others may have made a circle of groups. */
static ngx_int_t
catalog_groups(
    const billing_catalog_t *catalog, billing_catalog_node_t *project)
{
    ngx_array_t                   groups;
    billing_str_t                *slot, id;
    const billing_catalog_node_t *node;

    node = project;

    if (ngx_array_init(&groups, catalog->pool, 2, sizeof(billing_str_t))
        != NGX_OK) {
        return NGX_ERROR;
    }

    while (node != NULL && node->group_id.len != 0) {
        id = catalog_str(&node->group_id);

        if (catalog_is_in(&groups, id)) {
            break;
        }

        slot = ngx_array_push(&groups);
        if (slot == NULL) {
            return NGX_ERROR;
        }

        *slot = id;
        node = billing_catalog_find(
            catalog->groups, catalog->ngroups, &node->group_id);
    }

    project->source.groups = groups.elts;
    project->source.ngroups = groups.nelts;

    return NGX_OK;
}


static int
catalog_is_in(const ngx_array_t *groups, billing_str_t id)
{
    ngx_uint_t           i;
    const billing_str_t *ids;

    ids = groups->elts;

    for (i = 0; i < groups->nelts; i++) {
        if (billing_str_eq(ids[i], id)) {
            return 1;
        }
    }

    return 0;
}


void
billing_catalog_credential(const billing_catalog_account_t *account,
    const ngx_str_t *domain, billing_sealed_t *credential)
{
    credential->domain = *domain;
    credential->account = account->id;
    credential->provider = account->provider;
    credential->sealed = account->credential;
    credential->version = account->credential_version;
}
