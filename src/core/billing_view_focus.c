
/*
 * The costs answer as a table after FOCUS 1.0 (focus.finops.org): its columns,
 * as far as a sum of costs can say what belongs into them.  Aligned with it,
 * not conformant: sums have no price, no quantity and no SKU.  All of them
 * count as usage; where a cost column asks for what is not known, it has the
 * billed cost, which x_CostBasis says.
 *
 * What rows are grouped by tells them apart; a column that it says nothing of
 * is empty.  RFC 4180 without a byte order mark, for programs read it.
 */

#include "billing_view_parts.h"


#define BILLING_FOCUS_CRLF "\r\n"


typedef struct {
    const billing_query_t    *query;
    const billing_currency_t *currency;
    const billing_group_t    *group;
    unsigned                  date;
} billing_focus_row_t;


static void billing_focus_group(billing_focus_row_t *row, billing_buf_t *out);
static void billing_focus_row(
    const billing_focus_row_t *row, billing_buf_t *out);
static void billing_focus_period(
    const billing_focus_row_t *row, billing_day_t period[4]);
static void billing_focus_day(billing_day_t day, billing_buf_t *out);
static void billing_focus_key(
    const billing_focus_row_t *row, billing_dim_t dim, billing_buf_t *out);


static const char billing_focus_header[] =
    "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,"
    "BillingPeriodStart,ChargeCategory,ChargePeriodEnd,ChargePeriodStart,"
    "ContractedCost,EffectiveCost,ListCost,ProviderName,PublisherName,"
    "RegionId,ServiceName,SubAccountId,x_CostBasis,x_ProjectId" BILLING_FOCUS_CRLF;


billing_status_t
billing_view_focus(const billing_query_t *query, const billing_table_t *table,
    billing_buf_t *out)
{
    unsigned                  i, j, n;
    billing_focus_row_t       row;
    billing_group_t           total;
    const billing_currency_t *currencies;

    (void) billing_buf_add_str(out, billing_str(billing_focus_header));

    currencies = billing_table_currencies(table, &n);

    for (i = 0; i < n; i++) {
        row.query = query;
        row.currency = &currencies[i];

        if (query->ngroup_by == 0) {
            total = (billing_group_t){ .costs = currencies[i].costs };
            row.group = &total;
            billing_focus_group(&row, out);
        }

        for (j = 0; j < currencies[i].ngroups; j++) {
            row.group = &currencies[i].groups[j];
            billing_focus_group(&row, out);
        }
    }

    return out->status;
}


static void
billing_focus_group(billing_focus_row_t *row, billing_buf_t *out)
{
    for (row->date = 0; row->date < billing_query_dates(row->query);
         row->date++) {
        billing_focus_row(row, out);
    }
}


/* In the order of the header. */
static void
billing_focus_row(const billing_focus_row_t *row, billing_buf_t *out)
{
    char          cost[BILLING_MONEY_LEN];
    unsigned      i;
    billing_day_t period[4];

    (void) billing_money_format(row->group->costs[row->date], cost);
    billing_focus_period(row, period);

    (void) billing_buf_addf(out, "%s,", cost);
    billing_focus_key(row, BILLING_DIM_ACCOUNT, out);
    billing_view_csv_text(row->currency->currency, out);
    (void) billing_buf_add_char(out, ',');

    for (i = 0; i < 2; i++) {
        billing_focus_day(period[i], out);
    }

    (void) billing_buf_add_str(out, billing_str("Usage,"));

    for (/* void */; i < 4; i++) {
        billing_focus_day(period[i], out);
    }

    (void) billing_buf_addf(out, "%s,%s,%s,", cost, cost, cost);
    billing_focus_key(row, BILLING_DIM_PROVIDER, out);
    billing_focus_key(row, BILLING_DIM_PROVIDER, out);
    billing_focus_key(row, BILLING_DIM_REGION, out);
    billing_focus_key(row, BILLING_DIM_SERVICE, out);
    billing_focus_key(row, BILLING_DIM_LINKED, out);
    (void) billing_buf_add_str(out, billing_str("billed,"));
    billing_focus_key(row, BILLING_DIM_PROJECT, out);

    /* the last cell has no comma behind it */

    if (out->status == BILLING_OK) {
        out->len--;
    }

    (void) billing_buf_add_str(out, billing_str(BILLING_FOCUS_CRLF));
}


/* End and start of the billing period, then of the charge; ends exclusive. */
static void
billing_focus_period(const billing_focus_row_t *row, billing_day_t period[4])
{
    int32_t         date;
    billing_month_t month;

    date = row->query->start + (int32_t) row->date;
    month = row->query->granularity == BILLING_MONTHLY ? date
                                                       : billing_month_of(date);

    period[0] = billing_month_last(month) + 1;
    period[1] = billing_month_first(month);
    period[2] = period[0];
    period[3] = period[1];

    if (row->query->granularity == BILLING_DAILY) {
        period[2] = date + 1;
        period[3] = date;
    }
}


static void
billing_focus_day(billing_day_t day, billing_buf_t *out)
{
    char text[BILLING_DAY_LEN];

    billing_day_format(day, text);
    (void) billing_buf_addf(out, "%sT00:00:00Z,", text);
}


static void
billing_focus_key(
    const billing_focus_row_t *row, billing_dim_t dim, billing_buf_t *out)
{
    unsigned i;

    for (i = 0; i < row->query->ngroup_by; i++) {
        if (row->query->group_by[i] != dim) {
            continue;
        }

        if (row->group->key == NULL) {
            (void) billing_buf_add_str(out, billing_str(BILLING_CSV_REST));

        } else {
            billing_view_csv_text(row->group->key[i], out);
        }
    }

    (void) billing_buf_add_char(out, ',');
}
