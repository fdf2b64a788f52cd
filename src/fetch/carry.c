
/*
 * Linked accounts that have left the list.  What was read of their closed
 * months stays: where the provider says nothing of one of them any more, the
 * block that is replaced still does.  And the other way round: costs may come
 * of linked accounts that have joined since the list was read.
 */

#include "fetch/carry.h"

#include <hiredis/hiredis.h>

#include "core/json_arena.h"
#include "fetch/save.h"


/* Rows of an old block that go into the new one. */
typedef struct {
    billing_flight_t *flight;
    billing_block_t  *rows;
    unsigned char    *missing; /* of each that has left */
} billing_carry_t;


static ngx_int_t carry_read(billing_fetch_block_t *block);
static void      carry_done(void *data, redisReply *reply, const char *error);
static ngx_int_t carry_rows(
    billing_fetch_block_t *block, const redisReply *cells);
static void             carry_named(void *data, billing_str_t linked);
static billing_status_t carry_row(void *data, const billing_row_t *row);
static ngx_uint_t       carry_find(
          const billing_str_t *list, ngx_uint_t n, billing_str_t id);
static void carry_new(void *data, billing_str_t linked);


ngx_int_t
billing_carry_blocks(billing_flight_t *flight)
{
    ngx_uint_t             i;
    billing_fetch_block_t *block;

    if (flight->ngone == 0 || flight->carried) {
        return NGX_OK;
    }

    flight->carried = 1;

    for (i = 0; i < flight->nblocks; i++) {
        block = &flight->blocks[i];

        if (block->gone || block->fault != NULL || block->rows == NULL
            || block->month >= billing_month_of(flight->today))
        {
            continue;
        }

        if (carry_read(block) != NGX_OK) {
            block->fault = &billing_fault_internal;
        }
    }

    return flight->carrying == 0 ? NGX_OK : NGX_AGAIN;
}


static ngx_int_t
carry_read(billing_fetch_block_t *block)
{
    ngx_str_t argv[3];

    ngx_str_set(&argv[0], "HGET");
    argv[1] = block->key;
    ngx_str_set(&argv[2], "cells");

    block->call = billing_redis_client_command(
        block->flight->fetch->conf.redis, 3, argv, 0, carry_done, block);
    if (block->call == NULL) {
        return NGX_ERROR;
    }

    block->flight->carrying++;

    return NGX_OK;
}


/* What cannot be read is not replaced. */
static void
carry_done(void *data, redisReply *reply, const char *error)
{
    billing_fetch_block_t *block = data;

    block->call = NULL;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        billing_save_failed(block, reply == NULL ? error : reply->str);
        block->fault = &billing_fault_storage;

    } else if (reply->type == REDIS_REPLY_STRING
               && carry_rows(block, reply) != NGX_OK)
    {
        block->fault = &billing_fault_internal;
    }

    if (--block->flight->carrying == 0) {
        ngx_post_event(&block->flight->event, &ngx_posted_events);
    }
}


static ngx_int_t
carry_rows(billing_fetch_block_t *block, const redisReply *cells)
{
    billing_str_t     bytes;
    billing_status_t  status;
    billing_carry_t   carry;
    billing_flight_t *flight;

    flight = block->flight;
    bytes = (billing_str_t){ cells->str, cells->len };

    if (billing_block_check(bytes) != BILLING_OK) {
        ngx_log_error(NGX_LOG_ERR, flight->fetch->conf.log, 0,
            "broken cost block \"%V\" in redis", &block->key);
        return NGX_OK;
    }

    carry.flight = flight;
    carry.rows = block->rows;
    carry.missing = ngx_alloc(flight->ngone, flight->fetch->conf.log);
    if (carry.missing == NULL) {
        return NGX_ERROR;
    }

    ngx_memset(carry.missing, 1, flight->ngone);

    billing_block_linked(block->rows, carry_named, &carry);
    status = billing_block_rows(bytes, carry_row, &carry);

    ngx_free(carry.missing);

    return status == BILLING_OK ? NGX_OK : NGX_ERROR;
}


/* The provider still says something of this one. */
static void
carry_named(void *data, billing_str_t linked)
{
    billing_carry_t *carry = data;

    ngx_uint_t i;

    i = carry_find(carry->flight->gone, carry->flight->ngone, linked);

    if (i < carry->flight->ngone) {
        carry->missing[i] = 0;
    }
}


static billing_status_t
carry_row(void *data, const billing_row_t *row)
{
    billing_carry_t *carry = data;

    ngx_uint_t i;

    i = carry_find(carry->flight->gone, carry->flight->ngone, row->linked);

    return i < carry->flight->ngone && carry->missing[i]
               ? billing_block_add(carry->rows, row)
               : BILLING_OK;
}


/* Few have left; n: it is none of them. */
static ngx_uint_t
carry_find(const billing_str_t *list, ngx_uint_t n, billing_str_t id)
{
    ngx_uint_t i;

    for (i = 0; i < n; i++) {
        if (billing_str_eq(list[i], id)) {
            break;
        }
    }

    return i;
}


typedef struct {
    billing_flight_t *flight;
    json_t           *list;
} billing_seen_t;


void
billing_carry_seen(billing_flight_t *flight)
{
    char                 *text;
    ngx_str_t             linked;
    ngx_uint_t            i;
    billing_fetch_conf_t *conf;
    billing_seen_t        seen;

    conf = &flight->fetch->conf;

    if (!flight->all || conf->seen == NULL) {
        return;
    }

    seen.flight = flight;
    seen.list = json_array();

    for (i = 0; i < flight->nblocks && seen.list != NULL; i++) {
        if (flight->blocks[i].rows != NULL) {
            billing_block_linked(flight->blocks[i].rows, carry_new, &seen);
        }
    }

    text = json_array_size(seen.list) == 0
               ? NULL
               : json_dumps(seen.list, JSON_COMPACT);

    if (text != NULL) {
        linked.data = (u_char *) text;
        linked.len = ngx_strlen(text);

        conf->seen(conf->data, &flight->owner.domain, &flight->owner.account,
            flight->owner.version, &linked);
        billing_json_text_free(text);
    }

    json_decref(seen.list);
}


/* One that has joined has costs in the blocks of several months. */
static void
carry_new(void *data, billing_str_t linked)
{
    billing_seen_t *seen = data;

    size_t  i;
    json_t *item;

    if (carry_find(seen->flight->linked, seen->flight->nlinked, linked)
        < seen->flight->nlinked)
    {
        return;
    }

    json_array_foreach(seen->list, i, item)
    {
        if (billing_str_eq(linked, (billing_str_t){ json_string_value(item),
                                       json_string_length(item) }))
        {
            return;
        }
    }

    (void) json_array_append_new(
        seen->list, json_stringn(linked.data, linked.len));
}
