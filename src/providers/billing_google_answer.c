
/*
 * Reading answers of Google: a token, what a query would read, and rows,
 *
 *     {"jobComplete":true,"schema":{"fields":[{"name":"date"},...]},
 *      "jobReference":{"jobId":"job_x","location":"asia-northeast3"},
 *      "totalRows":"1","pageToken":"...","rows":[{"f":[{"v":"202108"},
 *       {"v":"demo-proj"},{"v":"asia-northeast3"},{"v":"Compute Engine"},
 *       {"v":"KRW"},{"v":"regular"},{"v":"12.5"},{"v":"-2.5"}]}]}
 */

#include "billing_google.h"

#include <stdio.h>

#include "billing_charges.h"
#include "billing_reply.h"


#define GOOGLE_COLUMNS 8
#define GOOGLE_WAITS   20 /* of ten seconds each, for one query */
#define GOOGLE_PACIFIC 8  /* hours behind UTC, in winter */


typedef struct {
    const char      *word; /* Google's */
    billing_status_t status;
    billing_reason_t reason;
    const char      *text;
} google_error_t;


static billing_status_t google_token_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply);
static billing_status_t google_body(
    const billing_http_answer_t *answer, json_t **body, billing_reply_t *reply);
static billing_status_t google_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply);
static int google_names_error(const json_t *error, const char *word);
static billing_status_t google_guard(const billing_question_t *question,
    const json_t *body, billing_reply_t *reply);
static billing_status_t google_wait(const billing_google_page_t *page,
    const json_t *body, billing_reply_t *reply);
static billing_status_t google_rows(const billing_question_t *question,
    const billing_google_page_t *page, const json_t *body,
    billing_reply_t *reply);
static int              google_is_schema(const json_t *fields);
static const char      *google_row(const billing_question_t *question,
         const void *data, const json_t *value, billing_cost_row_t *row);
static billing_status_t google_open(
    const billing_question_t *question, billing_reply_t *reply);
static billing_status_t google_name(
    const json_t *body, const char *stage, billing_reply_t *reply);


#define GOOGLE_AGAIN "BigQuery asks for fewer requests."
#define GOOGLE_LATER "Google issues no tokens just now."
#define GOOGLE_MORE  "The query would read more than the limit allows."
#define GOOGLE_OFF   "BigQuery is not enabled in the service account's project."
#define GOOGLE_ROLE                                                              \
    "Google accepts the service account, but does not let it read the table or " \
    "run queries: it needs the roles BigQuery Job User and BigQuery Data "       \
    "Viewer."

/*
 * By the reason or the status of the error, then by the status of the answer.
 * Sources: BigQuery's error messages, and google.rpc.ErrorInfo's reasons.
 */
static const google_error_t google_errors[] = {
    { "rateLimitExceeded", BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        GOOGLE_AGAIN },
    { "jobRateLimitExceeded", BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        GOOGLE_AGAIN },
    { "RATE_LIMIT_EXCEEDED", BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        GOOGLE_AGAIN },
    { "quotaExceeded", BILLING_THROTTLED, BILLING_REASON_QUOTA,
        "BigQuery asks for fewer requests: a quota of the project is used up." },
    { "bytesBilledLimitExceeded", BILLING_REJECTED, BILLING_REASON_READ_LIMIT,
        GOOGLE_MORE },
    { "accessNotConfigured", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        GOOGLE_OFF },
    { "SERVICE_DISABLED", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        GOOGLE_OFF },
    { "billingNotEnabled", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        "The service account's project has no billing." },
    { "BILLING_DISABLED", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        "The service account's project has no billing." },
    { "accessDenied", BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        GOOGLE_ROLE },
    { "IAM_PERMISSION_DENIED", BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        GOOGLE_ROLE },
    { "notFound", BILLING_REJECTED, BILLING_REASON_NO_SUCH_TABLE,
        "BigQuery finds no such table, or not at this location." },
    { "responseTooLarge", BILLING_MALFORMED, BILLING_REASON_READ_LIMIT,
        "BigQuery finds the answer too large." },
    { "resourcesExceeded", BILLING_MALFORMED, BILLING_REASON_READ_LIMIT,
        "The query needs more than BigQuery gives it." },
    { "invalidQuery", BILLING_MALFORMED, BILLING_REASON_NO_SUCH_TABLE,
        "BigQuery does not understand the query: the table is not a billing "
        "export." },
    { "backendError", BILLING_UNAVAILABLE, BILLING_REASON_UNREACHABLE,
        "BigQuery cannot answer just now." },
    { "internalError", BILLING_UNAVAILABLE, BILLING_REASON_UNREACHABLE,
        "BigQuery cannot answer just now." },
    { "RESOURCE_EXHAUSTED", BILLING_THROTTLED, BILLING_REASON_QUOTA,
        "BigQuery asks for fewer requests: a quota of the project is used up." },
    { "PERMISSION_DENIED", BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        GOOGLE_ROLE },
    { "NOT_FOUND", BILLING_REJECTED, BILLING_REASON_NO_SUCH_TABLE,
        "BigQuery finds no such table, or not at this location." },
};

#define GOOGLE_ERRORS (sizeof(google_errors) / sizeof(google_errors[0]))

/*
 * By words of the error or its description, which google-auth retries by, or
 * people have reported.
 */
static const google_error_t google_grants[] = {
    { "internal_failure", BILLING_UNAVAILABLE, BILLING_REASON_UNREACHABLE,
        GOOGLE_LATER },
    { "server_error", BILLING_UNAVAILABLE, BILLING_REASON_UNREACHABLE,
        GOOGLE_LATER },
    { "temporarily_unavailable", BILLING_UNAVAILABLE,
        BILLING_REASON_UNREACHABLE, GOOGLE_LATER },
    { "short-lived", BILLING_UNAVAILABLE, BILLING_REASON_CLOCK,
        "Google finds the time of the request wrong: the clock of this server "
        "has to be set." },
    { "account not found", BILLING_REJECTED, BILLING_REASON_WRONG_KEY,
        "Google knows no such service account: it may have been deleted." },
    { "Invalid JWT Signature", BILLING_REJECTED, BILLING_REASON_WRONG_KEY,
        "Google does not know the key: it may have been deleted, or belong to "
        "another service account." },
};

#define GOOGLE_GRANTS (sizeof(google_grants) / sizeof(google_grants[0]))

static const char *const google_names[GOOGLE_COLUMNS] = { "date", "project",
    "region", "service", "currency", "type", "cost", "credit" };


/* A refused assertion is a 400 or 401 with "invalid_grant" or the like. */
billing_status_t
billing_google_token(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t          *body;
    billing_status_t rc;

    if (answer->status == 400 || answer->status == 401) {
        return google_token_refused(answer, reply);
    }

    rc = google_body(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_reply_bearer(question, body, reply);
    json_decref(body);

    return rc;
}


static billing_status_t
google_token_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t i;

    for (i = 0; i < GOOGLE_GRANTS; i++) {
        if (billing_reply_find(answer->body, google_grants[i].word) != NULL) {
            return billing_reply_refuse(reply, google_grants[i].status,
                google_grants[i].reason, "%s", google_grants[i].text);
        }
    }

    return billing_reply_fail(reply, BILLING_REJECTED,
        "Google does not accept the service account's key: it may have been "
        "deleted, or the service account is disabled.");
}


billing_status_t
billing_google_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t          *body;
    billing_buf_t    id;
    billing_status_t rc;

    rc = google_body(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc == BILLING_MALFORMED && answer->status == 400
                   ? BILLING_REJECTED
                   : rc;
    }

    rc = google_guard(question, body, reply);
    json_decref(body);

    if (rc != BILLING_OK) {
        return rc;
    }

    billing_buf_init(&id, BILLING_REPLY_TEXT_MAX);

    rc = billing_google_account(question->credentials, &id);

    if (rc == BILLING_OK) {
        rc = billing_reply_linked(reply, (billing_str_t){ id.data, id.len });
    }

    billing_buf_free(&id);

    return rc;
}


billing_status_t
billing_google_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t               *body, *complete;
    billing_status_t      rc;
    billing_google_page_t page;

    rc = billing_google_page(question->page, &page);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = google_body(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    complete = json_object_get(body, "jobComplete");

    if (page.stage == BILLING_GOOGLE_DRY) {
        rc = google_guard(question, body, reply);

        if (rc == BILLING_OK) {
            rc = billing_buf_add_char(&reply->next, BILLING_GOOGLE_RUN);
        }

    } else if (json_is_false(complete)) {
        rc = google_wait(&page, body, reply);

    } else if (json_is_true(complete)) {
        rc = google_rows(question, &page, body, reply);

    } else {
        rc = billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer does not say whether it is complete.");
    }

    json_decref(body);

    return rc;
}


static billing_status_t
google_body(
    const billing_http_answer_t *answer, json_t **body, billing_reply_t *reply)
{
    *body = NULL;

    return answer->status == 200 ? billing_reply_json(answer, body, reply)
                                 : google_refused(answer, reply);
}


static billing_status_t
google_refused(const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t           i;
    json_t          *body;
    billing_status_t rc;

    body = NULL;

    rc = billing_reply_json(answer, &body, reply);
    if (rc == BILLING_NOMEM) {
        return rc;
    }

    for (i = 0; i < GOOGLE_ERRORS; i++) {
        if (google_names_error(
                json_object_get(body, "error"), google_errors[i].word)) {
            break;
        }
    }

    json_decref(body);

    if (i < GOOGLE_ERRORS) {
        return billing_reply_refuse(reply, google_errors[i].status,
            google_errors[i].reason, "%s", google_errors[i].text);
    }

    rc = billing_reply_status(reply, answer->status);

    return rc != BILLING_OK ? rc
                            : billing_reply_fail(reply, BILLING_MALFORMED,
                                "The provider's answer holds no costs.");
}


/* As its status, or the reason of one of its errors or details. */
static int
google_names_error(const json_t *error, const char *word)
{
    size_t      i, n;
    json_t     *one;
    const char *reason;

    static const char *const lists[] = { "errors", "details" };

    reason = json_string_value(json_object_get(error, "status"));

    if (reason != NULL && strcmp(reason, word) == 0) {
        return 1;
    }

    for (n = 0; n < 2; n++) {
        json_array_foreach(json_object_get(error, lists[n]), i, one)
        {
            reason = json_string_value(json_object_get(one, "reason"));

            if (reason != NULL && strcmp(reason, word) == 0) {
                return 1;
            }
        }
    }

    return 0;
}


/* Not a byte more than people allow. */
static billing_status_t
google_guard(const billing_question_t *question, const json_t *body,
    billing_reply_t *reply)
{
    char         *end;
    long long     bytes, limit;
    billing_str_t text;

    text = billing_reply_str(json_object_get(body, "totalBytesProcessed"));
    bytes = text.len == 0 ? -1 : strtoll(text.data, &end, 10);

    if (bytes < 0 || *end != '\0') {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "BigQuery does not say what the query would read.");
    }

    limit = billing_google_limit(question->credentials);

    if (bytes > limit) {
        return billing_reply_refuse(reply, BILLING_REJECTED,
            BILLING_REASON_READ_LIMIT,
            "The query would read %lld GiB; the limit is %lld GiB.",
            bytes / BILLING_GOOGLE_GIB + 1, limit / BILLING_GOOGLE_GIB);
    }

    return BILLING_OK;
}


/* Each wait is a page of its own name. */
static billing_status_t
google_wait(const billing_google_page_t *page, const json_t *body,
    billing_reply_t *reply)
{
    unsigned         waits;
    billing_status_t rc;

    waits = page->stage == BILLING_GOOGLE_WAIT
                ? (unsigned) strtoul(page->rest.data, NULL, 10)
                : 0;

    if (waits >= GOOGLE_WAITS) {
        return billing_reply_refuse(reply, BILLING_UNAVAILABLE,
            BILLING_REASON_TIMEOUT, "The query takes too long.");
    }

    rc = google_name(body, "w", reply);

    return rc != BILLING_OK ? rc
                            : billing_buf_addf(&reply->next, "%u", waits + 1);
}


/* The stage, the job and its location, each with a space behind. */
static billing_status_t
google_name(const json_t *body, const char *stage, billing_reply_t *reply)
{
    billing_str_t job, location;
    const json_t *reference;

    reference = json_object_get(body, "jobReference");
    job = billing_reply_str(json_object_get(reference, "jobId"));
    location = billing_reply_str(json_object_get(reference, "location"));

    if (!billing_google_is_name(job)
        || (location.len > 0 && !billing_google_is_name(location)))
    {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "BigQuery does not say which job it runs.");
    }

    return billing_buf_addf(&reply->next, "%s %.*s %.*s ", stage, (int) job.len,
        job.data, (int) location.len, location.len > 0 ? location.data : "");
}


/* BigQuery says how many rows there are: fewer are no answer. */
static billing_status_t
google_rows(const billing_question_t *question,
    const billing_google_page_t *page, const json_t *body,
    billing_reply_t *reply)
{
    json_t          *rows;
    unsigned long    count;
    billing_str_t    token, total;
    billing_status_t rc;

    rows = json_object_get(body, "rows");
    total = billing_reply_str(json_object_get(body, "totalRows"));

    if (!google_is_schema(
            json_object_get(json_object_get(body, "schema"), "fields"))
        || billing_reply_text(json_object_get(body, "pageToken"), &token)
               != BILLING_OK
        || (!json_is_array(rows)
            && (rows != NULL || !billing_str_eq(total, billing_str("0")))))
    {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer is not the table that was asked for.");
    }

    rc = billing_reply_rows(question, reply, rows, google_row, NULL);
    if (rc != BILLING_OK) {
        return rc;
    }

    count = page->rows + json_array_size(rows);

    if (token.len == 0) {
        return total.len == 0 || strtoul(total.data, NULL, 10) == count
                   ? google_open(question, reply)
                   : billing_reply_refuse(reply, BILLING_MALFORMED,
                       BILLING_REASON_INCOMPLETE,
                       "BigQuery tells %lu rows of %.*s.", count,
                       (int) total.len, total.data);
    }

    rc = google_name(body, "f", reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    (void) billing_buf_addf(&reply->next, "%lu ", count);

    return billing_buf_add_str(&reply->next, token);
}


static int
google_is_schema(const json_t *fields)
{
    size_t      i;
    const char *name;

    for (i = 0; i < GOOGLE_COLUMNS; i++) {
        name = json_string_value(
            json_object_get(json_array_get(fields, i), "name"));

        if (name == NULL || strcmp(name, google_names[i]) != 0) {
            return 0;
        }
    }

    return json_array_size(fields) == GOOGLE_COLUMNS;
}


static const char *
google_row(const billing_question_t *question, const void *data,
    const json_t *value, billing_cost_row_t *row)
{
    size_t           i;
    json_t          *cells;
    int32_t          date;
    billing_str_t    text[GOOGLE_COLUMNS];
    billing_status_t rc;

    (void) data;

    cells = json_object_get(value, "f");

    if (json_array_size(cells) != GOOGLE_COLUMNS) {
        return "it does not have the table's columns";
    }

    text[0] = billing_reply_str(json_object_get(json_array_get(cells, 0), "v"));

    rc = question->granularity == BILLING_DAILY
             ? billing_day_parse(text[0], &date)
             : billing_reply_month(text[0], &date);
    if (rc != BILLING_OK) {
        return "its date is not a date";
    }

    row->date = date;

    for (i = 1; i < GOOGLE_COLUMNS; i++) {
        if (billing_reply_text(
                json_object_get(json_array_get(cells, i), "v"), &text[i])
            != BILLING_OK)
        {
            return "it holds something that is not a text";
        }
    }

    if (billing_money_parse(text[6], &row->amount) != BILLING_OK
        || billing_money_parse(text[7], &row->credit) != BILLING_OK)
    {
        return "its cost or credit is not an amount";
    }

    row->linked = text[1];
    row->region = text[2];
    row->service = text[3];
    row->currency = text[4];
    row->charge = billing_charges_google(text[5], row->service);

    return NULL;
}


/*
 * An invoice's month is of Pacific time: when it is over here, it goes on for
 * eight hours there.
 */
static billing_status_t
google_open(const billing_question_t *question, billing_reply_t *reply)
{
    billing_month_t month, last;

    if (question->granularity != BILLING_MONTHLY) {
        return BILLING_OK;
    }

    last = billing_month_of(question->end);
    month = billing_month_of(
        billing_day_of(question->now - GOOGLE_PACIFIC * 3600));

    return month <= last ? billing_reply_open(question, reply, month)
                         : BILLING_OK;
}
