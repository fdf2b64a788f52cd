
/*
 * What lies in the zone; for ngx_http_billing_zone*.c only.
 */

#ifndef NGX_HTTP_BILLING_ZONE_SHARED_H
#define NGX_HTTP_BILLING_ZONE_SHARED_H

#include "store/ngx_http_billing_zone.h"


/* To be raised when anything below changes: a reload takes the memory over. */
#define NGX_HTTP_BILLING_ZONE_LAYOUT 1


typedef struct {
    ngx_uint_t        layout;
    uint64_t          counter; /* the last stamp given */
    uint64_t          doubt;
    ngx_rbtree_t      domains;
    ngx_rbtree_node_t domains_end;
    ngx_queue_t       used_domains; /* latest first */
    ngx_uint_t        ndomains;
    ngx_uint_t        max_domains;
} ngx_http_billing_zone_shared_t;


typedef struct {
    ngx_str_node_t node; /* the name follows */
    ngx_queue_t    queue;
    uint64_t       stamp;
} ngx_http_billing_zone_domain_t;


struct ngx_http_billing_zone_s {
    ngx_http_billing_zone_shared_t *shared;
    ngx_slab_pool_t                *pool;
};


/* Under the mutex.  NULL: it is not known. */
ngx_http_billing_zone_domain_t *ngx_http_billing_zone_find(
    ngx_http_billing_zone_t *zone, const ngx_str_t *domain);


#endif /* NGX_HTTP_BILLING_ZONE_SHARED_H */
