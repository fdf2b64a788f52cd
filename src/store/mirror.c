
#include "store/mirror.h"

#include <hiredis/hiredis.h>


struct billing_setting_s {
    billing_setting_t *next;
    ngx_uint_t         enabled;
    size_t             len;
    u_char             provider[1];
};


static void       mirror_changed(billing_mirror_t *mirror);
static ngx_uint_t mirror_equal(const ngx_str_t *one, const ngx_str_t *other);
static ngx_int_t  mirror_put_object(billing_mirror_t *mirror,
     billing_kind_t kind, ngx_str_t *id, redisReply *fields);
static ngx_int_t  mirror_put_setting(
     billing_mirror_t *mirror, ngx_str_t *id, redisReply *fields);
static ngx_uint_t mirror_setting(redisReply *fields);
static void mirror_remove(billing_mirror_t *mirror, billing_object_t *object);


billing_mirror_t *
billing_mirror_create(ngx_str_t *domain, ngx_log_t *log)
{
    ngx_uint_t        i;
    billing_shelf_t  *shelf;
    billing_mirror_t *mirror;

    mirror = ngx_calloc(sizeof(billing_mirror_t) + domain->len, log);
    if (mirror == NULL) {
        return NULL;
    }

    mirror->log = log;
    mirror->domain.len = domain->len;
    mirror->domain.data = (u_char *) (mirror + 1);
    ngx_memcpy(mirror->domain.data, domain->data, domain->len);
    mirror->history.data = mirror->history_data;

    for (i = 0; i < BILLING_KINDS; i++) {
        shelf = &mirror->shelves[i];
        ngx_rbtree_init(
            &shelf->ids, &shelf->ids_sentinel, ngx_rbtree_insert_value);
        ngx_rbtree_init(
            &shelf->ages, &shelf->ages_sentinel, ngx_rbtree_insert_value);
    }

    return mirror;
}


void
billing_mirror_free(billing_mirror_t *mirror)
{
    billing_mirror_reset(mirror);
    ngx_free(mirror);
}


void
billing_mirror_reset(billing_mirror_t *mirror)
{
    ngx_uint_t         i;
    billing_setting_t *setting;
    billing_object_t  *object;

    mirror_changed(mirror);

    for (i = 0; i < BILLING_KINDS; i++) {
        for (;;) {
            object = billing_mirror_first(mirror, i, 0);
            if (object == NULL) {
                break;
            }

            mirror_remove(mirror, object);
        }
    }

    while (mirror->settings != NULL) {
        setting = mirror->settings;
        mirror->settings = setting->next;
        ngx_free(setting);
    }

    mirror->generation = 0;
    mirror->history.len = 0;
}


static void
mirror_changed(billing_mirror_t *mirror)
{
    if (mirror->made != NULL) {
        mirror->free_made(mirror->made);
        mirror->made = NULL;
    }
}


ngx_int_t
billing_mirror_put(
    billing_mirror_t *mirror, redisReply *name, redisReply *fields)
{
    u_char    *p;
    ngx_str_t  id, kind;
    ngx_uint_t i;

    static const ngx_str_t provider = ngx_string("provider");

    if (name->type != REDIS_REPLY_STRING || fields->type != REDIS_REPLY_ARRAY) {
        return NGX_ERROR;
    }

    p = (u_char *) ngx_strchr(name->str, ':');
    if (p == NULL) {
        return NGX_ERROR;
    }

    kind.data = (u_char *) name->str;
    kind.len = p - kind.data;
    id.data = p + 1;
    id.len = (u_char *) name->str + name->len - id.data;

    mirror_changed(mirror);

    for (i = 0; i < BILLING_KINDS; i++) {
        if (mirror_equal(&kind, &billing_kinds[i].kind)) {
            return mirror_put_object(mirror, i, &id, fields);
        }
    }

    if (mirror_equal(&kind, &provider)) {
        return mirror_put_setting(mirror, &id, fields);
    }

    /* of a later version of this module */

    return NGX_OK;
}


static ngx_uint_t
mirror_equal(const ngx_str_t *one, const ngx_str_t *other)
{
    return one->len == other->len
           && ngx_memcmp(one->data, other->data, one->len) == 0;
}


static ngx_int_t
mirror_put_object(billing_mirror_t *mirror, billing_kind_t kind, ngx_str_t *id,
    redisReply *fields)
{
    billing_shelf_t  *shelf;
    billing_object_t *object, *old;

    object = NULL;

    if (fields->elements != 0) {
        object = billing_object_create(
            &mirror->domain, kind, id, fields, mirror->log);
        if (object == NULL) {
            return NGX_ERROR;
        }
    }

    old = billing_mirror_find(mirror, kind, id);

    if (old != NULL) {
        mirror_remove(mirror, old);
    }

    if (object != NULL) {
        shelf = &mirror->shelves[kind];
        ngx_rbtree_insert(&shelf->ids, &object->by_id);
        ngx_rbtree_insert(&shelf->ages, &object->by_age);
        shelf->count++;
    }

    return NGX_OK;
}


static void
mirror_remove(billing_mirror_t *mirror, billing_object_t *object)
{
    billing_shelf_t *shelf;

    shelf = &mirror->shelves[object->kind];

    ngx_rbtree_delete(&shelf->ids, &object->by_id);
    ngx_rbtree_delete(&shelf->ages, &object->by_age);
    shelf->count--;

    billing_object_free(object);
}


static ngx_int_t
mirror_put_setting(billing_mirror_t *mirror, ngx_str_t *id, redisReply *fields)
{
    billing_setting_t *setting;

    for (setting = mirror->settings; setting != NULL; setting = setting->next) {
        if (setting->len == id->len
            && ngx_memcmp(setting->provider, id->data, id->len) == 0)
        {
            setting->enabled = mirror_setting(fields);
            return NGX_OK;
        }
    }

    setting = ngx_alloc(sizeof(billing_setting_t) + id->len, mirror->log);
    if (setting == NULL) {
        return NGX_ERROR;
    }

    setting->enabled = mirror_setting(fields);
    setting->len = id->len;
    ngx_memcpy(setting->provider, id->data, id->len);

    setting->next = mirror->settings;
    mirror->settings = setting;

    return NGX_OK;
}


static ngx_uint_t
mirror_setting(redisReply *fields)
{
    size_t      i;
    redisReply *name, *value;

    for (i = 0; i + 1 < fields->elements; i += 2) {
        name = fields->element[i];
        value = fields->element[i + 1];

        if (name->type == REDIS_REPLY_STRING
            && value->type == REDIS_REPLY_STRING
            && ngx_strcmp(name->str, "enabled") == 0)
        {
            return ngx_strcmp(value->str, "1") == 0;
        }
    }

    return 0;
}


billing_object_t *
billing_mirror_find(
    billing_mirror_t *mirror, billing_kind_t kind, ngx_str_t *id)
{
    ngx_rbtree_t      *tree;
    ngx_rbtree_key_t   key;
    ngx_rbtree_node_t *node;
    billing_object_t  *object;

    tree = &mirror->shelves[kind].ids;
    key = billing_object_key(id);
    node = tree->root;

    while (node != tree->sentinel) {
        if (key != node->key) {
            node = key < node->key ? node->left : node->right;
            continue;
        }

        object = ngx_rbtree_data(node, billing_object_t, by_id);

        return object->id.len == id->len
                       && ngx_memcmp(object->id.data, id->data, id->len) == 0
                   ? object
                   : NULL;
    }

    return NULL;
}


/* Keys rise with age: seq with all bits turned around. */

billing_object_t *
billing_mirror_first(
    billing_mirror_t *mirror, billing_kind_t kind, ngx_uint_t below)
{
    ngx_rbtree_t      *tree;
    ngx_rbtree_node_t *node, *found;

    tree = &mirror->shelves[kind].ages;
    node = tree->root;
    found = NULL;

    while (node != tree->sentinel) {
        if (below != 0 && node->key <= ~below) {
            node = node->right;
            continue;
        }

        found = node;
        node = node->left;
    }

    if (found == NULL) {
        return NULL;
    }

    return ngx_rbtree_data(found, billing_object_t, by_age);
}


billing_object_t *
billing_mirror_next(billing_mirror_t *mirror, billing_object_t *object)
{
    ngx_rbtree_node_t *node;

    node = ngx_rbtree_next(
        &mirror->shelves[object->kind].ages, &object->by_age);

    if (node == NULL) {
        return NULL;
    }

    return ngx_rbtree_data(node, billing_object_t, by_age);
}


ngx_uint_t
billing_mirror_count(billing_mirror_t *mirror, billing_kind_t kind)
{
    return mirror->shelves[kind].count;
}


ngx_int_t
billing_mirror_enabled(billing_mirror_t *mirror, ngx_str_t *provider)
{
    billing_setting_t *setting;

    for (setting = mirror->settings; setting != NULL; setting = setting->next) {
        if (setting->len == provider->len
            && ngx_memcmp(setting->provider, provider->data, provider->len)
                   == 0)
        {
            return setting->enabled;
        }
    }

    return NGX_DECLINED;
}
