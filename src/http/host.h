
/*
 * The role of the machine that nginx runs on, for the domains that may use it:
 * where its keys are, and the IDs by which it tells for whom it asks.
 */

#ifndef BILLING_HTTP_HOST_H
#define BILLING_HTTP_HOST_H

#include "http/billing.h"


/* "host_role=default,team-a": the value, without the name. */
char *ngx_http_billing_set_host_role(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *domains);

/* NULL: the domain may not use it. */
const billing_host_t *billing_host(
    const billing_provider_conf_t *pc, const ngx_str_t *domain);

/*
 * The external IDs of a domain, with commas between, from pool: of each key of
 * the key file one, the first key's first.  They last as long as that key
 * does, on all nodes, and nobody can work them out without it.
 */
ngx_int_t billing_host_external(billing_keys_t *keys, ngx_pool_t *pool,
    const ngx_str_t *domain, ngx_str_t *list);


#endif /* BILLING_HTTP_HOST_H */
