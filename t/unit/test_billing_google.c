
/* Google Cloud's billing export in BigQuery: what is asked, what is read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "provider.h"


extern const billing_provider_t billing_google;


#define TABLE   "a-b.data_set.gcp_billing_export_v1_012345_6789AB_CDEF01"
#define QUERIES "https://b/bigquery/v2/projects/demo-proj/queries"
#define AUGUST  18840
#define SELECT(date)                                                     \
    "SELECT " date " AS date, IFNULL(project.id, '') AS project, "       \
    "COALESCE(location.region, location.location, '') AS region, "       \
    "IFNULL(service.description, '') AS service, currency, "             \
    "IFNULL(cost_type, '') AS type, "                                    \
    "CAST(ROUND(SUM(CAST(cost AS BIGNUMERIC)), 12) AS STRING) AS cost, " \
    "CAST(ROUND(SUM(IFNULL((SELECT SUM(CAST(c.amount AS BIGNUMERIC)) "   \
    "FROM UNNEST(credits) AS c), 0)), 12) AS STRING) AS credit "         \
    "FROM `" TABLE "` "                                                  \
    "WHERE _PARTITIONTIME >= TIMESTAMP(@partition) AND "


static json_t *
key_file(const char *project)
{
    char   *pem;
    json_t *key;

    pem = test_key_pem(0);
    key = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "service_account",
        "project_id", project, "private_key_id", "kid-1", "private_key", pem,
        "client_email", "svc@demo.example.com", "token_uri",
        "https://evil.example/token");
    free(pem);

    return key;
}


/* Checked credentials; free with json_decref(). */
static json_t *
credentials(const char *location, const char *limit)
{
    char            *text;
    json_t          *key, *in, *out;
    billing_errors_t errors;

    key = key_file("demo-proj");
    text = json_dumps(key, JSON_INDENT(2));
    in = json_pack("{s:s, s:s, s:s*, s:s*}", "service_account_key", text,
        "table", TABLE, "location", location, "limit_gib", limit);
    billing_errors_init(&errors);
    assert_int_equal(billing_google.check(in, "/c", &out, &errors), BILLING_OK);
    json_decref(in);
    json_decref(key);
    free(text);

    return out;
}


static billing_question_t
question(const json_t *creds, billing_granularity_t granularity)
{
    return (billing_question_t){ .provider = &billing_google,
        .endpoint = billing_str("https://b"),
        .login = billing_str("https://l"),
        .credentials = creds,
        .now = NOW,
        .token = billing_str("ya29.t"),
        .granularity = granularity,
        .start = AUGUST,
        .end = AUGUST + 30 };
}


static const test_refusal_t token_refusals[] = {
    { 400, "{\"error\":\"invalid_grant\"}", BILLING_REJECTED, "key" },
    { 400,
        "{\"error\":\"invalid_grant\",\"error_description\":"
        "\"Invalid JWT Signature.\"}",
        BILLING_REJECTED, "another service account" },
    { 400,
        "{\"error\":\"invalid_grant\",\"error_description\":"
        "\"Invalid grant: account not found\"}",
        BILLING_REJECTED, "no such service account" },
    { 400,
        "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT: "
        "Token must be a short-lived token (60 minutes) and in a reasonable "
        "timeframe.\"}",
        BILLING_UNAVAILABLE, "clock" },
    { 400, "{\"error\":\"internal_failure\"}", BILLING_UNAVAILABLE,
        "just now" },
    { 401, "", BILLING_REJECTED, "key" },
    { 500, "", BILLING_UNAVAILABLE, "500" },
    { 200, "{}", BILLING_MALFORMED, "token" },
    { .body = NULL },
};


/* Takes the id of a request out of its body, into id if that is wanted. */
static void
take_request_id(billing_http_request_t *req, char *id)
{
    char       *text;
    json_t     *body;
    const char *value;

    body = json_loadb(req->body.data, req->body.len, 0, NULL);
    value = json_string_value(json_object_get(body, "requestId"));
    assert_non_null(value);
    assert_in_range(strlen(value), 16, 36);

    if (id != NULL) {
        (void) snprintf(id, 40, "%s", value);
    }

    json_object_del(body, "requestId");
    text = json_dumps(body, JSON_COMPACT);
    req->body.len = 0;
    (void) billing_buf_add(&req->body, text, strlen(text));
    free(text);
    json_decref(body);
}


static void
asks_for_a_token(void **state)
{
    char                  *at;
    json_t                *creds, *claims, *header, *expected;
    test_reply_t           t;
    billing_question_t     q;
    billing_http_request_t req;

    static const char form[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                               "grant-type%3Ajwt-bearer&assertion=";

    (void) state;

    creds = credentials(NULL, NULL);
    q = question(creds, BILLING_DAILY);
    billing_http_request_init(&req);

    assert_int_equal(billing_google.token.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_text(&req.url, "https://l/token");
    assert_header(&req, "Content-Type", "application/x-www-form-urlencoded");
    assert_memory_equal(req.body.data, form, sizeof(form) - 1);

    at = req.body.data + sizeof(form) - 1;
    claims = test_jwt(at, req.body.len - (sizeof(form) - 1), &header);
    expected = test_json("{\"iat\":1630454400,\"exp\":1630458000,"
                         "\"iss\":\"svc@demo.example.com\","
                         "\"aud\":\"https://oauth2.googleapis.com/token\","
                         "\"scope\":"
                         "\"https://www.googleapis.com/auth/bigquery\"}");
    assert_true(json_equal(claims, expected));
    json_decref(expected);
    expected = test_json(
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"kid-1\"}");
    assert_true(json_equal(header, expected));

    json_decref(expected);
    json_decref(header);
    json_decref(claims);
    billing_http_request_free(&req);

    assert_int_equal(test_answer(&billing_google.token, &q, 200,
                         "{\"access_token\":\"ya29.x\",\"expires_in\":3599,"
                         "\"token_type\":\"Bearer\"}",
                         &t),
        BILLING_OK);
    assert_text(&t.reply.token, "ya29.x");
    assert_int_equal(t.reply.expires, NOW + 3599);
    test_reply_free(&t);

    assert_refusals(&billing_google.token, &q, token_refusals);

    json_decref(creds);
}


static void
tries_dry_then_runs(void **state)
{
    json_t                *creds;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials("asia-northeast3", "25");
    q = question(creds, BILLING_MONTHLY);
    billing_http_request_init(&req);

    assert_int_equal(billing_google.costs.request(&q, &req), BILLING_OK);
    assert_int_equal(req.method, BILLING_HTTP_POST);
    assert_text(&req.url, QUERIES);
    assert_header(&req, "Authorization", "Bearer ya29.t");
    assert_header(&req, "Content-Type", "application/json");
    assert_body(&req,
        "{\"query\":\"" SELECT(
            "invoice.month") "invoice.month BETWEEN @start AND @end GROUP BY 1, 2, 3, 4, 5, 6\","
                             "\"useLegacySql\":false,\"dryRun\":true,\"timeoutMs\":10000,"
                             "\"maxResults\":10000,\"parameterMode\":\"NAMED\","
                             "\"queryParameters\":["
                             "{\"name\":\"partition\",\"parameterType\":{\"type\":\"STRING\"},"
                             "\"parameterValue\":{\"value\":\"2021-07-30\"}},"
                             "{\"name\":\"start\",\"parameterType\":{\"type\":\"STRING\"},"
                             "\"parameterValue\":{\"value\":\"202108\"}},"
                             "{\"name\":\"end\",\"parameterType\":{\"type\":\"STRING\"},"
                             "\"parameterValue\":{\"value\":\"202108\"}}],"
                             "\"location\":\"asia-northeast3\"}");
    billing_http_request_free(&req);
    json_decref(creds);

    creds = credentials(NULL, NULL);
    q = question(creds, BILLING_DAILY);
    q.page = billing_str("r");
    assert_int_equal(billing_google.costs.request(&q, &req), BILLING_OK);
    assert_text(&req.url, QUERIES);
    take_request_id(&req, NULL);
    assert_body(&req,
        "{\"query\":\"" SELECT(
            "CAST(DATE(usage_start_time) AS STRING)") "usage_start_time >= TIMESTAMP(@start) AND "
                                                      "usage_start_time < TIMESTAMP(@end) GROUP BY 1, 2, 3, 4, 5, 6\","
                                                      "\"useLegacySql\":false,\"dryRun\":false,\"timeoutMs\":10000,"
                                                      "\"maxResults\":10000,\"parameterMode\":\"NAMED\","
                                                      "\"queryParameters\":["
                                                      "{\"name\":\"partition\",\"parameterType\":{\"type\":\"STRING\"},"
                                                      "\"parameterValue\":{\"value\":\"2021-07-30\"}},"
                                                      "{\"name\":\"start\",\"parameterType\":{\"type\":\"STRING\"},"
                                                      "\"parameterValue\":{\"value\":\"2021-08-01\"}},"
                                                      "{\"name\":\"end\",\"parameterType\":{\"type\":\"STRING\"},"
                                                      "\"parameterValue\":{\"value\":\"2021-09-01\"}}],"
                                                      "\"maximumBytesBilled\":\"10737418240\"}");
    billing_http_request_free(&req);

    q.page = billing_str("");
    assert_answer(&billing_google.costs, &q, 200,
        "{\"jobComplete\":true,\"totalBytesProcessed\":\"10737418240\"}", "",
        "r");
    assert_refused(&billing_google.costs, &q, 200,
        "{\"totalBytesProcessed\":\"10737418241\"}", BILLING_REJECTED,
        "11 GiB; the limit is 10 GiB");
    assert_refused(&billing_google.costs, &q, 200,
        "{\"totalBytesProcessed\":\"x\"}", BILLING_MALFORMED, "would read");
    assert_refused(
        &billing_google.costs, &q, 200, "{}", BILLING_MALFORMED, "would read");

    json_decref(creds);
}


/* BigQuery takes the same id for the same job: it is made from the question. */
static void
names_a_request_by_its_question(void **state)
{
    char                   ids[5][40];
    json_t                *creds;
    unsigned               i, k;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials(NULL, NULL);

    for (i = 0; i < 5; i++) {
        q = question(creds, i == 1 ? BILLING_MONTHLY : BILLING_DAILY);
        q.page = billing_str("r");
        q.end -= i == 2;
        q.anew = i == 3 ? NOW : 0;
        q.now += i;

        billing_http_request_init(&req);
        assert_int_equal(billing_google.costs.request(&q, &req), BILLING_OK);
        take_request_id(&req, ids[i]);
        billing_http_request_free(&req);
    }

    assert_string_equal(ids[0], ids[4]);

    for (i = 0; i < 4; i++) {
        for (k = 0; k < i; k++) {
            assert_string_not_equal(ids[i], ids[k]);
        }
    }

    json_decref(creds);
}


/* BigQuery was given ten seconds: what comes earlier is asked later. */
static void
asks_less_and_less_often(void **state)
{
    size_t                i;
    json_t               *creds;
    test_reply_t          t;
    billing_question_t    q;
    billing_http_answer_t answer;

    static const struct {
        const char *page;
        unsigned    took;
        unsigned    pause;
    } cases[] = {
        { "r", 20, 500 },
        { "w j US 1", 20, 1000 },
        { "w j US 2", 8000, 2000 },
        { "w j US 9", 20, 8000 },
        { "w j US 19", 20, 8000 },
        { "w j US 3", 10001, 0 },
        { "w j US 3", 9900, 0 },
    };

    (void) state;

    creds = credentials(NULL, NULL);
    q = question(creds, BILLING_MONTHLY);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        q.page = billing_str_from(cases[i].page);
        billing_buf_init(&t.rows, 1024);
        billing_reply_init(&t.reply, test_row, &t);
        answer = (billing_http_answer_t){ .status = 200,
            .took = cases[i].took,
            .body = billing_str("{\"jobComplete\":false,\"jobReference\":"
                                "{\"jobId\":\"j\",\"location\":\"US\"}}") };
        assert_int_equal(
            billing_google.costs.answer(&q, &answer, &t.reply), BILLING_OK);
        assert_int_equal(t.reply.pause, cases[i].pause);
        assert_int_equal(t.reply.ours, 1);
        assert_text(&t.reply.again, "w j US 1");
        test_reply_free(&t);
    }

    json_decref(creds);
}


static void
fetches_the_rest(void **state)
{
    size_t                 i;
    json_t                *creds;
    billing_question_t     q;
    billing_http_request_t req;

    static const struct {
        const char *page;
        const char *url;
    } pages[] = {
        { "w job_x asia-northeast3 3",
            QUERIES "/job_x?timeoutMs=10000&maxResults=10000"
                    "&location=asia-northeast3" },
        { "w job_x  1", QUERIES "/job_x?timeoutMs=10000&maxResults=10000" },
        { "f job_x US 2 a b=",
            QUERIES "/job_x?timeoutMs=10000&maxResults=10000&location=US"
                    "&pageToken=a%20b%3D" },
    };
    static const char *wrong[] = { "x", " ", "w", "w job", "f job US",
        "f job US 2", "f ../x US t", "f  US t" };

    (void) state;

    creds = credentials(NULL, NULL);
    q = question(creds, BILLING_DAILY);
    billing_http_request_init(&req);

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        q.page = billing_str_from(pages[i].page);
        assert_int_equal(billing_google.costs.request(&q, &req), BILLING_OK);
        assert_int_equal(req.method, BILLING_HTTP_GET);
        assert_text(&req.url, pages[i].url);
        assert_int_equal(req.body.len, 0);
        assert_header(&req, "Authorization", "Bearer ya29.t");
        billing_http_request_free(&req);
    }

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        q.page = billing_str_from(wrong[i]);
        assert_int_equal(
            billing_google.costs.request(&q, &req), BILLING_INVALID);
        billing_http_request_free(&req);
    }

    json_decref(creds);
}


#define SCHEMA                                                              \
    "\"schema\":{\"fields\":[{\"name\":\"date\"},{\"name\":\"project\"},"   \
    "{\"name\":\"region\"},{\"name\":\"service\"},{\"name\":\"currency\"}," \
    "{\"name\":\"type\"},{\"name\":\"cost\"},{\"name\":\"credit\"}]}"
#define JOB                                                              \
    "\"jobReference\":{\"projectId\":\"demo-proj\",\"jobId\":\"job_x\"," \
    "\"location\":\"asia-northeast3\"}"
#define PAGE(rows, more)                                                \
    "{\"jobComplete\":true," SCHEMA "," JOB ",\"totalRows\":\"3\"" more \
    ",\"rows\":[" rows "]}"
#define ONLY(row)                           \
    "{\"jobComplete\":true," SCHEMA "," JOB \
    ",\"totalRows\":\"1\",\"rows\":[" row "]}"
#define ROW(date, cost)                                                     \
    "{\"f\":[{\"v\":" date "},{\"v\":\"p-1\"},{\"v\":\"asia-northeast3\"}," \
    "{\"v\":\"Compute Engine\"},{\"v\":\"KRW\"},{\"v\":\"regular\"},"       \
    "{\"v\":" cost "},{\"v\":\"0\"}]}"


static void
reads_rows(void **state)
{
    json_t            *creds;
    billing_question_t q;

    static const char page[] = PAGE(
        ROW("\"202108\"",
            "\"12.5\"") ","
                        "{\"f\":[{\"v\":\"202108\"},{\"v\":\"\"},{\"v\":null},"
                        "{\"v\":\"Support\"},{\"v\":\"USD\"},{\"v\":\"regular\"},"
                        "{\"v\":\"-1.0E-4\"},{\"v\":\"0\"}]}",
        ",\"pageToken\":\"BE==\"");

    (void) state;

    creds = credentials(NULL, NULL);
    q = question(creds, BILLING_MONTHLY);
    q.page = billing_str("r");
    assert_answer(&billing_google.costs, &q, 200, page,
        "2021-08 KRW p-1|asia-northeast3|Compute Engine 12.50\n"
        "2021-08 USD ||Support -0.0001\n",
        "f job_x asia-northeast3 2 BE==");
    assert_sturdy(&billing_google.costs, &q, 200, page);

    q = question(creds, BILLING_DAILY);
    q.page = billing_str("f job_x asia-northeast3 1 BE==");
    assert_refused(&billing_google.costs, &q, 200,
        PAGE(ROW("\"2021-08-31\"", "\"0\""), ""), BILLING_MALFORMED,
        "2 rows of 3");

    q.page = billing_str("f job_x asia-northeast3 2 BE==");
    assert_answer(&billing_google.costs, &q, 200,
        PAGE(ROW("\"2021-08-31\"", "\"0\""), ""),
        "2021-08-31 KRW p-1|asia-northeast3|Compute Engine 0.00\n", "");

    /* nothing at all */
    q.page = billing_str("r");
    assert_answer(&billing_google.costs, &q, 200,
        "{\"jobComplete\":true," SCHEMA "," JOB ",\"totalRows\":\"0\"}", "",
        "");

    json_decref(creds);
}


static void
waits_for_a_job(void **state)
{
    json_t            *creds;
    billing_question_t q;

    static const char wait[] = "{\"jobComplete\":false," JOB "}";

    (void) state;

    creds = credentials(NULL, NULL);
    q = question(creds, BILLING_MONTHLY);

    q.page = billing_str("r");
    assert_answer(
        &billing_google.costs, &q, 200, wait, "", "w job_x asia-northeast3 1");
    q.page = billing_str("w job_x asia-northeast3 1");
    assert_answer(
        &billing_google.costs, &q, 200, wait, "", "w job_x asia-northeast3 2");
    assert_answer(&billing_google.costs, &q, 200,
        ONLY(ROW("\"202108\"", "\"1\"")),
        "2021-08 KRW p-1|asia-northeast3|Compute Engine 1.00\n"
        "2021-08 open\n",
        "");
    assert_answer(&billing_google.costs, &q, 200,
        "{\"jobComplete\":false,\"jobReference\":{\"jobId\":\"j\"}}", "",
        "w j  2");

    q.page = billing_str("w job_x asia-northeast3 20");
    assert_refused(
        &billing_google.costs, &q, 200, wait, BILLING_UNAVAILABLE, "too long");
    q.page = billing_str("");
    assert_refused(
        &billing_google.costs, &q, 200, wait, BILLING_MALFORMED, "would read");

    q.page = billing_str("r");
    assert_refused(&billing_google.costs, &q, 200, "{\"jobComplete\":false}",
        BILLING_MALFORMED, "which job");
    assert_refused(&billing_google.costs, &q, 200,
        "{\"jobComplete\":false,\"jobReference\":{\"jobId\":\"a/../b\"}}",
        BILLING_MALFORMED, "which job");

    json_decref(creds);
}


#define REASON(word) "{\"error\":{\"errors\":[{\"reason\":\"" word "\"}]}}"

static const test_refusal_t refusals[] = {
    { 403, REASON("accessDenied"), BILLING_REJECTED, "BigQuery Data Viewer" },
    { 403, REASON("rateLimitExceeded"), BILLING_THROTTLED, "fewer" },
    { 403, REASON("quotaExceeded"), BILLING_THROTTLED, "fewer" },
    { 404, REASON("notFound"), BILLING_REJECTED, "no such table" },
    { 400, REASON("invalidQuery"), BILLING_MALFORMED, "not a billing" },
    { 400, REASON("bytesBilledLimitExceeded"), BILLING_REJECTED, "limit" },
    { 400, REASON("else"), BILLING_MALFORMED, "400" },
    { 401, "{}", BILLING_REJECTED, "401" },
    { 403, "", BILLING_REJECTED, "403" },
    { 429, "x", BILLING_THROTTLED, "429" },
    { 503, REASON("backendError"), BILLING_UNAVAILABLE, "just now" },
    { 204, "", BILLING_MALFORMED, "no costs" },
    { 200, "", BILLING_MALFORMED, "JSON" },
    { 200, "{}", BILLING_MALFORMED, "complete" },
    { 200, "{\"jobComplete\":1}", BILLING_MALFORMED, "complete" },
    { 200, "{\"jobComplete\":true}", BILLING_MALFORMED, "table" },
    { 200, "{\"jobComplete\":true," SCHEMA ",\"totalRows\":\"5\"}",
        BILLING_MALFORMED, "table" },
    { 200,
        "{\"jobComplete\":true,\"schema\":{\"fields\":[{\"name\":\"x\"}]},"
        "\"rows\":[]}",
        BILLING_MALFORMED, "table" },
    { 200, PAGE("{}", ""), BILLING_MALFORMED, "columns" },
    { 200, PAGE(ROW("[1]", "\"1\""), ""), BILLING_MALFORMED, "date" },
    { 200, PAGE(ROW("\"2021-08\"", "\"1\""), ""), BILLING_MALFORMED, "date" },
    { 200, PAGE(ROW("\"202109\"", "\"1\""), ""), BILLING_MALFORMED, "period" },
    { 200, ONLY(ROW("\"202108\"", "null")), BILLING_MALFORMED,
        "spoilt: malformed" },
    { 200, ONLY(ROW("\"202108\"", "\"NaN\"")), BILLING_MALFORMED,
        "spoilt: malformed" },
    { 200, PAGE("", ",\"pageToken\":5"), BILLING_MALFORMED, "table" },
    { .body = NULL },
};


static void
refuses_what_it_does_not_understand(void **state)
{
    json_t            *creds;
    billing_question_t q;

    (void) state;

    creds = credentials(NULL, NULL);
    q = question(creds, BILLING_MONTHLY);
    q.page = billing_str("r");

    assert_refusals(&billing_google.costs, &q, refusals);

    json_decref(creds);
}


static void
verifies(void **state)
{
    json_t                *creds, *expected;
    test_reply_t           t;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    creds = credentials(NULL, NULL);
    q = question(creds, BILLING_DAILY);
    q.start = q.end = 0;
    billing_http_request_init(&req);
    assert_int_equal(billing_google.verify.request(&q, &req), BILLING_OK);
    (void) billing_buf_add_char(&req.body, 0);
    assert_text(&req.url, QUERIES);
    assert_non_null(strstr(req.body.data, "\"dryRun\":true"));
    assert_non_null(strstr(req.body.data, "\"2020-09-29\""));
    assert_non_null(strstr(req.body.data, "\"202010\""));
    assert_non_null(strstr(req.body.data, "\"202109\""));
    billing_http_request_free(&req);

    expected = test_json("[\"012345-6789AB-CDEF01\"]");
    assert_true(billing_str_eq(test_linked(&billing_google, creds),
        billing_str("012345-6789AB-CDEF01")));
    assert_int_equal(test_answer(&billing_google.verify, &q, 200,
                         "{\"totalBytesProcessed\":\"0\"}", &t),
        BILLING_OK);
    assert_true(json_equal(t.reply.linked, expected));
    test_reply_free(&t);
    json_decref(expected);

    assert_refused(&billing_google.verify, &q, 400, REASON("invalidQuery"),
        BILLING_REJECTED, "not a billing");
    assert_refused(&billing_google.verify, &q, 200,
        "{\"totalBytesProcessed\":\"99999999999\"}", BILLING_REJECTED, "limit");

    json_decref(creds);
}


static void
checks_credentials(void **state)
{
    size_t           i;
    char            *text;
    json_t          *in, *out, *key;
    billing_errors_t errors;

    static const char *tables[] = { "a.b.c", "a.b.gcp_billing_export_v1_X",
        "a.b`.gcp_billing_export_v1_012345_6789AB_CDEF01",
        "a.b.gcp_billing_export_v1_012345_6789AB_CDEF01` x" };
    static const char *projects[] = { "", "a/b", "../x", "a?b", "A" };

    (void) state;

    key = key_file("demo-proj");
    text = json_dumps(key, 0);

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        billing_errors_init(&errors);
        in = json_pack(
            "{s:s, s:s}", "service_account_key", text, "table", tables[i]);
        assert_int_equal(
            billing_google.check(in, "/c", &out, &errors), BILLING_INVALID);
        assert_int_equal(errors.count, 1);
        json_decref(in);
        billing_errors_free(&errors);
    }

    json_decref(key);
    free(text);

    for (i = 0; i < 10; i++) {
        key = key_file(i < 5 ? projects[i] : "demo");

        if (i == 6) {
            json_object_set_new(key, "type", json_string("authorized_user"));
        } else if (i == 7) {
            json_object_del(key, "client_email");
        } else if (i == 8) {
            json_object_set_new(key, "private_key", json_string("x"));
        }

        text = i == 9 ? strdup("{\"a\":1,\"a\":2}") : json_dumps(key, 0);
        billing_errors_init(&errors);
        in = json_pack(
            "{s:s, s:s}", "service_account_key", text, "table", TABLE);
        assert_int_equal(billing_google.check(in, "/c", &out, &errors),
            i == 5 ? BILLING_OK : BILLING_INVALID);
        assert_int_equal(errors.count, i == 5 ? 0 : 1);

        json_decref(out);
        json_decref(in);
        billing_errors_free(&errors);
        json_decref(key);
        free(text);
    }
}


/* Line breaks that the way here has doubled, or lost. */
static void
signs_with_a_key_as_it_was_pasted(void **state)
{
    char                  *text, *at;
    size_t                 i;
    json_t                *key, *in, *out;
    billing_errors_t       errors;
    billing_question_t     q;
    billing_http_request_t req;

    (void) state;

    for (i = 0; i < 2; i++) {
        key = key_file("demo-proj");
        text = json_dumps(key, 0);

        while ((at = strstr(text, "\\n")) != NULL && i == 0) {
            memcpy(at, "  ", 2);
        }

        if (i == 1) {
            at = strstr(text, "-----BEGIN");
            at[strcspn(at, "\"")] = '\0';
            json_object_set_new(key, "private_key", json_string(at));
            free(text);
            text = json_dumps(key, 0);
            assert_non_null(strstr(text, "\\\\n"));
        }

        billing_errors_init(&errors);
        in = json_pack(
            "{s:s, s:s}", "service_account_key", text, "table", TABLE);
        assert_int_equal(
            billing_google.check(in, "/c", &out, &errors), BILLING_OK);

        q = question(out, BILLING_DAILY);
        billing_http_request_init(&req);
        assert_int_equal(billing_google.token.request(&q, &req), BILLING_OK);
        billing_http_request_free(&req);

        json_decref(out);
        json_decref(in);
        json_decref(key);
        free(text);
    }
}


int
main(void)
{
    int rc;

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_a_token),
        cmocka_unit_test(tries_dry_then_runs),
        cmocka_unit_test(names_a_request_by_its_question),
        cmocka_unit_test(asks_less_and_less_often),
        cmocka_unit_test(fetches_the_rest),
        cmocka_unit_test(reads_rows),
        cmocka_unit_test(waits_for_a_job),
        cmocka_unit_test(refuses_what_it_does_not_understand),
        cmocka_unit_test(verifies),
        cmocka_unit_test(checks_credentials),
        cmocka_unit_test(signs_with_a_key_as_it_was_pasted),
    };

    rc = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(test_key());

    return rc;
}
