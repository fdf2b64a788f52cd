
/*
 * Reading answers of Google: a token, what a query would read, and rows,
 *
 *     {"jobComplete":true,"schema":{"fields":[{"name":"date"},...]},
 *      "jobReference":{"jobId":"job_x","location":"asia-northeast3"},
 *      "totalRows":"1","pageToken":"...","rows":[{"f":[{"v":"202108"},
 *       {"v":"demo-proj"},{"v":"asia-northeast3"},{"v":"Compute Engine"},
 *       {"v":"KRW"},{"v":"regular"},{"v":"12.5"},{"v":"-2.5"}]}]}
 */

#include "providers/google.h"

#include <stdio.h>

#include "providers/charges.h"
#include "providers/reply.h"


#define GOOGLE_COLUMNS 8
#define GOOGLE_WAITS   20 /* of ten seconds each, for one query */
#define GOOGLE_PACIFIC 8  /* hours behind UTC, in winter */

/* milliseconds */
#define GOOGLE_EARLY     1000 /* before its time: an answer that came early */
#define GOOGLE_PAUSE     500  /* the first, doubled with each */
#define GOOGLE_PAUSE_MAX 8000


static billing_status_t google_body(
    const billing_http_answer_t *answer, json_t **body, billing_reply_t *reply);
static billing_status_t google_guard(const billing_question_t *question,
    const json_t *body, billing_reply_t *reply);
static billing_status_t google_wait(const billing_google_page_t *page,
    const billing_http_answer_t *answer, const json_t *body,
    billing_reply_t *reply);
static unsigned         google_pause(
            const billing_http_answer_t *answer, unsigned waits);
static billing_status_t google_rows(const billing_question_t *question,
    const billing_google_page_t *page, const json_t *body,
    billing_reply_t *reply);
static int              google_is_schema(const json_t *fields);
static const char      *google_row(const billing_question_t *question,
         const void *data, const json_t *value, billing_cost_row_t *row);
static billing_status_t google_again(
    const json_t *body, billing_reply_t *reply);
static billing_status_t google_open(
    const billing_question_t *question, billing_reply_t *reply);
static billing_status_t google_name(const json_t *body, const char *stage,
    billing_buf_t *name, billing_reply_t *reply);


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
        return billing_google_token_refused(answer, reply);
    }

    rc = google_body(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_reply_bearer(question, body, reply);
    json_decref(body);

    return rc;
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
            reply->ours = 1;
            rc = billing_buf_add_char(&reply->next, BILLING_GOOGLE_RUN);
        }

    } else if (json_is_false(complete)) {
        rc = google_wait(&page, answer, body, reply);

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
                                 : billing_google_refused(answer, reply);
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
google_wait(const billing_google_page_t *page,
    const billing_http_answer_t *answer, const json_t *body,
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

    reply->ours = 1;
    reply->pause = google_pause(answer, waits);

    rc = google_again(body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = google_name(body, "w", &reply->next, reply);

    return rc != BILLING_OK ? rc
                            : billing_buf_addf(&reply->next, "%u", waits + 1);
}


/*
 * BigQuery holds an answer back until the query is done or the time is over
 * that it was given.  Where it does not, it is asked less and less often.
 */
static unsigned
google_pause(const billing_http_answer_t *answer, unsigned waits)
{
    unsigned pause;

    if (answer->took + GOOGLE_EARLY >= BILLING_GOOGLE_WAIT_MS) {
        return 0;
    }

    pause = GOOGLE_PAUSE << (waits < 8 ? waits : 8);

    return pause < GOOGLE_PAUSE_MAX ? pause : GOOGLE_PAUSE_MAX;
}


/*
 * The query is paid, its result is there for a day: whoever asks for the job
 * gets it from its first row on.
 */
static billing_status_t
google_again(const json_t *body, billing_reply_t *reply)
{
    billing_status_t rc;

    rc = google_name(body, "w", &reply->again, reply);

    return rc != BILLING_OK ? rc : billing_buf_addf(&reply->again, "1");
}


/* The stage, the job and its location, each with a space behind. */
static billing_status_t
google_name(const json_t *body, const char *stage, billing_buf_t *name,
    billing_reply_t *reply)
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

    return billing_buf_addf(name, "%s %.*s %.*s ", stage, (int) job.len,
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

    rc = google_again(body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = google_name(body, "f", &reply->next, reply);
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
