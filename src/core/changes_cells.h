
/*
 * Cells of two ranges, and groups of those that have some strings of their keys
 * in common; for changes.c and changes_explain.c.
 */

#ifndef BILLING_CORE_CHANGES_CELLS_H
#define BILLING_CORE_CHANGES_CELLS_H

#include "core/changes.h"


typedef struct {
    const billing_group_t *groups;
    uint32_t               n;
    unsigned               nkeys; /* that are looked at */
    uint32_t              *ids;   /* n times a number for each of them */
} billing_cells_t;


/* The first n cells, and nkeys of their keys.  BILLING_LIMIT, BILLING_NOMEM. */
billing_status_t billing_cells_init(billing_cells_t *cells,
    const billing_compared_t *compared, uint32_t n, unsigned nkeys);
void             billing_cells_free(billing_cells_t *cells);

/*
 * Numbers groups of cells with the same strings in mask, from 0: group[i] is
 * that of cell i.  BILLING_NOMEM.
 */
billing_status_t billing_cells_group(const billing_cells_t *cells,
    unsigned mask, uint32_t *group, uint32_t *ngroups);

/* BILLING_INVALID: there are no keys, or there is a rest. */
billing_status_t billing_compared_check(const billing_compared_t *compared);

/* Adds a cell; BILLING_LIMIT. */
billing_status_t billing_driver_add(
    billing_driver_t *driver, const billing_group_t *cell);

/* Adds those of another, which keeps its key. */
billing_status_t billing_driver_join(
    billing_driver_t *driver, const billing_driver_t *other);


#endif /* BILLING_CORE_CHANGES_CELLS_H */
