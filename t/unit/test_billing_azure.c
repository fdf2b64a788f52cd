
/* Azure Cost Management: what is asked, what is read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"


extern const billing_provider_t billing_azure;


#define GUID  "11111111-2222-3333-4444-555555555555"
#define QUERY "/providers/Microsoft.CostManagement/query?api-version=2023-11-01"

/* 2021-08-01 */
#define AUGUST 18840


/* Checked credentials; free with json_decref(). */
static json_t *
credentials(const char *scope)
{
    json_t          *in, *out;
    billing_errors_t errors;

    in = json_pack("{s:s, s:s, s:s, s:s}", "tenant_id",
        "aaaaaaaa-2222-3333-4444-555555555555", "client_id",
        "bbbbbbbb-2222-3333-4444-555555555555", "client_secret", "a~B&c=/ .",
        "scope", scope);
    billing_errors_init(&errors);
    assert_int_equal(billing_azure.check(in, "/c", &out, &errors), BILLING_OK);
    json_decref(in);

    return out;
}


static billing_question_t
question(const json_t *creds, billing_granularity_t granularity,
    billing_day_t start, billing_day_t end)
{
    static billing_str_t linked;

    linked = test_linked(&billing_azure, creds);

    return (billing_question_t){ .provider = &billing_azure,
        .endpoint = billing_str("https://m"),
        .login = billing_str("https://l"),
        .credentials = creds,
        .now = NOW,
        .token = billing_str("t.o-k_en"),
        .linked = &linked,
        .nlinked = 1,
        .granularity = granularity,
        .start = start,
        .end = end };
}


static void
asks_for_a_token(void **state)
{
    json_t                *creds;
    test_reply_t           t;
    billing_question_t     q;
    billing_http_request_t req;

    static const char token[] = "{\"token_type\":\"Bearer\","
                                "\"expires_in\":3599,"
                                "\"access_token\":\"eyJ0\"}";

    (void) state;

    creds = credentials(GUID);
    q = question(creds, BILLING_DAILY, AUGUST, AUGUST);
    billing_http_request_init(&req);

    assert_int_equal(billing_azure.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_text(&req.url, "https://l/aaaaaaaa-2222-3333-4444-555555555555"
                          "/oauth2/v2.0/token");
    assert_int_equal(req.nheaders, 1);
    assert_header(&req, "Content-Type", "application/x-www-form-urlencoded");
    assert_text(&req.body,
        "client_id=bbbbbbbb-2222-3333-4444-555555555555"
        "&client_secret=a~B%26c%3D%2F%20."
        "&grant_type=client_credentials"
        "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default");
    billing_http_request_free(&req);

    assert_int_equal(
        test_answer(&billing_azure.token, &q, 200, token, &t), BILLING_OK);
    assert_text(&t.reply.token, "eyJ0");
    assert_int_equal(t.reply.expires, NOW + 3599);
    test_reply_free(&t);
    assert_sturdy(&billing_azure.token, &q, 200, token);

    json_decref(creds);
}


typedef struct {
    const char *endpoint;
    const char *login;
    const char *url;
    const char *scope;
} cloud_t;

static const cloud_t clouds[] = {
    { "https://management.azure.com", "", "https://login.microsoftonline.com/",
        "management.azure.com%2F." },
    { "https://management.usgovcloudapi.net", "",
        "https://login.microsoftonline.us/",
        "management.usgovcloudapi.net%2F." },
    { "https://Management.ChinaCloudAPI.cn:443", "",
        "https://login.partner.microsoftonline.cn/",
        "management.chinacloudapi.cn%2F." },
    { "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn",
        "https://login.chinacloudapi.cn/", "management.chinacloudapi.cn%2F." },
    { "https://costs.example.com", "https://login.microsoftonline.us",
        "https://login.microsoftonline.us/",
        "management.usgovcloudapi.net%2F." },
    { "http://127.0.0.1:81", "http://127.0.0.1:81", "http://127.0.0.1:81/",
        "management.azure.com%2F." },
    { .endpoint = NULL },
};


/* A token is for the cloud of the endpoint, and from there. */
static void
asks_for_a_token_of_the_cloud(void **state)
{
    char                   text[128];
    json_t                *creds;
    const cloud_t         *c;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials(GUID);
    billing_http_request_init(&req);

    for (c = clouds; c->endpoint != NULL; c++) {
        q = question(creds, BILLING_DAILY, AUGUST, AUGUST);
        q.endpoint = billing_str_from(c->endpoint);
        q.login = billing_str_from(c->login);

        assert_int_equal(billing_azure.token.request(&q, &req), BILLING_OK);
        assert_memory_equal(req.url.data, c->url, strlen(c->url));

        (void) snprintf(
            text, sizeof(text), "&scope=https%%3A%%2F%%2F%sdefault", c->scope);
        assert_true(req.body.len > strlen(text));
        assert_memory_equal(
            req.body.data + req.body.len - strlen(text), text, strlen(text));
        billing_http_request_free(&req);
    }

    json_decref(creds);
}


static const test_refusal_t token_refusals[] = {
    { 400, "{\"error\":\"invalid_resource\",\"error_codes\":[500011]}",
        BILLING_UNAVAILABLE, "another Azure cloud" },
    { 401, "{\"error\":\"invalid_request\",\"error_codes\":[900382]}",
        BILLING_UNAVAILABLE, "another Azure cloud" },
    { 401, "{\"error\":\"invalid_client\",\"error_codes\":[7000215]}",
        BILLING_REJECTED, "secret is wrong" },
    { 401, "{\"error\":\"invalid_client\",\"error_codes\":[7000222]}",
        BILLING_REJECTED, "expired" },
    { 400, "{\"error\":\"unauthorized_client\",\"error_codes\":[700016]}",
        BILLING_REJECTED, "application" },
    { 400, "{\"error\":\"invalid_request\",\"error_codes\":[90002]}",
        BILLING_REJECTED, "directory" },
    { 400, "{\"error\":\"invalid_scope\",\"error_codes\":[70011]}",
        BILLING_REJECTED, "AADSTS70011" },
    { 400, "{\"error\":\"temporarily_unavailable\",\"error_codes\":[90033]}",
        BILLING_UNAVAILABLE, "just now" },
    { 400, "{}", BILLING_REJECTED, "AADSTS0" },
    { 401, "<html>", BILLING_REJECTED, "401" },
    { 429, "{}", BILLING_THROTTLED, "429" },
    { 503, "{}", BILLING_UNAVAILABLE, "503" },
    { 200, "", BILLING_MALFORMED, "JSON" },
    { 200, "[]", BILLING_MALFORMED, "no access token" },
    { 200, "{\"access_token\":\"\",\"expires_in\":1}", BILLING_MALFORMED,
        "no access token" },
    { 200, "{\"access_token\":\"a\",\"expires_in\":0}", BILLING_MALFORMED,
        "no access token" },
    { 200, "{\"access_token\":\"a\",\"expires_in\":-1}", BILLING_MALFORMED,
        "no access token" },
    { 200, "{\"access_token\":\"a\",\"expires_in\":\"soon\"}",
        BILLING_MALFORMED, "no access token" },
    { 200, "{\"access_token\":\"a\",\"expires_in\":[9]}", BILLING_MALFORMED,
        "no access token" },
    { .body = NULL },
};


/* RFC 6749 has a number of seconds, and recommends it only. */
static void
takes_a_lifetime_for_what_it_means(void **state)
{
    size_t             i;
    char               body[128];
    json_t            *creds;
    test_reply_t       t;
    billing_question_t q;

    static const struct {
        const char *member;
        int         seconds;
    } cases[] = {
        { ",\"expires_in\":3599", 3599 },
        { ",\"expires_in\":\"3599\"", 3599 },
        { ",\"expires_in\":3599.9", 3599 },
        { ",\"expires_in\":\"3.6e3\"", 3600 },
        { ",\"expires_in\":9999999999999", 86400 },
        { ",\"expires_in\":\"9999999999999\"", 86400 },
        { ",\"expires_in\":null", 300 },
        { "", 300 },
    };

    (void) state;

    creds = credentials(GUID);
    q = question(creds, BILLING_DAILY, AUGUST, AUGUST);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body),
            "\xef\xbb\xbf{\"access_token\":\"a\"%s}", cases[i].member);

        assert_int_equal(
            test_answer(&billing_azure.token, &q, 200, body, &t), BILLING_OK);
        assert_int_equal(t.reply.expires, NOW + cases[i].seconds);
        test_reply_free(&t);
    }

    json_decref(creds);
}


static void
understands_a_refused_token(void **state)
{
    char              *big;
    json_t            *creds;
    billing_question_t q;

    (void) state;

    creds = credentials(GUID);
    q = question(creds, BILLING_DAILY, AUGUST, AUGUST);

    assert_refusals(&billing_azure.token, &q, token_refusals);

    /* nobody's token is a book */
    big = malloc(40000);
    (void) snprintf(
        big, 40000, "{\"expires_in\":9,\"access_token\":\"%030000d\"}", 7);
    assert_refused(
        &billing_azure.token, &q, 200, big, BILLING_MALFORMED, "too long");
    free(big);

    json_decref(creds);
}


static const struct {
    const char *scope;
    const char *url; /* its part between the host and QUERY */
    const char *linked;
} scopes[] = {
    { GUID, "https://m/subscriptions/" GUID QUERY, GUID },
    { "subscriptions/" GUID, "https://m/subscriptions/" GUID QUERY, GUID },
    { " /subscriptions/" GUID " ", "https://m/subscriptions/" GUID QUERY,
        GUID },
    { "/subscriptions/" GUID "/resourceGroups/My.Group_(1)-x",
        "https://m/subscriptions/" GUID "/resourceGroups/My.Group_(1)-x" QUERY,
        GUID "/resourceGroups/My.Group_(1)-x" },
    { "providers/Microsoft.Billing/billingAccounts/1234567",
        "https://m/providers/Microsoft.Billing/billingAccounts/1234567" QUERY,
        "1234567" },
    { "/providers/Microsoft.Billing/billingAccounts/a:b_2019-05-31"
      "/billingProfiles/P-1/invoiceSections/S",
        "https://m/providers/Microsoft.Billing/billingAccounts/"
        "a:b_2019-05-31/billingProfiles/P-1/invoiceSections/S" QUERY,
        "a:b_2019-05-31/billingProfiles/P-1/invoiceSections/S" },
    { "providers/Microsoft.Management/managementGroups/g",
        "https://m/providers/Microsoft.Management/managementGroups/g" QUERY,
        "providers/Microsoft.Management/managementGroups/g" },
};


static void
knows_scopes(void **state)
{
    size_t                 i;
    json_t                *creds, *in, *out;
    billing_str_t          linked;
    billing_errors_t       errors;
    billing_question_t     q;
    billing_http_request_t req;

    static const char *wrong[] = { "x", "subscriptions/x",
        "subscriptions/" GUID "/../../x",
        "subscriptions/" GUID "/resourceGroups/..",
        "subscriptions/" GUID "/resourceGroups/.",
        "providers/Microsoft.Billing/billingAccounts/..",
        "https://evil.example/" GUID,
        "providers/Microsoft.Billing/billingAccounts/a?b=c",
        "providers/Microsoft.Billing/billingAccounts/a/b",
        "providers/Microsoft.Compute/x/y", GUID "0",
        "subscriptions/" GUID "/resourceGroups/a b" };
    static const char *spelt[][2] = {
        { "SUBSCRIPTIONS/" GUID "/", "subscriptions/" GUID },
        { "/Subscriptions/" GUID "/resourcegroups/Rg",
            "/subscriptions/" GUID "/resourceGroups/Rg" },
        { " providers/microsoft.billing/billingaccounts/12:ab_1//",
            "providers/Microsoft.Billing/billingAccounts/12:ab_1" },
        { "\xef\xbb\xbf" GUID "\xe2\x80\x8b", GUID },
    };

    (void) state;

    for (i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        creds = credentials(scopes[i].scope);
        q = question(creds, BILLING_MONTHLY, AUGUST, AUGUST + 30);
        billing_http_request_init(&req);

        assert_int_equal(billing_azure.costs.request(&q, &req), BILLING_OK);
        assert_text(&req.url, scopes[i].url);

        linked = test_linked(&billing_azure, creds);
        assert_true(billing_str_eq(linked, billing_str_from(scopes[i].linked)));

        billing_http_request_free(&req);
        json_decref(creds);
    }

    /* one scope has one spelling */
    for (i = 0; i < sizeof(spelt) / sizeof(spelt[0]); i++) {
        billing_errors_init(&errors);
        in = json_pack("{s:s, s:s, s:s, s:s}", "tenant_id", GUID, "client_id",
            GUID, "client_secret", "s", "scope", spelt[i][0]);
        assert_int_equal(
            billing_azure.check(in, "/c", &out, &errors), BILLING_OK);
        assert_string_equal(
            json_string_value(json_object_get(out, "scope")), spelt[i][1]);
        json_decref(out);
        json_decref(in);
    }

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        billing_errors_init(&errors);
        in = json_pack("{s:s, s:s, s:s, s:s}", "tenant_id", GUID, "client_id",
            GUID, "client_secret", "s", "scope", wrong[i]);
        assert_int_equal(
            billing_azure.check(in, "/c", &out, &errors), BILLING_INVALID);
        assert_int_equal(errors.count, 1);
        json_decref(in);
        billing_errors_free(&errors);
    }
}


static void
asks_for_costs(void **state)
{
    json_t                *creds;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials(GUID);
    q = question(creds, BILLING_DAILY, AUGUST, AUGUST + 30);
    billing_http_request_init(&req);

    assert_int_equal(billing_azure.costs.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_header(&req, "Authorization", "Bearer t.o-k_en");
    assert_header(&req, "Content-Type", "application/json");
    assert_body(&req,
        "{\"type\":\"ActualCost\",\"timeframe\":\"Custom\",\"timePeriod\":"
        "{\"from\":\"2021-08-01T00:00:00+00:00\","
        "\"to\":\"2021-08-31T23:59:59+00:00\"},"
        "\"dataset\":{\"granularity\":\"Daily\",\"aggregation\":{\"totalCost\":"
        "{\"name\":\"Cost\",\"function\":\"Sum\"}},\"grouping\":["
        "{\"type\":\"Dimension\",\"name\":\"ServiceName\"},"
        "{\"type\":\"Dimension\",\"name\":\"ResourceLocation\"}]}}");
    billing_http_request_free(&req);

    /* a link is asked with the same body */
    q.granularity = BILLING_MONTHLY;
    q.page = billing_str("2021-08-01 https://m/x?$skiptoken=a");
    assert_int_equal(billing_azure.costs.request(&q, &req), BILLING_OK);
    assert_text(&req.url, "https://m/x?$skiptoken=a");
    assert_body(&req,
        "{\"type\":\"ActualCost\",\"timeframe\":\"Custom\",\"timePeriod\":"
        "{\"from\":\"2021-08-01T00:00:00+00:00\","
        "\"to\":\"2021-08-31T23:59:59+00:00\"},"
        "\"dataset\":{\"granularity\":\"Monthly\",\"aggregation\":"
        "{\"totalCost\":{\"name\":\"Cost\",\"function\":\"Sum\"}},"
        "\"grouping\":[{\"type\":\"Dimension\",\"name\":\"ServiceName\"},"
        "{\"type\":\"Dimension\",\"name\":\"ResourceLocation\"}]}}");
    billing_http_request_free(&req);

    q.page = billing_str("");
    assert_int_equal(billing_azure.verify.request(&q, &req), BILLING_OK);
    assert_body(&req,
        "{\"type\":\"ActualCost\",\"timeframe\":\"Custom\",\"timePeriod\":"
        "{\"from\":\"2021-08-31T00:00:00+00:00\","
        "\"to\":\"2021-09-01T23:59:59+00:00\"},"
        "\"dataset\":{\"granularity\":\"None\",\"aggregation\":{\"totalCost\":"
        "{\"name\":\"Cost\",\"function\":\"Sum\"}}}}");
    billing_http_request_free(&req);

    json_decref(creds);
}


#define TABLE(link, columns, rows)                                 \
    "{\"id\":\"x\",\"name\":\"x\",\"type\":\"y\",\"properties\":{" \
    "\"nextLink\":" link ",\"columns\":[" columns "],\"rows\":[" rows "]}}"
#define COLUMNS(date)                                                         \
    "{\"name\":\"Cost\",\"type\":\"Number\"},{\"name\":\"" date               \
    "\",\"type\":\"Number\"},{\"name\":\"ServiceName\",\"type\":\"String\"}," \
    "{\"name\":\"ResourceLocation\",\"type\":\"String\"},"                    \
    "{\"name\":\"Currency\",\"type\":\"String\"}"


static void
reads_costs(void **state)
{
    json_t            *creds;
    billing_question_t q;

    static const char page[] = TABLE("null", COLUMNS("UsageDate"),
        "[1.25,20210801,\"Storage\",\"koreacentral\",\"USD\"],"
        "[-1e-9,20210802.0,\"Virtual Machines\",\"\",\"KRW\"],"
        "[0,20210803,null,null,\"USD\"],"
        "[98765432109.123456,2.0210804E7,\"S\",\"L\",\"KRW\"]");

    (void) state;

    creds = credentials(GUID);
    q = question(creds, BILLING_DAILY, AUGUST, AUGUST + 30);
    assert_answer(&billing_azure.costs, &q, 200, page,
        "2021-08-01 USD " GUID "|koreacentral|Storage 1.25\n"
        "2021-08-02 KRW " GUID "||Virtual Machines -0.000000001\n"
        "2021-08-03 USD " GUID "|| 0.00\n"
        "2021-08-04 KRW " GUID "|L|S 98765432109.123456\n",
        "");
    assert_sturdy(&billing_azure.costs, &q, 200, page);

    /* columns in another order, by another name, and more of them */
    assert_answer(&billing_azure.costs, &q, 200,
        TABLE("\"\"",
            "{\"name\":\"Currency\"},{\"name\":\"servicename\"},"
            "{\"name\":\"ServiceTier\"},{\"name\":\"UsageDate\"},"
            "{\"name\":\"PreTaxCost\"},{\"name\":\"ResourceLocation\"}",
            "[\"EUR\",\"S\",\"T\",20210831,7,\"L\"]"),
        "2021-08-31 EUR " GUID "|L|S 7.00\n", "");

    q.granularity = BILLING_MONTHLY;
    assert_answer(&billing_azure.costs, &q, 200,
        TABLE("null", COLUMNS("BillingMonth"),
            "[1,\"2021-08-01T00:00:00\",\"S\",\"L\",\"USD\"],"
            "[2,\"2021-08-01\",\"S\",\"L\",\"USD\"],"
            "[3,202108,\"S\",\"L\",\"USD\"],"
            "[4,20210801,\"S\",\"L\",\"USD\"]"),
        "2021-08 USD " GUID "|L|S 1.00\n"
        "2021-08 USD " GUID "|L|S 2.00\n"
        "2021-08 USD " GUID "|L|S 3.00\n"
        "2021-08 USD " GUID "|L|S 4.00\n",
        "");

    json_decref(creds);
}


/* The page that an answer names as the next, in page. */
static void
turn(billing_question_t *q, int status, const char *link, char page[64])
{
    char         body[1024];
    test_reply_t t;

    (void) snprintf(
        body, sizeof(body), TABLE("\"%s\"", COLUMNS("UsageDate"), ""), link);
    assert_int_equal(
        test_answer(&billing_azure.costs, q, status, body, &t), BILLING_OK);
    (void) snprintf(page, 64, "%.*s", (int) t.reply.next.len,
        t.reply.next.len > 0 ? t.reply.next.data : "");
    test_reply_free(&t);

    q->page = billing_str_from(page);
}


/* Each part is asked for, a link is followed, and the next part is due. */
static void
walk(billing_question_t q, const char *const *parts)
{
    char                   page[64], linked[64], asked[64];
    json_t                *body, *period;
    billing_http_request_t req;

    for (/* void */; *parts != NULL; parts++) {
        billing_http_request_init(&req);
        assert_int_equal(billing_azure.costs.request(&q, &req), BILLING_OK);

        body = json_loadb(req.body.data, req.body.len, 0, NULL);
        period = json_object_get(body, "timePeriod");
        (void) snprintf(asked, sizeof(asked), "%.10s %.10s",
            json_string_value(json_object_get(period, "from")),
            json_string_value(json_object_get(period, "to")));
        assert_string_equal(asked, *parts);
        json_decref(body);
        billing_http_request_free(&req);

        turn(&q, 200, "https://m/n?a=b", page);
        (void) snprintf(
            linked, sizeof(linked), "%.10s https://m/n?a=b", *parts);
        assert_string_equal(page, linked);

        turn(&q, parts[1] == NULL ? 204 : 200, "", page);
    }

    assert_string_equal(page, "");
}


/* Days by 31, months by 12, until the period is through. */
static void
asks_part_by_part(void **state)
{
    json_t *creds;

    static const char *const days[] = { "2021-05-01 2021-05-31",
        "2021-06-01 2021-07-01", "2021-07-02 2021-08-01",
        "2021-08-02 2021-08-31", NULL };
    static const char *const months[] = { "2019-09-01 2020-08-31",
        "2020-09-01 2021-08-31", NULL };

    (void) state;

    creds = credentials(GUID);
    walk(question(creds, BILLING_DAILY, AUGUST - 92, AUGUST + 30), days);
    walk(question(creds, BILLING_MONTHLY, AUGUST - 700, AUGUST + 30), months);
    json_decref(creds);
}


/* A link means what it means however its host is written. */
static void
follows_links_by_their_meaning(void **state)
{
    size_t             i;
    json_t            *creds;
    billing_question_t q;

    static const char *const links[] = { "HTTPS://m/N?a=B", "https://M/N?a=B",
        "https://m:443/N?a=B", "Https://M:0443/N?a=B" };

    (void) state;

    creds = credentials(GUID);

    for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        char body[1024];

        q = question(creds, BILLING_DAILY, AUGUST, AUGUST + 30);
        (void) snprintf(body, sizeof(body),
            TABLE("\"%s\"", COLUMNS("UsageDate"), ""), links[i]);
        assert_answer(&billing_azure.costs, &q, 200, body, "",
            "2021-08-01 https://m/N?a=B");
    }

    q.endpoint = billing_str("https://m:8443/cost");
    assert_answer(&billing_azure.costs, &q, 200,
        TABLE("\"https://M:8443/cost/n\"", COLUMNS("UsageDate"), ""), "",
        "2021-08-01 https://m:8443/cost/n");
    assert_refused(&billing_azure.costs, &q, 200,
        TABLE("\"https://m:8443/Cost/n\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere");
    assert_refused(&billing_azure.costs, &q, 200,
        TABLE("\"https://m/cost/n\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere");

    json_decref(creds);
}


#define ROW(row) TABLE("null", COLUMNS("UsageDate"), row)

static const test_refusal_t refusals[] = {
    { 400, "{\"error\":{\"code\":\"BadRequest\",\"message\":\"x\"}}",
        BILLING_MALFORMED, "question" },
    { 401, "{}", BILLING_REJECTED, "401" },
    { 403, "{\"error\":{\"code\":\"RBACAccessDenied\"}}", BILLING_REJECTED,
        "Cost Management Reader" },
    { 404, "{}", BILLING_REJECTED, "no such scope" },
    { 429, "{\"error\":{\"code\":\"429\"}}", BILLING_THROTTLED, "429" },
    { 503, "", BILLING_UNAVAILABLE, "503" },
    { 200, "", BILLING_MALFORMED, "JSON" },
    { 200, "{}", BILLING_MALFORMED, "table" },
    { 200, "{\"properties\":{\"rows\":[]}}", BILLING_MALFORMED, "table" },
    { 200, TABLE("null", "{\"name\":\"Cost\"}", ""), BILLING_MALFORMED,
        "table" },
    { 200, ROW("[1,20210801,\"S\",\"L\"]"), BILLING_MALFORMED, "columns" },
    { 200, ROW("{}"), BILLING_MALFORMED, "columns" },
    { 200, ROW("[1,20210832,\"S\",\"L\",\"USD\"]"), BILLING_MALFORMED, "date" },
    { 200, ROW("[1,1e300,\"S\",\"L\",\"USD\"]"), BILLING_MALFORMED, "date" },
    { 200, ROW("[1,-20210801,\"S\",\"L\",\"USD\"]"), BILLING_MALFORMED,
        "date" },
    { 200, ROW("[1,null,\"S\",\"L\",\"USD\"]"), BILLING_MALFORMED, "date" },
    { 200, ROW("[1,20210901,\"S\",\"L\",\"USD\"]"), BILLING_MALFORMED,
        "period" },
    { 200, ROW("[null,20210801,\"S\",\"L\",\"USD\"]"), BILLING_MALFORMED,
        "spoilt: malformed" },
    { 200, ROW("[1,20210801,5,\"L\",\"USD\"]"), BILLING_MALFORMED,
        "spoilt: malformed" },
    { 200, ROW("[1,20210801,\"S\",\"L\",null]"), BILLING_MALFORMED,
        "spoilt: malformed" },
    { 200, TABLE("5", COLUMNS("UsageDate"), ""), BILLING_MALFORMED, "link" },
    { 200, TABLE("\"https://evil.example/\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere" },
    { 200, TABLE("\"https://m.evil.example/\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere" },
    { 200, TABLE("\"https://m@evil.example/\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere" },
    { 200, TABLE("\"http://m/x\"", COLUMNS("UsageDate"), ""), BILLING_MALFORMED,
        "elsewhere" },
    { 200, TABLE("\"https://m:444/x\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere" },
    { 200, TABLE("\"https://user@m/x\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere" },
    { 200, TABLE("\"https://m\\\\@evil.example/\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere" },
    { 200, TABLE("\"https://m?x\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere" },
    { 200, TABLE("\"https://m\"", COLUMNS("UsageDate"), ""), BILLING_MALFORMED,
        "elsewhere" },
    { 200, TABLE("\"/relative\"", COLUMNS("UsageDate"), ""), BILLING_MALFORMED,
        "elsewhere" },
    { 200, TABLE("\"https://m/a\\r\\nb\"", COLUMNS("UsageDate"), ""),
        BILLING_MALFORMED, "elsewhere" },
    { .body = NULL },
};


static void
refuses_what_it_does_not_understand(void **state)
{
    json_t            *creds;
    billing_question_t q;

    (void) state;

    creds = credentials(GUID);
    q = question(creds, BILLING_DAILY, AUGUST, AUGUST + 30);

    assert_refusals(&billing_azure.costs, &q, refusals);

    assert_refused(
        &billing_azure.verify, &q, 400, "{}", BILLING_REJECTED, "scope");
    assert_refused(
        &billing_azure.verify, &q, 403, "{}", BILLING_REJECTED, "Reader");
    json_decref(creds);
}


static void
verifies(void **state)
{
    json_t            *creds, *expected;
    test_reply_t       t;
    billing_question_t q;

    (void) state;

    creds = credentials("/subscriptions/" GUID);
    expected = test_json("[\"" GUID "\"]");
    q = question(creds, BILLING_DAILY, 0, 0);

    assert_int_equal(
        test_answer(&billing_azure.verify, &q, 200, "{}", &t), BILLING_OK);
    assert_true(json_equal(t.reply.linked, expected));
    test_reply_free(&t);

    json_decref(expected);
    json_decref(creds);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_a_token),
        cmocka_unit_test(asks_for_a_token_of_the_cloud),
        cmocka_unit_test(takes_a_lifetime_for_what_it_means),
        cmocka_unit_test(understands_a_refused_token),
        cmocka_unit_test(knows_scopes),
        cmocka_unit_test(asks_for_costs),
        cmocka_unit_test(reads_costs),
        cmocka_unit_test(asks_part_by_part),
        cmocka_unit_test(follows_links_by_their_meaning),
        cmocka_unit_test(refuses_what_it_does_not_understand),
        cmocka_unit_test(verifies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
