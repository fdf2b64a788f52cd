
/*
 * Cells of a CSV: what a program reads is the value; what a spreadsheet reads
 * is no formula, and no two values are the same.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/csv.h"
#include "random.h"


typedef void (*cell_pt)(billing_str_t s, billing_buf_t *out);

typedef struct {
    const char *value;
    const char *program;
    const char *sheet;
} case_t;


static const case_t cases[] = {
    { "", "", "" },
    { "us-east-1", "us-east-1", "us-east-1" },
    { " x ", " x ", " x " },
    { "a=1", "a=1", "a=1" },
    { "it's", "it's", "it's" },
    { "'x", "'x", "'x" },
    { "\xec\x84\x9c\xec\x9a\xb8", "\xec\x84\x9c\xec\x9a\xb8",
        "\xec\x84\x9c\xec\x9a\xb8" },

    /* RFC 4180 */
    { "a,b", "\"a,b\"", "\"a,b\"" },
    { "a\"b", "\"a\"\"b\"", "\"a\"\"b\"" },
    { "a\r\nb", "\"a\r\nb\"", "\"a\r\nb\"" },
    { "\"", "\"\"\"\"", "\"\"\"\"" },
    { "\"\"", "\"\"\"\"\"\"", "\"\"\"\"\"\"" },

    /* what starts a formula */
    { "=1+1", "=1+1", "'=1+1" },
    { "=", "=", "'=" },
    { "+1", "+1", "'+1" },
    { "-1", "-1", "'-1" },
    { "@SUM(A1)", "@SUM(A1)", "'@SUM(A1)" },
    { "|calc", "|calc", "'|calc" },
    { "=HYPERLINK(\"http://x\",\"y\")",
        "\"=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"",
        "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"" },
    { "\xef\xbc\x9d"
      "1",
        "\xef\xbc\x9d"
        "1",
        "'\xef\xbc\x9d"
        "1" },
    { "\xef\xbc\x8b"
      "1",
        "\xef\xbc\x8b"
        "1",
        "'\xef\xbc\x8b"
        "1" },
    { "\xef\xbc\x8d"
      "1",
        "\xef\xbc\x8d"
        "1",
        "'\xef\xbc\x8d"
        "1" },
    { "\xef\xbc\xa0", "\xef\xbc\xa0", "'\xef\xbc\xa0" },
    { "\xef\xb9\xa6"
      "1",
        "\xef\xb9\xa6"
        "1",
        "'\xef\xb9\xa6"
        "1" },

    /* behind blanks and what nobody sees */
    { " =1+1", " =1+1", "' =1+1" },
    { "  -1", "  -1", "'  -1" },
    { "\xc2\xa0=1", "\xc2\xa0=1", "'\xc2\xa0=1" },
    { "\xe3\x80\x80=1", "\xe3\x80\x80=1", "'\xe3\x80\x80=1" },
    { "\xef\xbb\xbf=1", "\xef\xbb\xbf=1", "'\xef\xbb\xbf=1" },
    { "\xe2\x80\x8b@x", "\xe2\x80\x8b@x", "'\xe2\x80\x8b@x" },
    { "\xef\xbb\xbfx", "\xef\xbb\xbfx", "\xef\xbb\xbfx" },
    { "\x01=1", "\x01=1", "'\x01=1" },
    { "\"=1\"", "\"\"\"=1\"\"\"", "\"'\"\"=1\"\"\"" },
    { "\tx", "\tx", "'\tx" },
    { "\rx", "\"\rx\"", "\"'\rx\"" },
    { "\nx", "\"\nx\"", "\"'\nx\"" },
    { "\t=1", "\t=1", "'\t'=1" },

    /* in the middle, for whoever separates cells otherwise */
    { ";=1+1", ";=1+1", "\"';'=1+1\"" },
    { ";; =1", ";; =1", "\"';;' =1\"" },
    { "a;=1+1", "a;=1+1", "\"a;'=1+1\"" },
    { "a; +b;c", "a; +b;c", "\"a;' +b;c\"" },
    { "a;b", "a;b", "\"a;b\"" },
    { "a\t=1", "a\t=1", "a\t'=1" },
    { "a\n-b", "\"a\n-b\"", "\"a\n'-b\"" },
    { ",=1", "\",=1\"", "\"',=1\"" },

    /* what has apostrophes of its own */
    { "'=1+1", "'=1+1", "''=1+1" },
    { "''=1+1", "''=1+1", "'''=1+1" },
    { "' -1", "' -1", "'' -1" },
    { "'\tx", "'\tx", "''\tx" },
    { "a;'=1", "a;'=1", "\"a;''=1\"" },

    /* no UTF-8 */
    { "\xff=1", "\xff=1", "\xff=1" },
    { "\xef\xbc", "\xef\xbc", "\xef\xbc" },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))


static void
check_cell(cell_pt cell, const char *value, const char *expected)
{
    billing_buf_t out;

    billing_buf_init(&out, 1000);
    cell(billing_str_from(value), &out);
    assert_int_equal(billing_buf_add_char(&out, '\0'), BILLING_OK);
    assert_string_equal(out.data, expected);
    billing_buf_free(&out);
}


static void
test_cells(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < CASES; i++) {
        check_cell(billing_csv_cell, cases[i].value, cases[i].program);
        check_cell(billing_csv_safe_cell, cases[i].value, cases[i].sheet);
    }
}


/* Texts of characters that matter; all of the cells differ. */
static void
test_cells_differ(void **state)
{
    char          text[2][8];
    size_t        len[2];
    unsigned      i, j, k, round;
    billing_buf_t out[2];

    static const char some[] = "'=; \t-a\"\r,";

    (void) state;

    billing_buf_init(&out[0], 1000);
    billing_buf_init(&out[1], 1000);

    for (round = 0; round < 200000; round++) {
        for (i = 0; i < 2; i++) {
            len[i] = test_random_below(6);

            for (j = 0; j < len[i]; j++) {
                k = (unsigned) test_random_below(sizeof(some) - 1);
                text[i][j] = some[k];
            }

            billing_buf_reset(&out[i]);
            billing_csv_safe_cell((billing_str_t){ text[i], len[i] }, &out[i]);
            assert_int_equal(out[i].status, BILLING_OK);
        }

        assert_int_equal(
            out[0].len == out[1].len
                && (out[0].len == 0
                    || memcmp(out[0].data, out[1].data, out[0].len) == 0),
            len[0] == len[1] && memcmp(text[0], text[1], len[0]) == 0);
    }

    billing_buf_free(&out[0]);
    billing_buf_free(&out[1]);
}


/* A long value of separators and blanks is read once, not once for each. */
static void
test_long_value(void **state)
{
    static char   text[1 << 20];
    billing_buf_t out;

    (void) state;

    memset(text, '\t', sizeof(text));
    text[sizeof(text) - 1] = '=';

    billing_buf_init(&out, 3 << 20);
    billing_csv_safe_cell((billing_str_t){ text, sizeof(text) }, &out);
    assert_int_equal(out.status, BILLING_OK);
    assert_int_equal(out.len, 2 * sizeof(text));
    billing_buf_free(&out);
}


static void
test_full_buffer(void **state)
{
    size_t        max;
    billing_buf_t out;

    (void) state;

    for (max = 0; max < 10; max++) {
        billing_buf_init(&out, max);
        billing_csv_safe_cell(billing_str("=1;=2"), &out);
        assert_int_equal(out.status, max < 9 ? BILLING_LIMIT : BILLING_OK);
        billing_buf_free(&out);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_cells_differ),
        cmocka_unit_test(test_long_value),
        cmocka_unit_test(test_full_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
