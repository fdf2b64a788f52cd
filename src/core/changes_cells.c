
/* Strings become numbers once; then groups of cells are cheap to make. */

#include "core/changes_cells.h"

#include <stdlib.h>

#include "core/intern.h"
#include "core/map.h"


static billing_status_t billing_cells_intern(
    billing_cells_t *cells, billing_intern_t *strings);
static billing_status_t billing_driver_change(
    billing_driver_t *driver, billing_money_t before, billing_money_t after);


billing_status_t
billing_compared_check(const billing_compared_t *compared)
{
    const billing_currency_t *currency;

    currency = compared->cells;

    return compared->nkeys == 0
                   || (currency->ngroups != 0
                       && currency->groups[currency->ngroups - 1].key == NULL)
               ? BILLING_INVALID
               : BILLING_OK;
}


billing_status_t
billing_cells_init(billing_cells_t *cells, const billing_compared_t *compared,
    uint32_t n, unsigned nkeys)
{
    billing_status_t status;
    billing_intern_t strings;

    cells->groups = compared->cells->groups;
    cells->n = n;
    cells->nkeys = nkeys;

    cells->ids = calloc((size_t) n * nkeys + 1, sizeof(uint32_t));
    if (cells->ids == NULL) {
        return BILLING_NOMEM;
    }

    billing_intern_init(&strings);
    status = billing_cells_intern(cells, &strings);
    billing_intern_free(&strings);

    return status;
}


static billing_status_t
billing_cells_intern(billing_cells_t *cells, billing_intern_t *strings)
{
    unsigned         j;
    uint32_t         i, *id;
    billing_status_t status;

    id = cells->ids;

    for (i = 0; i < cells->n; i++) {
        for (j = 0; j < cells->nkeys; j++) {
            status = billing_intern_add(strings, cells->groups[i].key[j], id++);
            if (status != BILLING_OK) {
                return status;
            }
        }
    }

    return BILLING_OK;
}


void
billing_cells_free(billing_cells_t *cells)
{
    free(cells->ids);
}


billing_status_t
billing_cells_group(const billing_cells_t *cells, unsigned mask,
    uint32_t *group, uint32_t *ngroups)
{
    void            *value;
    unsigned         j, n;
    uint32_t         i, ids[BILLING_TABLE_MAX_KEYS];
    billing_map_t    map;
    billing_status_t status;

    status = BILLING_OK;
    billing_map_init(&map, (unsigned) __builtin_popcount(mask), 0, cells->n);

    for (i = 0; i < cells->n && status == BILLING_OK; i++) {
        for (j = 0, n = 0; j < cells->nkeys; j++) {
            if (mask >> j & 1) {
                ids[n++] = cells->ids[(size_t) i * cells->nkeys + j];
            }
        }

        status = billing_map_add(&map, ids, &value);

        if (status == BILLING_OK) {
            group[i] = billing_map_number(&map, value);
        }
    }

    *ngroups = map.count;
    billing_map_free(&map);

    return status;
}


billing_status_t
billing_driver_add(billing_driver_t *driver, const billing_group_t *cell)
{
    if (driver->cells++ == 0) {
        driver->key = cell->key;
    }

    return billing_driver_change(driver, cell->costs[0], cell->costs[1]);
}


billing_status_t
billing_driver_join(billing_driver_t *driver, const billing_driver_t *other)
{
    driver->cells += other->cells;

    return billing_driver_change(driver, other->before, other->after);
}


static billing_status_t
billing_driver_change(
    billing_driver_t *driver, billing_money_t before, billing_money_t after)
{
    billing_status_t status;

    status = billing_money_add(&driver->before, before);

    if (status == BILLING_OK) {
        status = billing_money_add(&driver->after, after);
    }

    if (__builtin_sub_overflow(driver->after, driver->before, &driver->change))
    {
        return BILLING_LIMIT;
    }

    if (driver->before == 0) {
        driver->kind = BILLING_CHANGES_NEW;

    } else if (driver->after == 0) {
        driver->kind = BILLING_CHANGES_GONE;

    } else {
        driver->kind = driver->change > 0 ? BILLING_CHANGES_MORE
                                          : BILLING_CHANGES_LESS;
    }

    return status;
}
