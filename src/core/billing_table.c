
/*
 * Rows are added into one map: (currency, key strings) -> an amount for each
 * date, with strings as numbers.  Totals, sums and the strings of keys are
 * made when the table is finished.
 */

#include <stdlib.h>

#include "billing_table_data.h"


static int              billing_table_changed(const billing_table_t *table,
                 billing_str_t currency, const billing_str_t *key);
static billing_status_t billing_table_find(billing_table_t *table,
    billing_str_t currency, const billing_str_t *key, billing_money_t **costs);


billing_table_t *
billing_table_create(unsigned ndates, unsigned nkeys)
{
    billing_table_t *table;

    if (ndates == 0 || nkeys > BILLING_TABLE_MAX_KEYS) {
        return NULL;
    }

    table = calloc(1, sizeof(billing_table_t));
    if (table == NULL) {
        return NULL;
    }

    table->ndates = ndates;
    table->nkeys = nkeys;

    billing_intern_init(&table->currencies);
    billing_intern_init(&table->strings);
    billing_map_init(&table->groups, 1 + nkeys,
        ndates * sizeof(billing_money_t), BILLING_TABLE_MAX_GROUPS);

    return table;
}


void
billing_table_free(billing_table_t *table)
{
    if (table == NULL) {
        return;
    }

    billing_intern_free(&table->currencies);
    billing_intern_free(&table->strings);
    billing_map_free(&table->groups);

    free(table->shown);
    free(table->totals);
    free(table->rows);
    free(table->keys);
    free(table);
}


billing_status_t
billing_table_add(billing_table_t *table, billing_str_t currency,
    const billing_str_t *key, unsigned date, billing_money_t amount)
{
    billing_money_t *costs;
    billing_status_t status;

    if (date >= table->ndates || table->finished) {
        return BILLING_INVALID;
    }

    if (billing_table_changed(table, currency, key)) {
        status = billing_table_find(table, currency, key, &costs);
        if (status != BILLING_OK) {
            return status;
        }

        table->costs = costs;
    }

    return billing_money_add(&table->costs[date], amount);
}


/* 1 if the key is not that of the row before. */

static int
billing_table_changed(const billing_table_t *table, billing_str_t currency,
    const billing_str_t *key)
{
    unsigned i;

    if (table->costs == NULL
        || !billing_str_eq(
            currency, billing_intern_get(&table->currencies, table->last[0])))
    {
        return 1;
    }

    for (i = 0; i < table->nkeys; i++) {
        if (!billing_str_eq(key[i],
                billing_intern_get(&table->strings, table->last[1 + i])))
        {
            return 1;
        }
    }

    return 0;
}


static billing_status_t
billing_table_find(billing_table_t *table, billing_str_t currency,
    const billing_str_t *key, billing_money_t **costs)
{
    void            *value;
    unsigned         i;
    billing_status_t status;

    /* a failure below leaves "last" half written */
    table->costs = NULL;

    status = billing_intern_add(&table->currencies, currency, &table->last[0]);
    if (status != BILLING_OK) {
        return status;
    }

    for (i = 0; i < table->nkeys; i++) {
        status = billing_intern_add(
            &table->strings, key[i], &table->last[1 + i]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    status = billing_map_add(&table->groups, table->last, &value);
    if (status != BILLING_OK) {
        return status;
    }

    *costs = value;

    return BILLING_OK;
}
