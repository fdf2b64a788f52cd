
/*
 * The lookup engine: plan -> cache -> single flight -> fetch -> cache.  Given
 * accounts and a set of months it hands out every wanted field of every cost
 * block, from Redis where it is fresh, else from the provider.  It knows no
 * HTTP request and no identity.
 */

#ifndef NGX_HTTP_BILLING_COST_H
#define NGX_HTTP_BILLING_COST_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "core/billing_block.h"
#include "core/billing_view.h"
#include "event/ngx_billing_curl.h"
#include "event/ngx_billing_redis.h"
#include "providers/billing_provider.h"


/* One per worker: the flights under way and the limits they share. */
typedef struct ngx_http_billing_cost_s ngx_http_billing_cost_t;

/* One lookup of one request. */
typedef struct ngx_http_billing_cost_lookup_s ngx_http_billing_cost_lookup_t;


#endif /* NGX_HTTP_BILLING_COST_H */
