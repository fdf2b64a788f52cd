
/* From answers to rows, tokens and names of pages. */

#include "billing_reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/billing_json.h"
#include "core/billing_text.h"


#define BILLING_REPLY_DEPTH     16
#define BILLING_REPLY_TOKEN_MAX 16384
#define BILLING_REPLY_LIFETIME  86400 /* longest that a token is believed */
#define BILLING_REPLY_UNTOLD    300   /* for how long, where nothing is said */


static time_t      billing_reply_lifetime(const json_t *value);
static const char *billing_reply_problem(
    const billing_question_t *question, const billing_cost_row_t *row);
static int billing_reply_is_text(billing_str_t text);
static int billing_reply_is_currency(billing_str_t currency);


void
billing_reply_init(billing_reply_t *reply, billing_cost_row_pt row, void *data)
{
    *reply = (billing_reply_t){ .row = row, .data = data };

    billing_buf_init_secret(&reply->token, BILLING_REPLY_TOKEN_MAX);
    billing_buf_init_secret(&reply->next, BILLING_PAGE_MAX);
}


void
billing_reply_free(billing_reply_t *reply)
{
    json_decref(reply->linked);
    billing_buf_wipe(&reply->token);
    billing_buf_wipe(&reply->next);
    reply->linked = NULL;
}


billing_status_t
billing_reply_fail(
    billing_reply_t *reply, billing_status_t status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(reply->reason, BILLING_REASON_LEN, fmt, args);
    va_end(args);

    return status;
}


billing_status_t
billing_reply_status(billing_reply_t *reply, int status)
{
    switch (status) {
    case 200:
    case 204:
        return BILLING_OK;

    case 401:
    case 403:
        return billing_reply_fail(reply, BILLING_REJECTED,
            "The provider refuses these credentials (HTTP status %d).", status);

    case 429:
        return billing_reply_fail(reply, BILLING_THROTTLED,
            "The provider asks for fewer requests (HTTP status 429).");

    default:
        return billing_reply_fail(reply, BILLING_UNAVAILABLE,
            "The provider answers with HTTP status %d.", status);
    }
}


billing_status_t
billing_reply_spoil(billing_reply_t *reply, const char *problem)
{
    return billing_reply_fail(reply, BILLING_MALFORMED,
        "Row %u of the provider's answer is not understood: %s.",
        reply->rows + 1, problem);
}


billing_status_t
billing_reply_row(const billing_question_t *question, billing_reply_t *reply,
    const billing_cost_row_t *row)
{
    const char      *problem;
    billing_status_t rc;

    problem = billing_reply_problem(question, row);
    if (problem != NULL) {
        return billing_reply_spoil(reply, problem);
    }

    rc = reply->row(reply->data, row);

    if (rc == BILLING_OK) {
        reply->rows++;
    }

    return rc;
}


billing_status_t
billing_reply_rows(const billing_question_t *question, billing_reply_t *reply,
    const json_t *list, billing_reply_read_pt read, const void *data)
{
    size_t             i;
    json_t            *value;
    const char        *problem;
    billing_status_t   rc;
    billing_cost_row_t row;

    json_array_foreach(list, i, value)
    {
        problem = read(question, data, value, &row);
        if (problem != NULL) {
            return billing_reply_spoil(reply, problem);
        }

        rc = billing_reply_row(question, reply, &row);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


static const char *
billing_reply_problem(
    const billing_question_t *question, const billing_cost_row_t *row)
{
    int32_t first, last;

    first = question->start;
    last = question->end;

    if (question->granularity == BILLING_MONTHLY) {
        first = billing_month_of(first);
        last = billing_month_of(last);
    }

    if (row->date < first || row->date > last) {
        return "its date lies outside of the period";
    }

    if (!billing_reply_is_currency(row->currency)) {
        return "its currency is not a code of three letters";
    }

    if (!billing_reply_is_text(row->linked)) {
        return "its linked account is too long, or holds control characters";
    }

    if (!billing_reply_is_text(row->region)) {
        return "its region is too long, or holds control characters";
    }

    if (!billing_reply_is_text(row->service)) {
        return "its service is too long, or holds control characters";
    }

    return NULL;
}


static int
billing_reply_is_text(billing_str_t text)
{
    return text.len <= BILLING_REPLY_TEXT_MAX && !billing_text_control(text);
}


static int
billing_reply_is_currency(billing_str_t currency)
{
    size_t i;

    for (i = 0; i < currency.len; i++) {
        if (currency.data[i] < 'A' || currency.data[i] > 'Z') {
            return 0;
        }
    }

    return currency.len == 3;
}


billing_status_t
billing_reply_linked(billing_reply_t *reply, billing_str_t id)
{
    if (reply->linked == NULL) {
        reply->linked = json_array();
    }

    return json_array_append_new(reply->linked, json_stringn(id.data, id.len))
                   == 0
               ? BILLING_OK
               : BILLING_NOMEM;
}


billing_status_t
billing_reply_only(billing_reply_t *reply, billing_str_t account)
{
    size_t  i;
    json_t *id;

    if (account.len == 0) {
        return BILLING_OK;
    }

    json_array_foreach(reply->linked, i, id)
    {
        if (billing_str_eq(billing_reply_str(id), account)) {
            json_decref(reply->linked);
            reply->linked = NULL;
            return billing_reply_linked(reply, account);
        }
    }

    return billing_reply_fail(reply, BILLING_REJECTED,
        "These credentials hold no linked account %.*s.", (int) account.len,
        account.data);
}


billing_status_t
billing_reply_json(
    const billing_http_answer_t *answer, json_t **out, billing_reply_t *reply)
{
    char             why[128];
    billing_status_t rc;

    rc = billing_json_parse_exact(answer->body, BILLING_REPLY_DEPTH, out, why);

    if (rc == BILLING_OK || rc == BILLING_NOMEM) {
        return rc;
    }

    return billing_reply_fail(reply, BILLING_MALFORMED,
        "The provider's answer is not JSON (%s).", why);
}


billing_status_t
billing_reply_bearer(const billing_question_t *question, const json_t *body,
    billing_reply_t *reply)
{
    time_t        lifetime;
    billing_str_t token;

    token = billing_reply_str(json_object_get(body, "access_token"));
    lifetime = billing_reply_lifetime(json_object_get(body, "expires_in"));

    if (token.len == 0 || lifetime <= 0) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer holds no access token.");
    }

    reply->expires = question->now + lifetime;

    if (billing_buf_add_str(&reply->token, token) == BILLING_LIMIT) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's access token is too long.");
    }

    return reply->token.status;
}


/*
 * Seconds; 0 where it is none.  RFC 6749 has a number, and does not demand it;
 * Microsoft's older endpoint writes it as a text.
 */
static time_t
billing_reply_lifetime(const json_t *value)
{
    billing_money_t seconds;

    if (value == NULL || json_is_null(value)) {
        return BILLING_REPLY_UNTOLD;
    }

    if (billing_reply_amount(value, &seconds) != BILLING_OK) {
        return 0;
    }

    seconds /= BILLING_MONEY_ONE;

    if (seconds < 0) {
        return 0;
    }

    return seconds < BILLING_REPLY_LIFETIME ? (time_t) seconds
                                            : BILLING_REPLY_LIFETIME;
}


billing_status_t
billing_reply_amount(const json_t *value, billing_money_t *amount)
{
    int  len;
    char text[32];

    if (json_is_string(value)) {
        return billing_money_parse(billing_reply_str(value), amount);
    }

    if (!json_is_integer(value)) {
        return BILLING_MALFORMED;
    }

    len = snprintf(
        text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));

    return billing_money_parse((billing_str_t){ text, (size_t) len }, amount);
}


billing_status_t
billing_reply_text(const json_t *value, billing_str_t *text)
{
    *text = billing_reply_str(value);

    return value == NULL || json_is_null(value) || json_is_string(value)
               ? BILLING_OK
               : BILLING_MALFORMED;
}


billing_str_t
billing_reply_str(const json_t *value)
{
    if (!json_is_string(value)) {
        return (billing_str_t){ NULL, 0 };
    }

    return (
        billing_str_t){ json_string_value(value), json_string_length(value) };
}


const char *
billing_reply_find(billing_str_t text, const char *word)
{
    size_t      len;
    const char *p, *end;

    len = strlen(word);

    if (text.len < len) {
        return NULL;
    }

    end = text.data + text.len - len;

    for (p = text.data; p <= end; p++) {
        if (memcmp(p, word, len) == 0) {
            return p;
        }
    }

    return NULL;
}


billing_status_t
billing_reply_month(billing_str_t text, billing_month_t *month)
{
    char dashed[BILLING_MONTH_LEN];

    if (text.len != 6) {
        return BILLING_MALFORMED;
    }

    memcpy(dashed, text.data, 4);
    dashed[4] = '-';
    memcpy(dashed + 5, text.data + 4, 2);

    return billing_month_parse((billing_str_t){ dashed, 7 }, month);
}
