
/*
 * Writing the fields of a flight's blocks.  Large ones are written by a
 * thread; the rows are not the flight's any more from here on.
 */

#include "fetch/encode.h"


#define BILLING_ENCODE_MAX   (256 * 1024 * 1024)
#define BILLING_ENCODE_LARGE 4096 /* cells; a millisecond */


typedef struct {
    billing_block_t *rows; /* NULL: gone */
    billing_buf_t    fields[BILLING_FIELD_MAX];
} billing_encoded_t;

typedef struct {
    billing_flight_t  *flight;
    billing_encoded_t *blocks;
    ngx_uint_t         nblocks;
    billing_status_t   status;
    void (*done)(billing_flight_t *flight, ngx_int_t rc);
} billing_encode_t;


static billing_encode_t *encode_create(billing_flight_t *flight, size_t *cells);
static void              encode_run(void *data);
static ngx_int_t         encode_take(billing_encode_t *encode);
static void              encode_done(void *data);
static void              encode_drop(void *data);


static const billing_task_type_t encode_type = {
    encode_run,
    encode_done,
    encode_drop,
};


ngx_int_t
billing_encode_blocks(billing_flight_t *flight,
    void (*done)(billing_flight_t *flight, ngx_int_t rc))
{
    size_t            cells;
    ngx_int_t         rc;
    billing_encode_t *encode;

    encode = encode_create(flight, &cells);
    if (encode == NULL) {
        return NGX_ERROR;
    }

    encode->done = done;

    if (cells >= BILLING_ENCODE_LARGE) {
        flight->task = billing_threads_run(
            flight->fetch->conf.threads, &encode_type, encode);

        if (flight->task != NULL) {
            return NGX_AGAIN;
        }
    }

    encode_run(encode);
    rc = encode_take(encode);
    encode_drop(encode);

    return rc;
}


static billing_encode_t *
encode_create(billing_flight_t *flight, size_t *cells)
{
    ngx_uint_t        i, j;
    billing_encode_t *encode;

    encode = ngx_calloc(
        sizeof(billing_encode_t) + flight->nblocks * sizeof(billing_encoded_t),
        flight->fetch->conf.log);
    if (encode == NULL) {
        return NULL;
    }

    encode->flight = flight;
    encode->blocks = (billing_encoded_t *) (encode + 1);
    encode->nblocks = flight->nblocks;
    *cells = 0;

    for (i = 0; i < flight->nblocks; i++) {
        encode->blocks[i].rows = flight->blocks[i].rows;
        flight->blocks[i].rows = NULL;

        if (encode->blocks[i].rows != NULL) {
            *cells += billing_block_cells(encode->blocks[i].rows);
        }

        for (j = 0; j < BILLING_FIELD_MAX; j++) {
            billing_buf_init(&encode->blocks[i].fields[j], BILLING_ENCODE_MAX);
        }
    }

    return encode;
}


/* In a thread, or not. */
static void
encode_run(void *data)
{
    billing_encode_t *encode = data;

    ngx_uint_t         i, j;
    billing_encoded_t *block;

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
encode_take(billing_encode_t *encode)
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
encode_done(void *data)
{
    billing_encode_t *encode = data;

    ngx_int_t         rc;
    billing_flight_t *flight;
    void (*done)(billing_flight_t * flight, ngx_int_t rc);

    flight = encode->flight;
    flight->task = NULL;

    rc = encode_take(encode);
    done = encode->done;
    encode_drop(encode);

    done(flight, rc);
}


static void
encode_drop(void *data)
{
    billing_encode_t *encode = data;

    ngx_uint_t i, j;

    for (i = 0; i < encode->nblocks; i++) {
        billing_block_free(encode->blocks[i].rows);

        for (j = 0; j < BILLING_FIELD_MAX; j++) {
            billing_buf_free(&encode->blocks[i].fields[j]);
        }
    }

    ngx_free(encode);
}
