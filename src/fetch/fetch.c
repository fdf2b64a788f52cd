
/*
 * The engine of a worker: made in init_process, gone in exit_process.
 */

#include "fetch/internal.h"

#include "fetch/breaker.h"
#include "fetch/flight.h"
#include "fetch/lane.h"
#include "fetch/rejected.h"


#define BILLING_FETCH_CONCURRENCY 64


static ngx_int_t fetch_name(billing_fetch_t *fetch);
static void      fetch_event(ngx_event_t *ev);


billing_fetch_t *
billing_fetch_create(const billing_fetch_conf_t *conf)
{
    billing_fetch_t *fetch;

    fetch = ngx_calloc(sizeof(billing_fetch_t), conf->log);
    if (fetch == NULL) {
        return NULL;
    }

    fetch->conf = *conf;
    fetch->tokens = billing_tokens_create();

    if (fetch->tokens == NULL || fetch_name(fetch) != NGX_OK) {
        billing_tokens_free(fetch->tokens);
        ngx_free(fetch);
        return NULL;
    }

    if (fetch->conf.concurrency == 0) {
        fetch->conf.concurrency = BILLING_FETCH_CONCURRENCY;
    }

    ngx_queue_init(&fetch->flights);
    ngx_queue_init(&fetch->ahead);
    ngx_queue_init(&fetch->ready);
    ngx_queue_init(&fetch->breakers);
    ngx_queue_init(&fetch->rejections);
    ngx_rbtree_init(
        &fetch->rejected, &fetch->rejected_end, ngx_str_rbtree_insert_value);
    ngx_rbtree_init(
        &fetch->blocks, &fetch->blocks_end, ngx_str_rbtree_insert_value);
    ngx_rbtree_init(
        &fetch->lanes, &fetch->lanes_end, ngx_str_rbtree_insert_value);

    fetch->ident = -1;
    fetch->event.handler = fetch_event;
    fetch->event.data = fetch;
    fetch->event.log = fetch->conf.log;

    /* whoever is held has a timer of his own */
    fetch->event.cancelable = 1;

    return fetch;
}


static ngx_int_t
fetch_name(billing_fetch_t *fetch)
{
    u_char *p;

    p = ngx_alloc(NGX_INT64_LEN * 3, fetch->conf.log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    fetch->name.data = p;
    fetch->name.len = ngx_sprintf(p, "%P-%xD-%xD", ngx_pid,
                          (uint32_t) ngx_random(), (uint32_t) ngx_random())
                      - p;

    return NGX_OK;
}


ngx_int_t
billing_fetch_provider(billing_fetch_t *fetch, const ngx_str_t *domain,
    const ngx_str_t *id, billing_fetch_provider_t *provider)
{
    return fetch->conf.provider(fetch->conf.data, domain, id, provider);
}


void
billing_fetch_room(billing_fetch_t *fetch, void (*room)(void *data), void *data)
{
    fetch->room = room;
    fetch->room_data = data;
}


static void
fetch_event(ngx_event_t *ev)
{
    billing_fetch_t *fetch = ev->data;

    billing_lane_run(fetch);

    if (fetch->room != NULL) {
        fetch->room(fetch->room_data);
    }
}


void
billing_fetch_destroy(billing_fetch_t *fetch)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(&fetch->flights)) {
        q = ngx_queue_head(&fetch->flights);
        billing_flight_destroy(ngx_queue_data(q, billing_flight_t, queue));
    }

    if (fetch->event.timer_set) {
        ngx_del_timer(&fetch->event);
    }

    if (fetch->event.posted) {
        ngx_delete_posted_event(&fetch->event);
    }

    billing_breaker_free_all(fetch);
    billing_rejected_free_all(fetch);

    billing_tokens_free(fetch->tokens);
    ngx_free(fetch->name.data);
    ngx_free(fetch);
}
