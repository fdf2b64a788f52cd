
/*
 * Where a walk goes after a page, and where it ends: at a page without a next
 * one, or where a provider would be followed too far.
 */

#include <stdlib.h>

#include "providers/reply.h"
#include "providers/pager_internal.h"
#include "core/hash.h"


static billing_status_t billing_pager_next(
    billing_pager_t *walk, billing_reply_t *reply);
static billing_status_t billing_pager_covered(
    billing_pager_t *walk, billing_reply_t *reply);


/*
 * By the size of the question: so many pages for each of its months, or days.
 * What is paid by the page is not to cost dollars when a pager has no end.
 */
unsigned
billing_pager_limit(const billing_pager_t *walk)
{
    unsigned                  periods;
    const billing_question_t *question;

    question = &walk->question;

    if (walk->step != &walk->provider->costs) {
        periods = BILLING_PAGES_VERIFY;

    } else if (question->granularity == BILLING_MONTHLY) {
        periods = (unsigned) (billing_month_of(question->end)
                              - billing_month_of(question->start) + 1);

    } else {
        periods = (unsigned) (question->end - question->start + 1);
    }

    return BILLING_PAGES_LEAST
           + periods
                 * (walk->provider->pages > 0 ? walk->provider->pages
                                              : BILLING_PAGES);
}


billing_status_t
billing_pager_page(
    billing_pager_t *walk, billing_reply_t *reply, billing_status_t rc)
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
           || json_array_size(reply->linked) > json_array_size(walk->found);

    json_decref(walk->found);
    walk->found = json_incref(reply->linked);
    walk->bare = more || reply->ours ? 0 : walk->bare + 1;
    walk->pause = reply->pause;

    if (reply->again.len > 0) {
        billing_buf_wipe(&walk->again);
        walk->again = reply->again;
        billing_buf_init(&reply->again, 0);
    }

    return billing_pager_next(walk, reply);
}


/*
 * The page is read; where to go now.  A provider that names a page twice would
 * be followed for ever, and its rows counted twice; one that names page after
 * page has rows on them.
 */
static billing_status_t
billing_pager_next(billing_pager_t *walk, billing_reply_t *reply)
{
    unsigned         i;
    uint64_t         hash;
    billing_status_t rc;

    walk->pages++;

    if (reply->next.len == 0) {
        walk->state = BILLING_WALK_DONE;
        return billing_pager_covered(walk, reply);
    }

    if (walk->bare == BILLING_PAGES_BARE) {
        return billing_reply_refuse(reply, BILLING_MALFORMED,
            BILLING_REASON_INCOMPLETE,
            "The provider names a next page after %u pages without anything "
            "on them.",
            walk->bare);
    }

    if (walk->pages >= walk->limit) {
        return billing_reply_refuse(reply, BILLING_MALFORMED,
            BILLING_REASON_INCOMPLETE,
            "The provider's answer has more than %u pages.", walk->limit);
    }

    hash = billing_hash(BILLING_HASH, reply->next.data, reply->next.len);

    for (i = 0; i < walk->nseen; i++) {
        if (walk->seen[i] == hash) {
            return billing_reply_fail(reply, BILLING_MALFORMED,
                "The provider names a page as the next one that it has named "
                "before.");
        }
    }

    rc = billing_pager_see(walk, hash);
    if (rc != BILLING_OK) {
        return rc;
    }

    billing_buf_wipe(&walk->page);
    walk->page = reply->next;
    billing_buf_init_secret(&reply->next, 0);

    return BILLING_OK;
}


/*
 * Was every period answered?  No costs are no reason to leave it out, by this
 * protocol.  What has not come of today is not missing yet.
 */
static billing_status_t
billing_pager_covered(billing_pager_t *walk, billing_reply_t *reply)
{
    int32_t          first, last, date;
    unsigned         place;
    billing_status_t rc;

    if (!walk->provider->covers || walk->step != &walk->provider->costs) {
        return BILLING_OK;
    }

    first = walk->question.start;
    last = walk->question.end;

    if (walk->question.granularity == BILLING_MONTHLY) {
        first = billing_month_of(first);
        last = billing_month_of(last);

    } else if (last == billing_day_of(walk->question.now)) {
        last--;
    }

    for (date = first; date <= last; date++) {
        place = (unsigned) (date - first);

        if (place < BILLING_PERIODS_MAX
            && (walk->covered[place / 8] & 1 << place % 8)) {
            continue;
        }

        rc = billing_reply_spoil_month(
            &walk->question, reply, date, BILLING_REASON_INCOMPLETE);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


void
billing_pager_rewind(billing_pager_t *walk)
{
    billing_buf_wipe(&walk->page);
    billing_buf_wipe(&walk->again);
    memset(walk->covered, 0, sizeof(walk->covered));
    walk->pages = 0;
    walk->bare = 0;
    walk->pause = 0;
    walk->nseen = 0;
    walk->state = BILLING_PAGER_DUE;
}


billing_status_t
billing_pager_see(billing_pager_t *walk, uint64_t hash)
{
    unsigned  cap;
    uint64_t *seen;

    if (walk->nseen == walk->cap) {
        cap = walk->cap > 0 ? 2 * walk->cap : 16;
        seen = realloc(walk->seen, cap * sizeof(uint64_t));
        if (seen == NULL) {
            return BILLING_NOMEM;
        }

        walk->seen = seen;
        walk->cap = cap;
    }

    walk->seen[walk->nseen++] = hash;

    return BILLING_OK;
}
