
/*
 * The zone's memory: its mutex, and room, for which answers go.
 */

#include "store/ngx_http_billing_zone_shared.h"


/* Bytes of the zone for each domain that it may know. */
#define NGX_HTTP_BILLING_ZONE_DOMAIN_SHARE 1024

/* An answer takes this part of the zone at most, and never more than that. */
#define NGX_HTTP_BILLING_ZONE_ANSWER_PART 8
#define NGX_HTTP_BILLING_ZONE_ANSWER_MAX  (1024 * 1024)


static void ngx_http_billing_zone_again(ngx_http_billing_zone_t *zone);


ngx_int_t
ngx_http_billing_zone_place(ngx_http_billing_zone_t *zone)
{
    ngx_billing_metrics_t *metrics;

    zone->shared = ngx_slab_alloc_locked(
        zone->pool, sizeof(ngx_http_billing_zone_shared_t));
    metrics = ngx_slab_alloc_locked(zone->pool, sizeof(ngx_billing_metrics_t));

    if (zone->shared == NULL || metrics == NULL) {
        return NGX_ERROR;
    }

    zone->shared->metrics = metrics;

    return NGX_OK;
}


void
ngx_http_billing_zone_empty(ngx_http_billing_zone_t *zone, size_t size)
{
    ngx_http_billing_zone_shared_t *shared;

    shared = zone->shared;

    shared->signature = NGX_HTTP_BILLING_ZONE_SIGN;
    shared->ndomains = 0;
    shared->max_domains = size / NGX_HTTP_BILLING_ZONE_DOMAIN_SHARE;
    ngx_rbtree_init(
        &shared->domains, &shared->domains_end, ngx_str_rbtree_insert_value);
    ngx_queue_init(&shared->used_domains);

    shared->max_answer = ngx_min(size / NGX_HTTP_BILLING_ZONE_ANSWER_PART,
        NGX_HTTP_BILLING_ZONE_ANSWER_MAX);
    ngx_rbtree_init(
        &shared->answers, &shared->answers_end, ngx_str_rbtree_insert_value);
    ngx_queue_init(&shared->used_answers);

    /* it is full most of the time: what is old makes room */
    zone->pool->log_nomem = 0;
}


void
ngx_http_billing_zone_lock(ngx_http_billing_zone_t *zone)
{
    ngx_shmtx_lock(&zone->pool->mutex);

    if (zone->shared->busy) {
        ngx_http_billing_zone_again(zone);
    }

    zone->shared->busy = 1;
    ngx_memory_barrier();
}


void
ngx_http_billing_zone_unlock(ngx_http_billing_zone_t *zone)
{
    ngx_memory_barrier();
    zone->shared->busy = 0;

    ngx_shmtx_unlock(&zone->pool->mutex);
}


/*
 * A worker has died amidst a change.  The mark stays until this is done, for
 * whoever does it may die, too.  Stamps go on: what was asked for before is
 * not to be taken for what is asked for from now on.  Counters stay as they
 * are, each of them is whole.
 */
static void
ngx_http_billing_zone_again(ngx_http_billing_zone_t *zone)
{
    size_t                          size;
    ngx_http_billing_zone_shared_t *shared;

    shared = zone->shared;
    size = zone->pool->end - (u_char *) zone->pool;

    shared->counter++;
    shared->doubt++;

    ngx_slab_init(zone->pool);

    if (ngx_http_billing_zone_place(zone) != NGX_OK || zone->shared != shared) {
        /* never: there was room before, and it is given out from the start */
        ngx_log_error(NGX_LOG_EMERG, ngx_cycle->log, 0,
            "billing_zone cannot be made anew");
        ngx_abort();
    }

    ngx_http_billing_zone_empty(zone, size);

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
        "a worker has died while it changed the billing_zone: it begins anew");
}


void *
ngx_http_billing_zone_alloc(ngx_http_billing_zone_t *zone, size_t size)
{
    void                           *p;
    ngx_queue_t                    *q;
    ngx_http_billing_zone_answer_t *oldest;
    ngx_http_billing_zone_shared_t *shared;

    shared = zone->shared;
    p = ngx_slab_alloc_locked(zone->pool, size);

    while (p == NULL && !ngx_queue_empty(&shared->used_answers)) {
        q = ngx_queue_last(&shared->used_answers);
        oldest = ngx_queue_data(q, ngx_http_billing_zone_answer_t, queue);
        ngx_http_billing_zone_remove(zone, oldest);
        ngx_billing_count(evicted);

        p = ngx_slab_alloc_locked(zone->pool, size);
    }

    return p;
}


void
ngx_http_billing_zone_remove(
    ngx_http_billing_zone_t *zone, ngx_http_billing_zone_answer_t *kept)
{
    ngx_rbtree_delete(&zone->shared->answers, &kept->node.node);
    ngx_http_billing_zone_point();
    ngx_queue_remove(&kept->queue);
    ngx_http_billing_zone_point();
    ngx_http_billing_zone_free(zone, kept);
}


void
ngx_http_billing_zone_free(
    ngx_http_billing_zone_t *zone, ngx_http_billing_zone_answer_t *kept)
{
    ngx_uint_t                     i;
    ngx_http_billing_zone_piece_t *piece, *next;

    for (i = 0; i < NGX_HTTP_BILLING_CODINGS; i++) {
        for (piece = kept->bodies[i].pieces; piece != NULL; piece = next) {
            next = piece->next;
            ngx_slab_free_locked(zone->pool, piece);
            ngx_http_billing_zone_point();
        }
    }

    ngx_slab_free_locked(zone->pool, kept);
}


#if (NGX_HTTP_BILLING_ZONE_POINTS)

/* BILLING_ZONE_POINT=path:file:line, for as long as there is a file "path". */
void
ngx_http_billing_zone_at(const char *file, int line)
{
    char        here[256], path[256];
    size_t      len;
    const char *at, *colon, *name;

    at = getenv("BILLING_ZONE_POINT");
    colon = at == NULL ? NULL : strchr(at, ':');

    if (colon == NULL || colon - at >= (ptrdiff_t) sizeof(path)) {
        return;
    }

    name = strrchr(file, '/');
    (void) snprintf(
        here, sizeof(here), "%s:%d", name == NULL ? file : name + 1, line);

    len = colon - at;
    ngx_memcpy(path, at, len);
    path[len] = '\0';

    if (strcmp(colon + 1, here) == 0 && unlink(path) == 0) {
        (void) raise(SIGKILL);
    }
}

#endif
