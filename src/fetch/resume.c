
/*
 * A walk that dies amidst paid pages, of something that passes, is not paid
 * again: what it was at is kept in Redis for a while, and whoever fetches the
 * same next, on whatever node, goes on from there.
 *
 *   <prefix>{domain}:resume:<account>:<version>:<D|M><apart>:<first day>
 *
 * is a HASH: "state" is billing_pager_save()'s; the rows so far, where they
 * belong to it, stand by month, as blocks have them, and beside each, in "open"
 * and the month, which of its dates are not closed.  The locks of its blocks
 * see to it that one flight at a time goes on from it.  It is dropped when the
 * walk is done or cannot go on, by "refresh", and by time; other credentials
 * have another key, and another question is told by the state.
 */

#include "fetch/resume.h"

#include <hiredis/hiredis.h>

#include "event/lua.h"
#include "event/str.h"
#include "fetch/names.h"


#define BILLING_RESUME_VALID "1200000"         /* milliseconds */
#define BILLING_RESUME_SIZE  (2 * 1024 * 1024) /* of all rows */
#define BILLING_RESUME_CELLS 30000             /* some ten milliseconds */


static ngx_uint_t resume_able(const billing_flight_t *flight);
static void       resume_done(void *data, redisReply *reply, const char *error);
static ngx_int_t  resume_take(billing_flight_t *flight, redisReply *reply);
static redisReply      *resume_find(redisReply *reply, const char *name);
static billing_status_t resume_row(void *data, const billing_row_t *row);
static ngx_int_t        resume_write(
           billing_flight_t *flight, const billing_buf_t *state, ngx_uint_t rows);
static u_char   *resume_month(const billing_fetch_block_t *block,
      const billing_buf_t *cells, ngx_str_t *argv, u_char *p);
static ngx_int_t resume_encode(billing_flight_t *flight, billing_buf_t *cells);
static void      resume_drop(billing_flight_t *flight);
static void resume_ignore(void *data, redisReply *reply, const char *error);


BILLING_LUA(resume_put_lua, "event/redis_denied.lua", "fetch/resume_put.lua");

static billing_redis_script_t resume_put = {
    .text = resume_put_lua,
};


/* A flight of several walks would have to keep apart whose rows are whose. */
static ngx_uint_t
resume_able(const billing_flight_t *flight)
{
    return flight->provider.provider->charged && flight->nwalks == 1;
}


ngx_int_t
billing_resume_read(
    billing_flight_t *flight, void (*done)(billing_flight_t *flight))
{
    ngx_str_t argv[2];

    if (!resume_able(flight)) {
        return NGX_DECLINED;
    }

    if (billing_names_resume(flight, &flight->resume) != NGX_OK) {
        return NGX_ERROR;
    }

    if (flight->refresh) {
        resume_drop(flight);
        return NGX_DECLINED;
    }

    flight->resumed = done;

    ngx_str_set(&argv[0], "HGETALL");
    argv[1] = flight->resume;

    flight->resuming = billing_redis_client_command(
        flight->fetch->conf.redis, 2, argv, 0, resume_done, flight);

    return flight->resuming == NULL ? NGX_ERROR : NGX_OK;
}


/* Whatever is wrong with it, all can be asked from the first page on. */
static void
resume_done(void *data, redisReply *reply, const char *error)
{
    billing_flight_t *flight = data;

    flight->resuming = NULL;

    if (reply != NULL && reply->type == REDIS_REPLY_ARRAY
        && reply->elements != 0) {
        flight->noted = 1;

        if (resume_take(flight, reply) != NGX_OK) {
            billing_resume_free(flight);
        }
    }

    flight->resumed(flight);
}


/* Rows of every month that the flight is for, or none at all. */
static ngx_int_t
resume_take(billing_flight_t *flight, redisReply *reply)
{
    char          month[BILLING_MONTH_LEN], open[BILLING_MONTH_LEN + 4];
    ngx_str_t     state;
    ngx_uint_t    i;
    redisReply   *value;
    billing_str_t bytes;

    value = resume_find(reply, "state");
    if (value == NULL) {
        return NGX_DECLINED;
    }

    state.data = (u_char *) value->str;
    state.len = value->len;

    if (reply->elements > 2) {
        flight->kept = ngx_pcalloc(flight->pool,
            flight->nblocks * (sizeof(billing_block_t *) + sizeof(uint32_t)));
        if (flight->kept == NULL) {
            return NGX_ERROR;
        }

        flight->kept_open = (uint32_t *) (flight->kept + flight->nblocks);
    }

    for (i = 0; i < flight->nblocks && flight->kept != NULL; i++) {
        if (flight->blocks[i].gone) {
            continue;
        }

        billing_month_format(flight->blocks[i].month, month);
        value = resume_find(reply, month);
        flight->kept[i] = billing_block_create();

        if (value == NULL || flight->kept[i] == NULL) {
            return NGX_DECLINED;
        }

        bytes = (billing_str_t){ value->str, value->len };

        if (billing_block_check(bytes) != BILLING_OK
            || billing_block_rows(bytes, resume_row, flight->kept[i])
                   != BILLING_OK)
        {
            return NGX_DECLINED;
        }

        *ngx_sprintf((u_char *) open, "open%s", month) = '\0';
        value = resume_find(reply, open);

        if (value != NULL) {
            flight->kept_open[i] = strtoul(value->str, NULL, 10);
        }
    }

    return billing_str_dup(flight->pool, &flight->stage, &state);
}


static redisReply *
resume_find(redisReply *reply, const char *name)
{
    size_t i;

    for (i = 0; i + 1 < reply->elements; i += 2) {
        if (reply->element[i]->type == REDIS_REPLY_STRING
            && reply->element[i + 1]->type == REDIS_REPLY_STRING
            && ngx_strcmp(reply->element[i]->str, name) == 0)
        {
            return reply->element[i + 1];
        }
    }

    return NULL;
}


static billing_status_t
resume_row(void *data, const billing_row_t *row)
{
    return billing_block_add(data, row);
}


void
billing_resume_rows(billing_walk_t *walk)
{
    ngx_uint_t        i;
    billing_flight_t *flight;

    flight = walk->flight;

    if (flight->stage.len == 0 || billing_pager_pages(walk->pages) == 0
        || !billing_pager_resumed(walk->pages))
    {
        return;
    }

    for (i = 0; i < flight->nblocks && flight->kept != NULL; i++) {
        if (flight->kept[i] != NULL) {
            billing_block_free(flight->blocks[i].rows);
            flight->blocks[i].rows = flight->kept[i];
            flight->blocks[i].open |= flight->kept_open[i];
            flight->kept[i] = NULL;
        }
    }

    billing_resume_free(flight);
    walk->resumed = billing_pager_pages(walk->pages);

    ngx_log_error(NGX_LOG_INFO, flight->fetch->conf.log, 0,
        "billing provider \"%s\" goes on for account \"%V\" behind page %ui",
        flight->provider.provider->id, &flight->owner.account,
        (ngx_uint_t) billing_pager_pages(walk->pages));
}


ngx_uint_t
billing_resume_anew(
    billing_walk_t *walk, billing_status_t status, billing_reason_t reason)
{
    ngx_uint_t             i;
    billing_fetch_block_t *block;
    billing_flight_t      *flight;

    flight = walk->flight;

    if (walk->resumed == 0 || walk->pages == NULL
        || billing_pager_pages(walk->pages) != walk->resumed
        || (status != BILLING_MALFORMED
            && (status != BILLING_REJECTED
                || reason != BILLING_REASON_NO_SUCH_TABLE)))
    {
        return 0;
    }

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        if (block->gone) {
            continue;
        }

        billing_block_free(block->rows);
        block->rows = billing_block_create();
        block->fault = NULL;
        block->open = 0;

        if (block->rows == NULL) {
            return 0;
        }
    }

    walk->resumed = 0;
    walk->tries = 0;
    billing_pager_free(walk->pages);
    walk->pages = NULL;
    resume_drop(flight);

    return 1;
}


/* Once: only failures and ends come after it. */
void
billing_resume_note(billing_walk_t *walk)
{
    int               rows;
    billing_buf_t     state;
    billing_flight_t *flight;

    flight = walk->flight;

    if (!resume_able(flight) || flight->noted) {
        return;
    }

    billing_buf_init(&state, BILLING_RESUME_SIZE);

    if (billing_pager_save(walk->pages, &state, &rows) == BILLING_OK && !rows
        && resume_write(flight, &state, 0) == NGX_OK)
    {
        flight->noted = 1;
    }

    billing_buf_free(&state);
}


/* A walk whose page a thread has is not known: what is there stays. */
void
billing_resume_keep(billing_flight_t *flight)
{
    int              rows;
    billing_buf_t    state;
    billing_status_t status;

    if (!resume_able(flight) || flight->resume.len == 0) {
        return;
    }

    if (flight->fault == NULL) {
        resume_drop(flight);
        return;
    }

    if (flight->walks[0].pages == NULL) {
        return;
    }

    billing_buf_init(&state, BILLING_RESUME_SIZE);

    status = billing_pager_save(flight->walks[0].pages, &state, &rows);

    if (status != BILLING_INVALID
        && (status != BILLING_OK
            || resume_write(flight, &state, rows) != NGX_OK))
    {
        resume_drop(flight);
    }

    billing_buf_free(&state);
}


static ngx_int_t
resume_write(
    billing_flight_t *flight, const billing_buf_t *state, ngx_uint_t rows)
{
    u_char               *p;
    ngx_int_t             rc;
    ngx_str_t            *argv;
    ngx_uint_t            i, n;
    billing_buf_t        *cells;
    billing_redis_call_t *call;

    n = flight->nblocks;

    argv = ngx_calloc((4 + 4 * n) * sizeof(ngx_str_t)
                          + n
                                * (sizeof(billing_buf_t) + 2 * BILLING_MONTH_LEN
                                    + NGX_INT32_LEN + sizeof("open")),
        flight->fetch->conf.log);
    if (argv == NULL) {
        return NGX_ERROR;
    }

    cells = (billing_buf_t *) (argv + 4 + 4 * n);
    p = (u_char *) (cells + n);

    argv[0] = flight->resume;
    ngx_str_set(&argv[1], BILLING_RESUME_VALID);
    ngx_str_set(&argv[2], "state");
    argv[3].data = (u_char *) state->data;
    argv[3].len = state->len;

    rc = rows ? resume_encode(flight, cells) : NGX_OK;
    n = 4;

    for (i = 0; i < flight->nblocks && rc == NGX_OK; i++) {
        if (cells[i].len == 0) {
            continue;
        }

        p = resume_month(&flight->blocks[i], &cells[i], &argv[n], p);
        n += 4;
    }

    if (rc == NGX_OK) {
        call = billing_redis_client_eval(flight->fetch->conf.redis, &resume_put,
            1, n - 1, argv, resume_ignore, NULL);
        rc = call != NULL ? NGX_OK : NGX_ERROR;
    }

    for (i = 0; i < flight->nblocks; i++) {
        billing_buf_free(&cells[i]);
    }

    ngx_free(argv);

    return rc;
}


/* Four arguments, whose names and numbers are written to p. */
static u_char *
resume_month(const billing_fetch_block_t *block, const billing_buf_t *cells,
    ngx_str_t *argv, u_char *p)
{
    char month[BILLING_MONTH_LEN];

    billing_month_format(block->month, month);

    argv[0].data = p;
    p = ngx_sprintf(p, "%s", month);
    argv[0].len = p - argv[0].data;
    argv[1].data = (u_char *) cells->data;
    argv[1].len = cells->len;
    argv[2].data = p;
    p = ngx_sprintf(p, "open%s", month);
    argv[2].len = p - argv[2].data;
    argv[3].data = p;
    p = ngx_sprintf(p, "%uD", block->open);
    argv[3].len = p - argv[3].data;

    return p;
}


/* Too much is not kept, nor what has a fault already. */
static ngx_int_t
resume_encode(billing_flight_t *flight, billing_buf_t *cells)
{
    size_t                 size, count;
    ngx_uint_t             i;
    billing_fetch_block_t *block;

    size = 0;
    count = 0;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        if (block->gone) {
            continue;
        }

        if (block->fault != NULL || block->rows == NULL) {
            return NGX_DECLINED;
        }

        count += billing_block_cells(block->rows);
        billing_buf_init(&cells[i], BILLING_RESUME_SIZE - size);

        if (count > BILLING_RESUME_CELLS
            || billing_block_encode(block->rows, BILLING_FIELD_CELLS, &cells[i])
                   != BILLING_OK)
        {
            return NGX_DECLINED;
        }

        size += cells[i].len;
    }

    return NGX_OK;
}


static void
resume_drop(billing_flight_t *flight)
{
    ngx_str_t argv[2];

    billing_resume_free(flight);

    if (!flight->noted && !flight->refresh) {
        return;
    }

    flight->noted = 0;

    ngx_str_set(&argv[0], "DEL");
    argv[1] = flight->resume;

    (void) billing_redis_client_command(
        flight->fetch->conf.redis, 2, argv, 0, resume_ignore, NULL);
}


void
billing_resume_free(billing_flight_t *flight)
{
    ngx_uint_t i;

    for (i = 0; i < flight->nblocks && flight->kept != NULL; i++) {
        if (flight->kept[i] != NULL) {
            billing_block_free(flight->kept[i]);
        }
    }

    flight->kept = NULL;
    flight->stage.len = 0;
}


/* It expires. */
static void
resume_ignore(void *data, redisReply *reply, const char *error)
{
}
