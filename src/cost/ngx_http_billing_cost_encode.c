
/*
 * Writing the fields of a flight's blocks.  Large ones are written by a
 * thread; the rows are not the flight's any more from here on.
 */

#include "cost/ngx_http_billing_cost_engine.h"


#define NGX_HTTP_BILLING_COST_MAX_FIELD (256 * 1024 * 1024)
#define NGX_HTTP_BILLING_COST_LARGE     4096 /* cells; a millisecond */


typedef struct {
    billing_block_t *rows; /* NULL: gone */
    billing_buf_t    fields[BILLING_FIELD_MAX];
} ngx_http_billing_cost_encoded_t;

typedef struct {
    ngx_http_billing_cost_flight_t  *flight;
    ngx_http_billing_cost_encoded_t *blocks;
    ngx_uint_t                       nblocks;
    billing_status_t                 status;
} ngx_http_billing_cost_encode_t;


static ngx_http_billing_cost_encode_t *ngx_http_billing_cost_encode_create(
    ngx_http_billing_cost_flight_t *flight, size_t *cells);
static void      ngx_http_billing_cost_encode_run(void *data);
static ngx_int_t ngx_http_billing_cost_encode_take(
    ngx_http_billing_cost_encode_t *encode);
static void ngx_http_billing_cost_encode_done(void *data);
static void ngx_http_billing_cost_encode_drop(void *data);


static const ngx_billing_task_type_t ngx_http_billing_cost_encode_type = {
    ngx_http_billing_cost_encode_run,
    ngx_http_billing_cost_encode_done,
    ngx_http_billing_cost_encode_drop,
};


ngx_int_t
ngx_http_billing_cost_encode(ngx_http_billing_cost_flight_t *flight)
{
    size_t                          cells;
    ngx_int_t                       rc;
    ngx_http_billing_cost_encode_t *encode;

    encode = ngx_http_billing_cost_encode_create(flight, &cells);
    if (encode == NULL) {
        return NGX_ERROR;
    }

    if (cells >= NGX_HTTP_BILLING_COST_LARGE) {
        flight->task = ngx_billing_threads_run(flight->cost->conf.threads,
            &ngx_http_billing_cost_encode_type, encode);

        if (flight->task != NULL) {
            return NGX_AGAIN;
        }
    }

    ngx_http_billing_cost_encode_run(encode);
    rc = ngx_http_billing_cost_encode_take(encode);
    ngx_http_billing_cost_encode_drop(encode);

    return rc;
}


static ngx_http_billing_cost_encode_t *
ngx_http_billing_cost_encode_create(
    ngx_http_billing_cost_flight_t *flight, size_t *cells)
{
    ngx_uint_t                      i, j;
    ngx_http_billing_cost_encode_t *encode;

    encode = ngx_calloc(
        sizeof(ngx_http_billing_cost_encode_t)
            + flight->nblocks * sizeof(ngx_http_billing_cost_encoded_t),
        flight->cost->conf.log);
    if (encode == NULL) {
        return NULL;
    }

    encode->flight = flight;
    encode->blocks = (ngx_http_billing_cost_encoded_t *) (encode + 1);
    encode->nblocks = flight->nblocks;
    *cells = 0;

    for (i = 0; i < flight->nblocks; i++) {
        encode->blocks[i].rows = flight->blocks[i].rows;
        flight->blocks[i].rows = NULL;

        if (encode->blocks[i].rows != NULL) {
            *cells += billing_block_cells(encode->blocks[i].rows);
        }

        for (j = 0; j < BILLING_FIELD_MAX; j++) {
            billing_buf_init(
                &encode->blocks[i].fields[j], NGX_HTTP_BILLING_COST_MAX_FIELD);
        }
    }

    return encode;
}


/* In a thread, or not. */
static void
ngx_http_billing_cost_encode_run(void *data)
{
    ngx_http_billing_cost_encode_t *encode = data;

    ngx_uint_t                       i, j;
    ngx_http_billing_cost_encoded_t *block;

    encode->status = BILLING_OK;

    for (i = 0; i < encode->nblocks; i++) {
        block = &encode->blocks[i];

        if (block->rows == NULL) {
            continue;
        }

        for (j = 0; j < BILLING_FIELD_MAX && encode->status == BILLING_OK; j++)
        {
            encode->status = billing_block_encode(
                block->rows, j, &block->fields[j]);
        }

        billing_block_free(block->rows);
        block->rows = NULL;
    }
}


static ngx_int_t
ngx_http_billing_cost_encode_take(ngx_http_billing_cost_encode_t *encode)
{
    ngx_uint_t     i, j;
    billing_buf_t *field;

    if (encode->status != BILLING_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < encode->nblocks; i++) {
        for (j = 0; j < BILLING_FIELD_MAX; j++) {
            field = &encode->blocks[i].fields[j];

            encode->flight->blocks[i].fields[j] = *field;
            billing_buf_init(field, 0);
        }
    }

    return NGX_OK;
}


static void
ngx_http_billing_cost_encode_done(void *data)
{
    ngx_http_billing_cost_encode_t *encode = data;

    ngx_int_t                       rc;
    ngx_http_billing_cost_flight_t *flight;

    flight = encode->flight;
    flight->task = NULL;

    rc = ngx_http_billing_cost_encode_take(encode);
    ngx_http_billing_cost_encode_drop(encode);

    ngx_http_billing_cost_flight_encoded(flight, rc);
}


static void
ngx_http_billing_cost_encode_drop(void *data)
{
    ngx_http_billing_cost_encode_t *encode = data;

    ngx_uint_t i, j;

    for (i = 0; i < encode->nblocks; i++) {
        billing_block_free(encode->blocks[i].rows);

        for (j = 0; j < BILLING_FIELD_MAX; j++) {
            billing_buf_free(&encode->blocks[i].fields[j]);
        }
    }

    ngx_free(encode);
}
