
/*
 * Replies come in the order in which Redis ran the scripts, so applying each
 * on arrival only ever moves a mirror forward, also when several syncs of one
 * domain are under way.
 *
 * A mirror is only as good as the connection over which it was read: a Redis
 * that was restarted may have lost the last changes and made others in their
 * place.  With another connection a mirror starts anew, as it does when it is
 * told that the data are others; answers in the zone are no better then.
 *
 * A sync holds its mirror; one that no sync holds may go when there are too
 * many domains.
 */

#include "store/sync.h"

#include <hiredis/hiredis.h>

#include "store/credential.h"
#include "store/schema.h"
#include "store/scripts.h"


#define BILLING_MIRRORS_MAX 64
#define BILLING_SYNC_LIMIT  "500" /* objects of one answer */
#define BILLING_SYNC_TRIES  5     /* connections */
#define BILLING_SYNC_HEAD   5     /* elements before the objects */


struct billing_sync_s {
    billing_store_t      *store;
    billing_mirror_t     *mirror;
    billing_redis_call_t *call;
    ngx_uint_t            epoch; /* when it was sent */
    ngx_uint_t            tries;
    ngx_uint_t            anyway; /* it could not be settled */
    billing_sync_pt       done;
    void                 *data;
};


static billing_mirror_t *sync_mirror(billing_store_t *store, ngx_str_t *domain);
static billing_mirror_t *sync_find(
    billing_store_t *store, const ngx_str_t *domain);
static void      sync_evict(billing_store_t *store);
static ngx_int_t sync_send(billing_sync_t *sync);
static void      sync_done(void *data, redisReply *reply, const char *error);
static ngx_int_t sync_settle(billing_sync_t *sync);
static void      sync_settled(void *data, redisReply *reply, const char *error);
static ngx_int_t sync_apply(
    billing_sync_t *sync, const billing_errand_t *errand, redisReply *reply);
static void sync_end(billing_sync_t *sync, ngx_uint_t ok);


billing_sync_t *
billing_sync(
    billing_store_t *store, ngx_str_t *domain, billing_sync_pt done, void *data)
{
    billing_sync_t   *sync;
    billing_mirror_t *mirror;

    mirror = sync_mirror(store, domain);
    if (mirror == NULL) {
        return NULL;
    }

    sync = ngx_calloc(sizeof(billing_sync_t), store->log);
    if (sync == NULL) {
        return NULL;
    }

    sync->store = store;
    sync->mirror = mirror;
    sync->done = done;
    sync->data = data;

    if (sync_send(sync) != NGX_OK) {
        ngx_free(sync);
        return NULL;
    }

    mirror->syncs++;

    return sync;
}


void
billing_sync_cancel(billing_sync_t *sync)
{
    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, sync->store->log, 0,
        "billing sync %p: cancelled", sync);

    billing_redis_call_cancel(sync->call);
    sync->mirror->syncs--;
    ngx_free(sync);
}


/* The domain's mirror, moved to the front of those that stay longest. */

static billing_mirror_t *
sync_mirror(billing_store_t *store, ngx_str_t *domain)
{
    billing_mirror_t *mirror;

    if (store->mirrors.next == NULL) {
        ngx_queue_init(&store->mirrors);
    }

    mirror = sync_find(store, domain);

    if (mirror != NULL) {
        ngx_queue_remove(&mirror->queue);
        ngx_queue_insert_head(&store->mirrors, &mirror->queue);
        return mirror;
    }

    mirror = billing_mirror_create(domain, store->log);
    if (mirror == NULL) {
        return NULL;
    }

    if (store->nmirrors >= BILLING_MIRRORS_MAX) {
        sync_evict(store);
    }

    ngx_queue_insert_head(&store->mirrors, &mirror->queue);
    store->nmirrors++;

    return mirror;
}


static billing_mirror_t *
sync_find(billing_store_t *store, const ngx_str_t *domain)
{
    ngx_queue_t      *q;
    billing_mirror_t *mirror;

    if (store->mirrors.next == NULL) {
        return NULL;
    }

    for (q = ngx_queue_head(&store->mirrors);
         q != ngx_queue_sentinel(&store->mirrors); q = ngx_queue_next(q))
    {
        mirror = ngx_queue_data(q, billing_mirror_t, queue);

        if (mirror->domain.len == domain->len
            && ngx_memcmp(mirror->domain.data, domain->data, domain->len) == 0)
        {
            return mirror;
        }
    }

    return NULL;
}


ngx_uint_t
billing_sync_silent(billing_store_t *store, const ngx_str_t *domain)
{
    billing_mirror_t *mirror;

    mirror = sync_find(store, domain);

    return mirror != NULL && mirror->oldest != 0
           && mirror->oldest < BILLING_SCHEMA_TELLS;
}


billing_seal_form_t
billing_sync_seal_form(billing_store_t *store, const ngx_str_t *domain)
{
    billing_mirror_t *mirror;

    mirror = sync_find(store, domain);

    return mirror != NULL && mirror->oldest == 0 ? BILLING_SEAL_VERSION
                                                 : BILLING_SEAL_PLACE;
}


static void
sync_evict(billing_store_t *store)
{
    ngx_queue_t      *q;
    billing_mirror_t *mirror;

    for (q = ngx_queue_last(&store->mirrors);
         q != ngx_queue_sentinel(&store->mirrors); q = ngx_queue_prev(q))
    {
        mirror = ngx_queue_data(q, billing_mirror_t, queue);

        if (mirror->syncs == 0) {
            ngx_queue_remove(q);
            store->nmirrors--;
            billing_mirror_free(mirror);
            return;
        }
    }
}


void
billing_sync_store_destroy(billing_store_t *store)
{
    ngx_queue_t *q;

    billing_credential_destroy(store);

    if (store->mirrors.next == NULL) {
        return;
    }

    while (!ngx_queue_empty(&store->mirrors)) {
        q = ngx_queue_head(&store->mirrors);
        ngx_queue_remove(q);
        billing_mirror_free(ngx_queue_data(q, billing_mirror_t, queue));
    }
}


static ngx_int_t
sync_send(billing_sync_t *sync)
{
    u_char            generation[NGX_INT_T_LEN];
    ngx_str_t         args[4];
    billing_mirror_t *mirror;

    mirror = sync->mirror;

    sync->epoch = billing_redis_client_epoch(
        sync->store->redis, &mirror->domain);

    if (sync->epoch != mirror->epoch) {
        if (mirror->generation != 0) {
            billing_store_suspect(sync->store, &mirror->domain);
        }

        billing_mirror_reset(mirror);
        mirror->epoch = sync->epoch;
    }

    ngx_log_debug5(NGX_LOG_DEBUG_HTTP, sync->store->log, 0,
        "billing sync %p: domain \"%V\" from generation %ui, epoch %ui, %s",
        sync, &mirror->domain, mirror->generation, sync->epoch,
        sync->anyway ? "as it is" : "settled");

    args[0].data = generation;
    args[0].len = ngx_sprintf(generation, "%ui", mirror->generation)
                  - generation;
    args[1] = mirror->history;
    ngx_str_set(&args[2], BILLING_SYNC_LIMIT);
    args[3].data = (u_char *) "1";
    args[3].len = sync->anyway ? 1 : 0;

    sync->call = billing_store_eval(sync->store, &billing_script_sync,
        &mirror->domain, 4, args, sync_done, sync);

    return sync->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
sync_done(void *data, redisReply *reply, const char *error)
{
    billing_sync_t *sync = data;

    ngx_int_t        rc;
    billing_store_t *store;
    billing_errand_t errand;

    store = sync->store;
    errand = (billing_errand_t){ .what = "sync",
        .domain = sync->mirror->domain };

    if (billing_store_reply(store, &errand, reply, error, BILLING_SYNC_HEAD)
        != NGX_OK)
    {
        sync_end(sync, 0);
        return;
    }

    if (billing_schema_unfit(reply)) {
        if (sync_settle(sync) != NGX_OK) {
            sync_end(sync, 0);
        }

        return;
    }

    if (sync->epoch
            != billing_redis_client_epoch(store->redis, &sync->mirror->domain)
        || sync->epoch != sync->mirror->epoch)
    {
        /* asked over another connection than the mirror's */

        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, store->log, 0,
            "billing sync %p: the connection is another by now", sync);

        rc = sync->tries++ < BILLING_SYNC_TRIES ? NGX_AGAIN : NGX_ERROR;
    } else {
        rc = sync_apply(sync, &errand, reply);

        if (reply->element[0]->integer != 0) {
            billing_store_changed(store, &sync->mirror->domain);
        }
    }

    if (rc == NGX_AGAIN) {
        rc = sync_send(sync);

        if (rc == NGX_OK) {
            return;
        }
    }

    sync_end(sync, rc == NGX_OK);
}


/*
 * Where older nodes write all the time, or Redis takes no writes, what is there
 * is read as it is; of older data nothing is.
 */

static ngx_int_t
sync_settle(billing_sync_t *sync)
{
    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, sync->store->log, 0,
        "billing sync %p: the data are not settled, tries %ui", sync,
        sync->tries);

    if (sync->anyway) {
        return NGX_ERROR;
    }

    if (sync->tries++ == BILLING_SYNC_TRIES) {
        sync->anyway = 1;
        return sync_send(sync);
    }

    sync->call = billing_schema_settle(sync->store, &sync->mirror->domain,
        BILLING_SCHEMA_USE, NULL, sync_settled, sync);

    return sync->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
sync_settled(void *data, redisReply *reply, const char *error)
{
    billing_sync_t *sync = data;

    ngx_int_t                rc;
    billing_store_t         *store;
    billing_schema_settled_t settled;

    store = sync->store;

    rc = billing_schema_read(
        store, &sync->mirror->domain, reply, error, &settled);

    if (rc == NGX_ERROR) {
        sync->anyway = 1;
    }

    if (rc == NGX_DECLINED || sync_send(sync) != NGX_OK) {
        sync_end(sync, 0);
        ngx_str_null(&store->newer);
    }
}


/* NGX_AGAIN: there is more. */

static ngx_int_t
sync_apply(
    billing_sync_t *sync, const billing_errand_t *errand, redisReply *reply)
{
    size_t            i;
    redisReply      **e;
    billing_mirror_t *mirror;

    e = reply->element;
    mirror = sync->mirror;

    if (e[0]->type != REDIS_REPLY_INTEGER || e[1]->type != REDIS_REPLY_STRING
        || (size_t) e[1]->len > sizeof(mirror->history_data)
        || e[2]->type != REDIS_REPLY_INTEGER
        || e[3]->type != REDIS_REPLY_INTEGER
        || e[4]->type != REDIS_REPLY_INTEGER
        || (reply->elements - BILLING_SYNC_HEAD) % 2 != 0)
    {
        billing_store_unexpected(sync->store, errand, "no generation");
        return NGX_ERROR;
    }

    if (e[0]->integer) {
        billing_mirror_reset(mirror);
    }

    for (i = BILLING_SYNC_HEAD; i < reply->elements; i += 2) {
        if (billing_mirror_put(mirror, e[i], e[i + 1]) != NGX_OK) {
            billing_mirror_reset(mirror);
            return NGX_ERROR;
        }
    }

    mirror->oldest = (ngx_uint_t) e[4]->integer;
    mirror->history.len = e[1]->len;
    ngx_memcpy(mirror->history.data, e[1]->str, e[1]->len);

    /* another sync may have been further already */

    mirror->generation = ngx_max(
        mirror->generation, (ngx_uint_t) e[2]->integer);

    ngx_log_debug6(NGX_LOG_DEBUG_HTTP, mirror->log, 0,
        "billing sync %p: mirror of \"%V\" at generation %ui, %uz objects%s%s",
        sync, &mirror->domain, mirror->generation,
        (reply->elements - BILLING_SYNC_HEAD) / 2,
        e[0]->integer ? ", made anew" : "", e[3]->integer ? ", more" : "");

    return e[3]->integer ? NGX_AGAIN : NGX_OK;
}


static void
sync_end(billing_sync_t *sync, ngx_uint_t ok)
{
    void             *data;
    billing_sync_pt   done;
    billing_mirror_t *mirror;

    mirror = sync->mirror;
    done = sync->done;
    data = sync->data;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, mirror->log, 0, "billing sync %p: %s",
        sync, ok ? "done" : "failed");

    ngx_free(sync);

    done(data, ok ? mirror : NULL);

    /* not before: the callback may start syncs of other domains */

    mirror->syncs--;
}
