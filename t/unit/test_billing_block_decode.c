
/*
 * Fields of cost blocks that are not what they should be: cut off, changed,
 * made up.  Nothing may be read outside of them, and of a field that is
 * refused no row is handed out.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "block.h"


/* Touches all that a row points to. */
static billing_status_t
look(void *data, const billing_row_t *row)
{
    (void) data;

    assert_in_range(row->date, 0, 30);
    (void) billing_str_cmp(row->currency, row->linked);
    (void) billing_str_cmp(row->region, row->service);

    return BILLING_OK;
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
    status = billing_block_check((billing_str_t){ copy, len });

    if (status == BILLING_OK) {
        status = billing_block_rows(
            (billing_str_t){ copy, len }, list_collect, list);

    } else {
        /* without the check there may be rows, but nothing beyond the bytes */
        (void) billing_block_rows((billing_str_t){ copy, len }, look, NULL);
    }

    free(copy);

    return status;
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
        billing_block_check((billing_str_t){ NULL, 0 }), BILLING_MALFORMED);
    assert_int_equal(
        billing_block_rows((billing_str_t){ NULL, 0 }, list_collect, &list),
        BILLING_MALFORMED);

    /* and what they were made of is well formed */
    assert_int_equal(
        decode(billing_str("\1\0\1\3USD\1\0\x3c\2"), &list), BILLING_OK);
    assert_int_equal(list.nrows, 1);
    assert_int_equal(list.rows[0].date, 30);
    assert_true(list.rows[0].amount == 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_or_longer),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_mangled),
        cmocka_unit_test(test_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
