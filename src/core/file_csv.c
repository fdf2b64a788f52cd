
/*
 * Rows for a spreadsheet or a program: for each dimension its value and what
 * it is called, then date, currency, cost, and how far both can be relied on.
 * Costs are not touched in either form: a minus sign is part of the number.
 */

#include "core/csv.h"
#include "core/file_rows.h"


static void billing_file_csv_text(
    const billing_file_t *file, billing_str_t s, billing_buf_t *out);
static void billing_file_csv_bool(int value, billing_buf_t *out);


void
billing_file_csv_header(const billing_file_t *file, billing_buf_t *out)
{
    unsigned            i;
    const billing_by_t *by;

    if (!file->query->program) {
        (void) billing_buf_add_str(out, billing_str(BILLING_CSV_BOM));
    }

    for (i = 0; i < file->query->ngroup_by; i++) {
        by = &file->query->group_by[i];

        (void) billing_buf_add_str(out, by->name);
        (void) billing_buf_add_char(out, ',');
        (void) billing_buf_add_str(out, by->name);
        (void) billing_buf_add_str(out, billing_str("_name,"));

        if (billing_dims[by->dim].foreign) {
            (void) billing_buf_add_str(out, by->name);
            (void) billing_buf_add_str(out, billing_str("_id,"));
        }
    }

    (void) billing_buf_add_str(
        out, billing_str(
                 "date,currency,cost,in_progress,complete" BILLING_CSV_CRLF));
}


void
billing_file_csv_row(const billing_file_t *file, billing_buf_t *out)
{
    char                   date[BILLING_DAY_LEN], cost[BILLING_MONEY_LEN];
    unsigned               i;
    const billing_query_t *query;

    query = file->query;

    for (i = 0; i < query->ngroup_by; i++) {
        billing_file_csv_text(file, file->key[i], out);
        billing_file_csv_text(file, file->found[i]->name, out);

        if (billing_dims[query->group_by[i].dim].foreign) {
            billing_file_csv_text(file, file->found[i]->id, out);
        }
    }

    billing_query_date(query, file->date, date);
    (void) billing_buf_add_str(out, billing_str_from(date));
    (void) billing_buf_add_char(out, ',');

    billing_file_csv_text(file, file->currency, out);

    (void) billing_buf_add(
        out, cost, billing_money_format(file->costs[file->date], cost));
    (void) billing_buf_add_char(out, ',');

    billing_file_csv_bool(
        billing_query_open(query, file->date, file->today, file->open), out);
    (void) billing_buf_add_char(out, ',');
    billing_file_csv_bool(file->complete, out);
    (void) billing_buf_add_str(out, billing_str(BILLING_CSV_CRLF));
}


static void
billing_file_csv_text(
    const billing_file_t *file, billing_str_t s, billing_buf_t *out)
{
    if (file->query->program) {
        billing_csv_cell(s, out);
    } else {
        billing_csv_safe_cell(s, out);
    }

    (void) billing_buf_add_char(out, ',');
}


static void
billing_file_csv_bool(int value, billing_buf_t *out)
{
    (void) billing_buf_add_str(
        out, value ? billing_str("true") : billing_str("false"));
}
