
/*
 * The field "restated": a version byte, the number of changes, and of each of
 * them the three letters of the currency, the time, the amount before and the
 * amount after.  Numbers are varints (varint.h), amounts zigzag.
 */

#include <string.h>

#include "core/restated.h"
#include "core/varint.h"


#define BILLING_RESTATED_VERSION 1
#define BILLING_RESTATED_LETTERS ' ' /* no version: somebody has written text */

/* 9999-12-31T23:59:59Z, the last that billing_time_format() writes */
#define BILLING_RESTATED_MAX_TIME 253402300799

#define BILLING_RESTATED_LEN                        \
    (BILLING_RESTATED_CURRENCY + BILLING_VARINT_LEN \
        + 2 * BILLING_VARINT_MONEY_LEN)

/* More than there are currencies. */
#define BILLING_RESTATED_SUMS 256


/* What a month costs in each currency, by code, in two blocks. */
typedef struct {
    char            currency[BILLING_RESTATED_CURRENCY + 1];
    billing_money_t amounts[2];
} billing_restated_sum_t;

typedef struct {
    billing_restated_sum_t items[BILLING_RESTATED_SUMS];
    unsigned               n;
    unsigned               which; /* amount that rows are added to */
} billing_restated_sums_t;


static billing_status_t billing_restated_read(
    billing_reader_t *reader, billing_restated_t *item);
static billing_status_t billing_restated_sum(
    billing_str_t bytes, billing_restated_sums_t *sums);
static billing_status_t billing_restated_row(
    void *data, const billing_row_t *row);
static int  billing_restated_is_code(const char *code, size_t len);
static void billing_restated_add(
    billing_restated_list_t *list, const billing_restated_t *item);
static int billing_change_cmp(
    const billing_restated_item_t *a, const billing_restated_item_t *b);


billing_status_t
billing_restated_encode(const billing_restated_list_t *list, billing_buf_t *out)
{
    unsigned                  i;
    unsigned char            *p;
    const billing_restated_t *item;
    unsigned char bytes[2 + BILLING_RESTATED_MAX * BILLING_RESTATED_LEN];

    if (list->n == 0) {
        return BILLING_OK;
    }

    if (list->n > BILLING_RESTATED_MAX) {
        return BILLING_INVALID;
    }

    p = bytes;
    *p++ = BILLING_RESTATED_VERSION;
    *p++ = (unsigned char) list->n;

    for (i = 0; i < list->n; i++) {
        item = &list->items[i];

        if (item->seen_at < 0 || item->seen_at > BILLING_RESTATED_MAX_TIME) {
            return BILLING_INVALID;
        }

        memcpy(p, item->currency, BILLING_RESTATED_CURRENCY);
        p += BILLING_RESTATED_CURRENCY;
        p = billing_varint_put(p, (uint64_t) item->seen_at);
        p = billing_varint_put_money(p, item->before);
        p = billing_varint_put_money(p, item->after);
    }

    return billing_buf_add(out, bytes, (size_t) (p - bytes));
}


int
billing_restated_newer(billing_str_t bytes)
{
    return bytes.len != 0 && bytes.data[0] > BILLING_RESTATED_VERSION
           && bytes.data[0] < BILLING_RESTATED_LETTERS;
}


billing_status_t
billing_restated_decode(billing_str_t bytes, billing_restated_list_t *list)
{
    unsigned         i, n;
    billing_reader_t reader;

    list->n = 0;

    if (bytes.len < 2 || bytes.data[0] != BILLING_RESTATED_VERSION) {
        return BILLING_MALFORMED;
    }

    n = (unsigned char) bytes.data[1];

    if (n == 0 || n > BILLING_RESTATED_MAX) {
        return BILLING_MALFORMED;
    }

    reader.p = (const unsigned char *) bytes.data + 2;
    reader.end = (const unsigned char *) bytes.data + bytes.len;

    for (i = 0; i < n; i++) {
        if (billing_restated_read(&reader, &list->items[i]) != BILLING_OK) {
            return BILLING_MALFORMED;
        }
    }

    if (reader.p != reader.end) {
        return BILLING_MALFORMED;
    }

    list->n = n;

    return BILLING_OK;
}


static billing_status_t
billing_restated_read(billing_reader_t *reader, billing_restated_t *item)
{
    uint64_t time;

    if (reader->end - reader->p < BILLING_RESTATED_CURRENCY
        || !billing_restated_is_code(
            (const char *) reader->p, BILLING_RESTATED_CURRENCY))
    {
        return BILLING_MALFORMED;
    }

    memcpy(item->currency, reader->p, BILLING_RESTATED_CURRENCY);
    item->currency[BILLING_RESTATED_CURRENCY] = '\0';
    reader->p += BILLING_RESTATED_CURRENCY;

    if (billing_varint_get(reader, BILLING_RESTATED_MAX_TIME, &time)
            != BILLING_OK
        || billing_varint_get_money(reader, &item->before) != BILLING_OK
        || billing_varint_get_money(reader, &item->after) != BILLING_OK
        || item->before == item->after)
    {
        return BILLING_MALFORMED;
    }

    item->seen_at = (time_t) time;

    return BILLING_OK;
}


billing_status_t
billing_restated_compare(billing_str_t before, billing_str_t after,
    time_t seen_at, billing_restated_list_t *list)
{
    unsigned                      i;
    billing_status_t              status;
    billing_restated_t            item;
    billing_restated_sums_t       sums;
    const billing_restated_sum_t *sum;

    if (billing_str_eq(before, after)) {
        return BILLING_OK; /* the same costs have the same bytes */
    }

    sums.n = 0;
    sums.which = 0;

    status = billing_restated_sum(before, &sums);

    if (status == BILLING_OK) {
        sums.which = 1;
        status = billing_restated_sum(after, &sums);
    }

    if (status != BILLING_OK) {
        return status;
    }

    for (i = 0; i < sums.n; i++) {
        sum = &sums.items[i];

        if (sum->amounts[0] == sum->amounts[1]) {
            continue;
        }

        memcpy(item.currency, sum->currency, sizeof(item.currency));
        item.before = sum->amounts[0];
        item.after = sum->amounts[1];
        item.seen_at = seen_at;
        billing_restated_add(list, &item);
    }

    return BILLING_OK;
}


static billing_status_t
billing_restated_sum(billing_str_t bytes, billing_restated_sums_t *sums)
{
    billing_status_t status;

    status = billing_block_check(bytes);

    return status == BILLING_OK
               ? billing_block_rows(bytes, billing_restated_row, sums)
               : status;
}


static billing_status_t
billing_restated_row(void *data, const billing_row_t *row)
{
    int                      order;
    unsigned                 at;
    billing_restated_sum_t  *sum;
    billing_restated_sums_t *sums = data;

    if (!billing_restated_is_code(row->currency.data, row->currency.len)) {
        return BILLING_OK;
    }

    order = -1;

    for (at = 0; at < sums->n; at++) {
        order = memcmp(row->currency.data, sums->items[at].currency,
            BILLING_RESTATED_CURRENCY);

        if (order <= 0) {
            break;
        }
    }

    sum = &sums->items[at];

    if (at < sums->n && order == 0) {
        return billing_money_add(&sum->amounts[sums->which], row->amount);
    }

    if (sums->n == BILLING_RESTATED_SUMS) {
        return BILLING_LIMIT;
    }

    memmove(sum + 1, sum, (sums->n - at) * sizeof(billing_restated_sum_t));
    sums->n++;

    memcpy(sum->currency, row->currency.data, BILLING_RESTATED_CURRENCY);
    sum->currency[BILLING_RESTATED_CURRENCY] = '\0';
    sum->amounts[0] = 0;
    sum->amounts[1] = 0;
    sum->amounts[sums->which] = row->amount;

    return BILLING_OK;
}


static int
billing_restated_is_code(const char *code, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (code[i] < 'A' || code[i] > 'Z') {
            return 0;
        }
    }

    return len == BILLING_RESTATED_CURRENCY;
}


static void
billing_restated_add(
    billing_restated_list_t *list, const billing_restated_t *item)
{
    if (list->n == BILLING_RESTATED_MAX) {
        list->n--;
        memmove(&list->items[0], &list->items[1],
            list->n * sizeof(billing_restated_t));
    }

    list->items[list->n++] = *item;
}


void
billing_restated_show(
    billing_restated_shown_t *changes, const billing_restated_item_t *change)
{
    unsigned at;

    at = changes->n;

    /* before equal ones: what a block saw later is newer */
    while (at > 0 && billing_change_cmp(change, &changes->items[at - 1]) <= 0) {
        at--;
    }

    if (at == BILLING_RESTATED_SHOWN) {
        return;
    }

    if (changes->n < BILLING_RESTATED_SHOWN) {
        changes->n++;
    }

    memmove(&changes->items[at + 1], &changes->items[at],
        (changes->n - 1 - at) * sizeof(billing_restated_item_t));
    changes->items[at] = *change;
}


/* Below 0: a comes first. */
static int
billing_change_cmp(
    const billing_restated_item_t *a, const billing_restated_item_t *b)
{
    int rc;

    if (a->change.seen_at != b->change.seen_at) {
        return a->change.seen_at > b->change.seen_at ? -1 : 1;
    }

    if (a->month != b->month) {
        return a->month > b->month ? -1 : 1;
    }

    rc = billing_str_cmp(a->account, b->account);

    return rc != 0 ? rc : strcmp(a->change.currency, b->change.currency);
}
