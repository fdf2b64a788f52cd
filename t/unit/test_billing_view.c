
/* The costs answer in JSON: its exact text, and what must hold in any. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "random.h"
#include "view.h"


static void
check_costs(const billing_query_t *query, const billing_table_t *table,
    const billing_view_state_t *state, const char *expected)
{
    billing_buf_t buf;

    billing_buf_init(&buf, 1 << 20);

    assert_int_equal(billing_view_costs(query, table, state, &buf), BILLING_OK);
    assert_text(&buf, expected);
}


static void
test_monthly_by_service(void **state)
{
    billing_str_t    key;
    billing_table_t *table;

    billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-03"),
        .group_by = { { .dim = BILLING_DIM_SERVICE,
            .name = billing_str("service") } },
        .ngroup_by = 1 };

    const billing_view_account_t accounts[] = {
        { billing_str("sa-0123456789ab"), BILLING_STATE_FRESH, 1772445600, NULL,
            0, { 0 } },
        { billing_str("sa-0123456789ac"), BILLING_STATE_STALE, 1, NULL, 0,
            { 0 } },
    };

    const billing_view_state_t now = {
        .accounts = accounts, .naccounts = 2, .today = day_of("2026-03-02")
    };

    table = billing_table_create(3, 1);
    assert_non_null(table);

    key = billing_str("AmazonEC2");
    add(table, USD, &key, 0, 6 * PICO);
    add(table, USD, &key, 1, 12 * PICO);
    add(table, USD, &key, 2, 150 * CENTS);

    key = billing_str("\xec\x84\x9c\"<\\");
    add(table, USD, &key, 0, 4 * PICO);
    add(table, USD, &key, 1, 8 * PICO);
    add(table, USD, &key, 2, 2 * PICO);

    add(table, billing_str("KRW"), &key, 2, -95);

    key = billing_str("S3");
    add(table, USD, &key, 1, 1);

    assert_int_equal(billing_table_finish(table, -1, 1, 1), BILLING_OK);

    check_costs(&query, table, &now,
        "{\"granularity\":\"MONTHLY\",\"start\":\"2026-01\","
        "\"end\":\"2026-03\",\"dates\":[\"2026-01\",\"2026-02\",\"2026-03\"],"
        "\"currencies\":["
        "{\"currency\":\"KRW\",\"costs\":[\"0.00\",\"0.00\","
        "\"-0.000000000095\"],\"sum\":\"-0.000000000095\",\"share_of\":\"sum\",\"groups\":["
        "{\"key\":{\"service\":\"\xec\x84\x9c\\\"\\u003c\\\\\"},"
        "\"costs\":[\"0.00\",\"0.00\",\"-0.000000000095\"],"
        "\"sum\":\"-0.000000000095\"}]},"
        "{\"currency\":\"USD\",\"costs\":[\"10.00\",\"20.000000000001\","
        "\"3.50\"],\"sum\":\"33.500000000001\",\"share_of\":\"sum\",\"groups\":["
        "{\"key\":{\"service\":\"AmazonEC2\"},\"costs\":[\"6.00\",\"12.00\","
        "\"1.50\"],\"sum\":\"19.50\"},"
        "{\"key\":null,\"costs\":[\"4.00\",\"8.000000000001\",\"2.00\"],"
        "\"sum\":\"14.000000000001\",\"positive\":\"14.000000000001\","
        "\"negative\":\"0.00\",\"positive_costs\":[\"4.00\","
        "\"8.000000000001\",\"2.00\"],\"negative_costs\":[\"0.00\","
        "\"0.00\",\"0.00\"]}]}],"
        "\"in_progress\":[\"2026-03\"],"
        "\"accounts\":["
        "{\"id\":\"sa-0123456789ab\",\"state\":\"fresh\","
        "\"as_of\":\"2026-03-02T10:00:00Z\",\"code\":null,\"reason\":null},"
        "{\"id\":\"sa-0123456789ac\",\"state\":\"stale\","
        "\"as_of\":\"1970-01-01T00:00:01Z\",\"code\":null,\"reason\":null}],"
        "\"complete\":true}");

    billing_table_free(table);
}


/* What hides in the rest counts, too, where shares are told what they are of. */
static void
test_signs(void **state)
{
    unsigned                   i;
    billing_str_t              key;
    billing_table_t           *table;
    const billing_view_state_t now = { .today = day_of("2026-03-02") };

    billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-01"),
        .group_by = { { .dim = BILLING_DIM_SERVICE,
            .name = billing_str("service") } },
        .ngroup_by = 1 };

    static const struct {
        const char *key;
        int         cost;
    } rows[] = { { "a", 9 }, { "b", 5 }, { "c", -2 }, { "d", -6 } };

    table = billing_table_create(1, 1);
    assert_non_null(table);

    for (i = 0; i < 4; i++) {
        key = billing_str_from(rows[i].key);
        add(table, USD, &key, 0, rows[i].cost * PICO);
    }

    assert_int_equal(
        billing_table_finish(table, BILLING_SORT_MAGNITUDE, 1, 2), BILLING_OK);

    check_costs(&query, table, &now,
        "{\"granularity\":\"MONTHLY\",\"start\":\"2026-01\","
        "\"end\":\"2026-01\",\"dates\":[\"2026-01\"],"
        "\"currencies\":[{\"currency\":\"USD\",\"costs\":[\"6.00\"],"
        "\"sum\":\"6.00\",\"share_of\":\"magnitudes\",\"groups\":["
        "{\"key\":{\"service\":\"a\"},\"costs\":[\"9.00\"],"
        "\"sum\":\"9.00\"},"
        "{\"key\":{\"service\":\"d\"},\"costs\":[\"-6.00\"],"
        "\"sum\":\"-6.00\"},"
        "{\"key\":null,\"costs\":[\"3.00\"],\"sum\":\"3.00\","
        "\"positive\":\"5.00\",\"negative\":\"-2.00\","
        "\"positive_costs\":[\"5.00\"],\"negative_costs\":[\"-2.00\"]}]}],"
        "\"in_progress\":[],\"accounts\":[],\"complete\":true}");

    billing_table_free(table);
}


static void
test_no_data(void **state)
{
    billing_table_t *table;

    billing_query_t query = { .granularity = BILLING_DAILY,
        .start = day_of("2026-02-28"),
        .end = day_of("2026-03-01") };

    const billing_view_account_t account = { billing_str("sa-0123456789ab"),
        BILLING_STATE_FAILED, 0, &billing_fault_late, 0, { 3, 0 } };

    const billing_view_state_t now = {
        .accounts = &account,
        .naccounts = 1,
        .today = day_of("2026-03-02"),
        .parts = { { BILLING_DAILY, month_of("2026-02") } },
    };

    table = billing_table_create(2, 0);
    assert_non_null(table);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);

    check_costs(&query, table, &now,
        "{\"granularity\":\"DAILY\",\"start\":\"2026-02-28\","
        "\"end\":\"2026-03-01\",\"dates\":[\"2026-02-28\",\"2026-03-01\"],"
        "\"currencies\":[],\"in_progress\":[\"2026-03-01\"],"
        "\"accounts\":[{\"id\":\"sa-0123456789ab\",\"state\":\"failed\","
        "\"as_of\":null,\"code\":\"timeout\",\"reason\":null,"
        "\"missing\":{\"daily\":[\"2026-02\",\"2026-03\"]}}],"
        "\"complete\":false}");

    billing_table_free(table);
}


static void
test_several_dimensions(void **state)
{
    billing_table_t *table;

    /* the order is that of the query */
    billing_query_t query = { .granularity = BILLING_DAILY,
        .start = day_of("2025-12-31"),
        .end = day_of("2025-12-31"),
        .group_by = { { .dim = BILLING_DIM_REGION,
                          .name = billing_str("region") },
            { .dim = BILLING_DIM_ACCOUNT, .name = billing_str("account") },
            { .dim = BILLING_DIM_LINKED,
                .name = billing_str("linked_account") },
            { .dim = BILLING_DIM_PROVIDER, .name = billing_str("provider") },
            { .dim = BILLING_DIM_PROJECT, .name = billing_str("project") } },
        .ngroup_by = 5 };

    const billing_view_state_t now = {
        .accounts = NULL, .naccounts = 0, .today = day_of("2026-01-01")
    };

    const billing_str_t key[] = { billing_str(""), billing_str("sa-1"),
        billing_str("012345678901"), billing_str("hyperbilling_aws"),
        billing_str("project-1") };

    table = billing_table_create(1, 5);
    assert_non_null(table);
    add(table, USD, key, 0, 0);
    assert_int_equal(billing_table_finish(table, 0, 0, 100), BILLING_OK);

    check_costs(&query, table, &now,
        "{\"granularity\":\"DAILY\",\"start\":\"2025-12-31\","
        "\"end\":\"2025-12-31\",\"dates\":[\"2025-12-31\"],"
        "\"currencies\":[{\"currency\":\"USD\",\"costs\":[\"0.00\"],"
        "\"sum\":\"0.00\",\"share_of\":\"sum\","
        "\"groups\":[{\"key\":{\"region\":\"\","
        "\"account\":\"sa-1\",\"linked_account\":\"012345678901\","
        "\"provider\":\"hyperbilling_aws\",\"project\":\"project-1\"},"
        "\"costs\":[\"0.00\"],\"sum\":\"0.00\"}]}],"
        "\"in_progress\":[\"2025-12-31\"],\"accounts\":[],"
        "\"complete\":true}");

    billing_table_free(table);
}


/* The member of an answer about an empty table, as compact JSON. */
static void
check_member(const billing_query_t *query, const billing_view_state_t *now,
    const char *name, const char *expected)
{
    json_t          *answer;
    billing_buf_t    buf, member;
    billing_json_t   w;
    billing_table_t *table;

    table = billing_table_create(billing_query_dates(query), 0);
    assert_non_null(table);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);

    billing_buf_init(&buf, 1 << 20);
    assert_int_equal(billing_view_costs(query, table, now, &buf), BILLING_OK);
    assert_int_equal(billing_json_parse((billing_str_t){ buf.data, buf.len }, 9,
                         &answer, NULL),
        BILLING_OK);

    billing_buf_init(&member, 1 << 20);
    billing_json_init(&w, &member);
    billing_json_value(&w, json_object_get(answer, name));
    assert_text(&member, expected);

    json_decref(answer);
    billing_buf_free(&buf);
    billing_table_free(table);
}


static void
test_in_progress(void **state)
{
    unsigned        i;
    billing_query_t query;

    static const struct {
        billing_granularity_t granularity;
        const char           *start, *end, *today, *expected;
    } cases[] = {
        { BILLING_MONTHLY, "2025-04", "2026-03", "2026-03-31",
            "[\"2026-03\"]" },
        { BILLING_MONTHLY, "2025-04", "2026-03", "2026-03-01",
            "[\"2026-03\"]" },
        { BILLING_MONTHLY, "2025-04", "2026-02", "2026-03-01", "[]" },
        { BILLING_MONTHLY, "2026-04", "2026-05", "2026-03-01", "[]" },
        { BILLING_MONTHLY, "2026-03", "2026-05", "2026-03-01",
            "[\"2026-03\"]" },
        { BILLING_DAILY, "2026-02-20", "2026-03-01", "2026-03-01",
            "[\"2026-02-28\",\"2026-03-01\"]" },
        { BILLING_DAILY, "2026-02-20", "2026-03-01", "2026-03-02",
            "[\"2026-03-01\"]" },
        { BILLING_DAILY, "2026-02-20", "2026-03-01", "2026-03-03", "[]" },
        { BILLING_DAILY, "2026-03-03", "2026-03-04", "2026-03-03",
            "[\"2026-03-03\"]" },
        { BILLING_DAILY, "2026-03-04", "2026-03-05", "2026-03-03", "[]" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        billing_view_state_t now = {
            .accounts = NULL, .naccounts = 0, .today = day_of(cases[i].today)
        };

        memset(&query, 0, sizeof(query));
        query.granularity = cases[i].granularity;

        if (query.granularity == BILLING_MONTHLY) {
            query.start = month_of(cases[i].start);
            query.end = month_of(cases[i].end);

        } else {
            query.start = day_of(cases[i].start);
            query.end = day_of(cases[i].end);
        }

        check_member(&query, &now, "in_progress", cases[i].expected);
    }
}


static void
test_complete(void **state)
{
    unsigned               i;
    billing_view_account_t accounts[3];
    billing_view_state_t   now = {
          .accounts = accounts, .naccounts = 3, .today = day_of("2026-03-03")
    };

    billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-03") };

    for (i = 0; i < 4 * 4 * 4; i++) {
        accounts[0] = (billing_view_account_t){ billing_str("sa-0"), i / 16, 0,
            NULL, 0, { 0 } };
        accounts[1] = (billing_view_account_t){ billing_str("sa-1"), i / 4 % 4,
            0, NULL, 0, { 0 } };
        accounts[2] = (billing_view_account_t){ billing_str("sa-2"), i % 4, 0,
            NULL, 0, { 0 } };

        check_member(&query, &now, "complete",
            i / 16 < 2 && i / 4 % 4 < 2 && i % 4 < 2 ? "true" : "false");
    }

    now.naccounts = 0;
    check_member(&query, &now, "complete", "true");
}


/* Left out, empty, or told: newest first. */
static void
test_restated(void **state)
{
    billing_restated_item_t  change;
    billing_restated_shown_t changes;
    billing_view_state_t     now = {
            .accounts = NULL, .naccounts = 0, .today = day_of("2026-09-04")
    };

    billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-09") };

    billing_buf_t    buf;
    billing_table_t *table;

    table = billing_table_create(9, 0);
    assert_non_null(table);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);
    billing_buf_init(&buf, 1 << 20);
    assert_int_equal(billing_view_costs(&query, table, &now, &buf), BILLING_OK);
    assert_int_equal(billing_buf_add_char(&buf, '\0'), BILLING_OK);
    assert_null(strstr(buf.data, "restated"));
    billing_buf_free(&buf);
    billing_table_free(table);

    changes.n = 0;
    now.changes = &changes;
    check_member(&query, &now, "restated", "[]");

    memset(&change, 0, sizeof(change));
    change.account = billing_str("sa-0123456789ab");
    change.month = month_of("2026-08");
    memcpy(change.change.currency, "USD", 4);
    change.change.before = 100 * PICO;
    change.change.after = 11240 * CENTS;
    change.change.seen_at = 1788408000;
    billing_restated_show(&changes, &change);

    change.change.before = 11240 * CENTS;
    change.change.after = -1;
    change.change.seen_at++;
    billing_restated_show(&changes, &change);

    check_member(&query, &now, "restated",
        "[{\"account\":\"sa-0123456789ab\",\"date\":\"2026-08\","
        "\"currency\":\"USD\",\"before\":\"112.40\","
        "\"after\":\"-0.000000000001\",\"seen_at\":\"2026-09-03T04:00:01Z\"},"
        "{\"account\":\"sa-0123456789ab\",\"date\":\"2026-08\","
        "\"currency\":\"USD\",\"before\":\"100.00\","
        "\"after\":\"112.40\",\"seen_at\":\"2026-09-03T04:00:00Z\"}]");
}


static billing_money_t
amount_of(const json_t *text)
{
    billing_money_t amount;

    assert_int_equal(
        billing_money_parse(billing_str_from(json_string_value(text)), &amount),
        BILLING_OK);

    return amount;
}


/* Adds up as a reader would: the groups at each date, the dates of each row. */
static void
check_sums(const json_t *currency, unsigned ndates)
{
    size_t          i, row;
    json_t         *costs, *group;
    billing_money_t column, total;

    total = 0;
    costs = json_object_get(currency, "costs");
    assert_int_equal(json_array_size(costs), ndates);

    for (i = 0; i < ndates; i++) {
        column = 0;

        json_array_foreach(json_object_get(currency, "groups"), row, group)
        {
            column += amount_of(
                json_array_get(json_object_get(group, "costs"), i));
        }

        assert_true(amount_of(json_array_get(costs, i)) == column);
        total += column;
    }

    assert_true(amount_of(json_object_get(currency, "sum")) == total);

    json_array_foreach(json_object_get(currency, "groups"), row, group)
    {
        total -= amount_of(json_object_get(group, "sum"));
    }

    assert_true(total == 0);
}


static void
test_sum_of_groups_is_total(void **state)
{
    char             text[8];
    size_t           index;
    json_t          *answer, *currency;
    unsigned         round, i, ndates;
    billing_str_t    key;
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_view_state_t now = {
        .accounts = NULL, .naccounts = 0, .today = day_of("2026-03-03")
    };

    for (round = 0; round < 300; round++) {
        billing_query_t query = { .granularity = BILLING_MONTHLY,
            .start = month_of("2026-01"),
            .end = month_of("2026-01") + (int) (round % 24),
            .group_by = { { .dim = BILLING_DIM_REGION,
                .name = billing_str("region") } },
            .ngroup_by = 1 };

        ndates = billing_query_dates(&query);
        assert_int_equal(ndates, round % 24 + 1);

        table = billing_table_create(ndates, 1);
        assert_non_null(table);

        for (i = 0; i < 200; i++) {
            key = (billing_str_t){ text, (size_t) snprintf(text, sizeof(text),
                                             "%u", test_random_below(50)) };
            add(table, i % 7 == 0 ? billing_str("KRW") : USD, &key,
                test_random_below(ndates), test_random_money(110));
        }

        assert_int_equal(
            billing_table_finish(table, -1, 1, round % 60), BILLING_OK);

        billing_buf_init(&buf, 1 << 20);
        assert_int_equal(
            billing_view_costs(&query, table, &now, &buf), BILLING_OK);
        assert_int_equal(
            billing_json_parse(
                (billing_str_t){ buf.data, buf.len }, 9, &answer, NULL),
            BILLING_OK);

        assert_int_equal(
            json_array_size(json_object_get(answer, "currencies")), 2);

        json_array_foreach(
            json_object_get(answer, "currencies"), index, currency)
        {
            check_sums(currency, ndates);
        }

        json_decref(answer);
        billing_buf_free(&buf);
        billing_table_free(table);
    }
}


static void
test_full_buffer(void **state)
{
    billing_buf_t    buf;
    billing_table_t *table;

    billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-01") };

    const billing_view_state_t now = {
        .accounts = NULL, .naccounts = 0, .today = day_of("2026-03-03")
    };

    table = billing_table_create(1, 0);
    assert_non_null(table);
    assert_int_equal(billing_table_finish(table, -1, 1, 1), BILLING_OK);

    billing_buf_init(&buf, 60);
    assert_int_equal(
        billing_view_costs(&query, table, &now, &buf), BILLING_LIMIT);

    billing_buf_free(&buf);
    billing_table_free(table);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_monthly_by_service),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_several_dimensions),
        cmocka_unit_test(test_in_progress),
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_restated),
        cmocka_unit_test(test_sum_of_groups_is_total),
        cmocka_unit_test(test_full_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
