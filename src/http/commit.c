
/*
 * The end of an edit: the write, and what comes of it.
 */

#include "http/edit.h"


#define BILLING_COMMIT_MAX (1024 * 1024)


static void       commit_audit(billing_edit_t *edit);
static ngx_uint_t commit_same(const ngx_str_t *a, const ngx_str_t *b);
static void       commit_body(billing_edit_t *edit, billing_buf_t *body);
static ngx_int_t  commit_remember(billing_edit_t *edit);
static void       commit_done(void *data, billing_outcome_t outcome,
          ngx_str_t *values, ngx_uint_t nvalues);
static void       commit_answer(billing_edit_t *edit);
static void       commit_send(
          billing_edit_t *edit, billing_object_t *object, billing_buf_t *body);
static void commit_taken(billing_edit_t *edit, billing_outcome_t outcome);
static void commit_invalid(
    billing_edit_t *edit, const char *code, const char *message);
static ngx_int_t commit_location(billing_edit_t *edit, ngx_str_t *id);


void
billing_commit(billing_edit_t *edit)
{
    ngx_int_t        rc;
    billing_op_t    *op;
    billing_store_t *store;

    op = edit->op;
    store = &op->bmcf->store;

    commit_audit(edit);

    if (edit->made) {
        rc = commit_remember(edit);

        if (rc == NGX_OK) {
            rc = billing_write_create(
                store, &op->domain, &edit->change, commit_done, edit);
        }

    } else {
        rc = billing_write_update(
            store, &op->domain, &edit->change, commit_done, edit);
    }

    if (rc != NGX_OK) {
        billing_send_nomem(op);
    }
}


/* Of a change: the members that are others now. */
static void
commit_audit(billing_edit_t *edit)
{
    char             *p;
    ngx_uint_t        i;
    billing_object_t *was, *is;

    was = &edit->old;
    is = &edit->next;

    const struct {
        const char *name;
        ngx_uint_t  same;
    } members[] = {
        { "name", commit_same(&was->name, &is->name) },
        { billing_kinds[edit->resource->kind].parent,
            commit_same(&was->parent, &is->parent) },
        { "tags", commit_same(&was->tags, &is->tags) },
        { "credentials", commit_same(&was->credential, &is->credential) },
    };

    p = edit->changes;

    for (i = 0; !edit->made && i < sizeof(members) / sizeof(members[0]); i++) {
        if (!members[i].same) {
            p = (char *) ngx_sprintf((u_char *) p, "%s%s",
                p == edit->changes ? "" : ",", members[i].name);
        }
    }

    *p = '\0';

    edit->change.audit = billing_audit(
        edit->op, &is->id, &is->name, edit->changes);
}


static ngx_uint_t
commit_same(const ngx_str_t *a, const ngx_str_t *b)
{
    return a->len == b->len && ngx_memcmp(a->data, b->data, a->len) == 0;
}


static void
commit_body(billing_edit_t *edit, billing_buf_t *body)
{
    billing_json_t w;

    billing_buf_init(body, BILLING_COMMIT_MAX);
    billing_json_init(&w, body);
    billing_resource_write(&w, edit->resource, &edit->next);
}


static ngx_int_t
commit_remember(billing_edit_t *edit)
{
    ngx_str_t    *answer;
    billing_buf_t body;

    if (edit->change.once.key.len == 0) {
        return NGX_OK;
    }

    commit_body(edit, &body);

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
commit_done(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
    billing_edit_t *edit = data;

    switch (outcome) {
    case BILLING_WRITE_DONE:
        commit_answer(edit);
        break;

    case BILLING_WRITE_REPLAY:
    case BILLING_WRITE_REUSED:
        billing_commit_replay(edit, outcome, values, nvalues);
        break;

    case BILLING_WRITE_TAKEN:
    case BILLING_WRITE_VERSION:
        if (edit->tries++ < BILLING_EDIT_TRIES) {
            edit->again(edit);
            break;
        }

        billing_commit_refuse(edit, outcome);
        break;

    case BILLING_WRITE_OVERLAP:
        if (edit->shared != NULL && nvalues >= 2) {
            edit->shared(edit, values, nvalues);
            break;
        }

        /* fall through */

    case BILLING_WRITE_PARENT:
    case BILLING_WRITE_DEPTH:
    case BILLING_WRITE_CYCLE:
    case BILLING_WRITE_NAME:
    case BILLING_WRITE_ALIKE:
    case BILLING_WRITE_MISSING:
    case BILLING_WRITE_HELD:
    case BILLING_WRITE_AWAY:
    case BILLING_WRITE_UNSURE:
    default:
        billing_commit_refuse(edit, outcome);
        break;
    }
}


static void
commit_answer(billing_edit_t *edit)
{
    billing_buf_t body;

    if (edit->made && commit_location(edit, &edit->next.id) != NGX_OK) {
        billing_send_nomem(edit->op);
        return;
    }

    commit_body(edit, &body);
    commit_send(edit, &edit->next, &body);
}


static void
commit_send(billing_edit_t *edit, billing_object_t *object, billing_buf_t *body)
{
    u_char    text[BILLING_RESOURCE_ETAG_LEN];
    ngx_str_t etag;

    etag = billing_resource_etag(object, text);

    if (billing_send_header(edit->op, "ETag", &etag) != NGX_OK) {
        billing_buf_free(body);
        billing_send_nomem(edit->op);
        return;
    }

    billing_send(edit->op, edit->made ? NGX_HTTP_CREATED : NGX_HTTP_OK,
        "application/json", body);
}


static ngx_int_t
commit_location(billing_edit_t *edit, ngx_str_t *id)
{
    ngx_str_t     location;
    billing_op_t *op;

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

    return billing_send_header(op, "Location", &location);
}


void
billing_commit_replay(billing_edit_t *edit, billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues)
{
    json_t          *answer;
    billing_buf_t    body;
    billing_object_t object;

    if (outcome == BILLING_WRITE_REUSED || nvalues != 2) {
        billing_send_problem(edit->op, BILLING_PROBLEM_INVALID,
            "this Idempotency-Key was used for another request");
        return;
    }

    answer = json_loadb((char *) values[1].data, values[1].len, 0, NULL);
    json_decref(answer);

    if (answer == NULL) {
        billing_send_problem(edit->op, BILLING_PROBLEM_INTERNAL,
            "the answer to the first request is broken");
        return;
    }

    if (commit_location(edit, &values[0]) != NGX_OK) {
        billing_send_nomem(edit->op);
        return;
    }

    billing_buf_init(&body, BILLING_COMMIT_MAX);
    billing_buf_add(&body, values[1].data, values[1].len);

    ngx_memzero(&object, sizeof(billing_object_t));
    object.version = 1;
    edit->made = 1;
    edit->op->code = "replayed";

    commit_send(edit, &object, &body);
}


static void
commit_taken(billing_edit_t *edit, billing_outcome_t outcome)
{
    const char               *has;
    billing_errors_t          errors;
    const billing_resource_t *resource;

    resource = edit->resource;
    billing_errors_init(&errors);

    if (outcome == BILLING_WRITE_NAME) {
        has = "has the name";
        billing_errors_add(
            &errors, "/name", "duplicate", "This name is taken.");

    } else {
        has = "has a name that looks like";
        billing_errors_add(
            &errors, "/name", "alike", "This name looks like another one.");
    }

    billing_send_errors(edit->op, BILLING_PROBLEM_CONFLICT, &errors,
        "another %s %s %s \"%.*s\"", resource->noun, resource->place, has,
        (int) edit->next.name.len, edit->next.name.data);
}


void
billing_commit_refuse(billing_edit_t *edit, billing_outcome_t outcome)
{
    billing_op_t             *op;
    const billing_resource_t *resource;

    op = edit->op;
    resource = edit->resource;

    switch (outcome) {
    case BILLING_WRITE_NAME:
    case BILLING_WRITE_ALIKE:
        commit_taken(edit, outcome);
        break;

    case BILLING_WRITE_PARENT:
        commit_invalid(edit, "not_found", "There is none of this id.");
        break;

    case BILLING_WRITE_DEPTH:
        commit_invalid(
            edit, "limit", "Groups are nested at most 8 levels deep.");
        break;

    case BILLING_WRITE_CYCLE:
        commit_invalid(edit, "range", "A group cannot be put into itself.");
        break;

    case BILLING_WRITE_MISSING:
        billing_resource_missing(op, resource);
        break;

    case BILLING_WRITE_VERSION:
        billing_send_problem(op, BILLING_PROBLEM_PRECONDITION_FAILED,
            "the %s is being changed all the time", resource->noun);
        break;

    case BILLING_WRITE_HELD:
        billing_send_problem(op, BILLING_PROBLEM_CONFLICT,
            "the %s is not empty", resource->noun);
        break;

    case BILLING_WRITE_AWAY:
        billing_resource_away(op);
        break;

    case BILLING_WRITE_UNSURE:
        billing_resource_unsure(op);
        break;

    case BILLING_WRITE_DONE:
    case BILLING_WRITE_REPLAY:
    case BILLING_WRITE_REUSED:
    case BILLING_WRITE_TAKEN:
    case BILLING_WRITE_OVERLAP:
    default:
        billing_send_problem(op, BILLING_PROBLEM_INTERNAL,
            "the %s could not be written", resource->noun);
        break;
    }
}


/* What is wrong is where the object is to be put. */

static void
commit_invalid(billing_edit_t *edit, const char *code, const char *message)
{
    billing_errors_t errors;

    billing_errors_init(&errors);
    billing_errors_add_member(
        &errors, "", billing_kinds[edit->resource->kind].parent, code, message);

    billing_send_errors(edit->op, BILLING_PROBLEM_INVALID, &errors,
        "the %s cannot be put there", edit->resource->noun);
}
