
/*
 * The zone's memory: its mutex, and room, for which answers go.
 */

#include "store/zone_shared.h"


/* Bytes of the zone for each domain that it may know. */
#define BILLING_ZONE_DOMAIN_SHARE 1024

/* An answer takes this part of the zone at most, and never more than that. */
#define BILLING_ZONE_ANSWER_PART 8
#define BILLING_ZONE_ANSWER_MAX  (1024 * 1024)


static void zone_again(billing_zone_t *zone);


ngx_int_t
billing_zone_memory_place(billing_zone_t *zone)
{
    billing_metrics_t *metrics;

    zone->shared = ngx_slab_alloc_locked(
        zone->pool, sizeof(billing_zone_shared_t));
    metrics = ngx_slab_alloc_locked(zone->pool, sizeof(billing_metrics_t));

    if (zone->shared == NULL || metrics == NULL) {
        return NGX_ERROR;
    }

    zone->shared->metrics = metrics;

    return NGX_OK;
}


void
billing_zone_memory_empty(billing_zone_t *zone, size_t size)
{
    billing_zone_shared_t *shared;

    shared = zone->shared;

    shared->signature = BILLING_ZONE_SIGN;
    shared->ndomains = 0;
    shared->max_domains = size / BILLING_ZONE_DOMAIN_SHARE;
    ngx_rbtree_init(
        &shared->domains, &shared->domains_end, ngx_str_rbtree_insert_value);
    ngx_queue_init(&shared->used_domains);

    shared->max_answer = ngx_min(
        size / BILLING_ZONE_ANSWER_PART, BILLING_ZONE_ANSWER_MAX);
    ngx_rbtree_init(
        &shared->answers, &shared->answers_end, ngx_str_rbtree_insert_value);
    ngx_queue_init(&shared->used_answers);

    /* it is full most of the time: what is old makes room */
    zone->pool->log_nomem = 0;
}


void
billing_zone_memory_lock(billing_zone_t *zone)
{
    ngx_shmtx_lock(&zone->pool->mutex);

    if (zone->shared->busy) {
        zone_again(zone);
    }

    zone->shared->busy = 1;
    ngx_memory_barrier();
}


void
billing_zone_memory_unlock(billing_zone_t *zone)
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
zone_again(billing_zone_t *zone)
{
    size_t                 size;
    billing_zone_shared_t *shared;

    shared = zone->shared;
    size = zone->pool->end - (u_char *) zone->pool;

    shared->counter++;
    shared->doubt++;

    ngx_slab_init(zone->pool);

    if (billing_zone_memory_place(zone) != NGX_OK || zone->shared != shared) {
        /* never: there was room before, and it is given out from the start */
        ngx_log_error(NGX_LOG_EMERG, ngx_cycle->log, 0,
            "billing_zone cannot be made anew");
        ngx_abort();
    }

    billing_zone_memory_empty(zone, size);

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
        "a worker has died while it changed the billing_zone: it begins anew");
}


void *
billing_zone_memory_alloc(billing_zone_t *zone, size_t size)
{
    void                  *p;
    ngx_queue_t           *q;
    billing_zone_answer_t *oldest;
    billing_zone_shared_t *shared;

    shared = zone->shared;
    p = ngx_slab_alloc_locked(zone->pool, size);

    while (p == NULL && !ngx_queue_empty(&shared->used_answers)) {
        q = ngx_queue_last(&shared->used_answers);
        oldest = ngx_queue_data(q, billing_zone_answer_t, queue);
        billing_zone_memory_remove(zone, oldest);
        billing_count(evicted);

        p = ngx_slab_alloc_locked(zone->pool, size);
    }

    return p;
}


void
billing_zone_memory_remove(billing_zone_t *zone, billing_zone_answer_t *kept)
{
    ngx_rbtree_delete(&zone->shared->answers, &kept->node.node);
    billing_zone_point();
    ngx_queue_remove(&kept->queue);
    billing_zone_point();
    billing_zone_memory_free(zone, kept);
}


void
billing_zone_memory_free(billing_zone_t *zone, billing_zone_answer_t *kept)
{
    ngx_uint_t            i;
    billing_zone_piece_t *piece, *next;

    for (i = 0; i < BILLING_CODINGS; i++) {
        for (piece = kept->bodies[i].pieces; piece != NULL; piece = next) {
            next = piece->next;
            ngx_slab_free_locked(zone->pool, piece);
            billing_zone_point();
        }
    }

    ngx_slab_free_locked(zone->pool, kept);
}


#if (BILLING_ZONE_POINTS)

/* BILLING_ZONE_POINT=path:file:line, for as long as there is a file "path". */
void
billing_zone_memory_at(const char *file, int line)
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
