
/*
 * Changes of sums that were taken for final: a provider restated a month that
 * had been over for a while.  The field "restated" of a monthly block holds
 * the latest of them; billing_restated_shown_t collects those of many blocks
 * for one answer.
 */

#ifndef BILLING_CORE_RESTATED_H
#define BILLING_CORE_RESTATED_H

#include "core/block.h"


#define BILLING_RESTATED_MAX      8   /* kept of one block */
#define BILLING_RESTATED_CURRENCY 3   /* letters of a code */
#define BILLING_RESTATED_SHOWN    100 /* shown in one answer */


typedef struct {
    char            currency[BILLING_RESTATED_CURRENCY + 1]; /* ISO 4217 */
    billing_money_t before;
    billing_money_t after; /* another amount than before */
    time_t          seen_at;
} billing_restated_t;

/* In the order in which they were seen: the newest is the last one. */
typedef struct {
    billing_restated_t items[BILLING_RESTATED_MAX];
    unsigned           n;
} billing_restated_list_t;


/*
 * Appends the field; of an empty list nothing.  The same list always gives
 * the same bytes.  BILLING_INVALID for a time outside of 1970 to 9999.
 */
billing_status_t billing_restated_encode(
    const billing_restated_list_t *list, billing_buf_t *out);

/* 1 if a field says that it is of a later version than this file knows. */
int billing_restated_newer(billing_str_t bytes);

/* Reads a field; BILLING_MALFORMED leaves an empty list. */
billing_status_t billing_restated_decode(
    billing_str_t bytes, billing_restated_list_t *list);

/*
 * Compares the "total" of two monthly blocks and adds a change for every
 * currency whose sum is another one, a missing sum being 0; the oldest changes
 * make room.  On failure (BILLING_MALFORMED, BILLING_LIMIT) the list is what
 * it was.  Currencies that are no code of three capital letters are left out.
 */
billing_status_t billing_restated_compare(billing_str_t before,
    billing_str_t after, time_t seen_at, billing_restated_list_t *list);


/* A change, and what it is about. */
typedef struct {
    billing_str_t      account; /* borrowed */
    billing_month_t    month;
    billing_restated_t change;
} billing_restated_item_t;

/* The newest of them: newest first, then by month, account and currency. */
typedef struct {
    billing_restated_item_t items[BILLING_RESTATED_SHOWN];
    unsigned                n;
} billing_restated_shown_t;

/*
 * Adds a change in its place; past BILLING_RESTATED_SHOWN the last one goes.
 * Those of a block are added in the block's order.
 */
void billing_restated_show(
    billing_restated_shown_t *changes, const billing_restated_item_t *change);


#endif /* BILLING_CORE_RESTATED_H */
