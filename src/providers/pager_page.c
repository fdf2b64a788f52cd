
/*
 * Where a pager goes after a page, and where it ends: at a page without a next
 * one, or where a provider would be followed too far.
 */

#include <stdlib.h>

#include "providers/reply.h"
#include "providers/pager_internal.h"
#include "core/hash.h"


static billing_status_t billing_pager_next(
    billing_pager_t *pager, billing_reply_t *reply);
static billing_status_t billing_pager_covered(
    billing_pager_t *pager, billing_reply_t *reply);


/*
 * By the size of the question: so many pages for each of its months, or days.
 * What is paid by the page is not to cost dollars when a pager has no end.
 */
unsigned
billing_pager_limit(const billing_pager_t *pager)
{
    unsigned                  periods;
    const billing_question_t *question;

    question = &pager->question;

    if (pager->step != &pager->provider->costs) {
        periods = BILLING_PAGES_VERIFY;

    } else if (question->granularity == BILLING_MONTHLY) {
        periods = (unsigned) (billing_month_of(question->end)
                              - billing_month_of(question->start) + 1);

    } else {
        periods = (unsigned) (question->end - question->start + 1);
    }

    return BILLING_PAGES_LEAST
           + periods
                 * (pager->provider->pages > 0 ? pager->provider->pages
                                               : BILLING_PAGES);
}


billing_status_t
billing_pager_page(
    billing_pager_t *pager, billing_reply_t *reply, billing_status_t rc)
{
    int more;

    if (reply->next.status == BILLING_LIMIT) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's token of the next page is too long.");
    }

    if (rc != BILLING_OK || reply->next.status != BILLING_OK) {
        return rc != BILLING_OK ? rc : reply->next.status;
    }

    more = reply->rows > 0 || reply->told
           || json_array_size(reply->linked) > json_array_size(pager->found);

    json_decref(pager->found);
    pager->found = json_incref(reply->linked);
    pager->bare = more || reply->ours ? 0 : pager->bare + 1;
    pager->pause = reply->pause;

    if (reply->again.len > 0) {
        billing_buf_wipe(&pager->again);
        pager->again = reply->again;
        billing_buf_init(&reply->again, 0);
    }

    return billing_pager_next(pager, reply);
}


/*
 * The page is read; where to go now.  A provider that names a page twice would
 * be followed for ever, and its rows counted twice; one that names page after
 * page has rows on them.
 */
static billing_status_t
billing_pager_next(billing_pager_t *pager, billing_reply_t *reply)
{
    unsigned         i;
    uint64_t         hash;
    billing_status_t rc;

    pager->pages++;

    if (reply->next.len == 0) {
        pager->state = BILLING_PAGER_DONE;
        return billing_pager_covered(pager, reply);
    }

    if (pager->bare == BILLING_PAGES_BARE) {
        return billing_reply_refuse(reply, BILLING_MALFORMED,
            BILLING_REASON_INCOMPLETE,
            "The provider names a next page after %u pages without anything "
            "on them.",
            pager->bare);
    }

    if (pager->pages >= pager->limit) {
        return billing_reply_refuse(reply, BILLING_MALFORMED,
            BILLING_REASON_INCOMPLETE,
            "The provider's answer has more than %u pages.", pager->limit);
    }

    hash = billing_hash(BILLING_HASH, reply->next.data, reply->next.len);

    for (i = 0; i < pager->nseen; i++) {
        if (pager->seen[i] == hash) {
            return billing_reply_fail(reply, BILLING_MALFORMED,
                "The provider names a page as the next one that it has named "
                "before.");
        }
    }

    rc = billing_pager_see(pager, hash);
    if (rc != BILLING_OK) {
        return rc;
    }

    billing_buf_wipe(&pager->page);
    pager->page = reply->next;
    billing_buf_init_secret(&reply->next, 0);

    return BILLING_OK;
}


/*
 * Was every period answered?  No costs are no reason to leave it out, by this
 * protocol.  What has not come of today is not missing yet.
 */
static billing_status_t
billing_pager_covered(billing_pager_t *pager, billing_reply_t *reply)
{
    int32_t          first, last, date;
    unsigned         place;
    billing_status_t rc;

    if (!pager->provider->covers || pager->step != &pager->provider->costs) {
        return BILLING_OK;
    }

    first = pager->question.start;
    last = pager->question.end;

    if (pager->question.granularity == BILLING_MONTHLY) {
        first = billing_month_of(first);
        last = billing_month_of(last);

    } else if (last == billing_day_of(pager->question.now)) {
        last--;
    }

    for (date = first; date <= last; date++) {
        place = (unsigned) (date - first);

        if (place < BILLING_PERIODS_MAX
            && (pager->covered[place / 8] & 1 << place % 8)) {
            continue;
        }

        rc = billing_reply_spoil_month(
            &pager->question, reply, date, BILLING_REASON_INCOMPLETE);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


void
billing_pager_rewind(billing_pager_t *pager)
{
    billing_buf_wipe(&pager->page);
    billing_buf_wipe(&pager->again);
    memset(pager->covered, 0, sizeof(pager->covered));
    pager->pages = 0;
    pager->bare = 0;
    pager->pause = 0;
    pager->nseen = 0;
    pager->state = BILLING_PAGER_DUE;
}


billing_status_t
billing_pager_see(billing_pager_t *pager, uint64_t hash)
{
    unsigned  cap;
    uint64_t *seen;

    if (pager->nseen == pager->cap) {
        cap = pager->cap > 0 ? 2 * pager->cap : 16;
        seen = realloc(pager->seen, cap * sizeof(uint64_t));
        if (seen == NULL) {
            return BILLING_NOMEM;
        }

        pager->seen = seen;
        pager->cap = cap;
    }

    pager->seen[pager->nseen++] = hash;

    return BILLING_OK;
}
