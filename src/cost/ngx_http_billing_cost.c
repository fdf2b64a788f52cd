
/*
 * The engine of a worker: made in init_process, gone in exit_process.
 */

#include "cost/ngx_http_billing_cost_breaker.h"


#define NGX_HTTP_BILLING_COST_CONCURRENCY 64
#define NGX_HTTP_BILLING_COST_DEADLINE    27000 /* milliseconds */


const ngx_str_t ngx_http_billing_cost_cache_names[] = {
    ngx_string("HIT"),
    ngx_string("STALE"),
    ngx_string("UPDATING"),
    ngx_string("MISS"),
    ngx_string("BYPASS"),
};


static ngx_int_t ngx_http_billing_cost_name(ngx_http_billing_cost_t *cost);


ngx_http_billing_cost_t *
ngx_http_billing_cost_create(const ngx_http_billing_cost_conf_t *conf)
{
    ngx_http_billing_cost_t *cost;

    cost = ngx_calloc(sizeof(ngx_http_billing_cost_t), conf->log);
    if (cost == NULL) {
        return NULL;
    }

    cost->conf = *conf;

    cost->tokens = billing_tokens_create();

    if (cost->tokens == NULL || ngx_http_billing_cost_name(cost) != NGX_OK) {
        billing_tokens_free(cost->tokens);
        ngx_free(cost);
        return NULL;
    }

    if (cost->conf.concurrency == 0) {
        cost->conf.concurrency = NGX_HTTP_BILLING_COST_CONCURRENCY;
    }

    if (cost->conf.deadline == 0) {
        cost->conf.deadline = NGX_HTTP_BILLING_COST_DEADLINE;
    }

    ngx_queue_init(&cost->lookups);
    ngx_queue_init(&cost->flights);
    ngx_queue_init(&cost->ready);
    ngx_queue_init(&cost->hosts);
    ngx_queue_init(&cost->rejections);
    ngx_queue_init(&cost->held);
    ngx_rbtree_init(
        &cost->rejected, &cost->rejected_end, ngx_str_rbtree_insert_value);
    ngx_rbtree_init(
        &cost->blocks, &cost->blocks_end, ngx_str_rbtree_insert_value);
    ngx_rbtree_init(
        &cost->lanes, &cost->lanes_end, ngx_str_rbtree_insert_value);

    cost->ident = -1;
    cost->board.handler = ngx_http_billing_cost_hold_event;
    cost->board.data = cost;
    cost->board.log = cost->conf.log;

    /* whoever is held has a timer of his own */
    cost->board.cancelable = 1;

    return cost;
}


static ngx_int_t
ngx_http_billing_cost_name(ngx_http_billing_cost_t *cost)
{
    u_char *p;

    p = ngx_alloc(NGX_INT64_LEN * 3, cost->conf.log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    cost->name.data = p;
    cost->name.len = ngx_sprintf(p, "%P-%xD-%xD", ngx_pid,
                         (uint32_t) ngx_random(), (uint32_t) ngx_random())
                     - p;

    return NGX_OK;
}


void
ngx_http_billing_cost_destroy(ngx_http_billing_cost_t *cost)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(&cost->lookups)) {
        q = ngx_queue_head(&cost->lookups);
        ngx_http_billing_cost_cancel(
            ngx_queue_data(q, ngx_http_billing_cost_lookup_t, queue));
    }

    while (!ngx_queue_empty(&cost->flights)) {
        q = ngx_queue_head(&cost->flights);
        ngx_http_billing_cost_flight_destroy(
            ngx_queue_data(q, ngx_http_billing_cost_flight_t, queue));
    }

    if (cost->board.timer_set) {
        ngx_del_timer(&cost->board);
    }

    if (cost->board.posted) {
        ngx_delete_posted_event(&cost->board);
    }

    ngx_http_billing_cost_hosts_free(cost);
    ngx_http_billing_cost_rejections_free(cost);

    billing_tokens_free(cost->tokens);
    ngx_free(cost->name.data);
    ngx_free(cost);
}
