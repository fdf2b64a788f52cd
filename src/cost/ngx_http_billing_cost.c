
/*
 * The lookups of a worker: made in init_process, gone in exit_process.
 */

#include "cost/ngx_http_billing_cost_engine.h"


#define NGX_HTTP_BILLING_COST_DEADLINE 27000 /* milliseconds */


const ngx_str_t ngx_http_billing_cost_cache_names[] = {
    ngx_string("HIT"),
    ngx_string("STALE"),
    ngx_string("UPDATING"),
    ngx_string("MISS"),
    ngx_string("BYPASS"),
};


static void ngx_http_billing_cost_room(void *data);


ngx_http_billing_cost_t *
ngx_http_billing_cost_create(const ngx_http_billing_cost_conf_t *conf)
{
    ngx_http_billing_cost_t *cost;

    cost = ngx_calloc(sizeof(ngx_http_billing_cost_t), conf->log);
    if (cost == NULL) {
        return NULL;
    }

    cost->conf = *conf;

    if (cost->conf.deadline == 0) {
        cost->conf.deadline = NGX_HTTP_BILLING_COST_DEADLINE;
    }

    ngx_queue_init(&cost->lookups);
    ngx_queue_init(&cost->held);

    billing_fetch_room(conf->fetch, ngx_http_billing_cost_room, cost);

    return cost;
}


static void
ngx_http_billing_cost_room(void *data)
{
    ngx_http_billing_cost_hold_run(data, ngx_http_billing_cost_cancel);
}


void
ngx_http_billing_cost_destroy(ngx_http_billing_cost_t *cost)
{
    ngx_queue_t *q;

    billing_fetch_room(cost->conf.fetch, NULL, NULL);

    while (!ngx_queue_empty(&cost->lookups)) {
        q = ngx_queue_head(&cost->lookups);
        ngx_http_billing_cost_cancel(
            ngx_queue_data(q, ngx_http_billing_cost_lookup_t, queue));
    }

    ngx_free(cost);
}
