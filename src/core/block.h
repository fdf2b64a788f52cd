
/*
 * A cost block: everything known of one service account in one calendar month
 * at one granularity.  It is filled cell by cell while pages are read, then
 * written as the fields of one Redis HASH.  Each field holds the same costs,
 * summed over what it leaves out, so that a reader takes the smallest field
 * that answers his question:
 *
 *     total    date (one for MONTHLY, the days for DAILY)
 *     service  date x service
 *     region   date x region
 *     cells    date x linked account x region x service x charge
 *
 * always kept apart by currency.  A field is a version byte, a dimension mask,
 * a table of strings and rows in varints; the format is explained at the top
 * of block_data.h.  Decoding trusts nothing: any truncated or inconsistent
 * field is BILLING_MALFORMED.
 */

#ifndef BILLING_CORE_BLOCK_H
#define BILLING_CORE_BLOCK_H

#include "core/buf.h"
#include "core/charge.h"
#include "core/date.h"
#include "core/money.h"


#define BILLING_BLOCK_MAX_CELLS 4000000


typedef enum {
    BILLING_FIELD_TOTAL = 0,
    BILLING_FIELD_SERVICE,
    BILLING_FIELD_REGION,
    BILLING_FIELD_CELLS,
    BILLING_FIELD_MAX
} billing_field_t;

/* "total", "service", "region", "cells" */
extern const char *const billing_field_names[BILLING_FIELD_MAX];


/* What a field may keep apart, besides currencies and dates: a mask. */
#define BILLING_BLOCK_LINKED  0x01
#define BILLING_BLOCK_REGION  0x02
#define BILLING_BLOCK_SERVICE 0x04
#define BILLING_BLOCK_CHARGE  0x08
#define BILLING_BLOCK_DIMS    0x0f


typedef struct billing_block_s billing_block_t;


/* One row, in and out.  Dimensions that a field leaves out are empty. */
typedef struct {
    unsigned        date;     /* day of the month - 1; MONTHLY: 0 */
    billing_str_t   currency; /* ISO 4217 */
    billing_str_t   linked;
    billing_str_t   region;
    billing_str_t   service;
    billing_str_t   charge; /* of billing_charge_names; empty: unknown */
    billing_money_t amount;
} billing_row_t;


/* NULL when out of memory. */
billing_block_t *billing_block_create(void);
void             billing_block_free(billing_block_t *block);

/*
 * Adds one row; rows with the same date, currency and dimensions are added
 * up.  Strings are copied.  BILLING_LIMIT past BILLING_BLOCK_MAX_CELLS, or
 * when an amount overflows; BILLING_INVALID for date > 30 or invalid UTF-8.
 */
billing_status_t billing_block_add(
    billing_block_t *block, const billing_row_t *row);

size_t billing_block_cells(const billing_block_t *block);

/*
 * Calls each() once for every linked account that has a cell, but for the one
 * without a name.  The text is valid during the call.
 */
void billing_block_linked(const billing_block_t *block,
    void (*each)(void *data, billing_str_t linked), void *data);

/*
 * Appends the encoded field; on failure nothing is appended.  The same costs
 * always give the same bytes, in whatever order they were added.
 * BILLING_LIMIT when a sum overflows or out is full, BILLING_NOMEM.
 */
billing_status_t billing_block_encode(
    const billing_block_t *block, billing_field_t field, billing_buf_t *out);

/*
 * Checks an encoded field: BILLING_MALFORMED, BILLING_NOMEM.  What comes from
 * outside is checked as a whole before the first row is handed out: of a
 * malformed field nobody must see a part.
 */
billing_status_t billing_block_check(billing_str_t bytes);

/* 1 if an encoded field says that it is of a version that this file knows. */
int billing_block_known(billing_str_t bytes);

/*
 * 1 if it keeps charges apart.  Cells that do not were written by an earlier
 * build: they say of no cost what charge it is.
 */
int billing_block_charged(billing_str_t bytes);

/*
 * Reads a checked field row by row, ordered by currency, dimensions, date.
 * The row and its strings are valid only during the call.  row() may return
 * another status to stop; it is passed on.  Of bytes that were not checked
 * some rows may come before BILLING_MALFORMED, and their strings may be no
 * UTF-8.
 */
typedef billing_status_t (*billing_row_pt)(
    void *data, const billing_row_t *row);

billing_status_t billing_block_rows(
    billing_str_t bytes, billing_row_pt row, void *data);

/* The smallest field that keeps all of that apart, BILLING_BLOCK_*. */
billing_field_t billing_block_field(unsigned dims);


/* What is known about the block itself: the field "meta". */
typedef struct {
    time_t   fetched_at; /* UTC, seconds */
    uint64_t scope;      /* digest of the linked accounts covered */
    uint32_t calls;      /* provider calls that it took */
    uint32_t rows;       /* provider rows read */

    /*
     * Dates that the provider has not closed, by its own word: a bit for each
     * date of a row, the first the lowest.
     */
    uint32_t open;
} billing_block_meta_t;

/*
 * 0 for a block that was read before its month was over, on another day: what
 * has come since is not in it.
 */
int billing_block_current(
    billing_month_t month, time_t fetched_at, billing_day_t today);

/*
 * 1 if nothing of the month is expected to change any more.  Providers go on
 * booking usage of a month in its first days after: a block read before that
 * is not taken for the last word on its month.
 */
int billing_block_settled(
    billing_month_t month, const billing_block_meta_t *meta);

billing_status_t billing_block_meta_encode(
    const billing_block_meta_t *meta, billing_buf_t *out);
billing_status_t billing_block_meta_decode(
    billing_str_t bytes, billing_block_meta_t *meta);

/*
 * Digest of a set of linked account ids, each given once; their order does
 * not matter.  The same on every machine, for it is stored.
 */
uint64_t billing_block_scope(const billing_str_t *ids, size_t n);


#endif /* BILLING_CORE_BLOCK_H */
