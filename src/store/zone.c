
/*
 * The zone, and the stamps of domains.  A domain that nobody has
 * asked for longest is forgotten where there are too many: should it come
 * back, it gets a stamp that no answer has.
 */

#include "store/zone_shared.h"


static void            zone_renew(ngx_conf_t *cf, ngx_shm_zone_t *shm_zone);
static ngx_shm_zone_t *zone_before(
    ngx_cycle_t *cycle, const ngx_shm_zone_t *shm_zone);
static ngx_int_t              zone_init(ngx_shm_zone_t *shm_zone, void *data);
static ngx_int_t              zone_format(billing_zone_t *zone, size_t size);
static billing_zone_domain_t *zone_domain(
    billing_zone_t *zone, const ngx_str_t *name);
static void zone_forget(billing_zone_t *zone);


billing_zone_t *
billing_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag)
{
    ngx_shm_zone_t *shm_zone;
    billing_zone_t *zone;

    zone = ngx_pcalloc(cf->pool, sizeof(billing_zone_t));
    if (zone == NULL) {
        return NULL;
    }

    shm_zone = ngx_shared_memory_add(cf, name, size, tag);
    if (shm_zone == NULL) {
        return NULL;
    }

    shm_zone->init = zone_init;
    shm_zone->data = zone;

    zone_renew(cf, shm_zone);

    return zone;
}


/*
 * Memory that another build has formatted is not taken over: the old workers
 * keep it as it is, until they leave, and the new ones get their own.  nginx
 * asks the old zone, too, whether it is still of use (ngx_init_cycle()).
 */
static void
zone_renew(ngx_conf_t *cf, ngx_shm_zone_t *shm_zone)
{
    ngx_shm_zone_t        *old;
    ngx_slab_pool_t       *pool;
    billing_zone_shared_t *shared;

    if (ngx_is_init_cycle(cf->cycle->old_cycle)) {
        return;
    }

    old = zone_before(cf->cycle->old_cycle, shm_zone);
    if (old == NULL) {
        return;
    }

    pool = (ngx_slab_pool_t *) old->shm.addr;
    shared = pool->data;

    shm_zone->noreuse = shared == NULL
                        || shared->signature != BILLING_ZONE_SIGN;
    old->noreuse = shm_zone->noreuse;

    if (shm_zone->noreuse) {
        ngx_log_error(NGX_LOG_NOTICE, cf->log, 0,
            "billing_zone \"%V\" is of another version of the module: it "
            "begins anew",
            &shm_zone->shm.name);
    }
}


/* The zone whose memory nginx would hand on. */
static ngx_shm_zone_t *
zone_before(ngx_cycle_t *cycle, const ngx_shm_zone_t *shm_zone)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_shm_zone_t  *zone;
    const ngx_str_t *name;

    name = &shm_zone->shm.name;

    for (part = &cycle->shared_memory.part; part != NULL; part = part->next) {
        zone = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (zone[i].tag == shm_zone->tag && zone[i].shm.addr != NULL
                && zone[i].shm.name.len == name->len
                && ngx_strncmp(zone[i].shm.name.data, name->data, name->len)
                       == 0)
            {
                return &zone[i];
            }
        }
    }

    return NULL;
}


/* data: the zone of the configuration before, which has the same memory. */
static ngx_int_t
zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    billing_zone_t *old = data;

    billing_zone_t *zone;

    zone = shm_zone->data;
    zone->pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old == NULL && !shm_zone->shm.exists) {
        return zone_format(zone, shm_zone->shm.size);
    }

    zone->shared = zone->pool->data;

    return NGX_OK;
}


static ngx_int_t
zone_format(billing_zone_t *zone, size_t size)
{
    if (billing_zone_memory_place(zone) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(zone->shared->metrics, sizeof(billing_metrics_t));
    zone->shared->busy = 0;
    zone->shared->counter = 0;
    zone->shared->doubt = 0;

    billing_zone_memory_empty(zone, size);

    zone->pool->data = zone->shared;

    return NGX_OK;
}


billing_metrics_t *
billing_zone_metrics(billing_zone_t *zone)
{
    return zone->shared->metrics;
}


void
billing_zone_room(billing_zone_t *zone, size_t *size, size_t *unused)
{
    billing_zone_memory_lock(zone);

    *size = zone->pool->end - (u_char *) zone->pool;
    *unused = zone->pool->pfree * ngx_pagesize;

    billing_zone_memory_unlock(zone);
}


void
billing_zone_ticket(billing_zone_t *zone, const ngx_str_t *domain,
    billing_zone_ticket_t *ticket)
{
    billing_zone_domain_t *found;

    billing_zone_memory_lock(zone);

    found = billing_zone_find(zone, domain);

    if (found == NULL) {
        found = zone_domain(zone, domain);
    }

    if (found == NULL) {
        ticket->stamp = 0;
        ticket->doubt = 0;

    } else {
        ticket->stamp = found->stamp;
        ticket->doubt = billing_zone_doubts(zone, found);
    }

    billing_zone_memory_unlock(zone);
}


billing_zone_domain_t *
billing_zone_find(billing_zone_t *zone, const ngx_str_t *domain)
{
    uint32_t               hash;
    ngx_str_t              name;
    billing_zone_domain_t *found;

    name = *domain;
    hash = ngx_murmur_hash2(name.data, name.len);

    found = (billing_zone_domain_t *) ngx_str_rbtree_lookup(
        &zone->shared->domains, &name, hash);

    if (found != NULL) {
        ngx_queue_remove(&found->queue);
        billing_zone_point();
        ngx_queue_insert_head(&zone->shared->used_domains, &found->queue);
    }

    return found;
}


/* A new one. */
static billing_zone_domain_t *
zone_domain(billing_zone_t *zone, const ngx_str_t *name)
{
    size_t                 size;
    billing_zone_domain_t *domain;
    billing_zone_shared_t *shared;

    shared = zone->shared;
    size = sizeof(billing_zone_domain_t) + name->len;

    if (shared->ndomains >= shared->max_domains) {
        zone_forget(zone);
    }

    domain = billing_zone_memory_alloc(zone, size);

    while (domain == NULL && shared->ndomains != 0) {
        zone_forget(zone);
        domain = billing_zone_memory_alloc(zone, size);
    }

    if (domain == NULL) {
        return NULL;
    }

    domain->node.node.key = ngx_murmur_hash2(name->data, name->len);
    domain->node.str.len = name->len;
    domain->node.str.data = (u_char *) (domain + 1);
    ngx_memcpy(domain->node.str.data, name->data, name->len);

    billing_zone_point();
    domain->stamp = ++shared->counter;
    billing_zone_point();
    domain->doubt = 0;

    ngx_rbtree_insert(&shared->domains, &domain->node.node);
    billing_zone_point();
    ngx_queue_insert_head(&shared->used_domains, &domain->queue);
    billing_zone_point();
    shared->ndomains++;
    billing_zone_point();

    return domain;
}


static void
zone_forget(billing_zone_t *zone)
{
    ngx_queue_t           *q;
    billing_zone_domain_t *domain;

    q = ngx_queue_last(&zone->shared->used_domains);
    ngx_queue_remove(q);
    billing_zone_point();

    domain = ngx_queue_data(q, billing_zone_domain_t, queue);
    ngx_rbtree_delete(&zone->shared->domains, &domain->node.node);
    billing_zone_point();
    ngx_slab_free_locked(zone->pool, domain);
    billing_zone_point();

    zone->shared->ndomains--;
    billing_zone_point();
}


void
billing_zone_touch(billing_zone_t *zone, const ngx_str_t *domain)
{
    billing_zone_domain_t *found;

    billing_zone_memory_lock(zone);

    found = billing_zone_find(zone, domain);

    if (found != NULL) {
        found->stamp = ++zone->shared->counter;
        billing_zone_point();
    }

    billing_zone_memory_unlock(zone);
}


void
billing_zone_suspect(billing_zone_t *zone, const ngx_str_t *domain)
{
    billing_zone_domain_t *found;

    billing_zone_memory_lock(zone);

    found = billing_zone_find(zone, domain);

    if (found != NULL) {
        found->doubt++;
        billing_zone_point();
    }

    billing_zone_memory_unlock(zone);
}


void
billing_zone_doubt(billing_zone_t *zone)
{
    billing_zone_memory_lock(zone);
    zone->shared->doubt++;
    billing_zone_point();
    billing_zone_memory_unlock(zone);
}
