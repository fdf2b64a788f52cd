
/*
 * How much of what a lookup waits for is there.  Ten thousand blocks are not
 * ten thousand reports: changes are told after a pause, the last one before
 * the end.
 */

#include "cost/engine.h"


#define BILLING_COST_PROGRESS 100 /* milliseconds */


static void progress_due(billing_cost_lookup_t *lookup);
static void progress_tell(ngx_event_t *ev);


void
billing_progress_init(billing_cost_lookup_t *lookup)
{
    lookup->told_at = ngx_current_msec - BILLING_COST_PROGRESS;

    lookup->progress.handler = progress_tell;
    lookup->progress.data = lookup;
    lookup->progress.log = lookup->cost->conf.log;

    /* the lookup has a timer of its own */
    lookup->progress.cancelable = 1;
}


void
billing_progress_await(billing_cost_item_t *item)
{
    if (!item->done && !item->awaited) {
        item->awaited = 1;
        item->series->lookup->awaited++;
        progress_due(item->series->lookup);
    }
}


void
billing_progress_arrive(billing_cost_item_t *item)
{
    if (item->awaited) {
        item->series->lookup->arrived++;
        progress_due(item->series->lookup);
    }
}


static void
progress_due(billing_cost_lookup_t *lookup)
{
    ngx_msec_t since;

    if (lookup->question.progress == NULL || lookup->progress.timer_set) {
        return;
    }

    since = ngx_current_msec - lookup->told_at;

    ngx_add_timer(&lookup->progress,
        since < BILLING_COST_PROGRESS ? BILLING_COST_PROGRESS - since : 1);
}


static void
progress_tell(ngx_event_t *ev)
{
    billing_progress_last(ev->data);
}


void
billing_progress_last(billing_cost_lookup_t *lookup)
{
    if (lookup->question.progress == NULL
        || lookup->told == lookup->awaited + lookup->arrived)
    {
        return;
    }

    lookup->told = lookup->awaited + lookup->arrived;
    lookup->told_at = ngx_current_msec;

    lookup->question.progress(
        lookup->question.data, lookup->arrived, lookup->awaited);
}


void
billing_progress_stop(billing_cost_lookup_t *lookup)
{
    if (lookup->progress.timer_set) {
        ngx_del_timer(&lookup->progress);
    }
}
