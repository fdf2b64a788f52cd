
/*
 * A worker's place is that of its process: whoever follows one that was killed
 * gets the same place, and empties it.
 */

#include "event/metrics.h"


static billing_metrics_t        metrics_own;
static billing_metrics_worker_t metrics_nowhere;

billing_metrics_t        *billing_metrics = &metrics_own;
billing_metrics_worker_t *billing_metrics_worker = &metrics_nowhere;


void
billing_metrics_begin(billing_metrics_t *metrics)
{
    billing_metrics = metrics;

    if (ngx_process_slot < 0 || ngx_process_slot >= BILLING_METRICS_WORKERS) {
        return;
    }

    billing_metrics_worker = &metrics->workers[ngx_process_slot];
    ngx_memzero(billing_metrics_worker, sizeof(billing_metrics_worker_t));
    billing_metrics_worker->running = 1;
}


void
billing_metrics_end(void)
{
    ngx_memzero(billing_metrics_worker, sizeof(billing_metrics_worker_t));

    billing_metrics_worker = &metrics_nowhere;
}
