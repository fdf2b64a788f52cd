
/*
 * hiredis without memory.  0.14 ends the process where it has none for the
 * small things of a connection: its address and two tables at its beginning,
 * iterators over these at its end.  It asks for them by functions that a
 * program may have of its own; ours take a piece of a reserve then, which was
 * there before the connection was.  (Not those of the shared library, which
 * calls its own.)
 *
 * Where it looks whether there was memory for a buffer, it does so too late,
 * or by assert(): buffers are emptied, and made smaller, here.
 */

#include "event/redis_internal.h"


#if (HIREDIS_MAJOR < 1)

#include <hiredis/alloc.h>
#include <hiredis/sds.h>


#define BILLING_REDIS_PIECE 128 /* bytes: more than any of them has */
#define BILLING_REDIS_BEGIN 3   /* pieces */
#define BILLING_REDIS_END   2

#define BILLING_REDIS_OURS __attribute__((weak, visibility("hidden")))


typedef struct billing_redis_piece_s billing_redis_piece_t;

struct billing_redis_piece_s {
    billing_redis_piece_t *next;
};


static ngx_int_t redis_fill(ngx_uint_t pieces);
static void     *redis_spare(void *p, size_t size);


static billing_redis_piece_t *redis_pieces;
static ngx_uint_t             redis_npieces;
static ngx_uint_t             redis_ends; /* that will come */


ngx_int_t
billing_redis_memory_reserve(void)
{
    ngx_uint_t pieces;

    pieces = BILLING_REDIS_BEGIN + (redis_ends + 1) * BILLING_REDIS_END;

    if (redis_fill(pieces) != NGX_OK) {
        return NGX_ERROR;
    }

    redis_ends++;

    return NGX_OK;
}


void
billing_redis_memory_release(void)
{
    redis_ends--;

    (void) redis_fill(redis_ends * BILLING_REDIS_END);
}


static ngx_int_t
redis_fill(ngx_uint_t pieces)
{
    billing_redis_piece_t *piece;

    while (redis_npieces < pieces) {
        piece = malloc(BILLING_REDIS_PIECE); /* hiredis uses free() */
        if (piece == NULL) {
            return NGX_ERROR;
        }

        piece->next = redis_pieces;
        redis_pieces = piece;
        redis_npieces++;
    }

    return NGX_OK;
}


/* p, or a piece in its place. */
static void *
redis_spare(void *p, size_t size)
{
    billing_redis_piece_t *piece;

    piece = redis_pieces;

    if (p != NULL || piece == NULL || size > BILLING_REDIS_PIECE) {
        return p;
    }

    redis_pieces = piece->next;
    redis_npieces--;

    return piece;
}


/* All four, or the archive's come with those that are missing. */

BILLING_REDIS_OURS void *
hi_malloc(size_t size)
{
    return redis_spare(malloc(size), size);
}


BILLING_REDIS_OURS void *
hi_calloc(size_t n, size_t size)
{
    return calloc(n, size);
}


BILLING_REDIS_OURS void *
hi_realloc(void *p, size_t size)
{
    return realloc(p, size);
}


BILLING_REDIS_OURS char *
hi_strdup(const char *text)
{
    char  *copy;
    size_t size;

    size = ngx_strlen(text) + 1;
    copy = hi_malloc(size);

    if (copy != NULL) {
        ngx_memcpy(copy, text, size);
    }

    return copy;
}


/* hiredis gives a large buffer back, and ends the process without a new one. */
ngx_int_t
billing_redis_memory_feed(redisContext *c)
{
    sds          buf;
    redisReader *reader;

    reader = c->reader;
    reader->maxbuf = 0; /* it does not */

    if (reader->buf != NULL && reader->len == 0
        && sdsavail(reader->buf) > REDIS_READER_MAX_BUF)
    {
        buf = sdsempty();
        if (buf == NULL) {
            return NGX_ERROR;
        }

        sdsfree(reader->buf);
        reader->buf = buf;
        reader->pos = 0;
    }

    return NGX_OK;
}


/*
 * It makes a new buffer when all of the old one has left, and goes on without
 * one where there was no memory for it: asked whether all has left, it would
 * end the worker at once, else with the next command.
 */
ngx_int_t
billing_redis_memory_empty(redisContext *c)
{
    if (c->obuf != NULL && redisBufferWrite(c, NULL) != REDIS_OK) {
        return NGX_ERROR;
    }

    if (c->obuf == NULL) {
        c->err = REDIS_ERR_OOM;
        (void) ngx_cpystrn((u_char *) c->errstr, (u_char *) "out of memory",
            sizeof(c->errstr));
        return NGX_ERROR;
    }

    return sdslen(c->obuf) == 0 ? NGX_OK : NGX_AGAIN;
}

#else

ngx_int_t
billing_redis_memory_reserve(void)
{
    return NGX_OK;
}


void
billing_redis_memory_release(void)
{
}


ngx_int_t
billing_redis_memory_feed(redisContext *c)
{
    return NGX_OK;
}


ngx_int_t
billing_redis_memory_empty(redisContext *c)
{
    int done;

    if (redisBufferWrite(c, &done) != REDIS_OK) {
        return NGX_ERROR;
    }

    return done ? NGX_OK : NGX_AGAIN;
}

#endif


ngx_uint_t
billing_redis_memory_whole(const redisContext *c)
{
    return c->obuf != NULL;
}


ngx_uint_t
billing_redis_memory_registered(redisAsyncContext *ac, const void *data)
{
    return ac->replies.tail != NULL && ac->replies.tail->privdata == data;
}


redisContext *
billing_redis_memory_plain(const billing_redis_conf_t *conf)
{
    redisContext *c;

    if (billing_redis_memory_reserve() != NGX_OK) {
        return NULL;
    }

    /* the host is a numeric address: no resolver is asked */

    c = conf->path.len > 0
            ? redisConnectUnixNonBlock((char *) conf->path.data)
            : redisConnectNonBlock((char *) conf->host.data, conf->port);

    billing_redis_memory_release();

    return c;
}
