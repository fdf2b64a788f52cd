
/*
 * The answer of a table: totals, the best groups in order, the rest.  Of a
 * million groups a heap keeps the best "limit" of each currency, the others
 * go straight into the rest; strings are looked up only for what is shown.
 */

#include <stdlib.h>

#include "core/table_data.h"


/* A group that competes for a place in the answer. */
typedef struct {
    billing_money_t by; /* what it is ranked by */
    billing_money_t sum;
    uint32_t        group; /* number in the map */
} billing_rank_t;


/* One currency while its groups are chosen. */
typedef struct {
    billing_money_t *totals;
    billing_money_t *rest;
    billing_money_t *above; /* of the rest, at each date */
    billing_money_t *below;
    billing_money_t  positive; /* of the rest: sums above zero, added */
    billing_money_t  negative;
    uint32_t         ngroups;
    billing_rank_t  *best; /* once full a heap, what ranks last on top */
    uint32_t         nbest;
    uint32_t         max;
} billing_choice_t;


static billing_status_t billing_table_total(
    billing_table_t *table, billing_choice_t *choices);
static billing_status_t billing_table_choose(
    billing_table_t *table, billing_choice_t *choices, billing_rank_t **ranks);
static billing_status_t billing_table_offer(const billing_table_t *table,
    billing_choice_t *choice, const billing_rank_t *rank);
static billing_status_t billing_table_drop(const billing_table_t *table,
    billing_choice_t *choice, const billing_rank_t *rank);
static void             billing_table_sift(
                const billing_table_t *table, billing_rank_t *heap, uint32_t n, uint32_t i);
static int              billing_table_before(const billing_table_t *table,
                 const billing_rank_t *a, const billing_rank_t *b);
static billing_status_t billing_table_show(
    billing_table_t *table, billing_choice_t *choices);
static billing_status_t billing_table_show_reserve(
    billing_table_t *table, billing_choice_t *choices);
static billing_status_t billing_table_show_groups(billing_table_t *table,
    billing_choice_t *choice, billing_group_t *rows, billing_str_t *keys);
static int              billing_table_mixed(const billing_currency_t *shown);
static int              billing_table_compare(const void *a, const void *b);
static billing_status_t billing_table_sum(const billing_table_t *table,
    const billing_money_t *costs, billing_money_t *sum);
static billing_status_t billing_table_accumulate(const billing_table_t *table,
    billing_money_t *sums, const billing_money_t *costs);


billing_status_t
billing_table_finish(
    billing_table_t *table, int sort_date, int descending, unsigned limit)
{
    billing_rank_t   *ranks;
    billing_status_t  status;
    billing_choice_t *choices;

    status = billing_table_sort(table, sort_date, descending);
    if (status != BILLING_OK || table->groups.count == 0) {
        return status;
    }

    table->limit = limit;

    choices = calloc(table->currencies.count, sizeof(billing_choice_t));
    if (choices == NULL) {
        return BILLING_NOMEM;
    }

    ranks = NULL;
    status = billing_table_total(table, choices);

    if (status == BILLING_OK && table->nkeys != 0) {
        status = billing_table_choose(table, choices, &ranks);
    }

    if (status == BILLING_OK) {
        status = billing_table_show(table, choices);
    }

    free(ranks);
    free(choices);

    return status;
}


/*
 * A magnitude is ranked by its negative: that of the least amount has no other
 * form.
 */
billing_status_t
billing_table_sort(billing_table_t *table, int sort_date, int descending)
{
    if (table->finished || sort_date < BILLING_SORT_MAGNITUDE
        || (sort_date >= 0 && (unsigned) sort_date >= table->ndates))
    {
        return BILLING_INVALID;
    }

    table->finished = 1;
    table->sort_date = sort_date;
    table->descending = sort_date == BILLING_SORT_MAGNITUDE ? !descending
                                                            : descending;

    return BILLING_OK;
}


const billing_currency_t *
billing_table_currencies(const billing_table_t *table, unsigned *count)
{
    *count = table->nshown;

    return table->shown;
}


/* The totals of each currency, and how many groups it has. */

static billing_status_t
billing_table_total(billing_table_t *table, billing_choice_t *choices)
{
    size_t            ndates;
    uint32_t          i;
    billing_status_t  status;
    billing_choice_t *choice;

    ndates = table->ndates;

    table->totals = calloc(
        4 * ndates * table->currencies.count, sizeof(billing_money_t));
    if (table->totals == NULL) {
        return BILLING_NOMEM;
    }

    for (i = 0; i < table->currencies.count; i++) {
        choices[i].totals = table->totals + 4 * ndates * i;
        choices[i].rest = choices[i].totals + ndates;
        choices[i].above = choices[i].rest + ndates;
        choices[i].below = choices[i].above + ndates;
    }

    for (i = 0; i < table->groups.count; i++) {
        choice = &choices[billing_map_ids(&table->groups, i)[0]];
        choice->ngroups++;

        status = billing_table_accumulate(
            table, choice->totals, billing_map_value(&table->groups, i));
        if (status != BILLING_OK) {
            return status;
        }
    }

    return BILLING_OK;
}


/* Shares the groups out: the best of each currency, and its rest. */

static billing_status_t
billing_table_choose(
    billing_table_t *table, billing_choice_t *choices, billing_rank_t **ranks)
{
    size_t            nranks;
    uint32_t          i;
    billing_rank_t    rank;
    billing_status_t  status;
    billing_choice_t *choice;

    /* no more than there are groups: the limits of all currencies together */
    *ranks = calloc(table->groups.count, sizeof(billing_rank_t));
    if (*ranks == NULL) {
        return BILLING_NOMEM;
    }

    nranks = 0;

    for (i = 0; i < table->currencies.count; i++) {
        choice = &choices[i];
        choice->max = choice->ngroups < table->limit ? choice->ngroups
                                                     : table->limit;
        choice->best = *ranks + nranks;
        nranks += choice->max;
    }

    for (i = 0; i < table->groups.count; i++) {
        rank.group = i;

        status = billing_table_rank(table, i, &rank.by, &rank.sum);
        if (status != BILLING_OK) {
            return status;
        }

        status = billing_table_offer(
            table, &choices[billing_map_ids(&table->groups, i)[0]], &rank);
        if (status != BILLING_OK) {
            return status;
        }
    }

    return BILLING_OK;
}


billing_status_t
billing_table_rank(const billing_table_t *table, uint32_t group,
    billing_money_t *by, billing_money_t *sum)
{
    billing_status_t       status;
    const billing_money_t *costs;

    costs = billing_map_value(&table->groups, group);
    status = billing_table_sum(table, costs, sum);

    switch (table->sort_date) {
    case BILLING_SORT_SUM:
        *by = *sum;
        break;

    case BILLING_SORT_MAGNITUDE:
        *by = *sum > 0 ? -*sum : *sum;
        break;

    default:
        *by = costs[table->sort_date];
    }

    return status;
}


static billing_status_t
billing_table_offer(const billing_table_t *table, billing_choice_t *choice,
    const billing_rank_t *rank)
{
    uint32_t         i;
    billing_status_t status;

    if (choice->nbest < choice->max) {
        choice->best[choice->nbest++] = *rank;

        if (choice->nbest == choice->max) {
            for (i = choice->max / 2; i > 0; i--) {
                billing_table_sift(table, choice->best, choice->max, i - 1);
            }
        }

        return BILLING_OK;
    }

    if (choice->max == 0
        || !billing_table_before(table, rank, &choice->best[0])) {
        return billing_table_drop(table, choice, rank);
    }

    status = billing_table_drop(table, choice, &choice->best[0]);

    choice->best[0] = *rank;
    billing_table_sift(table, choice->best, choice->max, 0);

    return status;
}


static billing_status_t
billing_table_drop(const billing_table_t *table, billing_choice_t *choice,
    const billing_rank_t *rank)
{
    unsigned               i;
    billing_status_t       status;
    const billing_money_t *costs;

    costs = billing_map_value(&table->groups, rank->group);

    status = billing_money_add(
        rank->sum > 0 ? &choice->positive : &choice->negative, rank->sum);

    for (i = 0; i < table->ndates && status == BILLING_OK; i++) {
        status = billing_money_add(
            costs[i] > 0 ? &choice->above[i] : &choice->below[i], costs[i]);
    }

    if (status != BILLING_OK) {
        return status;
    }

    return billing_table_accumulate(table, choice->rest, costs);
}


/* Lets the element at i sink until none below it ranks behind it. */

static void
billing_table_sift(
    const billing_table_t *table, billing_rank_t *heap, uint32_t n, uint32_t i)
{
    uint32_t       child;
    billing_rank_t moved;

    moved = heap[i];

    for (child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n
            && billing_table_before(table, &heap[child], &heap[child + 1]))
        {
            child++;
        }

        if (!billing_table_before(table, &moved, &heap[child])) {
            break;
        }

        heap[i] = heap[child];
        i = child;
    }

    heap[i] = moved;
}


static int
billing_table_before(const billing_table_t *table, const billing_rank_t *a,
    const billing_rank_t *b)
{
    return billing_table_ahead(table, a->by, a->group, b->by, b->group);
}


int
billing_table_ahead(const billing_table_t *table, billing_money_t x, uint32_t a,
    billing_money_t y, uint32_t b)
{
    unsigned        i;
    const uint32_t *one, *two;

    if (x != y) {
        return table->descending ? x > y : x < y;
    }

    one = billing_map_ids(&table->groups, a);
    two = billing_map_ids(&table->groups, b);

    for (i = 1; i < table->nkeys && one[i] == two[i]; i++) { /* void */
    }

    return billing_str_cmp(billing_intern_get(&table->strings, one[i]),
               billing_intern_get(&table->strings, two[i]))
           < 0;
}


static billing_status_t
billing_table_show(billing_table_t *table, billing_choice_t *choices)
{
    size_t              row;
    uint32_t            i;
    billing_status_t    status;
    billing_currency_t *shown;

    status = billing_table_show_reserve(table, choices);
    if (status != BILLING_OK) {
        return status;
    }

    row = 0;

    for (i = 0; i < table->currencies.count; i++) {
        shown = &table->shown[i];
        shown->currency = billing_intern_get(&table->currencies, i);
        shown->costs = choices[i].totals;

        status = billing_table_sum(table, shown->costs, &shown->sum);
        if (status != BILLING_OK) {
            return status;
        }

        if (table->nkeys == 0) {
            continue;
        }

        shown->nall = choices[i].ngroups;
        shown->groups = table->rows + row;
        shown->ngroups = choices[i].max + (choices[i].ngroups > choices[i].max);

        status = billing_table_show_groups(table, &choices[i],
            table->rows + row, table->keys + row * table->nkeys);
        if (status != BILLING_OK) {
            return status;
        }

        shown->mixed = billing_table_mixed(shown);
        row += shown->ngroups;
    }

    table->nshown = table->currencies.count;

    qsort(table->shown, table->nshown, sizeof(billing_currency_t),
        billing_table_compare);

    return BILLING_OK;
}


static billing_status_t
billing_table_show_reserve(billing_table_t *table, billing_choice_t *choices)
{
    size_t   nrows;
    uint32_t i;

    nrows = table->currencies.count + 1;

    for (i = 0; i < table->currencies.count; i++) {
        nrows += choices[i].max;
    }

    /* one more than needed: never nothing to allocate */
    table->shown = calloc(
        table->currencies.count + 1, sizeof(billing_currency_t));
    table->rows = calloc(nrows, sizeof(billing_group_t));
    table->keys = calloc(nrows * (table->nkeys + 1), sizeof(billing_str_t));

    if (table->shown == NULL || table->rows == NULL || table->keys == NULL) {
        return BILLING_NOMEM;
    }

    return BILLING_OK;
}


/* Turns the heap into a sorted list, then into rows; the rest comes last. */

static billing_status_t
billing_table_show_groups(billing_table_t *table, billing_choice_t *choice,
    billing_group_t *rows, billing_str_t *keys)
{
    uint32_t        i, j;
    billing_rank_t  last;
    const uint32_t *ids;

    for (i = choice->nbest; i > 1; i--) {
        last = choice->best[0];
        choice->best[0] = choice->best[i - 1];
        choice->best[i - 1] = last;

        billing_table_sift(table, choice->best, i - 1, 0);
    }

    for (i = 0; i < choice->nbest; i++) {
        ids = billing_map_ids(&table->groups, choice->best[i].group);

        rows[i].key = keys;
        rows[i].costs = billing_map_value(
            &table->groups, choice->best[i].group);
        rows[i].sum = choice->best[i].sum;

        for (j = 0; j < table->nkeys; j++) {
            *keys++ = billing_intern_get(&table->strings, ids[1 + j]);
        }
    }

    if (choice->ngroups == choice->nbest) {
        return BILLING_OK;
    }

    rows[i].key = NULL;
    rows[i].costs = choice->rest;
    rows[i].positive = choice->positive;
    rows[i].negative = choice->negative;
    rows[i].above = choice->above;
    rows[i].below = choice->below;

    return billing_table_sum(table, choice->rest, &rows[i].sum);
}


/* Do sums of both signs hide in the total? */
static int
billing_table_mixed(const billing_currency_t *shown)
{
    int                    above, below;
    unsigned               i;
    const billing_group_t *group;

    above = 0;
    below = 0;

    for (i = 0; i < shown->ngroups; i++) {
        group = &shown->groups[i];

        if (group->key == NULL) {
            above |= group->positive > 0;
            below |= group->negative < 0;

        } else {
            above |= group->sum > 0;
            below |= group->sum < 0;
        }
    }

    return above && below;
}


static int
billing_table_compare(const void *a, const void *b)
{
    const billing_currency_t *x = a, *y = b;

    return billing_str_cmp(x->currency, y->currency);
}


static billing_status_t
billing_table_sum(const billing_table_t *table, const billing_money_t *costs,
    billing_money_t *sum)
{
    unsigned         i;
    billing_status_t status;

    *sum = 0;

    for (i = 0; i < table->ndates; i++) {
        status = billing_money_add(sum, costs[i]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    return BILLING_OK;
}


static billing_status_t
billing_table_accumulate(const billing_table_t *table, billing_money_t *sums,
    const billing_money_t *costs)
{
    unsigned         i;
    billing_status_t status;

    for (i = 0; i < table->ndates; i++) {
        status = billing_money_add(&sums[i], costs[i]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    return BILLING_OK;
}
