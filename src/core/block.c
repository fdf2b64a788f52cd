
/*
 * Collecting a block: one map from (currency, linked account, region,
 * service, charge, date) to an amount, with strings as numbers.
 */

#include <stdlib.h>

#include "core/block_data.h"
#include "core/text.h"


const char *const billing_field_names[BILLING_FIELD_MAX] = { "total", "service",
    "region", "cells" };


static billing_status_t billing_block_number(
    billing_block_t *block, unsigned part, billing_str_t s, uint32_t *number);


billing_block_t *
billing_block_create(void)
{
    billing_block_t *block;

    block = calloc(1, sizeof(billing_block_t));
    if (block == NULL) {
        return NULL;
    }

    billing_intern_init(&block->strings);
    billing_map_init(&block->cells, BILLING_BLOCK_IDS, sizeof(billing_money_t),
        BILLING_BLOCK_MAX_CELLS);

    return block;
}


void
billing_block_free(billing_block_t *block)
{
    if (block == NULL) {
        return;
    }

    billing_intern_free(&block->strings);
    billing_map_free(&block->cells);

    free(block);
}


billing_status_t
billing_block_add(billing_block_t *block, const billing_row_t *row)
{
    void            *amount;
    unsigned         i;
    uint32_t         ids[BILLING_BLOCK_IDS];
    billing_str_t    parts[BILLING_PART_MAX];
    billing_status_t status;

    if (row->date > BILLING_BLOCK_MAX_DATE) {
        return BILLING_INVALID;
    }

    parts[BILLING_PART_CURRENCY] = row->currency;
    parts[BILLING_PART_LINKED] = row->linked;
    parts[BILLING_PART_REGION] = row->region;
    parts[BILLING_PART_SERVICE] = row->service;
    parts[BILLING_PART_CHARGE] = row->charge;

    for (i = 0; i < BILLING_PART_MAX; i++) {
        status = billing_block_number(block, i, parts[i], &ids[i]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    memcpy(block->last, ids, sizeof(block->last));
    ids[BILLING_BLOCK_DATE] = row->date;

    status = billing_map_add(&block->cells, ids, &amount);
    if (status != BILLING_OK) {
        return status;
    }

    return billing_money_add(amount, row->amount);
}


size_t
billing_block_cells(const billing_block_t *block)
{
    return block->cells.count;
}


/* A cell often has the linked account of the one before. */
void
billing_block_linked(const billing_block_t *block,
    void (*each)(void *data, billing_str_t linked), void *data)
{
    uint32_t       i, n, last;
    billing_str_t  linked;
    unsigned char *seen;

    seen = calloc(block->strings.count / 8 + 1, 1);
    last = UINT32_MAX;

    for (i = 0; i < block->cells.count; i++) {
        n = billing_map_ids(&block->cells, i)[BILLING_PART_LINKED];

        if (n == last || (seen != NULL && (seen[n / 8] & 1 << n % 8))) {
            continue;
        }

        if (seen != NULL) {
            seen[n / 8] |= (unsigned char) (1 << n % 8);
        }

        last = n;
        linked = billing_intern_get(&block->strings, n);

        if (linked.len > 0) {
            each(data, linked);
        }
    }

    free(seen);
}


billing_field_t
billing_block_field(unsigned dims)
{
    int region, service;

    if (dims & (BILLING_BLOCK_LINKED | BILLING_BLOCK_CHARGE)) {
        return BILLING_FIELD_CELLS;
    }

    region = (dims & (BILLING_BLOCK_REGION)) != 0;
    service = (dims & (BILLING_BLOCK_SERVICE)) != 0;

    if (region && service) {
        return BILLING_FIELD_CELLS;
    }

    if (service) {
        return BILLING_FIELD_SERVICE;
    }

    return region ? BILLING_FIELD_REGION : BILLING_FIELD_TOTAL;
}


/* Strings that are known have been checked when they came. */

static billing_status_t
billing_block_number(
    billing_block_t *block, unsigned part, billing_str_t s, uint32_t *number)
{
    if (block->strings.count != 0
        && billing_str_eq(
            s, billing_intern_get(&block->strings, block->last[part])))
    {
        *number = block->last[part];
        return BILLING_OK;
    }

    if (billing_intern_find(&block->strings, s, number)) {
        return BILLING_OK;
    }

    if (!billing_text_valid(s)) {
        return BILLING_INVALID;
    }

    return billing_intern_add(&block->strings, s, number);
}
