
/* How the Hyperbilling provider reads answers, the odd ones included. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/date.h"
#include "providers/reply.h"


#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* one row, with its three keys and its amount as JSON */
#define ROW(date, region, service, cost)                       \
    "{\"GroupBy\":{\"USAGE_DATE\":" date ",\"REGION\":" region \
    ",\"SERVICE_CODE\":" service "},\"Value\":{\"USAGE_COST\":" cost "}}"

#define PAGE(rows) "{\"Results\":[" rows "]}"

#define AUG_1 "\"2021-08-01\""


static const billing_provider_t *
provider(void)
{
    return billing_provider_find(billing_str("hyperbilling_aws"));
}


/* The rows of a page as lines: "date currency linked region service cost". */
typedef struct {
    billing_granularity_t granularity;
    billing_status_t      refuse; /* what row() returns */
    billing_buf_t         lines;
    billing_buf_t         next;
    billing_failure_t     failure;
} reading_t;


static billing_status_t
collect(void *data, const billing_cost_row_t *row)
{
    char       date[BILLING_DAY_LEN], cost[BILLING_MONEY_LEN];
    reading_t *reading = data;

    if (reading->granularity == BILLING_DAILY) {
        billing_day_format(row->date, date);
    } else {
        billing_month_format(row->date, date);
    }

    if (row->spoilt != BILLING_REASON_NONE) {
        (void) billing_buf_addf(&reading->lines, "%s spoilt: %s\n", date,
            billing_reason_names[row->spoilt]);
        return reading->refuse;
    }

    (void) billing_money_format(row->amount, cost);
    (void) billing_buf_addf(&reading->lines, "%s %.*s %.*s %.*s %.*s %s\n",
        date, (int) row->currency.len, row->currency.data,
        (int) row->linked.len, row->linked.data, (int) row->region.len,
        row->region.data, (int) row->service.len, row->service.data, cost);

    return reading->refuse;
}


/* August 2021 to September, of which the last day is asked for. */
static billing_status_t
read_page(reading_t *reading, billing_granularity_t granularity, int status,
    billing_str_t body)
{
    char                 *copy;
    billing_status_t      rc;
    billing_str_t         linked;
    billing_reply_t       reply;
    billing_question_t    question;
    billing_http_answer_t answer;

    linked = billing_str("012345678901");
    question = (billing_question_t){ .endpoint = billing_str("https://h"),
        .linked = &linked,
        .nlinked = 1,
        .granularity = granularity,
        .start = 18840,
        .end = 18871 };

    *reading = (reading_t){ .granularity = granularity,
        .refuse = reading->refuse };
    billing_buf_init(&reading->lines, 1 << 20);
    billing_reply_init(&reply, collect, reading);

    /* exactly as long as the body: the sanitizer sees a read beyond it */
    copy = malloc(body.len + (body.len == 0));
    memcpy(copy, body.data, body.len);

    answer = (billing_http_answer_t){ .status = status,
        .body = { copy, body.len } };

    rc = provider()->costs.answer(&question, &answer, &reply);

    reading->next = reply.next;
    memcpy(&reading->failure, &reply.failure, sizeof(billing_failure_t));
    billing_buf_init(&reply.next, 0);
    billing_reply_free(&reply);

    free(copy);
    (void) billing_buf_add_char(&reading->lines, '\0');

    return rc;
}


static void
done(reading_t *reading)
{
    billing_buf_free(&reading->lines);
    billing_buf_free(&reading->next);
}


static void
assert_reads(billing_granularity_t granularity, const char *body,
    const char *lines, const char *next)
{
    reading_t reading = { .refuse = BILLING_OK };

    assert_int_equal(
        read_page(&reading, granularity, 200, billing_str_from(body)),
        BILLING_OK);
    assert_string_equal(reading.failure.text, "");
    assert_string_equal(reading.lines.data, lines);
    assert_int_equal(reading.next.len, strlen(next));
    if (reading.next.len > 0) {
        assert_memory_equal(reading.next.data, next, strlen(next));
    }

    done(&reading);
}


/* Two rows whose long services end differently, in eight digits. */
static void
assert_cuts(const char *body)
{
    char     *one, *two;
    reading_t reading = { .refuse = BILLING_OK };

    assert_int_equal(
        read_page(&reading, BILLING_DAILY, 200, billing_str_from(body)),
        BILLING_OK);

    one = strstr(reading.lines.data, "xx~");
    assert_non_null(one);
    two = strstr(one + 1, "xx~");
    assert_non_null(two);
    assert_int_equal(strspn(one + 3, "0123456789abcdef"), 8);
    assert_memory_not_equal(one + 3, two + 3, 8);

    done(&reading);
}


static void
assert_refuses(
    billing_granularity_t granularity, const char *body, const char *why)
{
    reading_t reading = { .refuse = BILLING_OK };

    assert_int_equal(
        read_page(&reading, granularity, 200, billing_str_from(body)),
        BILLING_MALFORMED);
    if (strstr(reading.failure.text, why) == NULL) {
        fail_msg("\"%s\" for %s", reading.failure.text, body);
    }

    done(&reading);
}


static void
reads_a_page(void **state)
{
    (void) state;

    assert_reads(BILLING_DAILY,
        "{\"Results\":[\n" ROW(AUG_1, "\"APN2\"", "\"AmazonEC2\"",
            "0.312") ",\n" ROW("\"2021-09-01\"", "\"\"", "\"AWSDataTransfer\"",
            "-0.05") "],\"NextDataToken\":\"bWFkZS11cA==\"}",
        "2021-08-01 USD 012345678901 ap-northeast-2 AmazonEC2 0.312\n"
        "2021-09-01 USD 012345678901 us-east-1 AWSDataTransfer -0.05\n",
        "bWFkZS11cA==");
}


static void
ignores_keys_that_were_not_asked_for(void **state)
{
    (void) state;

    assert_reads(BILLING_DAILY,
        "{\"Results\":[{\"GroupBy\":{\"USAGE_DATE\":" AUG_1
        ",\"REGION\":\"USE1\",\"SERVICE_CODE\":\"S\",\"USAGE_TYPE\":7},"
        "\"Value\":{\"USAGE_QUANTITY\":\"x\",\"USAGE_COST\":1}}],"
        "\"RequestId\":[]}",
        "2021-08-01 USD 012345678901 us-east-1 S 1.00\n", "");
}


static void
reads_every_form_of_an_amount(void **state)
{
    size_t i;
    char   body[512], line[128];

    static const char *cases[][2] = {
        { "0", "0.00" },
        { "-0.0", "0.00" },
        { "12", "12.00" },
        { "-9223372036854775808", "-9223372036854775808.00" },
        { "9223372036854775807", "9223372036854775807.00" },
        { "0.1", "0.10" },
        { "123456789.123456", "123456789.123456" },
        /* more digits than a double has, as a number and in a text */
        { "98765432109.123456", "98765432109.123456" },
        { "-1234567890.123456789012", "-1234567890.123456789012" },
        { "12345678901234567890.5", "12345678901234567890.50" },
        { "1.5E-7", "0.00000015" },
        { "-9.5e-09", "-0.0000000095" },
        { "1e-10", "0.0000000001" },
        { "1E+3", "1000.00" },
        { "0.0000000000005", "0.00" },
        { "\"1234.5678\"", "1234.5678" },
        { "\"-1.5E-7\"", "-0.00000015" },
        { "\"1234567890.123456789012\"", "1234567890.123456789012" },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        (void) snprintf(body, sizeof(body),
            PAGE(ROW(AUG_1, "\"USE1\"", "\"S\"", "%s")), cases[i][0]);
        (void) snprintf(line, sizeof(line),
            "2021-08-01 USD 012345678901 us-east-1 S %s\n", cases[i][1]);
        assert_reads(BILLING_DAILY, body, line, "");
    }
}


static void
names_regions(void **state)
{
    size_t i;
    char   body[512], line[128];

    static const char *cases[][2] = {
        { "\"APN2\"", "ap-northeast-2" },
        { "\"APS1\"", "ap-southeast-1" },
        { "\"APS3\"", "ap-south-1" },
        { "\"EU\"", "eu-west-1" },
        { "\"EUW2\"", "eu-west-2" },
        { "\"AFS1\"", "af-south-1" },
        { "\"APE1\"", "ap-east-1" },
        { "\"APE2\"", "ap-east-2" },
        { "\"APN1\"", "ap-northeast-1" },
        { "\"APN3\"", "ap-northeast-3" },
        { "\"APS2\"", "ap-southeast-2" },
        { "\"APS4\"", "ap-southeast-3" },
        { "\"APS5\"", "ap-south-2" },
        { "\"APS6\"", "ap-southeast-4" },
        { "\"APS7\"", "ap-southeast-5" },
        { "\"APS8\"", "ap-southeast-6" },
        { "\"APS9\"", "ap-southeast-7" },
        { "\"CAN1\"", "ca-central-1" },
        { "\"CAN2\"", "ca-west-1" },
        { "\"EUC1\"", "eu-central-1" },
        { "\"EUC2\"", "eu-central-2" },
        { "\"EUN1\"", "eu-north-1" },
        { "\"EUS1\"", "eu-south-1" },
        { "\"EUS2\"", "eu-south-2" },
        { "\"EUW3\"", "eu-west-3" },
        { "\"ILC1\"", "il-central-1" },
        { "\"MEC1\"", "me-central-1" },
        { "\"MES1\"", "me-south-1" },
        { "\"MXC1\"", "mx-central-1" },
        { "\"SAE1\"", "sa-east-1" },
        { "\"UGE1\"", "us-gov-east-1" },
        { "\"USE1\"", "us-east-1" },
        { "\"USE2\"", "us-east-2" },
        { "\"USW1\"", "us-west-1" },
        { "\"USW2\"", "us-west-2" },
        { "\"CPT\"", "af-south-1" },
        { "\"UGW1\"", "us-gov-west-1" },
        { "\"US\"", "United States" },
        { "\"ZA\"", "South Africa" },
        { "\"USE\"", "USE" },
        { "\"use1\"", "use1" },
        { "\"ap-northeast-2\"", "ap-northeast-2" },
        { "\"\\uc11c\\uc6b8\"", "서울" },
        /* no region has a place of its own */
        { "\"\"", "us-east-1" },
        { "null", "us-east-1" },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        (void) snprintf(body, sizeof(body),
            PAGE(ROW(AUG_1, "%s", "\"S\"", "1")), cases[i][0]);
        (void) snprintf(line, sizeof(line),
            "2021-08-01 USD 012345678901 %s S 1.00\n", cases[i][1]);
        assert_reads(BILLING_DAILY, body, line, "");
    }
}


static void
does_without_region_and_service(void **state)
{
    (void) state;

    assert_reads(BILLING_DAILY,
        PAGE("{\"GroupBy\":{\"USAGE_DATE\":" AUG_1
             "},\"Value\":{\"USAGE_COST\":2}}"),
        "2021-08-01 USD 012345678901 us-east-1  2.00\n", "");
}


static void
reads_three_forms_of_a_month(void **state)
{
    (void) state;

    assert_reads(BILLING_MONTHLY,
        PAGE(ROW("\"2021-08\"", "\"US\"", "\"S\"", "1") "," ROW(
            "\"2021-09-30\"", "\"US\"", "\"S\"", "2") "," ROW("\"202109\"",
            "\"US\"", "\"S\"", "3")),
        "2021-08 USD 012345678901 United States S 1.00\n"
        "2021-09 USD 012345678901 United States S 2.00\n"
        "2021-09 USD 012345678901 United States S 3.00\n",
        "");
}


static void
refuses_what_is_not_a_date_of_the_period(void **state)
{
    size_t i;
    char   body[512];

    static const struct {
        billing_granularity_t granularity;
        const char           *date;
        const char           *why;
    } cases[] = {
        { BILLING_DAILY, "\"2021-07-31\"", "outside" },
        { BILLING_DAILY, "\"2021-09-02\"", "outside" },
        { BILLING_DAILY, "\"2021-08-32\"", "not a date" },
        { BILLING_DAILY, "\"2021-08\"", "not a date" },
        { BILLING_DAILY, "\"20210801\"", "not a date" },
        { BILLING_DAILY, "\"2021-08-01T00:00:00Z\"", "not a date" },
        { BILLING_DAILY, "\"\"", "not a date" },
        { BILLING_DAILY, "null", "not a date" },
        { BILLING_DAILY, "20210801", "not a date" },
        { BILLING_DAILY, "[\"2021-08-01\"]", "not a date" },
        { BILLING_MONTHLY, "\"2021-07\"", "outside" },
        { BILLING_MONTHLY, "\"2021-10\"", "outside" },
        { BILLING_MONTHLY, "\"202107\"", "outside" },
        { BILLING_MONTHLY, "\"2021-07-31\"", "outside" },
        { BILLING_MONTHLY, "\"2021-8\"", "not a date" },
        { BILLING_MONTHLY, "\"202113\"", "not a date" },
        { BILLING_MONTHLY, "\"2021-09-31\"", "not a date" },
        { BILLING_MONTHLY, "\"August\"", "not a date" },
        { BILLING_MONTHLY, "202108", "not a date" },
        { BILLING_MONTHLY, "\"\"", "not a date" },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        (void) snprintf(body, sizeof(body),
            PAGE(ROW("%s", "\"USE1\"", "\"S\"", "1")), cases[i].date);
        assert_refuses(cases[i].granularity, body, cases[i].why);
    }
}


static void
refuses_rows_of_wrong_types(void **state)
{
    size_t i;

    static const char *cases[][2] = {
        { PAGE("null"), "USAGE_DATE" },
        { PAGE("{}"), "USAGE_DATE" },
        { PAGE("[]"), "USAGE_DATE" },
        { PAGE("{\"GroupBy\":[],\"Value\":{\"USAGE_COST\":1}}"), "USAGE_DATE" },
        { PAGE(ROW(AUG_1, "\"\"", "\"S\"", "1") ",7"), "Row 2" },
        { "{\"Results\":{}}", "no list" },
        { "{\"Results\":\"\"}", "no list" },
        { "{\"message\":\"try again\"}", "no list" },
        { "{\"NextDataToken\":\"t\"}", "no list" },
        { "{\"Results\":[],\"NextDataToken\":[1]}", "token" },
        { "{\"Results\":[],\"NextDataToken\":true}", "token" },
        { "{\"Results\":[],\"NextDataToken\":{}}", "token" },
        { "[]", "not a JSON object" },
        { "null", "not a JSON object" },
        { "", "not JSON" },
        { "<html>", "not JSON" },
        { "{\"Results\":[", "not JSON" },
        { "{\"Results\":[]} x", "not JSON" },
        { "{\"Results\":[],\"Results\":[]}", "not JSON" },
        { "{\"Results\":[\"\xff\"]}", "USAGE_DATE" },
        { "{}", "no list" },
        { "{\"Results\":null}", "no list" },
        { "{\"a\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", "not JSON" },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        assert_refuses(BILLING_DAILY, cases[i][0], cases[i][1]);
    }
}


/* One odd row does not cost the others of the account, or other months. */
static void
spoils_the_month_of_an_odd_row(void **state)
{
    size_t i;

    static const char *cases[] = {
        PAGE(ROW(AUG_1, "1", "\"S\"", "1")),
        PAGE(ROW(AUG_1, "{}", "\"S\"", "1")),
        PAGE(ROW(AUG_1, "\"\"", "false", "1")),
        PAGE(ROW(AUG_1, "\"\"", "[\"S\"]", "1")),
        PAGE(ROW(AUG_1, "\"\"", "\"S\"", "true")),
        PAGE(ROW(AUG_1, "\"\"", "\"S\"", "[1]")),
        PAGE(ROW(AUG_1, "\"\"", "\"S\"", "\"\"")),
        PAGE(ROW(AUG_1, "\"\"", "\"S\"", "\"1,5\"")),
        PAGE(ROW(AUG_1, "\"\"", "\"S\"", "\"NaN\"")),
        PAGE(ROW(AUG_1, "\"\"", "\"S\"", "1e300")),
        PAGE("{\"GroupBy\":{\"USAGE_DATE\":" AUG_1 "},\"Value\":1}"),
        PAGE("{\"GroupBy\":{\"USAGE_DATE\":" AUG_1 "}}"),
        PAGE("{\"GroupBy\":{\"USAGE_DATE\":" AUG_1
             "},\"Value\":{\"USAGE_COST\":null,\"USAGE_QUANTITY\":2}}"),
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        assert_reads(
            BILLING_DAILY, cases[i], "2021-08-01 spoilt: malformed\n", "");
    }

    assert_reads(BILLING_DAILY,
        PAGE(ROW(AUG_1, "\"\"", "\"S\"", "\"x\"") "," ROW(
            "\"2021-09-01\"", "\"USE1\"", "\"S\"", "2")),
        "2021-08-01 spoilt: malformed\n"
        "2021-09-01 USD 012345678901 us-east-1 S 2.00\n",
        "");

    /* no value at all changes no sum */
    assert_reads(BILLING_DAILY, PAGE(ROW(AUG_1, "\"USE1\"", "\"S\"", "null")),
        "2021-08-01 USD 012345678901 us-east-1 S 0.00\n", "");
}


/* Names are made presentable, and stay apart. */
static void
presents_odd_names(void **state)
{
    char body[2048], name[300], line[400];

    (void) state;

    assert_reads(BILLING_DAILY,
        PAGE(ROW(AUG_1, "\"a\\nb\"", "\"T\\tU\\u0000\\ud800x\"", "1")),
        "2021-08-01 USD 012345678901 a\xef\xbf\xbd"
        "b T\xef\xbf\xbdU"
        "\xef\xbf\xbd\xef\xbf\xbdx 1.00\n",
        "");
    assert_reads(BILLING_DAILY, PAGE(ROW(AUG_1, "\"USE1\"", "\"\xff\t\"", "1")),
        "2021-08-01 USD 012345678901 us-east-1 "
        "\xef\xbf\xbd\xef\xbf\xbd 1.00\n",
        "");

    memset(name, 'x', sizeof(name));
    name[256] = '\0';
    (void) snprintf(
        body, sizeof(body), PAGE(ROW(AUG_1, "\"USE1\"", "\"%s\"", "1")), name);
    (void) snprintf(line, sizeof(line),
        "2021-08-01 USD 012345678901 us-east-1 %s 1.00\n", name);
    assert_reads(BILLING_DAILY, body, line, "");

    name[256] = 'x';
    name[257] = '\0';
    (void) snprintf(body, sizeof(body),
        PAGE(ROW(AUG_1, "\"USE1\"", "\"%s1\"", "1") "," ROW(
            AUG_1, "\"USE1\"", "\"%s2\"", "1")),
        name, name);
    assert_cuts(body);
}


static void
names_the_next_page_by_a_number(void **state)
{
    (void) state;

    assert_reads(
        BILLING_DAILY, "{\"Results\":[],\"NextDataToken\":17}", "", "17");
    assert_reads(
        BILLING_DAILY, "{\"Results\":[],\"NextDataToken\":-1}", "", "-1");
}


static void
takes_nothing_for_no_data(void **state)
{
    size_t    i;
    reading_t reading = { .refuse = BILLING_OK };

    static const char *empty[] = {
        "{\"Results\":[]}",
        "{\"Results\":[],\"NextDataToken\":null}",
        "{\"Results\":[],\"NextDataToken\":\"\"}",
        "{\"Results\":[],\"NextDataToken\":false}",
        "{\"Results\":[],\"NextDataToken\":0}",
    };

    (void) state;

    for (i = 0; i < COUNT(empty); i++) {
        assert_reads(BILLING_MONTHLY, empty[i], "", "");
    }

    assert_int_equal(
        read_page(&reading, BILLING_DAILY, 204, billing_str("")), BILLING_OK);
    assert_int_equal(reading.lines.len, 1);
    assert_int_equal(reading.next.len, 0);
    done(&reading);
}


static void
tells_failures_apart(void **state)
{
    size_t                i;
    reading_t             reading = { .refuse = BILLING_OK };
    billing_reply_t       reply;
    billing_question_t    question = { .nlinked = 0 };
    billing_http_answer_t answer;

    static const struct {
        int              status;
        billing_status_t expected;
        const char      *reason;
    } cases[] = {
        { 401, BILLING_REJECTED, "401" },
        { 403, BILLING_REJECTED, "403" },
        { 429, BILLING_THROTTLED, "429" },
        { 500, BILLING_UNAVAILABLE, "500" },
        { 502, BILLING_UNAVAILABLE, "502" },
        { 503, BILLING_UNAVAILABLE, "503" },
        { 504, BILLING_UNAVAILABLE, "504" },
        { 400, BILLING_MALFORMED, "400" },
        { 404, BILLING_MALFORMED, "404" },
        { 201, BILLING_MALFORMED, "201" },
        { 302, BILLING_MALFORMED, "302" },
        { 408, BILLING_UNAVAILABLE, "408" },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        assert_int_equal(
            read_page(&reading, BILLING_DAILY, cases[i].status,
                billing_str(PAGE(ROW(AUG_1, "\"\"", "\"s3cr3t\"", "1")))),
            cases[i].expected);
        assert_non_null(strstr(reading.failure.text, cases[i].reason));
        assert_null(strstr(reading.failure.text, "s3cr3t"));
        assert_int_equal(reading.lines.len, 1);
        done(&reading);

        answer = (billing_http_answer_t){ .status = cases[i].status,
            .body = billing_str("{\"Results\":[\"s3cr3t\"]}") };
        billing_reply_init(&reply, NULL, NULL);
        assert_int_equal(provider()->verify.answer(&question, &answer, &reply),
            cases[i].expected);
        assert_null(reply.linked);
        assert_non_null(strstr(reply.failure.text, cases[i].reason));
        assert_null(strstr(reply.failure.text, "s3cr3t"));
        billing_reply_free(&reply);
    }
}


static void
passes_on_what_the_reader_of_rows_says(void **state)
{
    reading_t reading = { .refuse = BILLING_LIMIT };

    (void) state;

    assert_int_equal(read_page(&reading, BILLING_DAILY, 200,
                         billing_str(PAGE(ROW(AUG_1, "\"US\"", "\"S\"",
                             "1") "," ROW(AUG_1, "\"US\"", "\"S\"", "2")))),
        BILLING_LIMIT);
    assert_string_equal(reading.lines.data,
        "2021-08-01 USD 012345678901 United States S 1.00\n");
    done(&reading);
}


/* The linked accounts as "a b c ", as a walk gives them. */
static void
assert_verifies(const char *account, int status, const char *body,
    billing_status_t expected, const char *ids)
{
    billing_failure_t     failure;
    size_t                i;
    json_t               *credentials, *linked, *id;
    billing_buf_t         got;
    billing_pager_t      *walk;
    billing_question_t    question;
    billing_http_answer_t answer;

    credentials = json_pack(
        "{ssssss}", "account", account, "email", "e", "key", "s3cr3t");
    question = (billing_question_t){ .provider = provider(),
        .forms = BILLING_FORM_BODY, /* there is no other form to try */
        .credentials = credentials };
    answer = (billing_http_answer_t){ .status = status,
        .body = billing_str_from(body) };
    billing_buf_init(&got, 1024);

    walk = billing_pager_create(
        BILLING_PAGER_VERIFY, &question, NULL, billing_str(""));
    assert_int_equal(
        billing_pager_answer(walk, &answer, NULL, NULL, &failure), expected);
    assert_int_equal(billing_pager_done(walk), expected == BILLING_OK);
    assert_int_equal(failure.text[0] == '\0', expected == BILLING_OK);
    assert_null(strstr(failure.text, "s3cr3t"));

    linked = billing_pager_linked(walk);

    if (expected == BILLING_OK) {
        json_array_foreach(linked, i, id)
        {
            (void) billing_buf_addf(&got, "%s ", json_string_value(id));
        }
    }

    (void) billing_buf_add_char(&got, '\0');
    assert_string_equal(got.data, ids);

    billing_buf_free(&got);
    billing_pager_free(walk);
    json_decref(linked);
    json_decref(credentials);
}


static void
lists_linked_accounts(void **state)
{
    static const char body[] =
        "{\"Results\":[\"222233334444\",\"012345678901\",\"222233334444\","
        "\"111122223333\",\"012345678901\"]}";

    (void) state;

    assert_verifies("all", 200, body, BILLING_OK,
        "012345678901 111122223333 222233334444 ");
    assert_verifies("012345678901", 200, body, BILLING_OK, "012345678901 ");
    assert_verifies("222233334444", 200, body, BILLING_OK, "222233334444 ");

    /* one digit more or less, or another sign: not an account id */
    assert_verifies("0123456789012", 200, body, BILLING_OK,
        "012345678901 111122223333 222233334444 ");
    assert_verifies("0123-4567-8901", 200, body, BILLING_OK,
        "012345678901 111122223333 222233334444 ");
    assert_verifies("01234567890a", 200, body, BILLING_OK,
        "012345678901 111122223333 222233334444 ");

    assert_verifies("x", 200, "{\"Results\":[]}", BILLING_OK, "");

    /* nothing is no list that is empty */
    assert_verifies("x", 200, "{}", BILLING_MALFORMED, "");
    assert_verifies("x", 200, "{\"Results\":null}", BILLING_MALFORMED, "");
    assert_verifies(
        "x", 200, "{\"message\":\"maintenance\"}", BILLING_MALFORMED, "");
    assert_verifies("x", 200, "null", BILLING_MALFORMED, "");
    assert_verifies("x", 204, "", BILLING_MALFORMED, "");
}


static void
rejects_a_linked_account_that_is_not_there(void **state)
{
    (void) state;

    assert_verifies("999999999999", 200, "{\"Results\":[\"111122223333\"]}",
        BILLING_REJECTED, "");
    assert_verifies(
        "999999999999", 200, "{\"Results\":[]}", BILLING_REJECTED, "");
    assert_verifies("999999999999", 200, "{}", BILLING_MALFORMED, "");
    assert_verifies("999999999999", 204, "", BILLING_MALFORMED, "");
}


static void
refuses_lists_that_hold_something_else(void **state)
{
    size_t i;
    char   body[512], id[260];

    static const char *wrong[] = {
        "{\"Results\":{}}",
        "{\"Results\":\"111122223333\"}",
        "{\"Results\":[111122223333]}",
        "{\"Results\":[null]}",
        "{\"Results\":[[\"111122223333\"]]}",
        "{\"Results\":[{\"id\":\"111122223333\"}]}",
        "{\"Results\":[\"\"]}",
        "{\"Results\":[\"111122223333\",\"1\\r\\n2\"]}",
        "{\"Results\":[\"\\u0085\"]}",
        "[\"111122223333\"]",
        "\"111122223333\"",
        "",
        "nothing",
    };

    (void) state;

    for (i = 0; i < COUNT(wrong); i++) {
        assert_verifies("all", 200, wrong[i], BILLING_MALFORMED, "");
    }

    memset(id, '7', sizeof(id));
    id[257] = '\0';
    (void) snprintf(body, sizeof(body), "{\"Results\":[\"%s\"]}", id);
    assert_verifies("all", 200, body, BILLING_MALFORMED, "");

    id[256] = '\0';
    (void) snprintf(body, sizeof(body), "{\"Results\":[\"%s\"]}", id);
    (void) strcat(id, " ");
    assert_verifies("all", 200, body, BILLING_OK, id);
}


/* Whatever a page is cut to, it is refused, and nothing reads past its end. */
static void
refuses_every_part_of_a_page(void **state)
{
    size_t    len;
    reading_t reading = { .refuse = BILLING_OK };

    static const char page[] = PAGE(ROW(AUG_1, "\"EU\"", "\"S\"", "1.5E-7"));

    (void) state;

    for (len = 0; len < sizeof(page) - 1; len++) {
        assert_int_equal(read_page(&reading, BILLING_DAILY, 200,
                             (billing_str_t){ page, len }),
            BILLING_MALFORMED);
        done(&reading);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_page),
        cmocka_unit_test(ignores_keys_that_were_not_asked_for),
        cmocka_unit_test(reads_every_form_of_an_amount),
        cmocka_unit_test(names_regions),
        cmocka_unit_test(does_without_region_and_service),
        cmocka_unit_test(reads_three_forms_of_a_month),
        cmocka_unit_test(refuses_what_is_not_a_date_of_the_period),
        cmocka_unit_test(refuses_rows_of_wrong_types),
        cmocka_unit_test(spoils_the_month_of_an_odd_row),
        cmocka_unit_test(presents_odd_names),
        cmocka_unit_test(names_the_next_page_by_a_number),
        cmocka_unit_test(takes_nothing_for_no_data),
        cmocka_unit_test(tells_failures_apart),
        cmocka_unit_test(passes_on_what_the_reader_of_rows_says),
        cmocka_unit_test(lists_linked_accounts),
        cmocka_unit_test(rejects_a_linked_account_that_is_not_there),
        cmocka_unit_test(refuses_lists_that_hold_something_else),
        cmocka_unit_test(refuses_every_part_of_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
