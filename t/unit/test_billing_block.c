
/*
 * Collecting, writing and reading cost blocks, against a reference that keeps
 * rows in a list and adds them up by walking through it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "block.h"


#define MONEY_MAX ((billing_money_t) (~(unsigned __int128) 0 >> 1))


static const unsigned field_dims[BILLING_FIELD_MAX] = { 0,
    BILLING_BLOCK_SERVICE, BILLING_BLOCK_REGION,
    BILLING_BLOCK_LINKED | BILLING_BLOCK_REGION | BILLING_BLOCK_SERVICE
        | BILLING_BLOCK_CHARGE };


/* ---- the reference ---- */

static int
same_key(const billing_row_t *a, const billing_row_t *b)
{
    return a->date == b->date && billing_str_eq(a->currency, b->currency)
           && billing_str_eq(a->linked, b->linked)
           && billing_str_eq(a->region, b->region)
           && billing_str_eq(a->service, b->service)
           && billing_str_eq(a->charge, b->charge);
}


static void
list_add(list_t *list, billing_row_t row, unsigned dims)
{
    unsigned i;

    if ((dims & BILLING_BLOCK_LINKED) == 0) {
        row.linked = billing_str("");
    }

    if ((dims & BILLING_BLOCK_REGION) == 0) {
        row.region = billing_str("");
    }

    if ((dims & BILLING_BLOCK_SERVICE) == 0) {
        row.service = billing_str("");
    }

    if ((dims & BILLING_BLOCK_CHARGE) == 0) {
        row.charge = billing_str("");
    }

    for (i = 0; i < list->nrows; i++) {
        if (same_key(&list->rows[i], &row)) {
            list->rows[i].amount += row.amount;
            return;
        }
    }

    assert_in_range(list->nrows, 0, MAX_ROWS - 1);
    list->rows[list->nrows++] = row;
}


/* ---- tests ---- */

static void
shuffle(billing_row_t *rows, unsigned n)
{
    unsigned      i, j;
    billing_row_t row;

    for (i = n; i > 1; i--) {
        j = test_random_below(i);
        row = rows[i - 1];
        rows[i - 1] = rows[j];
        rows[j] = row;
    }
}


/* decode(encode(x)) == x, summed over what the field leaves out */
static void
check_field(const billing_block_t *block, billing_field_t field,
    const billing_row_t *rows, unsigned n)
{
    unsigned      i;
    billing_buf_t buf;
    static list_t expected, found;

    expected.nrows = 0;

    for (i = 0; i < n; i++) {
        list_add(&expected, rows[i], field_dims[field]);
    }

    qsort(expected.rows, expected.nrows, sizeof(billing_row_t), row_order);

    buf = encoded(block, field);
    assert_int_equal(
        decode((billing_str_t){ buf.data, buf.len }, &found), BILLING_OK);

    assert_int_equal(found.nrows, expected.nrows);

    for (i = 0; i < found.nrows; i++) {
        assert_int_equal(row_order(&found.rows[i], &expected.rows[i]), 0);
        assert_true(found.rows[i].amount == expected.rows[i].amount);
    }

    billing_buf_free(&buf);
}


static void
test_fields(void **state)
{
    unsigned             round, i, n;
    billing_block_t     *block;
    static billing_row_t rows[MAX_ROWS];

    for (round = 0; round < 200; round++) {
        n = round < 10 ? round : test_random_below(MAX_ROWS);

        for (i = 0; i < n; i++) {
            rows[i] = any_row();
        }

        block = block_of(rows, n);
        assert_in_range(billing_block_cells(block), 0, n);

        for (i = 0; i < BILLING_FIELD_MAX; i++) {
            check_field(block, i, rows, n);
        }

        billing_block_free(block);
    }
}


/* Each field, summed up, is the total: at each date, in each currency. */
static void
test_sum_of_any_field_is_the_total(void **state)
{
    unsigned             i, j, date;
    billing_buf_t        buf;
    billing_block_t     *block;
    static list_t        list;
    static billing_row_t rows[MAX_ROWS];
    billing_money_t      sums[BILLING_FIELD_MAX][3][31];

    for (i = 0; i < MAX_ROWS; i++) {
        rows[i] = any_row();
    }

    block = block_of(rows, MAX_ROWS);
    memset(sums, 0, sizeof(sums));

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        buf = encoded(block, i);
        assert_int_equal(
            decode((billing_str_t){ buf.data, buf.len }, &list), BILLING_OK);

        for (j = 0; j < list.nrows; j++) {
            date = list.rows[j].date;

            switch (list.rows[j].currency.data[0]) {
            case 'U':
                sums[i][0][date] += list.rows[j].amount;
                break;
            case 'K':
                sums[i][1][date] += list.rows[j].amount;
                break;
            default:
                sums[i][2][date] += list.rows[j].amount;
            }
        }

        billing_buf_free(&buf);
    }

    for (i = 1; i < BILLING_FIELD_MAX; i++) {
        assert_memory_equal(sums[i], sums[0], sizeof(sums[0]));
    }

    billing_block_free(block);
}


static void
test_order_does_not_matter(void **state)
{
    unsigned             i;
    billing_buf_t        first, second;
    billing_block_t     *a, *b;
    static billing_row_t rows[MAX_ROWS];

    for (i = 0; i < MAX_ROWS; i++) {
        rows[i] = any_row();
    }

    a = block_of(rows, MAX_ROWS);
    shuffle(rows, MAX_ROWS);
    b = block_of(rows, MAX_ROWS);

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        first = encoded(a, i);
        second = encoded(b, i);

        assert_int_equal(first.len, second.len);
        assert_memory_equal(first.data, second.data, first.len);

        billing_buf_free(&first);
        billing_buf_free(&second);
    }

    billing_block_free(a);
    billing_block_free(b);
}


/* What lies in Redis is read by other versions: the bytes are fixed. */
static void
test_bytes(void **state)
{
    billing_buf_t    buf;
    billing_block_t *block;

    const billing_row_t rows[] = {
        { 0, billing_str("USD"), billing_str("1"), billing_str("r"),
            billing_str("EC2"), billing_str("usage"), 1000000000000LL },
        { 4, billing_str("USD"), billing_str("1"), billing_str("r"),
            billing_str("EC2"), billing_str("usage"), -3 },
        { 1, billing_str("USD"), billing_str("1"), billing_str(""),
            billing_str("EC2"), billing_str("tax"), 2 },
        { 1, billing_str("KRW"), billing_str("2"), billing_str("r"),
            billing_str("S3"), billing_str(""), 0 },
    };

    static const char bytes[] = "\1\4" /* version, dimensions */
                                "\4\3EC2\3KRW\2S3\3USD" /* strings */
                                "\2"                    /* keys */
                                "\1\2"                  /* KRW, S3 */
                                "\2\0"                  /* last, date 1: 0 */
                                "\3\0"                  /* USD, EC2 */
                                "\1\x80\xc0\xa8\xca\x9a\x3a" /* 0: 10^12 */
                                "\1\4"                       /* date 1: 2 */
                                "\4\5"; /* last, date 4: -3 */

    static const char charged[] = "\2\xf" /* version, dimensions */
                                  "\4\0\1"
                                  "1\3USD\5usage"
                                  "\1"         /* keys */
                                  "\2\1\0\0\3" /* USD, 1, none, none, usage */
                                  "\10\5";     /* last, date 4: -3 */

    block = block_of(rows, 4);
    assert_int_equal(billing_block_cells(block), 4);

    buf = encoded(block, BILLING_FIELD_SERVICE);

    assert_int_equal(buf.len, sizeof(bytes) - 1);
    assert_memory_equal(buf.data, bytes, buf.len);

    billing_buf_free(&buf);
    billing_block_free(block);

    block = block_of(&(billing_row_t){ .date = 4,
                         .currency = billing_str("USD"),
                         .linked = billing_str("1"),
                         .charge = billing_str("usage"),
                         .amount = -3 },
        1);
    buf = encoded(block, BILLING_FIELD_CELLS);

    assert_int_equal(buf.len, sizeof(charged) - 1);
    assert_memory_equal(buf.data, charged, buf.len);
    assert_true(billing_block_charged((billing_str_t){ buf.data, buf.len }));

    billing_buf_free(&buf);
    billing_block_free(block);
}


/* Cells of builds that knew no charges are read as cells without any. */
static void
test_cells_without_charges(void **state)
{
    list_t list = { .nrows = 0 };

    static const char bytes[] = "\1\7" /* version, dimensions */
                                "\4\1"
                                "1\3EC2\3USD\1r"
                                "\1"       /* keys */
                                "\2\0\3\1" /* USD, 1, r, EC2 */
                                "\10\5";   /* last, date 4: -3 */
    static const char mixed[] = "\1\xf"
                                "\1\3USD"
                                "\1\0\0\0\0\0\10\5";
    static const char older[] = "\2\7"
                                "\1\3USD"
                                "\1\0\0\0\0\10\5";

    assert_true(billing_block_known(billing_str(bytes)));
    assert_false(billing_block_charged(billing_str(bytes)));
    assert_int_equal(decode(billing_str(bytes), &list), BILLING_OK);
    assert_int_equal(list.nrows, 1);
    assert_true(billing_str_eq(list.rows[0].service, billing_str("EC2")));
    assert_int_equal(list.rows[0].charge.len, 0);
    assert_true(list.rows[0].amount == -3);

    /* each version has its own dimensions */
    assert_int_equal(decode(billing_str(mixed), &list), BILLING_MALFORMED);
    assert_int_equal(decode(billing_str(older), &list), BILLING_MALFORMED);
}


static void
test_empty_block(void **state)
{
    unsigned         i;
    list_t           list = { .nrows = 0 };
    billing_buf_t    buf;
    billing_block_t *block;

    block = block_of(NULL, 0);

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        buf = encoded(block, i);
        assert_int_equal(buf.len, 4);
        assert_int_equal(
            decode((billing_str_t){ buf.data, buf.len }, &list), BILLING_OK);
        assert_int_equal(list.nrows, 0);
        billing_buf_free(&buf);
    }

    billing_block_free(block);
    billing_block_free(NULL);
}


static void
test_refused_rows(void **state)
{
    billing_row_t    row = any_row();
    billing_block_t *block;

    static const char *const invalid[] = { "\xff", "a\xc0\x80", "\xed\xa0\x80",
        "\xec\x84" };

    block = billing_block_create();
    assert_non_null(block);

    row.date = 31;
    assert_int_equal(billing_block_add(block, &row), BILLING_INVALID);
    row.date = 30;

    for (unsigned i = 0; i < 4; i++) {
        row.region = billing_str_from(invalid[i]);
        assert_int_equal(billing_block_add(block, &row), BILLING_INVALID);
    }

    assert_int_equal(billing_block_cells(block), 0);
    billing_block_free(block);
}


static void
test_overflow(void **state)
{
    billing_row_t    row = any_row();
    billing_buf_t    buf;
    billing_block_t *block;
    static list_t    list;

    row.service = billing_str("a");
    row.amount = MONEY_MAX;
    block = block_of(&row, 1);

    row.amount = 1;
    assert_int_equal(billing_block_add(block, &row), BILLING_LIMIT);

    buf = encoded(block, BILLING_FIELD_TOTAL);
    assert_int_equal(
        decode((billing_str_t){ buf.data, buf.len }, &list), BILLING_OK);
    assert_true(list.rows[0].amount == MONEY_MAX);

    /* another cell fits, but not the sum of both */
    row.service = billing_str("b");
    assert_int_equal(billing_block_add(block, &row), BILLING_OK);

    buf.len = 3;
    assert_int_equal(
        billing_block_encode(block, BILLING_FIELD_TOTAL, &buf), BILLING_LIMIT);
    assert_int_equal(buf.len, 3);
    assert_int_equal(
        billing_block_encode(block, BILLING_FIELD_SERVICE, &buf), BILLING_OK);

    billing_buf_free(&buf);
    billing_block_free(block);
}


static void
test_full_buffer(void **state)
{
    size_t           max;
    billing_row_t    rows[20];
    billing_buf_t    buf, whole;
    billing_block_t *block;

    for (unsigned i = 0; i < 20; i++) {
        rows[i] = any_row();
    }

    block = block_of(rows, 20);
    whole = encoded(block, BILLING_FIELD_CELLS);

    for (max = 0; max < whole.len; max++) {
        billing_buf_init(&buf, max);
        assert_int_equal(billing_block_encode(block, BILLING_FIELD_CELLS, &buf),
            BILLING_LIMIT);
        assert_int_equal(buf.len, 0);
        billing_buf_free(&buf);
    }

    billing_buf_free(&whole);
    billing_block_free(block);
}


static void
test_stop(void **state)
{
    billing_row_t    rows[20];
    billing_buf_t    buf;
    billing_block_t *block;
    static list_t    list;

    for (unsigned i = 0; i < 20; i++) {
        rows[i] = any_row();
    }

    block = block_of(rows, 20);
    buf = encoded(block, BILLING_FIELD_CELLS);

    list.stop_after = 7;
    assert_int_equal(
        decode((billing_str_t){ buf.data, buf.len }, &list), BILLING_INVALID);
    assert_int_equal(list.nrows, 7);

    billing_buf_free(&buf);
    billing_block_free(block);
}


/* The chosen field has all that is wanted; no smaller one has. */
static void
test_smallest_field(void **state)
{
    unsigned        dims, i, own;
    billing_field_t field;

    own = field_dims[BILLING_FIELD_CELLS];

    for (dims = 0; dims <= BILLING_BLOCK_DIMS; dims++) {
        field = billing_block_field(dims);
        assert_int_equal(dims & own & ~field_dims[field], 0);

        for (i = 0; i < BILLING_FIELD_CELLS; i++) {
            if ((dims & own & ~field_dims[i]) == 0) {
                assert_int_not_equal(field, BILLING_FIELD_CELLS);
            }
        }

        if ((dims & own) == 0) {
            assert_int_equal(field, BILLING_FIELD_TOTAL);
        }
    }

    assert_string_equal(billing_field_names[BILLING_FIELD_TOTAL], "total");
    assert_string_equal(billing_field_names[BILLING_FIELD_SERVICE], "service");
    assert_string_equal(billing_field_names[BILLING_FIELD_REGION], "region");
    assert_string_equal(billing_field_names[BILLING_FIELD_CELLS], "cells");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_sum_of_any_field_is_the_total),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_cells_without_charges),
        cmocka_unit_test(test_empty_block),
        cmocka_unit_test(test_refused_rows),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_full_buffer),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_smallest_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
