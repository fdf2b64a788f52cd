
/*
 * Writing the fields of a block.  The cells are put in the order of the field
 * with one counting sort for each part of the key, the least significant
 * first; neighbours that differ only in what the field leaves out are added
 * up on the way out.
 */

#include <stdlib.h>

#include "core/block_data.h"
#include "core/varint.h"


/* a key and its first cost */
#define BILLING_ENCODE_KEY_LEN \
    ((BILLING_PART_MAX + 1) * BILLING_VARINT_LEN + BILLING_VARINT_MONEY_LEN)


typedef struct {
    billing_str_t string;
    uint32_t      number; /* in the block */
} billing_encode_name_t;


typedef struct {
    const billing_block_t *block;
    unsigned               dims;
    uint32_t              *ranks; /* by number: place in byte order */
    uint32_t               nnames;
    uint32_t              *order;  /* cells, as the field has them */
    uint32_t              *spare;  /* as long: what a pass sorts into */
    uint32_t              *counts; /* of each value of a part */
} billing_encode_t;


static const unsigned billing_encode_dims[BILLING_FIELD_MAX] = { 0,
    BILLING_BLOCK_SERVICE, BILLING_BLOCK_REGION, BILLING_BLOCK_DIMS };


static billing_status_t billing_encode_field(
    billing_encode_t *e, billing_buf_t *out);
static billing_status_t billing_encode_names(
    billing_encode_t *e, billing_buf_t *out);
static uint32_t billing_encode_used(
    billing_encode_t *e, billing_encode_name_t *names);
static int              billing_encode_compare(const void *a, const void *b);
static billing_status_t billing_encode_sort(billing_encode_t *e);
static void             billing_encode_sort_by(
                billing_encode_t *e, unsigned id, uint32_t nvalues);
static uint32_t billing_encode_value(
    const billing_encode_t *e, uint32_t cell, unsigned id);
static billing_status_t billing_encode_keys(
    billing_encode_t *e, billing_buf_t *out);
static billing_status_t billing_encode_key(
    billing_encode_t *e, uint32_t *at, billing_buf_t *out);
static billing_status_t billing_encode_cost(const billing_encode_t *e,
    uint32_t *at, uint32_t end, billing_money_t *sum);
static int              billing_encode_same_key(
                 const billing_encode_t *e, uint32_t i, uint32_t j);
static billing_status_t billing_encode_number(
    billing_buf_t *out, uint64_t number);


billing_status_t
billing_block_encode(
    const billing_block_t *block, billing_field_t field, billing_buf_t *out)
{
    size_t           ncells, start;
    billing_encode_t e;
    billing_status_t status;

    memset(&e, 0, sizeof(billing_encode_t));

    e.block = block;
    e.dims = billing_encode_dims[field];

    start = out->len;
    ncells = block->cells.count + 1; /* never nothing to allocate */

    e.ranks = calloc(block->strings.count + 1, sizeof(uint32_t));
    e.order = malloc(ncells * sizeof(uint32_t));
    e.spare = malloc(ncells * sizeof(uint32_t));

    status = BILLING_NOMEM;

    if (e.ranks != NULL && e.order != NULL && e.spare != NULL) {
        status = billing_encode_field(&e, out);
    }

    if (status != BILLING_OK) {
        out->len = start;
    }

    free(e.ranks);
    free(e.order);
    free(e.spare);
    free(e.counts);

    return status;
}


static billing_status_t
billing_encode_field(billing_encode_t *e, billing_buf_t *out)
{
    unsigned char    head[2];
    billing_status_t status;

    head[0] = e->dims & BILLING_BLOCK_CHARGE ? BILLING_BLOCK_VERSION_CHARGED
                                             : BILLING_BLOCK_VERSION;
    head[1] = (unsigned char) e->dims;

    status = billing_buf_add(out, head, sizeof(head));
    if (status != BILLING_OK) {
        return status;
    }

    status = billing_encode_names(e, out);
    if (status != BILLING_OK) {
        return status;
    }

    status = billing_encode_sort(e);
    if (status != BILLING_OK) {
        return status;
    }

    return billing_encode_keys(e, out);
}


/* The strings that the field uses, in byte order, and their ranks. */

static billing_status_t
billing_encode_names(billing_encode_t *e, billing_buf_t *out)
{
    uint32_t               i;
    billing_status_t       status;
    billing_encode_name_t *names;

    names = malloc(
        (e->block->strings.count + 1) * sizeof(billing_encode_name_t));
    if (names == NULL) {
        return BILLING_NOMEM;
    }

    e->nnames = billing_encode_used(e, names);

    qsort(names, e->nnames, sizeof(billing_encode_name_t),
        billing_encode_compare);

    status = billing_encode_number(out, e->nnames);

    for (i = 0; i < e->nnames && status == BILLING_OK; i++) {
        e->ranks[names[i].number] = i;

        status = billing_encode_number(out, names[i].string.len);
        if (status == BILLING_OK) {
            status = billing_buf_add_str(out, names[i].string);
        }
    }

    free(names);

    return status;
}


static uint32_t
billing_encode_used(billing_encode_t *e, billing_encode_name_t *names)
{
    unsigned               part;
    uint32_t               i, n;
    const uint32_t        *ids;
    const billing_block_t *block;

    block = e->block;

    for (i = 0; i < block->cells.count; i++) {
        ids = billing_map_ids(&block->cells, i);

        for (part = 0; part < BILLING_PART_MAX; part++) {
            if (billing_block_has(e->dims, part)) {
                e->ranks[ids[part]] = 1;
            }
        }
    }

    n = 0;

    for (i = 0; i < block->strings.count; i++) {
        if (e->ranks[i]) {
            names[n].string = billing_intern_get(&block->strings, i);
            names[n++].number = i;
        }
    }

    return n;
}


static int
billing_encode_compare(const void *a, const void *b)
{
    const billing_encode_name_t *x = a, *y = b;

    return billing_str_cmp(x->string, y->string);
}


static billing_status_t
billing_encode_sort(billing_encode_t *e)
{
    uint32_t i, nvalues;
    unsigned part;

    nvalues = e->nnames > BILLING_BLOCK_MAX_DATE ? e->nnames
                                                 : BILLING_BLOCK_MAX_DATE + 1;

    e->counts = malloc(nvalues * sizeof(uint32_t));
    if (e->counts == NULL) {
        return BILLING_NOMEM;
    }

    for (i = 0; i < e->block->cells.count; i++) {
        e->order[i] = i;
    }

    billing_encode_sort_by(e, BILLING_BLOCK_DATE, BILLING_BLOCK_MAX_DATE + 1);

    for (part = BILLING_PART_MAX; part > 0; part--) {
        if (billing_block_has(e->dims, part - 1)) {
            billing_encode_sort_by(e, part - 1, e->nnames);
        }
    }

    return BILLING_OK;
}


/* One stable pass; each value of the id is below nvalues. */

static void
billing_encode_sort_by(billing_encode_t *e, unsigned id, uint32_t nvalues)
{
    uint32_t i, n, place, *sorted;

    memset(e->counts, 0, nvalues * sizeof(uint32_t));

    for (i = 0; i < e->block->cells.count; i++) {
        e->counts[billing_encode_value(e, i, id)]++;
    }

    place = 0;

    for (i = 0; i < nvalues; i++) {
        n = e->counts[i];
        e->counts[i] = place;
        place += n;
    }

    sorted = e->spare;

    for (i = 0; i < e->block->cells.count; i++) {
        place = e->counts[billing_encode_value(e, e->order[i], id)]++;
        sorted[place] = e->order[i];
    }

    e->spare = e->order;
    e->order = sorted;
}


static uint32_t
billing_encode_value(const billing_encode_t *e, uint32_t cell, unsigned id)
{
    uint32_t value;

    value = billing_map_ids(&e->block->cells, cell)[id];

    return id == BILLING_BLOCK_DATE ? value : e->ranks[value];
}


static billing_status_t
billing_encode_keys(billing_encode_t *e, billing_buf_t *out)
{
    uint32_t         i, n, nkeys;
    billing_status_t status;

    n = e->block->cells.count;
    nkeys = 0;

    for (i = 0; i < n; i++) {
        nkeys += i == 0 || !billing_encode_same_key(e, i - 1, i);
    }

    status = billing_encode_number(out, nkeys);

    for (i = 0; i < n && status == BILLING_OK; /* void */) {
        status = billing_encode_key(e, &i, out);
    }

    return status;
}


/* The key of the cell at *at and its costs; *at moves behind them. */

static billing_status_t
billing_encode_key(billing_encode_t *e, uint32_t *at, billing_buf_t *out)
{
    unsigned         part;
    uint32_t         end, date, next;
    unsigned char   *p, bytes[BILLING_ENCODE_KEY_LEN];
    billing_money_t  sum;
    billing_status_t status;

    p = bytes;

    for (part = 0; part < BILLING_PART_MAX; part++) {
        if (billing_block_has(e->dims, part)) {
            p = billing_varint_put(
                p, billing_encode_value(e, e->order[*at], part));
        }
    }

    end = *at + 1;

    while (end < e->block->cells.count && billing_encode_same_key(e, *at, end))
    {
        end++;
    }

    for (next = 0; *at < end; next = date + 1) {
        date = billing_encode_value(e, e->order[*at], BILLING_BLOCK_DATE);

        status = billing_encode_cost(e, at, end, &sum);
        if (status != BILLING_OK) {
            return status;
        }

        p = billing_varint_put(p, (date - next) * 2 + (*at < end));
        p = billing_varint_put_money(p, sum);

        status = billing_buf_add(out, bytes, (size_t) (p - bytes));
        if (status != BILLING_OK) {
            return status;
        }

        p = bytes;
    }

    return BILLING_OK;
}


/* Adds up the cells of one date; *at moves behind them. */

static billing_status_t
billing_encode_cost(
    const billing_encode_t *e, uint32_t *at, uint32_t end, billing_money_t *sum)
{
    uint32_t               date;
    billing_status_t       status;
    const billing_money_t *amount;

    *sum = 0;
    date = billing_encode_value(e, e->order[*at], BILLING_BLOCK_DATE);

    do {
        amount = billing_map_value(&e->block->cells, e->order[*at]);

        status = billing_money_add(sum, *amount);
        if (status != BILLING_OK) {
            return status;
        }

        (*at)++;

    } while (
        *at < end
        && billing_encode_value(e, e->order[*at], BILLING_BLOCK_DATE) == date);

    return BILLING_OK;
}


static int
billing_encode_same_key(const billing_encode_t *e, uint32_t i, uint32_t j)
{
    unsigned        part;
    const uint32_t *a, *b;

    a = billing_map_ids(&e->block->cells, e->order[i]);
    b = billing_map_ids(&e->block->cells, e->order[j]);

    for (part = 0; part < BILLING_PART_MAX; part++) {
        if (a[part] != b[part] && billing_block_has(e->dims, part)) {
            return 0;
        }
    }

    return 1;
}


static billing_status_t
billing_encode_number(billing_buf_t *out, uint64_t number)
{
    unsigned char *p, bytes[BILLING_VARINT_LEN];

    p = billing_varint_put(bytes, number);

    return billing_buf_add(out, bytes, (size_t) (p - bytes));
}
