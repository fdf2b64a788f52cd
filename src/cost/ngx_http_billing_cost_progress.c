
/*
 * How much of what a lookup waits for is there.  Ten thousand blocks are not
 * ten thousand reports: changes are told after a pause, the last one before
 * the end.
 */

#include "cost/ngx_http_billing_cost_engine.h"


#define NGX_HTTP_BILLING_COST_PROGRESS 100 /* milliseconds */


static void ngx_http_billing_cost_progress_due(
    ngx_http_billing_cost_lookup_t *lookup);
static void ngx_http_billing_cost_progress_tell(ngx_event_t *ev);


void
ngx_http_billing_cost_progress_init(ngx_http_billing_cost_lookup_t *lookup)
{
    lookup->told_at = ngx_current_msec - NGX_HTTP_BILLING_COST_PROGRESS;

    lookup->progress.handler = ngx_http_billing_cost_progress_tell;
    lookup->progress.data = lookup;
    lookup->progress.log = lookup->cost->conf.log;

    /* the lookup has a timer of its own */
    lookup->progress.cancelable = 1;
}


void
ngx_http_billing_cost_await(ngx_http_billing_cost_item_t *item)
{
    if (!item->done && !item->awaited) {
        item->awaited = 1;
        item->series->lookup->awaited++;
        ngx_http_billing_cost_progress_due(item->series->lookup);
    }
}


void
ngx_http_billing_cost_arrive(ngx_http_billing_cost_item_t *item)
{
    if (item->awaited) {
        item->series->lookup->arrived++;
        ngx_http_billing_cost_progress_due(item->series->lookup);
    }
}


static void
ngx_http_billing_cost_progress_due(ngx_http_billing_cost_lookup_t *lookup)
{
    ngx_msec_t since;

    if (lookup->question.progress == NULL || lookup->progress.timer_set) {
        return;
    }

    since = ngx_current_msec - lookup->told_at;

    ngx_add_timer(
        &lookup->progress, since < NGX_HTTP_BILLING_COST_PROGRESS
                               ? NGX_HTTP_BILLING_COST_PROGRESS - since
                               : 1);
}


static void
ngx_http_billing_cost_progress_tell(ngx_event_t *ev)
{
    ngx_http_billing_cost_progress_last(ev->data);
}


void
ngx_http_billing_cost_progress_last(ngx_http_billing_cost_lookup_t *lookup)
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
ngx_http_billing_cost_progress_stop(ngx_http_billing_cost_lookup_t *lookup)
{
    if (lookup->progress.timer_set) {
        ngx_del_timer(&lookup->progress);
    }
}
