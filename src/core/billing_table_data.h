
/*
 * What a table is made of; shared by its two halves, adding rows
 * (billing_table.c) and making the answer (billing_table_finish.c).
 */

#ifndef BILLING_TABLE_DATA_H
#define BILLING_TABLE_DATA_H

#include "billing_intern.h"
#include "billing_map.h"
#include "billing_table.h"


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
    billing_money_t    *totals; /* of each currency: all, then the rest */
    billing_group_t    *rows;
    billing_str_t      *keys;
};


#endif /* BILLING_TABLE_DATA_H */
