
/*
 * Reading fields of blocks.  The bytes come from outside: each count is
 * checked against the bytes that are left before anything is allocated for
 * it, each number against what it is an index of, and the order against what
 * the format says, which also means that no cost can be there twice.
 */

#include <stdlib.h>

#include "core/block_data.h"
#include "core/text.h"
#include "core/varint.h"


typedef struct {
    billing_reader_t reader;
    unsigned         dims;
    billing_str_t   *names;
    uint64_t         nnames;
    int              known; /* the names were checked before */
    billing_row_pt   row;   /* NULL: only check */
    void            *data;
} billing_decode_t;


static billing_status_t billing_decode(
    billing_decode_t *d, billing_str_t bytes);
static billing_status_t billing_decode_head(billing_decode_t *d);
static billing_status_t billing_decode_names(billing_decode_t *d);
static billing_status_t billing_decode_name(
    billing_decode_t *d, billing_str_t *name);
static billing_status_t billing_decode_keys(billing_decode_t *d);
static billing_status_t billing_decode_key(
    billing_decode_t *d, uint64_t ids[BILLING_PART_MAX]);
static int billing_decode_ascends(const uint64_t *last, const uint64_t *ids);
static billing_status_t billing_decode_costs(
    billing_decode_t *d, const uint64_t ids[BILLING_PART_MAX]);
static void billing_decode_row(const billing_decode_t *d,
    const uint64_t ids[BILLING_PART_MAX], billing_row_t *row);


billing_status_t
billing_block_check(billing_str_t bytes)
{
    billing_decode_t d;

    memset(&d, 0, sizeof(billing_decode_t));

    return billing_decode(&d, bytes);
}


int
billing_block_known(billing_str_t bytes)
{
    return bytes.len != 0
           && (bytes.data[0] == BILLING_BLOCK_VERSION
               || bytes.data[0] == BILLING_BLOCK_VERSION_CHARGED);
}


int
billing_block_charged(billing_str_t bytes)
{
    return bytes.len > 1 && bytes.data[0] == BILLING_BLOCK_VERSION_CHARGED
           && (bytes.data[1] & BILLING_BLOCK_CHARGE) != 0;
}


billing_status_t
billing_block_rows(billing_str_t bytes, billing_row_pt row, void *data)
{
    billing_decode_t d;

    memset(&d, 0, sizeof(billing_decode_t));

    d.known = 1;
    d.row = row;
    d.data = data;

    return billing_decode(&d, bytes);
}


static billing_status_t
billing_decode(billing_decode_t *d, billing_str_t bytes)
{
    billing_status_t status;

    if (bytes.len == 0) {
        return BILLING_MALFORMED;
    }

    d->reader.p = (const unsigned char *) bytes.data;
    d->reader.end = d->reader.p + bytes.len;

    status = billing_decode_head(d);
    if (status != BILLING_OK) {
        return status;
    }

    status = billing_decode_names(d);

    if (status == BILLING_OK) {
        status = billing_decode_keys(d);
    }

    free(d->names);

    return status;
}


static billing_status_t
billing_decode_head(billing_decode_t *d)
{
    int charged;

    if (d->reader.end - d->reader.p < 2) {
        return BILLING_MALFORMED;
    }

    d->dims = d->reader.p[1];
    charged = (d->dims & BILLING_BLOCK_CHARGE) != 0;

    if ((d->dims & ~BILLING_BLOCK_DIMS) != 0
        || d->reader.p[0]
               != (charged ? BILLING_BLOCK_VERSION_CHARGED
                           : BILLING_BLOCK_VERSION))
    {
        return BILLING_MALFORMED;
    }

    d->reader.p += 2;

    return BILLING_OK;
}


static billing_status_t
billing_decode_names(billing_decode_t *d)
{
    uint64_t         i, left;
    billing_status_t status;

    left = (uint64_t) (d->reader.end - d->reader.p);

    /* each takes a byte at least */
    status = billing_varint_get(&d->reader, left, &d->nnames);
    if (status != BILLING_OK) {
        return status;
    }

    d->names = malloc((d->nnames + 1) * sizeof(billing_str_t));
    if (d->names == NULL) {
        return BILLING_NOMEM;
    }

    for (i = 0; i < d->nnames; i++) {
        status = billing_decode_name(d, &d->names[i]);
        if (status != BILLING_OK) {
            return status;
        }

        if (i != 0 && !d->known
            && billing_str_cmp(d->names[i - 1], d->names[i]) >= 0) {
            return BILLING_MALFORMED;
        }
    }

    return BILLING_OK;
}


static billing_status_t
billing_decode_name(billing_decode_t *d, billing_str_t *name)
{
    uint64_t         len;
    billing_status_t status;

    status = billing_varint_get(&d->reader, UINT64_MAX, &len);
    if (status != BILLING_OK) {
        return status;
    }

    if (len > (uint64_t) (d->reader.end - d->reader.p)) {
        return BILLING_MALFORMED;
    }

    name->data = (const char *) d->reader.p;
    name->len = (size_t) len;

    d->reader.p += len;

    return d->known || billing_text_valid(*name) ? BILLING_OK
                                                 : BILLING_MALFORMED;
}


static billing_status_t
billing_decode_keys(billing_decode_t *d)
{
    uint64_t         i, nkeys, ids[2][BILLING_PART_MAX];
    billing_status_t status;

    memset(ids, 0, sizeof(ids));

    status = billing_varint_get(&d->reader, UINT64_MAX, &nkeys);
    if (status != BILLING_OK) {
        return status;
    }

    for (i = 0; i < nkeys; i++) {
        status = billing_decode_key(d, ids[i & 1]);
        if (status != BILLING_OK) {
            return status;
        }

        if (i != 0 && !billing_decode_ascends(ids[(i & 1) ^ 1], ids[i & 1])) {
            return BILLING_MALFORMED;
        }

        status = billing_decode_costs(d, ids[i & 1]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    return d->reader.p == d->reader.end ? BILLING_OK : BILLING_MALFORMED;
}


static billing_status_t
billing_decode_key(billing_decode_t *d, uint64_t ids[BILLING_PART_MAX])
{
    unsigned         part;
    billing_status_t status;

    if (d->nnames == 0) {
        return BILLING_MALFORMED;
    }

    for (part = 0; part < BILLING_PART_MAX; part++) {
        if (!billing_block_has(d->dims, part)) {
            continue;
        }

        status = billing_varint_get(&d->reader, d->nnames - 1, &ids[part]);
        if (status != BILLING_OK) {
            return status;
        }
    }

    return BILLING_OK;
}


static int
billing_decode_ascends(const uint64_t *last, const uint64_t *ids)
{
    unsigned part;

    for (part = 0; part < BILLING_PART_MAX; part++) {
        if (ids[part] != last[part]) {
            return ids[part] > last[part];
        }
    }

    return 0;
}


static billing_status_t
billing_decode_costs(billing_decode_t *d, const uint64_t ids[BILLING_PART_MAX])
{
    uint64_t         step, date;
    billing_row_t    row;
    billing_status_t status;

    billing_decode_row(d, ids, &row);

    date = 0;

    do {
        status = billing_varint_get(
            &d->reader, 2 * BILLING_BLOCK_MAX_DATE + 1, &step);
        if (status != BILLING_OK) {
            return status;
        }

        date += step / 2;

        if (date > BILLING_BLOCK_MAX_DATE) {
            return BILLING_MALFORMED;
        }

        status = billing_varint_get_money(&d->reader, &row.amount);
        if (status != BILLING_OK) {
            return status;
        }

        if (d->row != NULL) {
            row.date = (unsigned) date;

            status = d->row(d->data, &row);
            if (status != BILLING_OK) {
                return status;
            }
        }

        date++;

    } while (step & 1);

    return BILLING_OK;
}


/* A row of this key; what the field leaves out stays empty. */

static void
billing_decode_row(const billing_decode_t *d,
    const uint64_t ids[BILLING_PART_MAX], billing_row_t *row)
{
    memset(row, 0, sizeof(billing_row_t));

    row->currency = d->names[ids[BILLING_PART_CURRENCY]];

    if (d->dims & BILLING_BLOCK_LINKED) {
        row->linked = d->names[ids[BILLING_PART_LINKED]];
    }

    if (d->dims & BILLING_BLOCK_REGION) {
        row->region = d->names[ids[BILLING_PART_REGION]];
    }

    if (d->dims & BILLING_BLOCK_SERVICE) {
        row->service = d->names[ids[BILLING_PART_SERVICE]];
    }

    if (d->dims & BILLING_BLOCK_CHARGE) {
        row->charge = d->names[ids[BILLING_PART_CHARGE]];
    }
}
