
/*
 * What kind of charge a cost is, as each provider tells it, and which dates it
 * has not closed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"


extern const billing_provider_t billing_aws;
extern const billing_provider_t billing_azure;
extern const billing_provider_t billing_google;
extern const billing_provider_t billing_hyperbilling_aws;
extern const billing_provider_t billing_hyperbilling_google_cloud;


#define AUGUST 18840


static void
names_of_services(void **state)
{
    size_t i;

    static const struct {
        const char      *service;
        billing_charge_t charge;
    } cases[] = {
        { "Tax", BILLING_CHARGE_TAX },
        { "AWSTax", BILLING_CHARGE_TAX },
        { "Tax - Korea", BILLING_CHARGE_TAX },
        { "VAT", BILLING_CHARGE_TAX },
        { "AmazonTaxonomy", BILLING_CHARGE_UNKNOWN },
        { "elevator", BILLING_CHARGE_UNKNOWN },
        { "Syntax", BILLING_CHARGE_UNKNOWN },
        { "AWSSupportBusiness", BILLING_CHARGE_SUPPORT },
        { "AWS Support (Business)", BILLING_CHARGE_SUPPORT },
        { "Support", BILLING_CHARGE_SUPPORT },
        { "Supported things", BILLING_CHARGE_UNKNOWN },
        { "AWSCredit", BILLING_CHARGE_CREDIT },
        { "Promotional credits", BILLING_CHARGE_CREDIT },
        { "Accreditation", BILLING_CHARGE_UNKNOWN },
        { "Refund", BILLING_CHARGE_REFUND },
        { "AmazonEC2", BILLING_CHARGE_UNKNOWN },
        { "", BILLING_CHARGE_UNKNOWN },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_charge_of_service(
                billing_str_from(cases[i].service), BILLING_CHARGE_UNKNOWN),
            cases[i].charge);
    }

    /* what the caller takes it for gives way to what it says */
    assert_int_equal(billing_charge_of_service(
                         billing_str("AmazonEC2"), BILLING_CHARGE_USAGE),
        BILLING_CHARGE_USAGE);
    assert_int_equal(
        billing_charge_of_service(billing_str("Tax"), BILLING_CHARGE_USAGE),
        BILLING_CHARGE_TAX);

    for (i = 0; i < BILLING_CHARGE_MAX; i++) {
        assert_int_equal(
            billing_charge_find(billing_str_from(billing_charge_names[i])), i);
    }

    assert_int_equal(
        billing_charge_find(billing_str("Usage")), BILLING_CHARGE_UNKNOWN);
}


/* "date service|region charge amount", and "date open" */
static billing_status_t
charge_row(void *data, const billing_cost_row_t *row)
{
    char           date[BILLING_DAY_LEN], amount[BILLING_MONEY_LEN];
    billing_buf_t *rows = data;

    if (row->date <= AUGUST + 30) {
        billing_day_format(row->date, date);
    } else {
        billing_month_format(row->date, date);
    }

    if (row->open) {
        return billing_buf_addf(rows, "%s open\n", date);
    }

    billing_money_format(row->amount, amount);

    return billing_buf_addf(rows, "%s %.*s|%.*s %s %s\n", date,
        (int) row->service.len, row->service.data, (int) row->region.len,
        row->region.data, billing_charge_names[row->charge], amount);
}


static void
assert_charges(
    const billing_question_t *q, const char *body, const char *expected)
{
    billing_buf_t   rows;
    billing_reply_t reply;

    billing_buf_init(&rows, 1 << 16);
    billing_reply_init(&reply, charge_row, &rows);

    assert_int_equal(q->provider->costs.answer(q,
                         &(billing_http_answer_t){
                             .status = 200, .body = billing_str_from(body) },
                         &reply),
        BILLING_OK);
    assert_text(&rows, expected);

    billing_reply_free(&reply);
    billing_buf_free(&rows);
}


static billing_question_t
question(const billing_provider_t *provider, const json_t *credentials,
    billing_granularity_t granularity)
{
    static const billing_str_t linked[] = { billing_str("111122223333") };

    return (billing_question_t){ .provider = provider,
        .endpoint = billing_str("https://b"),
        .credentials = credentials,
        .now = NOW,
        .linked = linked,
        .nlinked = 1,
        .granularity = granularity,
        .start = AUGUST,
        .end = AUGUST + 30 };
}


#define AWS_GROUP(one, two, amount)                     \
    "{\"Keys\":[\"" one "\",\"" two "\"],\"Metrics\":{" \
    "\"UnblendedCost\":{\"Amount\":\"" amount "\",\"Unit\":\"USD\"}}}"

#define AWS_MONTH(groups, estimated)                                           \
    "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2021-08-01\","           \
    "\"End\":\"2021-09-01\"},\"Groups\":[" groups "],\"Estimated\":" estimated \
    "}]}"

static void
aws(void **state)
{
    json_t                *credentials;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    credentials = test_json("{\"access_key_id\":\"AKIDEXAMPLEAKIDEX\","
                            "\"secret_access_key\":\"secretsecretsecret\","
                            "\"cost\":\"UnblendedCost\","
                            "\"detail\":\"region\"}");
    q = question(&billing_aws, credentials, BILLING_MONTHLY);

    /* without charges: only services tell something */
    assert_charges(&q,
        AWS_MONTH(AWS_GROUP("Tax", "NoRegion", "3") "," AWS_GROUP(
                      "EC2", "us-east-1", "-2"),
            "false"),
        "2021-08 Tax| tax 3.00\n2021-08 EC2|us-east-1 unknown -2.00\n");

    q.apart = BILLING_APART_SERVICE;
    assert_charges(&q,
        AWS_MONTH(
            AWS_GROUP("EC2", "Usage", "30") "," AWS_GROUP(
                "EC2", "Credit", "-30") "," AWS_GROUP("EC2",
                "SavingsPlanNegation", "-4") "," AWS_GROUP("EC2",
                "SavingsPlanCoveredUsage", "4") "," AWS_GROUP("EC2",
                "SavingsPlanRecurringFee", "5") "," AWS_GROUP("EC2",
                "DiscountedUsage", "1") "," AWS_GROUP("EC2",
                "Enterprise Discount Program Discount",
                "-1") "," AWS_GROUP("EC2", "Refund", "-6") "," AWS_GROUP("Tax",
                "Tax",
                "7") "," AWS_GROUP("Plan", "Support", "8") "," AWS_GROUP("EC2",
                "RIFee", "9") "," AWS_GROUP("EC2", "Something new", "10"),
            "true"),
        "2021-08 open\n"
        "2021-08 EC2| usage 30.00\n2021-08 EC2| credit -30.00\n"
        "2021-08 EC2| usage -4.00\n2021-08 EC2| usage 4.00\n"
        "2021-08 EC2| fee 5.00\n2021-08 EC2| usage 1.00\n"
        "2021-08 EC2| credit -1.00\n2021-08 EC2| refund -6.00\n"
        "2021-08 Tax| tax 7.00\n2021-08 Plan| support 8.00\n"
        "2021-08 EC2| fee 9.00\n2021-08 EC2| unknown 10.00\n");

    billing_http_request_init(&req);
    assert_int_equal(billing_aws.costs.request(&q, &req), BILLING_OK);
    assert_non_null(
        billing_reply_find((billing_str_t){ req.body.data, req.body.len },
            "\"GroupBy\":[{\"Type\":\"DIMENSION\",\"Key\":\"SERVICE\"},"
            "{\"Type\":\"DIMENSION\",\"Key\":\"RECORD_TYPE\"}]"));
    billing_http_request_free(&req);

    q.apart = BILLING_APART_DETAIL;
    assert_charges(&q,
        AWS_MONTH(AWS_GROUP("us-east-1", "Usage", "1") "," AWS_GROUP(
                      "NoRegion", "Tax", "2"),
            "false"),
        "2021-08 |us-east-1 usage 1.00\n2021-08 | tax 2.00\n");

    billing_http_request_init(&req);
    assert_int_equal(billing_aws.costs.request(&q, &req), BILLING_OK);
    assert_non_null(billing_reply_find(
        (billing_str_t){ req.body.data, req.body.len },
        "\"Key\":\"REGION\"},{\"Type\":\"DIMENSION\",\"Key\":\"RECORD_TYPE\""));
    billing_http_request_free(&req);

    json_decref(credentials);
}


#define AZURE_TABLE(columns, rows)                                   \
    "{\"properties\":{\"columns\":[{\"name\":\"Cost\"},"             \
    "{\"name\":\"UsageDate\"}," columns ",{\"name\":\"Currency\"}]," \
    "\"rows\":[" rows "]}}"

static void
azure(void **state)
{
    json_t            *credentials;
    billing_question_t q;

    (void) state;

    credentials = test_json("{\"scope\":\"x\",\"cost\":\"ActualCost\"}");
    q = question(&billing_azure, credentials, BILLING_DAILY);

    q.apart = BILLING_APART_SERVICE;
    assert_charges(&q,
        AZURE_TABLE("{\"name\":\"ServiceName\"},{\"name\":\"ChargeType\"}",
            "[1,20210801,\"VM\",\"Usage\",\"USD\"],"
            "[2,20210801,\"VM\",\"Purchase\",\"USD\"],"
            "[3,20210801,\"VM\",\"UnusedReservation\",\"USD\"],"
            "[-4,20210801,\"VM\",\"refund\",\"USD\"],"
            "[5,20210801,\"VM\",\"RoundingAdjustment\",\"USD\"],"
            "[6,20210801,\"VM\",\"\",\"USD\"]"),
        "2021-08-01 VM| usage 1.00\n2021-08-01 VM| fee 2.00\n"
        "2021-08-01 VM| usage 3.00\n2021-08-01 VM| refund -4.00\n"
        "2021-08-01 VM| adjustment 5.00\n2021-08-01 VM| unknown 6.00\n");

    q.apart = BILLING_APART_DETAIL;
    assert_charges(&q,
        AZURE_TABLE("{\"name\":\"ChargeType\"},{\"name\":\"ResourceLocation\"}",
            "[1,20210801,\"Tax\",\"eastus\",\"USD\"]"),
        "2021-08-01 |eastus tax 1.00\n");

    q.apart = BILLING_APART_NOT;
    assert_charges(&q,
        AZURE_TABLE(
            "{\"name\":\"ServiceName\"},{\"name\":\"ResourceLocation\"}",
            "[1,20210801,\"Support\",\"eastus\",\"USD\"]"),
        "2021-08-01 Support|eastus support 1.00\n");

    json_decref(credentials);
}


#define GOOGLE_TABLE(rows, total)                                           \
    "{\"jobComplete\":true,\"jobReference\":{\"jobId\":\"j\"},\"schema\":{" \
    "\"fields\":[{\"name\":\"date\"},{\"name\":\"project\"},"               \
    "{\"name\":\"region\"},{\"name\":\"service\"},{\"name\":\"currency\"}," \
    "{\"name\":\"type\"},{\"name\":\"cost\"},{\"name\":\"credit\"}]},"      \
    "\"totalRows\":\"" total "\",\"rows\":[" rows "]}"

#define GOOGLE_ROW(service, type, cost, credit)                                \
    "{\"f\":[{\"v\":\"202108\"},{\"v\":\"p\"},{\"v\":\"r\"},{\"v\":\"" service \
    "\"},{\"v\":\"USD\"},{\"v\":\"" type "\"},{\"v\":\"" cost                  \
    "\"},{\"v\":\"" credit "\"}]}"

static void
google(void **state)
{
    json_t            *credentials;
    billing_question_t q;

    (void) state;

    credentials = test_json("{}");
    q = question(&billing_google, credentials, BILLING_MONTHLY);
    q.page = billing_str("r");

    /* usage under a credit of as much is visible as both */
    q.now = NOW + 8 * 3600;
    assert_charges(&q,
        GOOGLE_TABLE(
            GOOGLE_ROW("CE", "regular", "30", "-30") "," GOOGLE_ROW(
                "CE", "tax", "3", "0") "," GOOGLE_ROW("CE", "rounding_error",
                "0.001", "0") "," GOOGLE_ROW("Support", "regular", "4",
                "0") "," GOOGLE_ROW("CE", "adjustment", "-1",
                "0") "," GOOGLE_ROW("CE", "else", "1", "0"),
            "6"),
        "2021-08 CE|r usage 30.00\n2021-08 CE|r credit -30.00\n"
        "2021-08 CE|r tax 3.00\n2021-08 CE|r adjustment 0.001\n"
        "2021-08 Support|r support 4.00\n2021-08 CE|r adjustment -1.00\n"
        "2021-08 CE|r unknown 1.00\n");

    /* August goes on in California */
    q.now = NOW + 8 * 3600 - 1;
    assert_charges(&q, GOOGLE_TABLE(GOOGLE_ROW("CE", "regular", "1", "0"), "1"),
        "2021-08 CE|r usage 1.00\n2021-08 open\n");

    json_decref(credentials);
}


static void
hyperbilling_aws(void **state)
{
    json_t            *credentials;
    billing_question_t q;

    (void) state;

    credentials = test_json("{\"account\":\"111122223333\"}");
    q = question(&billing_hyperbilling_aws, credentials, BILLING_DAILY);

    assert_charges(&q,
        "{\"Results\":[{\"GroupBy\":{\"USAGE_DATE\":\"2021-08-01\","
        "\"REGION\":\"\",\"SERVICE_CODE\":\"AmazonEC2\"},"
        "\"Value\":{\"USAGE_COST\":30}},"
        "{\"GroupBy\":{\"USAGE_DATE\":\"2021-08-01\",\"REGION\":\"\","
        "\"SERVICE_CODE\":\"AmazonEC2\"},\"Value\":{\"USAGE_COST\":-30}},"
        "{\"GroupBy\":{\"USAGE_DATE\":\"2021-08-01\",\"REGION\":\"\","
        "\"SERVICE_CODE\":\"AWSSupportBusiness\"},"
        "\"Value\":{\"USAGE_COST\":-1}},"
        "{\"GroupBy\":{\"USAGE_DATE\":\"2021-08-01\",\"REGION\":\"\","
        "\"SERVICE_CODE\":\"AWSCredit\"},\"Value\":{\"USAGE_COST\":-2}}]}",
        "2021-08-01 AmazonEC2|us-east-1 usage 30.00\n"
        "2021-08-01 AmazonEC2|us-east-1 credit -30.00\n"
        "2021-08-01 AWSSupportBusiness|us-east-1 support -1.00\n"
        "2021-08-01 AWSCredit|us-east-1 credit -2.00\n");

    json_decref(credentials);
}


#define SUMMARY(costs)                                                          \
    "[{\"kind\":\"usage_detail\",\"month\":\"202108\",\"data\":["               \
    "{\"project_id\":\"p\",\"project_name\":\"P\",\"data\":[{"                  \
    "\"service_name\":\"Compute Engine\",\"region_id\":\"r\",\"costs\":[" costs \
    "]}]}]}]"

static void
summary(void **state)
{
    json_t            *credentials;
    billing_question_t q;

    (void) state;

    credentials = test_json("{\"currency\":\"USD\"}");
    q = question(
        &billing_hyperbilling_google_cloud, credentials, BILLING_MONTHLY);

    /* whichever sign credits have: what is final counts */
    assert_charges(&q,
        SUMMARY("{\"cost_in_usd\":9.4,\"credit_in_usd\":-0.85,"
                "\"final_cost_in_usd\":8.55},"
                "{\"cost_in_usd\":30,\"credit_in_usd\":30,"
                "\"final_cost_in_usd\":0},"
                "{\"final_cost_in_usd\":5},"
                "{\"cost_in_usd\":\"x\",\"final_cost_in_usd\":6}"),
        "2021-08 Compute Engine|r usage 9.40\n"
        "2021-08 Compute Engine|r credit -0.85\n"
        "2021-08 Compute Engine|r usage 30.00\n"
        "2021-08 Compute Engine|r credit -30.00\n"
        "2021-08 Compute Engine|r unknown 5.00\n"
        "2021-08 Compute Engine|r unknown 6.00\n");

    json_decref(credentials);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_services),
        cmocka_unit_test(aws),
        cmocka_unit_test(azure),
        cmocka_unit_test(google),
        cmocka_unit_test(hyperbilling_aws),
        cmocka_unit_test(summary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
