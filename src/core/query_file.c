
/*
 * What a query says of the file that it wants: its format, whom it is for, and
 * how much of the answer is in it.
 */

#include "core/query_file.h"

#include <limits.h>


/* Texts and what they stand for. */
typedef struct {
    billing_str_t text;
    unsigned      value;
} billing_query_choice_t;


static int billing_query_choose(billing_str_t text,
    const billing_query_choice_t *choices, size_t n, unsigned *value);


/* What a row of FOCUS tells apart. */
static const billing_dim_t billing_query_focus_dims[] = { BILLING_DIM_PROVIDER,
    BILLING_DIM_ACCOUNT, BILLING_DIM_LINKED, BILLING_DIM_SERVICE,
    BILLING_DIM_REGION, BILLING_DIM_CHARGE, BILLING_DIM_PROJECT };


#define billing_query_count(list) (sizeof(list) / sizeof(list[0]))


void
billing_query_read_format(
    billing_query_t *query, billing_str_t value, billing_errors_t *errors)
{
    unsigned format;

    static const billing_query_choice_t formats[] = {
        { billing_str("json"), BILLING_FORMAT_JSON },
        { billing_str("csv"), BILLING_FORMAT_CSV },
        { billing_str("focus"), BILLING_FORMAT_FOCUS },
    };

    query->format_given = 1;

    if (!billing_query_choose(
            value, formats, billing_query_count(formats), &format))
    {
        billing_errors_add(errors, "/format", "enum",
            "The format must be json, csv or focus.");
        return;
    }

    query->format = (billing_format_t) format;
}


/* Without a format, Accept may ask for a CSV. */
void
billing_query_read_for(
    billing_query_t *query, billing_str_t value, billing_errors_t *errors)
{
    unsigned program;

    static const billing_query_choice_t readers[] = {
        { billing_str("spreadsheet"), 0 },
        { billing_str("program"), 1 },
    };

    if (query->format_given && query->format != BILLING_FORMAT_CSV) {
        billing_errors_add(errors, "/for", "unknown",
            "Only a CSV is for a spreadsheet or for a program.");
        return;
    }

    if (!billing_query_choose(
            value, readers, billing_query_count(readers), &program))
    {
        billing_errors_add(errors, "/for", "enum",
            "A CSV is for a spreadsheet or for a program.");
        return;
    }

    query->program = program;
}


void
billing_query_read_version(
    billing_query_t *query, billing_str_t value, billing_errors_t *errors)
{
    unsigned version;

    static const billing_query_choice_t versions[] = {
        { billing_str("1.0"), BILLING_FOCUS_1_0 },
        { billing_str("1.2"), BILLING_FOCUS_1_2 },
        { billing_str("1.4"), BILLING_FOCUS_1_4 },
    };

    if (query->format != BILLING_FORMAT_FOCUS) {
        billing_errors_add(errors, "/version", "unknown",
            "Only the format focus has a version.");
        return;
    }

    if (!billing_query_choose(
            value, versions, billing_query_count(versions), &version))
    {
        billing_errors_add(errors, "/version", "enum",
            "The version of FOCUS must be 1.0, 1.2 or 1.4.");
        return;
    }

    query->focus = (billing_focus_t) version;
}


static int
billing_query_choose(billing_str_t text, const billing_query_choice_t *choices,
    size_t n, unsigned *value)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (billing_str_eq(text, choices[i].text)) {
            *value = choices[i].value;
            return 1;
        }
    }

    return 0;
}


void
billing_query_group_focus(billing_query_t *query)
{
    unsigned i;

    if (query->format != BILLING_FORMAT_FOCUS) {
        return;
    }

    query->ngroup_by = billing_query_count(billing_query_focus_dims);

    for (i = 0; i < query->ngroup_by; i++) {
        query->group_by[i] = billing_dim_by(billing_query_focus_dims[i]);
    }
}


void
billing_query_accept(billing_query_t *query, int csv)
{
    if (!query->format_given) {
        query->format = csv ? BILLING_FORMAT_CSV : BILLING_FORMAT_JSON;
    }
}


unsigned
billing_query_limit(const billing_query_t *query)
{
    return query->format == BILLING_FORMAT_JSON || query->limit_given
               ? query->limit
               : UINT_MAX;
}
