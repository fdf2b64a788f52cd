
/*
 * hiredis' events are nginx's: a connection of nginx for its socket, level-
 * triggered, for hiredis reads 16 KB at a time.  Of these an event reads a
 * few: where turns of nginx's loop are long, replies would come too late.
 *
 * The nginx connection owns the descriptor.  It ends in ev.cleanup, which
 * hiredis calls whatever ended the context, and leaves hiredis -1 to close; the
 * link's owner hears of it there (link->ended).
 */

#include "event/redis_internal.h"


#define BILLING_REDIS_READS 16 /* of one event */

static void      redis_event(ngx_event_t *ev);
static void      redis_write(ngx_event_t *ev);
static void      redis_write_out(billing_redis_link_t *link);
static ngx_int_t redis_read(billing_redis_link_t *link, ngx_uint_t first);
static void      redis_add_read(void *data);
static void      redis_del_read(void *data);
static void      redis_add_write(void *data);
static void      redis_del_write(void *data);
static void      redis_cleanup(void *data);


const char billing_redis_closing[] = "shutting down";


void
billing_redis_events_init_event(
    void *data, ngx_event_t *ev, ngx_event_handler_pt handler, ngx_log_t *log)
{
    ev->data = data;
    ev->handler = handler;
    ev->log = log;

    /* only calls hold up a worker's exit, by timers of their own */
    ev->cancelable = 1;
}


ngx_int_t
billing_redis_events_attach(billing_redis_link_t *link, redisAsyncContext *ac)
{
    ngx_connection_t *c;

    c = ngx_get_connection(ac->c.fd, link->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = link;
    c->log = link->log;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    c->read->handler = redis_event;
    c->write->handler = redis_event;
    c->read->log = link->log;
    c->write->log = link->log;

    ac->ev.data = link;
    ac->ev.addRead = redis_add_read;
    ac->ev.delRead = redis_del_read;
    ac->ev.addWrite = redis_add_write;
    ac->ev.delWrite = redis_del_write;
    ac->ev.cleanup = redis_cleanup;

    billing_redis_events_init_event(link, &link->write, redis_write, link->log);

    link->connection = c;
    link->ac = ac;

    return NGX_OK;
}


/*
 * nginx calls the read handler of an idle connection, with c->close, when a
 * worker begins to exit, and of every one when worker_shutdown_timeout ends.
 */
static void
redis_event(ngx_event_t *ev)
{
    ngx_uint_t            i;
    ngx_connection_t     *c;
    billing_redis_link_t *link;

    c = ev->data;
    link = c->data;

    if (c->close) {
        billing_redis_events_drop(link, billing_redis_closing);
        return;
    }

    if (ev->write) {
        redis_write_out(link);
        return;
    }

    for (i = 0; i < BILLING_REDIS_READS; i++) {
        if (redis_read(link, i == 0) != NGX_OK || link->connection != c) {
            return;
        }
    }
}


/*
 * The end of a turn: its commands leave in one piece.  hiredis says by
 * addWrite that not all of them could, or by delWrite that they did.
 */
static void
redis_write(ngx_event_t *ev)
{
    billing_redis_link_t *link = ev->data;

    link->writing = 1;
    redis_write_out(link);
    link->writing = 0;
}


/*
 * As redisAsyncHandleWrite(), which goes on where there was no memory.  Whether
 * a connection is made, hiredis sees when it reads, too.
 */
static void
redis_write_out(billing_redis_link_t *link)
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

    rc = billing_redis_memory_empty(&ac->c);

    if (rc == NGX_ERROR) {
        ac->err = ac->c.err;
        ac->errstr = ac->c.errstr;
        billing_redis_events_drop(link, NULL);
        return;
    }

    if (rc == NGX_OK) {
        redis_del_write(link);

    } else {
        redis_add_write(link);
    }

    redis_add_read(link);
}


/* NGX_DONE: there is nothing to read. */
static ngx_int_t
redis_read(billing_redis_link_t *link, ngx_uint_t first)
{
    u_char  byte;
    ssize_t n;

    if (billing_redis_memory_feed(&link->ac->c) != NGX_OK) {
        billing_redis_events_drop(link, "out of memory");
        return NGX_DONE;
    }

    /* there is something, and somebody waits for it: no need to look */

    if (first && link->ac->replies.head != NULL) {
        redisAsyncHandleRead(link->ac);
        return NGX_OK;
    }

    n = recv(link->connection->fd, &byte, 1, MSG_PEEK);

    if (n > 0 && link->ac->replies.head == NULL) {
        /* hiredis would abort: see billing_redis_events_unasked() */
        billing_redis_events_drop(link, "protocol error");
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
redis_add_read(void *data)
{
    ngx_event_t          *rev;
    billing_redis_link_t *link;

    link = data;
    rev = link->connection->read;

    if (!rev->active) {
        (void) ngx_add_event(rev, NGX_READ_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
redis_del_read(void *data)
{
    ngx_event_t          *rev;
    billing_redis_link_t *link;

    link = data;
    rev = link->connection->read;

    if (rev->active) {
        (void) ngx_del_event(rev, NGX_READ_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
redis_add_write(void *data)
{
    ngx_event_t          *wev;
    billing_redis_link_t *link;

    link = data;
    wev = link->connection->write;

    if (wev->active) {
        return;
    }

    /* a connection that is being made must be waited for */

    if (link->state == BILLING_REDIS_READY && !link->writing) {
        if (!link->write.posted) {
            ngx_post_event(&link->write, &ngx_posted_events);
        }

    } else {
        (void) ngx_add_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
redis_del_write(void *data)
{
    ngx_event_t          *wev;
    billing_redis_link_t *link;

    link = data;
    wev = link->connection->write;

    if (wev->active) {
        (void) ngx_del_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
redis_cleanup(void *data)
{
    redisAsyncContext    *ac;
    billing_redis_link_t *link;

    link = data;
    ac = link->ac;

    if (link->write.posted) {
        ngx_delete_posted_event(&link->write);
    }

    ngx_close_connection(link->connection);
    ac->c.fd = -1;

    link->connection = NULL;
    link->ac = NULL;

    billing_redis_memory_release();
    link->ended(link, ac);
}


void
billing_redis_events_drop(billing_redis_link_t *link, const char *error)
{
    link->error = error;
    redisAsyncFree(link->ac);
}


ngx_uint_t
billing_redis_events_unasked(redisAsyncContext *ac)
{
    return ac->replies.head == NULL && ac->c.reader->pos < ac->c.reader->len;
}


const char *
billing_redis_events_reason(billing_redis_link_t *link, redisAsyncContext *ac)
{
    switch (ac->err) {
    case REDIS_ERR_IO:
        return link->state == BILLING_REDIS_CONNECTING ? "connection failed"
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
