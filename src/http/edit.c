
#include "http/edit.h"

#include <openssl/rand.h>

#include "core/looks.h"
#include "core/secret.h"
#include "core/text.h"


#define BILLING_ID_BYTES  6
#define BILLING_ONCE_MAX  255
#define BILLING_FOLD_MAX  4096
#define BILLING_LOOKS_MAX 65536


static void      edit_free(void *data);
static void      edit_make(billing_edit_t *edit);
static ngx_int_t edit_id(billing_edit_t *edit);
static ngx_int_t edit_fill(billing_edit_t *edit);
static ngx_int_t edit_fold(billing_edit_t *edit);
static ngx_int_t edit_take(billing_edit_t *edit, billing_status_t rc,
    billing_buf_t *buf, ngx_str_t *text);
static ngx_int_t edit_looks(billing_edit_t *edit);
static ngx_int_t edit_string(
    billing_edit_t *edit, const char *name, ngx_str_t *value);
static void edit_loaded(billing_op_t *op, void *data, billing_mirror_t *mirror);
static ngx_int_t edit_merge(billing_edit_t *edit);
static ngx_int_t edit_merge_tags(
    billing_edit_t *edit, billing_errors_t *errors);


billing_edit_t *
billing_edit_begin(
    billing_op_t *op, const billing_resource_t *resource, size_t size)
{
    ngx_pool_cleanup_t *cln;
    billing_edit_t     *edit;

    cln = ngx_pool_cleanup_add(op->pool, size);
    if (cln == NULL) {
        billing_send_nomem(op);
        return NULL;
    }

    edit = cln->data;
    ngx_memzero(edit, size);
    cln->handler = edit_free;

    edit->op = op;
    edit->resource = resource;

    return edit;
}


static void
edit_free(void *data)
{
    billing_edit_t *edit = data;

    json_decref(edit->input);
}


void
billing_edit_create(billing_op_t *op, const billing_resource_t *resource)
{
    billing_errors_t errors;
    billing_edit_t  *edit;

    edit = billing_edit_begin(op, resource, sizeof(billing_edit_t));
    if (edit == NULL) {
        return;
    }

    edit->again = edit_make;
    billing_errors_init(&errors);

    if (billing_edit_input(edit, &errors) == NGX_OK
        && billing_edit_once(edit) == NGX_OK)
    {
        edit_make(edit);
    }
}


static void
edit_make(billing_edit_t *edit)
{
    if (billing_edit_new(edit) == NGX_OK) {
        billing_commit(edit);
    }
}


ngx_int_t
billing_edit_input(billing_edit_t *edit, billing_errors_t *errors)
{
    billing_status_t rc;

    rc = billing_input_create(
        edit->resource->input, edit->op->body, &edit->input, errors);

    if (rc == BILLING_NOMEM) {
        billing_errors_free(errors);
        billing_send_nomem(edit->op);
        return NGX_DECLINED;
    }

    if (rc != BILLING_OK || errors->count != 0) {
        billing_send_errors(edit->op, BILLING_PROBLEM_INVALID, errors,
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
billing_edit_once(billing_edit_t *edit)
{
    u_char          *p;
    ngx_str_t        text, *key;
    ngx_int_t        rc;
    ngx_uint_t       i;
    billing_op_t    *op;
    billing_once_t  *once;
    billing_store_t *store;

    op = edit->op;
    key = &op->idempotency_key;
    once = &edit->change.once;
    store = &op->bmcf->store;

    for (i = 0; i < key->len && key->data[i] > 0x20 && key->data[i] < 0x7f; i++)
    { /* void */
    }

    if (i != key->len || key->len > BILLING_ONCE_MAX) {
        billing_send_problem(op, BILLING_PROBLEM_INVALID,
            "an Idempotency-Key has at most %d printable characters",
            BILLING_ONCE_MAX);
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
        billing_send_nomem(op);
        return NGX_DECLINED;
    }

    ngx_sprintf(text.data, "%V\n%V", &op->user, key);
    rc = billing_seal_digests(store->keys, op->pool, &text, &once->key);

    if (rc == NGX_OK) {
        p = ngx_sprintf(text.data, "POST %s?%V\n%V", edit->resource->path,
            &op->args, &op->body_text);
        text.len = p - text.data;

        rc = billing_seal_digests(store->keys, op->pool, &text, &once->digest);
    }

    billing_secret_free(text.data);

    if (rc != NGX_OK) {
        billing_send_nomem(op);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
billing_edit_new(billing_edit_t *edit)
{
    billing_object_t *next;

    next = &edit->next;

    edit->made = 1;

    if (edit_id(edit) != NGX_OK || edit_fill(edit) != NGX_OK) {
        billing_send_nomem(edit->op);
        return NGX_DECLINED;
    }

    next->version = 1;
    next->created_at = edit->change.now;

    return NGX_OK;
}


static ngx_int_t
edit_id(billing_edit_t *edit)
{
    u_char    *p, bytes[BILLING_ID_BYTES];
    ngx_str_t *id;

    if (RAND_bytes(bytes, BILLING_ID_BYTES) != 1) {
        return NGX_ERROR;
    }

    id = &edit->next.id;

    id->data = ngx_pnalloc(edit->op->pool,
        ngx_strlen(edit->resource->prefix) + 2 * BILLING_ID_BYTES);
    if (id->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(id->data, "%s", edit->resource->prefix);
    p = ngx_hex_dump(p, bytes, BILLING_ID_BYTES);
    id->len = p - id->data;

    return NGX_OK;
}


/*
 * Name, parent and tags: from the input where it has them, else as they are
 * in next.
 */

static ngx_int_t
edit_fill(billing_edit_t *edit)
{
    json_t                 *tags;
    billing_object_t       *next;
    billing_write_change_t *change;

    next = &edit->next;
    change = &edit->change;

    billing_time_format(ngx_time(), edit->now);

    if (edit_string(edit, "name", &next->name) != NGX_OK
        || edit_string(
               edit, billing_kinds[edit->resource->kind].parent, &next->parent)
               != NGX_OK
        || edit_fold(edit) != NGX_OK || edit_looks(edit) != NGX_OK)
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
    billing_write_change_add(change, "name", &next->name);
    billing_write_change_add(change, "looks", &edit->change.looks);

    tags = json_object_get(edit->input, "tags");

    if (tags != NULL) {
        next->tags = billing_resource_text(edit->op->pool, tags);
        billing_write_change_add(change, "tags", &next->tags);

        return next->tags.data == NULL ? NGX_ERROR : NGX_OK;
    }

    return NGX_OK;
}


static ngx_int_t
edit_fold(billing_edit_t *edit)
{
    ngx_str_t       *fold;
    billing_buf_t    buf;
    billing_str_t    name;
    billing_status_t rc;

    fold = &edit->change.fold;
    name = (billing_str_t){ (char *) edit->next.name.data,
        edit->next.name.len };

    billing_buf_init(&buf, BILLING_FOLD_MAX);
    rc = billing_text_fold(name, &buf);

    return edit_take(edit, rc, &buf, fold);
}


/* What a buffer has got, in the pool; the buffer is freed. */

static ngx_int_t
edit_take(billing_edit_t *edit, billing_status_t rc, billing_buf_t *buf,
    ngx_str_t *text)
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
edit_looks(billing_edit_t *edit)
{
    ngx_str_t       *fold, *parent;
    billing_buf_t    buf;
    billing_str_t    name;
    billing_status_t rc;

    fold = &edit->change.fold;
    parent = &edit->next.parent;
    name = (billing_str_t){ (char *) edit->next.name.data,
        edit->next.name.len };

    billing_buf_init(&buf, BILLING_LOOKS_MAX);

    (void) billing_buf_add(&buf, parent->data, parent->len);
    (void) billing_buf_add(&buf, "/", 1);
    (void) billing_buf_add(&buf, fold->data, fold->len);
    (void) billing_buf_add(&buf, "\n", 1);
    rc = billing_looks(name, &buf);

    return edit_take(edit, rc, &buf, &edit->change.looks);
}


static ngx_int_t
edit_string(billing_edit_t *edit, const char *name, ngx_str_t *value)
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
billing_edit_patch(billing_op_t *op, const billing_resource_t *resource)
{
    billing_edit_t *edit;

    edit = billing_edit_begin(op, resource, sizeof(billing_edit_t));

    if (edit != NULL) {
        edit->again = billing_edit_load;
        billing_edit_load(edit);
    }
}


void
billing_edit_load(billing_edit_t *edit)
{
    billing_resource_load(edit->op, edit_loaded, edit);
}


static void
edit_loaded(billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_edit_t *edit = data;

    if (billing_edit_precondition(edit, mirror) != NGX_OK
        || edit_merge(edit) != NGX_OK)
    {
        return;
    }

    if (edit->changed != NULL) {
        edit->changed(edit, mirror);
        return;
    }

    billing_commit(edit);
}


ngx_int_t
billing_edit_precondition(billing_edit_t *edit, billing_mirror_t *mirror)
{
    billing_op_t     *op;
    billing_object_t *object;

    op = edit->op;
    object = billing_mirror_find(mirror, edit->resource->kind, &op->id);

    if (object == NULL || !edit->resource->visible(op, mirror, object)) {
        billing_resource_missing(op, edit->resource);
        return NGX_DECLINED;
    }

    if (op->if_match.len == 0) {
        billing_send_problem(op, BILLING_PROBLEM_PRECONDITION_REQUIRED,
            "say with If-Match which version of the %s you mean",
            edit->resource->noun);
        return NGX_DECLINED;
    }

    if (!billing_resource_matches(&op->if_match, object)) {
        billing_send_problem(op, BILLING_PROBLEM_PRECONDITION_FAILED,
            "the %s was changed in the meantime", edit->resource->noun);
        return NGX_DECLINED;
    }

    if (billing_object_copy(op->pool, object, &edit->old) != NGX_OK) {
        billing_send_nomem(op);
        return NGX_DECLINED;
    }

    edit->change.kind = edit->resource->kind;
    edit->change.id = edit->old.id;
    edit->change.version = edit->old.version;

    return NGX_OK;
}


static ngx_int_t
edit_merge(billing_edit_t *edit)
{
    billing_errors_t errors;
    billing_status_t rc;

    json_decref(edit->input);
    edit->input = NULL;

    billing_errors_init(&errors);

    rc = billing_input_patch(
        edit->resource->input, edit->op->body, &edit->input, &errors);

    if (rc == BILLING_OK && json_object_get(edit->input, "tags") != NULL
        && edit_merge_tags(edit, &errors) != NGX_OK)
    {
        rc = errors.count == 0 ? BILLING_NOMEM : BILLING_INVALID;
    }

    if (rc != BILLING_OK && rc != BILLING_NOMEM) {
        billing_send_errors(edit->op, BILLING_PROBLEM_INVALID, &errors,
            "the body is not a change of a %s", edit->resource->noun);
        return NGX_DECLINED;
    }

    billing_errors_free(&errors);

    edit->next = edit->old;

    if (rc != BILLING_OK || edit_fill(edit) != NGX_OK) {
        billing_send_nomem(edit->op);
        return NGX_DECLINED;
    }

    edit->next.version++;
    edit->next.revision = 0;

    return NGX_OK;
}


/* Puts the tags that come of it in the place of the change. */

static ngx_int_t
edit_merge_tags(billing_edit_t *edit, billing_errors_t *errors)
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
