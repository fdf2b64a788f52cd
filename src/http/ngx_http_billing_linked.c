
/*
 * A refresh asks for a few accounts at a time, each in an entry of its own.
 * An entry is done when the provider has failed, or when Redis has taken what
 * it said.  A write to Redis cannot be taken back, so an entry that writes
 * while its refresh is cancelled lives on without it.
 */

#include "http/ngx_http_billing_linked.h"

#include "http/ngx_http_billing_verify.h"
#include "store/ngx_http_billing_write.h"


#define NGX_HTTP_BILLING_LINKED_ACTIVE   16
#define NGX_HTTP_BILLING_LINKED_DEADLINE 8000 /* milliseconds */
#define NGX_HTTP_BILLING_LINKED_SHORTEST 1000 /* of a question */

/* how soon a provider that failed is asked again, in seconds */
#define NGX_HTTP_BILLING_LINKED_RETRY    60
#define NGX_HTTP_BILLING_LINKED_REJECTED 3600


typedef struct {
    ngx_queue_t                queue;
    ngx_http_billing_linked_t *refresh; /* NULL: cancelled */
    ngx_http_billing_verify_t *verify;  /* NULL: writing */
    const char                *state;

    const ngx_http_billing_catalog_account_t *account;
} ngx_http_billing_linked_entry_t;


struct ngx_http_billing_linked_s {
    ngx_http_billing_op_t *op;
    ngx_uint_t             next; /* account to look at */
    ngx_uint_t             active;
    ngx_queue_t            entries;
    ngx_msec_t             started;
    ngx_event_t            event; /* the end */
    unsigned               changed : 1;

    const ngx_http_billing_catalog_t *catalog;

    ngx_uint_t (*asked)(
        void *data, const ngx_http_billing_catalog_account_t *account);
    void (*done)(void *data, ngx_uint_t changed);
    void *data;
};


static void ngx_http_billing_linked_start(ngx_http_billing_linked_t *refresh);
static ngx_uint_t ngx_http_billing_linked_due(
    const ngx_http_billing_catalog_account_t *account);
static void ngx_http_billing_linked_ask(ngx_http_billing_linked_t *refresh,
    const ngx_http_billing_catalog_account_t *account, ngx_msec_t timeout);
static void ngx_http_billing_linked_verdict(
    void *data, const ngx_http_billing_verdict_t *verdict);
static ngx_int_t ngx_http_billing_linked_write(
    ngx_http_billing_linked_entry_t *entry, json_t *listed);
static void ngx_http_billing_linked_written(void *data,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);
static void ngx_http_billing_linked_end(ngx_http_billing_linked_entry_t *entry);
static void ngx_http_billing_linked_done(ngx_event_t *ev);


ngx_http_billing_linked_t *
ngx_http_billing_linked_refresh(ngx_http_billing_op_t *op,
    const ngx_http_billing_catalog_t                  *catalog,
    ngx_uint_t (*asked)(
        void *data, const ngx_http_billing_catalog_account_t *account),
    void (*done)(void *data, ngx_uint_t changed), void *data)
{
    ngx_http_billing_linked_t *refresh;

    refresh = ngx_pcalloc(op->pool, sizeof(ngx_http_billing_linked_t));
    if (refresh == NULL) {
        return NULL;
    }

    refresh->op = op;
    refresh->catalog = catalog;
    refresh->started = ngx_current_msec;
    refresh->asked = asked;
    refresh->done = done;
    refresh->data = data;

    ngx_queue_init(&refresh->entries);

    refresh->event.handler = ngx_http_billing_linked_done;
    refresh->event.data = refresh;
    refresh->event.log = op->log;

    ngx_http_billing_linked_start(refresh);

    return refresh;
}


void
ngx_http_billing_linked_cancel(ngx_http_billing_linked_t *refresh)
{
    ngx_queue_t                     *q;
    ngx_http_billing_linked_entry_t *entry;

    while (!ngx_queue_empty(&refresh->entries)) {
        q = ngx_queue_head(&refresh->entries);
        ngx_queue_remove(q);

        entry = ngx_queue_data(q, ngx_http_billing_linked_entry_t, queue);

        if (entry->verify == NULL) {
            entry->refresh = NULL;
            continue;
        }

        ngx_http_billing_verify_cancel(entry->verify);
        ngx_free(entry);
    }

    if (refresh->event.posted) {
        ngx_delete_posted_event(&refresh->event);
    }
}


/* Asks as many as may be asked at a time; none are left: the end. */

static void
ngx_http_billing_linked_start(ngx_http_billing_linked_t *refresh)
{
    ngx_msec_t                                passed;
    const ngx_http_billing_catalog_account_t *account;

    passed = ngx_current_msec - refresh->started;

    while (refresh->active < NGX_HTTP_BILLING_LINKED_ACTIVE
           && refresh->next < refresh->catalog->naccounts
           && passed + NGX_HTTP_BILLING_LINKED_SHORTEST
                  < NGX_HTTP_BILLING_LINKED_DEADLINE)
    {
        account = &refresh->catalog->accounts[refresh->next++];

        if (ngx_http_billing_linked_due(account)
            && refresh->asked(refresh->data, account))
        {
            ngx_http_billing_linked_ask(
                refresh, account, NGX_HTTP_BILLING_LINKED_DEADLINE - passed);
        }
    }

    if (refresh->active == 0) {
        ngx_post_event(&refresh->event, &ngx_posted_events);
    }
}


/*
 * The list of all linked accounts once a day; of one named linked account, in
 * turn, only whether it is there, until the provider has said so.
 */

static ngx_uint_t
ngx_http_billing_linked_due(const ngx_http_billing_catalog_account_t *account)
{
    time_t     wait, now;
    ngx_uint_t ok;

    now = ngx_time();
    ok = account->state.len == 2;

    if (!account->enabled) {
        return 0;
    }

    if (ok) {
        return account->linked_all
               && now - account->linked_at >= NGX_HTTP_BILLING_LINKED_VALID;
    }

    wait = account->state.len == sizeof("rejected") - 1
               ? NGX_HTTP_BILLING_LINKED_REJECTED
               : NGX_HTTP_BILLING_LINKED_RETRY;

    return now - account->tried_at >= wait;
}


static void
ngx_http_billing_linked_ask(ngx_http_billing_linked_t *refresh,
    const ngx_http_billing_catalog_account_t *account, ngx_msec_t timeout)
{
    json_t                           *credentials;
    ngx_str_t                         provider;
    ngx_http_billing_op_t            *op;
    ngx_http_billing_credential_t     credential;
    ngx_http_billing_linked_entry_t  *entry;
    ngx_http_billing_provider_conf_t *pc;

    op = refresh->op;
    provider = account->provider;

    pc = ngx_http_billing_provider_conf(op->bmcf, &provider);
    if (pc == NULL) {
        return;
    }

    ngx_http_billing_catalog_credential(account, &op->domain, &credential);

    credentials = ngx_http_billing_credential_open(
        &op->bmcf->store, &credential);
    if (credentials == NULL) {
        return;
    }

    entry = ngx_calloc(sizeof(ngx_http_billing_linked_entry_t), op->log);
    if (entry == NULL) {
        json_decref(credentials);
        return;
    }

    entry->refresh = refresh;
    entry->account = account;

    entry->verify = ngx_http_billing_verify(op->bmcf, pc, credentials,
        ngx_min(timeout, pc->timeout), ngx_http_billing_linked_verdict, entry);

    json_decref(credentials);

    if (entry->verify == NULL) {
        ngx_free(entry);
        return;
    }

    ngx_queue_insert_tail(&refresh->entries, &entry->queue);
    refresh->active++;
    op->upstream_calls++;
    ngx_http_billing_cost_count(
        op->bmcf->cost, &op->domain, pc->provider->id, &account->id);
}


static void
ngx_http_billing_linked_verdict(
    void *data, const ngx_http_billing_verdict_t *verdict)
{
    ngx_http_billing_linked_entry_t *entry = data;

    entry->verify = NULL;

    switch (verdict->status) {
    case BILLING_OK:
        entry->state = "ok";
        break;

    case BILLING_REJECTED:
        entry->state = "rejected";
        break;

    default:
        entry->state = "unreachable";
        break;
    }

    if (ngx_http_billing_linked_write(entry, verdict->linked) != NGX_OK) {
        ngx_http_billing_linked_end(entry);
    }
}


static ngx_int_t
ngx_http_billing_linked_write(
    ngx_http_billing_linked_entry_t *entry, json_t *listed)
{
    char                  *text;
    ngx_int_t              rc;
    ngx_str_t              list, id;
    ngx_http_billing_op_t *op;

    op = entry->refresh->op;
    id = entry->account->id;
    text = NULL;

    if (listed != NULL) {
        text = json_dumps(listed, JSON_COMPACT);
        if (text == NULL) {
            return NGX_ERROR;
        }

        list.data = (u_char *) text;
        list.len = ngx_strlen(text);
    }

    rc = ngx_http_billing_link(&op->bmcf->store, &op->domain, &id,
        entry->account->credential_version, entry->state,
        text == NULL ? NULL : &list, ngx_http_billing_linked_written, entry);

    free(text);

    return rc;
}


static void
ngx_http_billing_linked_written(void *data, ngx_http_billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_http_billing_linked_entry_t *entry = data;

    if (entry->refresh == NULL) {
        ngx_free(entry);
        return;
    }

    if (outcome != NGX_HTTP_BILLING_WRITE_AWAY) {
        entry->refresh->changed = 1;
    }

    ngx_http_billing_linked_end(entry);
}


static void
ngx_http_billing_linked_end(ngx_http_billing_linked_entry_t *entry)
{
    ngx_http_billing_linked_t *refresh;

    refresh = entry->refresh;

    ngx_queue_remove(&entry->queue);
    ngx_free(entry);

    refresh->active--;
    ngx_http_billing_linked_start(refresh);
}


static void
ngx_http_billing_linked_done(ngx_event_t *ev)
{
    ngx_http_billing_linked_t *refresh;

    refresh = ev->data;
    refresh->done(refresh->data, refresh->changed);
}
