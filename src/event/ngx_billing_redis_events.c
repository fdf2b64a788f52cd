
/*
 * hiredis' events are nginx's: a connection of nginx for its socket, level-
 * triggered, for hiredis reads 16 KB at a time.  Of these an event reads a
 * few: where turns of nginx's loop are long, replies would come too late.
 *
 * The nginx connection owns the descriptor.  It ends in ev.cleanup, which
 * hiredis calls whatever ended the context, and leaves hiredis -1 to close; the
 * link's owner hears of it there (link->ended).
 */

#include "event/ngx_billing_redis_internal.h"


#define NGX_BILLING_REDIS_READS 16 /* of one event */

static void      ngx_billing_redis_event(ngx_event_t *ev);
static void      ngx_billing_redis_write(ngx_event_t *ev);
static void      ngx_billing_redis_write_out(ngx_billing_redis_link_t *link);
static ngx_int_t ngx_billing_redis_read(
    ngx_billing_redis_link_t *link, ngx_uint_t first);
static void ngx_billing_redis_add_read(void *data);
static void ngx_billing_redis_del_read(void *data);
static void ngx_billing_redis_add_write(void *data);
static void ngx_billing_redis_del_write(void *data);
static void ngx_billing_redis_cleanup(void *data);


const char ngx_billing_redis_closing[] = "shutting down";


void
ngx_billing_redis_init_event(
    void *data, ngx_event_t *ev, ngx_event_handler_pt handler, ngx_log_t *log)
{
    ev->data = data;
    ev->handler = handler;
    ev->log = log;

    /* only calls hold up a worker's exit, by timers of their own */
    ev->cancelable = 1;
}


ngx_int_t
ngx_billing_redis_attach(ngx_billing_redis_link_t *link, redisAsyncContext *ac)
{
    ngx_connection_t *c;

    c = ngx_get_connection(ac->c.fd, link->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = link;
    c->log = link->log;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    c->read->handler = ngx_billing_redis_event;
    c->write->handler = ngx_billing_redis_event;
    c->read->log = link->log;
    c->write->log = link->log;

    ac->ev.data = link;
    ac->ev.addRead = ngx_billing_redis_add_read;
    ac->ev.delRead = ngx_billing_redis_del_read;
    ac->ev.addWrite = ngx_billing_redis_add_write;
    ac->ev.delWrite = ngx_billing_redis_del_write;
    ac->ev.cleanup = ngx_billing_redis_cleanup;

    ngx_billing_redis_init_event(
        link, &link->write, ngx_billing_redis_write, link->log);

    link->connection = c;
    link->ac = ac;

    return NGX_OK;
}


/*
 * nginx calls the read handler of an idle connection, with c->close, when a
 * worker begins to exit, and of every one when worker_shutdown_timeout ends.
 */
static void
ngx_billing_redis_event(ngx_event_t *ev)
{
    ngx_uint_t                i;
    ngx_connection_t         *c;
    ngx_billing_redis_link_t *link;

    c = ev->data;
    link = c->data;

    if (c->close) {
        ngx_billing_redis_drop(link, ngx_billing_redis_closing);
        return;
    }

    if (ev->write) {
        ngx_billing_redis_write_out(link);
        return;
    }

    for (i = 0; i < NGX_BILLING_REDIS_READS; i++) {
        if (ngx_billing_redis_read(link, i == 0) != NGX_OK
            || link->connection != c) {
            return;
        }
    }
}


/*
 * The end of a turn: its commands leave in one piece.  hiredis says by
 * addWrite that not all of them could, or by delWrite that they did.
 */
static void
ngx_billing_redis_write(ngx_event_t *ev)
{
    ngx_billing_redis_link_t *link = ev->data;

    link->writing = 1;
    ngx_billing_redis_write_out(link);
    link->writing = 0;
}


/*
 * As redisAsyncHandleWrite(), which goes on where there was no memory.  Whether
 * a connection is made, hiredis sees when it reads, too.
 */
static void
ngx_billing_redis_write_out(ngx_billing_redis_link_t *link)
{
    ngx_int_t          rc;
    redisAsyncContext *ac;

    ac = link->ac;

    if (!(ac->c.flags & REDIS_CONNECTED)) {
        redisAsyncHandleRead(ac);

        if (link->ac != ac || !(ac->c.flags & REDIS_CONNECTED)) {
            return;
        }
    }

    link->node->redis->writes++;

    rc = ngx_billing_redis_empty(&ac->c);

    if (rc == NGX_ERROR) {
        ac->err = ac->c.err;
        ac->errstr = ac->c.errstr;
        ngx_billing_redis_drop(link, NULL);
        return;
    }

    if (rc == NGX_OK) {
        ngx_billing_redis_del_write(link);

    } else {
        ngx_billing_redis_add_write(link);
    }

    ngx_billing_redis_add_read(link);
}


/* NGX_DONE: there is nothing to read. */
static ngx_int_t
ngx_billing_redis_read(ngx_billing_redis_link_t *link, ngx_uint_t first)
{
    u_char  byte;
    ssize_t n;

    if (ngx_billing_redis_feed(&link->ac->c) != NGX_OK) {
        ngx_billing_redis_drop(link, "out of memory");
        return NGX_DONE;
    }

    /* there is something, and somebody waits for it: no need to look */

    if (first && link->ac->replies.head != NULL) {
        redisAsyncHandleRead(link->ac);
        return NGX_OK;
    }

    n = recv(link->connection->fd, &byte, 1, MSG_PEEK);

    if (n > 0 && link->ac->replies.head == NULL) {
        /* hiredis would abort: see ngx_billing_redis_unasked() */
        ngx_billing_redis_drop(link, "protocol error");
        return NGX_DONE;
    }

    /* that the connection has ended is for hiredis to see, in an event */

    if (n <= 0 && !first) {
        return NGX_DONE;
    }

    redisAsyncHandleRead(link->ac);

    return NGX_OK;
}


/*
 * An event that cannot be added (epoll_ctl() out of memory; nginx logs it) is
 * met by the deadlines of the handshake and of each command.
 */
static void
ngx_billing_redis_add_read(void *data)
{
    ngx_event_t              *rev;
    ngx_billing_redis_link_t *link;

    link = data;
    rev = link->connection->read;

    if (!rev->active) {
        (void) ngx_add_event(rev, NGX_READ_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
ngx_billing_redis_del_read(void *data)
{
    ngx_event_t              *rev;
    ngx_billing_redis_link_t *link;

    link = data;
    rev = link->connection->read;

    if (rev->active) {
        (void) ngx_del_event(rev, NGX_READ_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
ngx_billing_redis_add_write(void *data)
{
    ngx_event_t              *wev;
    ngx_billing_redis_link_t *link;

    link = data;
    wev = link->connection->write;

    if (wev->active) {
        return;
    }

    /* a connection that is being made must be waited for */

    if (link->state == NGX_BILLING_REDIS_READY && !link->writing) {
        if (!link->write.posted) {
            ngx_post_event(&link->write, &ngx_posted_events);
        }

    } else {
        (void) ngx_add_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
ngx_billing_redis_del_write(void *data)
{
    ngx_event_t              *wev;
    ngx_billing_redis_link_t *link;

    link = data;
    wev = link->connection->write;

    if (wev->active) {
        (void) ngx_del_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
ngx_billing_redis_cleanup(void *data)
{
    redisAsyncContext        *ac;
    ngx_billing_redis_link_t *link;

    link = data;
    ac = link->ac;

    if (link->write.posted) {
        ngx_delete_posted_event(&link->write);
    }

    ngx_close_connection(link->connection);
    ac->c.fd = -1;

    link->connection = NULL;
    link->ac = NULL;

    ngx_billing_redis_release();
    link->ended(link, ac);
}


void
ngx_billing_redis_drop(ngx_billing_redis_link_t *link, const char *error)
{
    link->error = error;
    redisAsyncFree(link->ac);
}


ngx_uint_t
ngx_billing_redis_unasked(redisAsyncContext *ac)
{
    return ac->replies.head == NULL && ac->c.reader->pos < ac->c.reader->len;
}


const char *
ngx_billing_redis_reason(ngx_billing_redis_link_t *link, redisAsyncContext *ac)
{
    switch (ac->err) {
    case REDIS_ERR_IO:
        return link->state == NGX_BILLING_REDIS_CONNECTING ? "connection failed"
                                                           : "connection lost";

    case REDIS_ERR_EOF:
        return "connection closed";

    case REDIS_ERR_PROTOCOL:
        return "protocol error";

    case REDIS_ERR_OOM:
        return "out of memory";

    default:
        return "unavailable";
    }
}
