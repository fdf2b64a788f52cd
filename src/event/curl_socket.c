
/*
 * The sockets of the curl bridge.
 *
 * libcurl opens and closes them, and tells which it wants watched.  While it
 * does, a socket has an nginx connection, registered level-triggered (libcurl
 * does not read until EAGAIN), which belongs to the socket and not to a
 * transfer, since those of HTTP/2 share it.  Sockets that idle in libcurl's
 * cache have none.
 *
 * Two things of libcurl 7.88 are made up for.  It may close a socket that has
 * not connected before it says that it need not be watched (fixed in 8.2.0);
 * by then the number may be that of something another thread has opened, as
 * those that resolve names do.  And when an address of a host fails or takes
 * too long, it does not open the socket for the next one before it is called
 * again, but asks for no such call: so its owner is told (hear->lost).
 */

#include "event/curl_internal.h"

#include <sys/stat.h>


typedef struct {
    billing_curl_t *curl;
    ino_t           inode;
} billing_curl_watch_t;


static ngx_int_t curl_watch(
    billing_curl_t *curl, ngx_connection_t *c, curl_socket_t fd, int what);
static ngx_connection_t *curl_attach(billing_curl_t *curl, curl_socket_t fd);
static void              curl_detach(ngx_connection_t *c);
static ino_t             curl_inode(ngx_socket_t fd);
static ngx_int_t         curl_watch_event(
            ngx_event_t *ev, ngx_int_t event, ngx_uint_t wanted);
static void curl_socket_handler(ngx_event_t *ev);


/* Never fails: that would end every transfer of the multi handle. */
int
billing_curl_socket(
    CURL *easy, curl_socket_t fd, int what, void *data, void *socketp)
{
    ngx_connection_t        *c = socketp;
    billing_curl_t          *curl = data;
    billing_curl_transfer_t *t;

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, curl->log, 0,
        "billing curl socket %d what:%d", fd, what);

    /* libcurl closes connections with handles of its own, too */
    t = NULL;
    (void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &t);

    if (what == CURL_POLL_REMOVE) {
        if (c != NULL) {
            curl_detach(c);
        }
        if (t != NULL) {
            curl->hear->lost(t);
        }
        return 0;
    }

    if (curl_watch(curl, c, fd, what) != NGX_OK && t != NULL) {
        curl->hear->unwatched(t);
    }

    return 0;
}


static ngx_int_t
curl_watch(
    billing_curl_t *curl, ngx_connection_t *c, curl_socket_t fd, int what)
{
    if (c == NULL) {
        c = curl_attach(curl, fd);
        if (c == NULL) {
            return NGX_ERROR;
        }
    }

    if (curl_watch_event(c->read, NGX_READ_EVENT, what & CURL_POLL_IN)
        != NGX_OK) {
        return NGX_ERROR;
    }

    return curl_watch_event(c->write, NGX_WRITE_EVENT, what & CURL_POLL_OUT);
}


static ngx_connection_t *
curl_attach(billing_curl_t *curl, curl_socket_t fd)
{
    ngx_connection_t     *c;
    billing_curl_watch_t *watch;

    watch = ngx_alloc(sizeof(billing_curl_watch_t), curl->log);
    if (watch == NULL) {
        return NULL;
    }

    c = ngx_get_connection(fd, curl->log);
    if (c == NULL) {
        ngx_free(watch);
        return NULL;
    }

    watch->curl = curl;
    watch->inode = curl_inode(fd);

    c->data = watch;
    c->type = SOCK_STREAM;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    /* worker_shutdown_timeout calls the read handler of any connection */
    c->read->handler = curl_socket_handler;
    c->write->handler = curl_socket_handler;
    c->read->log = curl->log;
    c->write->log = curl->log;

    if (curl_multi_assign(curl->multi, fd, c) != CURLM_OK) {
        curl_detach(c);
        return NULL;
    }

    return c;
}


static void
curl_detach(ngx_connection_t *c)
{
    billing_curl_watch_t *watch = c->data;

    if (curl_inode(c->fd) != watch->inode) {
        /* closed already: the kernel has forgotten it */
        c->read->active = 0;
        c->write->active = 0;
    }

    (void) curl_watch_event(c->read, NGX_READ_EVENT, 0);
    (void) curl_watch_event(c->write, NGX_WRITE_EVENT, 0);

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }

    ngx_free(watch);
    ngx_free_connection(c);

    /* else it counts as left open when the worker exits */
    c->fd = (ngx_socket_t) -1;
}


/* What a number stands for; 0: nothing. */
static ino_t
curl_inode(ngx_socket_t fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}


/*
 * The flag of epoll is per descriptor and the same wherever it is given:
 * level-triggered.
 */
static ngx_int_t
curl_watch_event(ngx_event_t *ev, ngx_int_t event, ngx_uint_t wanted)
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
curl_socket_handler(ngx_event_t *ev)
{
    ngx_connection_t     *c = ev->data;
    billing_curl_watch_t *watch = c->data;

    if (c->close) {
        /* worker_shutdown_timeout */
        watch->curl->hear->close(watch->curl);
        return;
    }

    /* may free c */
    watch->curl->hear->ready(
        watch->curl, c->fd, ev->write ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
}
