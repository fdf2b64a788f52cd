
#include "store/audit.h"

#include <hiredis/hiredis.h>

#include "core/text.h"
#include "event/lua.h"


#define BILLING_AUDIT_ID_LEN 48


struct billing_audit_read_s {
    billing_store_t      *store;
    billing_errand_t      errand;
    billing_redis_call_t *call;
    billing_audit_pt      done;
    void                 *data;
};


static ngx_int_t audit_split(
    const ngx_str_t *text, ngx_int_t *ms, ngx_int_t *n);
static ngx_str_t audit_before(
    const ngx_str_t *id, u_char text[BILLING_AUDIT_ID_LEN]);
static void audit_done(void *data, redisReply *reply, const char *error);
static void audit_entry(redisReply *reply, billing_audit_entry_t *entry);


BILLING_LUA(billing_audit_read_lua, "store/audit_read.lua");

static billing_redis_script_t audit_script_audit = {
    .text = billing_audit_read_lua,
    .reads = 1,
};


ngx_str_t *
billing_audit_args(const billing_audit_t *audit, ngx_str_t *args)
{
    args[0] = audit->user;
    args[1] = audit->from;
    args[2] = audit->request_id;
    args[3] = audit->action;
    args[4] = audit->name;
    args[5] = audit->changes;

    return args + BILLING_AUDIT_ARGS;
}


billing_audit_read_t *
billing_audit_read(billing_store_t *store, ngx_str_t *domain, ngx_str_t *before,
    ngx_uint_t limit, billing_audit_pt done, void *data)
{
    u_char                id[BILLING_AUDIT_ID_LEN];
    u_char                count[NGX_INT_T_LEN];
    ngx_str_t             args[2];
    billing_audit_read_t *read;

    read = ngx_alloc(sizeof(billing_audit_read_t), store->log);
    if (read == NULL) {
        return NULL;
    }

    read->store = store;
    read->errand = (billing_errand_t){ .what = "audit", .domain = *domain };
    read->done = done;
    read->data = data;

    args[0] = audit_before(before, id);
    args[1].data = count;
    args[1].len = ngx_sprintf(count, "%ui", limit) - count;

    read->call = billing_store_eval(
        store, &audit_script_audit, domain, 2, args, audit_done, read);

    if (read->call == NULL) {
        ngx_free(read);
        return NULL;
    }

    return read;
}


void
billing_audit_cancel(billing_audit_read_t *read)
{
    billing_redis_call_cancel(read->call);
    ngx_free(read);
}


ngx_int_t
billing_audit_id(const ngx_str_t *text)
{
    ngx_int_t ms, n;

    return audit_split(text, &ms, &n);
}


static ngx_int_t
audit_split(const ngx_str_t *text, ngx_int_t *ms, ngx_int_t *n)
{
    u_char *dash, *last;

    last = text->data + text->len;

    dash = ngx_strlchr(text->data, last, '-');
    if (dash == NULL) {
        return NGX_DECLINED;
    }

    *ms = ngx_atoi(text->data, dash - text->data);
    *n = ngx_atoi(dash + 1, last - dash - 1);

    return *ms > 0 && *n >= 0 ? NGX_OK : NGX_DECLINED;
}


/* "(<id>" is not known to a Redis before 6.2. */
static ngx_str_t
audit_before(const ngx_str_t *id, u_char text[BILLING_AUDIT_ID_LEN])
{
    u_char   *p;
    ngx_int_t ms, n;
    ngx_str_t before;

    before.data = text;

    if (audit_split(id, &ms, &n) != NGX_OK) {
        *text = '+';
        before.len = 1;
        return before;
    }

    p = n > 0 ? ngx_sprintf(text, "%i-%i", ms, n - 1)
              : ngx_sprintf(text, "%i", ms - 1);

    before.len = p - text;

    return before;
}


static void
audit_done(void *data, redisReply *reply, const char *error)
{
    billing_audit_read_t *read = data;

    size_t                 i;
    ngx_uint_t             n, total;
    redisReply            *list;
    billing_audit_entry_t *entries;

    n = 0;
    total = 0;
    entries = NULL;

    if (billing_store_reply(read->store, &read->errand, reply, error, 2)
            == NGX_OK
        && reply->element[0]->type == REDIS_REPLY_INTEGER
        && reply->element[1]->type == REDIS_REPLY_ARRAY)
    {
        total = reply->element[0]->integer;
        list = reply->element[1];

        entries = ngx_calloc(
            (list->elements + 1) * sizeof(billing_audit_entry_t),
            read->store->log);

        n = entries != NULL ? list->elements : 0;

        for (i = 0; i < n; i++) {
            audit_entry(list->element[i], &entries[i]);
        }
    }

    read->done(read->data, entries, n, total);

    ngx_free(entries);
    ngx_free(read);
}


/* Of what others may have put there, the action stays empty. */
static void
audit_entry(redisReply *reply, billing_audit_entry_t *entry)
{
    size_t        i, k;
    ngx_int_t     ms, n;
    redisReply   *fields, *name, *value;
    billing_str_t text;

    const struct {
        const char *name;
        ngx_str_t  *to;
    } known[] = {
        { "user", &entry->audit.user },
        { "from", &entry->audit.from },
        { "request_id", &entry->audit.request_id },
        { "action", &entry->audit.action },
        { "name", &entry->audit.name },
        { "changes", &entry->audit.changes },
        { "object", &entry->object },
    };

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2
        || reply->element[0]->type != REDIS_REPLY_STRING
        || reply->element[1]->type != REDIS_REPLY_ARRAY)
    {
        return;
    }

    entry->id.data = (u_char *) reply->element[0]->str;
    entry->id.len = reply->element[0]->len;

    if (audit_split(&entry->id, &ms, &n) != NGX_OK) {
        return;
    }

    entry->time = ms / 1000;
    fields = reply->element[1];

    for (i = 0; i + 1 < fields->elements; i += 2) {
        name = fields->element[i];
        value = fields->element[i + 1];
        text = (billing_str_t){ value->str, value->len };

        for (k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
            if (ngx_strcmp(name->str, known[k].name) == 0
                && billing_text_valid(text)) {
                known[k].to->data = (u_char *) value->str;
                known[k].to->len = value->len;
            }
        }
    }
}
