
#include "http/resource.h"

#include "core/query.h"
#include "http/etag.h"


#define BILLING_RESOURCE_MAX (64 * 1024 * 1024)


/* Waiting for the mirror. */
typedef struct {
    billing_op_t       *op;
    billing_sync_t     *sync;
    billing_resource_pt next;
    void               *data;
} billing_resource_load_t;


static void resource_loaded(void *data, billing_mirror_t *mirror);
static void resource_abort(billing_op_t *op);
static void resource_show(
    billing_op_t *op, void *data, billing_mirror_t *mirror);
static void resource_string(billing_json_t *w, const ngx_str_t *s);


void
billing_resource_load(billing_op_t *op, billing_resource_pt next, void *data)
{
    billing_resource_load_t *load;

    load = ngx_palloc(op->pool, sizeof(billing_resource_load_t));
    if (load == NULL) {
        billing_send_nomem(op);
        return;
    }

    load->op = op;
    load->next = next;
    load->data = data;

    load->sync = billing_sync(
        &op->bmcf->store, &op->domain, resource_loaded, load);

    if (load->sync == NULL) {
        billing_send_nomem(op);
        return;
    }

    if (!op->route->write) {
        op->data = load;
        op->abort = resource_abort;
    }
}


static void
resource_loaded(void *data, billing_mirror_t *mirror)
{
    billing_resource_load_t *load = data;

    load->op->abort = NULL;

    if (mirror == NULL) {
        billing_resource_away(load->op);
        return;
    }

    load->next(load->op, load->data, mirror);
}


static void
resource_abort(billing_op_t *op)
{
    billing_resource_load_t *load;

    load = op->data;

    billing_sync_cancel(load->sync);
    billing_op_finish(op);
}


void
billing_resource_get(billing_op_t *op, const billing_resource_t *resource)
{
    billing_resource_load(op, resource_show, (void *) resource);
}


static void
resource_show(billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    const billing_resource_t *resource = data;

    u_char            text[BILLING_RESOURCE_ETAG_LEN];
    ngx_str_t         etag, control = ngx_string("private, no-cache");
    billing_buf_t     body;
    billing_json_t    w;
    billing_object_t *object;

    object = billing_mirror_find(mirror, resource->kind, &op->id);

    if (object == NULL || !resource->visible(op, mirror, object)) {
        billing_resource_missing(op, resource);
        return;
    }

    etag = billing_resource_etag(object, text);

    if (billing_send_header(op, "ETag", &etag) != NGX_OK
        || billing_send_header(op, "Cache-Control", &control) != NGX_OK)
    {
        billing_send_nomem(op);
        return;
    }

    if (billing_etag_named(&op->if_none_match, &etag)) {
        billing_send_empty(op, NGX_HTTP_NOT_MODIFIED);
        return;
    }

    billing_buf_init(&body, BILLING_RESOURCE_MAX);
    billing_json_init(&w, &body);
    billing_resource_write(&w, resource, object);

    billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


void
billing_resource_write(billing_json_t *w, const billing_resource_t *resource,
    const billing_object_t *object)
{
    billing_str_t none = billing_str("{}");

    billing_json_begin_object(w);

    billing_json_key(w, "id");
    resource_string(w, &object->id);

    billing_json_key(w, "name");
    resource_string(w, &object->name);

    billing_json_key(w, billing_kinds[resource->kind].parent);

    if (object->parent.len == 0) {
        billing_json_null(w);

    } else {
        resource_string(w, &object->parent);
    }

    if (resource->tags) {
        billing_json_key(w, "tags");
        billing_json_raw(w, object->tags.len == 0
                                ? none
                                : (billing_str_t){ (char *) object->tags.data,
                                    object->tags.len });
    }

    resource->write(w, object);

    billing_json_key(w, "created_at");
    resource_string(w, &object->created_at);

    billing_json_key(w, "updated_at");
    resource_string(w, &object->updated_at);

    billing_json_key(w, "version");
    billing_json_int(w, object->version);

    billing_json_end_object(w);
}


static void
resource_string(billing_json_t *w, const ngx_str_t *s)
{
    billing_json_string(w, (billing_str_t){ (char *) s->data, s->len });
}


ngx_str_t
billing_resource_etag(
    const billing_object_t *object, u_char text[BILLING_RESOURCE_ETAG_LEN])
{
    u_char   *p;
    ngx_str_t etag;

    p = ngx_sprintf(text, "\"%ui", object->version);

    if (object->revision != 0) {
        p = ngx_sprintf(p, ".%ui", object->revision);
    }

    *p++ = '"';

    etag.data = text;
    etag.len = p - text;

    return etag;
}


/*
 * RFC 9110 section 13.1.1: "*", or a list of tags.  Of a tag the part up to
 * the dot counts.  Weak ones count, too: nginx's gzip filter makes ours weak.
 */

ngx_uint_t
billing_resource_matches(
    const ngx_str_t *if_match, const billing_object_t *object)
{
    u_char *p, *last, *end, *stop;

    p = if_match->data;
    last = p + if_match->len;

    if (if_match->len == 1 && *p == '*') {
        return 1;
    }

    while (p < last) {
        p = ngx_strlchr(p, last, '"');
        if (p == NULL) {
            return 0;
        }

        end = ngx_strlchr(++p, last, '"');
        if (end == NULL) {
            return 0;
        }

        stop = ngx_strlchr(p, end, '.');
        if (stop == NULL) {
            stop = end;
        }

        if (ngx_atoi(p, stop - p) == (ngx_int_t) object->version) {
            return 1;
        }

        p = end + 1;
    }

    return 0;
}


ngx_uint_t
billing_resource_enabled(
    billing_mirror_t *mirror, billing_provider_conf_t *pc, ngx_str_t *id)
{
    ngx_int_t enabled;

    enabled = billing_mirror_enabled(mirror, id);

    return enabled == NGX_DECLINED ? pc->enabled : (ngx_uint_t) enabled;
}


ngx_int_t
billing_resource_query(
    billing_op_t *op, billing_status_t rc, billing_errors_t *errors)
{
    if (rc == BILLING_NOMEM) {
        billing_errors_free(errors);
        billing_send_nomem(op);
        return NGX_DECLINED;
    }

    if (errors->count != 0) {
        billing_send_errors(
            op, BILLING_PROBLEM_INVALID, errors, "the query is not valid");
        return NGX_DECLINED;
    }

    return NGX_OK;
}


void
billing_resource_away(billing_op_t *op)
{
    const ngx_str_t *newer;

    newer = &op->bmcf->store.newer;

    if (newer->len != 0) {
        billing_send_problem(op, BILLING_PROBLEM_STORAGE_UNAVAILABLE,
            "the data are of a newer version (schema \"%.*s\") than this "
            "nginx has; nothing was changed",
            (int) newer->len, newer->data);
        return;
    }

    billing_send_problem(op, BILLING_PROBLEM_STORAGE_UNAVAILABLE,
        "the storage does not answer, try again later");
}


/* A request that is repeated finds it done, and waits for replicas, too. */
void
billing_resource_unsure(billing_op_t *op)
{
    billing_send_problem(op, BILLING_PROBLEM_STORAGE_UNAVAILABLE,
        "the change is made, but not confirmed by enough replicas: it may be "
        "lost if the storage fails now");
}


void
billing_resource_missing(billing_op_t *op, const billing_resource_t *resource)
{
    billing_send_problem(op, BILLING_PROBLEM_NOT_FOUND,
        "there is no %s of this id", resource->noun);
}


ngx_str_t
billing_resource_text(ngx_pool_t *pool, const json_t *value)
{
    ngx_str_t      text;
    billing_buf_t  buf;
    billing_json_t w;

    ngx_str_null(&text);

    billing_buf_init(&buf, BILLING_RESOURCE_MAX);
    billing_json_init(&w, &buf);
    billing_json_value(&w, value);

    if (buf.status == BILLING_OK) {
        text.data = ngx_pnalloc(pool, buf.len);

        if (text.data != NULL) {
            ngx_memcpy(text.data, buf.data, buf.len);
            text.len = buf.len;
        }
    }

    billing_buf_wipe(&buf);

    return text;
}
