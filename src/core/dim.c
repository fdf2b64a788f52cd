
/* The table of dimensions, and how it is read. */

#include "core/dim.h"

#include <stddef.h>


static const billing_str_t *billing_dim_project_groups(
    const billing_by_t *by, const billing_source_t *source, unsigned *n);


const billing_dim_info_t billing_dims[BILLING_DIM_MAX] = {
    [BILLING_DIM_PROVIDER] = { .name = "provider",
        .at = offsetof(billing_source_t, provider),
        .groups = 1,
        .filters = 1 },
    [BILLING_DIM_PROJECT] = { .name = "project",
        .at = offsetof(billing_source_t, project),
        .groups = 1,
        .filters = 1 },
    [BILLING_DIM_ACCOUNT] = { .name = "account",
        .at = offsetof(billing_source_t, account),
        .groups = 1,
        .filters = 1,
        .foreign = 1 },
    [BILLING_DIM_LINKED] = { .name = "linked_account",
        .cells = BILLING_BLOCK_LINKED,
        .at = offsetof(billing_row_t, linked),
        .groups = 1,
        .filters = 1 },
    [BILLING_DIM_REGION] = { .name = "region",
        .cells = BILLING_BLOCK_REGION,
        .at = offsetof(billing_row_t, region),
        .groups = 1,
        .filters = 1 },
    [BILLING_DIM_SERVICE] = { .name = "service",
        .cells = BILLING_BLOCK_SERVICE,
        .at = offsetof(billing_row_t, service),
        .groups = 1,
        .filters = 1 },
    /* blocks of earlier builds do not tell it, nor do some providers */
    [BILLING_DIM_CHARGE] = { .name = "charge_type",
        .cells = BILLING_BLOCK_CHARGE,
        .at = offsetof(billing_row_t, charge),
        .otherwise = billing_str("unknown"),
        .groups = 1,
        .filters = 1 },
    /* a group holds the projects of the groups below it, too */
    [BILLING_DIM_PROJECT_GROUP] = { .name = "project_group",
        .values = billing_dim_project_groups,
        .filters = 1 },
};


int
billing_dim_find(billing_str_t name, billing_by_t *by)
{
    unsigned i;

    for (i = 0; i < BILLING_DIM_MAX; i++) {
        if (billing_str_eq(name, billing_str_from(billing_dims[i].name))) {
            *by = (billing_by_t){ (billing_dim_t) i, name };
            return 1;
        }
    }

    return 0;
}


billing_by_t
billing_dim_by(billing_dim_t dim)
{
    return (billing_by_t){ dim, billing_str_from(billing_dims[dim].name) };
}


int
billing_dim_cmp(const billing_by_t *one, const billing_by_t *two)
{
    return one->dim != two->dim ? (one->dim > two->dim) - (one->dim < two->dim)
                                : billing_str_cmp(one->name, two->name);
}


const billing_str_t *
billing_dim_values(const billing_by_t *by, const billing_source_t *source,
    const billing_row_t *row, unsigned *n)
{
    const void               *in;
    const billing_str_t      *value;
    const billing_dim_info_t *info;

    info = &billing_dims[by->dim];

    if (info->values != NULL) {
        return info->values(by, source, n);
    }

    *n = 1;
    in = info->cells != 0 ? (const void *) row : source;
    value = (const void *) ((const char *) in + info->at);

    return value->len != 0 ? value : &info->otherwise;
}


billing_str_t
billing_dim_value(const billing_by_t *by, const billing_source_t *source,
    const billing_row_t *row)
{
    unsigned             n;
    const billing_str_t *values;

    values = billing_dim_values(by, source, row, &n);

    return n != 0 ? values[0] : billing_str("");
}


static const billing_str_t *
billing_dim_project_groups(
    const billing_by_t *by, const billing_source_t *source, unsigned *n)
{
    (void) by;

    *n = source->ngroups;

    return source->groups;
}
