
#include "http/ngx_http_billing_edit.h"

#include <openssl/rand.h>

#include "core/billing_looks.h"
#include "core/billing_secret.h"
#include "core/billing_text.h"


#define NGX_HTTP_BILLING_ID_BYTES  6
#define NGX_HTTP_BILLING_ONCE_MAX  255
#define NGX_HTTP_BILLING_FOLD_MAX  4096
#define NGX_HTTP_BILLING_LOOKS_MAX 65536


static void      ngx_http_billing_edit_free(void *data);
static void      ngx_http_billing_edit_make(ngx_http_billing_edit_t *edit);
static ngx_int_t ngx_http_billing_edit_id(ngx_http_billing_edit_t *edit);
static ngx_int_t ngx_http_billing_edit_fill(ngx_http_billing_edit_t *edit);
static ngx_int_t ngx_http_billing_edit_fold(ngx_http_billing_edit_t *edit);
static ngx_int_t ngx_http_billing_edit_take(ngx_http_billing_edit_t *edit,
    billing_status_t rc, billing_buf_t *buf, ngx_str_t *text);
static ngx_int_t ngx_http_billing_edit_looks(ngx_http_billing_edit_t *edit);
static ngx_int_t ngx_http_billing_edit_string(
    ngx_http_billing_edit_t *edit, const char *name, ngx_str_t *value);
static void ngx_http_billing_edit_loaded(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);
static ngx_int_t ngx_http_billing_edit_merge(ngx_http_billing_edit_t *edit);
static ngx_int_t ngx_http_billing_edit_merge_tags(
    ngx_http_billing_edit_t *edit, billing_errors_t *errors);


ngx_http_billing_edit_t *
ngx_http_billing_edit_begin(ngx_http_billing_op_t *op,
    const ngx_http_billing_resource_t *resource, size_t size)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_billing_edit_t *edit;

    cln = ngx_pool_cleanup_add(op->pool, size);
    if (cln == NULL) {
        ngx_http_billing_send_nomem(op);
        return NULL;
    }

    edit = cln->data;
    ngx_memzero(edit, size);
    cln->handler = ngx_http_billing_edit_free;

    edit->op = op;
    edit->resource = resource;

    return edit;
}


static void
ngx_http_billing_edit_free(void *data)
{
    ngx_http_billing_edit_t *edit = data;

    json_decref(edit->input);
}


void
ngx_http_billing_edit_create(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource)
{
    billing_errors_t         errors;
    ngx_http_billing_edit_t *edit;

    edit = ngx_http_billing_edit_begin(
        op, resource, sizeof(ngx_http_billing_edit_t));
    if (edit == NULL) {
        return;
    }

    edit->again = ngx_http_billing_edit_make;
    billing_errors_init(&errors);

    if (ngx_http_billing_edit_input(edit, &errors) == NGX_OK
        && ngx_http_billing_edit_once(edit) == NGX_OK)
    {
        ngx_http_billing_edit_make(edit);
    }
}


static void
ngx_http_billing_edit_make(ngx_http_billing_edit_t *edit)
{
    if (ngx_http_billing_edit_new(edit) == NGX_OK) {
        ngx_http_billing_edit_commit(edit);
    }
}


ngx_int_t
ngx_http_billing_edit_input(
    ngx_http_billing_edit_t *edit, billing_errors_t *errors)
{
    billing_status_t rc;

    rc = billing_input_create(
        edit->resource->input, edit->op->body, &edit->input, errors);

    if (rc == BILLING_NOMEM) {
        billing_errors_free(errors);
        ngx_http_billing_send_nomem(edit->op);
        return NGX_DECLINED;
    }

    if (rc != BILLING_OK || errors->count != 0) {
        ngx_http_billing_send_errors(edit->op, NGX_HTTP_BILLING_INVALID, errors,
            "the body is not that of a %s", edit->resource->noun);
        return NGX_DECLINED;
    }

    billing_errors_free(errors);

    return NGX_OK;
}


/*
 * The key counts for this user only, and the request is remembered by a
 * digest: it may hold secrets.
 */

ngx_int_t
ngx_http_billing_edit_once(ngx_http_billing_edit_t *edit)
{
    u_char                   *p;
    ngx_str_t                 text, *key;
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_http_billing_op_t    *op;
    ngx_http_billing_once_t  *once;
    ngx_http_billing_store_t *store;

    op = edit->op;
    key = &op->idempotency_key;
    once = &edit->change.once;
    store = &op->bmcf->store;

    for (i = 0; i < key->len && key->data[i] > 0x20 && key->data[i] < 0x7f; i++)
    { /* void */
    }

    if (i != key->len || key->len > NGX_HTTP_BILLING_ONCE_MAX) {
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_INVALID,
            "an Idempotency-Key has at most %d printable characters",
            NGX_HTTP_BILLING_ONCE_MAX);
        return NGX_DECLINED;
    }

    if (key->len == 0) {
        return NGX_OK;
    }

    text.len = op->user.len + 1 + key->len;
    text.data = billing_secret_alloc(
        ngx_max(text.len, op->body_text.len + op->args.len
                              + ngx_strlen(edit->resource->path) + 8));
    if (text.data == NULL) {
        ngx_http_billing_send_nomem(op);
        return NGX_DECLINED;
    }

    ngx_sprintf(text.data, "%V\n%V", &op->user, key);
    rc = ngx_http_billing_digests(store->keys, op->pool, &text, &once->key);

    if (rc == NGX_OK) {
        p = ngx_sprintf(text.data, "POST %s?%V\n%V", edit->resource->path,
            &op->args, &op->body_text);
        text.len = p - text.data;

        rc = ngx_http_billing_digests(
            store->keys, op->pool, &text, &once->digest);
    }

    billing_secret_free(text.data);

    if (rc != NGX_OK) {
        ngx_http_billing_send_nomem(op);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_billing_edit_new(ngx_http_billing_edit_t *edit)
{
    ngx_http_billing_object_t *next;

    next = &edit->next;

    edit->made = 1;

    if (ngx_http_billing_edit_id(edit) != NGX_OK
        || ngx_http_billing_edit_fill(edit) != NGX_OK)
    {
        ngx_http_billing_send_nomem(edit->op);
        return NGX_DECLINED;
    }

    next->version = 1;
    next->created_at = edit->change.now;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_edit_id(ngx_http_billing_edit_t *edit)
{
    u_char    *p, bytes[NGX_HTTP_BILLING_ID_BYTES];
    ngx_str_t *id;

    if (RAND_bytes(bytes, NGX_HTTP_BILLING_ID_BYTES) != 1) {
        return NGX_ERROR;
    }

    id = &edit->next.id;

    id->data = ngx_pnalloc(edit->op->pool,
        ngx_strlen(edit->resource->prefix) + 2 * NGX_HTTP_BILLING_ID_BYTES);
    if (id->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(id->data, "%s", edit->resource->prefix);
    p = ngx_hex_dump(p, bytes, NGX_HTTP_BILLING_ID_BYTES);
    id->len = p - id->data;

    return NGX_OK;
}


/*
 * Name, parent and tags: from the input where it has them, else as they are
 * in next.
 */

static ngx_int_t
ngx_http_billing_edit_fill(ngx_http_billing_edit_t *edit)
{
    json_t                    *tags;
    ngx_http_billing_object_t *next;
    ngx_http_billing_change_t *change;

    next = &edit->next;
    change = &edit->change;

    billing_time_format(ngx_time(), edit->now);

    if (ngx_http_billing_edit_string(edit, "name", &next->name) != NGX_OK
        || ngx_http_billing_edit_string(edit,
               ngx_http_billing_kinds[edit->resource->kind].parent,
               &next->parent)
               != NGX_OK
        || ngx_http_billing_edit_fold(edit) != NGX_OK
        || ngx_http_billing_edit_looks(edit) != NGX_OK)
    {
        return NGX_ERROR;
    }

    change->kind = edit->resource->kind;
    change->id = next->id;
    change->now.data = (u_char *) edit->now;
    change->now.len = ngx_strlen(edit->now);
    change->parent = next->parent;
    change->nfields = 0;

    next->updated_at = change->now;
    ngx_http_billing_change_add(change, "name", &next->name);
    ngx_http_billing_change_add(change, "looks", &edit->change.looks);

    tags = json_object_get(edit->input, "tags");

    if (tags != NULL) {
        next->tags = ngx_http_billing_resource_text(edit->op->pool, tags);
        ngx_http_billing_change_add(change, "tags", &next->tags);

        return next->tags.data == NULL ? NGX_ERROR : NGX_OK;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_edit_fold(ngx_http_billing_edit_t *edit)
{
    ngx_str_t       *fold;
    billing_buf_t    buf;
    billing_str_t    name;
    billing_status_t rc;

    fold = &edit->change.fold;
    name = (billing_str_t){ (char *) edit->next.name.data,
        edit->next.name.len };

    billing_buf_init(&buf, NGX_HTTP_BILLING_FOLD_MAX);
    rc = billing_text_fold(name, &buf);

    return ngx_http_billing_edit_take(edit, rc, &buf, fold);
}


/* What a buffer has got, in the pool; the buffer is freed. */

static ngx_int_t
ngx_http_billing_edit_take(ngx_http_billing_edit_t *edit, billing_status_t rc,
    billing_buf_t *buf, ngx_str_t *text)
{
    text->len = buf->len;
    text->data = ngx_pnalloc(edit->op->pool, buf->len);

    if (rc == BILLING_OK && text->data != NULL) {
        ngx_memcpy(text->data, buf->data, buf->len);
    }

    billing_buf_free(buf);

    return rc != BILLING_OK || text->data == NULL ? NGX_ERROR : NGX_OK;
}


/* What is called so, and where it is, comes first: then they are its looks. */

static ngx_int_t
ngx_http_billing_edit_looks(ngx_http_billing_edit_t *edit)
{
    ngx_str_t       *fold, *parent;
    billing_buf_t    buf;
    billing_str_t    name;
    billing_status_t rc;

    fold = &edit->change.fold;
    parent = &edit->next.parent;
    name = (billing_str_t){ (char *) edit->next.name.data,
        edit->next.name.len };

    billing_buf_init(&buf, NGX_HTTP_BILLING_LOOKS_MAX);

    (void) billing_buf_add(&buf, parent->data, parent->len);
    (void) billing_buf_add(&buf, "/", 1);
    (void) billing_buf_add(&buf, fold->data, fold->len);
    (void) billing_buf_add(&buf, "\n", 1);
    rc = billing_looks(name, &buf);

    return ngx_http_billing_edit_take(edit, rc, &buf, &edit->change.looks);
}


static ngx_int_t
ngx_http_billing_edit_string(
    ngx_http_billing_edit_t *edit, const char *name, ngx_str_t *value)
{
    json_t   *member;
    ngx_str_t text;

    member = json_object_get(edit->input, name);

    if (member == NULL) {
        return NGX_OK;
    }

    text.data = (u_char *) json_string_value(member);
    text.len = json_string_length(member);

    if (text.data == NULL) {
        ngx_str_null(value);
        return NGX_OK;
    }

    value->len = text.len;
    value->data = ngx_pstrdup(edit->op->pool, &text);

    return value->data == NULL ? NGX_ERROR : NGX_OK;
}


void
ngx_http_billing_edit_patch(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource)
{
    ngx_http_billing_edit_t *edit;

    edit = ngx_http_billing_edit_begin(
        op, resource, sizeof(ngx_http_billing_edit_t));

    if (edit != NULL) {
        edit->again = ngx_http_billing_edit_load;
        ngx_http_billing_edit_load(edit);
    }
}


void
ngx_http_billing_edit_load(ngx_http_billing_edit_t *edit)
{
    ngx_http_billing_resource_load(
        edit->op, ngx_http_billing_edit_loaded, edit);
}


static void
ngx_http_billing_edit_loaded(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_edit_t *edit = data;

    if (ngx_http_billing_edit_precondition(edit, mirror) != NGX_OK
        || ngx_http_billing_edit_merge(edit) != NGX_OK)
    {
        return;
    }

    if (edit->changed != NULL) {
        edit->changed(edit, mirror);
        return;
    }

    ngx_http_billing_edit_commit(edit);
}


ngx_int_t
ngx_http_billing_edit_precondition(
    ngx_http_billing_edit_t *edit, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_op_t     *op;
    ngx_http_billing_object_t *object;

    op = edit->op;
    object = ngx_http_billing_mirror_find(
        mirror, edit->resource->kind, &op->id);

    if (object == NULL || !edit->resource->visible(op, mirror, object)) {
        ngx_http_billing_resource_missing(op, edit->resource);
        return NGX_DECLINED;
    }

    if (op->if_match.len == 0) {
        ngx_http_billing_send_problem(op,
            NGX_HTTP_BILLING_PRECONDITION_REQUIRED,
            "say with If-Match which version of the %s you mean",
            edit->resource->noun);
        return NGX_DECLINED;
    }

    if (!ngx_http_billing_resource_matches(&op->if_match, object)) {
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_PRECONDITION_FAILED,
            "the %s was changed in the meantime", edit->resource->noun);
        return NGX_DECLINED;
    }

    if (ngx_http_billing_object_copy(op->pool, object, &edit->old) != NGX_OK) {
        ngx_http_billing_send_nomem(op);
        return NGX_DECLINED;
    }

    edit->change.kind = edit->resource->kind;
    edit->change.id = edit->old.id;
    edit->change.version = edit->old.version;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_edit_merge(ngx_http_billing_edit_t *edit)
{
    billing_errors_t errors;
    billing_status_t rc;

    json_decref(edit->input);
    edit->input = NULL;

    billing_errors_init(&errors);

    rc = billing_input_patch(
        edit->resource->input, edit->op->body, &edit->input, &errors);

    if (rc == BILLING_OK && json_object_get(edit->input, "tags") != NULL
        && ngx_http_billing_edit_merge_tags(edit, &errors) != NGX_OK)
    {
        rc = errors.count == 0 ? BILLING_NOMEM : BILLING_INVALID;
    }

    if (rc != BILLING_OK && rc != BILLING_NOMEM) {
        ngx_http_billing_send_errors(edit->op, NGX_HTTP_BILLING_INVALID,
            &errors, "the body is not a change of a %s", edit->resource->noun);
        return NGX_DECLINED;
    }

    billing_errors_free(&errors);

    edit->next = edit->old;

    if (rc != BILLING_OK || ngx_http_billing_edit_fill(edit) != NGX_OK) {
        ngx_http_billing_send_nomem(edit->op);
        return NGX_DECLINED;
    }

    edit->next.version++;
    edit->next.revision = 0;

    return NGX_OK;
}


/* Puts the tags that come of it in the place of the change. */

static ngx_int_t
ngx_http_billing_edit_merge_tags(
    ngx_http_billing_edit_t *edit, billing_errors_t *errors)
{
    json_t          *patch, *target, *merged, *tags;
    ngx_str_t       *text;
    billing_str_t    old;
    billing_status_t rc;

    patch = json_object_get(edit->input, "tags");
    text = &edit->old.tags;

    if (json_is_null(patch)) {
        return json_object_set_new(edit->input, "tags", json_object()) == 0
                   ? NGX_OK
                   : NGX_ERROR;
    }

    old = (billing_str_t){ (char *) text->data, text->len };
    target = NULL;

    /* without those that are there, none of them would stay */

    if (old.len > 0
        && billing_json_parse(old, BILLING_JSON_DEPTH, &target, NULL)
               == BILLING_NOMEM)
    {
        return NGX_ERROR;
    }

    merged = billing_input_merge(target, patch);
    json_decref(target);

    if (merged == NULL) {
        return NGX_ERROR;
    }

    tags = NULL;
    rc = billing_tags_check(merged, 0, "/tags", &tags, errors);
    json_decref(merged);

    if (rc != BILLING_OK || json_object_set_new(edit->input, "tags", tags) != 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}
