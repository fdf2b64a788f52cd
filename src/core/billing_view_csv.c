
/*
 * The costs answer as a table for a spreadsheet: RFC 4180 (CRLF, quotes where
 * needed) behind a byte order mark, without which Excel takes UTF-8 for the
 * local code page.
 *
 * Text may not become a formula: see billing_csv.h.  Costs are not touched, a
 * minus sign is part of the number.
 *
 * The rest that a limit leaves has BILLING_CSV_REST in each of its key
 * columns.  A real key of that text gets an apostrophe as well, so the bare
 * text always means the rest.
 */

#include "billing_csv.h"
#include "billing_view_parts.h"


static void billing_csv_header(
    const billing_query_t *query, billing_buf_t *out);
static void billing_csv_row(const billing_query_t *query,
    const billing_currency_t *currency, const billing_str_t *key, unsigned date,
    billing_money_t cost, billing_buf_t *out);
static void billing_csv_group(const billing_query_t *query,
    const billing_currency_t *currency, const billing_group_t *group,
    billing_buf_t *out);


billing_status_t
billing_view_csv(const billing_query_t *query, const billing_table_t *table,
    billing_buf_t *out)
{
    unsigned                  i, j, n;
    const billing_currency_t *currencies;

    billing_csv_header(query, out);

    currencies = billing_table_currencies(table, &n);

    for (i = 0; i < n; i++) {
        if (query->ngroup_by == 0) {
            billing_csv_group(query, &currencies[i],
                &(billing_group_t){ .costs = currencies[i].costs }, out);
        }

        for (j = 0; j < currencies[i].ngroups; j++) {
            billing_csv_group(
                query, &currencies[i], &currencies[i].groups[j], out);
        }
    }

    return out->status;
}


static void
billing_csv_header(const billing_query_t *query, billing_buf_t *out)
{
    unsigned i;

    (void) billing_buf_add_str(out, billing_str(BILLING_CSV_BOM));

    for (i = 0; i < query->ngroup_by; i++) {
        (void) billing_buf_add_str(
            out, billing_str_from(billing_dim_names[query->group_by[i]]));
        (void) billing_buf_add_char(out, ',');
    }

    (void) billing_buf_add_str(
        out, billing_str("date,currency,cost" BILLING_CSV_CRLF));
}


static void
billing_csv_group(const billing_query_t *query,
    const billing_currency_t *currency, const billing_group_t *group,
    billing_buf_t *out)
{
    unsigned i;

    for (i = 0; i < billing_query_dates(query); i++) {
        billing_csv_row(query, currency, group->key, i, group->costs[i], out);
    }
}


/* The results are not looked at: a buffer that has failed stays failed. */

static void
billing_csv_row(const billing_query_t *query,
    const billing_currency_t *currency, const billing_str_t *key, unsigned date,
    billing_money_t cost, billing_buf_t *out)
{
    char     day[BILLING_DAY_LEN], amount[BILLING_MONEY_LEN];
    unsigned i;

    for (i = 0; i < query->ngroup_by; i++) {
        if (key == NULL) {
            (void) billing_buf_add_str(out, billing_str(BILLING_CSV_REST));

        } else {
            billing_view_csv_text(key[i], out);
        }

        (void) billing_buf_add_char(out, ',');
    }

    billing_query_date(query, date, day);
    (void) billing_buf_add_str(out, billing_str_from(day));
    (void) billing_buf_add_char(out, ',');

    billing_view_csv_text(currency->currency, out);
    (void) billing_buf_add_char(out, ',');

    (void) billing_money_format(cost, amount);
    (void) billing_buf_add_str(out, billing_str_from(amount));
    (void) billing_buf_add_str(out, billing_str(BILLING_CSV_CRLF));
}


void
billing_view_csv_text(billing_str_t s, billing_buf_t *out)
{
    if (billing_str_eq(s, billing_str(BILLING_CSV_REST))) {
        (void) billing_buf_add_char(out, '\'');
    }

    billing_csv_safe_cell(s, out);
}
