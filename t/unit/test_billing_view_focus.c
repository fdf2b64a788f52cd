
/* Costs with the columns of FOCUS: the exact text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view.h"


#define HEADER                                                      \
    "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd," \
    "BillingPeriodStart,ChargeCategory,ChargePeriodEnd,"            \
    "ChargePeriodStart,ContractedCost,EffectiveCost,ListCost,"      \
    "ProviderName,PublisherName,RegionId,ServiceName,SubAccountId," \
    "x_CostBasis,x_ProjectId\r\n"


static void
test_months_and_rest(void **state)
{
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2025-12"),
        .end = month_of("2025-12"),
        .group_by = { BILLING_DIM_SERVICE, BILLING_DIM_LINKED,
            BILLING_DIM_PROVIDER },
        .ngroup_by = 3 };

    const billing_str_t ec2[] = { billing_str("=EC2, \"Other\""),
        billing_str("012345678901"), billing_str("aws") };
    const billing_str_t s3[] = { billing_str("S3"), billing_str("2"),
        billing_str("aws") };

    (void) state;

    table = billing_table_create(1, 3);
    assert_non_null(table);
    add(table, USD, ec2, 0, 12 * PICO + 50 * CENTS);
    add(table, USD, s3, 0, -1);
    assert_int_equal(billing_table_finish(table, -1, 1, 1), BILLING_OK);

    buf = text_of(billing_view_focus, &query, table);
    assert_text(&buf,
        HEADER "12.50,,USD,2026-01-01T00:00:00Z,2025-12-01T00:00:00Z,Usage,"
               "2026-01-01T00:00:00Z,2025-12-01T00:00:00Z,12.50,12.50,12.50,"
               "aws,aws,,\"'=EC2, \"\"Other\"\"\",012345678901,billed,\r\n"
               "-0.000000000001,,USD,2026-01-01T00:00:00Z,"
               "2025-12-01T00:00:00Z,Usage,2026-01-01T00:00:00Z,"
               "2025-12-01T00:00:00Z,-0.000000000001,-0.000000000001,"
               "-0.000000000001,(rest),(rest),,(rest),(rest),billed,\r\n");

    billing_table_free(table);
}


static void
test_days(void **state)
{
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_DAILY,
        .start = day_of("2024-02-29"),
        .end = day_of("2024-03-01"),
        .group_by = { BILLING_DIM_ACCOUNT, BILLING_DIM_PROJECT,
            BILLING_DIM_REGION },
        .ngroup_by = 3 };

    const billing_str_t key[] = { billing_str("sa-1"), billing_str("project-1"),
        billing_str("eu-west-1") };

    (void) state;

    table = billing_table_create(2, 3);
    assert_non_null(table);
    add(table, USD, key, 0, PICO);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);

    buf = text_of(billing_view_focus, &query, table);
    assert_text(&buf,
        HEADER "1.00,sa-1,USD,2024-03-01T00:00:00Z,2024-02-01T00:00:00Z,Usage,"
               "2024-03-01T00:00:00Z,2024-02-29T00:00:00Z,1.00,1.00,1.00,"
               ",,eu-west-1,,,billed,project-1\r\n"
               "0.00,sa-1,USD,2024-04-01T00:00:00Z,2024-03-01T00:00:00Z,Usage,"
               "2024-03-02T00:00:00Z,2024-03-01T00:00:00Z,0.00,0.00,0.00,"
               ",,eu-west-1,,,billed,project-1\r\n");

    billing_table_free(table);
}


static void
test_totals_and_nothing(void **state)
{
    billing_buf_t    buf;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-01") };

    (void) state;

    table = billing_table_create(1, 0);
    assert_non_null(table);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);
    buf = text_of(billing_view_focus, &query, table);
    assert_text(&buf, HEADER);
    billing_table_free(table);

    table = billing_table_create(1, 0);
    assert_non_null(table);
    add(table, billing_str("KRW"), NULL, 0, 5 * PICO);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);
    buf = text_of(billing_view_focus, &query, table);
    assert_text(&buf,
        HEADER "5.00,,KRW,2026-02-01T00:00:00Z,2026-01-01T00:00:00Z,Usage,"
               "2026-02-01T00:00:00Z,2026-01-01T00:00:00Z,5.00,5.00,5.00,"
               ",,,,,billed,\r\n");
    billing_table_free(table);
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

    (void) state;

    table = billing_table_create(1, 0);
    assert_non_null(table);
    add(table, USD, NULL, 0, PICO);
    assert_int_equal(billing_table_finish(table, -1, 1, 100), BILLING_OK);

    for (max = 0; max < sizeof(HEADER) + 100; max++) {
        billing_buf_init(&buf, max);
        assert_int_equal(
            billing_view_focus(&query, table, &buf), BILLING_LIMIT);
        billing_buf_free(&buf);
    }

    billing_table_free(table);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_months_and_rest),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_totals_and_nothing),
        cmocka_unit_test(test_full_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
