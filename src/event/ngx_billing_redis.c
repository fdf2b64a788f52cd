
/*
 * A client and its topology, as the configuration has it.  (Apart from the
 * client, since that of Sentinel has clients of its own.)
 */

#include "event/ngx_billing_redis_internal.h"


static const ngx_billing_redis_topology_t
    *const ngx_billing_redis_topologies[] = {
        &ngx_billing_redis_single,
        &ngx_billing_redis_sentinel,
        &ngx_billing_redis_cluster,
    };


ngx_billing_redis_t *
ngx_billing_redis_create(ngx_billing_redis_conf_t *conf, ngx_log_t *log)
{
    return ngx_billing_redis_client_create(
        conf, ngx_billing_redis_topologies[conf->kind], log);
}
