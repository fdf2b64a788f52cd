
/*
 * The sockets of the curl bridge.
 *
 * libcurl opens and closes them, and tells which it wants watched.  While it
 * does, a socket has an nginx connection, registered level-triggered (libcurl
 * does not read until EAGAIN), which belongs to the socket and not to a
 * transfer, since those of HTTP/2 share it.  Sockets that idle in libcurl's
 * cache have none.
 *
 * libcurl 7.88 closes a socket that has not connected without a word, and
 * says that it need not be watched only afterwards.  By then the number may
 * be that of the socket for the next address of the host; libcurl would not
 * see a change and nobody would watch the new one.  So it gets no number that
 * is still watched.  (Later versions tell first: a70d97c46c, 8.2.0.)
 */

#include "event/ngx_billing_curl_internal.h"

#include <fcntl.h>


static ngx_int_t ngx_billing_curl_watch(
    ngx_billing_curl_t *curl, ngx_connection_t *c, curl_socket_t fd, int what);
static ngx_connection_t *ngx_billing_curl_attach(
    ngx_billing_curl_t *curl, curl_socket_t fd);
static void      ngx_billing_curl_detach(ngx_connection_t *c);
static ngx_int_t ngx_billing_curl_watch_event(
    ngx_event_t *ev, ngx_int_t event, ngx_uint_t wanted);
static void ngx_billing_curl_socket_handler(ngx_event_t *ev);


curl_socket_t
ngx_billing_curl_open_socket(
    void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    int                 fd, other, highest;
    ngx_uint_t          taken;
    ngx_queue_t        *q;
    ngx_connection_t   *c;
    ngx_billing_curl_t *curl = data;

    fd = socket(
        address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd == -1) {
        return CURL_SOCKET_BAD;
    }

    taken = 0;
    highest = fd;

    for (q = ngx_queue_head(&curl->watched);
         q != ngx_queue_sentinel(&curl->watched); q = ngx_queue_next(q))
    {
        c = ngx_queue_data(q, ngx_connection_t, queue);
        taken |= (c->fd == fd);
        highest = ngx_max(highest, c->fd);
    }

    if (!taken) {
        return fd;
    }

    other = fcntl(fd, F_DUPFD_CLOEXEC, highest + 1);
    (void) close(fd);

    return other == -1 ? CURL_SOCKET_BAD : other;
}


/* Never fails: that would end every transfer of the multi handle. */
int
ngx_billing_curl_socket(
    CURL *easy, curl_socket_t fd, int what, void *data, void *socketp)
{
    ngx_connection_t            *c = socketp;
    ngx_billing_curl_t          *curl = data;
    ngx_billing_curl_transfer_t *t;

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, curl->log, 0,
        "billing curl socket %d what:%d", fd, what);

    if (what == CURL_POLL_REMOVE) {
        if (c != NULL) {
            ngx_billing_curl_detach(c);
        }
        return 0;
    }

    if (ngx_billing_curl_watch(curl, c, fd, what) == NGX_OK) {
        return 0;
    }

    t = NULL;
    (void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &t);

    if (t != NULL) {
        ngx_billing_curl_fail(t, "Could not watch a socket");
    }

    return 0;
}


static ngx_int_t
ngx_billing_curl_watch(
    ngx_billing_curl_t *curl, ngx_connection_t *c, curl_socket_t fd, int what)
{
    if (c == NULL) {
        c = ngx_billing_curl_attach(curl, fd);
        if (c == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_billing_curl_watch_event(
            c->read, NGX_READ_EVENT, what & CURL_POLL_IN)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_billing_curl_watch_event(
        c->write, NGX_WRITE_EVENT, what & CURL_POLL_OUT);
}


static ngx_connection_t *
ngx_billing_curl_attach(ngx_billing_curl_t *curl, curl_socket_t fd)
{
    ngx_connection_t *c;

    c = ngx_get_connection(fd, curl->log);
    if (c == NULL) {
        return NULL;
    }

    c->data = curl;
    c->type = SOCK_STREAM;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    /* worker_shutdown_timeout calls the read handler of any connection */
    c->read->handler = ngx_billing_curl_socket_handler;
    c->write->handler = ngx_billing_curl_socket_handler;
    c->read->log = curl->log;
    c->write->log = curl->log;

    /* free for use: the connection is not a reusable one of nginx */
    ngx_queue_insert_tail(&curl->watched, &c->queue);

    if (curl_multi_assign(curl->multi, fd, c) != CURLM_OK) {
        ngx_billing_curl_detach(c);
        return NULL;
    }

    return c;
}


static void
ngx_billing_curl_detach(ngx_connection_t *c)
{
    if (fcntl(c->fd, F_GETFD) == -1) {
        /* closed already, see above: the kernel has forgotten it */
        c->read->active = 0;
        c->write->active = 0;
    }

    (void) ngx_billing_curl_watch_event(c->read, NGX_READ_EVENT, 0);
    (void) ngx_billing_curl_watch_event(c->write, NGX_WRITE_EVENT, 0);

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }

    ngx_queue_remove(&c->queue);
    ngx_free_connection(c);

    /* else it counts as left open when the worker exits */
    c->fd = (ngx_socket_t) -1;
}


/*
 * The flag of epoll is per descriptor and the same wherever it is given:
 * level-triggered.
 */
static ngx_int_t
ngx_billing_curl_watch_event(
    ngx_event_t *ev, ngx_int_t event, ngx_uint_t wanted)
{
    if (wanted && !ev->active) {
        return ngx_add_event(ev, event, NGX_LEVEL_EVENT);
    }

    if (!wanted && ev->active) {
        return ngx_del_event(ev, event, NGX_LEVEL_EVENT);
    }

    return NGX_OK;
}


static void
ngx_billing_curl_socket_handler(ngx_event_t *ev)
{
    ngx_connection_t   *c = ev->data;
    ngx_billing_curl_t *curl = c->data;

    if (c->close) {
        /* worker_shutdown_timeout */
        ngx_billing_curl_close(curl);
        return;
    }

    /* may free c */
    ngx_billing_curl_action(
        curl, c->fd, ev->write ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
}
