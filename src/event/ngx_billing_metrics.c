
/*
 * A worker's place is that of its process: whoever follows one that was killed
 * gets the same place, and empties it.
 */

#include "event/ngx_billing_metrics.h"


static ngx_billing_metrics_t        ngx_billing_metrics_own;
static ngx_billing_metrics_worker_t ngx_billing_metrics_nowhere;

ngx_billing_metrics_t        *ngx_billing_metrics = &ngx_billing_metrics_own;
ngx_billing_metrics_worker_t *ngx_billing_metrics_worker =
    &ngx_billing_metrics_nowhere;


void
ngx_billing_metrics_begin(ngx_billing_metrics_t *metrics)
{
    ngx_billing_metrics = metrics;

    if (ngx_process_slot < 0 || ngx_process_slot >= NGX_BILLING_METRICS_WORKERS)
    {
        return;
    }

    ngx_billing_metrics_worker = &metrics->workers[ngx_process_slot];
    ngx_memzero(
        ngx_billing_metrics_worker, sizeof(ngx_billing_metrics_worker_t));
    ngx_billing_metrics_worker->running = 1;
}


void
ngx_billing_metrics_end(void)
{
    ngx_memzero(
        ngx_billing_metrics_worker, sizeof(ngx_billing_metrics_worker_t));

    ngx_billing_metrics_worker = &ngx_billing_metrics_nowhere;
}
