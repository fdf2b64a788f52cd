
/*
 * The store: project groups, projects, providers and service accounts of a
 * domain, in Redis.  What every part of it shares is here; each kind of object
 * has a file of its own.
 */

#ifndef NGX_HTTP_BILLING_STORE_H
#define NGX_HTTP_BILLING_STORE_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "event/ngx_billing_redis.h"
#include "store/ngx_http_billing_seal.h"


/* One per worker; knows nothing of requests. */
typedef struct {
    ngx_billing_redis_t     *redis;
    ngx_str_t                prefix; /* "billing:" */
    ngx_http_billing_keys_t *keys;
    ngx_log_t               *log;
} ngx_http_billing_store_t;


#endif /* NGX_HTTP_BILLING_STORE_H */
