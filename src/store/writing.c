
/*
 * What Redis has not answered may have been done; what it has refused because of
 * the data's schema has not, so that it is sent again.
 */

#include "store/writing.h"

#include <hiredis/hiredis.h>

#include "store/schema.h"


#define BILLING_WRITE_VALUES 64
#define BILLING_WRITE_TRIES  5 /* of data that are not settled */


typedef struct {
    billing_store_t      *store;
    const billing_deed_t *deed;
    billing_write_pt      done;
    void                 *data;
    ngx_uint_t            tries;
    billing_errand_t      errand; /* texts of this and args: behind this */
    ngx_uint_t            nargs;
    ngx_str_t             args[1];
} billing_writing_t;


static billing_writing_t *writing_create(billing_store_t *store,
    const ngx_str_t *domain, ngx_uint_t nargs, const ngx_str_t *args);
static ngx_int_t          writing_write_send(billing_writing_t *writing);
static void               writing_write_done(
                  void *data, redisReply *reply, const char *error);
static ngx_int_t writing_write_settle(billing_writing_t *writing);
static void      writing_write_settled(
         void *data, redisReply *reply, const char *error);
static void              writing_write_away(billing_writing_t *writing);
static billing_outcome_t writing_write_outcome(
    billing_writing_t *writing, redisReply *reply, const char *error);


/* As scripts answer them; the last two nobody does. */
static const char *const writing_outcomes[] = {
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
    "away",
    "unsure",
};


ngx_int_t
billing_writing_write(billing_store_t *store, const billing_deed_t *deed,
    const ngx_str_t *domain, ngx_uint_t nargs, const ngx_str_t *args,
    billing_write_pt done, void *data)
{
    billing_writing_t *writing;

    writing = writing_create(store, domain, nargs, args);
    if (writing == NULL) {
        return NGX_ERROR;
    }

    writing->deed = deed;
    writing->done = done;
    writing->data = data;
    writing->errand.what = deed->name;
    ngx_str_null(&writing->errand.request);

    if (deed->audited) {
        writing->errand.request = writing->args[BILLING_AUDIT_REQUEST];
    }

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, store->log, 0,
        "billing write %p: \"%s\" in domain \"%V\", request \"%V\"", writing,
        deed->name, &writing->errand.domain, &writing->errand.request);

    if (writing_write_send(writing) != NGX_OK) {
        ngx_free(writing);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* With copies, for it may be sent again. */

static billing_writing_t *
writing_create(billing_store_t *store, const ngx_str_t *domain,
    ngx_uint_t nargs, const ngx_str_t *args)
{
    size_t             size;
    u_char            *p;
    ngx_uint_t         i;
    billing_writing_t *writing;

    size = sizeof(billing_writing_t) + nargs * sizeof(ngx_str_t) + domain->len;

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
    writing->errand.domain.data = p;
    writing->errand.domain.len = domain->len;
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
writing_write_send(billing_writing_t *writing)
{
    return billing_store_eval(writing->store, writing->deed->script,
               &writing->errand.domain, writing->nargs, writing->args,
               writing_write_done, writing)
                   == NULL
               ? NGX_ERROR
               : NGX_OK;
}


static void
writing_write_done(void *data, redisReply *reply, const char *error)
{
    billing_writing_t *writing = data;

    ngx_str_t         values[BILLING_WRITE_VALUES];
    ngx_uint_t        i, n;
    billing_outcome_t outcome;
    billing_errand_t *errand;

    errand = &writing->errand;

    if (billing_schema_unfit(reply)) {
        if (writing_write_settle(writing) != NGX_OK) {
            writing_write_away(writing);
        }

        return;
    }

    outcome = writing_write_outcome(writing, reply, error);
    n = 0;

    if (error != NULL
        && ((outcome == BILLING_WRITE_DONE && !writing->deed->asks)
            || outcome == BILLING_WRITE_REPLAY))
    {
        ngx_log_error(NGX_LOG_WARN, writing->store->log, 0,
            "billing: a change is %s: \"%s\" in domain \"%V\"%s%V", error,
            errand->what, &errand->domain,
            errand->request.len != 0 ? ", request " : "", &errand->request);
        outcome = BILLING_WRITE_UNSURE;
    }

    if (outcome != BILLING_WRITE_AWAY) {
        n = ngx_min(reply->elements - 1, BILLING_WRITE_VALUES);
    }

    for (i = 0; i < n; i++) {
        values[i].data = (u_char *) reply->element[i + 1]->str;
        values[i].len = reply->element[i + 1]->len;
    }

    /*
     * What Redis did not answer it may have done; and what was done before,
     * or stands in the way, may be another node's.
     */

    if (writing->deed->changes && outcome == BILLING_WRITE_AWAY) {
        billing_store_suspect(writing->store, &writing->errand.domain);

    } else if (writing->deed->changes || outcome == BILLING_WRITE_REPLAY
               || outcome == BILLING_WRITE_UNSURE)
    {
        billing_store_changed(writing->store, &writing->errand.domain);
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, writing->store->log, 0,
        "billing write %p: done: %s, %ui values", writing,
        writing_outcomes[outcome], n);

    writing->done(writing->data, outcome, values, n);

    ngx_free(writing);
}


/* Nothing was written: the data are not of this schema, or not all of them. */

static ngx_int_t
writing_write_settle(billing_writing_t *writing)
{
    if (writing->tries++ == BILLING_WRITE_TRIES) {
        return NGX_ERROR;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, writing->store->log, 0,
        "billing write %p: the data are to be settled first, try %ui", writing,
        writing->tries);

    return billing_schema_settle(writing->store, &writing->errand.domain,
               BILLING_SCHEMA_USE, NULL, writing_write_settled, writing)
                   == NULL
               ? NGX_ERROR
               : NGX_OK;
}


static void
writing_write_settled(void *data, redisReply *reply, const char *error)
{
    billing_writing_t *writing = data;

    billing_schema_settled_t settled;

    if (billing_schema_read(
            writing->store, &writing->errand.domain, reply, error, &settled)
            != NGX_OK
        || writing_write_send(writing) != NGX_OK)
    {
        writing_write_away(writing);
    }
}


static void
writing_write_away(billing_writing_t *writing)
{
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, writing->store->log, 0,
        "billing write %p: not done, the data could not be settled", writing);

    writing->done(writing->data, BILLING_WRITE_AWAY, NULL, 0);
    ngx_str_null(&writing->store->newer);

    ngx_free(writing);
}


static billing_outcome_t
writing_write_outcome(
    billing_writing_t *writing, redisReply *reply, const char *error)
{
    size_t     i;
    ngx_uint_t n;

    if (billing_store_reply(writing->store, &writing->errand, reply, error, 1)
        != NGX_OK)
    {
        return BILLING_WRITE_AWAY;
    }

    for (i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_STRING) {
            billing_store_unexpected(
                writing->store, &writing->errand, "no texts");
            return BILLING_WRITE_AWAY;
        }
    }

    for (n = 0; n < BILLING_WRITE_AWAY; n++) {
        if (ngx_strcmp(reply->element[0]->str, writing_outcomes[n]) == 0) {
            return n;
        }
    }

    billing_store_unexpected(
        writing->store, &writing->errand, reply->element[0]->str);

    return BILLING_WRITE_AWAY;
}
