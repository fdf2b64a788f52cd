
/*
 * Who may call the provider next.  Walks queue first in, first out in the
 * lane of their credential, which lets only so many of them run at once; the
 * lanes take turns, so that a credential with hundreds of linked accounts
 * does not keep the others waiting.
 */

#include "cost/ngx_http_billing_cost_permit.h"


#define NGX_HTTP_BILLING_COST_LANE_LIMIT 4
#define NGX_HTTP_BILLING_COST_LANE_PAUSE 50 /* milliseconds, half is chance */


static ngx_http_billing_cost_lane_t *ngx_http_billing_cost_lane_create(
    ngx_http_billing_cost_t *cost, const ngx_str_t *name, uint32_t hash);
static void ngx_http_billing_cost_lane_update(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_lane_t *lane);


ngx_int_t
ngx_http_billing_cost_lane_enter(ngx_http_billing_cost_flight_t *flight)
{
    uint32_t                      hash;
    ngx_str_t                     name;
    ngx_http_billing_cost_t      *cost;
    ngx_http_billing_cost_lane_t *lane;

    cost = flight->cost;

    if (ngx_http_billing_cost_credential_name(
            cost, &name, &flight->domain, &flight->account, flight->version)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    hash = ngx_crc32_short(name.data, name.len);

    lane = (ngx_http_billing_cost_lane_t *) ngx_str_rbtree_lookup(
        &cost->lanes, &name, hash);

    if (lane == NULL) {
        lane = ngx_http_billing_cost_lane_create(cost, &name, hash);
        if (lane == NULL) {
            ngx_free(name.data);
            return NGX_ERROR;
        }

        lane->limit = flight->provider.concurrency;
        if (lane->limit == 0) {
            lane->limit = NGX_HTTP_BILLING_COST_LANE_LIMIT;
        }

    } else {
        ngx_free(name.data);
    }

    lane->flights++;
    flight->lane = lane;

    return NGX_OK;
}


/* Takes the name over. */
static ngx_http_billing_cost_lane_t *
ngx_http_billing_cost_lane_create(
    ngx_http_billing_cost_t *cost, const ngx_str_t *name, uint32_t hash)
{
    ngx_http_billing_cost_lane_t *lane;

    lane = ngx_calloc(sizeof(ngx_http_billing_cost_lane_t), cost->conf.log);
    if (lane == NULL) {
        return NULL;
    }

    lane->node.node.key = hash;
    lane->node.str = *name;

    ngx_queue_init(&lane->waiting);
    ngx_rbtree_insert(&cost->lanes, &lane->node.node);

    return lane;
}


ngx_int_t
ngx_http_billing_cost_credential_name(ngx_http_billing_cost_t *cost,
    ngx_str_t *name, const ngx_str_t *domain, const ngx_str_t *account,
    ngx_uint_t version)
{
    name->data = ngx_alloc(
        domain->len + account->len + NGX_INT_T_LEN + 2, cost->conf.log);
    if (name->data == NULL) {
        return NGX_ERROR;
    }

    name->len = ngx_sprintf(name->data, "%V:%V:%ui", domain, account, version)
                - name->data;

    return NGX_OK;
}


/* The flight's walks have been dropped before. */
void
ngx_http_billing_cost_lane_leave(ngx_http_billing_cost_flight_t *flight)
{
    ngx_http_billing_cost_lane_t *lane;

    lane = flight->lane;
    if (lane == NULL) {
        return;
    }

    flight->lane = NULL;

    if (--lane->flights == 0) {
        ngx_rbtree_delete(&flight->cost->lanes, &lane->node.node);
        ngx_free(lane->node.str.data);
        ngx_free(lane);
    }
}


void
ngx_http_billing_cost_lane_push(
    ngx_http_billing_cost_walk_t *walk, ngx_uint_t first)
{
    ngx_http_billing_cost_lane_t *lane;

    lane = walk->flight->lane;

    if (first) {
        ngx_queue_insert_head(&lane->waiting, &walk->queue);
    } else {
        ngx_queue_insert_tail(&lane->waiting, &walk->queue);
    }

    walk->queued = 1;

    if (lane->busy == walk) {
        lane->busy = NULL;
    }

    ngx_http_billing_cost_lane_update(walk->flight->cost, lane);
}


/*
 * One of a lane's walks asks again for all of them; the others stand in line
 * behind it.
 */
void
ngx_http_billing_cost_lane_busy(
    ngx_http_billing_cost_walk_t *walk, ngx_msec_t pause)
{
    ngx_http_billing_cost_lane_t *lane;

    lane = walk->flight->lane;
    walk->permitted = 0;

    ngx_http_billing_cost_lane_drop(walk);

    if (lane->busy != NULL) {
        ngx_http_billing_cost_lane_push(walk, 1);
        return;
    }

    lane->busy = walk;
    ngx_add_timer(
        &walk->retry, pause + NGX_HTTP_BILLING_COST_LANE_PAUSE
                          + ngx_random() % NGX_HTTP_BILLING_COST_LANE_PAUSE);

    ngx_http_billing_cost_lane_update(walk->flight->cost, lane);
}


void
ngx_http_billing_cost_lane_drop(ngx_http_billing_cost_walk_t *walk)
{
    ngx_http_billing_cost_t      *cost;
    ngx_http_billing_cost_lane_t *lane;

    cost = walk->flight->cost;
    lane = walk->flight->lane;

    if (walk->queued) {
        ngx_queue_remove(&walk->queue);
        walk->queued = 0;
    }

    if (lane->busy == walk) {
        lane->busy = NULL;
    }

    ngx_http_billing_cost_permit_drop(walk);

    if (walk->active) {
        walk->active = 0;
        lane->active--;
        cost->active--;
    }

    ngx_http_billing_cost_lane_update(cost, lane);
}


static void
ngx_http_billing_cost_lane_update(
    ngx_http_billing_cost_t *cost, ngx_http_billing_cost_lane_t *lane)
{
    ngx_uint_t ready;

    ready = !ngx_queue_empty(&lane->waiting) && lane->active < lane->limit
            && lane->busy == NULL;

    if (ready && !lane->ready) {
        ngx_queue_insert_tail(&cost->ready, &lane->queue);

    } else if (!ready && lane->ready) {
        ngx_queue_remove(&lane->queue);
    }

    lane->ready = ready;
}


void
ngx_http_billing_cost_lane_run(ngx_http_billing_cost_t *cost)
{
    ngx_queue_t                  *q;
    ngx_http_billing_cost_lane_t *lane;
    ngx_http_billing_cost_walk_t *walk;

    while (cost->active < cost->conf.concurrency
           && !ngx_queue_empty(&cost->ready)) {
        q = ngx_queue_head(&cost->ready);
        ngx_queue_remove(q);
        lane = ngx_queue_data(q, ngx_http_billing_cost_lane_t, queue);
        lane->ready = 0;

        q = ngx_queue_head(&lane->waiting);
        ngx_queue_remove(q);
        walk = ngx_queue_data(q, ngx_http_billing_cost_walk_t, queue);
        walk->queued = 0;

        walk->active = 1;
        lane->active++;
        cost->active++;

        ngx_http_billing_cost_lane_update(cost, lane);
        ngx_http_billing_cost_walk_ask(walk);
    }
}
