
/*
 * What is asked of BigQuery.  Google charges for what a query reads, so each
 * is tried dry first, which costs nothing, and run only if it reads no more
 * than people allow; BigQuery is told the same limit.
 */

#include "providers/google.h"

#include <stdio.h>
#include <stdlib.h>

#include "providers/request.h"
#include "core/hash.h"
#include "core/json_arena.h"


#define GOOGLE_ROWS 10000 /* of a page */

#define GOOGLE_ID_LEN 33 /* with the NUL; BigQuery takes 36 characters */

/*
 * Usage is exported after it happened, sooner or later: no partition from
 * before the period holds any of it.  Two days are for invoices, which are of
 * Pacific time.
 */
#define GOOGLE_EARLIER 2

/*
 * Credits are added up within their row: a join would count its cost once for
 * each of them.  They stay apart from what they are credits for.  BIGNUMERIC
 * adds exactly; twelve digits are what we keep.
 */
#define GOOGLE_SQL                                                       \
    "SELECT %s AS date, IFNULL(project.id, '') AS project, "             \
    "COALESCE(location.region, location.location, '') AS region, "       \
    "IFNULL(service.description, '') AS service, currency, "             \
    "IFNULL(cost_type, '') AS type, "                                    \
    "CAST(ROUND(SUM(CAST(cost AS BIGNUMERIC)), 12) AS STRING) AS cost, " \
    "CAST(ROUND(SUM(IFNULL((SELECT SUM(CAST(c.amount AS BIGNUMERIC)) "   \
    "FROM UNNEST(credits) AS c), 0)), 12) AS STRING) AS credit "         \
    "FROM `%.*s` "                                                       \
    "WHERE _PARTITIONTIME >= TIMESTAMP(@partition) AND %s "              \
    "GROUP BY 1, 2, 3, 4, 5, 6"


static billing_status_t google_query(
    const billing_question_t *question, int dry, billing_http_request_t *req);
static char   *google_sql(const billing_question_t *question);
static json_t *google_parameters(const billing_question_t *question);
static json_t *google_parameter(const char *name, const char *value);
static int     google_limit(const billing_question_t *question, json_t *body);
static int google_request_id(const billing_question_t *question, json_t *body);
static billing_status_t google_fetch(const billing_question_t *question,
    const billing_google_page_t *page, billing_http_request_t *req);
static void google_number(billing_buf_t *args, const char *name, int number);
static billing_status_t google_url(
    const billing_question_t *question, billing_http_request_t *req);


/* What dashboards ask, a year of months, dry. */
billing_status_t
billing_google_verify(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_question_t own;

    own = *question;
    own.granularity = BILLING_MONTHLY;
    own.end = billing_day_of(question->now);
    own.start = billing_month_first(billing_month_of(own.end) - 11);

    return google_query(&own, 1, req);
}


billing_status_t
billing_google_ask(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_status_t      rc;
    billing_google_page_t page;

    rc = billing_google_page(question->page, &page);
    if (rc != BILLING_OK) {
        return rc;
    }

    switch (page.stage) {
    case BILLING_GOOGLE_DRY:
    case BILLING_GOOGLE_RUN:
        return google_query(question, page.stage == BILLING_GOOGLE_DRY, req);

    case BILLING_GOOGLE_WAIT:
    case BILLING_GOOGLE_FETCH:
        break;
    }

    return google_fetch(question, &page, req);
}


static billing_status_t
google_query(
    const billing_question_t *question, int dry, billing_http_request_t *req)
{
    char            *sql;
    json_t          *body;
    billing_str_t    location;
    billing_status_t rc;

    sql = google_sql(question);
    location = billing_fields_get(question->credentials, "location");

    body = sql == NULL ? NULL
                       : json_pack("{s:s, s:b, s:b, s:i, s:i, s:s, s:o, s:s*}",
                           "query", sql, "useLegacySql", 0, "dryRun", dry,
                           "timeoutMs", BILLING_GOOGLE_WAIT_MS, "maxResults",
                           GOOGLE_ROWS, "parameterMode", "NAMED",
                           "queryParameters", google_parameters(question),
                           "location", location.len > 0 ? location.data : NULL);
    free(sql);

    if (!dry
        && (google_limit(question, body) != 0
            || google_request_id(question, body) != 0))
    {
        json_decref(body);
        return BILLING_NOMEM;
    }

    rc = billing_request_body(req, body);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = google_url(question, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_google_bearer(question, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_request_json(req);
}


/* A table's name cannot be a parameter; check() lets nothing else through. */
static char *
google_sql(const billing_question_t *question)
{
    int           daily;
    char          sql[2048];
    billing_str_t table;

    table = billing_fields_get(question->credentials, "table");
    daily = question->granularity == BILLING_DAILY;

    (void) snprintf(sql, sizeof(sql), GOOGLE_SQL,
        daily ? "CAST(DATE(usage_start_time) AS STRING)" : "invoice.month",
        (int) table.len, table.data,
        daily ? "usage_start_time >= TIMESTAMP(@start) AND "
                "usage_start_time < TIMESTAMP(@end)"
              : "invoice.month BETWEEN @start AND @end");

    return strdup(sql);
}


/* Days end behind the last one, months with it. */
static json_t *
google_parameters(const billing_question_t *question)
{
    char partition[BILLING_DAY_LEN];
    char start[BILLING_DAY_LEN], end[BILLING_DAY_LEN];

    billing_day_format(question->start - GOOGLE_EARLIER, partition);

    if (question->granularity == BILLING_DAILY) {
        billing_day_format(question->start, start);
        billing_day_format(question->end + 1, end);

    } else {
        billing_month_format(billing_month_of(question->start), start);
        billing_month_format(billing_month_of(question->end), end);
        memmove(start + 4, start + 5, 3);
        memmove(end + 4, end + 5, 3);
    }

    return json_pack("[o, o, o]", google_parameter("partition", partition),
        google_parameter("start", start), google_parameter("end", end));
}


static json_t *
google_parameter(const char *name, const char *value)
{
    return json_pack("{s:s, s:{s:s}, s:{s:s}}", "name", name, "parameterType",
        "type", "STRING", "parameterValue", "value", value);
}


static int
google_limit(const billing_question_t *question, json_t *body)
{
    char text[32];

    (void) snprintf(text, sizeof(text), "%lld",
        billing_google_limit(question->credentials));

    return json_object_set_new(body, "maximumBytesBilled", json_string(text));
}


/*
 * BigQuery takes a second POST of the same id, within its time, for the same
 * job.  The id is made from all that is asked, so that whoever asks again
 * after a time-out, from any worker, does not pay again; and from the moment
 * at which somebody wanted figures anew, for those are to be new.
 */
static int
google_request_id(const billing_question_t *question, json_t *body)
{
    char    *text, id[GOOGLE_ID_LEN];
    size_t   len;
    uint64_t hash[2];

    text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL) {
        return -1;
    }

    len = strlen(text);
    hash[0] = billing_hash(BILLING_HASH ^ (uint64_t) question->anew, text, len);
    hash[1] = billing_hash(billing_hash_spread(hash[0]), text, len);

    billing_json_text_free(text);

    (void) snprintf(id, sizeof(id), "%016llx%016llx",
        (unsigned long long) hash[0], (unsigned long long) hash[1]);

    return json_object_set_new(body, "requestId", json_string(id));
}


static billing_status_t
google_fetch(const billing_question_t *question,
    const billing_google_page_t *page, billing_http_request_t *req)
{
    billing_buf_t    args;
    billing_status_t rc;

    rc = google_url(question, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    billing_buf_init(&args, BILLING_HTTP_MAX_URL);

    google_number(&args, "timeoutMs", BILLING_GOOGLE_WAIT_MS);
    google_number(&args, "maxResults", GOOGLE_ROWS);

    if (page->location.len > 0) {
        (void) billing_request_field(&args, "location", page->location);
    }

    if (page->stage == BILLING_GOOGLE_FETCH) {
        (void) billing_request_field(&args, "pageToken", page->rest);
    }

    (void) billing_buf_add_char(&req->url, '/');
    (void) billing_buf_add_str(&req->url, page->job);
    (void) billing_buf_add_char(&req->url, '?');
    (void) billing_buf_add(&req->url, args.data, args.len);

    rc = args.status != BILLING_OK ? args.status : req->url.status;
    billing_buf_free(&args);

    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_google_bearer(question, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_request_accept(req);
}


static void
google_number(billing_buf_t *args, const char *name, int number)
{
    char text[16];

    (void) snprintf(text, sizeof(text), "%d", number);
    (void) billing_request_field(args, name, billing_str_from(text));
}


/* Queries run, and are paid, in the project of the service account. */
static billing_status_t
google_url(const billing_question_t *question, billing_http_request_t *req)
{
    json_t          *key;
    billing_status_t rc;

    rc = billing_google_key(question->credentials, &key);
    if (rc == BILLING_NOMEM) {
        return rc;
    }

    (void) billing_buf_add_str(&req->url, question->endpoint);
    (void) billing_buf_add_str(
        &req->url, billing_str("/bigquery/v2/projects/"));
    (void) billing_buf_add_str(
        &req->url, billing_fields_get(key, "project_id"));
    (void) billing_buf_add_str(&req->url, billing_str("/queries"));

    json_decref(key);

    return req->url.status;
}
