
/*
 * The zone, and the stamps of domains.  A domain that nobody has
 * asked for longest is forgotten where there are too many: should it come
 * back, it gets a stamp that no answer has.
 */

#include "store/ngx_http_billing_zone_shared.h"


static void ngx_http_billing_zone_renew(
    ngx_conf_t *cf, ngx_shm_zone_t *shm_zone);
static ngx_shm_zone_t *ngx_http_billing_zone_before(
    ngx_cycle_t *cycle, const ngx_shm_zone_t *shm_zone);
static ngx_int_t ngx_http_billing_zone_init(
    ngx_shm_zone_t *shm_zone, void *data);
static ngx_int_t ngx_http_billing_zone_format(
    ngx_http_billing_zone_t *zone, size_t size);
static ngx_http_billing_zone_domain_t *ngx_http_billing_zone_domain(
    ngx_http_billing_zone_t *zone, const ngx_str_t *name);
static void ngx_http_billing_zone_forget(ngx_http_billing_zone_t *zone);


ngx_http_billing_zone_t *
ngx_http_billing_zone_add(
    ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag)
{
    ngx_shm_zone_t          *shm_zone;
    ngx_http_billing_zone_t *zone;

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_billing_zone_t));
    if (zone == NULL) {
        return NULL;
    }

    shm_zone = ngx_shared_memory_add(cf, name, size, tag);
    if (shm_zone == NULL) {
        return NULL;
    }

    shm_zone->init = ngx_http_billing_zone_init;
    shm_zone->data = zone;

    ngx_http_billing_zone_renew(cf, shm_zone);

    return zone;
}


/*
 * Memory that another build has formatted is not taken over: the old workers
 * keep it as it is, until they leave, and the new ones get their own.  nginx
 * asks the old zone, too, whether it is still of use (ngx_init_cycle()).
 */
static void
ngx_http_billing_zone_renew(ngx_conf_t *cf, ngx_shm_zone_t *shm_zone)
{
    ngx_shm_zone_t                 *old;
    ngx_slab_pool_t                *pool;
    ngx_http_billing_zone_shared_t *shared;

    if (ngx_is_init_cycle(cf->cycle->old_cycle)) {
        return;
    }

    old = ngx_http_billing_zone_before(cf->cycle->old_cycle, shm_zone);
    if (old == NULL) {
        return;
    }

    pool = (ngx_slab_pool_t *) old->shm.addr;
    shared = pool->data;

    shm_zone->noreuse = shared == NULL
                        || shared->signature != NGX_HTTP_BILLING_ZONE_SIGN;
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
ngx_http_billing_zone_before(ngx_cycle_t *cycle, const ngx_shm_zone_t *shm_zone)
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
ngx_http_billing_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_billing_zone_t *old = data;

    ngx_http_billing_zone_t *zone;

    zone = shm_zone->data;
    zone->pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old == NULL && !shm_zone->shm.exists) {
        return ngx_http_billing_zone_format(zone, shm_zone->shm.size);
    }

    zone->shared = zone->pool->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_zone_format(ngx_http_billing_zone_t *zone, size_t size)
{
    if (ngx_http_billing_zone_place(zone) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(zone->shared->metrics, sizeof(ngx_billing_metrics_t));
    zone->shared->busy = 0;
    zone->shared->counter = 0;
    zone->shared->doubt = 0;

    ngx_http_billing_zone_empty(zone, size);

    zone->pool->data = zone->shared;

    return NGX_OK;
}


ngx_billing_metrics_t *
ngx_http_billing_zone_metrics(ngx_http_billing_zone_t *zone)
{
    return zone->shared->metrics;
}


void
ngx_http_billing_zone_room(
    ngx_http_billing_zone_t *zone, size_t *size, size_t *unused)
{
    ngx_http_billing_zone_lock(zone);

    *size = zone->pool->end - (u_char *) zone->pool;
    *unused = zone->pool->pfree * ngx_pagesize;

    ngx_http_billing_zone_unlock(zone);
}


void
ngx_http_billing_zone_ticket(ngx_http_billing_zone_t *zone,
    const ngx_str_t *domain, ngx_http_billing_zone_ticket_t *ticket)
{
    ngx_http_billing_zone_domain_t *found;

    ngx_http_billing_zone_lock(zone);

    found = ngx_http_billing_zone_find(zone, domain);

    if (found == NULL) {
        found = ngx_http_billing_zone_domain(zone, domain);
    }

    if (found == NULL) {
        ticket->stamp = 0;
        ticket->doubt = 0;

    } else {
        ticket->stamp = found->stamp;
        ticket->doubt = ngx_http_billing_zone_doubts(zone, found);
    }

    ngx_http_billing_zone_unlock(zone);
}


ngx_http_billing_zone_domain_t *
ngx_http_billing_zone_find(
    ngx_http_billing_zone_t *zone, const ngx_str_t *domain)
{
    uint32_t                        hash;
    ngx_str_t                       name;
    ngx_http_billing_zone_domain_t *found;

    name = *domain;
    hash = ngx_murmur_hash2(name.data, name.len);

    found = (ngx_http_billing_zone_domain_t *) ngx_str_rbtree_lookup(
        &zone->shared->domains, &name, hash);

    if (found != NULL) {
        ngx_queue_remove(&found->queue);
        ngx_http_billing_zone_point();
        ngx_queue_insert_head(&zone->shared->used_domains, &found->queue);
    }

    return found;
}


/* A new one. */
static ngx_http_billing_zone_domain_t *
ngx_http_billing_zone_domain(
    ngx_http_billing_zone_t *zone, const ngx_str_t *name)
{
    size_t                          size;
    ngx_http_billing_zone_domain_t *domain;
    ngx_http_billing_zone_shared_t *shared;

    shared = zone->shared;
    size = sizeof(ngx_http_billing_zone_domain_t) + name->len;

    if (shared->ndomains >= shared->max_domains) {
        ngx_http_billing_zone_forget(zone);
    }

    domain = ngx_http_billing_zone_alloc(zone, size);

    while (domain == NULL && shared->ndomains != 0) {
        ngx_http_billing_zone_forget(zone);
        domain = ngx_http_billing_zone_alloc(zone, size);
    }

    if (domain == NULL) {
        return NULL;
    }

    domain->node.node.key = ngx_murmur_hash2(name->data, name->len);
    domain->node.str.len = name->len;
    domain->node.str.data = (u_char *) (domain + 1);
    ngx_memcpy(domain->node.str.data, name->data, name->len);

    ngx_http_billing_zone_point();
    domain->stamp = ++shared->counter;
    ngx_http_billing_zone_point();
    domain->doubt = 0;

    ngx_rbtree_insert(&shared->domains, &domain->node.node);
    ngx_http_billing_zone_point();
    ngx_queue_insert_head(&shared->used_domains, &domain->queue);
    ngx_http_billing_zone_point();
    shared->ndomains++;
    ngx_http_billing_zone_point();

    return domain;
}


static void
ngx_http_billing_zone_forget(ngx_http_billing_zone_t *zone)
{
    ngx_queue_t                    *q;
    ngx_http_billing_zone_domain_t *domain;

    q = ngx_queue_last(&zone->shared->used_domains);
    ngx_queue_remove(q);
    ngx_http_billing_zone_point();

    domain = ngx_queue_data(q, ngx_http_billing_zone_domain_t, queue);
    ngx_rbtree_delete(&zone->shared->domains, &domain->node.node);
    ngx_http_billing_zone_point();
    ngx_slab_free_locked(zone->pool, domain);
    ngx_http_billing_zone_point();

    zone->shared->ndomains--;
    ngx_http_billing_zone_point();
}


void
ngx_http_billing_zone_touch(
    ngx_http_billing_zone_t *zone, const ngx_str_t *domain)
{
    ngx_http_billing_zone_domain_t *found;

    ngx_http_billing_zone_lock(zone);

    found = ngx_http_billing_zone_find(zone, domain);

    if (found != NULL) {
        found->stamp = ++zone->shared->counter;
        ngx_http_billing_zone_point();
    }

    ngx_http_billing_zone_unlock(zone);
}


void
ngx_http_billing_zone_suspect(
    ngx_http_billing_zone_t *zone, const ngx_str_t *domain)
{
    ngx_http_billing_zone_domain_t *found;

    ngx_http_billing_zone_lock(zone);

    found = ngx_http_billing_zone_find(zone, domain);

    if (found != NULL) {
        found->doubt++;
        ngx_http_billing_zone_point();
    }

    ngx_http_billing_zone_unlock(zone);
}


void
ngx_http_billing_zone_doubt(ngx_http_billing_zone_t *zone)
{
    ngx_http_billing_zone_lock(zone);
    zone->shared->doubt++;
    ngx_http_billing_zone_point();
    ngx_http_billing_zone_unlock(zone);
}
