
/*
 * What the documents of view.h have in common.
 */

#ifndef BILLING_CORE_VIEW_PARTS_H
#define BILLING_CORE_VIEW_PARTS_H

#include "core/view.h"


/* ["1.00","2.50"] */
void billing_view_amounts(
    billing_json_t *w, const billing_money_t *costs, unsigned ndates);

/*
 * [{"key":{"service":"..."},"costs":[...],"sum":"..."}], the rest with
 * "key":null and what it has added up, "positive" and "negative" sums apart.
 * by are the parts of a key.
 */
void billing_view_groups(billing_json_t *w, const billing_currency_t *currency,
    const billing_by_t *by, unsigned nby, unsigned ndates);

/*
 * What a share of a group is a part of: "sum", or, where sums of groups have
 * both signs, so that parts could be larger than the whole, "magnitudes".
 */
void billing_view_share_of(
    billing_json_t *w, const billing_currency_t *currency);

/* [{"id":"...","state":"fresh","as_of":"...","code":null}] */
void billing_view_accounts(
    billing_json_t *w, const billing_view_state_t *state);

/*
 * "restated": [{"account":"...","date":"2026-08","currency":"USD",
 * "before":"100.00","after":"112.40","seen_at":"..."}], newest first; nothing
 * at all without changes to tell of.
 */
void billing_view_restated(
    billing_json_t *w, const billing_view_state_t *state);


#endif /* BILLING_CORE_VIEW_PARTS_H */
