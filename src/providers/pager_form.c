
/*
 * In what form an endpoint is asked.  Of some nobody has seen whether they take
 * the widest question, many months at once, or only those that are known from
 * public clients.  So the first one is asked wide, and its rows are held back
 * until it is clear that it has answered all of it:
 *
 *     it fails for good      the narrow form is tried
 *     every month has rows   wide questions are answered
 *     a month has none       it is asked for alone; rows mean that the wide
 *                            question lacks it, and all is asked narrow
 *
 * What is found out holds for the endpoint: whoever keeps billing_pager_forms()
 * pays for it once.  A real refusal, as of a wrong key, is none of it.
 */

#include <stdlib.h>

#include "providers/reply.h"
#include "providers/pager_internal.h"


#define BILLING_PAGER_HELD   200000 /* rows; who tells more is believed */
#define BILLING_PAGER_MONTHS 64     /* of a question, whose rows are noted */


static billing_status_t billing_pager_hold(
    void *data, const billing_cost_row_t *row);
static billing_status_t billing_pager_let_go(
    billing_pager_t *pager, billing_cost_row_pt row, void *data);
static void             billing_pager_drop(billing_pager_t *pager);
static billing_status_t billing_pager_wide(billing_pager_t *pager,
    unsigned pages, billing_cost_row_pt row, void *data, billing_status_t rc);
static billing_status_t billing_pager_judge(
    billing_pager_t *pager, billing_cost_row_pt row, void *data);
static int  billing_pager_missing(const billing_pager_t *pager);
static void billing_pager_anew(
    billing_pager_t *pager, billing_pager_form_t form);
static billing_status_t billing_pager_probed(billing_pager_t *pager,
    billing_cost_row_pt row, void *data, billing_status_t rc);


void
billing_pager_form_init(billing_pager_t *pager)
{
    int                 costs, months;
    billing_question_t *question;

    question = &pager->question;
    costs = pager->step == &pager->provider->costs;
    months = billing_month_of(question->end) - billing_month_of(question->start)
             + 1;

    pager->forms = question->forms;
    pager->start = question->start;
    pager->end = question->end;
    pager->other = costs || !(pager->provider->forms & BILLING_FORM_BODY)
                       ? BILLING_FORM_NARROW
                       : BILLING_FORM_BODY;

    if ((pager->provider->forms & pager->other)
        && !(pager->forms & (pager->other | BILLING_FORM_WIDE))
        && (!costs
            || (question->granularity == BILLING_MONTHLY && months > 1
                && months <= BILLING_PAGER_MONTHS)))
    {
        pager->form = BILLING_PAGER_OPEN;
    }
}


void
billing_pager_form_free(billing_pager_t *pager)
{
    billing_pager_drop(pager);
    free(pager->held.rows);
}


void
billing_pager_form_begin(billing_pager_t *pager, billing_reply_t *reply)
{
    if (pager->form != BILLING_PAGER_PLAIN && reply->row != NULL) {
        reply->row = billing_pager_hold;
        reply->data = pager;
    }
}


billing_status_t
billing_pager_form_end(billing_pager_t *pager, unsigned pages,
    billing_cost_row_pt row, void *data, billing_status_t rc)
{
    switch (pager->form) {
    case BILLING_PAGER_OPEN:
        return billing_pager_wide(pager, pages, row, data, rc);

    case BILLING_PAGER_TRIAL:
        if (rc != BILLING_OK) {
            return rc;
        }

        pager->forms |= pager->other;
        return billing_pager_let_go(pager, row, data);

    case BILLING_PAGER_PROBE:
        return billing_pager_probed(pager, row, data, rc);

    case BILLING_PAGER_PLAIN:
        break;
    }

    return rc;
}


/* Copies a row; what it lies in is noted. */
static billing_status_t
billing_pager_hold(void *data, const billing_cost_row_t *row)
{
    billing_pager_t *pager = data;

    char                 *text;
    size_t                cap, i;
    billing_str_t        *from[4], *to;
    billing_cost_row_t   *rows, copy;
    billing_pager_held_t *held;

    held = &pager->held;

    if (held->count == held->cap) {
        cap = held->cap > 0 ? 2 * held->cap : 64;
        rows = realloc(held->rows, cap * sizeof(billing_cost_row_t));
        if (rows == NULL) {
            return BILLING_NOMEM;
        }

        held->rows = rows;
        held->cap = cap;
    }

    copy = *row;
    from[0] = &copy.currency;
    from[1] = &copy.linked;
    from[2] = &copy.region;
    from[3] = &copy.service;

    text = malloc(copy.currency.len + copy.linked.len + copy.region.len
                  + copy.service.len + 1);
    if (text == NULL) {
        return BILLING_NOMEM;
    }

    /* the first text owns the memory of all */
    for (i = 0; i < 4; i++) {
        to = from[i];

        if (to->len > 0) {
            memcpy(text, to->data, to->len);
        }

        to->data = text;
        text += to->len;
    }

    held->rows[held->count++] = copy;

    /* that something is open is no cost of it */
    if (row->open) {
        return BILLING_OK;
    }

    pager->told |= 1ULL << (copy.date - billing_month_of(pager->start))
                               % BILLING_PAGER_MONTHS;

    return BILLING_OK;
}


/* Nothing is held back any more. */
static billing_status_t
billing_pager_let_go(
    billing_pager_t *pager, billing_cost_row_pt row, void *data)
{
    size_t           i;
    billing_status_t rc;

    rc = BILLING_OK;

    for (i = 0; i < pager->held.count && rc == BILLING_OK; i++) {
        rc = row(data, &pager->held.rows[i]);
    }

    billing_pager_drop(pager);
    pager->form = BILLING_PAGER_PLAIN;

    return rc;
}


static void
billing_pager_drop(billing_pager_t *pager)
{
    size_t i;

    for (i = 0; i < pager->held.count; i++) {
        free((char *) pager->held.rows[i].currency.data);
    }

    pager->held.count = 0;
    pager->told = 0;
}


/* pages: read before this one. */
static billing_status_t
billing_pager_wide(billing_pager_t *pager, unsigned pages,
    billing_cost_row_pt row, void *data, billing_status_t rc)
{
    if (rc == BILLING_MALFORMED && pages == 0) {
        billing_pager_anew(pager, BILLING_PAGER_TRIAL);
        return BILLING_OK;
    }

    if (rc != BILLING_OK) {
        return rc;
    }

    if (pager->step != &pager->provider->costs
        || pager->held.count > BILLING_PAGER_HELD)
    {
        return billing_pager_let_go(pager, row, data);
    }

    return pager->state == BILLING_PAGER_DONE
               ? billing_pager_judge(pager, row, data)
               : BILLING_OK;
}


static billing_status_t
billing_pager_judge(billing_pager_t *pager, billing_cost_row_pt row, void *data)
{
    int missing;

    missing = billing_pager_missing(pager);

    if (missing < 0) {
        pager->forms |= BILLING_FORM_WIDE;
        return billing_pager_let_go(pager, row, data);
    }

    billing_pager_rewind(pager);

    pager->form = BILLING_PAGER_PROBE;
    pager->question.forms |= pager->other;
    pager->question.start = billing_month_first(
        billing_month_of(pager->start) + missing);
    pager->question.end = billing_month_last(
        billing_month_of(pager->question.start));

    if (pager->question.end > pager->end) {
        pager->question.end = pager->end;
    }

    /* the probe's own rows stand behind those that are held */
    pager->told = 0;

    return BILLING_OK;
}


/*
 * The latest month without rows that stands beside one with rows, for hosts cut
 * an answer off at one of its ends; the latest of all where there are none.
 * -1: every month has rows.
 */
static int
billing_pager_missing(const billing_pager_t *pager)
{
    int i, n, latest;

    n = billing_month_of(pager->end) - billing_month_of(pager->start) + 1;
    latest = -1;

    for (i = n - 1; i >= 0; i--) {
        if (pager->told >> i & 1) {
            continue;
        }

        latest = latest < 0 ? i : latest;

        if ((i > 0 && (pager->told >> (i - 1) & 1))
            || (i + 1 < n && (pager->told >> (i + 1) & 1)))
        {
            return i;
        }
    }

    return latest;
}


/* From the first page on, in the other form. */
static void
billing_pager_anew(billing_pager_t *pager, billing_pager_form_t form)
{
    billing_pager_drop(pager);
    billing_pager_rewind(pager);

    pager->form = form;
    pager->question.forms |= pager->other;
    pager->question.start = pager->start;
    pager->question.end = pager->end;
}


/* Rows where the wide question had none: it cannot be relied on. */
static billing_status_t
billing_pager_probed(billing_pager_t *pager, billing_cost_row_pt row,
    void *data, billing_status_t rc)
{
    int none;

    if (rc == BILLING_THROTTLED || rc == BILLING_UNAVAILABLE
        || rc == BILLING_NOMEM) {
        return rc;
    }

    if (rc == BILLING_OK && pager->told != 0) {
        pager->forms |= pager->other;
        billing_pager_anew(pager, BILLING_PAGER_PLAIN);
        return BILLING_OK;
    }

    none = pager->held.count == 0;

    if (rc == BILLING_OK && !none) {
        pager->forms |= BILLING_FORM_WIDE;
    }

    pager->question.start = pager->start;
    pager->question.end = pager->end;
    pager->state = BILLING_PAGER_DONE;

    return billing_pager_let_go(pager, row, data);
}
