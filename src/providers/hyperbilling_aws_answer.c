
/*
 * Reading Hyperbilling's answers.  A row is
 *
 *     {"GroupBy":{"USAGE_DATE":"2021-08-01","REGION":"APN2",
 *      "SERVICE_CODE":"AmazonEC2"},"Value":{"USAGE_COST":0.312}}
 *
 * No field tells what kind of charge it is: the service's name may, and what
 * lowers a bill is a credit.
 *
 * Anything that is not understood spoils the whole page: a total must not
 * lack a row in silence.
 */

#include "providers/hyperbilling_aws.h"

#include "providers/reply.h"
#include "core/json_arena.h"
#include "core/text.h"


/* No field tells the currency; the API's public clients take it for USD. */
#define HYPERBILLING_AWS_CURRENCY "USD"

#define HYPERBILLING_AWS_LINKED_LEN 256
#define HYPERBILLING_AWS_LINKED_MAX 10000


static billing_status_t hyperbilling_aws_body(
    const billing_http_answer_t *answer, json_t **body, billing_reply_t *reply);
static billing_status_t hyperbilling_aws_linked_ids(
    const json_t *results, billing_reply_t *reply);
static int              hyperbilling_aws_is_id(billing_str_t id);
static billing_status_t hyperbilling_aws_rows(
    const billing_question_t *question, const json_t *page,
    billing_reply_t *reply);
static const char      *hyperbilling_aws_row(const billing_question_t *question,
         const void *data, const json_t *value, billing_cost_row_t *row);
static billing_status_t hyperbilling_aws_amount(
    const json_t *values, billing_money_t *amount);
static const char *hyperbilling_aws_date(
    const billing_question_t *question, const json_t *value, int32_t *date);
static billing_status_t hyperbilling_aws_next(
    const billing_question_t *question, const json_t *token,
    billing_reply_t *reply);
static billing_status_t hyperbilling_aws_token(
    const json_t *value, billing_buf_t *token, billing_reply_t *reply);


billing_status_t
billing_hyperbilling_aws_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t          *body;
    billing_str_t    account;
    billing_status_t rc;

    rc = hyperbilling_aws_body(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = hyperbilling_aws_linked_ids(json_object_get(body, "Results"), reply);
    json_decref(body);

    account = billing_fields_get(question->credentials, "account");

    return rc == BILLING_OK && billing_hyperbilling_aws_is_linked(account)
               ? billing_reply_only(reply, account)
               : rc;
}


/* An object; of a 204, NULL. */
static billing_status_t
hyperbilling_aws_body(
    const billing_http_answer_t *answer, json_t **body, billing_reply_t *reply)
{
    billing_status_t rc;

    *body = NULL;

    rc = billing_reply_status(reply, answer->status);
    if (rc != BILLING_OK) {
        return rc;
    }

    if (answer->status == 204) {
        return BILLING_OK;
    }

    rc = billing_reply_json(answer, body, reply);

    if (rc == BILLING_OK && !json_is_object(*body)) {
        json_decref(*body);
        *body = NULL;
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer is not a JSON object.");
    }

    return rc;
}


/* No list at all is none that is empty. */
static billing_status_t
hyperbilling_aws_linked_ids(const json_t *results, billing_reply_t *reply)
{
    size_t           i;
    json_t          *id;
    billing_status_t rc;

    if (!json_is_array(results)
        || json_array_size(results) > HYPERBILLING_AWS_LINKED_MAX)
    {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer holds no list of linked accounts, or one "
            "of more than %d.",
            HYPERBILLING_AWS_LINKED_MAX);
    }

    json_array_foreach(results, i, id)
    {
        if (!hyperbilling_aws_is_id(billing_reply_str(id))) {
            return billing_reply_fail(reply, BILLING_MALFORMED,
                "The provider's answer names a linked account that is not an "
                "id.");
        }

        rc = billing_reply_linked(reply, billing_reply_str(id));
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


static int
hyperbilling_aws_is_id(billing_str_t id)
{
    return id.len > 0 && id.len <= HYPERBILLING_AWS_LINKED_LEN
           && !billing_text_control(id);
}


billing_status_t
billing_hyperbilling_aws_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t              *page;
    billing_status_t     rc;
    billing_json_arena_t arena;

    billing_json_arena_open(&arena);

    rc = hyperbilling_aws_body(answer, &page, reply);

    if (rc == BILLING_OK) {
        rc = hyperbilling_aws_rows(question, page, reply);
    }

    if (rc == BILLING_OK) {
        rc = hyperbilling_aws_next(
            question, json_object_get(page, "NextDataToken"), reply);
    }

    billing_json_arena_close(&arena, page);

    return rc;
}


/*
 * A 204 says that there are no costs (its clients take it so); an answer of any
 * other kind without a list of them does not.
 */
static billing_status_t
hyperbilling_aws_rows(const billing_question_t *question, const json_t *page,
    billing_reply_t *reply)
{
    json_t                           *results;
    billing_status_t                  rc;
    billing_question_t                own;
    billing_hyperbilling_aws_window_t window;

    if (page == NULL) {
        return BILLING_OK;
    }

    results = json_object_get(page, "Results");

    if (!json_is_array(results)) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer holds no list of costs.");
    }

    rc = billing_hyperbilling_aws_window(question, &window);
    if (rc != BILLING_OK) {
        return rc;
    }

    /* what lies in another month than was asked for would count twice */
    own = *question;
    own.start = window.start;
    own.end = window.end;

    return billing_reply_rows(&own, reply, results, hyperbilling_aws_row, NULL);
}


/* Returns what is wrong with the row, NULL if nothing is. */
static const char *
hyperbilling_aws_row(const billing_question_t *question, const void *data,
    const json_t *value, billing_cost_row_t *row)
{
    json_t       *group;
    const char   *problem;
    billing_str_t region;

    (void) data;

    group = json_object_get(value, "GroupBy");

    problem = hyperbilling_aws_date(
        question, json_object_get(group, "USAGE_DATE"), &row->date);
    if (problem != NULL) {
        return problem;
    }

    if (billing_reply_text(json_object_get(group, "REGION"), &region)
        != BILLING_OK) {
        return "REGION is not a text";
    }

    if (billing_reply_text(
            json_object_get(group, "SERVICE_CODE"), &row->service)
        != BILLING_OK)
    {
        return "SERVICE_CODE is not a text";
    }

    if (hyperbilling_aws_amount(json_object_get(value, "Value"), &row->amount)
        != BILLING_OK)
    {
        return "USAGE_COST is not an amount";
    }

    row->currency = billing_str(HYPERBILLING_AWS_CURRENCY);
    row->linked = question->linked[0];
    row->region = billing_hyperbilling_aws_region(region);
    row->charge = billing_charge_of_service(row->service,
        row->amount < 0 ? BILLING_CHARGE_CREDIT : BILLING_CHARGE_USAGE);

    return NULL;
}


/* A row whose only value is null has none. */
static billing_status_t
hyperbilling_aws_amount(const json_t *values, billing_money_t *amount)
{
    json_t *cost;

    cost = json_object_get(values, "USAGE_COST");

    return billing_reply_amount_in(cost,
        json_object_size(values) == 1 ? (billing_str_t){ NULL, 0 }
                                      : billing_str(HYPERBILLING_AWS_CURRENCY),
        amount);
}


/*
 * The form of a date under MONTHLY is not documented: "yyyy-mm",
 * "yyyy-mm-dd" and "yyyymm" are understood.
 */
static const char *
hyperbilling_aws_date(
    const billing_question_t *question, const json_t *value, int32_t *date)
{
    int              daily;
    billing_str_t    text;
    billing_status_t rc;

    text = billing_reply_str(value);
    daily = question->granularity == BILLING_DAILY;

    if (daily || text.len == 10) {
        rc = billing_day_parse(text, date);

    } else {
        rc = text.len == 6 ? billing_reply_month(text, date)
                           : billing_month_parse(text, date);
    }

    if (rc != BILLING_OK) {
        return "USAGE_DATE is not a date";
    }

    if (!daily && text.len == 10) {
        *date = billing_month_of(*date);
    }

    return NULL;
}


/* More of what the page is about, or the next month. */
static billing_status_t
hyperbilling_aws_next(const billing_question_t *question, const json_t *value,
    billing_reply_t *reply)
{
    char                              day[BILLING_DAY_LEN];
    billing_buf_t                     token;
    billing_status_t                  rc;
    billing_hyperbilling_aws_window_t window;

    rc = billing_hyperbilling_aws_window(question, &window);
    if (rc != BILLING_OK) {
        return rc;
    }

    if (!window.narrow) {
        return hyperbilling_aws_token(value, &reply->next, reply);
    }

    billing_buf_init(&token, BILLING_PAGE_MAX);
    rc = hyperbilling_aws_token(value, &token, reply);

    if (rc == BILLING_OK && token.len > 0) {
        billing_day_format(window.start, day);
        (void) billing_buf_addf(&reply->next, "%s ", day);
        rc = billing_buf_add(&reply->next, token.data, token.len);

    } else if (rc == BILLING_OK && window.end < question->end) {
        billing_day_format(window.end + 1, day);
        reply->ours = 1;
        rc = billing_buf_addf(&reply->next, "%s", day);
    }

    billing_buf_free(&token);

    return rc;
}


/* The last page has no token, or a false one: null, false, 0, "". */
static billing_status_t
hyperbilling_aws_token(
    const json_t *value, billing_buf_t *token, billing_reply_t *reply)
{
    billing_str_t text;

    if (json_is_integer(value) && json_integer_value(value) != 0) {
        return billing_buf_addf(
            token, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }

    if (json_is_false(value)
        || (json_is_integer(value) && json_integer_value(value) == 0))
    {
        return BILLING_OK;
    }

    if (billing_reply_text(value, &text) != BILLING_OK) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's token of the next page is not a text.");
    }

    return billing_buf_add_str(token, text);
}
