
/*
 * The end of an edit: the write, and what comes of it.
 */

#include "http/ngx_http_billing_edit.h"


#define NGX_HTTP_BILLING_COMMIT_MAX (1024 * 1024)


static void       ngx_http_billing_commit_audit(ngx_http_billing_edit_t *edit);
static ngx_uint_t ngx_http_billing_commit_same(
    const ngx_str_t *a, const ngx_str_t *b);
static void ngx_http_billing_commit_body(
    ngx_http_billing_edit_t *edit, billing_buf_t *body);
static ngx_int_t ngx_http_billing_commit_remember(
    ngx_http_billing_edit_t *edit);
static void ngx_http_billing_commit_done(void *data,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);
static void ngx_http_billing_commit_answer(ngx_http_billing_edit_t *edit);
static void ngx_http_billing_commit_send(ngx_http_billing_edit_t *edit,
    ngx_http_billing_object_t *object, billing_buf_t *body);
static void ngx_http_billing_commit_taken(
    ngx_http_billing_edit_t *edit, ngx_http_billing_outcome_t outcome);
static void ngx_http_billing_commit_invalid(
    ngx_http_billing_edit_t *edit, const char *code, const char *message);
static ngx_int_t ngx_http_billing_commit_location(
    ngx_http_billing_edit_t *edit, ngx_str_t *id);


void
ngx_http_billing_edit_commit(ngx_http_billing_edit_t *edit)
{
    ngx_int_t                 rc;
    ngx_http_billing_op_t    *op;
    ngx_http_billing_store_t *store;

    op = edit->op;
    store = &op->bmcf->store;

    ngx_http_billing_commit_audit(edit);

    if (edit->made) {
        rc = ngx_http_billing_commit_remember(edit);

        if (rc == NGX_OK) {
            rc = ngx_http_billing_create(store, &op->domain, &edit->change,
                ngx_http_billing_commit_done, edit);
        }

    } else {
        rc = ngx_http_billing_update(store, &op->domain, &edit->change,
            ngx_http_billing_commit_done, edit);
    }

    if (rc != NGX_OK) {
        ngx_http_billing_send_nomem(op);
    }
}


/* Of a change: the members that are others now. */
static void
ngx_http_billing_commit_audit(ngx_http_billing_edit_t *edit)
{
    char                      *p;
    ngx_uint_t                 i;
    ngx_http_billing_object_t *was, *is;

    was = &edit->old;
    is = &edit->next;

    const struct {
        const char *name;
        ngx_uint_t  same;
    } members[] = {
        { "name", ngx_http_billing_commit_same(&was->name, &is->name) },
        { ngx_http_billing_kinds[edit->resource->kind].parent,
            ngx_http_billing_commit_same(&was->parent, &is->parent) },
        { "tags", ngx_http_billing_commit_same(&was->tags, &is->tags) },
        { "credentials",
            ngx_http_billing_commit_same(&was->credential, &is->credential) },
    };

    p = edit->changes;

    for (i = 0; !edit->made && i < sizeof(members) / sizeof(members[0]); i++) {
        if (!members[i].same) {
            p = (char *) ngx_sprintf((u_char *) p, "%s%s",
                p == edit->changes ? "" : ",", members[i].name);
        }
    }

    *p = '\0';

    edit->change.audit = ngx_http_billing_audit(
        edit->op, &is->id, &is->name, edit->changes);
}


static ngx_uint_t
ngx_http_billing_commit_same(const ngx_str_t *a, const ngx_str_t *b)
{
    return a->len == b->len && ngx_memcmp(a->data, b->data, a->len) == 0;
}


static void
ngx_http_billing_commit_body(ngx_http_billing_edit_t *edit, billing_buf_t *body)
{
    billing_json_t w;

    billing_buf_init(body, NGX_HTTP_BILLING_COMMIT_MAX);
    billing_json_init(&w, body);
    ngx_http_billing_resource_write(&w, edit->resource, &edit->next);
}


static ngx_int_t
ngx_http_billing_commit_remember(ngx_http_billing_edit_t *edit)
{
    ngx_str_t    *answer;
    billing_buf_t body;

    if (edit->change.once.key.len == 0) {
        return NGX_OK;
    }

    ngx_http_billing_commit_body(edit, &body);

    answer = &edit->change.once.answer;
    answer->len = body.len;
    answer->data = ngx_pnalloc(edit->op->pool, body.len);

    if (body.status == BILLING_OK && answer->data != NULL) {
        ngx_memcpy(answer->data, body.data, body.len);
    }

    billing_buf_free(&body);

    return body.status != BILLING_OK || answer->data == NULL ? NGX_ERROR
                                                             : NGX_OK;
}


static void
ngx_http_billing_commit_done(void *data, ngx_http_billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_http_billing_edit_t *edit = data;

    switch (outcome) {
    case NGX_HTTP_BILLING_WRITE_DONE:
        ngx_http_billing_commit_answer(edit);
        break;

    case NGX_HTTP_BILLING_WRITE_REPLAY:
    case NGX_HTTP_BILLING_WRITE_REUSED:
        ngx_http_billing_edit_replay(edit, outcome, values, nvalues);
        break;

    case NGX_HTTP_BILLING_WRITE_TAKEN:
    case NGX_HTTP_BILLING_WRITE_VERSION:
        if (edit->tries++ < NGX_HTTP_BILLING_EDIT_TRIES) {
            edit->again(edit);
            break;
        }

        ngx_http_billing_commit_refuse(edit, outcome);
        break;

    case NGX_HTTP_BILLING_WRITE_OVERLAP:
        if (edit->shared != NULL && nvalues >= 2) {
            edit->shared(edit, values, nvalues);
            break;
        }

        /* fall through */

    case NGX_HTTP_BILLING_WRITE_PARENT:
    case NGX_HTTP_BILLING_WRITE_DEPTH:
    case NGX_HTTP_BILLING_WRITE_CYCLE:
    case NGX_HTTP_BILLING_WRITE_NAME:
    case NGX_HTTP_BILLING_WRITE_ALIKE:
    case NGX_HTTP_BILLING_WRITE_MISSING:
    case NGX_HTTP_BILLING_WRITE_HELD:
    case NGX_HTTP_BILLING_WRITE_AWAY:
    case NGX_HTTP_BILLING_WRITE_UNSURE:
    default:
        ngx_http_billing_commit_refuse(edit, outcome);
        break;
    }
}


static void
ngx_http_billing_commit_answer(ngx_http_billing_edit_t *edit)
{
    billing_buf_t body;

    if (edit->made
        && ngx_http_billing_commit_location(edit, &edit->next.id) != NGX_OK)
    {
        ngx_http_billing_send_nomem(edit->op);
        return;
    }

    ngx_http_billing_commit_body(edit, &body);
    ngx_http_billing_commit_send(edit, &edit->next, &body);
}


static void
ngx_http_billing_commit_send(ngx_http_billing_edit_t *edit,
    ngx_http_billing_object_t *object, billing_buf_t *body)
{
    u_char    text[NGX_HTTP_BILLING_RESOURCE_ETAG_LEN];
    ngx_str_t etag;

    etag = ngx_http_billing_resource_etag(object, text);

    if (ngx_http_billing_header(edit->op, "ETag", &etag) != NGX_OK) {
        billing_buf_free(body);
        ngx_http_billing_send_nomem(edit->op);
        return;
    }

    ngx_http_billing_send(edit->op, edit->made ? NGX_HTTP_CREATED : NGX_HTTP_OK,
        "application/json", body);
}


static ngx_int_t
ngx_http_billing_commit_location(ngx_http_billing_edit_t *edit, ngx_str_t *id)
{
    ngx_str_t              location;
    ngx_http_billing_op_t *op;

    op = edit->op;

    location.data = ngx_pnalloc(op->pool, op->base.len
                                              + ngx_strlen(edit->resource->path)
                                              + id->len + sizeof("api/v1//"));
    if (location.data == NULL) {
        return NGX_ERROR;
    }

    location.len = ngx_sprintf(location.data, "%Vapi/v1/%s/%V", &op->base,
                       edit->resource->path, id)
                   - location.data;

    return ngx_http_billing_header(op, "Location", &location);
}


void
ngx_http_billing_edit_replay(ngx_http_billing_edit_t *edit,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues)
{
    json_t                   *answer;
    billing_buf_t             body;
    ngx_http_billing_object_t object;

    if (outcome == NGX_HTTP_BILLING_WRITE_REUSED || nvalues != 2) {
        ngx_http_billing_send_problem(edit->op, NGX_HTTP_BILLING_INVALID,
            "this Idempotency-Key was used for another request");
        return;
    }

    answer = json_loadb((char *) values[1].data, values[1].len, 0, NULL);
    json_decref(answer);

    if (answer == NULL) {
        ngx_http_billing_send_problem(edit->op, NGX_HTTP_BILLING_INTERNAL,
            "the answer to the first request is broken");
        return;
    }

    if (ngx_http_billing_commit_location(edit, &values[0]) != NGX_OK) {
        ngx_http_billing_send_nomem(edit->op);
        return;
    }

    billing_buf_init(&body, NGX_HTTP_BILLING_COMMIT_MAX);
    billing_buf_add(&body, values[1].data, values[1].len);

    ngx_memzero(&object, sizeof(ngx_http_billing_object_t));
    object.version = 1;
    edit->made = 1;
    edit->op->code = "replayed";

    ngx_http_billing_commit_send(edit, &object, &body);
}


static void
ngx_http_billing_commit_taken(
    ngx_http_billing_edit_t *edit, ngx_http_billing_outcome_t outcome)
{
    const char                        *has;
    billing_errors_t                   errors;
    const ngx_http_billing_resource_t *resource;

    resource = edit->resource;
    billing_errors_init(&errors);

    if (outcome == NGX_HTTP_BILLING_WRITE_NAME) {
        has = "has the name";
        billing_errors_add(
            &errors, "/name", "duplicate", "This name is taken.");

    } else {
        has = "has a name that looks like";
        billing_errors_add(
            &errors, "/name", "alike", "This name looks like another one.");
    }

    ngx_http_billing_send_errors(edit->op, NGX_HTTP_BILLING_CONFLICT_, &errors,
        "another %s %s %s \"%.*s\"", resource->noun, resource->place, has,
        (int) edit->next.name.len, edit->next.name.data);
}


void
ngx_http_billing_commit_refuse(
    ngx_http_billing_edit_t *edit, ngx_http_billing_outcome_t outcome)
{
    ngx_http_billing_op_t             *op;
    const ngx_http_billing_resource_t *resource;

    op = edit->op;
    resource = edit->resource;

    switch (outcome) {
    case NGX_HTTP_BILLING_WRITE_NAME:
    case NGX_HTTP_BILLING_WRITE_ALIKE:
        ngx_http_billing_commit_taken(edit, outcome);
        break;

    case NGX_HTTP_BILLING_WRITE_PARENT:
        ngx_http_billing_commit_invalid(
            edit, "not_found", "There is none of this id.");
        break;

    case NGX_HTTP_BILLING_WRITE_DEPTH:
        ngx_http_billing_commit_invalid(
            edit, "limit", "Groups are nested at most 8 levels deep.");
        break;

    case NGX_HTTP_BILLING_WRITE_CYCLE:
        ngx_http_billing_commit_invalid(
            edit, "range", "A group cannot be put into itself.");
        break;

    case NGX_HTTP_BILLING_WRITE_MISSING:
        ngx_http_billing_resource_missing(op, resource);
        break;

    case NGX_HTTP_BILLING_WRITE_VERSION:
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_PRECONDITION_FAILED,
            "the %s is being changed all the time", resource->noun);
        break;

    case NGX_HTTP_BILLING_WRITE_HELD:
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_CONFLICT_,
            "the %s is not empty", resource->noun);
        break;

    case NGX_HTTP_BILLING_WRITE_AWAY:
        ngx_http_billing_resource_away(op);
        break;

    case NGX_HTTP_BILLING_WRITE_UNSURE:
        ngx_http_billing_resource_unsure(op);
        break;

    case NGX_HTTP_BILLING_WRITE_DONE:
    case NGX_HTTP_BILLING_WRITE_REPLAY:
    case NGX_HTTP_BILLING_WRITE_REUSED:
    case NGX_HTTP_BILLING_WRITE_TAKEN:
    case NGX_HTTP_BILLING_WRITE_OVERLAP:
    default:
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_INTERNAL,
            "the %s could not be written", resource->noun);
        break;
    }
}


/* What is wrong is where the object is to be put. */

static void
ngx_http_billing_commit_invalid(
    ngx_http_billing_edit_t *edit, const char *code, const char *message)
{
    billing_errors_t errors;

    billing_errors_init(&errors);
    billing_errors_add_member(&errors, "",
        ngx_http_billing_kinds[edit->resource->kind].parent, code, message);

    ngx_http_billing_send_errors(edit->op, NGX_HTTP_BILLING_INVALID, &errors,
        "the %s cannot be put there", edit->resource->noun);
}
