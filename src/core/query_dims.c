
/* What a query says of dimensions: filters, and what groups are told apart by. */

#include "core/query_dims.h"

#include <stdlib.h>

#include "core/text.h"


#define BILLING_QUERY_LIST 1024 /* longest list of dimensions, bytes */


_Static_assert(BILLING_DIM_MAX <= BILLING_QUERY_MAX_GROUP_BY,
    "group_by has no room for all dimensions");


static billing_status_t billing_query_fold(billing_query_t *query);
static int  billing_query_filter_cmp(const void *one, const void *two);
static void billing_query_by(
    billing_query_t *query, billing_str_t name, billing_errors_t *errors);
static void billing_query_by_what(billing_errors_t *errors);


billing_filter_t *
billing_query_filter(billing_query_t *query, billing_str_t name)
{
    unsigned            i;
    billing_by_t        by;
    billing_filter_op_t op;

    op = billing_filter_op(&name);

    if (!billing_dim_find(name, &by) || !billing_dims[by.dim].filters) {
        return NULL;
    }

    for (i = 0; i < query->nfilters; i++) {
        if (query->filters[i].op == op
            && billing_dim_cmp(&query->filters[i].by, &by) == 0)
        {
            return &query->filters[i];
        }
    }

    query->filters[i].by = by;
    query->filters[i].op = op;
    query->nfilters++;

    return &query->filters[i];
}


/* Values have been counted: each filter gets its room, and they go there. */
billing_status_t
billing_query_filters(billing_query_t *query, const billing_args_t *all)
{
    unsigned          i;
    billing_str_t    *room;
    billing_filter_t *filter;

    room = all->room;

    qsort(query->filters, query->nfilters, sizeof(billing_filter_t),
        billing_query_filter_cmp);

    for (i = 0; i < query->nfilters; i++) {
        filter = &query->filters[i];
        filter->values = room;
        room += filter->count;
        filter->count = 0;
    }

    for (i = 0; i < all->npairs; i++) {
        filter = billing_query_filter(query, all->pairs[i].name);

        if (filter != NULL
            && (!billing_filter_folds(filter->op)
                || billing_text_trim(all->pairs[i].value).len > 0))
        {
            filter->values[filter->count++] = all->pairs[i].value;
        }
    }

    for (i = 0; i < query->nfilters; i++) {
        billing_filter_sort(&query->filters[i]);
    }

    return billing_query_fold(query);
}


/* The texts of filters that contain, one behind the other. */
static billing_status_t
billing_query_fold(billing_query_t *query)
{
    size_t            start;
    unsigned          i, j, n;
    billing_str_t    *folded;
    billing_status_t  status;
    billing_filter_t *filter;

    n = 0;

    for (i = 0; i < query->nfilters; i++) {
        if (billing_filter_folds(query->filters[i].op)) {
            n += query->filters[i].count;
        }
    }

    if (n == 0) {
        return BILLING_OK;
    }

    query->folded = calloc(n, sizeof(billing_str_t));
    if (query->folded == NULL) {
        return BILLING_NOMEM;
    }

    folded = query->folded;

    for (i = 0; i < query->nfilters; i++) {
        filter = &query->filters[i];
        filter->folded = folded;

        for (j = 0; j < filter->count && billing_filter_folds(filter->op); j++)
        {
            start = query->texts.len;
            status = billing_text_fold(filter->values[j], &query->texts);
            if (status != BILLING_OK) {
                return status;
            }

            folded++->len = query->texts.len - start;
        }
    }

    for (i = 0, start = 0; i < n; i++) {
        query->folded[i].data = query->texts.data + start;
        start += query->folded[i].len;
    }

    return BILLING_OK;
}


static int
billing_query_filter_cmp(const void *one, const void *two)
{
    const billing_filter_t *a = one, *b = two;

    int cmp;

    cmp = billing_dim_cmp(&a->by, &b->by);

    return cmp != 0 ? cmp : (a->op > b->op) - (a->op < b->op);
}


void
billing_query_read_group_by(
    billing_query_t *query, billing_str_t value, billing_errors_t *errors)
{
    size_t        len;
    const char   *comma;
    billing_str_t name;

    for (;;) {
        comma = memchr(value.data, ',', value.len);
        len = comma != NULL ? (size_t) (comma - value.data) : value.len;
        name = (billing_str_t){ value.data, len };

        billing_query_by(query, name, errors);

        if (comma == NULL) {
            return;
        }

        value.data += len + 1;
        value.len -= len + 1;
    }
}


static void
billing_query_by(
    billing_query_t *query, billing_str_t name, billing_errors_t *errors)
{
    unsigned     i;
    billing_by_t by;

    if (!billing_dim_find(name, &by) || !billing_dims[by.dim].groups) {
        billing_query_by_what(errors);
        return;
    }

    for (i = 0; i < query->ngroup_by; i++) {
        if (billing_dim_cmp(&query->group_by[i], &by) == 0) {
            billing_errors_add(errors, "/group_by", "duplicate",
                "Costs cannot be grouped by %.*s twice.", (int) name.len,
                name.data);
            return;
        }
    }

    query->group_by[query->ngroup_by++] = by;
}


/* Names what there is: "provider, project and account". */
static void
billing_query_by_what(billing_errors_t *errors)
{
    unsigned      i, left;
    billing_buf_t list;

    billing_buf_init(&list, BILLING_QUERY_LIST);

    for (i = 0, left = 0; i < BILLING_DIM_MAX; i++) {
        left += billing_dims[i].groups;
    }

    for (i = 0; i < BILLING_DIM_MAX; i++) {
        if (billing_dims[i].groups) {
            (void) billing_buf_addf(&list, "%s%s", billing_dims[i].name,
                left > 2 ? ", " : (left == 2 ? " and " : ""));
            left--;
        }
    }

    billing_errors_add(errors, "/group_by", "enum",
        "Costs can be grouped by %.*s.", (int) list.len,
        list.len > 0 ? list.data : "");
    billing_buf_free(&list);
}
