
/*
 * Lists: newest first, page by page.  A cursor is the place of the last object
 * in the order of creation, so pages do not shift when objects come or go.
 */

#include "http/resource.h"

#include "core/query.h"
#include "core/text.h"


#define BILLING_LIST_LIMIT     50
#define BILLING_LIST_LIMIT_MAX 1000
#define BILLING_LIST_MAX       (64 * 1024 * 1024)
#define BILLING_LIST_Q_MAX     4096

enum {
    BILLING_LIST_Q = 0,
    BILLING_LIST_CURSOR,
    BILLING_LIST_SIZE,
    BILLING_LIST_FIELDS,
    BILLING_LIST_PROVIDER, /* from here on: of accounts only */
    BILLING_LIST_PROJECT,
    BILLING_LIST_ARGS
};


typedef struct {
    const billing_resource_t *resource;
    billing_arg_t             args[BILLING_LIST_ARGS];
    void                     *memory; /* of the arguments */
    billing_buf_t             q;      /* folded */
    billing_json_fields_t     fields;
    ngx_uint_t                below; /* 0: from the newest on */
    ngx_uint_t                limit;

    ngx_uint_t total;
    ngx_uint_t shown;
    ngx_uint_t last; /* shown; its seq */
    unsigned   more : 1;
} billing_list_t;


static void      list_free(void *data);
static ngx_int_t list_parse(billing_op_t *op, billing_list_t *list);
static void      list_cursor(billing_list_t *list, billing_errors_t *errors);
static void list_send(billing_op_t *op, void *data, billing_mirror_t *mirror);
static void list_page(billing_op_t *op, billing_list_t *list,
    billing_mirror_t *mirror, billing_json_t *w);
static ngx_uint_t list_match(billing_list_t *list, billing_object_t *object);
static ngx_uint_t list_linked(
    const billing_buf_t *q, const billing_object_t *object);
static ngx_uint_t list_equal(billing_arg_t *arg, ngx_str_t *value);
static void       list_next(billing_json_t *w, ngx_uint_t seq);


void
billing_list_resource(billing_op_t *op, const billing_resource_t *resource)
{
    ngx_int_t           rc;
    ngx_pool_cleanup_t *cln;
    billing_list_t     *list;

    cln = ngx_pool_cleanup_add(op->pool, sizeof(billing_list_t));
    if (cln == NULL) {
        billing_send_nomem(op);
        return;
    }

    list = cln->data;
    ngx_memzero(list, sizeof(billing_list_t));
    cln->handler = list_free;

    list->resource = resource;
    rc = list_parse(op, list);

    if (rc == NGX_OK) {
        billing_resource_load(op, list_send, list);
    }
}


static void
list_free(void *data)
{
    billing_list_t *list = data;

    free(list->memory);
    billing_buf_free(&list->q);
}


/* NGX_DECLINED: a problem was sent. */

static ngx_int_t
list_parse(billing_op_t *op, billing_list_t *list)
{
    ngx_uint_t       n;
    billing_arg_t   *args;
    billing_str_t    text;
    billing_errors_t errors;
    billing_status_t rc;

    static const char *const names[] = { "q", "cursor", "limit", "fields",
        "provider", "project" };

    args = list->args;

    for (n = 0; n < BILLING_LIST_ARGS; n++) {
        args[n].name = names[n];
    }

    if (list->resource->kind != BILLING_KIND_ACCOUNT) {
        n = BILLING_LIST_PROVIDER;
    }

    billing_errors_init(&errors);

    text = (billing_str_t){ (char *) op->args.data, op->args.len };

    rc = billing_args_parse(text, args, n, &list->memory, &errors);

    list->limit = billing_list_limit(&args[BILLING_LIST_SIZE], &errors);
    list_cursor(list, &errors);

    if (billing_list_query(&args[BILLING_LIST_Q], &list->q, &errors)
        == BILLING_NOMEM)
    {
        rc = BILLING_NOMEM;
    }

    billing_list_fields(&args[BILLING_LIST_FIELDS], list->resource->members,
        &list->fields, &errors);

    return billing_resource_query(op, rc, &errors);
}


ngx_uint_t
billing_list_limit(billing_arg_t *arg, billing_errors_t *errors)
{
    ngx_int_t limit;

    if (!arg->given) {
        return BILLING_LIST_LIMIT;
    }

    limit = ngx_atoi((u_char *) arg->value.data, arg->value.len);

    if (limit < 1 || limit > BILLING_LIST_LIMIT_MAX) {
        billing_errors_add(errors, "/limit", "range",
            "The limit must be from 1 to %d.", BILLING_LIST_LIMIT_MAX);
        return BILLING_LIST_LIMIT;
    }

    return limit;
}


billing_status_t
billing_list_query(
    billing_arg_t *arg, billing_buf_t *folded, billing_errors_t *errors)
{
    billing_status_t rc;

    billing_buf_init(folded, BILLING_LIST_Q_MAX);

    if (arg->value.len == 0) {
        return BILLING_OK;
    }

    rc = billing_text_fold(arg->value, folded);

    if (rc != BILLING_OK && rc != BILLING_NOMEM) {
        billing_errors_add(
            errors, "/q", "length", "This is too long to search for.");
    }

    return rc;
}


/* Their order is that of the things themselves, however they are named. */
void
billing_list_fields(billing_arg_t *arg, const char *const *members,
    billing_json_fields_t *fields, billing_errors_t *errors)
{
    size_t        len;
    ngx_uint_t    i;
    const char   *comma;
    billing_str_t resource;

    fields->names = members;
    fields->wanted = 0;
    resource = arg->value;

    while (arg->given && resource.data != NULL) {
        comma = resource.len == 0 ? NULL
                                  : memchr(resource.data, ',', resource.len);
        len = comma == NULL ? resource.len : (size_t) (comma - resource.data);

        for (i = 0; members[i] != NULL; i++) {
            if (billing_str_eq((billing_str_t){ resource.data, len },
                    billing_str_from(members[i])))
            {
                break;
            }
        }

        if (members[i] == NULL) {
            billing_errors_add(errors, "/fields", "enum",
                "They are names of members, with commas between them.");
            return;
        }

        fields->wanted |= 1ul << i;

        if (comma == NULL) {
            return;
        }

        resource.data += len + 1;
        resource.len -= len + 1;
    }
}


static void
list_cursor(billing_list_t *list, billing_errors_t *errors)
{
    u_char         buf[32];
    ngx_int_t      n;
    ngx_str_t      text, plain;
    billing_arg_t *arg;

    arg = &list->args[BILLING_LIST_CURSOR];

    if (!arg->given) {
        return;
    }

    text.data = (u_char *) arg->value.data;
    text.len = arg->value.len;
    plain.data = buf;
    n = NGX_ERROR;

    if (ngx_base64_decoded_length(text.len) <= sizeof(buf)
        && ngx_decode_base64url(&plain, &text) == NGX_OK && plain.len > 1
        && buf[0] == 'c')
    {
        n = ngx_atoi(buf + 1, plain.len - 1);
    }

    if (n < 1) {
        billing_errors_add(errors, "/cursor", "format",
            "This is not the cursor of an earlier page.");
        return;
    }

    list->below = n;
}


static void
list_send(billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_list_t *list = data;

    ngx_str_t      control = ngx_string("private, no-cache");
    billing_buf_t  body;
    billing_json_t w;

    billing_buf_init(&body, BILLING_LIST_MAX);
    billing_json_init(&w, &body);

    billing_json_begin_object(&w);

    billing_json_key(&w, billing_kinds[list->resource->kind].shown);
    billing_json_begin_array(&w);
    billing_json_only(&w, &list->fields);
    list_page(op, list, mirror, &w);
    billing_json_only(&w, NULL);
    billing_json_end_array(&w);

    billing_json_key(&w, "next_cursor");
    list_next(&w, list->more ? list->last : 0);

    billing_json_key(&w, "total");
    billing_json_int(&w, list->total);

    billing_json_end_object(&w);

    (void) billing_send_header(op, "Cache-Control", &control);
    billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


/* Goes through all, because the total is wanted, too. */

static void
list_page(billing_op_t *op, billing_list_t *list, billing_mirror_t *mirror,
    billing_json_t *w)
{
    billing_object_t         *object;
    const billing_resource_t *resource;

    resource = list->resource;
    object = billing_mirror_first(mirror, resource->kind, 0);

    for (/* void */; object != NULL;
         object = billing_mirror_next(mirror, object)) {
        if (!resource->visible(op, mirror, object) || !list_match(list, object))
        {
            continue;
        }

        list->total++;

        if (list->below != 0 && object->seq >= list->below) {
            continue;
        }

        if (list->shown == list->limit) {
            list->more = 1;
            continue;
        }

        billing_resource_write(w, resource, object);
        list->last = object->seq;
        list->shown++;
    }
}


static ngx_uint_t
list_match(billing_list_t *list, billing_object_t *object)
{
    billing_arg_t *args;

    args = list->args;

    if (!list_equal(&args[BILLING_LIST_PROVIDER], &object->provider)
        || !list_equal(&args[BILLING_LIST_PROJECT], &object->parent))
    {
        return 0;
    }

    return list->q.len == 0
           || memmem(object->search.data, object->search.len, list->q.data,
                  list->q.len)
                  != NULL
           || list_linked(&list->q, object);
}


/* An account is found by any linked account that it has. */

static ngx_uint_t
list_linked(const billing_buf_t *q, const billing_object_t *object)
{
    ngx_uint_t       i;
    const ngx_str_t *id;

    for (i = 0; i < object->nlinked; i++) {
        id = &object->linked[i];

        if (id->len >= q->len
            && ngx_strlcasestrn(
                   id->data, id->data + id->len, (u_char *) q->data, q->len - 1)
                   != NULL)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
list_equal(billing_arg_t *arg, ngx_str_t *value)
{
    if (arg->value.len == 0) {
        return 1;
    }

    return arg->value.len == value->len
           && ngx_memcmp(arg->value.data, value->data, value->len) == 0;
}


static void
list_next(billing_json_t *w, ngx_uint_t seq)
{
    u_char    plain[NGX_INT_T_LEN + 1], text[2 * NGX_INT_T_LEN];
    ngx_str_t from, to;

    if (seq == 0) {
        billing_json_null(w);
        return;
    }

    from.data = plain;
    from.len = ngx_sprintf(plain, "c%ui", seq) - plain;
    to.data = text;

    ngx_encode_base64url(&to, &from);

    billing_json_string(w, (billing_str_t){ (char *) to.data, to.len });
}
