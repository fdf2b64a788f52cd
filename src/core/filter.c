
/* Filters are short lists: sorted once, then searched for every row. */

#include "core/filter.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"


#define BILLING_FILTER_MAX 65536 /* bytes of a folded value */


static int billing_filter_found(
    const billing_filter_t *filter, billing_str_t value);
static int billing_filter_search(billing_str_t value, billing_str_t folded);
static int billing_filter_cmp(const void *one, const void *two);


const char *const billing_filter_ops[] = { "", "!", "~", "!~" };


void
billing_filter_sort(billing_filter_t *filter)
{
    unsigned i, n;

    if (filter->count == 0) {
        return;
    }

    qsort(filter->values, filter->count, sizeof(billing_str_t),
        billing_filter_cmp);

    n = 1;

    for (i = 1; i < filter->count; i++) {
        if (!billing_str_eq(filter->values[i], filter->values[n - 1])) {
            filter->values[n++] = filter->values[i];
        }
    }

    filter->count = n;
}


billing_filter_op_t
billing_filter_op(billing_str_t *name)
{
    size_t   len;
    unsigned op;

    for (op = BILLING_FILTER_LACKS; op > BILLING_FILTER_IS; op--) {
        len = strlen(billing_filter_ops[op]);

        if (name->len > len
            && memcmp(name->data + name->len - len, billing_filter_ops[op], len)
                   == 0)
        {
            name->len -= len;
            break;
        }
    }

    return (billing_filter_op_t) op;
}


int
billing_filter_folds(billing_filter_op_t op)
{
    return op == BILLING_FILTER_CONTAINS || op == BILLING_FILTER_LACKS;
}


int
billing_filter_match(const billing_filter_t *filter,
    const billing_source_t *source, const billing_row_t *row)
{
    int                  found;
    unsigned             i, n;
    const billing_str_t *values;

    static const billing_str_t none = { "", 0 };

    values = billing_dim_values(&filter->by, source, row, &n);

    if (n == 0) {
        values = &none;
        n = 1;
    }

    found = 0;

    for (i = 0; i < n && !found; i++) {
        found = billing_filter_found(filter, values[i]);
    }

    return filter->op == BILLING_FILTER_IS_NOT
                   || filter->op == BILLING_FILTER_LACKS
               ? !found
               : found;
}


static int
billing_filter_found(const billing_filter_t *filter, billing_str_t value)
{
    unsigned i;

    if (!billing_filter_folds(filter->op)) {
        return bsearch(&value, filter->values, filter->count,
                   sizeof(billing_str_t), billing_filter_cmp)
               != NULL;
    }

    for (i = 0; i < filter->count; i++) {
        if (billing_filter_contains(value, filter->folded[i])) {
            return 1;
        }
    }

    return 0;
}


int
billing_filter_contains(billing_str_t value, billing_str_t folded)
{
    int           found;
    size_t        i;
    billing_buf_t buf;

    for (i = 0; i < value.len; i++) {
        if ((unsigned char) value.data[i] >= 0x80) {
            break;
        }
    }

    if (i == value.len) {
        return billing_filter_search(value, folded);
    }

    billing_buf_init(&buf, BILLING_FILTER_MAX);

    found = billing_text_fold(value, &buf) == BILLING_OK
            && billing_filter_search(
                (billing_str_t){ buf.data, buf.len }, folded);

    billing_buf_free(&buf);

    return found;
}


/* Small and large letters of ASCII alike: most values need not be folded. */
static int
billing_filter_search(billing_str_t value, billing_str_t folded)
{
    size_t i, j;
    char   c;

    for (i = 0; i + folded.len <= value.len; i++) {
        for (j = 0; j < folded.len; j++) {
            c = value.data[i + j];

            if (c >= 'A' && c <= 'Z') {
                c = (char) (c - 'A' + 'a');
            }

            if (c != folded.data[j]) {
                break;
            }
        }

        if (j == folded.len) {
            return 1;
        }
    }

    return 0;
}


static int
billing_filter_cmp(const void *one, const void *two)
{
    return billing_str_cmp(
        *(const billing_str_t *) one, *(const billing_str_t *) two);
}
