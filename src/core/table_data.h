
/*
 * What a table is made of; shared by its parts: adding rows (table.c),
 * making the answer (table_finish.c), and giving the groups one after
 * another (table_order.c).
 */

#ifndef BILLING_CORE_TABLE_DATA_H
#define BILLING_CORE_TABLE_DATA_H

#include "core/intern.h"
#include "core/map.h"
#include "core/table.h"


/* A group in the order of the answer. */
typedef struct {
    billing_money_t by; /* what it is ranked by */
    uint32_t        group;
} billing_place_t;


/* The groups of one currency that are still to come: a heap, the next on top. */
typedef struct {
    billing_str_t    code;
    uint32_t         currency;
    billing_place_t *places;
    uint32_t         n;
    uint32_t         left; /* of the limit */
} billing_queue_t;


struct billing_table_s {
    unsigned         ndates;
    unsigned         nkeys;
    billing_intern_t currencies;
    billing_intern_t strings;
    billing_map_t    groups; /* ids: currency, key strings */

    /*
     * Where the last row went, and which group came after which: blocks are
     * alike, and their rows in the same order.
     */
    uint32_t  last;   /* number of the group + 1; 0: there is none */
    uint32_t *next;   /* of each group: as last */
    uint32_t  nnexts; /* room in next */

    int      finished;
    int      sort_date;
    int      descending;
    unsigned limit;

    /* the answer */
    billing_currency_t *shown;
    unsigned            nshown;
    billing_money_t    *totals; /* of each currency: all, then the rest, ... */
    billing_group_t    *rows;
    billing_str_t      *keys;

    /* or, group by group */
    billing_queue_t *queues; /* in the order of their currencies */
    uint32_t         nqueues;
    uint32_t         queue; /* which one is next */
    billing_place_t *places;
};


/*
 * 1 if group a, ranked by x, comes before b in the answer; no two are equal.
 */
int billing_table_ahead(const billing_table_t *table, billing_money_t x,
    uint32_t a, billing_money_t y, uint32_t b);

/*
 * Begins to rank groups.  BILLING_INVALID: the table is finished, or there is
 * nothing to sort by.
 */
billing_status_t billing_table_sort(
    billing_table_t *table, int sort_date, int descending);

/* What a group is ranked by, and its sum; BILLING_LIMIT. */
billing_status_t billing_table_rank(const billing_table_t *table,
    uint32_t group, billing_money_t *by, billing_money_t *sum);


#endif /* BILLING_CORE_TABLE_DATA_H */
