
/*
 * Why a sum is another one than before.  Two ranges are the two dates of one
 * table: what is in neither is not looked at.  Its groups are cells (account,
 * service, region, or whatever it has keys for), and each change is told three
 * ways, all of which add up to the last digit: by kind, by values of one or
 * more keys, and explained, with the fewest words first.
 */

#ifndef BILLING_CORE_CHANGES_H
#define BILLING_CORE_CHANGES_H

#include "core/table.h"


/* An explanation has words for so many keys, and looks at so many cells. */
#define BILLING_CHANGES_KEYS  4
#define BILLING_CHANGES_CELLS 10000


typedef enum {
    BILLING_CHANGES_NEW = 0,  /* nothing before */
    BILLING_CHANGES_GONE,     /* nothing after */
    BILLING_CHANGES_MORE,     /* of what is on both sides */
    BILLING_CHANGES_LESS,     /* ... */
    BILLING_CHANGES_CALENDAR, /* another number of days */
    BILLING_CHANGES_PARTS
} billing_changes_kind_t;


/*
 * One currency of a table of two dates, 0 before and 1 after, with keys and
 * finished without a limit: BILLING_INVALID if it has no keys, or a rest.  The
 * days are those of the ranges, 1 or more.
 */
typedef struct {
    const billing_currency_t *cells;
    unsigned                  nkeys;
    unsigned                  days_before;
    unsigned                  days_after;
} billing_compared_t;


/*
 * Some cells, and how they changed: before + change = after.  Of a rest key and
 * kind mean nothing, and mask is 0.
 */
typedef struct {
    const billing_str_t   *key;  /* borrowed from one of them */
    unsigned               mask; /* 1 << i: all have that string of the key */
    uint32_t               cells;
    billing_changes_kind_t kind;
    billing_money_t        before;
    billing_money_t        after;
    billing_money_t        change;
} billing_driver_t;


/* No cell is in two drivers; drivers and the rest are all cells. */
typedef struct {
    billing_driver_t *items; /* NULL: there are none */
    unsigned          n;
    billing_driver_t  rest;
} billing_drivers_t;


/* parts add up to the change of all. */
typedef struct {
    billing_driver_t all;
    billing_money_t  parts[BILLING_CHANGES_PARTS];
    billing_money_t  magnitude; /* the cells' changes without their signs */
} billing_changes_t;


/*
 * What kinds of changes there are.  What a cell of both sides would cost for
 * the other number of days is calendar, rounded half-even at 12 digits; what it
 * changed beyond that is more, or less.  BILLING_LIMIT: a sum overflows.
 */
billing_status_t billing_changes_sum(
    const billing_compared_t *compared, billing_changes_t *changes);

/*
 * A driver for each value of the keys in mask (1 << i, at least one of them),
 * the largest change first, whatever its sign; at most limit, and none without
 * a change.  BILLING_INVALID for a mask of other keys, BILLING_LIMIT,
 * BILLING_NOMEM.
 */
billing_status_t billing_changes_list(const billing_compared_t *compared,
    unsigned mask, unsigned limit, billing_drivers_t *drivers);

/*
 * What explains most, then what explains most of what is left, and so on, at
 * most limit of them, until no more is worth a word.  A driver has as few keys
 * as tell its cells from others: a service that rose in all regions has no
 * region.  Of more than BILLING_CHANGES_CELLS cells, the first are looked at,
 * the largest in a table that was sorted by magnitude.  BILLING_LIMIT,
 * BILLING_NOMEM.
 */
billing_status_t billing_changes_explain(const billing_compared_t *compared,
    unsigned limit, billing_drivers_t *drivers);

/* Needed in any case. */
void billing_drivers_free(billing_drivers_t *drivers);


#endif /* BILLING_CORE_CHANGES_H */
