
/*
 * Reading Hyperbilling's answers.  A row is
 *
 *     {"GroupBy":{"USAGE_DATE":"2021-08-01","REGION":"APN2",
 *      "SERVICE_CODE":"AmazonEC2"},"Value":{"USAGE_COST":0.312}}
 *
 * Anything that is not understood spoils the whole page: a total must not
 * lack a row in silence.
 */

#include "billing_hyperbilling_aws.h"

#include <stdio.h>
#include <stdlib.h>

#include "billing_answer.h"
#include "core/billing_json_arena.h"
#include "core/billing_text.h"


/* No field tells the currency; the API's public clients take it for USD. */
#define HYPERBILLING_AWS_CURRENCY "USD"

#define HYPERBILLING_AWS_LINKED_LEN 256
#define HYPERBILLING_AWS_LINKED_MAX 10000
#define HYPERBILLING_AWS_TEXT_LEN   256 /* of a region or a service */


static billing_status_t hyperbilling_aws_linked_ids(
    const json_t *results, json_t *ids, char reason[BILLING_REASON_LEN]);
static int              hyperbilling_aws_is_id(billing_str_t id);
static int              hyperbilling_aws_compare(const void *a, const void *b);
static billing_status_t hyperbilling_aws_only(
    billing_str_t account, json_t **ids, char reason[BILLING_REASON_LEN]);
static billing_status_t hyperbilling_aws_rows(const billing_cost_query_t *query,
    const json_t *page, billing_cost_row_pt row, void *data,
    char reason[BILLING_REASON_LEN]);
static const char      *hyperbilling_aws_row(const billing_cost_query_t *query,
         const json_t *value, billing_cost_row_t *row);
static const char      *hyperbilling_aws_date(
         const billing_cost_query_t *query, const json_t *value, int32_t *date);
static billing_status_t hyperbilling_aws_month(
    billing_str_t text, billing_month_t *month);
static int              hyperbilling_aws_text(const json_t *value);
static billing_status_t hyperbilling_aws_amount(
    const json_t *value, billing_money_t *amount);
static billing_status_t hyperbilling_aws_next(
    const json_t *token, billing_buf_t *next, char reason[BILLING_REASON_LEN]);


billing_status_t
billing_hyperbilling_aws_verify_answer(const json_t *credentials,
    const billing_http_answer_t *answer, json_t **linked,
    char reason[BILLING_REASON_LEN])
{
    json_t          *body, *ids;
    billing_str_t    account;
    billing_status_t rc;

    *linked = NULL;
    reason[0] = '\0';

    rc = billing_answer_status(answer->status, reason);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_answer_object(answer, &body, reason);
    if (rc != BILLING_OK) {
        return rc;
    }

    ids = json_array();
    rc = ids == NULL ? BILLING_NOMEM
                     : hyperbilling_aws_linked_ids(
                         json_object_get(body, "Results"), ids, reason);
    json_decref(body);

    account = billing_answer_str(json_object_get(credentials, "account"));

    if (rc == BILLING_OK && billing_hyperbilling_aws_is_linked(account)) {
        rc = hyperbilling_aws_only(account, &ids, reason);
    }

    if (rc != BILLING_OK) {
        json_decref(ids);
        return rc;
    }

    *linked = ids;

    return BILLING_OK;
}


/* Fills ids, sorted and without repetition.  No list at all is an empty one. */
static billing_status_t
hyperbilling_aws_linked_ids(
    const json_t *results, json_t *ids, char reason[BILLING_REASON_LEN])
{
    size_t         i, n;
    billing_str_t *sorted;

    if (results == NULL || json_is_null(results)) {
        return BILLING_OK;
    }

    n = json_array_size(results);

    if (!json_is_array(results) || n > HYPERBILLING_AWS_LINKED_MAX) {
        return billing_answer_fail(BILLING_MALFORMED, reason,
            "The provider's answer holds no list of linked accounts, or one "
            "of more than %d.",
            HYPERBILLING_AWS_LINKED_MAX);
    }

    sorted = calloc(n + 1, sizeof(billing_str_t));
    if (sorted == NULL) {
        return BILLING_NOMEM;
    }

    for (i = 0; i < n; i++) {
        sorted[i] = billing_answer_str(json_array_get(results, i));

        if (!hyperbilling_aws_is_id(sorted[i])) {
            free(sorted);
            return billing_answer_fail(BILLING_MALFORMED, reason,
                "The provider's answer names a linked account that is not an "
                "id.");
        }
    }

    qsort(sorted, n, sizeof(billing_str_t), hyperbilling_aws_compare);

    for (i = 0; i < n; i++) {
        if (i > 0 && billing_str_eq(sorted[i], sorted[i - 1])) {
            continue;
        }

        if (json_array_append_new(
                ids, json_stringn(sorted[i].data, sorted[i].len))
            != 0)
        {
            free(sorted);
            return BILLING_NOMEM;
        }
    }

    free(sorted);

    return BILLING_OK;
}


static int
hyperbilling_aws_is_id(billing_str_t id)
{
    return id.len > 0 && id.len <= HYPERBILLING_AWS_LINKED_LEN
           && !billing_text_control(id);
}


static int
hyperbilling_aws_compare(const void *a, const void *b)
{
    return billing_str_cmp(
        *(const billing_str_t *) a, *(const billing_str_t *) b);
}


/* Replaces the list by the one linked account that the credentials name. */
static billing_status_t
hyperbilling_aws_only(
    billing_str_t account, json_t **ids, char reason[BILLING_REASON_LEN])
{
    size_t  i;
    json_t *id, *only;

    json_array_foreach(*ids, i, id)
    {
        if (!billing_str_eq(billing_answer_str(id), account)) {
            continue;
        }

        only = json_array();
        if (only == NULL || json_array_append(only, id) != 0) {
            json_decref(only);
            return BILLING_NOMEM;
        }

        json_decref(*ids);
        *ids = only;

        return BILLING_OK;
    }

    return billing_answer_fail(BILLING_REJECTED, reason,
        "These credentials hold no linked account %.*s.", (int) account.len,
        account.data);
}


billing_status_t
billing_hyperbilling_aws_cost_answer(const billing_cost_query_t *query,
    const billing_http_answer_t *answer, billing_cost_row_pt row, void *data,
    billing_buf_t *next, char reason[BILLING_REASON_LEN])
{
    json_t              *page;
    billing_status_t     rc;
    billing_json_arena_t arena;

    reason[0] = '\0';

    rc = billing_answer_status(answer->status, reason);
    if (rc != BILLING_OK) {
        return rc;
    }

    billing_json_arena_open(&arena);

    rc = billing_answer_object(answer, &page, reason);

    if (rc == BILLING_OK) {
        rc = hyperbilling_aws_rows(query, page, row, data, reason);
    }

    if (rc == BILLING_OK) {
        rc = hyperbilling_aws_next(
            json_object_get(page, "NextDataToken"), next, reason);
    }

    billing_json_arena_close(&arena, page);

    return rc;
}


/*
 * An answer without "Results" is a page without rows only when there is
 * nothing else in it: {"message":"..."} with a 200 is not "no costs".
 */
static billing_status_t
hyperbilling_aws_rows(const billing_cost_query_t *query, const json_t *page,
    billing_cost_row_pt row, void *data, char reason[BILLING_REASON_LEN])
{
    size_t             i;
    json_t            *results, *value;
    const char        *problem;
    billing_status_t   rc;
    billing_cost_row_t cost;

    results = json_object_get(page, "Results");

    if (json_is_null(results) || json_object_size(page) == 0) {
        return BILLING_OK;
    }

    if (!json_is_array(results)) {
        return billing_answer_fail(BILLING_MALFORMED, reason,
            "The provider's answer holds no list of costs.");
    }

    json_array_foreach(results, i, value)
    {
        problem = hyperbilling_aws_row(query, value, &cost);

        if (problem != NULL) {
            return billing_answer_fail(BILLING_MALFORMED, reason,
                "Row %zu of the provider's answer is not understood: %s.",
                i + 1, problem);
        }

        rc = row(data, &cost);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


/* Returns what is wrong with the row, NULL if nothing is. */
static const char *
hyperbilling_aws_row(const billing_cost_query_t *query, const json_t *value,
    billing_cost_row_t *row)
{
    json_t     *group, *region, *service;
    const char *problem;

    group = json_object_get(value, "GroupBy");
    region = json_object_get(group, "REGION");
    service = json_object_get(group, "SERVICE_CODE");

    problem = hyperbilling_aws_date(
        query, json_object_get(group, "USAGE_DATE"), &row->date);
    if (problem != NULL) {
        return problem;
    }

    if (!hyperbilling_aws_text(region)) {
        return "REGION is not a text";
    }

    if (!hyperbilling_aws_text(service)) {
        return "SERVICE_CODE is not a text";
    }

    if (hyperbilling_aws_amount(
            json_object_get(json_object_get(value, "Value"), "USAGE_COST"),
            &row->amount)
        != BILLING_OK)
    {
        return "USAGE_COST is not an amount";
    }

    row->currency = billing_str(HYPERBILLING_AWS_CURRENCY);
    row->linked = query->linked;
    row->region = billing_hyperbilling_aws_region(billing_answer_str(region));
    row->service = billing_answer_str(service);

    return NULL;
}


static const char *
hyperbilling_aws_date(
    const billing_cost_query_t *query, const json_t *value, int32_t *date)
{
    int32_t          first, last;
    billing_str_t    text;
    billing_status_t rc;

    text = billing_answer_str(value);

    if (query->granularity == BILLING_DAILY) {
        rc = billing_day_parse(text, date);
        first = query->start;
        last = query->end;

    } else {
        rc = hyperbilling_aws_month(text, date);
        first = billing_month_of(query->start);
        last = billing_month_of(query->end);
    }

    if (rc != BILLING_OK) {
        return "USAGE_DATE is not a date";
    }

    if (*date < first || *date > last) {
        return "USAGE_DATE lies outside of the period";
    }

    return NULL;
}


/*
 * The form of a date under MONTHLY is not documented: "yyyy-mm",
 * "yyyy-mm-dd" and "yyyymm" are understood.
 */
static billing_status_t
hyperbilling_aws_month(billing_str_t text, billing_month_t *month)
{
    char             dashed[7];
    billing_day_t    day;
    billing_status_t rc;

    if (text.len == 10) {
        rc = billing_day_parse(text, &day);

        if (rc == BILLING_OK) {
            *month = billing_month_of(day);
        }

        return rc;
    }

    if (text.len == 6) {
        memcpy(dashed, text.data, 4);
        dashed[4] = '-';
        memcpy(dashed + 5, text.data + 4, 2);
        text = (billing_str_t){ dashed, sizeof(dashed) };
    }

    return billing_month_parse(text, month);
}


/* A string of a sane length, or nothing. */
static int
hyperbilling_aws_text(const json_t *value)
{
    billing_str_t text;

    if (value == NULL || json_is_null(value)) {
        return 1;
    }

    text = billing_answer_str(value);

    return json_is_string(value) && text.len <= HYPERBILLING_AWS_TEXT_LEN
           && !billing_text_control(text);
}


/* A number, or a number in a string. */
static billing_status_t
hyperbilling_aws_amount(const json_t *value, billing_money_t *amount)
{
    int  len;
    char text[32];

    if (json_is_string(value)) {
        return billing_money_parse(billing_answer_str(value), amount);
    }

    if (json_is_real(value)) {
        return billing_money_from_double(json_real_value(value), amount);
    }

    if (!json_is_integer(value)) {
        return BILLING_MALFORMED;
    }

    len = snprintf(
        text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));

    return billing_money_parse((billing_str_t){ text, (size_t) len }, amount);
}


/* The last page has no token, or a false one: null, false, 0, "". */
static billing_status_t
hyperbilling_aws_next(
    const json_t *token, billing_buf_t *next, char reason[BILLING_REASON_LEN])
{
    if (token == NULL || json_is_null(token) || json_is_false(token)
        || (json_is_integer(token) && json_integer_value(token) == 0))
    {
        return BILLING_OK;
    }

    if (!json_is_string(token)) {
        return billing_answer_fail(BILLING_MALFORMED, reason,
            "The provider's token of the next page is not a text.");
    }

    return billing_buf_add_str(next, billing_answer_str(token));
}
