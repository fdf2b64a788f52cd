
/*
 * The explanation.  That a service rose in all regions is one fact, and a good
 * one: with it, what each of its cells costs is nearly known from what it cost
 * before.  So of all groups of cells that have some strings in common, the best
 * is the one whose common factor takes most off what cells differ from what was
 * expected of them.  A group that is too wide has cells that did not change,
 * and its factor fits none; one that is too narrow leaves cells out.  Where two
 * are as good, the one with fewer keys has come first.
 *
 * Numbers are doubles only to find it: what it is said to have changed is added
 * up exactly.
 */

#include <math.h>
#include <stdlib.h>

#include "core/changes_cells.h"


/* A group has to take so much off, of all that differed at first. */
#define BILLING_CHANGES_WORTH 0.05

/* As good, but for how doubles are rounded. */
#define BILLING_CHANGES_EQUAL (1 + 1e-9)

#define BILLING_CHANGES_MASKS (1U << BILLING_CHANGES_KEYS)


typedef struct {
    double   before;
    double   after;
    double   gain;
    unsigned known : 1; /* some of it was there before */
} billing_factor_t;

typedef struct {
    double before;
    double after;
    double expected; /* for the days that there are */
    int    told;     /* a driver has it */
} billing_cell_t;

typedef struct {
    billing_cells_t   cells;
    billing_cell_t   *cell;
    billing_factor_t *factors; /* of the groups of one mask */
    uint32_t         *group[BILLING_CHANGES_MASKS]; /* of each cell */
    uint32_t          ngroups[BILLING_CHANGES_MASKS];
    double            worth;
} billing_explanation_t;

typedef struct {
    double   gain;
    unsigned mask;
    uint32_t group;
} billing_best_t;


static billing_status_t billing_explanation_begin(
    billing_explanation_t *e, const billing_compared_t *compared);
static void billing_explanation_cells(
    billing_explanation_t *e, const billing_compared_t *compared);
static void             billing_explanation_end(billing_explanation_t *e);
static billing_status_t billing_explanation_run(
    billing_explanation_t *e, unsigned limit, billing_drivers_t *drivers);
static void billing_explanation_best(
    billing_explanation_t *e, billing_best_t *best);
static void billing_explanation_try(
    billing_explanation_t *e, unsigned mask, billing_best_t *best);
static double billing_explanation_gain(
    const billing_cell_t *cell, const billing_factor_t *factor);
static billing_status_t billing_explanation_take(billing_explanation_t *e,
    const billing_best_t *best, billing_driver_t *driver);
static billing_status_t billing_explanation_rest(const billing_explanation_t *e,
    const billing_compared_t *compared, billing_driver_t *rest);


billing_status_t
billing_changes_explain(const billing_compared_t *compared, unsigned limit,
    billing_drivers_t *drivers)
{
    billing_status_t      status;
    billing_explanation_t e;

    *drivers = (billing_drivers_t){ .items = NULL };

    status = billing_compared_check(compared);
    if (status != BILLING_OK) {
        return status;
    }

    status = billing_explanation_begin(&e, compared);

    if (status == BILLING_OK) {
        status = billing_explanation_run(&e, limit, drivers);
    }

    if (status == BILLING_OK) {
        status = billing_explanation_rest(&e, compared, &drivers->rest);
    }

    billing_explanation_end(&e);

    return status;
}


static billing_status_t
billing_explanation_begin(
    billing_explanation_t *e, const billing_compared_t *compared)
{
    uint32_t         n;
    unsigned         mask, nkeys;
    billing_status_t status;

    *e = (billing_explanation_t){ .worth = 0 };

    n = compared->cells->ngroups < BILLING_CHANGES_CELLS
            ? compared->cells->ngroups
            : BILLING_CHANGES_CELLS;
    nkeys = compared->nkeys < BILLING_CHANGES_KEYS ? compared->nkeys
                                                   : BILLING_CHANGES_KEYS;

    status = billing_cells_init(&e->cells, compared, n, nkeys);
    if (status != BILLING_OK) {
        return status;
    }

    e->cell = calloc((size_t) n + 1, sizeof(billing_cell_t));
    e->factors = calloc((size_t) n + 1, sizeof(billing_factor_t));
    if (e->cell == NULL || e->factors == NULL) {
        return BILLING_NOMEM;
    }

    billing_explanation_cells(e, compared);

    for (mask = 1; mask < 1U << nkeys; mask++) {
        e->group[mask] = calloc((size_t) n + 1, sizeof(uint32_t));
        if (e->group[mask] == NULL) {
            return BILLING_NOMEM;
        }

        status = billing_cells_group(
            &e->cells, mask, e->group[mask], &e->ngroups[mask]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    return BILLING_OK;
}


static void
billing_explanation_cells(
    billing_explanation_t *e, const billing_compared_t *compared)
{
    double                 days;
    uint32_t               i;
    billing_cell_t        *cell;
    const billing_money_t *costs;

    days = (double) compared->days_after / (double) compared->days_before;

    for (i = 0; i < e->cells.n; i++) {
        cell = &e->cell[i];
        costs = e->cells.groups[i].costs;

        cell->before = (double) costs[0];
        cell->after = (double) costs[1];
        cell->expected = cell->before * days;

        e->worth += fabs(cell->after - cell->expected);
    }

    e->worth *= BILLING_CHANGES_WORTH;
}


static void
billing_explanation_end(billing_explanation_t *e)
{
    unsigned mask;

    for (mask = 1; mask < BILLING_CHANGES_MASKS; mask++) {
        free(e->group[mask]);
    }

    free(e->factors);
    free(e->cell);
    billing_cells_free(&e->cells);
}


static billing_status_t
billing_explanation_run(
    billing_explanation_t *e, unsigned limit, billing_drivers_t *drivers)
{
    billing_best_t    best;
    billing_status_t  status;
    billing_driver_t *items;

    while (drivers->n < limit) {
        billing_explanation_best(e, &best);

        if (best.gain <= e->worth) {
            break;
        }

        items = realloc(
            drivers->items, (drivers->n + 1) * sizeof(billing_driver_t));
        if (items == NULL) {
            return BILLING_NOMEM;
        }

        drivers->items = items;

        status = billing_explanation_take(e, &best, &items[drivers->n++]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    return BILLING_OK;
}


/* Those with fewer keys come first. */
static void
billing_explanation_best(billing_explanation_t *e, billing_best_t *best)
{
    unsigned n, mask;

    *best = (billing_best_t){ .gain = 0 };

    for (n = 1; n <= e->cells.nkeys; n++) {
        for (mask = 1; mask < 1U << e->cells.nkeys; mask++) {
            if ((unsigned) __builtin_popcount(mask) == n) {
                billing_explanation_try(e, mask, best);
            }
        }
    }
}


static void
billing_explanation_try(
    billing_explanation_t *e, unsigned mask, billing_best_t *best)
{
    uint32_t          i;
    const uint32_t   *group;
    billing_factor_t *factor;

    group = e->group[mask];

    for (i = 0; i < e->ngroups[mask]; i++) {
        e->factors[i] = (billing_factor_t){ .gain = 0 };
    }

    for (i = 0; i < e->cells.n; i++) {
        if (!e->cell[i].told) {
            factor = &e->factors[group[i]];
            factor->before += e->cell[i].before;
            factor->after += e->cell[i].after;
            factor->known |= e->cell[i].before != 0;
        }
    }

    for (i = 0; i < e->cells.n; i++) {
        if (!e->cell[i].told) {
            factor = &e->factors[group[i]];
            factor->gain += billing_explanation_gain(&e->cell[i], factor);
        }
    }

    for (i = 0; i < e->ngroups[mask]; i++) {
        if (e->factors[i].gain > best->gain * BILLING_CHANGES_EQUAL) {
            best->gain = e->factors[i].gain;
            best->mask = mask;
            best->group = i;
        }
    }
}


/* How much closer to what a cell costs the group's factor comes. */
static double
billing_explanation_gain(
    const billing_cell_t *cell, const billing_factor_t *factor)
{
    double surprise;

    surprise = fabs(cell->after - cell->expected);

    if (!factor->known) {
        return surprise; /* all of the group is new, and that says it */
    }

    return factor->before == 0
               ? 0
               : surprise
                     - fabs(cell->after
                            - cell->before * (factor->after / factor->before));
}


static billing_status_t
billing_explanation_take(billing_explanation_t *e, const billing_best_t *best,
    billing_driver_t *driver)
{
    uint32_t         i;
    billing_status_t status;

    status = BILLING_OK;
    *driver = (billing_driver_t){ .mask = best->mask };

    for (i = 0; i < e->cells.n && status == BILLING_OK; i++) {
        if (!e->cell[i].told && e->group[best->mask][i] == best->group) {
            e->cell[i].told = 1;
            status = billing_driver_add(driver, &e->cells.groups[i]);
        }
    }

    return status;
}


static billing_status_t
billing_explanation_rest(const billing_explanation_t *e,
    const billing_compared_t *compared, billing_driver_t *rest)
{
    uint32_t         i;
    billing_status_t status;

    status = BILLING_OK;

    for (i = 0; i < compared->cells->ngroups && status == BILLING_OK; i++) {
        if (i >= e->cells.n || !e->cell[i].told) {
            status = billing_driver_add(rest, &compared->cells->groups[i]);
        }
    }

    return status;
}
