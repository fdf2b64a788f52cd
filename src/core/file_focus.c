
/*
 * Rows with the columns of FOCUS (focus.finops.org), in its versions 1.0, 1.2
 * and 1.4.  They are the mandatory columns, and of the others those that sums
 * of costs can fill.  What FOCUS wants to be told and nobody has told us stands
 * for itself: a cost that is not known is the billed one, a quantity is one
 * unit, a name is the id.  x_CostBasis and x_PricingNote say so.
 *
 * Null is an empty cell.  For programs: values are as they are, without a byte
 * order mark.
 */

#include "core/charge.h"
#include "core/csv.h"
#include "core/file_rows.h"


#define BILLING_FOCUS_ALL \
    (1 << BILLING_FOCUS_1_0 | 1 << BILLING_FOCUS_1_2 | 1 << BILLING_FOCUS_1_4)

/* 1.3 has other names for them, and 1.4 has them no more. */
#define BILLING_FOCUS_OLD (1 << BILLING_FOCUS_1_0 | 1 << BILLING_FOCUS_1_2)
#define BILLING_FOCUS_NEW (1 << BILLING_FOCUS_1_4)


/* What the columns of one row are made of. */
typedef struct {
    const billing_file_t  *file;
    billing_str_t          cost;
    billing_charge_t       charge;
    billing_str_t          periods[4]; /* in the order of the enumeration */
    billing_str_t          values[BILLING_DIM_MAX]; /* of those of FOCUS */
    const billing_label_t *labels[BILLING_DIM_MAX];
} billing_focus_row_t;

enum {
    BILLING_FOCUS_BILLING_END = 0,
    BILLING_FOCUS_BILLING_START,
    BILLING_FOCUS_CHARGE_END,
    BILLING_FOCUS_CHARGE_START
};

typedef billing_str_t (*billing_focus_value_pt)(const billing_focus_row_t *row);

typedef struct {
    const char            *name;
    unsigned               versions; /* 1 << BILLING_FOCUS_* */
    billing_focus_value_pt value;    /* NULL: null */
} billing_focus_column_t;


static void billing_focus_days(
    const billing_file_t *file, billing_day_t days[4]);


static billing_str_t
billing_focus_cost(const billing_focus_row_t *row)
{
    return row->cost;
}


static billing_str_t
billing_focus_or(billing_str_t s, billing_str_t instead)
{
    return s.len != 0 ? s : instead;
}


static billing_str_t
billing_focus_account(const billing_focus_row_t *row)
{
    return row->values[BILLING_DIM_ACCOUNT];
}


/* As the provider knows it; ours, where it does not tell. */
static billing_str_t
billing_focus_payer(const billing_focus_row_t *row)
{
    return billing_focus_or(
        row->labels[BILLING_DIM_ACCOUNT]->id, billing_focus_account(row));
}


static billing_str_t
billing_focus_payer_name(const billing_focus_row_t *row)
{
    return row->labels[BILLING_DIM_ACCOUNT]->name;
}


static billing_str_t
billing_focus_currency(const billing_focus_row_t *row)
{
    return row->file->currency;
}


static billing_str_t
billing_focus_billing_end(const billing_focus_row_t *row)
{
    return row->periods[BILLING_FOCUS_BILLING_END];
}


static billing_str_t
billing_focus_billing_start(const billing_focus_row_t *row)
{
    return row->periods[BILLING_FOCUS_BILLING_START];
}


static billing_str_t
billing_focus_charge_end(const billing_focus_row_t *row)
{
    return row->periods[BILLING_FOCUS_CHARGE_END];
}


static billing_str_t
billing_focus_charge_start(const billing_focus_row_t *row)
{
    return row->periods[BILLING_FOCUS_CHARGE_START];
}


/*
 * FOCUS counts a refund with what was refunded, which nobody has told; it is an
 * adjustment then, as is all that fits nowhere else.
 */
static const struct {
    const char *category;
    const char *frequency;
    int         priced; /* has a quantity and its unit */
} billing_focus_charges[BILLING_CHARGE_MAX] = {
    [BILLING_CHARGE_UNKNOWN] = { "Usage", "Usage-Based", 1 },
    [BILLING_CHARGE_USAGE] = { "Usage", "Usage-Based", 1 },
    [BILLING_CHARGE_TAX] = { "Tax", "Recurring", 0 },
    [BILLING_CHARGE_CREDIT] = { "Credit", "One-Time", 0 },
    [BILLING_CHARGE_REFUND] = { "Adjustment", "One-Time", 0 },
    [BILLING_CHARGE_SUPPORT] = { "Purchase", "Recurring", 1 },
    [BILLING_CHARGE_FEE] = { "Purchase", "Recurring", 1 },
    [BILLING_CHARGE_ADJUSTMENT] = { "Adjustment", "One-Time", 0 },
};


static billing_str_t
billing_focus_category(const billing_focus_row_t *row)
{
    return billing_str_from(billing_focus_charges[row->charge].category);
}


static billing_str_t
billing_focus_frequency(const billing_focus_row_t *row)
{
    return billing_str_from(billing_focus_charges[row->charge].frequency);
}


static billing_str_t
billing_focus_priced(const billing_focus_row_t *row, billing_str_t value)
{
    return billing_focus_charges[row->charge].priced
               ? value
               : (billing_str_t){ NULL, 0 };
}


static billing_str_t
billing_focus_quantity(const billing_focus_row_t *row)
{
    return billing_focus_priced(row, billing_str("1"));
}


static billing_str_t
billing_focus_unit(const billing_focus_row_t *row)
{
    return billing_focus_priced(row, billing_str("Units"));
}


static billing_str_t
billing_focus_note(const billing_focus_row_t *row)
{
    return billing_focus_priced(
        row, billing_str("quantities and prices are not known"));
}


static billing_str_t
billing_focus_charge(const billing_focus_row_t *row)
{
    return row->values[BILLING_DIM_CHARGE];
}


static billing_str_t
billing_focus_issuer(const billing_focus_row_t *row)
{
    return billing_focus_or(row->labels[BILLING_DIM_PROVIDER]->issuer,
        row->values[BILLING_DIM_PROVIDER]);
}


static billing_str_t
billing_focus_publisher(const billing_focus_row_t *row)
{
    return billing_focus_or(row->labels[BILLING_DIM_PROVIDER]->publisher,
        row->values[BILLING_DIM_PROVIDER]);
}


static billing_str_t
billing_focus_source(const billing_focus_row_t *row)
{
    return row->values[BILLING_DIM_PROVIDER];
}


static billing_str_t
billing_focus_region(const billing_focus_row_t *row)
{
    return row->values[BILLING_DIM_REGION];
}


static billing_str_t
billing_focus_region_name(const billing_focus_row_t *row)
{
    return billing_focus_or(
        row->labels[BILLING_DIM_REGION]->name, row->values[BILLING_DIM_REGION]);
}


/* It may not be null; a charge without a service is none of those there are. */
static billing_str_t
billing_focus_service(const billing_focus_row_t *row)
{
    return billing_focus_or(
        row->values[BILLING_DIM_SERVICE], billing_str("Other"));
}


static billing_str_t
billing_focus_service_category(const billing_focus_row_t *row)
{
    return billing_service_category(row->values[BILLING_DIM_SERVICE]);
}


static billing_str_t
billing_focus_linked(const billing_focus_row_t *row)
{
    return row->values[BILLING_DIM_LINKED];
}


static billing_str_t
billing_focus_linked_name(const billing_focus_row_t *row)
{
    return billing_focus_or(
        row->labels[BILLING_DIM_LINKED]->name, row->values[BILLING_DIM_LINKED]);
}


static billing_str_t
billing_focus_complete(const billing_focus_row_t *row)
{
    return row->file->complete ? billing_str("true") : billing_str("false");
}


static billing_str_t
billing_focus_basis(const billing_focus_row_t *row)
{
    return billing_focus_or(
        row->labels[BILLING_DIM_ACCOUNT]->basis, billing_str("billed"));
}


static billing_str_t
billing_focus_in_progress(const billing_focus_row_t *row)
{
    return billing_query_open(row->file->query, row->file->date,
               row->file->today, row->file->open)
               ? billing_str("true")
               : billing_str("false");
}


static billing_str_t
billing_focus_project(const billing_focus_row_t *row)
{
    return row->values[BILLING_DIM_PROJECT];
}


static billing_str_t
billing_focus_project_name(const billing_focus_row_t *row)
{
    return row->labels[BILLING_DIM_PROJECT]->name;
}


/* By name; those that FOCUS does not have come last. */
static const billing_focus_column_t billing_focus_columns[] = {
    { "BilledCost", BILLING_FOCUS_ALL, billing_focus_cost },
    { "BillingAccountId", BILLING_FOCUS_ALL, billing_focus_payer },
    { "BillingAccountName", BILLING_FOCUS_ALL, billing_focus_payer_name },
    { "BillingCurrency", BILLING_FOCUS_ALL, billing_focus_currency },
    { "BillingPeriodEnd", BILLING_FOCUS_ALL, billing_focus_billing_end },
    { "BillingPeriodStart", BILLING_FOCUS_ALL, billing_focus_billing_start },
    { "ChargeCategory", BILLING_FOCUS_ALL, billing_focus_category },
    { "ChargeClass", BILLING_FOCUS_ALL, NULL },
    { "ChargeDescription", BILLING_FOCUS_ALL, billing_focus_service },
    { "ChargeFrequency", BILLING_FOCUS_ALL, billing_focus_frequency },
    { "ChargePeriodEnd", BILLING_FOCUS_ALL, billing_focus_charge_end },
    { "ChargePeriodStart", BILLING_FOCUS_ALL, billing_focus_charge_start },
    { "ContractedCost", BILLING_FOCUS_ALL, billing_focus_cost },
    { "EffectiveCost", BILLING_FOCUS_ALL, billing_focus_cost },
    { "HostProviderName", BILLING_FOCUS_NEW, billing_focus_publisher },
    { "InvoiceIssuerName", BILLING_FOCUS_ALL, billing_focus_issuer },
    { "ListCost", BILLING_FOCUS_ALL, billing_focus_cost },
    { "PricingQuantity", BILLING_FOCUS_ALL, billing_focus_quantity },
    { "PricingUnit", BILLING_FOCUS_ALL, billing_focus_unit },
    { "ProviderName", BILLING_FOCUS_OLD, billing_focus_issuer },
    { "PublisherName", BILLING_FOCUS_OLD, billing_focus_publisher },
    { "RegionId", BILLING_FOCUS_ALL, billing_focus_region },
    { "RegionName", BILLING_FOCUS_ALL, billing_focus_region_name },
    { "ServiceCategory", BILLING_FOCUS_ALL, billing_focus_service_category },
    { "ServiceName", BILLING_FOCUS_ALL, billing_focus_service },
    { "ServiceProviderName", BILLING_FOCUS_NEW, billing_focus_publisher },
    { "SubAccountId", BILLING_FOCUS_ALL, billing_focus_linked },
    { "SubAccountName", BILLING_FOCUS_ALL, billing_focus_linked_name },
    { "x_AccountId", BILLING_FOCUS_ALL, billing_focus_account },
    { "x_ChargeType", BILLING_FOCUS_ALL, billing_focus_charge },
    { "x_Complete", BILLING_FOCUS_ALL, billing_focus_complete },
    { "x_CostBasis", BILLING_FOCUS_ALL, billing_focus_basis },
    { "x_InProgress", BILLING_FOCUS_ALL, billing_focus_in_progress },
    { "x_PricingNote", BILLING_FOCUS_ALL, billing_focus_note },
    { "x_ProjectId", BILLING_FOCUS_ALL, billing_focus_project },
    { "x_ProjectName", BILLING_FOCUS_ALL, billing_focus_project_name },
    { "x_Source", BILLING_FOCUS_ALL, billing_focus_source },
};

#define BILLING_FOCUS_COLUMNS \
    (sizeof(billing_focus_columns) / sizeof(billing_focus_columns[0]))


void
billing_file_focus_header(const billing_file_t *file, billing_buf_t *out)
{
    int    first;
    size_t i;

    first = 1;

    for (i = 0; i < BILLING_FOCUS_COLUMNS; i++) {
        if (!(billing_focus_columns[i].versions & 1 << file->query->focus)) {
            continue;
        }

        if (!first) {
            (void) billing_buf_add_char(out, ',');
        }

        first = 0;
        (void) billing_buf_add_str(
            out, billing_str_from(billing_focus_columns[i].name));
    }

    (void) billing_buf_add_str(out, billing_str(BILLING_CSV_CRLF));
}


void
billing_file_focus_row(const billing_file_t *file, billing_buf_t *out)
{
    int                           first;
    char                          cost[BILLING_MONEY_LEN];
    char                          times[4][BILLING_TIME_LEN];
    size_t                        i;
    billing_day_t                 days[4];
    billing_focus_row_t           row;
    const billing_focus_column_t *column;

    row = (billing_focus_row_t){ .file = file };

    for (i = 0; i < file->query->ngroup_by; i++) {
        row.values[file->query->group_by[i].dim] = file->key[i];
        row.labels[file->query->group_by[i].dim] = file->found[i];
    }

    row.charge = billing_charge_find(row.values[BILLING_DIM_CHARGE]);
    row.cost.data = cost;
    row.cost.len = billing_money_format(file->costs[file->date], cost);

    billing_focus_days(file, days);

    for (i = 0; i < 4; i++) {
        billing_day_format(days[i], times[i]);
        memcpy(
            times[i] + BILLING_DAY_LEN - 1, "T00:00:00Z", sizeof("T00:00:00Z"));
        row.periods[i] = (billing_str_t){ times[i], BILLING_TIME_LEN - 1 };
    }

    first = 1;

    for (i = 0; i < BILLING_FOCUS_COLUMNS; i++) {
        column = &billing_focus_columns[i];

        if (!(column->versions & 1 << file->query->focus)) {
            continue;
        }

        if (!first) {
            (void) billing_buf_add_char(out, ',');
        }

        first = 0;

        if (column->value != NULL) {
            billing_csv_cell(column->value(&row), out);
        }
    }

    (void) billing_buf_add_str(out, billing_str(BILLING_CSV_CRLF));
}


/* Ends are exclusive. */
static void
billing_focus_days(const billing_file_t *file, billing_day_t days[4])
{
    int32_t         date;
    billing_month_t month;

    date = file->query->start + (int32_t) file->date;
    month = file->query->granularity == BILLING_MONTHLY
                ? date
                : billing_month_of(date);

    days[BILLING_FOCUS_BILLING_END] = billing_month_last(month) + 1;
    days[BILLING_FOCUS_BILLING_START] = billing_month_first(month);
    days[BILLING_FOCUS_CHARGE_END] = days[BILLING_FOCUS_BILLING_END];
    days[BILLING_FOCUS_CHARGE_START] = days[BILLING_FOCUS_BILLING_START];

    if (file->query->granularity == BILLING_DAILY) {
        days[BILLING_FOCUS_CHARGE_END] = date + 1;
        days[BILLING_FOCUS_CHARGE_START] = date;
    }
}
