
/*
 * Tasks wait in a queue of our own until one of the few that may run is over.
 * nginx ends its threads, which finish what they have, before exit_process of
 * any HTTP module: what is in "running" then has been run.
 *
 * A pool may refuse a task: its queue is full of other modules' tasks, or it
 * has no threads.  nginx says why in its log, and may leave the task marked as
 * active, so a refused task is never posted again: the loop does the work.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#if (NGX_THREADS)
#include <ngx_thread_pool.h>
#endif

#include "event/threads.h"


#define BILLING_THREADS_HOLD 60000 /* milliseconds */


struct billing_threads_s {
    void       *pool;
    ngx_log_t  *log;
    ngx_uint_t  limit;
    ngx_uint_t  active;
    ngx_queue_t waiting; /* only while "limit" tasks are active */
    ngx_queue_t running;
    ngx_event_t more; /* the next turn: refused tasks go one at a time */
};


#if (NGX_THREADS)

struct billing_task_s {
    ngx_queue_t                queue;
    billing_threads_t         *threads;
    ngx_int_t                  ident; /* for event debug logging */
    const billing_task_type_t *type;
    void                      *data;
    ngx_event_t                hold;
    ngx_thread_task_t          task;
    unsigned                   posted : 1;
    unsigned                   cancelled : 1;
};


static void      threads_next(billing_threads_t *threads);
static void      threads_more(ngx_event_t *ev);
static ngx_int_t threads_task_post(billing_task_t *task);
static void      threads_task_here(billing_task_t *task);
static void      threads_task_run(void *data, ngx_log_t *log);
static void      threads_task_done(ngx_event_t *ev);
static void      threads_task_hold(ngx_event_t *ev);
static void      threads_task_free(billing_task_t *task);


/*
 * nginx ends a thread by pthread_exit(), for which glibc loads this library at
 * that moment, and aborts where it cannot: without a descriptor, or without
 * memory, a worker that leaves would dump core.
 */
static void
threads_unwinder(void)
{
#if (NGX_HAVE_DLOPEN && defined __GLIBC__)
    (void) dlopen("libgcc_s.so.1", RTLD_NOW);
#endif
}


ngx_int_t
billing_threads_add(ngx_conf_t *cf, void **pool)
{
    threads_unwinder();

    *pool = ngx_thread_pool_add(cf, NULL);

    return *pool == NULL ? NGX_ERROR : NGX_OK;
}

#else

ngx_int_t
billing_threads_add(ngx_conf_t *cf, void **pool)
{
    *pool = NULL;

    return NGX_OK;
}

#endif


billing_threads_t *
billing_threads_create(void *pool, ngx_uint_t limit, ngx_log_t *log)
{
    billing_threads_t *threads;

    threads = ngx_calloc(sizeof(billing_threads_t), log);
    if (threads == NULL) {
        return NULL;
    }

    threads->pool = pool;
    threads->log = log;
    threads->limit = limit;
    ngx_queue_init(&threads->waiting);
    ngx_queue_init(&threads->running);

#if (NGX_THREADS)
    threads->more.handler = threads_more;
    threads->more.data = threads;
    threads->more.log = log;
#endif

    return threads;
}


ngx_uint_t
billing_threads_exist(billing_threads_t *threads)
{
    return threads->pool != NULL;
}


#if (NGX_THREADS)

void
billing_threads_destroy(billing_threads_t *threads)
{
    ngx_queue_t    *q;
    billing_task_t *task;

    if (!ngx_queue_empty(&threads->waiting)) {
        ngx_queue_add(&threads->running, &threads->waiting);
    }

    if (threads->more.posted) {
        ngx_delete_posted_event(&threads->more);
    }

    while (!ngx_queue_empty(&threads->running)) {
        q = ngx_queue_head(&threads->running);
        task = ngx_queue_data(q, billing_task_t, queue);

        task->type->drop(task->data);
        threads_task_free(task);
    }

    ngx_free(threads);
}


billing_task_t *
billing_threads_run(
    billing_threads_t *threads, const billing_task_type_t *type, void *data)
{
    billing_task_t *task;

    if (threads->pool == NULL) {
        return NULL;
    }

    task = ngx_calloc(sizeof(billing_task_t), threads->log);
    if (task == NULL) {
        return NULL;
    }

    task->threads = threads;
    task->ident = -1;
    task->type = type;
    task->data = data;

    task->hold.handler = threads_task_hold;
    task->hold.data = task;
    task->hold.log = threads->log;

    task->task.ctx = task;
    task->task.handler = threads_task_run;
    task->task.event.handler = threads_task_done;
    task->task.event.data = task;
    task->task.event.log = threads->log;

    ngx_queue_insert_tail(&threads->waiting, &task->queue);
    ngx_add_timer(&task->hold, BILLING_THREADS_HOLD);

    if (threads->active < threads->limit && threads_task_post(task) != NGX_OK) {
        threads_task_free(task);
        return NULL;
    }

    return task;
}


static void
threads_next(billing_threads_t *threads)
{
    ngx_queue_t    *q;
    billing_task_t *task;

    while (threads->active < threads->limit
           && !ngx_queue_empty(&threads->waiting)) {
        q = ngx_queue_head(&threads->waiting);
        task = ngx_queue_data(q, billing_task_t, queue);

        if (threads_task_post(task) != NGX_OK) {
            ngx_post_event(&threads->more, &ngx_posted_next_events);
            threads_task_here(task);
            return;
        }
    }
}


static void
threads_more(ngx_event_t *ev)
{
    threads_next(ev->data);
}


static ngx_int_t
threads_task_post(billing_task_t *task)
{
    billing_threads_t *threads;

    threads = task->threads;

    if (ngx_thread_task_post(threads->pool, &task->task) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_queue_remove(&task->queue);
    ngx_queue_insert_tail(&threads->running, &task->queue);
    task->posted = 1;
    threads->active++;

    return NGX_OK;
}


/* The pool has refused it. */
static void
threads_task_here(billing_task_t *task)
{
    void                      *data;
    const billing_task_type_t *type;

    type = task->type;
    data = task->data;

    ngx_log_debug0(NGX_LOG_DEBUG_EVENT, task->threads->log, 0,
        "billing task: no thread, the loop runs it");

    threads_task_free(task);
    type->run(data);
    type->done(data);
}


static void
threads_task_run(void *data, ngx_log_t *log)
{
    billing_task_t *task = data;

    task->type->run(task->data);
}


static void
threads_task_done(ngx_event_t *ev)
{
    billing_task_t *task = ev->data;

    void                      *data;
    unsigned                   cancelled;
    billing_threads_t         *threads;
    const billing_task_type_t *type;

    threads = task->threads;
    type = task->type;
    data = task->data;
    cancelled = task->cancelled;

    threads->active--;
    threads_task_free(task);
    threads_next(threads);

    if (cancelled) {
        type->drop(data);
    } else {
        type->done(data);
    }
}


/* A timer that is not cancelable keeps the worker until the task is over. */
static void
threads_task_hold(ngx_event_t *ev)
{
    billing_task_t *task = ev->data;

    ngx_add_timer(&task->hold, BILLING_THREADS_HOLD);
}


void
billing_threads_cancel(billing_task_t *task)
{
    void                      *data;
    const billing_task_type_t *type;

    if (task->posted) {
        task->cancelled = 1;
        return;
    }

    type = task->type;
    data = task->data;

    threads_task_free(task);
    type->drop(data);
}


static void
threads_task_free(billing_task_t *task)
{
    ngx_queue_remove(&task->queue);

    if (task->hold.timer_set) {
        ngx_del_timer(&task->hold);
    }

    ngx_free(task);
}

#else

void
billing_threads_destroy(billing_threads_t *threads)
{
    ngx_free(threads);
}


billing_task_t *
billing_threads_run(
    billing_threads_t *threads, const billing_task_type_t *type, void *data)
{
    return NULL;
}


void
billing_threads_cancel(billing_task_t *task)
{
}

#endif
