
/*
 * What the tests of cost blocks share; to be included behind cmocka.h.
 */

#ifndef TEST_BLOCK_H
#define TEST_BLOCK_H

#include <stdlib.h>

#include "core/block.h"
#include "random.h"


#define MAX_ROWS  600
#define MAX_FIELD (1 << 20)


typedef struct {
    billing_row_t rows[MAX_ROWS];
    unsigned      nrows;
    unsigned      stop_after; /* 0: never */
} list_t;


/* Prefixes of each other, the empty one, other scripts, a long one. */
static const char *const names[] = { "", "A", "AmazonEC2", "AmazonEC",
    "AmazonEC2x", "ap-northeast-2", "us-east-1", "012345678901", "123456789012",
    "\xec\x84\x9c\xec\x9a\xb8", "\xf0\x9f\x92\xb0", "a\tb\"",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" };

static const char *const currencies[] = { "USD", "KRW", "EUR" };

static inline billing_str_t
any_name(void)
{
    return billing_str_from(
        names[test_random_below(sizeof(names) / sizeof(names[0]))]);
}


static inline billing_row_t
any_row(void)
{
    return (billing_row_t){ .date = test_random_below(31),
        .currency = billing_str_from(currencies[test_random_below(3)]),
        .linked = any_name(),
        .region = any_name(),
        .service = any_name(),
        .charge = any_name(),
        .amount = test_random_money(110) };
}


/* The order in which rows are read. */
static inline int
row_order(const void *x, const void *y)
{
    int                  order;
    const billing_row_t *a = x, *b = y;

    order = billing_str_cmp(a->currency, b->currency);
    order = order != 0 ? order : billing_str_cmp(a->linked, b->linked);
    order = order != 0 ? order : billing_str_cmp(a->region, b->region);
    order = order != 0 ? order : billing_str_cmp(a->service, b->service);
    order = order != 0 ? order : billing_str_cmp(a->charge, b->charge);

    return order != 0 ? order : (int) a->date - (int) b->date;
}


static inline billing_status_t
list_collect(void *data, const billing_row_t *row)
{
    list_t *list = data;

    assert_in_range(list->nrows, 0, MAX_ROWS - 1);
    assert_in_range(row->date, 0, 30);
    list->rows[list->nrows++] = *row;

    return list->nrows == list->stop_after ? BILLING_INVALID : BILLING_OK;
}


static inline billing_block_t *
block_of(const billing_row_t *rows, unsigned n)
{
    unsigned         i;
    billing_block_t *block;

    block = billing_block_create();
    assert_non_null(block);

    for (i = 0; i < n; i++) {
        assert_int_equal(billing_block_add(block, &rows[i]), BILLING_OK);
    }

    return block;
}


static inline billing_buf_t
encoded(const billing_block_t *block, billing_field_t field)
{
    billing_buf_t buf;

    billing_buf_init(&buf, MAX_FIELD);
    assert_int_equal(billing_block_encode(block, field, &buf), BILLING_OK);

    return buf;
}


static inline billing_status_t
decode(billing_str_t bytes, list_t *list)
{
    billing_status_t status;

    list->nrows = 0;
    status = billing_block_check(bytes);

    return status == BILLING_OK ? billing_block_rows(bytes, list_collect, list)
                                : status;
}


#endif /* TEST_BLOCK_H */
