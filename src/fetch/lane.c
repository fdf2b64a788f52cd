
/*
 * Who may call the provider next.  Places queue first in, first out in the
 * lane of their credential, which lets only so many of them have a slot at
 * once; the lanes take turns, so that a credential with hundreds of linked
 * accounts does not keep the others waiting.
 */

#include "fetch/lane.h"

#include "fetch/names.h"


#define BILLING_LANE_LIMIT 4
#define BILLING_LANE_PAUSE 50 /* milliseconds, half is chance */

/* slots for those who go ahead, when all others are taken by what hangs */
#define BILLING_LANE_AHEAD 2


static billing_lane_t *lane_create(
    billing_fetch_t *fetch, const ngx_str_t *name, uint32_t hash);
static void lane_update(billing_fetch_t *fetch, billing_lane_t *lane);
static void lane_give(billing_fetch_t *fetch, ngx_queue_t *waiting);


ngx_int_t
billing_lane_enter(billing_flight_t *flight)
{
    uint32_t         hash;
    ngx_str_t        name;
    billing_lane_t  *lane;
    billing_fetch_t *fetch;

    fetch = flight->fetch;

    if (billing_names_credential(fetch, &flight->owner, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    hash = ngx_crc32_short(name.data, name.len);

    lane = (billing_lane_t *) ngx_str_rbtree_lookup(&fetch->lanes, &name, hash);

    if (lane == NULL) {
        lane = lane_create(fetch, &name, hash);
        if (lane == NULL) {
            ngx_free(name.data);
            return NGX_ERROR;
        }

        lane->limit = flight->provider.concurrency;
        if (lane->limit == 0) {
            lane->limit = BILLING_LANE_LIMIT;
        }

    } else {
        ngx_free(name.data);
    }

    lane->flights++;
    flight->lane = lane;

    return NGX_OK;
}


/* Takes the name over. */
static billing_lane_t *
lane_create(billing_fetch_t *fetch, const ngx_str_t *name, uint32_t hash)
{
    billing_lane_t *lane;

    lane = ngx_calloc(sizeof(billing_lane_t), fetch->conf.log);
    if (lane == NULL) {
        return NULL;
    }

    lane->node.node.key = hash;
    lane->node.str = *name;

    ngx_queue_init(&lane->waiting);
    ngx_rbtree_insert(&fetch->lanes, &lane->node.node);

    return lane;
}


void
billing_lane_leave(billing_flight_t *flight)
{
    billing_lane_t *lane;

    lane = flight->lane;
    if (lane == NULL) {
        return;
    }

    flight->lane = NULL;

    if (--lane->flights == 0) {
        ngx_rbtree_delete(&flight->fetch->lanes, &lane->node.node);
        ngx_free(lane->node.str.data);
        ngx_free(lane);
    }
}


void
billing_lane_push(
    billing_fetch_t *fetch, billing_place_t *place, ngx_uint_t first)
{
    billing_lane_t *lane;

    lane = place->lane;

    if (first) {
        ngx_queue_insert_head(&lane->waiting, &place->queue);
    } else {
        ngx_queue_insert_tail(&lane->waiting, &place->queue);
    }

    place->state = BILLING_PLACE_WAITS;

    if (lane->busy == place) {
        lane->busy = NULL;
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, fetch->conf.log, 0,
        "billing: lane \"%V\": a place waits, %ui of %ui are taken",
        &lane->node.str, lane->active, lane->limit);

    lane_update(fetch, lane);
}


void
billing_lane_ahead(billing_fetch_t *fetch, billing_place_t *place)
{
    place->lane = NULL;
    place->state = BILLING_PLACE_WAITS;

    ngx_queue_insert_tail(&fetch->ahead, &place->queue);
}


ngx_msec_t
billing_lane_busy(
    billing_fetch_t *fetch, billing_place_t *place, ngx_msec_t pause)
{
    billing_lane_t *lane;

    lane = place->lane;
    billing_lane_drop(fetch, place);

    if (lane->busy != NULL) {
        billing_lane_push(fetch, place, 1);
        return 0;
    }

    lane->busy = place;
    lane_update(fetch, lane);

    return pause + BILLING_LANE_PAUSE + ngx_random() % BILLING_LANE_PAUSE;
}


void
billing_lane_drop(billing_fetch_t *fetch, billing_place_t *place)
{
    billing_lane_t *lane;

    lane = place->lane;

    if (place->state == BILLING_PLACE_WAITS) {
        ngx_queue_remove(&place->queue);

    } else if (place->state == BILLING_PLACE_IN) {
        fetch->active--;

        if (lane != NULL) {
            lane->active--;
        }
    }

    place->state = BILLING_PLACE_OUT;

    if (lane == NULL) {
        return;
    }

    if (lane->busy == place) {
        lane->busy = NULL;
    }

    lane_update(fetch, lane);
}


static void
lane_update(billing_fetch_t *fetch, billing_lane_t *lane)
{
    ngx_uint_t ready;

    ready = !ngx_queue_empty(&lane->waiting) && lane->active < lane->limit
            && lane->busy == NULL;

    if (ready && !lane->ready) {
        ngx_queue_insert_tail(&fetch->ready, &lane->queue);

    } else if (!ready && lane->ready) {
        ngx_queue_remove(&lane->queue);
    }

    lane->ready = ready;
}


void
billing_lane_run(billing_fetch_t *fetch)
{
    ngx_queue_t    *q;
    billing_lane_t *lane;

    for (;;) {
        if (!ngx_queue_empty(&fetch->ahead)
            && fetch->active < fetch->conf.concurrency + BILLING_LANE_AHEAD)
        {
            lane_give(fetch, &fetch->ahead);
            continue;
        }

        if (fetch->active >= fetch->conf.concurrency
            || ngx_queue_empty(&fetch->ready)) {
            return;
        }

        q = ngx_queue_head(&fetch->ready);
        ngx_queue_remove(q);
        lane = ngx_queue_data(q, billing_lane_t, queue);
        lane->ready = 0;

        lane_give(fetch, &lane->waiting);
    }
}


/* Whoever has waited longest gets a slot. */
static void
lane_give(billing_fetch_t *fetch, ngx_queue_t *waiting)
{
    ngx_queue_t     *q;
    billing_lane_t  *lane;
    billing_place_t *place;

    q = ngx_queue_head(waiting);
    ngx_queue_remove(q);

    place = ngx_queue_data(q, billing_place_t, queue);
    place->state = BILLING_PLACE_IN;
    lane = place->lane;
    fetch->active++;

    if (lane != NULL) {
        lane->active++;
        lane_update(fetch, lane);
    }

    place->turn(place);
}
