
/*
 * The answer's table: per currency, groups of a key (one string for each
 * group_by dimension) with a cost at every date.  Rows are added up in any
 * order; then the table is sorted, cut, and written by view.h, or gives
 * its groups one after another to file.h.
 * The sum of the groups is the total at every date, exactly.
 */

#ifndef BILLING_CORE_TABLE_H
#define BILLING_CORE_TABLE_H

#include "core/money.h"


#define BILLING_TABLE_MAX_KEYS   16
#define BILLING_TABLE_MAX_GROUPS 1000000

/* What groups are sorted by instead of one of the dates. */
#define BILLING_SORT_SUM       (-1)
#define BILLING_SORT_MAGNITUDE (-2) /* of the sum, without its sign */


typedef struct billing_table_s billing_table_t;


typedef struct {
    const billing_str_t   *key;   /* nkeys strings; NULL: the rest */
    const billing_money_t *costs; /* ndates amounts */
    billing_money_t        sum;
    billing_money_t        positive; /* of the rest: sums above zero, added */
    billing_money_t        negative; /* and those below */
    const billing_money_t *above;    /* of the rest: at each date ... */
    const billing_money_t *below;    /* ... costs above zero, and below */
} billing_group_t;


typedef struct {
    billing_str_t          currency;
    const billing_money_t *costs; /* totals */
    billing_money_t        sum;
    const billing_group_t *groups; /* after billing_table_finish() */
    unsigned               ngroups;
    unsigned               nall;      /* with those that the rest has */
    unsigned               mixed : 1; /* sums of groups have both signs */
} billing_currency_t;


/*
 * ndates is 1 or more.  nkeys may be 0: then there are only totals.  NULL when
 * out of memory or past BILLING_TABLE_MAX_KEYS.
 */
billing_table_t *billing_table_create(unsigned ndates, unsigned nkeys);
void             billing_table_free(billing_table_t *table);

/*
 * Adds an amount at a date.  Key strings are copied when they are new; where
 * the key exists nothing is allocated.  BILLING_LIMIT on overflow or past
 * BILLING_TABLE_MAX_GROUPS, BILLING_INVALID for a date outside the table or a
 * finished one; no amount has changed then.
 */
billing_status_t billing_table_add(billing_table_t *table,
    billing_str_t currency, const billing_str_t *key, unsigned date,
    billing_money_t amount);

/*
 * Sorts currencies by code and groups by one date (sort_date >= 0) or by what
 * BILLING_SORT_... says; equal ones, such as 5 and -5 by magnitude, in the byte
 * order of the key.  With more than limit groups the ones behind are added up
 * in one with key NULL, always last: the answer then has limit groups and the
 * rest.  BILLING_LIMIT when a sum overflows; a table is finished once, and
 * shows nothing if that failed.
 */
billing_status_t billing_table_finish(
    billing_table_t *table, int sort_date, int descending, unsigned limit);

/* After finish.  Valid until the table is freed. */
const billing_currency_t *billing_table_currencies(
    const billing_table_t *table, unsigned *count);


/*
 * Instead of finish, for whoever takes the groups one after another: the same
 * order, without a list of all of them.  At most limit groups of each currency
 * are given; *cut is 1 if others are left out, which are not added up.
 * BILLING_LIMIT when a sum overflows, BILLING_NOMEM.
 */
billing_status_t billing_table_order(billing_table_t *table, int sort_date,
    int descending, unsigned limit, int *cut);

/*
 * The next group; 0: there is none.  Without keys, each currency has one, of
 * its totals.  key has room for nkeys strings.  All of it is valid until the
 * table is freed.
 */
int billing_table_next(billing_table_t *table, billing_str_t *currency,
    billing_str_t *key, const billing_money_t **costs);

/* Takes bytes of whatever a digest is made of. */
typedef void (*billing_feed_pt)(void *data, const void *bytes, size_t len);

/* Gives all that the table holds: what differs in it gives other bytes. */
void billing_table_feed(
    const billing_table_t *table, billing_feed_pt feed, void *data);

/* Bytes of the amounts in it. */
size_t billing_table_size(const billing_table_t *table);


#endif /* BILLING_CORE_TABLE_H */
