
/*
 * Where a file is: which group, which date of it.  What is known about a
 * group's values is looked up once, for all of its rows.
 */

#include "core/file.h"

#include <stdlib.h>

#include "core/file_rows.h"


static int                    billing_file_group(billing_file_t *file);
static const billing_label_t *billing_file_label(
    const billing_labels_t *labels, billing_str_t key);
static int  billing_file_compare(const void *key, const void *label);
static void billing_file_feed_text(
    billing_str_t s, billing_feed_pt feed, void *data);


billing_status_t
billing_file_open(billing_file_t *file)
{
    const billing_query_t *query;

    query = file->query;

    return billing_table_order(file->table, query->sort_date, query->sort_desc,
        billing_query_limit(query), &file->cut);
}


billing_status_t
billing_file_write(billing_file_t *file, size_t least, billing_buf_t *out)
{
    int    focus;
    size_t start;

    focus = file->query->format == BILLING_FORMAT_FOCUS;
    start = out->len;

    if (!file->begun) {
        file->begun = 1;

        if (focus) {
            billing_file_focus_header(file, out);
        } else {
            billing_file_csv_header(file, out);
        }
    }

    while (out->status == BILLING_OK && out->len - start < least) {
        if (file->costs == NULL && !billing_file_group(file)) {
            file->ended = 1;
            break;
        }

        if (focus) {
            billing_file_focus_row(file, out);
        } else {
            billing_file_csv_row(file, out);
        }

        if (++file->date == billing_query_dates(file->query)) {
            file->costs = NULL;
        }
    }

    return out->status;
}


int
billing_file_ended(const billing_file_t *file)
{
    return file->ended;
}


void
billing_file_feed(const billing_file_t *file, billing_feed_pt feed, void *data)
{
    unsigned               complete;
    size_t                 i, j;
    const billing_label_t *label;

    complete = file->complete;

    feed(data, &file->today, sizeof(billing_day_t));
    feed(data, &complete, sizeof(unsigned));

    if (file->open != NULL) {
        feed(data, file->open, sizeof(billing_open_t));
    }

    for (i = 0; i < BILLING_DIM_MAX; i++) {
        feed(data, &file->labels[i].n, sizeof(size_t));

        for (j = 0; j < file->labels[i].n; j++) {
            label = &file->labels[i].items[j];

            billing_file_feed_text(label->key, feed, data);
            billing_file_feed_text(label->name, feed, data);
            billing_file_feed_text(label->id, feed, data);
            billing_file_feed_text(label->issuer, feed, data);
            billing_file_feed_text(label->publisher, feed, data);
            billing_file_feed_text(label->basis, feed, data);
        }
    }

    billing_table_feed(file->table, feed, data);
}


static void
billing_file_feed_text(billing_str_t s, billing_feed_pt feed, void *data)
{
    feed(data, &s.len, sizeof(size_t));

    if (s.len != 0) {
        feed(data, s.data, s.len);
    }
}


/* 0: there is no further group. */
static int
billing_file_group(billing_file_t *file)
{
    unsigned               i;
    const billing_query_t *query;

    query = file->query;
    file->date = 0;

    if (!billing_table_next(
            file->table, &file->currency, file->key, &file->costs)) {
        return 0;
    }

    for (i = 0; i < query->ngroup_by; i++) {
        file->found[i] = billing_file_label(
            &file->labels[query->group_by[i].dim], file->key[i]);
    }

    return 1;
}


static const billing_label_t *
billing_file_label(const billing_labels_t *labels, billing_str_t key)
{
    const billing_label_t *label;

    static const billing_label_t none;

    label = labels->n == 0 ? NULL
                           : bsearch(&key, labels->items, labels->n,
                               sizeof(billing_label_t), billing_file_compare);

    return label == NULL ? &none : label;
}


static int
billing_file_compare(const void *key, const void *label)
{
    return billing_str_cmp(
        *(const billing_str_t *) key, ((const billing_label_t *) label)->key);
}
