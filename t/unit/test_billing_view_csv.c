
/*
 * Costs as CSV: its exact text, then read back by a small RFC 4180 reader and
 * compared with the table.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "random.h"
#include "view.h"


#define BOM "\xef\xbb\xbf"


static void
test_groups_and_rest(void **state)
{
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-02"),
        .group_by = { BILLING_DIM_SERVICE, BILLING_DIM_LINKED },
        .ngroup_by = 2 };

    const billing_str_t ec2[] = { billing_str("EC2, \"Other\""),
        billing_str("012345678901") };
    const billing_str_t s3[] = { billing_str("S3"), billing_str("2") };
    const billing_str_t sqs[] = { billing_str("SQS"), billing_str("3") };

    table = billing_table_create(2, 2);
    assert_non_null(table);
    add(table, USD, ec2, 0, 1234 * PICO + 50 * CENTS);
    add(table, USD, ec2, 1, -150 * CENTS);
    add(table, USD, s3, 1, 100);
    add(table, USD, sqs, 1, 1);
    add(table, billing_str("EUR"), s3, 0, 2 * PICO);
    assert_int_equal(billing_table_finish(table, -1, 1, 1), BILLING_OK);

    buf = text_of(billing_view_csv, &query, table);
    assert_text(&buf,
        BOM "service,linked_account,date,currency,cost\r\n"
            "S3,2,2026-01,EUR,2.00\r\n"
            "S3,2,2026-02,EUR,0.00\r\n"
            "\"EC2, \"\"Other\"\"\",012345678901,2026-01,USD,1234.50\r\n"
            "\"EC2, \"\"Other\"\"\",012345678901,2026-02,USD,-1.50\r\n"
            "(rest),(rest),2026-01,USD,0.00\r\n"
            "(rest),(rest),2026-02,USD,0.000000000101\r\n");

    billing_table_free(table);
}


static void
test_totals(void **state)
{
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_DAILY,
        .start = day_of("2024-02-28"),
        .end = day_of("2024-03-01") };

    table = billing_table_create(3, 0);
    assert_non_null(table);
    add(table, USD, NULL, 1, PICO);
    add(table, billing_str("KRW"), NULL, 2, -5 * PICO);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);

    buf = text_of(billing_view_csv, &query, table);
    assert_text(&buf, BOM "date,currency,cost\r\n"
                          "2024-02-28,KRW,0.00\r\n"
                          "2024-02-29,KRW,0.00\r\n"
                          "2024-03-01,KRW,-5.00\r\n"
                          "2024-02-28,USD,0.00\r\n"
                          "2024-02-29,USD,1.00\r\n"
                          "2024-03-01,USD,0.00\r\n");

    billing_table_free(table);
}


static void
test_no_data(void **state)
{
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_DAILY,
        .start = day_of("2024-02-28"),
        .end = day_of("2024-03-01"),
        .group_by = { BILLING_DIM_ACCOUNT },
        .ngroup_by = 1 };

    table = billing_table_create(3, 1);
    assert_non_null(table);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);

    buf = text_of(billing_view_csv, &query, table);
    assert_text(&buf, BOM "account,date,currency,cost\r\n");

    billing_table_free(table);
}


/* What a cell of this text looks like. */
static void
check_cell(const char *text, const char *cell)
{
    char             expected[200];
    billing_str_t    key;
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-01"),
        .group_by = { BILLING_DIM_REGION },
        .ngroup_by = 1 };

    table = billing_table_create(1, 1);
    assert_non_null(table);
    key = billing_str_from(text);
    add(table, USD, &key, 0, -PICO);
    assert_int_equal(billing_table_finish(table, -1, 1, 1), BILLING_OK);

    snprintf(expected, sizeof(expected),
        BOM "region,date,currency,cost\r\n%s,2026-01,USD,-1.00\r\n", cell);

    buf = text_of(billing_view_csv, &query, table);
    assert_text(&buf, expected);

    billing_table_free(table);
}


static void
test_formulas_and_quotes(void **state)
{
    check_cell("", "");
    check_cell("us-east-1", "us-east-1");
    check_cell("a=1", "a=1");
    check_cell(" x ", " x ");
    check_cell("\xec\x84\x9c\xec\x9a\xb8", "\xec\x84\x9c\xec\x9a\xb8");

    check_cell("=1+1", "'=1+1");
    check_cell("+1", "'+1");
    check_cell("-1", "'-1");
    check_cell("@SUM(A1)", "'@SUM(A1)");
    check_cell("\tx", "'\tx");
    check_cell("\rx", "\"'\rx\"");
    check_cell("\nx", "\"'\nx\"");
    check_cell("=", "'=");
    check_cell("=HYPERLINK(\"http://x\",\"y\")",
        "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
    check_cell("\xef\xbc\x9d"
               "1",
        "'\xef\xbc\x9d"
        "1");
    check_cell("\xef\xbc\xa0", "'\xef\xbc\xa0");

    check_cell("a,b", "\"a,b\"");
    check_cell("a\"b", "\"a\"\"b\"");
    check_cell("a\r\nb", "\"a\r\nb\"");
    check_cell("\"", "\"\"\"\"");

    /* not the rest */
    check_cell("(rest)", "'(rest)");
    check_cell("(rest) ", "(rest) ");
}


/* ---- reading it back ---- */

/* One field; *p moves behind it and its separator.  1 at the end of a line. */
static int
read_field(const char **p, char *out)
{
    int quoted;

    quoted = **p == '"';
    *p += quoted;

    for (;;) {
        assert_true(**p != '\0');

        if (quoted && **p == '"') {
            if ((*p)[1] != '"') {
                (*p)++;
                break;
            }

            (*p)++;

        } else if (!quoted && (**p == ',' || **p == '\r')) {
            break;
        }

        *out++ = *(*p)++;
    }

    *out = '\0';

    if (**p == ',') {
        (*p)++;
        return 0;
    }

    assert_int_equal((*p)[0], '\r');
    assert_int_equal((*p)[1], '\n');
    *p += 2;

    return 1;
}


static void
read_expected(const char **p, const char *expected, int last)
{
    char found[200];

    assert_int_equal(read_field(p, found), last);
    assert_string_equal(found, expected);
}


static void
check_group(const char **p, const billing_query_t *query,
    const billing_group_t *group, const char *currency)
{
    char     text[200];
    unsigned date, i;

    for (date = 0; date < billing_query_dates(query); date++) {
        for (i = 0; i < query->ngroup_by; i++) {
            snprintf(text, sizeof(text), "%.*s",
                group->key == NULL ? 6 : (int) group->key[i].len,
                group->key == NULL ? "(rest)" : group->key[i].data);
            read_expected(p, text, 0);
        }

        billing_query_date(query, date, text);
        read_expected(p, text, 0);
        read_expected(p, currency, 0);

        billing_money_format(group->costs[date], text);
        read_expected(p, text, 1);
    }
}


static void
test_read_back(void **state)
{
    char                      text[200];
    unsigned                  round, i, j, count;
    const char               *p;
    billing_str_t             key[2];
    billing_buf_t             buf;
    billing_table_t          *table;
    const billing_currency_t *found;

    static const char *const names[] = { "", "plain", "a,b", "\"", "x\"\"y",
        "line\r\nline", "a'b", "\xec\x84\x9c\xec\x9a\xb8, \"\xed\x95\x9c\"",
        ",", "\"quoted\"" };

    const billing_query_t query = { .granularity = BILLING_DAILY,
        .start = day_of("2026-01-30"),
        .end = day_of("2026-02-03"),
        .group_by = { BILLING_DIM_SERVICE, BILLING_DIM_REGION },
        .ngroup_by = 2 };

    for (round = 0; round < 100; round++) {
        table = billing_table_create(5, 2);
        assert_non_null(table);

        for (i = 0; i < 80; i++) {
            key[0] = billing_str_from(names[test_random_below(10)]);
            key[1] = billing_str_from(names[test_random_below(10)]);
            add(table, USD, key, i % 5, test_random_money(100));
        }

        assert_int_equal(billing_table_finish(table, -1, 1, round), BILLING_OK);
        found = billing_table_currencies(table, &count);
        assert_int_equal(count, 1);

        buf = text_of(billing_view_csv, &query, table);
        assert_int_equal(billing_buf_add_char(&buf, '\0'), BILLING_OK);

        p = buf.data;
        assert_memory_equal(p, BOM, 3);
        p += 3;

        for (j = 0; !read_field(&p, text); j++) {
            /* void */
        }

        assert_int_equal(j, 4);

        for (j = 0; j < found->ngroups; j++) {
            check_group(&p, &query, &found->groups[j], "USD");
        }

        assert_int_equal(*p, '\0');
        assert_ptr_equal(p, buf.data + buf.len - 1);

        billing_buf_free(&buf);
        billing_table_free(table);
    }
}


static void
test_full_buffer(void **state)
{
    size_t           max;
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-01") };

    table = billing_table_create(1, 0);
    assert_non_null(table);
    add(table, USD, NULL, 0, PICO);
    assert_int_equal(billing_table_finish(table, -1, 1, 1), BILLING_OK);

    for (max = 0; max < 41; max++) {
        billing_buf_init(&buf, max);
        assert_int_equal(billing_view_csv(&query, table, &buf), BILLING_LIMIT);
        billing_buf_free(&buf);
    }

    billing_buf_init(&buf, max);
    assert_int_equal(billing_view_csv(&query, table, &buf), BILLING_OK);
    assert_int_equal(buf.len, max);
    billing_buf_free(&buf);

    billing_table_free(table);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_and_rest),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_formulas_and_quotes),
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_full_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
