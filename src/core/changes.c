
/* Changes by kind, and by the values of keys. */

#include "core/changes.h"

#include <stdlib.h>

#include "core/changes_cells.h"


static billing_status_t billing_changes_cell(const billing_compared_t *compared,
    const billing_group_t *cell, billing_changes_t *changes);
static billing_status_t billing_changes_group(
    const billing_compared_t *compared, unsigned mask,
    billing_drivers_t *drivers);
static billing_status_t billing_changes_fill(const billing_cells_t *cells,
    unsigned mask, uint32_t *group, billing_drivers_t *drivers);
static int billing_changes_before(const void *one, const void *two);
static billing_status_t billing_changes_cut(
    billing_drivers_t *drivers, unsigned limit);


billing_status_t
billing_changes_sum(
    const billing_compared_t *compared, billing_changes_t *changes)
{
    uint32_t         i;
    billing_status_t status;

    *changes = (billing_changes_t){ .magnitude = 0 };
    status = billing_compared_check(compared);

    for (i = 0; i < compared->cells->ngroups && status == BILLING_OK; i++) {
        status = billing_changes_cell(
            compared, &compared->cells->groups[i], changes);
    }

    return status;
}


static billing_status_t
billing_changes_cell(const billing_compared_t *compared,
    const billing_group_t *cell, billing_changes_t *changes)
{
    int32_t                days;
    billing_money_t        calendar, magnitude, *parts;
    billing_status_t       status;
    billing_driver_t       one;
    billing_changes_kind_t kind;

    one = (billing_driver_t){ .cells = 0 };
    parts = changes->parts;

    status = billing_driver_add(&one, cell);
    if (status != BILLING_OK) {
        return status;
    }

    kind = one.kind;
    calendar = 0;

    if (kind == BILLING_CHANGES_MORE || kind == BILLING_CHANGES_LESS) {
        days = (int32_t) (compared->days_after - compared->days_before);
        status = billing_money_scale(
            one.before, days, compared->days_before, &calendar);
        kind = one.change > calendar ? BILLING_CHANGES_MORE
                                     : BILLING_CHANGES_LESS;
    }

    if (status != BILLING_OK
        || __builtin_sub_overflow(0, one.change, &magnitude)
        || billing_driver_join(&changes->all, &one) != BILLING_OK
        || billing_money_add(
               &changes->magnitude, one.change < 0 ? magnitude : one.change)
               != BILLING_OK
        || billing_money_add(&parts[BILLING_CHANGES_CALENDAR], calendar)
               != BILLING_OK
        || billing_money_add(&one.change, -calendar) != BILLING_OK)
    {
        return BILLING_LIMIT;
    }

    return billing_money_add(&parts[kind], one.change);
}


billing_status_t
billing_changes_list(const billing_compared_t *compared, unsigned mask,
    unsigned limit, billing_drivers_t *drivers)
{
    billing_status_t status;

    *drivers = (billing_drivers_t){ .items = NULL };

    status = billing_compared_check(compared);
    if (status != BILLING_OK) {
        return status;
    }

    if (mask == 0 || mask >> compared->nkeys != 0) {
        return BILLING_INVALID;
    }

    status = billing_changes_group(compared, mask, drivers);
    if (status != BILLING_OK) {
        return status;
    }

    qsort(drivers->items, drivers->n, sizeof(billing_driver_t),
        billing_changes_before);

    return billing_changes_cut(drivers, limit);
}


void
billing_drivers_free(billing_drivers_t *drivers)
{
    free(drivers->items);
    drivers->items = NULL;
    drivers->n = 0;
}


/* Drivers of all cells, in no order. */
static billing_status_t
billing_changes_group(const billing_compared_t *compared, unsigned mask,
    billing_drivers_t *drivers)
{
    uint32_t        *group;
    billing_cells_t  cells;
    billing_status_t status;

    status = billing_cells_init(
        &cells, compared, compared->cells->ngroups, compared->nkeys);

    group = calloc((size_t) cells.n + 1, sizeof(uint32_t));

    if (status == BILLING_OK) {
        status = group == NULL
                     ? BILLING_NOMEM
                     : billing_changes_fill(&cells, mask, group, drivers);
    }

    free(group);
    billing_cells_free(&cells);

    return status;
}


static billing_status_t
billing_changes_fill(const billing_cells_t *cells, unsigned mask,
    uint32_t *group, billing_drivers_t *drivers)
{
    uint32_t         i;
    billing_status_t status;

    status = billing_cells_group(cells, mask, group, &drivers->n);
    if (status != BILLING_OK) {
        drivers->n = 0;
        return status;
    }

    drivers->items = calloc((size_t) drivers->n + 1, sizeof(billing_driver_t));
    if (drivers->items == NULL) {
        drivers->n = 0;
        return BILLING_NOMEM;
    }

    for (i = 0; i < cells->n && status == BILLING_OK; i++) {
        drivers->items[group[i]].mask = mask;
        status = billing_driver_add(
            &drivers->items[group[i]], &cells->groups[i]);
    }

    return status;
}


/* By change, without its sign; equal ones by the bytes of their keys. */
static int
billing_changes_before(const void *one, const void *two)
{
    int                     rc;
    unsigned                i;
    billing_money_t         x, y;
    const billing_driver_t *a = one, *b = two;

    /* negative ones: the least amount has no other form */
    x = a->change < 0 ? a->change : -a->change;
    y = b->change < 0 ? b->change : -b->change;

    if (x != y) {
        return x < y ? -1 : 1;
    }

    for (i = 0, rc = 0; rc == 0 && a->mask >> i != 0; i++) {
        rc = a->mask >> i & 1 ? billing_str_cmp(a->key[i], b->key[i]) : 0;
    }

    return rc;
}


/* What lies behind the limit, or has not changed, is the rest. */
static billing_status_t
billing_changes_cut(billing_drivers_t *drivers, unsigned limit)
{
    unsigned         i, n;
    billing_status_t status;

    for (n = 0; n < drivers->n && n < limit; n++) {
        if (drivers->items[n].change == 0) {
            break;
        }
    }

    status = BILLING_OK;

    for (i = n; i < drivers->n && status == BILLING_OK; i++) {
        status = billing_driver_join(&drivers->rest, &drivers->items[i]);
    }

    drivers->n = n;

    return status;
}
