
/*
 * Reading answers into a reply, with the checks that all providers share.
 * What changes no sum may be odd; what does, and is not understood, spoils the
 * month that it lies in, or else the whole answer: a sum that lacks a row must
 * not look whole.
 */

#ifndef BILLING_PROVIDERS_REPLY_H
#define BILLING_PROVIDERS_REPLY_H

#include <time.h>

#include "providers/provider.h"


#define BILLING_REPLY_TEXT_MAX 256 /* bytes of a region, a service ... */


/* row and data are for costs; the rest is empty. */
void billing_reply_init(
    billing_reply_t *reply, billing_cost_row_pt row, void *data);

/* Wipes the token and frees all. */
void billing_reply_free(billing_reply_t *reply);

/*
 * Writes the sentence and returns the status.  The reason is the likely one of
 * the status, see billing_fault(); billing_reply_refuse() has another one.
 */
billing_status_t billing_reply_fail(
    billing_reply_t *reply, billing_status_t status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
billing_status_t billing_reply_refuse(billing_reply_t *reply,
    billing_status_t status, billing_reason_t reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * The result that a status stands for: 200 and 204 BILLING_OK, 401 and 403
 * BILLING_REJECTED, 429 BILLING_THROTTLED, 408, 425 and 500 up
 * BILLING_UNAVAILABLE.  Anything else would be the same next time:
 * BILLING_MALFORMED.
 */
billing_status_t billing_reply_status(billing_reply_t *reply, int status);

/*
 * The row that is being read is not understood, and lies nobody knows where:
 * BILLING_MALFORMED.
 */
billing_status_t billing_reply_spoil(
    billing_reply_t *reply, const char *problem);

/*
 * What lies at this date of the question is not understood, or missing: its
 * month is passed on as spoilt.  BILLING_MALFORMED for a date outside of the
 * period.
 */
billing_status_t billing_reply_spoil_month(const billing_question_t *question,
    billing_reply_t *reply, int32_t date, billing_reason_t reason);

/*
 * Passes a row on, its texts made presentable.  BILLING_MALFORMED when its
 * date lies outside the period of the question.  What has no currency - no
 * ISO 4217 code by its looks - spoils its month, unless it is of amount 0.  A
 * row of no known charge has the one that its service's name tells, if any.
 */
billing_status_t billing_reply_row(const billing_question_t *question,
    billing_reply_t *reply, const billing_cost_row_t *row);

/* The provider has not closed what lies at this date, by its own word. */
billing_status_t billing_reply_open(
    const billing_question_t *question, billing_reply_t *reply, int32_t date);

/* The answer tells this period (a month, or a day), whatever is in it. */
void billing_reply_cover(
    const billing_question_t *question, billing_reply_t *reply, int32_t date);

/*
 * Passes on a list of rows, a JSON array.  read fills a row from its value and
 * returns NULL, or what is wrong with it; data is for read.  It sets the date
 * first: what is wrong spoils that month then.
 */
#define BILLING_REPLY_UNDATED INT32_MIN

typedef const char *(*billing_reply_read_pt)(const billing_question_t *question,
    const void *data, const json_t *value, billing_cost_row_t *row);

billing_status_t billing_reply_rows(const billing_question_t *question,
    billing_reply_t *reply, const json_t *list, billing_reply_read_pt read,
    const void *data);

/* Adds an id to the list of linked accounts. */
billing_status_t billing_reply_linked(billing_reply_t *reply, billing_str_t id);

/*
 * Credentials for one linked account stand for it alone: the list becomes that
 * one, or BILLING_REJECTED where it is not in it.  An empty account stands for
 * the list as it is.
 */
billing_status_t billing_reply_only(
    billing_reply_t *reply, billing_str_t account);

/*
 * The body as a JSON value (a new reference) of whatever type, its numbers by
 * billing_json_parse_exact(); NULL with BILLING_MALFORMED and a reason, or
 * BILLING_NOMEM.
 */
billing_status_t billing_reply_json(
    const billing_http_answer_t *answer, json_t **out, billing_reply_t *reply);

/*
 * An OAuth 2.0 token (RFC 6749 section 5.1): access_token and expires_in go
 * into the reply, counted from question->now.
 */
billing_status_t billing_reply_bearer(const billing_question_t *question,
    const json_t *body, billing_reply_t *reply);

/* A number of billing_reply_json(), or a number in a string: exact. */
billing_status_t billing_reply_amount(
    const json_t *value, billing_money_t *amount);

/* Likewise; a null is 0 where there is no currency, either. */
billing_status_t billing_reply_amount_in(
    const json_t *value, billing_str_t currency, billing_money_t *amount);

/* A JSON string; null and nothing are empty.  BILLING_MALFORMED otherwise. */
billing_status_t billing_reply_text(const json_t *value, billing_str_t *text);

/* A JSON string, borrowed; empty for anything else. */
billing_str_t billing_reply_str(const json_t *value);

/* 1 if the words stand in a text, in whatever case (ASCII). */
int billing_reply_says(billing_str_t text, const char *words);

/* Where a word first stands in a text; NULL: nowhere. */
const char *billing_reply_find(billing_str_t text, const char *word);

/* "yyyymm" */
billing_status_t billing_reply_month(
    billing_str_t text, billing_month_t *month);


#endif /* BILLING_PROVIDERS_REPLY_H */
