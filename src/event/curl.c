
/*
 * The curl bridge: one multi handle per worker on nginx's event loop.
 *
 * libcurl's callbacks only register and arm.  Transfers end in one place,
 * curl_drain(), which runs after libcurl has returned and calls
 * the owners last.  A running transfer has a timer of its own which is not
 * cancelable: it is both the deadline and what keeps a worker that is told to
 * quit from leaving before the transfer's end.
 */

#include "event/curl_internal.h"

#include "core/secret.h"


#define BILLING_CURL_TIMEOUT              20000
#define BILLING_CURL_MAX_CONNECTIONS      256
#define BILLING_CURL_MAX_HOST_CONNECTIONS 32
#define BILLING_CURL_MAX_MEMORY           (256 * 1024 * 1024)


/* Sets an option unless one before it failed. */
#define billing_curl_set_multi(multi, code, option, value) \
    if (code == CURLM_OK) {                                \
        code = curl_multi_setopt(multi, option, value);    \
    }


static void      curl_init(billing_curl_t *curl, ngx_log_t *log);
static CURLMcode curl_setup_multi(
    billing_curl_t *curl, billing_curl_conf_t *conf);
static int  curl_timer_callback(CURLM *multi, long timeout, void *data);
static void curl_timer_handler(ngx_event_t *ev);
static void curl_action(billing_curl_t *curl, curl_socket_t fd, int what);
static void curl_close(billing_curl_t *curl);
static void curl_lost(billing_curl_transfer_t *t);
static void curl_unwatched(billing_curl_transfer_t *t);
static void curl_deadline_handler(ngx_event_t *ev);
static void curl_move(billing_curl_transfer_t *t, ngx_queue_t *queue);
static void curl_drain(billing_curl_t *curl);
static void curl_run_again(billing_curl_t *curl);
static void curl_finish(billing_curl_transfer_t *t, CURLcode code);
static void curl_remove(billing_curl_transfer_t *t);
static void curl_turn_handler(ngx_event_t *ev);
static void curl_call_owners(billing_curl_t *curl);


static const billing_curl_hear_t curl_hear = {
    .ready = curl_action,
    .close = curl_close,
    .lost = curl_lost,
    .unwatched = curl_unwatched,
};


billing_curl_t *
billing_curl_create(billing_curl_conf_t *conf, ngx_log_t *log)
{
    CURLMcode       code;
    billing_curl_t *curl;

    /* libcurl copies what it sends, and overwrites nothing */

    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, billing_secret_alloc,
            billing_secret_free, billing_secret_realloc, billing_secret_strdup,
            billing_secret_calloc)
        != CURLE_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, log, 0, "curl_global_init_mem() failed");
        return NULL;
    }

    curl = ngx_calloc(sizeof(billing_curl_t), log);
    if (curl == NULL) {
        curl_global_cleanup();
        return NULL;
    }

    curl_init(curl, log);

    curl->proxy = conf->proxy;
    curl->max_held = conf->max_memory ? conf->max_memory
                                      : BILLING_CURL_MAX_MEMORY;
    curl->multi = curl_multi_init();
    code = CURLM_OUT_OF_MEMORY;

    if (curl->multi != NULL) {
        code = curl_setup_multi(curl, conf);
    }

    if (code != CURLM_OK) {
        ngx_log_error(NGX_LOG_ALERT, log, 0,
            "could not make a curl multi handle: \"%s\"",
            curl_multi_strerror(code));
        billing_curl_destroy(curl);
        return NULL;
    }

    return curl;
}


static void
curl_init(billing_curl_t *curl, ngx_log_t *log)
{
    curl->log = log;
    curl->ident = -1;
    curl->hear = &curl_hear;

    ngx_queue_init(&curl->running);
    ngx_queue_init(&curl->lost);
    ngx_queue_init(&curl->failed);
    ngx_queue_init(&curl->finished);

    curl->timer.handler = curl_timer_handler;
    curl->timer.data = curl;
    curl->timer.log = log;
    curl->timer.cancelable = 1;

    /* not cancelable: a callback that is due holds up a worker's exit */
    curl->turn.handler = curl_turn_handler;
    curl->turn.data = curl;
    curl->turn.log = log;
}


/*
 * MAX_CONCURRENT_STREAMS: past it, and past what the peer allows, a transfer
 * makes a connection of its own.  libcurl's default is 100.
 */
static CURLMcode
curl_setup_multi(billing_curl_t *curl, billing_curl_conf_t *conf)
{
    long      total, host;
    CURLM    *multi;
    CURLMcode code;

    multi = curl->multi;
    total = conf->max_connections ? (long) conf->max_connections
                                  : BILLING_CURL_MAX_CONNECTIONS;
    host = conf->max_host_connections ? (long) conf->max_host_connections
                                      : BILLING_CURL_MAX_HOST_CONNECTIONS;

    code = curl_multi_setopt(
        multi, CURLMOPT_SOCKETFUNCTION, billing_curl_socket);
    billing_curl_set_multi(multi, code, CURLMOPT_SOCKETDATA, curl);
    billing_curl_set_multi(
        multi, code, CURLMOPT_TIMERFUNCTION, curl_timer_callback);
    billing_curl_set_multi(multi, code, CURLMOPT_TIMERDATA, curl);
    billing_curl_set_multi(
        multi, code, CURLMOPT_PIPELINING, (long) CURLPIPE_MULTIPLEX);
    billing_curl_set_multi(multi, code, CURLMOPT_MAX_CONCURRENT_STREAMS, total);
    billing_curl_set_multi(multi, code, CURLMOPT_MAX_TOTAL_CONNECTIONS, total);
    billing_curl_set_multi(multi, code, CURLMOPT_MAXCONNECTS, total);
    billing_curl_set_multi(multi, code, CURLMOPT_MAX_HOST_CONNECTIONS, host);

    return code;
}


void
billing_curl_destroy(billing_curl_t *curl)
{
    ngx_uint_t   i;
    ngx_queue_t *queues[4], *q;

    queues[0] = &curl->running;
    queues[1] = &curl->lost;
    queues[2] = &curl->failed;
    queues[3] = &curl->finished;

    for (i = 0; i < 4; i++) {
        while (!ngx_queue_empty(queues[i])) {
            q = ngx_queue_head(queues[i]);
            billing_curl_cancel(
                ngx_queue_data(q, billing_curl_transfer_t, queue));
        }
    }

    if (curl->multi != NULL) {
        (void) curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, NULL);
        (void) curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, NULL);
        (void) curl_multi_cleanup(curl->multi);
    }

    if (curl->timer.timer_set) {
        ngx_del_timer(&curl->timer);
    }

    if (curl->turn.timer_set) {
        ngx_del_timer(&curl->turn);
    }

    curl_global_cleanup();
    ngx_free(curl);
}


billing_curl_transfer_t *
billing_curl_start(billing_curl_t *curl, billing_http_request_t *request,
    const billing_curl_options_t *options, billing_curl_done_pt done,
    void *data)
{
    ngx_msec_t               timeout;
    CURLMcode                code;
    billing_curl_transfer_t *t;

    t = billing_curl_transfer_create(curl, request, options);
    if (t == NULL) {
        return NULL;
    }

    t->done = done;
    t->data = data;
    t->ident = -1;

    t->deadline.handler = curl_deadline_handler;
    t->deadline.data = t;
    t->deadline.log = curl->log;

    ngx_queue_insert_tail(&curl->running, &t->queue);

    /* does not run it: it arms a timer */
    code = curl_multi_add_handle(curl->multi, t->easy);

    if (code != CURLM_OK) {
        ngx_log_error(NGX_LOG_ALERT, curl->log, 0,
            "curl_multi_add_handle() failed: \"%s\"",
            curl_multi_strerror(code));
        ngx_queue_remove(&t->queue);
        billing_curl_transfer_free(t);
        return NULL;
    }

    timeout = options->timeout ? options->timeout : BILLING_CURL_TIMEOUT;
    ngx_add_timer(&t->deadline, curl->closing ? 1 : timeout);

    ngx_log_debug3(NGX_LOG_DEBUG_EVENT, curl->log, 0,
        "billing curl %p: started, %M ms at most%s", t, timeout,
        t->proxied ? ", through the proxy" : "");

    return t;
}


void
billing_curl_cancel(billing_curl_transfer_t *t)
{
    if (t->state == BILLING_CURL_CALLING) {
        return;
    }

    ngx_log_debug1(
        NGX_LOG_DEBUG_EVENT, t->curl->log, 0, "billing curl %p: cancelled", t);

    if (t->state == BILLING_CURL_RUNNING) {
        curl_remove(t);
    }

    ngx_queue_remove(&t->queue);
    billing_curl_transfer_free(t);
}


static int
curl_timer_callback(CURLM *multi, long timeout, void *data)
{
    billing_curl_t *curl = data;

    if (curl->timer.timer_set) {
        /* else a change below NGX_TIMER_LAZY_DELAY would be ignored */
        ngx_del_timer(&curl->timer);
    }

    if (timeout >= 0) {
        /* a timer of 0 ms that its handler sets again never leaves nginx */
        ngx_add_timer(&curl->timer, ngx_max((ngx_msec_t) timeout, 1));
    }

    return 0;
}


static void
curl_timer_handler(ngx_event_t *ev)
{
    curl_action(ev->data, CURL_SOCKET_TIMEOUT, 0);
}


/*
 * CURLOPT_TIMEOUT_MS would not do: libcurl 7.88 does not look at it while a
 * transfer waits for a free connection (multi_handle_timeout() is only called
 * with data->conn set).
 */
static void
curl_deadline_handler(ngx_event_t *ev)
{
    billing_curl_transfer_t *t = ev->data;
    billing_curl_t          *curl = t->curl;

    curl_finish(t, CURLE_OPERATION_TIMEDOUT);
    curl_drain(curl);
}


/* Runs libcurl for a socket or the timer, then ends what is done. */
static void
curl_action(billing_curl_t *curl, curl_socket_t fd, int what)
{
    int       running;
    CURLMcode code;

    code = curl_multi_socket_action(curl->multi, fd, what, &running);

    if (code != CURLM_OK) {
        ngx_log_error(NGX_LOG_ALERT, curl->log, 0,
            "curl_multi_socket_action() failed: \"%s\"",
            curl_multi_strerror(code));
    }

    curl_drain(curl);
}


/* It is to fail as soon as libcurl has returned. */
static void
curl_unwatched(billing_curl_transfer_t *t)
{
    t->unwatched = 1;

    if (t->error == NULL) {
        t->error = "Could not watch a socket";
        curl_move(t, &t->curl->failed);
    }
}


/* It is to be run again as soon as libcurl has returned. */
static void
curl_lost(billing_curl_transfer_t *t)
{
    if (t->state == BILLING_CURL_RUNNING && t->error == NULL) {
        curl_move(t, &t->curl->lost);
    }
}


static void
curl_move(billing_curl_transfer_t *t, ngx_queue_t *queue)
{
    ngx_queue_remove(&t->queue);
    ngx_queue_insert_tail(queue, &t->queue);
}


/* What is started from now on ends at once. */
static void
curl_close(billing_curl_t *curl)
{
    ngx_queue_t             *q;
    billing_curl_transfer_t *t;

    curl->closing = 1;

    /* leaves none of them outside of running */
    curl_run_again(curl);

    while (!ngx_queue_empty(&curl->running)) {
        q = ngx_queue_head(&curl->running);
        t = ngx_queue_data(q, billing_curl_transfer_t, queue);

        t->error = "Worker process is shutting down";
        curl_finish(t, CURLE_ABORTED_BY_CALLBACK);
    }

    curl_drain(curl);
}


/*
 * Ends what libcurl is done with; the message dies when its transfer is
 * removed.
 */
static void
curl_drain(billing_curl_t *curl)
{
    int                      left;
    CURLMsg                 *msg;
    ngx_queue_t             *q;
    billing_curl_transfer_t *t;

    for (;;) {
        msg = curl_multi_info_read(curl->multi, &left);
        if (msg == NULL) {
            break;
        }

        if (msg->msg == CURLMSG_DONE) {
            (void) curl_easy_getinfo(
                msg->easy_handle, CURLINFO_PRIVATE, (char **) &t);
            curl_finish(t, msg->data.result);
        }
    }

    while (!ngx_queue_empty(&curl->failed)) {
        q = ngx_queue_head(&curl->failed);
        t = ngx_queue_data(q, billing_curl_transfer_t, queue);
        curl_finish(t, CURLE_ABORTED_BY_CALLBACK);
    }

    curl_run_again(curl);
    curl_call_owners(curl);
}


/*
 * To end a pause arms a 0 ms timer for a transfer, and is the only call that
 * does.  Where it was not needed, libcurl finds nothing to do.
 */
static void
curl_run_again(billing_curl_t *curl)
{
    ngx_queue_t             *q;
    billing_curl_transfer_t *t;

    while (!ngx_queue_empty(&curl->lost)) {
        q = ngx_queue_head(&curl->lost);
        t = ngx_queue_data(q, billing_curl_transfer_t, queue);

        curl_move(t, &curl->running);

        ngx_log_debug1(NGX_LOG_DEBUG_EVENT, curl->log, 0,
            "billing curl %p: paused and run again, it has lost a socket", t);

        (void) curl_easy_pause(t->easy, CURLPAUSE_SEND);
        (void) curl_easy_pause(t->easy, CURLPAUSE_CONT);
    }
}


static void
curl_finish(billing_curl_transfer_t *t, CURLcode code)
{
    billing_curl_transfer_finish(t, code);
    curl_remove(t);

    ngx_log_debug4(NGX_LOG_DEBUG_EVENT, t->curl->log, 0,
        "billing curl %p: ended, HTTP status %i, %uz bytes, %s", t,
        t->result.status, t->result.len,
        t->result.error ? t->result.error : "no error");

    t->state = BILLING_CURL_FINISHED;
    curl_move(t, &t->curl->finished);
}


static void
curl_remove(billing_curl_transfer_t *t)
{
    CURLMcode code;

    if (t->deadline.timer_set) {
        ngx_del_timer(&t->deadline);
    }

    code = curl_multi_remove_handle(t->curl->multi, t->easy);

    if (code != CURLM_OK) {
        ngx_log_error(NGX_LOG_ALERT, t->curl->log, 0,
            "curl_multi_remove_handle() failed: \"%s\"",
            curl_multi_strerror(code));
    }
}


static void
curl_turn_handler(ngx_event_t *ev)
{
    curl_call_owners(ev->data);
}


/*
 * One of them in a turn of nginx's loop: what an owner does with a response
 * may take long, and many responses come together.
 *
 * An owner may start transfers and cancel any, those of the queue included.
 */
static void
curl_call_owners(billing_curl_t *curl)
{
    ngx_queue_t             *q;
    billing_curl_transfer_t *t;

    while (!ngx_queue_empty(&curl->finished)) {
        if (!curl->closing) {
            if (curl->turn.timer_set) {
                return;
            }

            ngx_add_timer(&curl->turn, 1);
        }

        q = ngx_queue_head(&curl->finished);
        t = ngx_queue_data(q, billing_curl_transfer_t, queue);

        ngx_queue_remove(&t->queue);
        t->state = BILLING_CURL_CALLING;

        ngx_log_debug1(
            NGX_LOG_DEBUG_EVENT, curl->log, 0, "billing curl %p: delivered", t);

        t->done(t->data, &t->result);

        billing_curl_transfer_free(t);
    }
}
