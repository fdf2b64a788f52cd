
/* Dashboards: the exact text, and the days that are compared. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view.h"


#define ZEROS_10                                    \
    "\"0.00\",\"0.00\",\"0.00\",\"0.00\",\"0.00\"," \
    "\"0.00\",\"0.00\",\"0.00\",\"0.00\",\"0.00\""

#define MONTHS                                                      \
    "[\"2025-04\",\"2025-05\",\"2025-06\",\"2025-07\",\"2025-08\"," \
    "\"2025-09\",\"2025-10\",\"2025-11\",\"2025-12\",\"2026-01\","  \
    "\"2026-02\",\"2026-03\"]"

#define DAYS                                                        \
    "[\"2026-02-22\",\"2026-02-23\",\"2026-02-24\",\"2026-02-25\"," \
    "\"2026-02-26\",\"2026-02-27\",\"2026-02-28\",\"2026-03-01\","  \
    "\"2026-03-02\",\"2026-03-03\",\"2026-03-04\",\"2026-03-05\","  \
    "\"2026-03-06\",\"2026-03-07\"]"


/* The seven tables, in the order of billing_dashboard_t. */
enum {
    MONTHLY = 0,
    DAILY,
    TO_DATE,
    BY_SERVICE,
    BY_REGION,
    BY_PROJECT,
    BY_ACCOUNT,
    NTABLES
};


static void
create(billing_table_t *tables[NTABLES])
{
    unsigned i;

    tables[MONTHLY] = billing_table_create(12, 0);
    tables[DAILY] = billing_table_create(14, 0);
    tables[TO_DATE] = billing_table_create(2, 0);

    for (i = BY_SERVICE; i < NTABLES; i++) {
        tables[i] = billing_table_create(12, 1);
    }

    for (i = 0; i < NTABLES; i++) {
        assert_non_null(tables[i]);
    }
}


static void
add_to_list(billing_table_t *table, billing_str_t currency, const char *name)
{
    billing_str_t key = billing_str_from(name);

    add(table, currency, &key, 11, PICO);
}


/* Finishes the tables, writes the dashboard, frees them. */
static void
check_dashboard(billing_table_t *tables[NTABLES], int projects,
    const json_t *scope, const billing_view_state_t *now, const char *expected)
{
    unsigned      i;
    billing_buf_t buf;

    const billing_dashboard_t dashboard = { .scope = scope,
        .monthly = tables[MONTHLY],
        .daily = tables[DAILY],
        .to_date = tables[TO_DATE],
        .by_service = tables[BY_SERVICE],
        .by_region = tables[BY_REGION],
        .by_project = projects ? tables[BY_PROJECT] : NULL,
        .by_account = tables[BY_ACCOUNT] };

    for (i = 0; i < NTABLES; i++) {
        assert_int_equal(
            billing_table_finish(tables[i], -1, 1, 10), BILLING_OK);
    }

    billing_buf_init(&buf, 1 << 20);
    assert_int_equal(billing_view_dashboard(&dashboard, now, &buf), BILLING_OK);
    assert_text(&buf, expected);

    for (i = 0; i < NTABLES; i++) {
        billing_table_free(tables[i]);
    }
}


static void
test_main(void **state)
{
    json_t          *scope;
    unsigned         i;
    char             name[3] = "a0";
    billing_table_t *tables[NTABLES];

    const billing_view_account_t accounts[] = {
        { billing_str("sa-1"), BILLING_STATE_FRESH, 1772877600, NULL, 0,
            { 0 } },
        { billing_str("sa-2"), BILLING_STATE_STALE, 1772874000, NULL, 0,
            { 0 } },
        { billing_str("sa-3"), BILLING_STATE_FAILED, 0,
            billing_fault(BILLING_UNAVAILABLE, BILLING_REASON_MALFORMED),
            1772877600, { 1 << 11 | 1 << 1, 2 } },
    };

    const billing_view_state_t now = {
        .accounts = accounts,
        .naccounts = 3,
        .today = day_of("2026-03-07"),
        .parts = { { BILLING_MONTHLY, month_of("2025-04") },
            { BILLING_DAILY, month_of("2026-02") } },
    };

    create(tables);
    add(tables[MONTHLY], USD, NULL, 11, 7 * PICO);
    add(tables[MONTHLY], USD, NULL, 10, 20 * PICO);
    add(tables[DAILY], USD, NULL, 13, PICO);
    add(tables[TO_DATE], USD, NULL, 0, 9 * PICO);
    add(tables[TO_DATE], USD, NULL, 1, 8 * PICO);
    add_to_list(tables[BY_REGION], USD, "us-east-1");
    add_to_list(tables[BY_PROJECT], USD, "project-1");
    add_to_list(tables[BY_ACCOUNT], USD, "sa-1");

    for (i = 0; i < 11; i++) {
        name[1] = (char) ('0' + i);
        add_to_list(tables[BY_SERVICE], USD, name);
    }

    scope = json_pack("{s:s}", "kind", "all");
    assert_non_null(scope);

#define ONE           "\"costs\":[" ZEROS_10 ",\"0.00\",\"1.00\"],\"sum\":\"1.00\"}"
#define SERVICE(name) "{\"key\":{\"service\":\"" name "\"}," ONE ","

    check_dashboard(tables, 1, scope, &now,
        "{\"scope\":{\"kind\":\"all\"},"
        "\"as_of\":\"2026-03-07T09:00:00Z\",\"complete\":false,"
        "\"accounts\":["
        "{\"id\":\"sa-1\",\"state\":\"fresh\","
        "\"as_of\":\"2026-03-07T10:00:00Z\",\"code\":null,\"reason\":null},"
        "{\"id\":\"sa-2\",\"state\":\"stale\","
        "\"as_of\":\"2026-03-07T09:00:00Z\",\"code\":null,\"reason\":null},"
        "{\"id\":\"sa-3\",\"state\":\"failed\",\"as_of\":null,"
        "\"code\":\"provider_unavailable\",\"reason\":{\"code\":\"malformed\",\"args\":{},\"since\":\"2026-03-07T10:00:00Z\"},"
        "\"missing\":{\"monthly\":[\"2025-05\",\"2026-03\"],"
        "\"daily\":[\"2026-03\"]}}],"
        "\"in_progress\":[\"2026-03\",\"2026-03-06\",\"2026-03-07\"],"
        "\"currencies\":[{\"currency\":\"USD\",\"accounts\":1,"
        "\"this_month\":\"7.00\",\"last_month\":\"20.00\","
        "\"this_month_to_date\":\"9.00\",\"last_month_to_date\":\"8.00\","
        "\"change_percent\":12.5,"
        "\"monthly\":{\"dates\":" MONTHS ",\"costs\":[" ZEROS_10
        ",\"20.00\",\"7.00\"]},"
        "\"daily\":{\"dates\":" DAYS ",\"costs\":[" ZEROS_10
        ",\"0.00\",\"0.00\",\"0.00\",\"1.00\"]},"
        "\"share_of\":{\"by_service\":\"sum\",\"by_region\":\"sum\","
        "\"by_project\":\"sum\",\"by_account\":\"sum\"},"
        "\"by_service\":[" SERVICE("a0") SERVICE("a1") SERVICE("a2") SERVICE(
            "a3") SERVICE("a4") SERVICE("a5") SERVICE("a6") SERVICE("a7")
            SERVICE("a8") SERVICE(
                "a9") "{\"key\":null,\"costs\":[" ZEROS_10
                      ",\"0.00\",\"1.00\"],\"sum\":\"1.00\","
                      "\"positive\":\"1.00\",\"negative\":\"0.00\","
                      "\"positive_costs\":[" ZEROS_10 ",\"0.00\",\"1.00\"],"
                      "\"negative_costs\":[" ZEROS_10 ",\"0.00\",\"0.00\"]}],"
                      "\"by_region\":[{\"key\":{\"region\":\"us-east-1\"}," ONE
                      "],"
                      "\"by_project\":[{\"key\":{\"project\":\"project-1\"}," ONE
                      "],"
                      "\"by_account\":[{\"key\":{\"account\":\"sa-1\"}," ONE
                      "]}]}");

#undef SERVICE
#undef ONE

    json_decref(scope);
}


/* Each table has one currency that no other has. */
static void
test_currencies_of_all_tables(void **state)
{
    json_t                    *dashboard, *currency, *member;
    size_t                     i;
    billing_buf_t              buf;
    billing_table_t           *tables[NTABLES];
    const billing_view_state_t now = {
        .accounts = NULL, .naccounts = 0, .today = day_of("2026-03-07")
    };

    static const char *const codes[] = { "AUD", "EUR", "GBP", "JPY", "KRW",
        "SGD", "USD" };

    create(tables);
    add(tables[TO_DATE], billing_str("AUD"), NULL, 0, PICO);
    add(tables[MONTHLY], billing_str("KRW"), NULL, 11, PICO);
    add(tables[DAILY], billing_str("EUR"), NULL, 13, PICO);
    add_to_list(tables[BY_SERVICE], USD, "x");
    add_to_list(tables[BY_REGION], billing_str("SGD"), "x");
    add_to_list(tables[BY_PROJECT], billing_str("JPY"), "x");
    add_to_list(tables[BY_ACCOUNT], billing_str("GBP"), "x");

    for (i = 0; i < NTABLES; i++) {
        add(tables[i], billing_str("KRW"), &billing_str("y"), 0, PICO);
        assert_int_equal(
            billing_table_finish(tables[i], -1, 1, 10), BILLING_OK);
    }

    billing_buf_init(&buf, 1 << 20);
    assert_int_equal(
        billing_view_dashboard(
            &(billing_dashboard_t){ NULL, tables[0], tables[1], tables[2],
                tables[3], tables[4], tables[5], tables[6] },
            &now, &buf),
        BILLING_OK);
    assert_int_equal(billing_json_parse((billing_str_t){ buf.data, buf.len }, 9,
                         &dashboard, NULL),
        BILLING_OK);

    assert_true(json_is_null(json_object_get(dashboard, "scope")));
    assert_true(json_is_null(json_object_get(dashboard, "as_of")));
    assert_true(json_is_true(json_object_get(dashboard, "complete")));

    member = json_object_get(dashboard, "currencies");
    assert_int_equal(json_array_size(member), 7);

    json_array_foreach(member, i, currency)
    {
        assert_string_equal(
            json_string_value(json_object_get(currency, "currency")), codes[i]);
        assert_int_equal(json_array_size(json_object_get(
                             json_object_get(currency, "monthly"), "costs")),
            12);
        assert_int_equal(json_array_size(json_object_get(
                             json_object_get(currency, "daily"), "costs")),
            14);
        assert_int_equal(
            json_array_size(json_object_get(currency, "by_service")),
            i == 4 || i == 6 ? 1 : 0);
        assert_int_equal(
            json_array_size(json_object_get(currency, "by_account")),
            i == 4 || i == 2 ? 1 : 0);
    }

    json_decref(dashboard);
    billing_buf_free(&buf);

    for (i = 0; i < NTABLES; i++) {
        billing_table_free(tables[i]);
    }
}


/* The figures of one currency, as far as they depend on the day. */
static void
check_change(const char *today, billing_money_t this_month,
    billing_money_t last_month, const char *expected)
{
    json_t          *dashboard, *currency;
    unsigned         i;
    billing_buf_t    buf, text;
    billing_json_t   w;
    billing_table_t *tables[NTABLES];

    static const char *const names[] = { "this_month_to_date",
        "last_month_to_date", "change_percent" };

    const billing_view_state_t now = {
        .accounts = NULL, .naccounts = 0, .today = day_of(today)
    };

    create(tables);
    add(tables[TO_DATE], USD, NULL, 0, this_month);
    add(tables[TO_DATE], USD, NULL, 1, last_month);

    for (i = 0; i < NTABLES; i++) {
        assert_int_equal(
            billing_table_finish(tables[i], -1, 1, 10), BILLING_OK);
    }

    billing_buf_init(&buf, 1 << 20);
    assert_int_equal(billing_view_dashboard(
                         &(billing_dashboard_t){ NULL, tables[0], tables[1],
                             tables[2], tables[3], tables[4], NULL, tables[6] },
                         &now, &buf),
        BILLING_OK);
    assert_int_equal(billing_json_parse((billing_str_t){ buf.data, buf.len }, 9,
                         &dashboard, NULL),
        BILLING_OK);

    currency = json_array_get(json_object_get(dashboard, "currencies"), 0);
    assert_null(json_object_get(currency, "by_project"));
    assert_non_null(json_object_get(currency, "by_account"));

    billing_buf_init(&text, 1000);
    billing_json_init(&w, &text);
    billing_json_begin_array(&w);

    for (i = 0; i < 3; i++) {
        assert_non_null(json_object_get(currency, names[i]));
        billing_json_value(&w, json_object_get(currency, names[i]));
    }

    billing_json_end_array(&w);
    assert_text(&text, expected);

    json_decref(dashboard);
    billing_buf_free(&buf);

    for (i = 0; i < NTABLES; i++) {
        billing_table_free(tables[i]);
    }
}


static void
test_change(void **state)
{
    check_change("2026-03-03", 3 * PICO, 2 * PICO, "[\"3.00\",\"2.00\",50.0]");
    check_change("2026-03-03", 0, 2 * PICO, "[\"0.00\",\"2.00\",-100.0]");
    check_change("2026-03-31", PICO, -2 * PICO, "[\"1.00\",\"-2.00\",150.0]");

    /* nothing was before: never infinity */
    check_change("2026-03-03", PICO, 0, "[\"1.00\",\"0.00\",null]");
    check_change("2026-03-03", 0, 0, "[\"0.00\",\"0.00\",null]");

    /* nothing to compare yet */
    check_change("2026-03-01", PICO, PICO, "[null,null,null]");
    check_change("2026-03-02", PICO, PICO, "[null,null,null]");
}


static void
test_compared(void **state)
{
    unsigned      i;
    billing_day_t this_days[2], last_days[2];

    static const struct {
        const char *today, *this_end, *last_start, *last_end;
    } cases[] = {
        { "2026-03-03", "2026-03-01", "2026-02-01", "2026-02-01" },
        { "2026-03-15", "2026-03-13", "2026-02-01", "2026-02-13" },
        { "2026-03-30", "2026-03-28", "2026-02-01", "2026-02-28" },
        { "2026-03-31", "2026-03-29", "2026-02-01", "2026-02-28" },
        { "2024-03-31", "2024-03-29", "2024-02-01", "2024-02-29" },
        { "2026-01-10", "2026-01-08", "2025-12-01", "2025-12-08" },
        { "2026-05-31", "2026-05-29", "2026-04-01", "2026-04-29" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_view_compared(day_of(cases[i].today), this_days, last_days),
            1);
        assert_int_equal(this_days[0],
            billing_month_first(billing_month_of(day_of(cases[i].today))));
        assert_int_equal(this_days[1], day_of(cases[i].this_end));
        assert_int_equal(last_days[0], day_of(cases[i].last_start));
        assert_int_equal(last_days[1], day_of(cases[i].last_end));
    }

    assert_int_equal(
        billing_view_compared(day_of("2026-03-01"), this_days, last_days), 0);
    assert_int_equal(
        billing_view_compared(day_of("2026-03-02"), this_days, last_days), 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_main),
        cmocka_unit_test(test_currencies_of_all_tables),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
