
/*
 * Rows are added into one map: (currency, key strings) -> an amount for each
 * date, with strings as numbers.  Totals, sums and the strings of keys are
 * made when the table is finished.
 */

#include <stdlib.h>

#include "core/table_data.h"


static int billing_table_is(const billing_table_t *table, uint32_t group,
    billing_str_t currency, const billing_str_t *key);
static billing_status_t billing_table_find(billing_table_t *table,
    billing_str_t currency, const billing_str_t *key, uint32_t *group);
static billing_status_t billing_table_reserve(billing_table_t *table);


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

    free(table->next);
    free(table->shown);
    free(table->totals);
    free(table->rows);
    free(table->keys);
    free(table->queues);
    free(table->places);
    free(table);
}


billing_status_t
billing_table_add(billing_table_t *table, billing_str_t currency,
    const billing_str_t *key, unsigned date, billing_money_t amount)
{
    uint32_t         group, next;
    billing_money_t *costs;
    billing_status_t status;

    if (date >= table->ndates || table->finished) {
        return BILLING_INVALID;
    }

    group = table->last;

    if (!billing_table_is(table, group, currency, key)) {
        next = group == 0 ? 0 : table->next[group - 1];

        if (!billing_table_is(table, next, currency, key)) {
            status = billing_table_find(table, currency, key, &next);
            if (status != BILLING_OK) {
                return status;
            }

            if (group != 0) {
                table->next[group - 1] = next;
            }
        }

        group = next;
        table->last = group;
    }

    costs = billing_map_value(&table->groups, group - 1);

    return billing_money_add(&costs[date], amount);
}


/* 1 if that is the group's key. */

static int
billing_table_is(const billing_table_t *table, uint32_t group,
    billing_str_t currency, const billing_str_t *key)
{
    unsigned        i;
    const uint32_t *ids;

    if (group == 0) {
        return 0;
    }

    ids = billing_map_ids(&table->groups, group - 1);

    for (i = 0; i < table->nkeys; i++) {
        if (!billing_str_eq(
                key[i], billing_intern_get(&table->strings, ids[1 + i]))) {
            return 0;
        }
    }

    return billing_str_eq(
        currency, billing_intern_get(&table->currencies, ids[0]));
}


static billing_status_t
billing_table_find(billing_table_t *table, billing_str_t currency,
    const billing_str_t *key, uint32_t *group)
{
    void            *value;
    unsigned         i;
    uint32_t         ids[1 + BILLING_TABLE_MAX_KEYS];
    billing_status_t status;

    status = billing_intern_add(&table->currencies, currency, &ids[0]);
    if (status != BILLING_OK) {
        return status;
    }

    for (i = 0; i < table->nkeys; i++) {
        status = billing_intern_add(&table->strings, key[i], &ids[1 + i]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    status = billing_table_reserve(table);
    if (status != BILLING_OK) {
        return status;
    }

    status = billing_map_add(&table->groups, ids, &value);
    if (status != BILLING_OK) {
        return status;
    }

    *group = billing_map_number(&table->groups, value) + 1;

    return BILLING_OK;
}


/* Makes room in "next" for one more group. */

static billing_status_t
billing_table_reserve(billing_table_t *table)
{
    size_t    n;
    uint32_t *next;

    if (table->groups.count < table->nnexts) {
        return BILLING_OK;
    }

    n = table->nnexts == 0 ? 16 : (size_t) table->nnexts * 2;

    next = realloc(table->next, n * sizeof(uint32_t));
    if (next == NULL) {
        return BILLING_NOMEM;
    }

    memset(next + table->nnexts, 0, (n - table->nnexts) * sizeof(uint32_t));

    table->next = next;
    table->nnexts = (uint32_t) n;

    return BILLING_OK;
}
