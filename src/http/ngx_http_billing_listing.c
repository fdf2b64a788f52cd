
/*
 * A listing takes the lock, asks the provider, and writes what it said, which
 * gives the lock back.  While somebody else has the lock it looks again from
 * time to time, until it is told that the list has been tried meanwhile; a
 * holder that dies is succeeded when its lock expires.
 *
 * What was sent to Redis cannot be taken back, so a listing that nobody waits
 * for any more lives on until the answer has come.
 */

#include "http/ngx_http_billing_listing.h"

#include "core/billing_json_arena.h"
#include "fetch/verify.h"
#include "store/ngx_http_billing_write.h"


/* milliseconds */
#define NGX_HTTP_BILLING_LISTING_VALID    4000
#define NGX_HTTP_BILLING_LISTING_RENEW    1500
#define NGX_HTTP_BILLING_LISTING_POLL     100
#define NGX_HTTP_BILLING_LISTING_SHORTEST 1000 /* of a question */


struct ngx_http_billing_listing_s {
    ngx_queue_t                       queue; /* in bmcf->listings */
    ngx_pool_t                       *pool;
    ngx_int_t                         ident; /* for event debug logging */
    ngx_http_billing_main_conf_t     *bmcf;
    ngx_http_billing_provider_conf_t *pc;
    ngx_str_t                         domain;
    ngx_http_billing_list_lock_t      list;
    ngx_str_t                         provider;
    ngx_str_t                         sealed;
    ngx_queue_t                       waiters;
    billing_verify_t                 *verify; /* NULL: not asking */
    const char                       *state;
    billing_reason_t                  reason; /* why it is not "ok" */
    ngx_msec_t                        deadline;
    ngx_event_t                       timer;
    ngx_uint_t                        commands; /* that Redis owes */
    unsigned                          locked : 1;
    unsigned                          writing : 1;
    unsigned                          over : 1; /* nobody waits any more */
};


static ngx_http_billing_listing_t *ngx_http_billing_listing_find(
    ngx_http_billing_main_conf_t *bmcf, const ngx_str_t *domain,
    const ngx_http_billing_catalog_account_t *account);
static ngx_http_billing_listing_t *ngx_http_billing_listing_create(
    ngx_http_billing_op_t                    *op,
    const ngx_http_billing_catalog_account_t *account);
static ngx_int_t ngx_http_billing_listing_copy(
    ngx_http_billing_listing_t *listing, const ngx_str_t *domain,
    const ngx_http_billing_catalog_account_t *account);
static ngx_int_t ngx_http_billing_listing_dup(
    ngx_pool_t *pool, ngx_str_t *to, const ngx_str_t *from);
static ngx_int_t ngx_http_billing_listing_lock(
    ngx_http_billing_listing_t *listing, ngx_msec_t valid);
static void           ngx_http_billing_listing_answer(void *data,
              ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);
static void           ngx_http_billing_listing_timer(ngx_event_t *ev);
static ngx_msec_int_t ngx_http_billing_listing_left(
    ngx_http_billing_listing_t *listing);
static ngx_int_t ngx_http_billing_listing_ask(
    ngx_http_billing_listing_t *listing);
static void ngx_http_billing_listing_sent(void *data);
static void ngx_http_billing_listing_verdict(
    void *data, const billing_verdict_t *verdict);
static ngx_int_t ngx_http_billing_listing_write(
    ngx_http_billing_listing_t *listing, json_t *listed);
static void ngx_http_billing_listing_written(void *data,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);
static void ngx_http_billing_listing_end(
    ngx_http_billing_listing_t *listing, ngx_uint_t changed);
static void ngx_http_billing_listing_stop(ngx_http_billing_listing_t *listing);
static void ngx_http_billing_listing_free(ngx_http_billing_listing_t *listing);


ngx_int_t
ngx_http_billing_listing_join(ngx_http_billing_listing_waiter_t *waiter,
    const ngx_http_billing_catalog_account_t *account, ngx_msec_t timeout)
{
    ngx_msec_t                    deadline;
    ngx_http_billing_op_t        *op;
    ngx_http_billing_listing_t   *listing;
    ngx_http_billing_credential_t credential;

    op = waiter->op;
    deadline = ngx_current_msec + timeout;

    ngx_http_billing_catalog_credential(account, &op->domain, &credential);

    if (ngx_http_billing_credential_bad(&op->bmcf->store, &credential)) {
        return NGX_DECLINED;
    }

    listing = ngx_http_billing_listing_find(op->bmcf, &op->domain, account);

    if (listing == NULL) {
        listing = ngx_http_billing_listing_create(op, account);
        if (listing == NULL) {
            return NGX_DECLINED;
        }

        listing->deadline = deadline;
    }

    if ((ngx_msec_int_t) (deadline - listing->deadline) > 0) {
        listing->deadline = deadline;
    }

    waiter->listing = listing;
    ngx_queue_insert_tail(&listing->waiters, &waiter->queue);

    return NGX_OK;
}


static ngx_http_billing_listing_t *
ngx_http_billing_listing_find(ngx_http_billing_main_conf_t *bmcf,
    const ngx_str_t *domain, const ngx_http_billing_catalog_account_t *account)
{
    ngx_queue_t                *q;
    ngx_http_billing_listing_t *listing;

    if (bmcf->listings.next == NULL) {
        ngx_queue_init(&bmcf->listings);
    }

    for (q = ngx_queue_head(&bmcf->listings);
         q != ngx_queue_sentinel(&bmcf->listings); q = ngx_queue_next(q))
    {
        listing = ngx_queue_data(q, ngx_http_billing_listing_t, queue);

        if (!listing->over
            && listing->list.credential_version == account->credential_version
            && listing->list.tried_at == account->tried_at
            && ngx_http_billing_compare(&listing->list.id, &account->id) == 0
            && ngx_http_billing_compare(&listing->domain, domain) == 0)
        {
            return listing;
        }
    }

    return NULL;
}


static ngx_http_billing_listing_t *
ngx_http_billing_listing_create(ngx_http_billing_op_t *op,
    const ngx_http_billing_catalog_account_t          *account)
{
    ngx_str_t                   provider;
    ngx_pool_t                 *pool;
    ngx_http_billing_listing_t *listing;

    pool = ngx_create_pool(1024, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    listing = ngx_pcalloc(pool, sizeof(ngx_http_billing_listing_t));
    if (listing == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    provider = account->provider;

    listing->pool = pool;
    listing->ident = -1;
    listing->bmcf = op->bmcf;
    listing->pc = ngx_http_billing_provider_conf(op->bmcf, &provider);
    listing->timer.handler = ngx_http_billing_listing_timer;
    listing->timer.data = listing;
    listing->timer.log = ngx_cycle->log;

    ngx_queue_init(&listing->waiters);
    ngx_queue_insert_tail(&op->bmcf->listings, &listing->queue);

    if (listing->pc == NULL
        || ngx_http_billing_listing_copy(listing, &op->domain, account)
               != NGX_OK
        || ngx_http_billing_listing_lock(
               listing, NGX_HTTP_BILLING_LISTING_VALID)
               != NGX_OK)
    {
        ngx_http_billing_listing_free(listing);
        return NULL;
    }

    return listing;
}


static ngx_int_t
ngx_http_billing_listing_copy(ngx_http_billing_listing_t *listing,
    const ngx_str_t *domain, const ngx_http_billing_catalog_account_t *account)
{
    u_char                       *p;
    ngx_http_billing_list_lock_t *list;

    list = &listing->list;
    list->credential_version = account->credential_version;
    list->tried_at = account->tried_at;

    p = ngx_pnalloc(listing->pool, NGX_INT64_LEN * 3);
    if (p == NULL) {
        return NGX_ERROR;
    }

    list->token.data = p;
    list->token.len = ngx_sprintf(p, "%P-%xD-%xD", ngx_pid,
                          (uint32_t) ngx_random(), (uint32_t) ngx_random())
                      - p;

    if (ngx_http_billing_listing_dup(listing->pool, &listing->domain, domain)
            != NGX_OK
        || ngx_http_billing_listing_dup(listing->pool, &list->id, &account->id)
               != NGX_OK
        || ngx_http_billing_listing_dup(
               listing->pool, &listing->provider, &account->provider)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_billing_listing_dup(
        listing->pool, &listing->sealed, &account->credential);
}


static ngx_int_t
ngx_http_billing_listing_dup(
    ngx_pool_t *pool, ngx_str_t *to, const ngx_str_t *from)
{
    ngx_str_t s;

    s = *from;
    to->len = from->len;
    to->data = ngx_pstrdup(pool, &s);

    return to->data == NULL ? NGX_ERROR : NGX_OK;
}


void
ngx_http_billing_listing_leave(ngx_http_billing_listing_waiter_t *waiter)
{
    ngx_http_billing_listing_t *listing;

    listing = waiter->listing;

    ngx_queue_remove(&waiter->queue);

    if (ngx_queue_empty(&listing->waiters) && !listing->writing) {
        ngx_http_billing_listing_stop(listing);
    }
}


/* Takes it, keeps it, or (valid 0) gives it back. */
static ngx_int_t
ngx_http_billing_listing_lock(
    ngx_http_billing_listing_t *listing, ngx_msec_t valid)
{
    if (ngx_http_billing_list_lock(&listing->bmcf->store, &listing->domain,
            &listing->list, valid, ngx_http_billing_listing_answer, listing)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    listing->commands++;

    return NGX_OK;
}


static void
ngx_http_billing_listing_answer(void *data, ngx_http_billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_http_billing_listing_t *listing = data;

    listing->commands--;

    if (listing->over) {
        ngx_http_billing_listing_free(listing);
        return;
    }

    if (listing->locked) {
        return; /* renewed */
    }

    if (outcome == NGX_HTTP_BILLING_WRITE_DONE) {
        listing->locked = 1;

        if (ngx_http_billing_listing_ask(listing) != NGX_OK) {
            ngx_http_billing_listing_end(listing, 0);
        }

    } else if (outcome == NGX_HTTP_BILLING_WRITE_HELD
               && ngx_http_billing_listing_left(listing)
                      > NGX_HTTP_BILLING_LISTING_SHORTEST)
    {
        ngx_add_timer(&listing->timer,
            NGX_HTTP_BILLING_LISTING_POLL / 2
                + ngx_random() % NGX_HTTP_BILLING_LISTING_POLL);

    } else {
        ngx_http_billing_listing_end(
            listing, outcome == NGX_HTTP_BILLING_WRITE_MISSING);
    }
}


static void
ngx_http_billing_listing_timer(ngx_event_t *ev)
{
    ngx_http_billing_listing_t *listing = ev->data;

    if (ngx_http_billing_listing_lock(listing, NGX_HTTP_BILLING_LISTING_VALID)
            != NGX_OK
        && !listing->locked)
    {
        ngx_http_billing_listing_end(listing, 0);
        return;
    }

    if (listing->locked) {
        ngx_add_timer(&listing->timer, NGX_HTTP_BILLING_LISTING_RENEW);
    }
}


static ngx_msec_int_t
ngx_http_billing_listing_left(ngx_http_billing_listing_t *listing)
{
    return (ngx_msec_int_t) (listing->deadline - ngx_current_msec);
}


static ngx_int_t
ngx_http_billing_listing_ask(ngx_http_billing_listing_t *listing)
{
    ngx_msec_int_t                left;
    billing_verify_ask_t          ask;
    ngx_http_billing_credential_t credential;

    ngx_memzero(&ask, sizeof(billing_verify_ask_t));

    credential.domain = listing->domain;
    credential.account = listing->list.id;
    credential.provider = listing->provider;
    credential.sealed = listing->sealed;
    credential.version = listing->list.credential_version;

    ask.credentials = ngx_http_billing_credential_open(
        &listing->bmcf->store, &credential);
    if (ask.credentials == NULL) {
        return NGX_ERROR;
    }

    left = ngx_max(ngx_http_billing_listing_left(listing),
        NGX_HTTP_BILLING_LISTING_SHORTEST);

    ask.owner.domain = listing->domain;
    ask.owner.account = listing->list.id;
    ask.owner.version = listing->list.credential_version;
    ask.provider = listing->provider;
    ask.timeout = ngx_min((ngx_msec_t) left, listing->pc->timeout);
    ask.known = 1;
    ask.sent = ngx_http_billing_listing_sent;
    ask.done = ngx_http_billing_listing_verdict;
    ask.data = listing;

    listing->verify = billing_verify_start(listing->bmcf->fetch, &ask);

    json_decref(ask.credentials);

    if (listing->verify == NULL) {
        return NGX_ERROR;
    }

    ngx_add_timer(&listing->timer, NGX_HTTP_BILLING_LISTING_RENEW);

    return NGX_OK;
}


/* A listing that nobody waits for is none any more. */
static void
ngx_http_billing_listing_sent(void *data)
{
    ngx_http_billing_listing_t *listing = data;

    ngx_http_billing_listing_waiter_t *first;

    first = ngx_queue_data(ngx_queue_head(&listing->waiters),
        ngx_http_billing_listing_waiter_t, queue);
    first->op->upstream_calls++;
}


static void
ngx_http_billing_listing_verdict(void *data, const billing_verdict_t *verdict)
{
    ngx_http_billing_listing_t *listing = data;

    listing->verify = NULL;
    listing->reason = verdict->reason;

    if (!verdict->called) {
        ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
            "billing: list of \"%V\" is not asked for: %s", &listing->list.id,
            verdict->text);
        ngx_http_billing_listing_end(listing, 0);
        return;
    }

    switch (verdict->status) {
    case BILLING_OK:
        listing->state = "ok";
        break;

    case BILLING_REJECTED:
        listing->state = "rejected";
        break;

    case BILLING_NOMEM:
        /* that says nothing of the account */
        ngx_http_billing_listing_end(listing, 0);
        return;

    case BILLING_MALFORMED:
    case BILLING_INVALID:
    case BILLING_LIMIT:
    case BILLING_THROTTLED:
    case BILLING_UNAVAILABLE:
    default:
        listing->state = "unreachable";
        break;
    }

    if (ngx_http_billing_listing_write(listing, verdict->linked) != NGX_OK) {
        ngx_http_billing_listing_end(listing, 0);
    }
}


static ngx_int_t
ngx_http_billing_listing_write(
    ngx_http_billing_listing_t *listing, json_t *listed)
{
    char     *text;
    ngx_int_t rc;
    ngx_str_t list;

    text = NULL;

    if (listed != NULL) {
        text = json_dumps(listed, JSON_COMPACT);
        if (text == NULL) {
            return NGX_ERROR;
        }

        list.data = (u_char *) text;
        list.len = ngx_strlen(text);
    }

    rc = ngx_http_billing_link(&listing->bmcf->store, &listing->domain,
        &listing->list.id, listing->list.credential_version, listing->state,
        listing->reason, text == NULL ? NULL : &list,
        ngx_http_billing_listing_written, listing);

    billing_json_text_free(text);

    if (rc == NGX_OK) {
        listing->commands++;
        listing->writing = 1;
    }

    return rc;
}


static void
ngx_http_billing_listing_written(void *data, ngx_http_billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_http_billing_listing_t *listing = data;

    listing->commands--;

    /* gone with what was written; else it is to be given back */
    listing->locked = outcome != NGX_HTTP_BILLING_WRITE_DONE;

    ngx_http_billing_listing_end(
        listing, outcome != NGX_HTTP_BILLING_WRITE_AWAY);
}


/* Those who are told may ask for the next list: this one is not found then. */
static void
ngx_http_billing_listing_end(
    ngx_http_billing_listing_t *listing, ngx_uint_t changed)
{
    ngx_queue_t                       *q;
    ngx_http_billing_listing_waiter_t *waiter;

    listing->over = 1;

    while (!ngx_queue_empty(&listing->waiters)) {
        q = ngx_queue_head(&listing->waiters);
        ngx_queue_remove(q);

        waiter = ngx_queue_data(q, ngx_http_billing_listing_waiter_t, queue);
        waiter->done(waiter->data, changed);
    }

    ngx_http_billing_listing_stop(listing);
}


/* A lock that was asked for may come yet: it is given back in any case. */
static void
ngx_http_billing_listing_stop(ngx_http_billing_listing_t *listing)
{
    listing->over = 1;

    if (listing->verify != NULL) {
        billing_verify_cancel(listing->verify);
        listing->verify = NULL;
    }

    if (listing->timer.timer_set) {
        ngx_del_timer(&listing->timer);
    }

    if (listing->locked || listing->commands > 0) {
        listing->locked = 0;
        (void) ngx_http_billing_listing_lock(listing, 0);
    }

    ngx_http_billing_listing_free(listing);
}


static void
ngx_http_billing_listing_free(ngx_http_billing_listing_t *listing)
{
    if (listing->commands == 0) {
        ngx_queue_remove(&listing->queue);
        ngx_destroy_pool(listing->pool);
    }
}
