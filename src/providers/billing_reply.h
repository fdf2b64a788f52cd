
/*
 * Reading answers into a reply, with the checks that all providers share.
 * Everything here is strict: what is not understood spoils the whole answer,
 * since a sum that lacks a row must not look whole.
 */

#ifndef BILLING_REPLY_H
#define BILLING_REPLY_H

#include <time.h>

#include "billing_provider.h"


#define BILLING_REPLY_TEXT_MAX 256 /* bytes of a region, a service ... */


/* row and data are for costs; the rest is empty. */
void billing_reply_init(
    billing_reply_t *reply, billing_cost_row_pt row, void *data);

/* Wipes the token and frees all. */
void billing_reply_free(billing_reply_t *reply);

/* Writes the reason and returns the status. */
billing_status_t billing_reply_fail(
    billing_reply_t *reply, billing_status_t status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The result that a status stands for: 200 and 204 BILLING_OK, 401 and 403
 * BILLING_REJECTED, 429 BILLING_THROTTLED, anything else
 * BILLING_UNAVAILABLE, with a reason.
 */
billing_status_t billing_reply_status(billing_reply_t *reply, int status);

/* The row that is being read is not understood: BILLING_MALFORMED. */
billing_status_t billing_reply_spoil(
    billing_reply_t *reply, const char *problem);

/*
 * Passes a row on.  BILLING_MALFORMED when its date lies outside the period
 * of the question, its currency is not an ISO 4217 code by its looks, or a
 * text is too long or holds control characters.
 */
billing_status_t billing_reply_row(const billing_question_t *question,
    billing_reply_t *reply, const billing_cost_row_t *row);

/*
 * Passes on a list of rows, a JSON array.  read fills a row from its value and
 * returns NULL, or what is wrong with it; data is for read.
 */
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

/* A JSON string; null and nothing are empty.  BILLING_MALFORMED otherwise. */
billing_status_t billing_reply_text(const json_t *value, billing_str_t *text);

/* A JSON string, borrowed; empty for anything else. */
billing_str_t billing_reply_str(const json_t *value);

/* Where a word first stands in a text; NULL: nowhere. */
const char *billing_reply_find(billing_str_t text, const char *word);

/* "yyyymm" */
billing_status_t billing_reply_month(
    billing_str_t text, billing_month_t *month);


#endif /* BILLING_REPLY_H */
