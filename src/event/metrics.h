
/*
 * Counters of all workers of an nginx.  They lie in shared memory, where there
 * is some, and outlive a reload; what a worker is doing right now is its own,
 * and goes with it.  Counting is one atomic addition, from anywhere in a
 * worker.
 */

#ifndef BILLING_EVENT_METRICS_H
#define BILLING_EVENT_METRICS_H

#include <ngx_config.h>
#include <ngx_core.h>


#define BILLING_METRICS_ROUTES    64
#define BILLING_METRICS_CLASSES   6 /* of a status; 0: there was none */
#define BILLING_METRICS_CACHES    5
#define BILLING_METRICS_BUCKETS   10
#define BILLING_METRICS_PROVIDERS 24
#define BILLING_METRICS_RESULTS   6
#define BILLING_METRICS_WORKERS   128


/* What one worker is doing. */
typedef struct {
    ngx_atomic_t transfers; /* calls to providers in flight */
    ngx_atomic_t redis;     /* connections to Redis that are ready */
    ngx_atomic_t breakers;  /* hosts of providers that are held back */
    ngx_atomic_t running;   /* 1 */
} billing_metrics_worker_t;

typedef struct {
    uint32_t print; /* of what the places below stand for */

    ngx_atomic_t requests[BILLING_METRICS_ROUTES][BILLING_METRICS_CLASSES];
    ngx_atomic_t caches[BILLING_METRICS_CACHES];
    ngx_atomic_t lookups[BILLING_METRICS_BUCKETS + 1]; /* last: longer */
    ngx_atomic_t lookup_ms;
    ngx_atomic_t calls[BILLING_METRICS_PROVIDERS][BILLING_METRICS_RESULTS];
    ngx_atomic_t refused;   /* verifications */
    ngx_atomic_t kept;      /* answers */
    ngx_atomic_t evicted;   /* answers that had to make room */
    ngx_atomic_t held_back; /* hosts, how often */
    ngx_atomic_t redis_commands;
    ngx_atomic_t redis_failures;
    ngx_atomic_t redis_connects;

    billing_metrics_worker_t workers[BILLING_METRICS_WORKERS];
} billing_metrics_t;


/* Never NULL: without shared memory they are the process' own. */
extern billing_metrics_t        *billing_metrics;
extern billing_metrics_worker_t *billing_metrics_worker;

#define billing_count(counter) \
    ((void) ngx_atomic_fetch_add(&billing_metrics->counter, 1))
#define billing_gauge(gauge, n) \
    ((void) ngx_atomic_fetch_add(&billing_metrics_worker->gauge, n))


/* For init_process and exit_process. */
void billing_metrics_begin(billing_metrics_t *metrics);
void billing_metrics_end(void);


#endif /* BILLING_EVENT_METRICS_H */
