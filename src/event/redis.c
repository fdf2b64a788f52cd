
/*
 * A client and its topology, as the configuration has it.  (Apart from the
 * client, since that of Sentinel has clients of its own.)
 */

#include "event/redis_internal.h"


static const billing_redis_topology_t *const redis_topologies[] = {
    &billing_redis_single,
    &billing_redis_sentinel,
    &billing_redis_cluster,
};


billing_redis_t *
billing_redis_create(billing_redis_conf_t *conf, ngx_log_t *log)
{
    return billing_redis_client_create(conf, redis_topologies[conf->kind], log);
}
