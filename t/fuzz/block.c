
/*
 * Fields of cost blocks as they come from Redis, and blocks of any rows.
 *
 * What decodes has one form only: encoded again it is the same bytes, or
 * fewer where a string stood that no key names.  What was encoded decodes to
 * the sums that a slow table of all rows has.
 */

#include "core/block.h"
#include "core/restated.h"
#include "core/text.h"
#include "fuzz.h"


#define MAX_ROWS 64


typedef struct {
    billing_block_t *block;
    billing_row_t    last;
    billing_str_t    texts[5]; /* of last, copied */
    unsigned         rows;
} decoded_t;

typedef struct {
    billing_row_t   rows[MAX_ROWS];
    unsigned        n;
    unsigned        dims;
    unsigned        read;
    billing_field_t field;
} expected_t;


static void             decode(billing_str_t bytes);
static billing_status_t see(void *data, const billing_row_t *row);
static int              order(const billing_row_t *a, const billing_row_t *b);
static billing_status_t count(void *data, const billing_row_t *row);
static void             meta(billing_str_t bytes);
static void             restated(fuzz_input_t *in);
static void             encode(fuzz_input_t *in);
static void             check(const billing_block_t *block, expected_t *all);
static billing_status_t compare(void *data, const billing_row_t *row);
static void             project(billing_row_t *row, billing_field_t field);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input_t  in = { data, data + size };
    billing_str_t bytes;

    switch (fuzz_below(&in, 4)) {
    case 0:
        bytes = fuzz_copy(fuzz_rest(&in));
        decode(bytes);
        fuzz_free(bytes);
        break;

    case 1:
        meta(fuzz_rest(&in));
        break;

    case 2:
        restated(&in);
        break;

    default:
        encode(&in);
    }

    return 0;
}


static void
decode(billing_str_t bytes)
{
    size_t           i;
    unsigned         rows;
    decoded_t        seen;
    billing_buf_t    out;
    billing_field_t  field;
    billing_status_t rc;

    /* dimensions of total, service, region and cells */
    static const unsigned char masks[] = { 0, 4, 2, 15 };

    rows = 0;

    if (billing_block_check(bytes) != BILLING_OK) {
        (void) billing_block_rows(bytes, count, &rows);
        return;
    }

    memset(&seen, 0, sizeof(decoded_t));
    seen.block = billing_block_create();

    rc = billing_block_rows(bytes, see, &seen);

    for (i = 0; i < 5; i++) {
        fuzz_free(seen.texts[i]);
    }

    must(rc == BILLING_OK);
    must(billing_block_cells(seen.block) == seen.rows);

    for (field = 0; field < BILLING_FIELD_MAX; field++) {
        if ((unsigned char) bytes.data[1] == masks[field]) {
            billing_buf_init(&out, 1 << 24);
            must(billing_block_encode(seen.block, field, &out) == BILLING_OK);
            must(out.len < bytes.len || billing_str_eq(fuzz_text(&out), bytes));
            billing_buf_free(&out);
        }
    }

    billing_block_free(seen.block);
}


static billing_status_t
see(void *data, const billing_row_t *row)
{
    size_t        i;
    decoded_t    *seen = data;
    billing_str_t texts[5] = { row->currency, row->linked, row->region,
        row->service, row->charge };

    must(row->date <= 30);
    must(seen->rows == 0 || order(&seen->last, row) < 0);

    seen->last = *row;

    for (i = 0; i < 5; i++) {
        must(billing_text_valid(texts[i]));
        fuzz_free(seen->texts[i]);
        seen->texts[i] = fuzz_copy(texts[i]);
    }

    seen->last.currency = seen->texts[0];
    seen->last.linked = seen->texts[1];
    seen->last.region = seen->texts[2];
    seen->last.service = seen->texts[3];
    seen->last.charge = seen->texts[4];
    seen->rows++;

    must(billing_block_add(seen->block, row) == BILLING_OK);

    return BILLING_OK;
}


static int
order(const billing_row_t *a, const billing_row_t *b)
{
    int rc;

    rc = billing_str_cmp(a->currency, b->currency);
    rc = rc != 0 ? rc : billing_str_cmp(a->linked, b->linked);
    rc = rc != 0 ? rc : billing_str_cmp(a->region, b->region);
    rc = rc != 0 ? rc : billing_str_cmp(a->service, b->service);
    rc = rc != 0 ? rc : billing_str_cmp(a->charge, b->charge);

    return rc != 0 ? rc : (int) a->date - (int) b->date;
}


static billing_status_t
count(void *data, const billing_row_t *row)
{
    unsigned *rows = data;

    must(row->date <= 30);

    return ++*rows > 100000 ? BILLING_LIMIT : BILLING_OK;
}


static void
meta(billing_str_t bytes)
{
    billing_buf_t        out;
    billing_block_meta_t read;

    if (billing_block_meta_decode(bytes, &read) != BILLING_OK) {
        return;
    }

    billing_buf_init(&out, 64);
    must(billing_block_meta_encode(&read, &out) == BILLING_OK);

    /* of an earlier version, which is not written any more */
    must(bytes.data[0] == 1 || billing_str_eq(fuzz_text(&out), bytes));
    billing_buf_free(&out);
}


/* The list of changes, then two blocks that may differ. */
static void
restated(fuzz_input_t *in)
{
    billing_str_t           bytes, before, after;
    billing_buf_t           out;
    billing_status_t        rc;
    billing_restated_list_t list, old;

    bytes = fuzz_until(in, '\x1e');

    if (billing_restated_decode(bytes, &list) == BILLING_OK) {
        billing_buf_init(&out, 4096);
        must(billing_restated_encode(&list, &out) == BILLING_OK);
        must(billing_str_eq(fuzz_text(&out), bytes));
        billing_buf_free(&out);

    } else {
        must(list.n == 0);
    }

    before = fuzz_copy(fuzz_until(in, '\x1e'));
    after = fuzz_copy(fuzz_rest(in));
    old = list;

    rc = billing_restated_compare(before, after, 1630454400, &list);

    must(list.n <= BILLING_RESTATED_MAX);
    must(rc == BILLING_OK || list.n == old.n);

    if (billing_str_eq(before, after)) {
        must(rc != BILLING_OK || list.n == old.n);
    }

    fuzz_free(before);
    fuzz_free(after);
}


/* Rows of a few names, so that many of them meet. */
static void
encode(fuzz_input_t *in)
{
    unsigned         overflow;
    expected_t       all;
    billing_row_t   *row;
    billing_block_t *block;

    static const char *const names[] = { "", "A", "AmazonEC2", "AmazonEC",
        "us-east-1", "012345678901", "\xec\x84\x9c\xec\x9a\xb8",
        "\xf0\x9f\x92\xb0" };
    static const char *const currencies[] = { "USD", "KRW", "EUR", "A" };

    block = billing_block_create();
    must(block != NULL);
    overflow = 0;
    all.n = 0;

    while (in->p < in->end && all.n < MAX_ROWS) {
        row = &all.rows[all.n];

        row->date = fuzz_below(in, 31);
        row->currency = billing_str_from(currencies[fuzz_below(in, 4)]);
        row->linked = billing_str_from(names[fuzz_below(in, 8)]);
        row->region = billing_str_from(names[fuzz_below(in, 8)]);
        row->service = billing_str_from(names[fuzz_below(in, 8)]);
        row->charge = billing_str_from(names[fuzz_below(in, 8)]);
        row->amount = fuzz_number(in, fuzz_below(in, 17));

        if (billing_block_add(block, row) == BILLING_OK) {
            all.n++;
        } else {
            overflow++;
        }
    }

    must(overflow == 0 || all.n > 0);
    check(block, &all);
    billing_block_free(block);
}


static void
check(const billing_block_t *block, expected_t *all)
{
    unsigned         i, n;
    expected_t       sums;
    billing_buf_t    out;
    billing_row_t    row;
    billing_field_t  field;
    billing_status_t rc, added;

    for (field = 0; field < BILLING_FIELD_MAX; field++) {
        sums.field = field;
        sums.n = sums.read = 0;
        added = BILLING_OK;

        for (n = 0; n < all->n; n++) {
            row = all->rows[n];
            project(&row, field);

            for (i = 0; i < sums.n && order(&sums.rows[i], &row) != 0; i++) {
                /* void */
            }

            if (i == sums.n) {
                sums.rows[sums.n++] = row;
            } else if (billing_money_add(&sums.rows[i].amount, row.amount)
                       != BILLING_OK) {
                added = BILLING_LIMIT;
            }
        }

        billing_buf_init(&out, 1 << 20);
        rc = billing_block_encode(block, field, &out);

        /* whether a sum overflows on the way depends on the order */
        must(rc == BILLING_OK || rc == BILLING_LIMIT);
        must(rc == BILLING_OK || out.len == 0);

        if (rc == BILLING_OK && added == BILLING_OK) {
            must(billing_block_check(fuzz_text(&out)) == BILLING_OK);
            must(billing_block_rows(fuzz_text(&out), compare, &sums)
                 == BILLING_OK);
            must(sums.read == sums.n);
        }

        billing_buf_free(&out);
    }
}


static billing_status_t
compare(void *data, const billing_row_t *row)
{
    unsigned    i;
    expected_t *sums = data;

    for (i = 0; i < sums->n && order(&sums->rows[i], row) != 0; i++) {
        /* void */
    }

    must(i < sums->n);
    must(sums->rows[i].amount == row->amount);
    sums->read++;

    return BILLING_OK;
}


/* What a field leaves out is empty. */
static void
project(billing_row_t *row, billing_field_t field)
{
    if (field != BILLING_FIELD_CELLS) {
        row->linked = billing_str("");
        row->charge = billing_str("");
    }

    if (field == BILLING_FIELD_TOTAL || field == BILLING_FIELD_SERVICE) {
        row->region = billing_str("");
    }

    if (field == BILLING_FIELD_TOTAL || field == BILLING_FIELD_REGION) {
        row->service = billing_str("");
    }
}
