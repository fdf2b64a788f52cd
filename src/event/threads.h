
/*
 * Work that takes long goes to nginx's thread pool, a few pieces at a time:
 * more would only take the processors, and memory, from the loop.
 *
 * run() is called in a thread and touches nothing but its data.  done() is
 * called from nginx's event loop, never before billing_threads_run() has
 * returned.  A task under way keeps a worker from leaving.
 */

#ifndef BILLING_EVENT_THREADS_H
#define BILLING_EVENT_THREADS_H

#include <ngx_config.h>
#include <ngx_core.h>


typedef struct billing_threads_s billing_threads_t;
typedef struct billing_task_s    billing_task_t;


typedef struct {
    void (*run)(void *data);
    void (*done)(void *data);
    void (*drop)(void *data); /* after a cancel, when run() is over */
} billing_task_type_t;


/*
 * While a directive is parsed: the pool for create(), NULL where nginx has no
 * threads.  Later is too late: Angie makes its pools before it calls
 * postconfiguration handlers.
 */
ngx_int_t billing_threads_add(ngx_conf_t *cf, void **pool);

/* limit: tasks that run at a time.  NULL when out of memory. */
billing_threads_t *billing_threads_create(
    void *pool, ngx_uint_t limit, ngx_log_t *log);

/* For exit_process, when nginx has ended its threads: drops all tasks. */
void billing_threads_destroy(billing_threads_t *threads);

/* 1 if there are threads at all. */
ngx_uint_t billing_threads_exist(billing_threads_t *threads);

/*
 * NULL when there is no thread, no memory or no room in the pool: then no
 * function was called, and the caller does the work himself.  type is static.
 */
billing_task_t *billing_threads_run(
    billing_threads_t *threads, const billing_task_type_t *type, void *data);

/* done() is not called any more; drop() is, maybe at once, with the data. */
void billing_threads_cancel(billing_task_t *task);


#endif /* BILLING_EVENT_THREADS_H */
