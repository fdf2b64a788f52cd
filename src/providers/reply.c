
/* From answers to rows, tokens and names of pages. */

#include "providers/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "core/json.h"
#include "core/text.h"


#define BILLING_REPLY_DEPTH     16
#define BILLING_REPLY_TOKEN_MAX 16384
#define BILLING_REPLY_LIFETIME  86400 /* longest that a token is believed */
#define BILLING_REPLY_UNTOLD    300   /* for how long, where nothing is said */


static time_t billing_reply_lifetime(const json_t *value);
static int    billing_reply_place(
       const billing_question_t *question, int32_t date, unsigned *place);
static billing_status_t billing_reply_present(
    billing_reply_t *reply, billing_cost_row_t *row);
static int  billing_reply_is_text(billing_str_t text);
static int  billing_reply_is_currency(billing_str_t currency);
static void billing_reply_because(billing_reply_t *reply,
    billing_status_t status, billing_reason_t reason, const char *fmt,
    va_list args);


void
billing_reply_init(billing_reply_t *reply, billing_cost_row_pt row, void *data)
{
    *reply = (billing_reply_t){ .row = row, .data = data };

    billing_buf_init(&reply->texts, 3 * BILLING_REPLY_TEXT_MAX);
    billing_buf_init_secret(&reply->token, BILLING_REPLY_TOKEN_MAX);
    billing_buf_init_secret(&reply->next, BILLING_PAGE_MAX);
    billing_buf_init(&reply->again, BILLING_PAGE_MAX);
}


void
billing_reply_free(billing_reply_t *reply)
{
    json_decref(reply->linked);
    billing_buf_free(&reply->texts);
    billing_buf_wipe(&reply->token);
    billing_buf_wipe(&reply->next);
    billing_buf_free(&reply->again);
    reply->linked = NULL;
}


billing_status_t
billing_reply_fail(
    billing_reply_t *reply, billing_status_t status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    billing_reply_because(reply, status, BILLING_REASON_NONE, fmt, args);
    va_end(args);

    return status;
}


billing_status_t
billing_reply_refuse(billing_reply_t *reply, billing_status_t status,
    billing_reason_t reason, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    billing_reply_because(reply, status, reason, fmt, args);
    va_end(args);

    return status;
}


static void
billing_reply_because(billing_reply_t *reply, billing_status_t status,
    billing_reason_t reason, const char *fmt, va_list args)
{
    reply->failure.reason = billing_fault(status, reason)->reason;
    (void) vsnprintf(reply->failure.text, BILLING_REASON_LEN, fmt, args);
}


billing_status_t
billing_reply_status(billing_reply_t *reply, int status)
{
    switch (status) {
    case 200:
    case 204:
        return BILLING_OK;

    case 401:
        return billing_reply_fail(reply, BILLING_REJECTED,
            "The provider refuses these credentials (HTTP status 401).");

    case 403:
        return billing_reply_refuse(reply, BILLING_REJECTED,
            BILLING_REASON_NO_ACCESS,
            "The provider refuses these credentials (HTTP status 403).");

    case 429:
        return billing_reply_fail(reply, BILLING_THROTTLED,
            "The provider asks for fewer requests (HTTP status 429).");

    default:
        return billing_reply_fail(reply,
            status >= 500 || status == 408 || status == 425
                ? BILLING_UNAVAILABLE
                : BILLING_MALFORMED,
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
    unsigned           place;
    billing_status_t   rc;
    billing_cost_row_t shown;

    if (!billing_reply_place(question, row->date, &place)) {
        return billing_reply_spoil(
            reply, "its date lies outside of the period");
    }

    if (!billing_reply_is_currency(row->currency)) {
        if (row->amount != 0 || row->credit != 0) {
            return billing_reply_spoil_month(
                question, reply, row->date, BILLING_REASON_MALFORMED);
        }

        reply->rows++;
        return BILLING_OK;
    }

    shown = *row;
    shown.spoilt = BILLING_REASON_NONE;
    shown.open = 0;

    if (shown.charge == BILLING_CHARGE_UNKNOWN) {
        shown.charge = billing_charge_of_service(
            shown.service, BILLING_CHARGE_UNKNOWN);
    }

    rc = billing_reply_present(reply, &shown);

    if (rc == BILLING_OK) {
        rc = reply->row(reply->data, &shown);
    }

    if (rc == BILLING_OK && shown.credit != 0) {
        shown.charge = BILLING_CHARGE_CREDIT;
        shown.amount = shown.credit;
        rc = reply->row(reply->data, &shown);
    }

    if (rc == BILLING_OK) {
        reply->rows++;
    }

    return rc;
}


billing_status_t
billing_reply_spoil_month(const billing_question_t *question,
    billing_reply_t *reply, int32_t date, billing_reason_t reason)
{
    unsigned         place;
    billing_status_t rc;

    if (!billing_reply_place(question, date, &place)) {
        return billing_reply_spoil(
            reply, "its date lies outside of the period");
    }

    rc = reply->row(
        reply->data, &(billing_cost_row_t){ .date = date, .spoilt = reason });

    if (rc == BILLING_OK) {
        reply->rows++;
    }

    return rc;
}


billing_status_t
billing_reply_open(
    const billing_question_t *question, billing_reply_t *reply, int32_t date)
{
    unsigned place;

    return billing_reply_place(question, date, &place) ? reply->row(
               reply->data, &(billing_cost_row_t){ .date = date, .open = 1 })
                                                       : BILLING_OK;
}


void
billing_reply_cover(
    const billing_question_t *question, billing_reply_t *reply, int32_t date)
{
    unsigned      place;
    unsigned char bit, *byte;

    if (reply->covered == NULL || !billing_reply_place(question, date, &place)
        || place >= BILLING_PERIODS_MAX)
    {
        return;
    }

    bit = (unsigned char) (1 << place % 8);
    byte = &reply->covered[place / 8];
    reply->told |= (*byte & bit) == 0;
    *byte |= bit;
}


/* 0: outside; else which of the question's months or days it is. */
static int
billing_reply_place(
    const billing_question_t *question, int32_t date, unsigned *place)
{
    int32_t first, last;

    first = question->start;
    last = question->end;

    if (question->granularity == BILLING_MONTHLY) {
        first = billing_month_of(first);
        last = billing_month_of(last);
    }

    if (date < first || date > last) {
        return 0;
    }

    *place = (unsigned) (date - first);

    return 1;
}


static billing_status_t
billing_reply_present(billing_reply_t *reply, billing_cost_row_t *row)
{
    size_t           i, start[4];
    billing_str_t   *texts[3];
    billing_status_t rc;

    texts[0] = &row->linked;
    texts[1] = &row->region;
    texts[2] = &row->service;

    if (billing_reply_is_text(row->linked) && billing_reply_is_text(row->region)
        && billing_reply_is_text(row->service))
    {
        return BILLING_OK;
    }

    rc = BILLING_OK;
    reply->texts.len = 0;

    for (i = 0; i < 3 && rc == BILLING_OK; i++) {
        start[i] = reply->texts.len;
        rc = billing_text_present(
            *texts[i], BILLING_REPLY_TEXT_MAX, &reply->texts);
    }

    start[3] = reply->texts.len;

    for (i = 0; i < 3 && rc == BILLING_OK; i++) {
        *texts[i] = (billing_str_t){ reply->texts.data + start[i],
            start[i + 1] - start[i] };
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
        row = (billing_cost_row_t){ .date = BILLING_REPLY_UNDATED };
        problem = read(question, data, value, &row);

        if (problem == NULL) {
            rc = billing_reply_row(question, reply, &row);

        } else if (row.date == BILLING_REPLY_UNDATED) {
            rc = billing_reply_spoil(reply, problem);

        } else {
            rc = billing_reply_spoil_month(
                question, reply, row.date, BILLING_REASON_MALFORMED);
        }

        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
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

    return billing_reply_refuse(reply, BILLING_REJECTED,
        BILLING_REASON_NO_ACCESS,
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
billing_reply_amount_in(
    const json_t *value, billing_str_t currency, billing_money_t *amount)
{
    if (json_is_null(value) && !billing_reply_is_currency(currency)) {
        *amount = 0;
        return BILLING_OK;
    }

    return billing_reply_amount(value, amount);
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


int
billing_reply_says(billing_str_t text, const char *words)
{
    size_t      len;
    const char *p, *end;

    len = strlen(words);
    end = text.data + text.len;

    for (p = text.data; (size_t) (end - p) >= len; p++) {
        if (strncasecmp(p, words, len) == 0) {
            return 1;
        }
    }

    return 0;
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
