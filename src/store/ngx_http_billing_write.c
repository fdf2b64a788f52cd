
#include "store/ngx_http_billing_write.h"

#include <hiredis/hiredis.h>

#include "core/billing_date.h"
#include "store/ngx_http_billing_schema.h"
#include "store/ngx_http_billing_scripts.h"


#define NGX_HTTP_BILLING_WRITE_VALUES 64
#define NGX_HTTP_BILLING_WRITE_ARGS \
    (NGX_HTTP_BILLING_AUDIT_ARGS + 8 + 2 * NGX_HTTP_BILLING_CHANGE_FIELDS)
#define NGX_HTTP_BILLING_WRITE_TRIES 5 /* of data that are not settled */


/* A write under way. */
typedef struct {
    ngx_http_billing_store_t   *store;
    ngx_billing_redis_script_t *script;
    ngx_http_billing_write_pt   done;
    void                       *data;
    ngx_uint_t                  tries;
    ngx_uint_t                  changes; /* something, if it is done */
    ngx_uint_t                  asks;    /* only, whether it was done before */
    ngx_str_t                   domain;  /* this and args: behind this */
    ngx_uint_t                  nargs;
    ngx_str_t                   args[1];
} ngx_http_billing_writing_t;


static ngx_int_t ngx_http_billing_write(ngx_http_billing_store_t *store,
    ngx_billing_redis_script_t *script, ngx_str_t *domain, ngx_uint_t nargs,
    const ngx_str_t *args, ngx_http_billing_write_pt done, void *data);
static void ngx_http_billing_reason(ngx_str_t *arg, billing_reason_t reason);
static ngx_http_billing_writing_t *ngx_http_billing_writing_create(
    ngx_http_billing_store_t *store, const ngx_str_t *domain, ngx_uint_t nargs,
    const ngx_str_t *args);
static ngx_int_t ngx_http_billing_write_send(
    ngx_http_billing_writing_t *writing);
static void ngx_http_billing_write_done(
    void *data, redisReply *reply, const char *error);
static ngx_int_t ngx_http_billing_write_settle(
    ngx_http_billing_writing_t *writing);
static void ngx_http_billing_write_settled(
    void *data, redisReply *reply, const char *error);
static void ngx_http_billing_write_away(ngx_http_billing_writing_t *writing);
static ngx_http_billing_outcome_t ngx_http_billing_write_outcome(
    ngx_http_billing_store_t *store, redisReply *reply, const char *error);


static const char *const ngx_http_billing_outcomes[] = {
    "ok",
    "replay",
    "reused",
    "taken",
    "parent",
    "depth",
    "cycle",
    "name",
    "alike",
    "overlap",
    "missing",
    "version",
    "held",
};


void
ngx_http_billing_change_add(
    ngx_http_billing_change_t *change, const char *name, const ngx_str_t *value)
{
    ngx_str_t *field;

    if (change->nfields + 2 > 2 * NGX_HTTP_BILLING_CHANGE_FIELDS) {
        return;
    }

    field = &change->fields[change->nfields];
    change->nfields += 2;

    field[0].data = (u_char *) name;
    field[0].len = ngx_strlen(name);
    field[1] = *value;
}


ngx_int_t
ngx_http_billing_create(ngx_http_billing_store_t *store, ngx_str_t *domain,
    ngx_http_billing_change_t *change, ngx_http_billing_write_pt done,
    void *data)
{
    ngx_str_t *p, args[NGX_HTTP_BILLING_WRITE_ARGS];

    p = ngx_http_billing_audit_args(change->audit, args);

    *p++ = ngx_http_billing_kinds[change->kind].kind;
    *p++ = change->id;
    *p++ = change->once.key;
    *p++ = change->once.digest;
    *p++ = change->once.answer;
    *p++ = change->now;
    *p++ = change->fold;
    *p++ = change->parent;

    ngx_memcpy(p, change->fields, change->nfields * sizeof(ngx_str_t));
    p += change->nfields;

    return ngx_http_billing_write(store, &ngx_http_billing_script_create,
        domain, p - args, args, done, data);
}


ngx_int_t
ngx_http_billing_update(ngx_http_billing_store_t *store, ngx_str_t *domain,
    ngx_http_billing_change_t *change, ngx_http_billing_write_pt done,
    void *data)
{
    u_char     version[NGX_INT_T_LEN];
    ngx_str_t *p, args[NGX_HTTP_BILLING_WRITE_ARGS];

    p = ngx_http_billing_audit_args(change->audit, args);

    *p++ = ngx_http_billing_kinds[change->kind].kind;
    *p++ = change->id;
    p->data = version;
    p++->len = ngx_sprintf(version, "%ui", change->version) - version;
    *p++ = change->now;
    *p++ = change->fold;
    *p++ = change->parent;

    ngx_memcpy(p, change->fields, change->nfields * sizeof(ngx_str_t));
    p += change->nfields;

    return ngx_http_billing_write(store, &ngx_http_billing_script_update,
        domain, p - args, args, done, data);
}


ngx_int_t
ngx_http_billing_delete(ngx_http_billing_store_t *store, ngx_str_t *domain,
    ngx_http_billing_change_t *change, ngx_http_billing_write_pt done,
    void *data)
{
    u_char     version[NGX_INT_T_LEN];
    ngx_str_t *p, args[NGX_HTTP_BILLING_AUDIT_ARGS + 3];

    p = ngx_http_billing_audit_args(change->audit, args);

    *p++ = ngx_http_billing_kinds[change->kind].kind;
    *p++ = change->id;
    p->data = version;
    p++->len = ngx_sprintf(version, "%ui", change->version) - version;

    return ngx_http_billing_write(store, &ngx_http_billing_script_delete,
        domain, p - args, args, done, data);
}


ngx_int_t
ngx_http_billing_link(ngx_http_billing_store_t *store, ngx_str_t *domain,
    ngx_str_t *id, ngx_uint_t credential_version, const char *state,
    billing_reason_t reason, ngx_str_t *listed, ngx_http_billing_write_pt done,
    void *data)
{
    char      now[BILLING_TIME_LEN];
    u_char    version[NGX_INT_T_LEN], seconds[NGX_TIME_T_LEN];
    ngx_str_t args[7];

    billing_time_format(ngx_time(), now);

    args[0] = *id;
    args[1].data = version;
    args[1].len = ngx_sprintf(version, "%ui", credential_version) - version;
    args[2].data = (u_char *) state;
    args[2].len = ngx_strlen(state);
    args[3].data = (u_char *) now;
    args[3].len = ngx_strlen(now);
    args[4].data = seconds;
    args[4].len = ngx_sprintf(seconds, "%T", ngx_time()) - seconds;

    if (listed != NULL) {
        args[5] = *listed;

    } else {
        ngx_str_set(&args[5], "");
    }

    ngx_http_billing_reason(&args[6], reason);

    return ngx_http_billing_write(
        store, &ngx_http_billing_script_link, domain, 7, args, done, data);
}


ngx_int_t
ngx_http_billing_state(ngx_http_billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *id, ngx_uint_t credential_version, const char *state,
    billing_reason_t reason, ngx_http_billing_write_pt done, void *data)
{
    u_char    version[NGX_INT_T_LEN], seconds[NGX_TIME_T_LEN];
    ngx_str_t args[5], whose;

    whose = *domain;
    args[0] = *id;
    args[1].data = version;
    args[1].len = ngx_sprintf(version, "%ui", credential_version) - version;
    args[2].data = (u_char *) state;
    args[2].len = ngx_strlen(state);
    args[3].data = seconds;
    args[3].len = ngx_sprintf(seconds, "%T", ngx_time()) - seconds;
    ngx_http_billing_reason(&args[4], reason);

    return ngx_http_billing_write(
        store, &ngx_http_billing_script_state, &whose, 5, args, done, data);
}


ngx_int_t
ngx_http_billing_seen(ngx_http_billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *id, ngx_uint_t credential_version, const ngx_str_t *listed,
    ngx_http_billing_write_pt done, void *data)
{
    u_char    version[NGX_INT_T_LEN], seconds[NGX_TIME_T_LEN];
    ngx_str_t args[4], whose;

    whose = *domain;
    args[0] = *id;
    args[1].data = version;
    args[1].len = ngx_sprintf(version, "%ui", credential_version) - version;
    args[2].data = seconds;
    args[2].len = ngx_sprintf(seconds, "%T", ngx_time()) - seconds;
    args[3] = *listed;

    return ngx_http_billing_write(
        store, &ngx_http_billing_script_seen, &whose, 4, args, done, data);
}


static void
ngx_http_billing_reason(ngx_str_t *arg, billing_reason_t reason)
{
    arg->data = (u_char *) billing_reason_names[reason];
    arg->len = arg->data == NULL ? 0 : ngx_strlen(arg->data);
}


ngx_int_t
ngx_http_billing_list_lock(ngx_http_billing_store_t *store, ngx_str_t *domain,
    const ngx_http_billing_list_lock_t *list, ngx_msec_t valid,
    ngx_http_billing_write_pt done, void *data)
{
    u_char    version[NGX_INT_T_LEN], tried[NGX_TIME_T_LEN];
    u_char    milliseconds[NGX_INT_T_LEN];
    ngx_str_t args[5];

    args[0] = list->id;
    args[1].data = version;
    args[1].len = ngx_sprintf(version, "%ui", list->credential_version)
                  - version;
    args[2].data = tried;
    args[2].len = ngx_sprintf(tried, "%T", list->tried_at) - tried;
    args[3] = list->token;
    args[4].data = milliseconds;
    args[4].len = ngx_sprintf(milliseconds, "%M", valid) - milliseconds;

    return ngx_http_billing_write(
        store, &ngx_http_billing_script_list_lock, domain, 5, args, done, data);
}


ngx_int_t
ngx_http_billing_provider_set(ngx_http_billing_store_t *store,
    ngx_str_t *domain, const ngx_http_billing_audit_t *audit, ngx_str_t *id,
    ngx_uint_t enabled, ngx_http_billing_write_pt done, void *data)
{
    char       now[BILLING_TIME_LEN];
    ngx_str_t *p, args[NGX_HTTP_BILLING_AUDIT_ARGS + 3];

    billing_time_format(ngx_time(), now);

    p = ngx_http_billing_audit_args(audit, args);

    *p++ = *id;
    p->data = (u_char *) (enabled ? "1" : "0");
    p++->len = 1;
    p->data = (u_char *) now;
    p++->len = ngx_strlen(now);

    return ngx_http_billing_write(store, &ngx_http_billing_script_provider,
        domain, p - args, args, done, data);
}


ngx_int_t
ngx_http_billing_reseal(ngx_http_billing_store_t *store, ngx_str_t *domain,
    const ngx_http_billing_audit_t  *audit,
    const ngx_http_billing_reseal_t *list, ngx_uint_t n,
    ngx_http_billing_write_pt done, void *data)
{
    ngx_str_t                      *p;
    ngx_str_t                       args[NGX_HTTP_BILLING_WRITE_ARGS];
    ngx_uint_t                      i;
    static ngx_http_billing_audit_t none;

    p = ngx_http_billing_audit_args(audit != NULL ? audit : &none, args);

    for (i = 0; i < ngx_min(n, NGX_HTTP_BILLING_RESEAL_MAX); i++) {
        *p++ = list[i].id;
        *p++ = list[i].sealed;
        *p++ = list[i].fresh;
    }

    return ngx_http_billing_write(store, &ngx_http_billing_script_reseal,
        domain, p - args, args, done, data);
}


ngx_int_t
ngx_http_billing_begin(ngx_http_billing_store_t *store, ngx_str_t *domain,
    ngx_http_billing_once_t *once, ngx_str_t *user,
    ngx_http_billing_write_pt done, void *data)
{
    ngx_str_t args[5];

    args[0] = once->key;
    args[1] = once->digest;
    args[2] = *user;
    ngx_str_set(&args[3], NGX_HTTP_BILLING_REFUSED_MAX);
    ngx_str_set(&args[4], NGX_HTTP_BILLING_OTHERS_MAX);

    return ngx_http_billing_write(store, &ngx_http_billing_script_verify_begin,
        domain, 5, args, done, data);
}


ngx_int_t
ngx_http_billing_settle(ngx_http_billing_store_t *store, ngx_str_t *domain,
    ngx_str_t *user, ngx_uint_t refused, ngx_http_billing_write_pt done,
    void *data)
{
    ngx_str_t args[2];

    args[0] = *user;
    ngx_str_set(&args[1], "others");

    if (refused) {
        ngx_str_set(&args[1], "refused");
    }

    return ngx_http_billing_write(store, &ngx_http_billing_script_verify_end,
        domain, 2, args, done, data);
}


static ngx_int_t
ngx_http_billing_write(ngx_http_billing_store_t *store,
    ngx_billing_redis_script_t *script, ngx_str_t *domain, ngx_uint_t nargs,
    const ngx_str_t *args, ngx_http_billing_write_pt done, void *data)
{
    ngx_http_billing_writing_t *writing;

    writing = ngx_http_billing_writing_create(store, domain, nargs, args);
    if (writing == NULL) {
        return NGX_ERROR;
    }

    writing->script = script;
    writing->done = done;
    writing->data = data;
    writing->changes = script != &ngx_http_billing_script_verify_begin
                       && script != &ngx_http_billing_script_verify_end
                       && script != &ngx_http_billing_script_reseal
                       && script != &ngx_http_billing_script_list_lock;
    writing->asks = script == &ngx_http_billing_script_verify_begin;

    if (ngx_http_billing_write_send(writing) != NGX_OK) {
        ngx_free(writing);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* With copies, for it may be sent again. */

static ngx_http_billing_writing_t *
ngx_http_billing_writing_create(ngx_http_billing_store_t *store,
    const ngx_str_t *domain, ngx_uint_t nargs, const ngx_str_t *args)
{
    size_t                      size;
    u_char                     *p;
    ngx_uint_t                  i;
    ngx_http_billing_writing_t *writing;

    size = sizeof(ngx_http_billing_writing_t) + nargs * sizeof(ngx_str_t)
           + domain->len;

    for (i = 0; i < nargs; i++) {
        size += args[i].len;
    }

    writing = ngx_alloc(size, store->log);
    if (writing == NULL) {
        return NULL;
    }

    writing->store = store;
    writing->tries = 0;
    writing->nargs = nargs;

    p = (u_char *) (writing->args + nargs);
    writing->domain.data = p;
    writing->domain.len = domain->len;
    p = ngx_cpymem(p, domain->data, domain->len);

    for (i = 0; i < nargs; i++) {
        writing->args[i].data = p;
        writing->args[i].len = args[i].len;

        if (args[i].len != 0) {
            p = ngx_cpymem(p, args[i].data, args[i].len);
        }
    }

    return writing;
}


static ngx_int_t
ngx_http_billing_write_send(ngx_http_billing_writing_t *writing)
{
    return ngx_http_billing_store_eval(writing->store, writing->script,
               &writing->domain, writing->nargs, writing->args,
               ngx_http_billing_write_done, writing)
                   == NULL
               ? NGX_ERROR
               : NGX_OK;
}


static void
ngx_http_billing_write_done(void *data, redisReply *reply, const char *error)
{
    ngx_http_billing_writing_t *writing = data;

    ngx_str_t                  values[NGX_HTTP_BILLING_WRITE_VALUES];
    ngx_uint_t                 i, n;
    ngx_http_billing_outcome_t outcome;

    if (ngx_http_billing_schema_unfit(reply)) {
        if (ngx_http_billing_write_settle(writing) != NGX_OK) {
            ngx_http_billing_write_away(writing);
        }

        return;
    }

    outcome = ngx_http_billing_write_outcome(writing->store, reply, error);
    n = 0;

    if (error != NULL
        && ((outcome == NGX_HTTP_BILLING_WRITE_DONE && !writing->asks)
            || outcome == NGX_HTTP_BILLING_WRITE_REPLAY))
    {
        ngx_log_error(NGX_LOG_WARN, writing->store->log, 0,
            "billing: a change is %s", error);
        outcome = NGX_HTTP_BILLING_WRITE_UNSURE;
    }

    if (outcome != NGX_HTTP_BILLING_WRITE_AWAY) {
        n = ngx_min(reply->elements - 1, NGX_HTTP_BILLING_WRITE_VALUES);
    }

    for (i = 0; i < n; i++) {
        values[i].data = (u_char *) reply->element[i + 1]->str;
        values[i].len = reply->element[i + 1]->len;
    }

    /*
     * What Redis did not answer it may have done; and what was done before,
     * or stands in the way, may be another node's.
     */

    if (writing->changes && outcome == NGX_HTTP_BILLING_WRITE_AWAY) {
        ngx_http_billing_store_suspect(writing->store, &writing->domain);

    } else if (writing->changes || outcome == NGX_HTTP_BILLING_WRITE_REPLAY
               || outcome == NGX_HTTP_BILLING_WRITE_UNSURE)
    {
        ngx_http_billing_store_changed(writing->store, &writing->domain);
    }

    writing->done(writing->data, outcome, values, n);

    ngx_free(writing);
}


/* Nothing was written: the data are not of this schema, or not all of them. */

static ngx_int_t
ngx_http_billing_write_settle(ngx_http_billing_writing_t *writing)
{
    if (writing->tries++ == NGX_HTTP_BILLING_WRITE_TRIES) {
        return NGX_ERROR;
    }

    return ngx_http_billing_schema_settle(writing->store, &writing->domain,
               NGX_HTTP_BILLING_SCHEMA_USE, NULL,
               ngx_http_billing_write_settled, writing)
                   == NULL
               ? NGX_ERROR
               : NGX_OK;
}


static void
ngx_http_billing_write_settled(void *data, redisReply *reply, const char *error)
{
    ngx_http_billing_writing_t *writing = data;

    ngx_http_billing_schema_settled_t settled;

    if (ngx_http_billing_schema_read(
            writing->store, &writing->domain, reply, error, &settled)
            != NGX_OK
        || ngx_http_billing_write_send(writing) != NGX_OK)
    {
        ngx_http_billing_write_away(writing);
    }
}


static void
ngx_http_billing_write_away(ngx_http_billing_writing_t *writing)
{
    writing->done(writing->data, NGX_HTTP_BILLING_WRITE_AWAY, NULL, 0);
    ngx_str_null(&writing->store->newer);

    ngx_free(writing);
}


static ngx_http_billing_outcome_t
ngx_http_billing_write_outcome(
    ngx_http_billing_store_t *store, redisReply *reply, const char *error)
{
    size_t     i;
    ngx_uint_t n;

    if (ngx_http_billing_store_reply(store, reply, error, 1) != NGX_OK) {
        return NGX_HTTP_BILLING_WRITE_AWAY;
    }

    for (i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_STRING) {
            ngx_log_error(NGX_LOG_ERR, store->log, 0,
                "billing: unexpected answer to a write from redis");
            return NGX_HTTP_BILLING_WRITE_AWAY;
        }
    }

    for (n = 0; n < NGX_HTTP_BILLING_WRITE_AWAY; n++) {
        if (ngx_strcmp(reply->element[0]->str, ngx_http_billing_outcomes[n])
            == 0) {
            return n;
        }
    }

    ngx_log_error(NGX_LOG_ERR, store->log, 0,
        "billing: unknown answer \"%s\" to a write from redis",
        reply->element[0]->str);

    return NGX_HTTP_BILLING_WRITE_AWAY;
}
