
/*
 * Reading Azure's answers: a table whose columns stand in any order,
 *
 *     {"properties":{"nextLink":null,
 *      "columns":[{"name":"Cost","type":"Number"},
 *       {"name":"UsageDate","type":"Number"},{"name":"ServiceName",...},
 *       {"name":"ResourceLocation",...},{"name":"Currency",...}],
 *      "rows":[[1.25,20210801,"Storage","koreacentral","USD"]]}}
 */

#include "providers/azure.h"

#include <stdio.h>
#include <strings.h>

#include "providers/charges.h"
#include "providers/reply.h"
#include "providers/request.h"


enum {
    AZURE_COST = 0,
    AZURE_DATE,
    AZURE_SERVICE,
    AZURE_LOCATION,
    AZURE_CURRENCY,
    AZURE_CHARGE,
    AZURE_COLUMNS
};

typedef struct {
    json_int_t       code; /* Entra's */
    billing_reason_t reason;
    const char      *text;
} azure_error_t;

typedef struct {
    const char      *code; /* Azure's */
    billing_status_t status;
    billing_reason_t reason;
    const char      *text;
} azure_problem_t;

typedef struct {
    size_t count;             /* of columns */
    size_t at[AZURE_COLUMNS]; /* where those stand that are read */
} azure_columns_t;


static billing_status_t azure_token_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply);
static billing_status_t azure_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply);
static billing_status_t azure_page(const billing_question_t *question,
    const json_t *properties, billing_reply_t *reply);
static int azure_columns(const billing_question_t *question, const json_t *list,
    azure_columns_t *columns);
static int azure_is_asked(const billing_question_t *question, size_t column);
static int azure_column(
    const json_t *list, const char *const names[2], size_t *at);
static const char      *azure_row(const billing_question_t *question,
         const void *data, const json_t *value, billing_cost_row_t *row);
static billing_status_t azure_date(
    const json_t *value, billing_granularity_t granularity, int32_t *date);
static billing_status_t azure_next(const billing_question_t *question,
    const json_t *link, billing_reply_t *reply);


#define AZURE_TENANT                                                  \
    "There is no such directory (tenant) in the Azure cloud of this " \
    "server's endpoint; Azure Government and China have their own."

/* Microsoft Entra authentication and authorization error codes */
static const azure_error_t azure_errors[] = {
    { 7000215, BILLING_REASON_WRONG_KEY,
        "The client secret is wrong; is it the secret's ID instead of its "
        "value?" },
    { 7000222, BILLING_REASON_EXPIRED, "The client secret has expired." },
    { 700016, BILLING_REASON_WRONG_KEY,
        "There is no such application in this directory." },
    { 7000112, BILLING_REASON_NO_ACCESS, "The application is disabled." },
    { 7000229, BILLING_REASON_NO_ACCESS,
        "The application has no service principal in this directory." },
    { 90002, BILLING_REASON_WRONG_KEY, AZURE_TENANT },
    { 900023, BILLING_REASON_WRONG_KEY, AZURE_TENANT },
    { 53003, BILLING_REASON_NO_ACCESS,
        "A conditional access policy keeps the application out." },
    { 700024, BILLING_REASON_CLOCK,
        "Microsoft Entra finds the time of the request wrong: the clock of "
        "this server has to be set." },
};

#define AZURE_ERRORS (sizeof(azure_errors) / sizeof(azure_errors[0]))

/* Error codes of Azure Resource Manager and Cost Management; in any case. */
static const azure_problem_t azure_problems[] = {
    { "AuthorizationFailed", BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        "Azure accepts the application, but does not show it the costs of "
        "this scope: it needs the role Cost Management Reader there." },
    { "RBACAccessDenied", BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        "Azure accepts the application, but does not show it the costs of "
        "this scope: it needs the role Cost Management Reader there." },
    { "AccountCostDisabled", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        "The billing account does not let its subscriptions see costs." },
    { "DisallowedOperation", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        "Azure does not tell the costs of subscriptions of this kind." },
    { "IndirectCostDisabled", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        "The partner does not let this subscription see costs." },
    { "ExpiredAuthenticationToken", BILLING_REJECTED, BILLING_REASON_EXPIRED,
        "Azure takes the token for an expired one." },
    { "InvalidAuthenticationTokenTenant", BILLING_REJECTED,
        BILLING_REASON_NO_ACCESS,
        "The scope belongs to another directory than the application." },
    { "SubscriptionNotFound", BILLING_REJECTED, BILLING_REASON_NO_SUCH_TABLE,
        "Azure knows no such scope." },
    { "BillingAccountNotFound", BILLING_REJECTED, BILLING_REASON_NO_SUCH_TABLE,
        "Azure knows no such scope." },
    { "TooManyRequests", BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        "Azure asks for fewer requests." },
};

#define AZURE_PROBLEMS (sizeof(azure_problems) / sizeof(azure_problems[0]))

/* What is asked for is "Cost"; older versions call it otherwise. */
static const char *const azure_names[AZURE_COLUMNS][2] = {
    { "Cost", "PreTaxCost" },
    { "UsageDate", "BillingMonth" },
    { "ServiceName", NULL },
    { "ResourceLocation", NULL },
    { "Currency", NULL },
    { "ChargeType", NULL },
};


billing_status_t
billing_azure_token(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t          *body;
    billing_status_t rc;

    if (answer->status != 200) {
        return azure_token_refused(answer, reply);
    }

    rc = billing_reply_json(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_reply_bearer(question, body, reply);
    json_decref(body);

    return rc;
}


static billing_status_t
azure_token_refused(const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t     i;
    json_t    *body;
    json_int_t code;

    if (answer->status != 400 && answer->status != 401) {
        return billing_reply_status(reply, answer->status);
    }

    if (billing_reply_json(answer, &body, reply) != BILLING_OK) {
        return billing_reply_status(reply, 401);
    }

    if (billing_reply_find(answer->body, "\"temporarily_unavailable\"") != NULL)
    {
        json_decref(body);
        return billing_reply_fail(reply, BILLING_UNAVAILABLE,
            "Microsoft Entra issues no tokens just now.");
    }

    code = json_integer_value(
        json_array_get(json_object_get(body, "error_codes"), 0));
    json_decref(body);

    /* no resource of that name; an application of another cloud */
    if (code == 500011 || code == 900382 || code == 900383) {
        return billing_reply_refuse(reply, BILLING_UNAVAILABLE,
            BILLING_REASON_NO_ACCESS,
            "The directory is of another Azure cloud than the endpoint: "
            "endpoint= or login= of this server's configuration has to be "
            "that of Azure Government or China.");
    }

    for (i = 0; i < AZURE_ERRORS; i++) {
        if (azure_errors[i].code == code) {
            return billing_reply_refuse(reply,
                azure_errors[i].reason == BILLING_REASON_CLOCK
                    ? BILLING_UNAVAILABLE
                    : BILLING_REJECTED,
                azure_errors[i].reason, "%s", azure_errors[i].text);
        }
    }

    return billing_reply_fail(reply, BILLING_REJECTED,
        "Microsoft Entra refuses these credentials (AADSTS%" JSON_INTEGER_FORMAT
        ").",
        code);
}


billing_status_t
billing_azure_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    if (answer->status == 400) {
        return billing_reply_refuse(reply, BILLING_REJECTED,
            BILLING_REASON_NO_SUCH_TABLE,
            "Azure does not understand the scope.");
    }

    if (answer->status != 200 && answer->status != 204) {
        return azure_refused(answer, reply);
    }

    return billing_reply_linked(
        reply, billing_azure_scope_id(question->credentials));
}


/* By the error's code, then by the status. */
static billing_status_t
azure_refused(const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t        i;
    json_t       *body;
    billing_str_t code;

    body = NULL;

    if (billing_reply_json(answer, &body, reply) == BILLING_NOMEM) {
        return BILLING_NOMEM;
    }

    code = billing_reply_str(
        json_object_get(json_object_get(body, "error"), "code"));

    for (i = 0; i < AZURE_PROBLEMS; i++) {
        if (code.len == strlen(azure_problems[i].code)
            && billing_reply_says(code, azure_problems[i].code))
        {
            break;
        }
    }

    json_decref(body);

    if (i < AZURE_PROBLEMS) {
        return billing_reply_refuse(reply, azure_problems[i].status,
            azure_problems[i].reason, "%s", azure_problems[i].text);
    }

    switch (answer->status) {
    case 400:
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "Azure does not understand the question.");

    case 403:
        return billing_reply_refuse(reply, BILLING_REJECTED,
            BILLING_REASON_ROLE_MISSING,
            "Azure accepts the application, but does not show it the costs of "
            "this scope: it needs the role Cost Management Reader there.");

    case 404:
        return billing_reply_refuse(reply, BILLING_REJECTED,
            BILLING_REASON_NO_SUCH_TABLE, "Azure knows no such scope.");

    default:
        return billing_reply_status(reply, answer->status);
    }
}


billing_status_t
billing_azure_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t          *body;
    billing_status_t rc;

    if (answer->status == 204) {
        return azure_next(question, NULL, reply);
    }

    if (answer->status != 200) {
        return azure_refused(answer, reply);
    }

    rc = billing_reply_json(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = azure_page(question, json_object_get(body, "properties"), reply);
    json_decref(body);

    return rc;
}


static billing_status_t
azure_page(const billing_question_t *question, const json_t *properties,
    billing_reply_t *reply)
{
    json_t          *rows;
    azure_columns_t  columns;
    billing_status_t rc;

    rows = json_object_get(properties, "rows");

    if (!json_is_array(rows)
        || !azure_columns(
            question, json_object_get(properties, "columns"), &columns))
    {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer holds no table of costs.");
    }

    rc = billing_reply_rows(question, reply, rows, azure_row, &columns);
    if (rc != BILLING_OK) {
        return rc;
    }

    return azure_next(question, json_object_get(properties, "nextLink"), reply);
}


static int
azure_columns(const billing_question_t *question, const json_t *list,
    azure_columns_t *columns)
{
    size_t i;

    columns->count = json_array_size(list);

    for (i = 0; i < AZURE_COLUMNS; i++) {
        /* one that is not there: a cell behind the last is none */
        columns->at[i] = columns->count;

        if (azure_is_asked(question, i)
            && !azure_column(list, azure_names[i], &columns->at[i]))
        {
            return 0;
        }
    }

    return 1;
}


static int
azure_is_asked(const billing_question_t *question, size_t column)
{
    switch (column) {
    case AZURE_SERVICE:
        return question->apart != BILLING_APART_DETAIL;

    case AZURE_LOCATION:
        return question->apart != BILLING_APART_SERVICE;

    case AZURE_CHARGE:
        return question->apart != BILLING_APART_NOT;

    default:
        return 1;
    }
}


static int
azure_column(const json_t *list, const char *const names[2], size_t *at)
{
    size_t      i;
    json_t     *column;
    const char *name;

    json_array_foreach(list, i, column)
    {
        name = json_string_value(json_object_get(column, "name"));

        if (name != NULL
            && (strcasecmp(name, names[0]) == 0
                || (names[1] != NULL && strcasecmp(name, names[1]) == 0)))
        {
            *at = i;
            return 1;
        }
    }

    return 0;
}


/* data is where the columns stand. */
static const char *
azure_row(const billing_question_t *question, const void *data,
    const json_t *value, billing_cost_row_t *row)
{
    const size_t          *at;
    billing_str_t          charge;
    const azure_columns_t *columns;

    columns = data;
    at = columns->at;

    if (!json_is_array(value) || json_array_size(value) != columns->count) {
        return "it does not have the table's columns";
    }

    if (azure_date(json_array_get(value, at[AZURE_DATE]), question->granularity,
            &row->date)
        != BILLING_OK)
    {
        return "its date is not a date";
    }

    row->currency = billing_reply_str(
        json_array_get(value, at[AZURE_CURRENCY]));

    if (billing_reply_amount_in(
            json_array_get(value, at[AZURE_COST]), row->currency, &row->amount)
        != BILLING_OK)
    {
        return "its cost is not an amount";
    }

    if (billing_reply_text(
            json_array_get(value, at[AZURE_SERVICE]), &row->service)
            != BILLING_OK
        || billing_reply_text(
               json_array_get(value, at[AZURE_LOCATION]), &row->region)
               != BILLING_OK
        || billing_reply_text(json_array_get(value, at[AZURE_CHARGE]), &charge)
               != BILLING_OK)
    {
        return "its service, location or charge type is not a text";
    }

    row->charge = billing_charges_azure(charge);

    row->linked = question->linked[0];

    return NULL;
}


/*
 * Days are numbers, 20210801, with or without a fraction.  What months look
 * like is not documented: public code has seen 202108, 20210801 and
 * "2021-08-01T00:00:00".
 */
static billing_status_t
azure_date(
    const json_t *value, billing_granularity_t granularity, int32_t *date)
{
    char             text[32];
    int              len;
    json_int_t       number;
    billing_day_t    day;
    billing_str_t    given;
    billing_money_t  amount;
    billing_status_t rc;

    number = 0;

    if (billing_reply_amount(value, &amount) == BILLING_OK && amount > 0
        && amount / BILLING_MONEY_ONE < 100000000)
    {
        number = (json_int_t) (amount / BILLING_MONEY_ONE);
    }

    if (json_is_string(value) && number == 0) {
        given = billing_reply_str(value);
        len = snprintf(text, sizeof(text), "%.10s", given.data);

    } else if (number >= 197001 && number <= 999912) {
        len = snprintf(text, sizeof(text), "%04d-%02d-01", (int) (number / 100),
            (int) (number % 100));

    } else if (number >= 19700101 && number <= 99991231) {
        len = snprintf(text, sizeof(text), "%04d-%02d-%02d",
            (int) (number / 10000), (int) (number / 100 % 100),
            (int) (number % 100));

    } else {
        return BILLING_MALFORMED;
    }

    rc = billing_day_parse((billing_str_t){ text, (size_t) len }, &day);
    if (rc == BILLING_OK) {
        *date = granularity == BILLING_DAILY ? day : billing_month_of(day);
    }

    return rc;
}


/*
 * The rest of this part of the period, or the next part.  The token goes along:
 * to where the question went, nowhere else.
 */
static billing_status_t
azure_next(const billing_question_t *question, const json_t *link,
    billing_reply_t *reply)
{
    char                   day[BILLING_DAY_LEN];
    billing_str_t          text, rest;
    billing_status_t       rc;
    billing_azure_window_t window;

    rc = billing_azure_window(question, &window);
    if (rc != BILLING_OK) {
        return rc;
    }

    if (billing_reply_text(link, &text) != BILLING_OK) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's link to the next page is not a text.");
    }

    if (text.len == 0) {
        if (window.end < question->end) {
            billing_day_format(window.end + 1, day);
            reply->ours = 1;
            return billing_buf_addf(&reply->next, "%s", day);
        }

        return BILLING_OK;
    }

    if (!billing_request_is_below(question->endpoint, text, &rest)) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's link to the next page leads elsewhere.");
    }

    billing_day_format(window.start, day);

    (void) billing_buf_addf(&reply->next, "%s ", day);
    (void) billing_buf_add_str(&reply->next, question->endpoint);

    return billing_buf_add_str(&reply->next, rest);
}
