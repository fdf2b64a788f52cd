
/*
 * A listing takes the lock, asks the provider, and writes what it said, which
 * gives the lock back.  While somebody else has the lock it looks again from
 * time to time, until it is told that the list has been tried meanwhile; a
 * holder that dies is succeeded when its lock expires.
 *
 * What was sent to Redis cannot be taken back, so a listing that nobody waits
 * for any more lives on until the answer has come.
 */

#include "http/listing.h"

#include "core/json_arena.h"
#include "fetch/verify.h"
#include "store/write.h"


/* milliseconds */
#define BILLING_LISTING_VALID    4000
#define BILLING_LISTING_RENEW    1500
#define BILLING_LISTING_POLL     100
#define BILLING_LISTING_SHORTEST 1000 /* of a question */


struct billing_listing_s {
    ngx_queue_t              queue; /* in bmcf->listings */
    ngx_pool_t              *pool;
    ngx_int_t                ident; /* for event debug logging */
    billing_main_conf_t     *bmcf;
    billing_provider_conf_t *pc;
    ngx_str_t                domain;
    billing_list_lock_t      list;
    ngx_str_t                provider;
    ngx_str_t                sealed;
    ngx_queue_t              waiters;
    billing_verify_t        *verify; /* NULL: not asking */
    const char              *state;
    billing_reason_t         reason; /* why it is not "ok" */
    ngx_msec_t               deadline;
    ngx_event_t              timer;
    ngx_uint_t               commands; /* that Redis owes */
    unsigned                 locked : 1;
    unsigned                 writing : 1;
    unsigned                 over : 1; /* nobody waits any more */
};


static billing_listing_t *listing_find(billing_main_conf_t *bmcf,
    const ngx_str_t *domain, const billing_catalog_account_t *account);
static billing_listing_t *listing_create(
    billing_op_t *op, const billing_catalog_account_t *account);
static ngx_int_t listing_copy(billing_listing_t *listing,
    const ngx_str_t *domain, const billing_catalog_account_t *account);
static ngx_int_t listing_dup(
    ngx_pool_t *pool, ngx_str_t *to, const ngx_str_t *from);
static ngx_int_t listing_lock(billing_listing_t *listing, ngx_msec_t valid);
static void      listing_answer(void *data, billing_outcome_t outcome,
         ngx_str_t *values, ngx_uint_t nvalues);
static void      listing_timer(ngx_event_t *ev);
static ngx_msec_int_t listing_left(billing_listing_t *listing);
static ngx_int_t      listing_ask(billing_listing_t *listing);
static void           listing_sent(void *data);
static void      listing_verdict(void *data, const billing_verdict_t *verdict);
static ngx_int_t listing_write(billing_listing_t *listing, json_t *listed);
static void      listing_written(void *data, billing_outcome_t outcome,
         ngx_str_t *values, ngx_uint_t nvalues);
static void      listing_end(billing_listing_t *listing, ngx_uint_t changed);
static void      listing_stop(billing_listing_t *listing);
static void      listing_free(billing_listing_t *listing);


ngx_int_t
billing_listing_join(billing_listing_waiter_t *waiter,
    const billing_catalog_account_t *account, ngx_msec_t timeout)
{
    ngx_msec_t         deadline;
    billing_op_t      *op;
    billing_listing_t *listing;
    billing_sealed_t   credential;

    op = waiter->op;
    deadline = ngx_current_msec + timeout;

    billing_catalog_credential(account, &op->domain, &credential);

    if (billing_credential_bad(&op->bmcf->store, &credential)) {
        return NGX_DECLINED;
    }

    listing = listing_find(op->bmcf, &op->domain, account);

    if (listing == NULL) {
        listing = listing_create(op, account);
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


static billing_listing_t *
listing_find(billing_main_conf_t *bmcf, const ngx_str_t *domain,
    const billing_catalog_account_t *account)
{
    ngx_queue_t       *q;
    billing_listing_t *listing;

    if (bmcf->listings.next == NULL) {
        ngx_queue_init(&bmcf->listings);
    }

    for (q = ngx_queue_head(&bmcf->listings);
         q != ngx_queue_sentinel(&bmcf->listings); q = ngx_queue_next(q))
    {
        listing = ngx_queue_data(q, billing_listing_t, queue);

        if (!listing->over
            && listing->list.credential_version == account->credential_version
            && listing->list.tried_at == account->tried_at
            && billing_identity_compare(&listing->list.id, &account->id) == 0
            && billing_identity_compare(&listing->domain, domain) == 0)
        {
            return listing;
        }
    }

    return NULL;
}


static billing_listing_t *
listing_create(billing_op_t *op, const billing_catalog_account_t *account)
{
    ngx_str_t          provider;
    ngx_pool_t        *pool;
    billing_listing_t *listing;

    pool = ngx_create_pool(1024, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    listing = ngx_pcalloc(pool, sizeof(billing_listing_t));
    if (listing == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    provider = account->provider;

    listing->pool = pool;
    listing->ident = -1;
    listing->bmcf = op->bmcf;
    listing->pc = billing_provider_conf(op->bmcf, &provider);
    listing->timer.handler = listing_timer;
    listing->timer.data = listing;
    listing->timer.log = ngx_cycle->log;

    ngx_queue_init(&listing->waiters);
    ngx_queue_insert_tail(&op->bmcf->listings, &listing->queue);

    if (listing->pc == NULL
        || listing_copy(listing, &op->domain, account) != NGX_OK
        || listing_lock(listing, BILLING_LISTING_VALID) != NGX_OK)
    {
        listing_free(listing);
        return NULL;
    }

    return listing;
}


static ngx_int_t
listing_copy(billing_listing_t *listing, const ngx_str_t *domain,
    const billing_catalog_account_t *account)
{
    u_char              *p;
    billing_list_lock_t *list;

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

    if (listing_dup(listing->pool, &listing->domain, domain) != NGX_OK
        || listing_dup(listing->pool, &list->id, &account->id) != NGX_OK
        || listing_dup(listing->pool, &listing->provider, &account->provider)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    return listing_dup(listing->pool, &listing->sealed, &account->credential);
}


static ngx_int_t
listing_dup(ngx_pool_t *pool, ngx_str_t *to, const ngx_str_t *from)
{
    ngx_str_t s;

    s = *from;
    to->len = from->len;
    to->data = ngx_pstrdup(pool, &s);

    return to->data == NULL ? NGX_ERROR : NGX_OK;
}


void
billing_listing_leave(billing_listing_waiter_t *waiter)
{
    billing_listing_t *listing;

    listing = waiter->listing;

    ngx_queue_remove(&waiter->queue);

    if (ngx_queue_empty(&listing->waiters) && !listing->writing) {
        listing_stop(listing);
    }
}


/* Takes it, keeps it, or (valid 0) gives it back. */
static ngx_int_t
listing_lock(billing_listing_t *listing, ngx_msec_t valid)
{
    if (billing_write_list_lock(&listing->bmcf->store, &listing->domain,
            &listing->list, valid, listing_answer, listing)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    listing->commands++;

    return NGX_OK;
}


static void
listing_answer(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
    billing_listing_t *listing = data;

    listing->commands--;

    if (listing->over) {
        listing_free(listing);
        return;
    }

    if (listing->locked) {
        return; /* renewed */
    }

    if (outcome == BILLING_WRITE_DONE) {
        listing->locked = 1;

        if (listing_ask(listing) != NGX_OK) {
            listing_end(listing, 0);
        }

    } else if (outcome == BILLING_WRITE_HELD
               && listing_left(listing) > BILLING_LISTING_SHORTEST)
    {
        ngx_add_timer(&listing->timer,
            BILLING_LISTING_POLL / 2 + ngx_random() % BILLING_LISTING_POLL);

    } else {
        listing_end(listing, outcome == BILLING_WRITE_MISSING);
    }
}


static void
listing_timer(ngx_event_t *ev)
{
    billing_listing_t *listing = ev->data;

    if (listing_lock(listing, BILLING_LISTING_VALID) != NGX_OK
        && !listing->locked) {
        listing_end(listing, 0);
        return;
    }

    if (listing->locked) {
        ngx_add_timer(&listing->timer, BILLING_LISTING_RENEW);
    }
}


static ngx_msec_int_t
listing_left(billing_listing_t *listing)
{
    return (ngx_msec_int_t) (listing->deadline - ngx_current_msec);
}


static ngx_int_t
listing_ask(billing_listing_t *listing)
{
    ngx_msec_int_t       left;
    billing_verify_ask_t ask;
    billing_sealed_t     credential;

    ngx_memzero(&ask, sizeof(billing_verify_ask_t));

    credential.domain = listing->domain;
    credential.account = listing->list.id;
    credential.provider = listing->provider;
    credential.sealed = listing->sealed;
    credential.version = listing->list.credential_version;

    ask.credentials = billing_credential_open(
        &listing->bmcf->store, &credential);
    if (ask.credentials == NULL) {
        return NGX_ERROR;
    }

    left = ngx_max(listing_left(listing), BILLING_LISTING_SHORTEST);

    ask.owner.domain = listing->domain;
    ask.owner.account = listing->list.id;
    ask.owner.version = listing->list.credential_version;
    ask.provider = listing->provider;
    ask.timeout = ngx_min((ngx_msec_t) left, listing->pc->timeout);
    ask.known = 1;
    ask.sent = listing_sent;
    ask.done = listing_verdict;
    ask.data = listing;

    listing->verify = billing_verify_start(listing->bmcf->fetch, &ask);

    json_decref(ask.credentials);

    if (listing->verify == NULL) {
        return NGX_ERROR;
    }

    ngx_add_timer(&listing->timer, BILLING_LISTING_RENEW);

    return NGX_OK;
}


/* A listing that nobody waits for is none any more. */
static void
listing_sent(void *data)
{
    billing_listing_t *listing = data;

    billing_listing_waiter_t *first;

    first = ngx_queue_data(
        ngx_queue_head(&listing->waiters), billing_listing_waiter_t, queue);
    first->op->upstream_calls++;
}


static void
listing_verdict(void *data, const billing_verdict_t *verdict)
{
    billing_listing_t *listing = data;

    listing->verify = NULL;
    listing->reason = verdict->reason;

    if (!verdict->called) {
        ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
            "billing: list of \"%V\" is not asked for: %s", &listing->list.id,
            verdict->text);
        listing_end(listing, 0);
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
        listing_end(listing, 0);
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

    if (listing_write(listing, verdict->linked) != NGX_OK) {
        listing_end(listing, 0);
    }
}


static ngx_int_t
listing_write(billing_listing_t *listing, json_t *listed)
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

    rc = billing_write_link(&listing->bmcf->store, &listing->domain,
        &listing->list.id, listing->list.credential_version, listing->state,
        listing->reason, text == NULL ? NULL : &list, listing_written, listing);

    billing_json_text_free(text);

    if (rc == NGX_OK) {
        listing->commands++;
        listing->writing = 1;
    }

    return rc;
}


static void
listing_written(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
    billing_listing_t *listing = data;

    listing->commands--;

    /* gone with what was written; else it is to be given back */
    listing->locked = outcome != BILLING_WRITE_DONE;

    listing_end(listing, outcome != BILLING_WRITE_AWAY);
}


/* Those who are told may ask for the next list: this one is not found then. */
static void
listing_end(billing_listing_t *listing, ngx_uint_t changed)
{
    ngx_queue_t              *q;
    billing_listing_waiter_t *waiter;

    listing->over = 1;

    while (!ngx_queue_empty(&listing->waiters)) {
        q = ngx_queue_head(&listing->waiters);
        ngx_queue_remove(q);

        waiter = ngx_queue_data(q, billing_listing_waiter_t, queue);
        waiter->done(waiter->data, changed);
    }

    listing_stop(listing);
}


/* A lock that was asked for may come yet: it is given back in any case. */
static void
listing_stop(billing_listing_t *listing)
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
        (void) listing_lock(listing, 0);
    }

    listing_free(listing);
}


static void
listing_free(billing_listing_t *listing)
{
    if (listing->commands == 0) {
        ngx_queue_remove(&listing->queue);
        ngx_destroy_pool(listing->pool);
    }
}
