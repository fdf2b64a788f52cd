
/*
 * Costs as files: their exact text in each form, and that pieces of any size
 * are the same text.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/file.h"
#include "random.h"
#include "view.h"


#define BOM "\xef\xbb\xbf"

#define FOCUS_1_2                                                                 \
    "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,"             \
    "BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargeClass,"             \
    "ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,"        \
    "ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost,"                    \
    "PricingQuantity,PricingUnit,ProviderName,PublisherName,RegionId,"            \
    "RegionName,ServiceCategory,ServiceName,SubAccountId,SubAccountName,"         \
    "x_AccountId,x_ChargeType,x_Complete,x_CostBasis,x_InProgress,x_PricingNote," \
    "x_ProjectId,x_ProjectName,x_Source\r\n"


static const billing_label_t accounts[] = {
    { .key = billing_str("sa-1"),
        .name = billing_str("Payer, one"),
        .id = billing_str("012345678901"),
        .basis = billing_str("UnblendedCost") },
    { .key = billing_str("sa-2"), .name = billing_str("=Two") },
};

static const billing_label_t projects[] = {
    { .key = billing_str("project-1"), .name = billing_str("Alpha") },
};

static const billing_label_t providers[] = {
    { .key = billing_str("aws"),
        .name = billing_str("AWS"),
        .issuer = billing_str("MEGAZONE"),
        .publisher = billing_str("AWS") },
};


/* A file of the table, which is the caller's. */
static billing_file_t
file_of(const billing_query_t *query, billing_table_t *table)
{
    billing_file_t file = { .query = query,
        .table = table,
        .today = day_of("2026-02-10"),
        .complete = 1 };

    file.labels[BILLING_DIM_ACCOUNT] = (billing_labels_t){ accounts, 2 };
    file.labels[BILLING_DIM_PROJECT] = (billing_labels_t){ projects, 1 };
    file.labels[BILLING_DIM_PROVIDER] = (billing_labels_t){ providers, 1 };

    return file;
}


static void
assert_file(billing_file_t *file, const char *expected)
{
    billing_buf_t out;

    assert_int_equal(billing_file_open(file), BILLING_OK);

    billing_buf_init(&out, 1 << 20);
    assert_int_equal(billing_file_write(file, 1 << 20, &out), BILLING_OK);
    assert_true(billing_file_ended(file));
    assert_text(&out, expected);
}


static billing_table_t *
accounts_table(unsigned ndates)
{
    billing_table_t *table;

    const billing_str_t one[] = { billing_str("sa-1"), billing_str("EC2") };
    const billing_str_t two[] = { billing_str("sa-2"), billing_str("=1;-2") };

    table = billing_table_create(ndates, 2);
    assert_non_null(table);
    add(table, USD, one, 0, 1234 * PICO + 50 * CENTS);
    add(table, USD, one, 1, -150 * CENTS);
    add(table, USD, two, 1, 1);
    add(table, billing_str("EUR"), two, 0, 2 * PICO);

    return table;
}


static void
test_spreadsheet(void **state)
{
    billing_file_t   file;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-02"),
        .sort_date = -1,
        .sort_desc = 1,
        .format = BILLING_FORMAT_CSV,
        .group_by = { { .dim = BILLING_DIM_ACCOUNT,
                          .name = billing_str("account") },
            { .dim = BILLING_DIM_SERVICE, .name = billing_str("service") } },
        .ngroup_by = 2 };

    table = accounts_table(2);
    file = file_of(&query, table);
    assert_file(&file,
        BOM "account,account_name,account_id,service,service_name,date,"
            "currency,cost,in_progress,complete\r\n"
            "sa-2,'=Two,,\"'=1;'-2\",,2026-01,EUR,2.00,false,true\r\n"
            "sa-2,'=Two,,\"'=1;'-2\",,2026-02,EUR,0.00,true,true\r\n"
            "sa-1,\"Payer, one\",012345678901,EC2,,2026-01,USD,1234.50,"
            "false,true\r\n"
            "sa-1,\"Payer, one\",012345678901,EC2,,2026-02,USD,-1.50,"
            "true,true\r\n"
            "sa-2,'=Two,,\"'=1;'-2\",,2026-01,USD,0.00,false,true\r\n"
            "sa-2,'=Two,,\"'=1;'-2\",,2026-02,USD,0.000000000001,"
            "true,true\r\n");
    assert_false(file.cut);
    billing_table_free(table);
}


static void
test_program(void **state)
{
    billing_file_t   file;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_MONTHLY,
        .start = month_of("2026-01"),
        .end = month_of("2026-02"),
        .sort_date = -1,
        .sort_desc = 1,
        .format = BILLING_FORMAT_CSV,
        .program = 1,
        .limit = 1,
        .limit_given = 1,
        .group_by = { { .dim = BILLING_DIM_ACCOUNT,
                          .name = billing_str("account") },
            { .dim = BILLING_DIM_SERVICE, .name = billing_str("service") } },
        .ngroup_by = 2 };

    table = accounts_table(2);
    file = file_of(&query, table);
    file.complete = 0;
    assert_file(&file,
        "account,account_name,account_id,service,service_name,date,"
        "currency,cost,in_progress,complete\r\n"
        "sa-2,=Two,,=1;-2,,2026-01,EUR,2.00,false,false\r\n"
        "sa-2,=Two,,=1;-2,,2026-02,EUR,0.00,true,false\r\n"
        "sa-1,\"Payer, one\",012345678901,EC2,,2026-01,USD,1234.50,"
        "false,false\r\n"
        "sa-1,\"Payer, one\",012345678901,EC2,,2026-02,USD,-1.50,"
        "true,false\r\n");
    assert_true(file.cut);
    billing_table_free(table);
}


/* Without dimensions, and without data. */
static void
test_totals(void **state)
{
    billing_file_t   file;
    billing_table_t *table;

    const billing_query_t query = { .granularity = BILLING_DAILY,
        .start = day_of("2026-02-08"),
        .end = day_of("2026-02-10"),
        .sort_date = -1,
        .sort_desc = 1,
        .format = BILLING_FORMAT_CSV };

    table = billing_table_create(3, 0);
    assert_non_null(table);
    add(table, USD, NULL, 1, PICO);
    add(table, billing_str("KRW"), NULL, 2, -5 * PICO);
    file = file_of(&query, table);
    assert_file(&file, BOM "date,currency,cost,in_progress,complete\r\n"
                           "2026-02-08,KRW,0.00,false,true\r\n"
                           "2026-02-09,KRW,0.00,true,true\r\n"
                           "2026-02-10,KRW,-5.00,true,true\r\n"
                           "2026-02-08,USD,0.00,false,true\r\n"
                           "2026-02-09,USD,1.00,true,true\r\n"
                           "2026-02-10,USD,0.00,true,true\r\n");
    billing_table_free(table);

    table = billing_table_create(3, 0);
    assert_non_null(table);
    file = file_of(&query, table);
    assert_file(&file, BOM "date,currency,cost,in_progress,complete\r\n");
    billing_table_free(table);
}


static billing_table_t *
focus_table(unsigned ndates)
{
    billing_table_t *table;

    const billing_str_t one[] = { billing_str("aws"), billing_str("sa-1"),
        billing_str("111122223333"), billing_str("AmazonEC2"),
        billing_str("eu-west-1"), billing_str("usage"),
        billing_str("project-1") };

    /* nothing is known about any of it */
    const billing_str_t two[] = { billing_str("sky"), billing_str("sa-9"),
        billing_str(""), billing_str(""), billing_str(""),
        billing_str("credit"), billing_str("project-9") };

    table = billing_table_create(ndates, 7);
    assert_non_null(table);
    add(table, USD, one, 0, PICO);
    add(table, USD, two, 0, -25 * CENTS);

    return table;
}


static billing_query_t
focus_query(const char *args)
{
    billing_query_t  query;
    billing_errors_t errors;

    billing_errors_init(&errors);
    assert_int_equal(billing_query_parse(billing_str_from(args),
                         day_of("2026-02-10"), &query, &errors),
        BILLING_OK);

    return query;
}


static void
test_focus(void **state)
{
    billing_file_t   file;
    billing_table_t *table;
    billing_query_t  query;

    query = focus_query("format=focus&start=2026-02&end=2026-02"
                        "&group_by=service");
    table = focus_table(1);
    file = file_of(&query, table);
    assert_file(&file, FOCUS_1_2
        "1.00,012345678901,\"Payer, one\",USD,2026-03-01T00:00:00Z,"
        "2026-02-01T00:00:00Z,Usage,,AmazonEC2,Usage-Based,"
        "2026-03-01T00:00:00Z,2026-02-01T00:00:00Z,1.00,1.00,MEGAZONE,1.00,"
        "1,Units,MEGAZONE,AWS,eu-west-1,eu-west-1,Compute,AmazonEC2,"
        "111122223333,111122223333,sa-1,usage,true,UnblendedCost,true,"
        "quantities and prices are not known,project-1,Alpha,aws\r\n"
        "-0.25,sa-9,,USD,2026-03-01T00:00:00Z,2026-02-01T00:00:00Z,Credit,,"
        "Other,One-Time,2026-03-01T00:00:00Z,2026-02-01T00:00:00Z,-0.25,"
        "-0.25,sky,-0.25,,,sky,sky,,,Other,Other,,,sa-9,credit,true,billed,"
        "true,,project-9,,sky\r\n");
    billing_table_free(table);
    billing_query_free(&query);
}


/* The columns that a version has more, or less. */
static void
test_focus_versions(void **state)
{
    size_t           i, j;
    char             header[2000];
    billing_buf_t    out;
    billing_file_t   file;
    billing_table_t *table;
    billing_query_t  query;

    static const char *const names[] = { "ProviderName", "PublisherName",
        "HostProviderName", "ServiceProviderName" };

    static const struct {
        const char *args;
        int         has[4];
    } cases[] = {
        { "format=focus&version=1.0&start=2026-02-27&end=2026-02-28"
          "&granularity=DAILY",
            { 1, 1, 0, 0 } },
        { "format=focus&version=1.2&start=2026-02-27&end=2026-02-28"
          "&granularity=DAILY",
            { 1, 1, 0, 0 } },
        { "format=focus&version=1.4&start=2026-02-27&end=2026-02-28"
          "&granularity=DAILY",
            { 0, 0, 1, 1 } },
    };

    for (i = 0; i < 3; i++) {
        query = focus_query(cases[i].args);
        table = focus_table(2);
        file = file_of(&query, table);
        assert_int_equal(billing_file_open(&file), BILLING_OK);

        billing_buf_init(&out, 1 << 20);
        assert_int_equal(billing_file_write(&file, 1 << 20, &out), BILLING_OK);
        assert_int_equal(billing_buf_add_char(&out, '\0'), BILLING_OK);

        snprintf(header, sizeof(header), ",%.*s,",
            (int) (strchr(out.data, '\r') - out.data), out.data);

        for (j = 0; j < 4; j++) {
            char name[40];

            snprintf(name, sizeof(name), ",%s,", names[j]);
            assert_int_equal(strstr(header, name) != NULL, cases[i].has[j]);
        }

        /* the last day of a month */
        assert_non_null(strstr(
            out.data, ",2026-03-01T00:00:00Z,2026-02-28T00:00:00Z,0.00,"));

        billing_buf_free(&out);
        billing_table_free(table);
        billing_query_free(&query);
    }
}


static void
test_pieces(void **state)
{
    size_t           least;
    unsigned         i;
    billing_buf_t    out, piece;
    billing_str_t    key[2];
    billing_file_t   file;
    billing_table_t *table[2];

    static const char *const names[] = { "", "plain", "a,b", "\"", "x\"\"y",
        "line\r\nline", "=1" };

    const billing_query_t query = { .granularity = BILLING_DAILY,
        .start = day_of("2026-01-30"),
        .end = day_of("2026-02-03"),
        .sort_date = 1,
        .format = BILLING_FORMAT_CSV,
        .group_by = { { .dim = BILLING_DIM_SERVICE,
                          .name = billing_str("service") },
            { .dim = BILLING_DIM_REGION, .name = billing_str("region") } },
        .ngroup_by = 2 };

    for (least = 1; least < 3000; least += 1 + least / 2) {
        table[0] = billing_table_create(5, 2);
        table[1] = billing_table_create(5, 2);

        for (i = 0; i < 80; i++) {
            key[0] = billing_str_from(names[test_random_below(7)]);
            key[1] = billing_str_from(names[test_random_below(7)]);
            add(table[0], USD, key, i % 5, i);
            add(table[1], USD, key, i % 5, i);
        }

        billing_buf_init(&out, 1 << 20);
        file = file_of(&query, table[0]);
        assert_int_equal(billing_file_open(&file), BILLING_OK);

        while (!billing_file_ended(&file)) {
            billing_buf_init(&piece, 1 << 20);
            assert_int_equal(
                billing_file_write(&file, least, &piece), BILLING_OK);
            assert_true(piece.len >= least || billing_file_ended(&file));
            assert_true(piece.len < least + 200);
            (void) billing_buf_add(&out, piece.data, piece.len);
            billing_buf_free(&piece);
        }

        assert_int_equal(billing_buf_add_char(&out, '\0'), BILLING_OK);
        file = file_of(&query, table[1]);
        assert_file(&file, out.data);

        billing_buf_free(&out);
        billing_table_free(table[0]);
        billing_table_free(table[1]);
    }
}


static void
test_full_buffer(void **state)
{
    size_t           max;
    billing_buf_t    out;
    billing_file_t   file;
    billing_query_t  query;
    billing_table_t *table;

    query = focus_query("format=focus&start=2026-02&end=2026-02");

    for (max = 0; max < 1000; max += 7) {
        table = focus_table(1);
        file = file_of(&query, table);
        assert_int_equal(billing_file_open(&file), BILLING_OK);

        billing_buf_init(&out, max);
        assert_int_equal(
            billing_file_write(&file, 1 << 20, &out), BILLING_LIMIT);
        billing_buf_free(&out);
        billing_table_free(table);
    }

    billing_query_free(&query);
}


static void
test_categories(void **state)
{
    size_t i;

    static const struct {
        const char *service;
        const char *category;
    } cases[] = {
        { "AmazonEC2", "Compute" },
        { "Amazon Simple Storage Service", "Storage" },
        { "SQL Database", "Databases" },
        { "BigQuery", "Analytics" },
        { "awswaf", "Security" },
        { "AWS Amplify", "Web" },
        { "amazonec2", "Other" },
        { "AWSSupportBusiness", "Other" },
        { "", "Other" },
        { "zzz", "Other" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(billing_str_eq(
            billing_service_category(billing_str_from(cases[i].service)),
            billing_str_from(cases[i].category)));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spreadsheet),
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_focus),
        cmocka_unit_test(test_focus_versions),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_full_buffer),
        cmocka_unit_test(test_categories),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
