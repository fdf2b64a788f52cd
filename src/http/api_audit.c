
/*
 * The endpoint that shows the audit log, newest first, page by page.  A cursor
 * is the id of a page's last entry.  Filters read on, a thousand entries at a
 * time, until the page is full.
 */

#include "http/resource.h"

#include "core/date.h"
#include "core/query.h"
#include "store/audit.h"


#define BILLING_AUDIT_LIMIT     50
#define BILLING_AUDIT_LIMIT_MAX 1000
#define BILLING_AUDIT_CHUNK     1000
#define BILLING_AUDIT_MAX       (8 * 1024 * 1024)
#define BILLING_AUDIT_ID_MAX    48

enum {
    BILLING_AUDIT_CURSOR = 0,
    BILLING_AUDIT_SIZE,
    BILLING_AUDIT_FIELDS,
    BILLING_AUDIT_USER, /* from here on: what is wanted */
    BILLING_AUDIT_ACTION,
    BILLING_AUDIT_OBJECT,
    BILLING_AUDIT_NARGS
};


typedef struct {
    billing_op_t         *op;
    billing_arg_t         args[BILLING_AUDIT_NARGS];
    void                 *memory; /* of the arguments */
    billing_audit_read_t *read;
    billing_json_fields_t fields;
    ngx_uint_t            limit;
    ngx_uint_t            chunk;
    ngx_uint_t            shown;
    billing_buf_t         body;
    billing_json_t        w;

    /* where to read on, and the last entry shown */
    u_char    before_data[BILLING_AUDIT_ID_MAX];
    u_char    last_data[BILLING_AUDIT_ID_MAX];
    ngx_str_t before;
    ngx_str_t last;
    unsigned  filtered : 1;
} billing_audit_list_t;


static void      api_audit_free(void *data);
static ngx_int_t api_audit_parse(billing_op_t *op, billing_audit_list_t *list);
static void      api_audit_numbers(
         billing_audit_list_t *list, billing_errors_t *errors);
static void api_audit_copy(ngx_str_t *to, const ngx_str_t *id);
static void api_audit_ask(billing_audit_list_t *list);
static void api_audit_abort(billing_op_t *op);
static void api_audit_more(void *data, const billing_audit_entry_t *entries,
    ngx_uint_t n, ngx_uint_t total);
static ngx_uint_t api_audit_match(
    billing_audit_list_t *list, const billing_audit_entry_t *entry);
static ngx_uint_t api_audit_is(
    const billing_arg_t *arg, const ngx_str_t *value);
static void api_audit_write(
    billing_json_t *w, const billing_audit_entry_t *entry);
static void api_audit_text(
    billing_json_t *w, const char *name, const ngx_str_t *value);
static void api_audit_changes(billing_json_t *w, const ngx_str_t *changes);
static void api_audit_send(
    billing_audit_list_t *list, ngx_uint_t more, ngx_uint_t total);


void
billing_api_audit(billing_op_t *op)
{
    ngx_pool_cleanup_t   *cln;
    billing_audit_list_t *list;

    cln = ngx_pool_cleanup_add(op->pool, sizeof(billing_audit_list_t));
    if (cln == NULL) {
        billing_send_nomem(op);
        return;
    }

    list = cln->data;
    ngx_memzero(list, sizeof(billing_audit_list_t));
    cln->handler = api_audit_free;

    list->op = op;
    list->before.data = list->before_data;
    list->last.data = list->last_data;
    billing_buf_init(&list->body, BILLING_AUDIT_MAX);

    if (api_audit_parse(op, list) != NGX_OK) {
        return;
    }

    billing_json_init(&list->w, &list->body);
    billing_json_begin_object(&list->w);
    billing_json_key(&list->w, "audit");
    billing_json_begin_array(&list->w);
    billing_json_only(&list->w, &list->fields);

    api_audit_ask(list);
}


static void
api_audit_free(void *data)
{
    billing_audit_list_t *list = data;

    free(list->memory);
    billing_buf_free(&list->body);
}


/* NGX_DECLINED: a problem was sent. */
static ngx_int_t
api_audit_parse(billing_op_t *op, billing_audit_list_t *list)
{
    ngx_uint_t       i;
    billing_str_t    text;
    billing_errors_t errors;
    billing_status_t rc;

    static const char *const names[] = { "cursor", "limit", "fields", "user",
        "action", "object" };
    static const char *const members[] = { "id", "time", "user", "action",
        "object", "name", "changes", "from", "request_id", NULL };

    for (i = 0; i < BILLING_AUDIT_NARGS; i++) {
        list->args[i].name = names[i];
    }

    billing_errors_init(&errors);
    text = (billing_str_t){ (char *) op->args.data, op->args.len };

    rc = billing_args_parse(
        text, list->args, BILLING_AUDIT_NARGS, &list->memory, &errors);

    api_audit_numbers(list, &errors);
    billing_list_fields(
        &list->args[BILLING_AUDIT_FIELDS], members, &list->fields, &errors);

    for (i = BILLING_AUDIT_USER; i < BILLING_AUDIT_NARGS; i++) {
        list->filtered |= list->args[i].value.len != 0;
    }

    list->chunk = list->filtered ? BILLING_AUDIT_CHUNK : list->limit + 1;

    return billing_resource_query(op, rc, &errors);
}


static void
api_audit_numbers(billing_audit_list_t *list, billing_errors_t *errors)
{
    ngx_int_t      limit;
    ngx_str_t      id;
    billing_arg_t *arg;

    arg = &list->args[BILLING_AUDIT_SIZE];
    limit = BILLING_AUDIT_LIMIT;

    if (arg->given) {
        limit = ngx_atoi((u_char *) arg->value.data, arg->value.len);
    }

    if (limit < 1 || limit > BILLING_AUDIT_LIMIT_MAX) {
        billing_errors_add(errors, "/limit", "range",
            "The limit must be from 1 to %d.", BILLING_AUDIT_LIMIT_MAX);
        limit = BILLING_AUDIT_LIMIT;
    }

    list->limit = limit;

    arg = &list->args[BILLING_AUDIT_CURSOR];

    if (!arg->given) {
        return;
    }

    id.data = (u_char *) arg->value.data;
    id.len = arg->value.len;

    if (id.len > BILLING_AUDIT_ID_MAX || billing_audit_id(&id) != NGX_OK) {
        billing_errors_add(errors, "/cursor", "format",
            "This is not the cursor of an earlier page.");
        return;
    }

    api_audit_copy(&list->before, &id);
}


static void
api_audit_copy(ngx_str_t *to, const ngx_str_t *id)
{
    to->len = ngx_min(id->len, BILLING_AUDIT_ID_MAX);
    ngx_memcpy(to->data, id->data, to->len);
}


static void
api_audit_ask(billing_audit_list_t *list)
{
    billing_op_t *op;

    op = list->op;

    list->read = billing_audit_read(&op->bmcf->store, &op->domain,
        &list->before, list->chunk, api_audit_more, list);

    if (list->read == NULL) {
        billing_send_nomem(op);
        return;
    }

    op->data = list;
    op->abort = api_audit_abort;
}


static void
api_audit_abort(billing_op_t *op)
{
    billing_audit_list_t *list;

    list = op->data;

    billing_audit_cancel(list->read);
    billing_op_finish(op);
}


static void
api_audit_more(void *data, const billing_audit_entry_t *entries, ngx_uint_t n,
    ngx_uint_t total)
{
    billing_audit_list_t *list = data;

    ngx_uint_t i;

    list->op->abort = NULL;

    if (entries == NULL) {
        billing_resource_away(list->op);
        return;
    }

    for (i = 0; i < n; i++) {
        if (!api_audit_match(list, &entries[i])) {
            continue;
        }

        if (list->shown == list->limit) {
            api_audit_send(list, 1, total);
            return;
        }

        api_audit_write(&list->w, &entries[i]);
        api_audit_copy(&list->last, &entries[i].id);
        list->shown++;
    }

    if (n < list->chunk || entries[n - 1].id.len == 0) {
        api_audit_send(list, 0, total);
        return;
    }

    api_audit_copy(&list->before, &entries[n - 1].id);
    api_audit_ask(list);
}


static ngx_uint_t
api_audit_match(billing_audit_list_t *list, const billing_audit_entry_t *entry)
{
    const billing_arg_t *args;

    args = list->args;

    return entry->audit.action.len != 0
           && api_audit_is(&args[BILLING_AUDIT_USER], &entry->audit.user)
           && api_audit_is(&args[BILLING_AUDIT_ACTION], &entry->audit.action)
           && api_audit_is(&args[BILLING_AUDIT_OBJECT], &entry->object);
}


static ngx_uint_t
api_audit_is(const billing_arg_t *arg, const ngx_str_t *value)
{
    return arg->value.len == 0
           || (arg->value.len == value->len
               && ngx_memcmp(arg->value.data, value->data, value->len) == 0);
}


static void
api_audit_write(billing_json_t *w, const billing_audit_entry_t *entry)
{
    char time[BILLING_TIME_LEN];

    billing_time_format(entry->time, time);

    billing_json_begin_object(w);
    api_audit_text(w, "id", &entry->id);
    billing_json_key(w, "time");
    billing_json_cstring(w, time);
    api_audit_text(w, "user", &entry->audit.user);
    api_audit_text(w, "action", &entry->audit.action);
    api_audit_text(w, "object", &entry->object);
    api_audit_text(w, "name", &entry->audit.name);
    api_audit_changes(w, &entry->audit.changes);
    api_audit_text(w, "from", &entry->audit.from);
    api_audit_text(w, "request_id", &entry->audit.request_id);
    billing_json_end_object(w);
}


static void
api_audit_text(billing_json_t *w, const char *name, const ngx_str_t *value)
{
    billing_json_key(w, name);

    if (value->len == 0) {
        billing_json_null(w);
        return;
    }

    billing_json_string(w, (billing_str_t){ (char *) value->data, value->len });
}


static void
api_audit_changes(billing_json_t *w, const ngx_str_t *changes)
{
    u_char *p, *end, *last;

    billing_json_key(w, "changes");
    billing_json_begin_array(w);

    p = changes->data;
    last = p + changes->len;

    for (/* void */; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        billing_json_string(w, (billing_str_t){ (char *) p, end - p });
    }

    billing_json_end_array(w);
}


/* How many there are that a filter lets through is not known. */
static void
api_audit_send(billing_audit_list_t *list, ngx_uint_t more, ngx_uint_t total)
{
    ngx_str_t       control = ngx_string("private, no-cache"), none;
    billing_json_t *w;

    w = &list->w;
    ngx_str_null(&none);

    billing_json_only(w, NULL);
    billing_json_end_array(w);
    api_audit_text(w, "next_cursor", more ? &list->last : &none);
    billing_json_key(w, "total");

    if (list->filtered) {
        billing_json_null(w);

    } else {
        billing_json_int(w, total);
    }

    billing_json_end_object(w);

    (void) billing_send_header(list->op, "Cache-Control", &control);
    billing_send(list->op, NGX_HTTP_OK, "application/json", &list->body);
}
