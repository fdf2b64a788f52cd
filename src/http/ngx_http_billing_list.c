
/*
 * Lists: newest first, page by page.  A cursor is the place of the last object
 * in the order of creation, so pages do not shift when objects come or go.
 */

#include "http/ngx_http_billing_resource.h"

#include "core/billing_query.h"
#include "core/billing_text.h"


#define NGX_HTTP_BILLING_LIST_LIMIT     50
#define NGX_HTTP_BILLING_LIST_LIMIT_MAX 1000
#define NGX_HTTP_BILLING_LIST_MAX       (64 * 1024 * 1024)
#define NGX_HTTP_BILLING_LIST_Q_MAX     4096

enum {
    NGX_HTTP_BILLING_LIST_Q = 0,
    NGX_HTTP_BILLING_LIST_CURSOR,
    NGX_HTTP_BILLING_LIST_SIZE,
    NGX_HTTP_BILLING_LIST_FIELDS,
    NGX_HTTP_BILLING_LIST_PROVIDER, /* from here on: of accounts only */
    NGX_HTTP_BILLING_LIST_PROJECT,
    NGX_HTTP_BILLING_LIST_ARGS
};


typedef struct {
    const ngx_http_billing_resource_t *resource;
    billing_arg_t                      args[NGX_HTTP_BILLING_LIST_ARGS];
    void                              *memory; /* of the arguments */
    billing_buf_t                      q;      /* folded */
    billing_json_fields_t              fields;
    ngx_uint_t                         below; /* 0: from the newest on */
    ngx_uint_t                         limit;

    ngx_uint_t total;
    ngx_uint_t shown;
    ngx_uint_t last; /* shown; its seq */
    unsigned   more : 1;
} ngx_http_billing_list_t;


static void      ngx_http_billing_list_free(void *data);
static ngx_int_t ngx_http_billing_list_parse(
    ngx_http_billing_op_t *op, ngx_http_billing_list_t *list);
static void ngx_http_billing_list_cursor(
    ngx_http_billing_list_t *list, billing_errors_t *errors);
static void ngx_http_billing_list_send(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);
static void       ngx_http_billing_list_page(ngx_http_billing_op_t *op,
          ngx_http_billing_list_t *list, ngx_http_billing_mirror_t *mirror,
          billing_json_t *w);
static ngx_uint_t ngx_http_billing_list_match(
    ngx_http_billing_list_t *list, ngx_http_billing_object_t *object);
static ngx_uint_t ngx_http_billing_list_linked(
    const billing_buf_t *q, const ngx_http_billing_object_t *object);
static ngx_uint_t ngx_http_billing_list_equal(
    billing_arg_t *arg, ngx_str_t *value);
static void ngx_http_billing_list_next(billing_json_t *w, ngx_uint_t seq);


void
ngx_http_billing_resource_list(
    ngx_http_billing_op_t *op, const ngx_http_billing_resource_t *resource)
{
    ngx_int_t                rc;
    ngx_pool_cleanup_t      *cln;
    ngx_http_billing_list_t *list;

    cln = ngx_pool_cleanup_add(op->pool, sizeof(ngx_http_billing_list_t));
    if (cln == NULL) {
        ngx_http_billing_send_nomem(op);
        return;
    }

    list = cln->data;
    ngx_memzero(list, sizeof(ngx_http_billing_list_t));
    cln->handler = ngx_http_billing_list_free;

    list->resource = resource;
    rc = ngx_http_billing_list_parse(op, list);

    if (rc == NGX_OK) {
        ngx_http_billing_resource_load(op, ngx_http_billing_list_send, list);
    }
}


static void
ngx_http_billing_list_free(void *data)
{
    ngx_http_billing_list_t *list = data;

    free(list->memory);
    billing_buf_free(&list->q);
}


/* NGX_DECLINED: a problem was sent. */

static ngx_int_t
ngx_http_billing_list_parse(
    ngx_http_billing_op_t *op, ngx_http_billing_list_t *list)
{
    ngx_uint_t       n;
    billing_arg_t   *args;
    billing_str_t    text;
    billing_errors_t errors;
    billing_status_t rc;

    static const char *const names[] = { "q", "cursor", "limit", "fields",
        "provider", "project" };

    args = list->args;

    for (n = 0; n < NGX_HTTP_BILLING_LIST_ARGS; n++) {
        args[n].name = names[n];
    }

    if (list->resource->kind != NGX_HTTP_BILLING_ACCOUNT) {
        n = NGX_HTTP_BILLING_LIST_PROVIDER;
    }

    billing_errors_init(&errors);

    text = (billing_str_t){ (char *) op->args.data, op->args.len };

    rc = billing_args_parse(text, args, n, &list->memory, &errors);

    list->limit = ngx_http_billing_list_limit(
        &args[NGX_HTTP_BILLING_LIST_SIZE], &errors);
    ngx_http_billing_list_cursor(list, &errors);

    if (ngx_http_billing_list_query(
            &args[NGX_HTTP_BILLING_LIST_Q], &list->q, &errors)
        == BILLING_NOMEM)
    {
        rc = BILLING_NOMEM;
    }

    ngx_http_billing_list_fields(&args[NGX_HTTP_BILLING_LIST_FIELDS],
        list->resource->members, &list->fields, &errors);

    return ngx_http_billing_resource_query(op, rc, &errors);
}


ngx_uint_t
ngx_http_billing_list_limit(billing_arg_t *arg, billing_errors_t *errors)
{
    ngx_int_t limit;

    if (!arg->given) {
        return NGX_HTTP_BILLING_LIST_LIMIT;
    }

    limit = ngx_atoi((u_char *) arg->value.data, arg->value.len);

    if (limit < 1 || limit > NGX_HTTP_BILLING_LIST_LIMIT_MAX) {
        billing_errors_add(errors, "/limit", "range",
            "The limit must be from 1 to %d.", NGX_HTTP_BILLING_LIST_LIMIT_MAX);
        return NGX_HTTP_BILLING_LIST_LIMIT;
    }

    return limit;
}


billing_status_t
ngx_http_billing_list_query(
    billing_arg_t *arg, billing_buf_t *folded, billing_errors_t *errors)
{
    billing_status_t rc;

    billing_buf_init(folded, NGX_HTTP_BILLING_LIST_Q_MAX);

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
ngx_http_billing_list_fields(billing_arg_t *arg, const char *const *members,
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
ngx_http_billing_list_cursor(
    ngx_http_billing_list_t *list, billing_errors_t *errors)
{
    u_char         buf[32];
    ngx_int_t      n;
    ngx_str_t      text, plain;
    billing_arg_t *arg;

    arg = &list->args[NGX_HTTP_BILLING_LIST_CURSOR];

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
ngx_http_billing_list_send(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_list_t *list = data;

    ngx_str_t      control = ngx_string("private, no-cache");
    billing_buf_t  body;
    billing_json_t w;

    billing_buf_init(&body, NGX_HTTP_BILLING_LIST_MAX);
    billing_json_init(&w, &body);

    billing_json_begin_object(&w);

    billing_json_key(&w, ngx_http_billing_kinds[list->resource->kind].shown);
    billing_json_begin_array(&w);
    billing_json_only(&w, &list->fields);
    ngx_http_billing_list_page(op, list, mirror, &w);
    billing_json_only(&w, NULL);
    billing_json_end_array(&w);

    billing_json_key(&w, "next_cursor");
    ngx_http_billing_list_next(&w, list->more ? list->last : 0);

    billing_json_key(&w, "total");
    billing_json_int(&w, list->total);

    billing_json_end_object(&w);

    (void) ngx_http_billing_header(op, "Cache-Control", &control);
    ngx_http_billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


/* Goes through all, because the total is wanted, too. */

static void
ngx_http_billing_list_page(ngx_http_billing_op_t *op,
    ngx_http_billing_list_t *list, ngx_http_billing_mirror_t *mirror,
    billing_json_t *w)
{
    ngx_http_billing_object_t         *object;
    const ngx_http_billing_resource_t *resource;

    resource = list->resource;
    object = ngx_http_billing_mirror_first(mirror, resource->kind, 0);

    for (/* void */; object != NULL;
         object = ngx_http_billing_mirror_next(mirror, object))
    {
        if (!resource->visible(op, mirror, object)
            || !ngx_http_billing_list_match(list, object))
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

        ngx_http_billing_resource_write(w, resource, object);
        list->last = object->seq;
        list->shown++;
    }
}


static ngx_uint_t
ngx_http_billing_list_match(
    ngx_http_billing_list_t *list, ngx_http_billing_object_t *object)
{
    billing_arg_t *args;

    args = list->args;

    if (!ngx_http_billing_list_equal(
            &args[NGX_HTTP_BILLING_LIST_PROVIDER], &object->provider)
        || !ngx_http_billing_list_equal(
            &args[NGX_HTTP_BILLING_LIST_PROJECT], &object->parent))
    {
        return 0;
    }

    return list->q.len == 0
           || memmem(object->search.data, object->search.len, list->q.data,
                  list->q.len)
                  != NULL
           || ngx_http_billing_list_linked(&list->q, object);
}


/* An account is found by any linked account that it has. */

static ngx_uint_t
ngx_http_billing_list_linked(
    const billing_buf_t *q, const ngx_http_billing_object_t *object)
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
ngx_http_billing_list_equal(billing_arg_t *arg, ngx_str_t *value)
{
    if (arg->value.len == 0) {
        return 1;
    }

    return arg->value.len == value->len
           && ngx_memcmp(arg->value.data, value->data, value->len) == 0;
}


static void
ngx_http_billing_list_next(billing_json_t *w, ngx_uint_t seq)
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
