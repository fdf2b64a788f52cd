
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

#include "core/billing_block.h"
#include "random.h"


#define MONEY_MAX ((billing_money_t) (~(unsigned __int128) 0 >> 1))
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

static const unsigned field_dims[BILLING_FIELD_MAX] = { 0,
    1U << BILLING_DIM_SERVICE, 1U << BILLING_DIM_REGION,
    1U << BILLING_DIM_LINKED | 1U << BILLING_DIM_REGION
        | 1U << BILLING_DIM_SERVICE };


static billing_str_t
any_name(void)
{
    return billing_str_from(
        names[test_random_below(sizeof(names) / sizeof(names[0]))]);
}


static billing_row_t
any_row(void)
{
    return (billing_row_t){ .date = test_random_below(31),
        .currency = billing_str_from(currencies[test_random_below(3)]),
        .linked = any_name(),
        .region = any_name(),
        .service = any_name(),
        .amount = test_random_money(110) };
}


/* ---- the reference ---- */

static int
same_key(const billing_row_t *a, const billing_row_t *b)
{
    return a->date == b->date && billing_str_eq(a->currency, b->currency)
           && billing_str_eq(a->linked, b->linked)
           && billing_str_eq(a->region, b->region)
           && billing_str_eq(a->service, b->service);
}


static int
row_order(const void *x, const void *y)
{
    int                  order;
    const billing_row_t *a = x, *b = y;

    order = billing_str_cmp(a->currency, b->currency);
    order = order != 0 ? order : billing_str_cmp(a->linked, b->linked);
    order = order != 0 ? order : billing_str_cmp(a->region, b->region);
    order = order != 0 ? order : billing_str_cmp(a->service, b->service);

    return order != 0 ? order : (int) a->date - (int) b->date;
}


static void
list_add(list_t *list, billing_row_t row, unsigned dims)
{
    unsigned i;

    if ((dims & 1U << BILLING_DIM_LINKED) == 0) {
        row.linked = billing_str("");
    }

    if ((dims & 1U << BILLING_DIM_REGION) == 0) {
        row.region = billing_str("");
    }

    if ((dims & 1U << BILLING_DIM_SERVICE) == 0) {
        row.service = billing_str("");
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


static billing_status_t
list_collect(void *data, const billing_row_t *row)
{
    list_t *list = data;

    assert_in_range(list->nrows, 0, MAX_ROWS - 1);
    assert_in_range(row->date, 0, 30);
    list->rows[list->nrows++] = *row;

    return list->nrows == list->stop_after ? BILLING_INVALID : BILLING_OK;
}


/* ---- helpers ---- */

static billing_block_t *
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


static billing_buf_t
encoded(const billing_block_t *block, billing_field_t field)
{
    billing_buf_t buf;

    billing_buf_init(&buf, MAX_FIELD);
    assert_int_equal(billing_block_encode(block, field, &buf), BILLING_OK);

    return buf;
}


/*
 * Decodes a copy of exactly that size, so that a byte read too far is seen.
 * The strings of the list then point nowhere.
 */
static billing_status_t
decode_copy(const char *data, size_t len, list_t *list)
{
    char            *copy;
    billing_status_t status;

    copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, data, len);

    list->nrows = 0;
    status = billing_block_decode(
        (billing_str_t){ copy, len }, list_collect, list);

    free(copy);

    return status;
}


static billing_status_t
decode(billing_str_t bytes, list_t *list)
{
    list->nrows = 0;

    return billing_block_decode(bytes, list_collect, list);
}


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


/* ---- tests ---- */

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
            billing_str("EC2"), 1000000000000LL },
        { 4, billing_str("USD"), billing_str("1"), billing_str("r"),
            billing_str("EC2"), -3 },
        { 1, billing_str("USD"), billing_str("1"), billing_str(""),
            billing_str("EC2"), 2 },
        { 1, billing_str("KRW"), billing_str("2"), billing_str("r"),
            billing_str("S3"), 0 },
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

    block = block_of(rows, 4);
    assert_int_equal(billing_block_cells(block), 4);

    buf = encoded(block, BILLING_FIELD_SERVICE);

    assert_int_equal(buf.len, sizeof(bytes) - 1);
    assert_memory_equal(buf.data, bytes, buf.len);

    billing_buf_free(&buf);
    billing_block_free(block);
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


/* Any cut is noticed before a row is handed out; so is anything behind. */
static void
test_cut_or_longer(void **state)
{
    size_t           len;
    unsigned         i;
    billing_row_t    rows[60];
    billing_buf_t    buf;
    billing_block_t *block;
    static list_t    list;

    for (i = 0; i < 60; i++) {
        rows[i] = any_row();
    }

    block = block_of(rows, 60);

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        buf = encoded(block, i);

        for (len = 0; len < buf.len; len++) {
            assert_int_equal(
                decode_copy(buf.data, len, &list), BILLING_MALFORMED);
            assert_int_equal(list.nrows, 0);
        }

        assert_int_equal(decode_copy(buf.data, len, &list), BILLING_OK);

        assert_int_equal(billing_buf_add_char(&buf, 0), BILLING_OK);
        assert_int_equal(
            decode_copy(buf.data, buf.len, &list), BILLING_MALFORMED);
        assert_int_equal(list.nrows, 0);

        billing_buf_free(&buf);
    }

    billing_block_free(block);
}


/*
 * Whatever is accepted is the one form of what it says: written again it
 * gives the same bytes, but for strings that no key uses any more.
 */
static void
check_one_form(billing_str_t bytes)
{
    unsigned         i;
    billing_buf_t    buf;
    billing_block_t *block;
    static list_t    list, again;

    if (decode_copy(bytes.data, bytes.len, &list) != BILLING_OK) {
        assert_int_equal(list.nrows, 0);
        return;
    }

    assert_int_equal(decode(bytes, &list), BILLING_OK);

    for (i = 1; i < list.nrows; i++) {
        assert_true(row_order(&list.rows[i - 1], &list.rows[i]) < 0);
    }

    block = block_of(list.rows, list.nrows);
    buf = encoded(block, BILLING_FIELD_CELLS);

    assert_int_equal(
        decode((billing_str_t){ buf.data, buf.len }, &again), BILLING_OK);
    assert_int_equal(again.nrows, list.nrows);

    for (i = 0; i < list.nrows; i++) {
        assert_int_equal(row_order(&list.rows[i], &again.rows[i]), 0);
        assert_true(list.rows[i].amount == again.rows[i].amount);
    }

    billing_buf_free(&buf);
    billing_block_free(block);
}


static void
test_flipped_bits(void **state)
{
    size_t           bit;
    unsigned         i;
    billing_row_t    rows[40];
    billing_buf_t    buf;
    billing_block_t *block;

    for (i = 0; i < 40; i++) {
        rows[i] = any_row();
    }

    block = block_of(rows, 40);

    for (i = 0; i < BILLING_FIELD_MAX; i++) {
        buf = encoded(block, i);

        for (bit = 0; bit < buf.len * 8; bit++) {
            buf.data[bit / 8] ^= (char) (1 << bit % 8);
            check_one_form((billing_str_t){ buf.data, buf.len });
            buf.data[bit / 8] ^= (char) (1 << bit % 8);
        }

        billing_buf_free(&buf);
    }

    billing_block_free(block);
}


/* Several bytes at once: overwritten, dropped, doubled; or pure noise. */
static void
test_mangled(void **state)
{
    char             bytes[4096];
    size_t           len, at, n;
    unsigned         round, i;
    billing_row_t    rows[12];
    billing_buf_t    buf;
    billing_block_t *block;

    for (round = 0; round < 20000; round++) {
        if (round % 100 == 0) {
            for (i = 0; i < 12; i++) {
                rows[i] = any_row();
            }

            block = block_of(rows, 12);
            buf = encoded(block, round / 100 % BILLING_FIELD_MAX);
            assert_in_range(buf.len, 20, sizeof(bytes) / 2);
            billing_block_free(block);
        }

        len = buf.len;
        memcpy(bytes, buf.data, len);

        at = test_random_below((unsigned) len);
        n = test_random_below((unsigned) (len - at) < 9 ? len - at : 9);

        switch (test_random_below(4)) {
        case 0:
            while (n-- > 0) {
                bytes[at + n] = (char) test_random();
            }
            break;
        case 1:
            memmove(bytes + at, bytes + at + n, len - at - n);
            len -= n;
            break;
        case 2:
            memmove(bytes + at + n, bytes + at, len - at);
            len += n;
            break;
        default:
            for (at = 2; at < len; at++) {
                bytes[at] = (char) test_random_below(8);
            }
        }

        check_one_form((billing_str_t){ bytes, len });

        if (round % 100 == 99) {
            billing_buf_free(&buf);
        }
    }
}


static void
test_malformed(void **state)
{
    size_t        i;
    static list_t list;

#define MALFORMED(bytes)         \
    {                            \
        bytes, sizeof(bytes) - 1 \
    }

    static const billing_str_t cases[] = {
        MALFORMED(""),
        MALFORMED("\1"),
        MALFORMED("\0\0\0\0"), /* version */
        MALFORMED("\2\0\0\0"),
        MALFORMED("\1\x08\0\0"),                /* dimensions */
        MALFORMED("\1\0\0\1\0\0\2"),            /* a key without strings */
        MALFORMED("\1\0\1\3USD\1\1\0\2"),       /* no such string */
        MALFORMED("\1\0\2\3USD\3USD\1\0\0\2"),  /* a string twice */
        MALFORMED("\1\0\2\3USD\3EUR\1\0\0\2"),  /* out of order */
        MALFORMED("\1\0\1\3U\xffZ\1\0\0\2"),    /* not UTF-8 */
        MALFORMED("\1\0\1\x83\0USD\1\0\0\2"),   /* a padded length */
        MALFORMED("\1\0\1\3USD\1\0\x3e\2"),     /* date 31 */
        MALFORMED("\1\0\1\3USD\1\0\x3d\2\0\2"), /* 30, then 31 */
        MALFORMED("\1\0\1\3USD\2\0\0\2\0\2\2"), /* a key twice */
        MALFORMED("\1\4\1\3USD\1\0\0"),         /* cut in a key */
        MALFORMED("\1\0\1\3USD\1\0\0\2\0"),     /* something behind */
        /* counts and lengths that nothing is allocated for */
        MALFORMED("\1\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
        MALFORMED("\1\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
        MALFORMED("\1\0\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
        MALFORMED("\1\0\1\3USD\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
    };

#undef MALFORMED

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            decode_copy(cases[i].data, cases[i].len, &list), BILLING_MALFORMED);
        assert_int_equal(list.nrows, 0);
    }

    assert_int_equal(
        billing_block_decode((billing_str_t){ NULL, 0 }, list_collect, &list),
        BILLING_MALFORMED);

    /* and what they were made of is well formed */
    assert_int_equal(
        decode(billing_str("\1\0\1\3USD\1\0\x3c\2"), &list), BILLING_OK);
    assert_int_equal(list.nrows, 1);
    assert_int_equal(list.rows[0].date, 30);
    assert_true(list.rows[0].amount == 1);
}


/* The chosen field has all that is wanted; no smaller one has. */
static void
test_smallest_field(void **state)
{
    unsigned        dims, i, own;
    billing_field_t field;

    own = field_dims[BILLING_FIELD_CELLS];

    for (dims = 0; dims < 1U << BILLING_DIM_MAX; dims++) {
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


static void
check_meta(billing_block_meta_t meta)
{
    size_t               len, bit;
    billing_buf_t        buf;
    billing_block_meta_t back;

    billing_buf_init(&buf, 100);
    assert_int_equal(billing_block_meta_encode(&meta, &buf), BILLING_OK);

    assert_int_equal(
        billing_block_meta_decode((billing_str_t){ buf.data, buf.len }, &back),
        BILLING_OK);
    assert_true(back.fetched_at == meta.fetched_at);
    assert_true(back.scope == meta.scope);
    assert_int_equal(back.calls, meta.calls);
    assert_int_equal(back.rows, meta.rows);

    for (len = 0; len < buf.len; len++) {
        assert_int_equal(
            billing_block_meta_decode((billing_str_t){ buf.data, len }, &back),
            BILLING_MALFORMED);
    }

    for (bit = 0; bit < 8; bit++) {
        buf.data[0] ^= (char) (1 << bit);
        assert_int_equal(billing_block_meta_decode(
                             (billing_str_t){ buf.data, buf.len }, &back),
            BILLING_MALFORMED);
        buf.data[0] ^= (char) (1 << bit);
    }

    assert_int_equal(billing_buf_add_char(&buf, 0), BILLING_OK);
    assert_int_equal(
        billing_block_meta_decode((billing_str_t){ buf.data, buf.len }, &back),
        BILLING_MALFORMED);

    billing_buf_free(&buf);
}


static void
test_meta(void **state)
{
    unsigned             i;
    billing_buf_t        buf;
    billing_block_meta_t meta;

    check_meta((billing_block_meta_t){ 0, 0, 0, 0 });
    check_meta((billing_block_meta_t){
        253402300799, UINT64_MAX, UINT32_MAX, UINT32_MAX });

    for (i = 0; i < 1000; i++) {
        check_meta((billing_block_meta_t){
            (time_t) (test_random() % 253402300799), test_random(),
            (uint32_t) test_random(), (uint32_t) (test_random() >> 60) });
    }

    billing_buf_init(&buf, 100);

    meta = (billing_block_meta_t){ -1, 0, 0, 0 };
    assert_int_equal(billing_block_meta_encode(&meta, &buf), BILLING_INVALID);
    meta.fetched_at = 253402300800;
    assert_int_equal(billing_block_meta_encode(&meta, &buf), BILLING_INVALID);
    assert_int_equal(buf.len, 0);

    assert_int_equal(
        billing_block_meta_decode(billing_str("\1\0\0\0\0\0\0\0\0"
                                              "\0\x80\x80\x80\x80\x10\0"),
            &meta),
        BILLING_MALFORMED);

    billing_buf_free(&buf);
}


static void
test_scope(void **state)
{
    unsigned      i, j;
    uint64_t      digest;
    char          text[100][13];
    billing_str_t ids[100], id;

    for (i = 0; i < 100; i++) {
        snprintf(text[i], sizeof(text[i]), "%012u", i);
        ids[i] = billing_str_from(text[i]);
    }

    digest = billing_block_scope(ids, 100);

    for (i = 0; i < 100; i++) {
        assert_true(billing_block_scope(ids, i) != digest);

        j = test_random_below(100);
        id = ids[i];
        ids[i] = ids[j];
        ids[j] = id;
        assert_true(billing_block_scope(ids, 100) == digest);
    }

    /* 1 + 4 against 2 + 3: digests of neighbours are not neighbours */
    const billing_str_t outer[] = { billing_str("1"), billing_str("4") };
    const billing_str_t inner[] = { billing_str("2"), billing_str("3") };

    assert_true(billing_block_scope(outer, 2) != billing_block_scope(inner, 2));

    /* it is stored: the number must not change */
    id = billing_str("123456789012");
    assert_true(billing_block_scope(&id, 1) == 0xcc011a7a2366addcU);
    assert_true(billing_block_scope(NULL, 0) == 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_sum_of_any_field_is_the_total),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_empty_block),
        cmocka_unit_test(test_refused_rows),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_full_buffer),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_cut_or_longer),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_mangled),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_smallest_field),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
