
/*
 * Reading the summary API's answers, a list of
 *
 *     {"kind":"usage_detail","month":"202108","data":[
 *      {"project_id":"p","project_name":"P","data":[
 *       {"service_name":"Compute Engine","region_id":"asia-northeast3",
 *        "costs":[{"cost":11000.5,"final_cost":10000.5,"currency":"KRW",
 *                  "cost_in_usd":9.4,"final_cost_in_usd":8.55}]}]}]}
 *
 * What the final cost is less than the cost is credits.
 *
 * Kinds and months that were not asked for come back too: they are passed
 * over, as the clients do.  All else that is not understood is an error.
 */

#include "providers/hyperbilling_summary.h"

#include <stdio.h>

#include "providers/reply.h"


/* An element of the list, and where in it the reading is. */
typedef struct {
    const billing_question_t *question;
    billing_reply_t          *reply;
    billing_month_t           month;
    billing_str_t             project;
} hyperbilling_summary_place_t;


static billing_status_t hyperbilling_summary_next(
    const billing_question_t *question, billing_reply_t *reply);
static billing_status_t hyperbilling_summary_list(
    const billing_http_answer_t *answer, json_t **list, billing_reply_t *reply);
static billing_status_t hyperbilling_summary_refused(
    const json_t *body, billing_reply_t *reply);
static int              hyperbilling_summary_status(billing_str_t code);
static billing_status_t hyperbilling_summary_element(
    hyperbilling_summary_place_t *place, const json_t *element);
static int hyperbilling_summary_wanted(
    const billing_question_t *question, billing_month_t month);
static billing_status_t hyperbilling_summary_project(
    hyperbilling_summary_place_t *place, const json_t *project);
static billing_status_t hyperbilling_summary_row(
    hyperbilling_summary_place_t *place, const json_t *value);
static const char *hyperbilling_summary_date(
    const hyperbilling_summary_place_t *place, const json_t *value,
    int32_t *date, int *foreign);
static int  hyperbilling_summary_empty(const json_t *value);
static void hyperbilling_summary_credit(
    const json_t *cost, billing_cost_row_t *row);
static billing_status_t hyperbilling_summary_cost(
    hyperbilling_summary_place_t *place, const json_t *value,
    billing_cost_row_t *row);


int
billing_hyperbilling_summary_window(
    const billing_question_t *question, billing_day_t *start)
{
    *start = question->start;

    return question->page.len == 0
           || billing_day_parse(question->page, start) == BILLING_OK;
}


billing_status_t
billing_hyperbilling_summary_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t          *list;
    billing_status_t rc;

    rc = hyperbilling_summary_list(answer, &list, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    json_decref(list);

    return billing_reply_linked(
        reply, billing_fields_get(question->credentials, "account_id"));
}


billing_status_t
billing_hyperbilling_summary_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t                       i;
    json_t                      *list, *element;
    billing_status_t             rc;
    hyperbilling_summary_place_t place;

    rc = hyperbilling_summary_list(answer, &list, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    place = (hyperbilling_summary_place_t){ .question = question,
        .reply = reply };

    json_array_foreach(list, i, element)
    {
        rc = hyperbilling_summary_element(&place, element);
        if (rc != BILLING_OK) {
            break;
        }
    }

    json_decref(list);

    return rc == BILLING_OK ? hyperbilling_summary_next(question, reply) : rc;
}


/* Narrow questions are about a month each; its day is the page's name. */
static billing_status_t
hyperbilling_summary_next(
    const billing_question_t *question, billing_reply_t *reply)
{
    char            day[BILLING_DAY_LEN];
    billing_day_t   start;
    billing_month_t month;

    if (!(question->forms & BILLING_FORM_NARROW)
        || !billing_hyperbilling_summary_window(question, &start))
    {
        return BILLING_OK;
    }

    month = billing_month_of(start);

    if (month >= billing_month_of(question->end)) {
        return BILLING_OK;
    }

    reply->ours = 1;
    billing_day_format(billing_month_first(month + 1), day);

    return billing_buf_addf(&reply->next, "%s", day);
}


/* Errors come with a 200, too: as an object instead of the list. */
static billing_status_t
hyperbilling_summary_list(
    const billing_http_answer_t *answer, json_t **list, billing_reply_t *reply)
{
    billing_status_t rc;

    *list = NULL;

    rc = billing_reply_status(reply, answer->status);
    if (rc != BILLING_OK) {
        return rc;
    }

    if (answer->status == 204) {
        *list = json_array();
        return *list != NULL ? BILLING_OK : BILLING_NOMEM;
    }

    rc = billing_reply_json(answer, list, reply);

    if (rc == BILLING_OK && !json_is_array(*list)) {
        rc = hyperbilling_summary_refused(*list, reply);
        json_decref(*list);
    }

    return rc;
}


/*
 * No list of error codes is public; one that holds an HTTP status is taken
 * for it.
 */
static billing_status_t
hyperbilling_summary_refused(const json_t *body, billing_reply_t *reply)
{
    int           status;
    char          number[24];
    json_t       *value;
    billing_str_t code;

    value = json_object_get(body, "errorCode");
    code = billing_reply_str(value);

    if (json_is_integer(value)) {
        (void) snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
            json_integer_value(value));
        code = billing_str_from(number);
    }

    if (code.len == 0) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer is neither a list of costs nor an error.");
    }

    if (billing_reply_find(code, "401") != NULL) {
        return billing_reply_status(reply, 401);
    }

    if (billing_reply_find(code, "403") != NULL) {
        return billing_reply_status(reply, 403);
    }

    if (billing_reply_find(code, "429") != NULL) {
        return billing_reply_status(reply, 429);
    }

    status = hyperbilling_summary_status(code);

    if (status != 0) {
        return billing_reply_status(reply, status);
    }

    return billing_reply_fail(reply, BILLING_UNAVAILABLE,
        "The provider answers with an error of its own.");
}


/* Three digits that are a status of the client's mistakes; 0: there are none. */
static int
hyperbilling_summary_status(billing_str_t code)
{
    size_t i, start;

    for (i = 0, start = 0; i <= code.len; i++) {
        if (i < code.len && code.data[i] >= '0' && code.data[i] <= '9') {
            continue;
        }

        if (i - start == 3 && code.data[start] == '4') {
            return 400 + (code.data[start + 1] - '0') * 10
                   + (code.data[start + 2] - '0');
        }

        start = i + 1;
    }

    return 0;
}


static billing_status_t
hyperbilling_summary_element(
    hyperbilling_summary_place_t *place, const json_t *element)
{
    size_t           i;
    json_t          *projects, *project;
    const char      *kind, *wanted;
    billing_status_t rc;

    wanted = place->question->granularity == BILLING_DAILY
                 ? HYPERBILLING_SUMMARY_DAILY
                 : HYPERBILLING_SUMMARY_DETAIL;

    kind = json_string_value(json_object_get(element, "kind"));
    projects = json_object_get(element, "data");

    if (kind == NULL || !json_is_array(projects)
        || billing_reply_month(
               billing_reply_str(json_object_get(element, "month")),
               &place->month)
               != BILLING_OK)
    {
        return billing_reply_spoil(
            place->reply, "it stands in no list of a kind and a month");
    }

    if (strcmp(kind, wanted) != 0
        || !hyperbilling_summary_wanted(place->question, place->month))
    {
        return BILLING_OK;
    }

    json_array_foreach(projects, i, project)
    {
        rc = hyperbilling_summary_project(place, project);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


static int
hyperbilling_summary_wanted(
    const billing_question_t *question, billing_month_t month)
{
    billing_day_t start;

    if (question->forms & BILLING_FORM_NARROW) {
        return billing_hyperbilling_summary_window(question, &start)
               && month == billing_month_of(start);
    }

    return month >= billing_month_of(question->start)
           && month <= billing_month_of(question->end);
}


static billing_status_t
hyperbilling_summary_project(
    hyperbilling_summary_place_t *place, const json_t *project)
{
    size_t           i;
    json_t          *rows, *row;
    billing_status_t rc;

    rows = json_object_get(project, "data");

    if (billing_reply_text(
            json_object_get(project, "project_id"), &place->project)
            != BILLING_OK
        || !json_is_array(rows))
    {
        return billing_reply_spoil(
            place->reply, "it stands in no list of a project");
    }

    json_array_foreach(rows, i, row)
    {
        rc = hyperbilling_summary_row(place, row);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


static billing_status_t
hyperbilling_summary_row(
    hyperbilling_summary_place_t *place, const json_t *value)
{
    int                foreign;
    size_t             i;
    json_t            *costs, *cost;
    const char        *problem;
    billing_status_t   rc;
    billing_cost_row_t row;

    row = (billing_cost_row_t){ .linked = place->project };
    costs = json_object_get(value, "costs");

    problem = hyperbilling_summary_date(place, value, &row.date, &foreign);
    if (problem != NULL) {
        return billing_reply_spoil(place->reply, problem);
    }

    if (foreign) {
        return BILLING_OK;
    }

    if (billing_reply_text(json_object_get(value, "region_id"), &row.region)
            != BILLING_OK
        || billing_reply_text(
               json_object_get(value, "service_name"), &row.service)
               != BILLING_OK
        || !json_is_array(costs))
    {
        return billing_reply_spoil_month(
            place->question, place->reply, row.date, BILLING_REASON_MALFORMED);
    }

    json_array_foreach(costs, i, cost)
    {
        rc = hyperbilling_summary_cost(place, cost, &row);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


/*
 * A row belongs to its element when its invoice month, if it names one, is
 * the element's; a day counts in its own month only.
 */
static const char *
hyperbilling_summary_date(const hyperbilling_summary_place_t *place,
    const json_t *value, int32_t *date, int *foreign)
{
    billing_str_t   text;
    billing_month_t invoice;

    text = billing_reply_str(json_object_get(value, "invoice_month"));
    invoice = place->month;

    if (text.len > 0 && billing_reply_month(text, &invoice) != BILLING_OK) {
        return "invoice_month is not a month";
    }

    *date = invoice;
    *foreign = invoice != place->month;

    if (place->question->granularity == BILLING_MONTHLY) {
        return NULL;
    }

    if (billing_day_parse(
            billing_reply_str(json_object_get(value, "date")), date)
        != BILLING_OK)
    {
        return "date is not a day";
    }

    *foreign |= billing_month_of(*date) != invoice
                || *date < place->question->start
                || *date > place->question->end;

    return NULL;
}


/* All that it holds is null. */
static int
hyperbilling_summary_empty(const json_t *value)
{
    json_t     *member;
    const char *name;

    json_object_foreach((json_t *) value, name, member)
    {
        if (!json_is_null(member)) {
            return 0;
        }
    }

    return json_object_size(value) > 0;
}


static billing_status_t
hyperbilling_summary_cost(hyperbilling_summary_place_t *place,
    const json_t *value, billing_cost_row_t *row)
{
    int           local;
    billing_str_t currency;

    currency = billing_fields_get(place->question->credentials, "currency");
    local = billing_str_eq(currency, billing_str(HYPERBILLING_SUMMARY_LOCAL));

    row->currency = local
                        ? billing_reply_str(json_object_get(value, "currency"))
                        : billing_str("USD");

    if (billing_reply_amount_in(
            json_object_get(value, local ? "final_cost" : "final_cost_in_usd"),
            hyperbilling_summary_empty(value) ? (billing_str_t){ NULL, 0 }
                                              : row->currency,
            &row->amount)
        != BILLING_OK)
    {
        return billing_reply_spoil_month(
            place->question, place->reply, row->date, BILLING_REASON_MALFORMED);
    }

    hyperbilling_summary_credit(
        json_object_get(value, local ? "cost" : "cost_in_usd"), row);

    return billing_reply_row(place->question, place->reply, row);
}


/*
 * Divides the row's amount.  Where the cost is not told, or is not a number,
 * nobody knows how: then the amount is all there is.
 */
static void
hyperbilling_summary_credit(const json_t *cost, billing_cost_row_t *row)
{
    billing_money_t before, final;

    final = row->amount;
    row->credit = 0;
    row->charge = BILLING_CHARGE_UNKNOWN;

    if (billing_reply_amount(cost, &before) != BILLING_OK
        || __builtin_sub_overflow(final, before, &row->credit))
    {
        row->credit = 0;
        return;
    }

    row->amount = before;
    row->charge = billing_charge_of_service(row->service, BILLING_CHARGE_USAGE);
}
