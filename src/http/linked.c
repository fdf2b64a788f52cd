
/*
 * A refresh asks for a few accounts at a time, each in an entry of its own,
 * which joins whoever else asks for that account's list.
 */

#include "http/linked.h"

#include "http/listing.h"


#define BILLING_LINKED_ACTIVE   16
#define BILLING_LINKED_DEADLINE 8000 /* milliseconds; of questions */
#define BILLING_LINKED_GRACE    1500 /* until it ends without them */
#define BILLING_LINKED_SHORTEST 1000 /* of a question */

/*
 * How soon a provider that failed is asked again, in seconds; and one that
 * refuses, or is paid, or whose list is not believed before an hour is over.
 */
#define BILLING_LINKED_RETRY    60
#define BILLING_LINKED_REJECTED 3600


typedef struct {
    ngx_queue_t              queue;
    billing_linked_t        *refresh;
    billing_listing_waiter_t waiter;
} billing_linked_entry_t;


struct billing_linked_s {
    billing_op_t            *op;
    const billing_catalog_t *catalog;
    ngx_uint_t               next;  /* account to look at */
    ngx_fd_t                 ident; /* -1; for debug logs of timers */
    ngx_uint_t               active;
    ngx_queue_t              entries;
    ngx_msec_t               started;
    ngx_event_t              timer;      /* others may take longer */
    ngx_event_t              event;      /* the end */
    unsigned                 forced : 1; /* whatever is kept */
    unsigned                 changed : 1;

    ngx_uint_t (*asked)(void *data, const billing_catalog_account_t *account);
    void (*done)(void *data, ngx_uint_t changed);
    void *data;
};


static void       linked_start(billing_linked_t *refresh);
static ngx_uint_t linked_due(
    const billing_linked_t *refresh, const billing_catalog_account_t *account);
static void linked_ask(billing_linked_t *refresh,
    const billing_catalog_account_t *account, ngx_msec_t timeout);
static void linked_answer(void *data, ngx_uint_t changed);
static void linked_leave(billing_linked_t *refresh);
static void linked_timer(ngx_event_t *ev);
static void linked_done(ngx_event_t *ev);


billing_linked_t *
billing_linked_refresh(billing_op_t *op, const billing_catalog_t *catalog,
    ngx_uint_t forced,
    ngx_uint_t (*asked)(void *data, const billing_catalog_account_t *account),
    void (*done)(void *data, ngx_uint_t changed), void *data)
{
    billing_linked_t *refresh;

    refresh = ngx_pcalloc(op->pool, sizeof(billing_linked_t));
    if (refresh == NULL) {
        return NULL;
    }

    refresh->op = op;
    refresh->catalog = catalog;
    refresh->forced = forced != 0;
    refresh->started = ngx_current_msec;
    refresh->asked = asked;
    refresh->done = done;
    refresh->data = data;

    ngx_queue_init(&refresh->entries);

    refresh->event.handler = linked_done;
    refresh->event.data = refresh;
    refresh->event.log = op->log;

    refresh->ident = (ngx_fd_t) -1;
    refresh->timer.handler = linked_timer;
    refresh->timer.data = refresh;
    refresh->timer.log = op->log;

    linked_start(refresh);

    return refresh;
}


void
billing_linked_cancel(billing_linked_t *refresh)
{
    linked_leave(refresh);

    if (refresh->event.posted) {
        ngx_delete_posted_event(&refresh->event);
    }
}


static void
linked_leave(billing_linked_t *refresh)
{
    ngx_queue_t            *q;
    billing_linked_entry_t *entry;

    if (refresh->timer.timer_set) {
        ngx_del_timer(&refresh->timer);
    }

    while (!ngx_queue_empty(&refresh->entries)) {
        q = ngx_queue_head(&refresh->entries);
        ngx_queue_remove(q);

        entry = ngx_queue_data(q, billing_linked_entry_t, queue);
        billing_listing_leave(&entry->waiter);
        ngx_free(entry);
    }
}


/* Asks as many as may be asked at a time; none are left: the end. */

static void
linked_start(billing_linked_t *refresh)
{
    ngx_msec_t                       passed;
    const billing_catalog_account_t *account;

    passed = ngx_current_msec - refresh->started;

    while (refresh->active < BILLING_LINKED_ACTIVE
           && refresh->next < refresh->catalog->naccounts
           && passed + BILLING_LINKED_SHORTEST < BILLING_LINKED_DEADLINE)
    {
        account = &refresh->catalog->accounts[refresh->next++];

        if (linked_due(refresh, account)
            && refresh->asked(refresh->data, account)) {
            linked_ask(refresh, account, BILLING_LINKED_DEADLINE - passed);
        }
    }

    if (refresh->active > 0) {
        if (!refresh->timer.timer_set) {
            ngx_add_timer(&refresh->timer,
                BILLING_LINKED_DEADLINE + BILLING_LINKED_GRACE - passed);
        }

    } else {
        ngx_post_event(&refresh->event, &ngx_posted_events);
    }
}


/*
 * The list of all linked accounts once a day, and before figures are read again
 * because somebody wants it, where costs are asked for by the list; of one named
 * linked account, in turn, only whether it is there, until the provider has
 * said so.
 */

static ngx_uint_t
linked_due(
    const billing_linked_t *refresh, const billing_catalog_account_t *account)
{
    time_t                   wait, now;
    ngx_str_t                provider;
    ngx_uint_t               doubted;
    billing_provider_conf_t *pc;

    now = ngx_time();
    provider = account->provider;
    pc = billing_provider_conf(refresh->op->bmcf, &provider);

    if (!account->enabled || pc == NULL) {
        return 0;
    }

    if (refresh->forced && account->linked_all && !pc->provider->together) {
        return 1;
    }

    if (!account->unread) {
        return account->linked_at == 0
               || (account->linked_all
                   && now - account->linked_at >= BILLING_LINKED_VALID);
    }

    doubted = account->reason == BILLING_REASON_LIST_EMPTY
              || account->reason == BILLING_REASON_LIST_SHRUNK;

    wait = doubted || pc->provider->charged
                   || account->state.len == sizeof("rejected") - 1
               ? BILLING_LINKED_REJECTED
               : BILLING_LINKED_RETRY;

    return now - account->tried_at >= wait;
}


static void
linked_ask(billing_linked_t *refresh, const billing_catalog_account_t *account,
    ngx_msec_t timeout)
{
    billing_linked_entry_t *entry;

    entry = ngx_calloc(sizeof(billing_linked_entry_t), refresh->op->log);
    if (entry == NULL) {
        return;
    }

    entry->refresh = refresh;
    entry->waiter.op = refresh->op;
    entry->waiter.done = linked_answer;
    entry->waiter.data = entry;

    if (billing_listing_join(&entry->waiter, account, timeout) != NGX_OK) {
        ngx_free(entry);
        return;
    }

    ngx_queue_insert_tail(&refresh->entries, &entry->queue);
    refresh->active++;
}


static void
linked_answer(void *data, ngx_uint_t changed)
{
    billing_linked_entry_t *entry = data;

    billing_linked_t *refresh;

    refresh = entry->refresh;
    refresh->changed |= changed != 0;

    ngx_queue_remove(&entry->queue);
    ngx_free(entry);

    refresh->active--;
    linked_start(refresh);
}


static void
linked_timer(ngx_event_t *ev)
{
    billing_linked_t *refresh = ev->data;

    linked_leave(refresh);
    ngx_post_event(&refresh->event, &ngx_posted_events);
}


static void
linked_done(ngx_event_t *ev)
{
    billing_linked_t *refresh;

    refresh = ev->data;

    linked_leave(refresh);
    refresh->done(refresh->data, refresh->changed);
}
