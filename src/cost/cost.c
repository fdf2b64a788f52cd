
/*
 * The lookups of a worker: made in init_process, gone in exit_process.
 */

#include "cost/engine.h"


#define BILLING_COST_DEADLINE 27000 /* milliseconds */


const ngx_str_t billing_cost_cache_names[] = {
    ngx_string("HIT"),
    ngx_string("STALE"),
    ngx_string("UPDATING"),
    ngx_string("MISS"),
    ngx_string("BYPASS"),
};


static void cost_room(void *data);


billing_cost_t *
billing_cost_create(const billing_cost_conf_t *conf)
{
    billing_cost_t *cost;

    cost = ngx_calloc(sizeof(billing_cost_t), conf->log);
    if (cost == NULL) {
        return NULL;
    }

    cost->conf = *conf;

    if (cost->conf.deadline == 0) {
        cost->conf.deadline = BILLING_COST_DEADLINE;
    }

    ngx_queue_init(&cost->lookups);
    ngx_queue_init(&cost->held);

    billing_fetch_room(conf->fetch, cost_room, cost);

    return cost;
}


static void
cost_room(void *data)
{
    billing_hold_run(data, billing_lookup_cancel);
}


void
billing_cost_destroy(billing_cost_t *cost)
{
    ngx_queue_t *q;

    billing_fetch_room(cost->conf.fetch, NULL, NULL);

    while (!ngx_queue_empty(&cost->lookups)) {
        q = ngx_queue_head(&cost->lookups);
        billing_lookup_cancel(ngx_queue_data(q, billing_cost_lookup_t, queue));
    }

    ngx_free(cost);
}
