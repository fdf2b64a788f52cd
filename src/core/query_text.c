
/* A query written down: its dates, and the text that stands for all of it. */

#include "core/query.h"


static void billing_query_put(billing_buf_t *out, billing_str_t name,
    const char *op, billing_str_t value);
static void billing_query_put_sort(
    billing_buf_t *out, const billing_query_t *query);
static void billing_query_put_format(
    billing_buf_t *out, const billing_query_t *query);
static void billing_query_put_filter(
    billing_buf_t *out, const billing_filter_t *filter);


billing_status_t
billing_query_canonical(const billing_query_t *query, billing_buf_t *out)
{
    char     text[BILLING_DAY_LEN];
    unsigned i;

    (void) billing_buf_addf(out, "granularity=%s",
        query->granularity == BILLING_DAILY ? "DAILY" : "MONTHLY");

    billing_query_date(query, 0, text);
    (void) billing_buf_addf(out, "&start=%s", text);
    billing_query_date(query, billing_query_dates(query) - 1, text);
    (void) billing_buf_addf(out, "&end=%s", text);

    for (i = 0; i < query->ngroup_by; i++) {
        (void) billing_buf_add_str(
            out, i == 0 ? billing_str("&group_by=") : billing_str(","));
        (void) billing_buf_add_str(out, query->group_by[i].name);
    }

    for (i = 0; i < query->nfilters; i++) {
        billing_query_put_filter(out, &query->filters[i]);
    }

    if (query->currency.len > 0) {
        billing_query_put(out, billing_str("currency"), "", query->currency);
    }

    billing_query_put_sort(out, query);

    if (billing_query_limit(query) == query->limit) {
        (void) billing_buf_addf(out, "&limit=%u", query->limit);
    }

    billing_query_put_format(out, query);

    if (query->explain) {
        (void) billing_buf_add_str(out, billing_str("&explain=true"));
    }

    if (query->refresh) {
        (void) billing_buf_add_str(out, billing_str("&refresh=true"));
    }

    return out->status;
}


unsigned
billing_query_dates(const billing_query_t *query)
{
    return (unsigned) (query->end - query->start) + 1;
}


void
billing_query_date(
    const billing_query_t *query, unsigned i, char out[BILLING_DAY_LEN])
{
    if (query->granularity == BILLING_DAILY) {
        billing_day_format(query->start + (int32_t) i, out);
    } else {
        billing_month_format(query->start + (int32_t) i, out);
    }
}


int
billing_query_open(const billing_query_t *query, unsigned i,
    billing_day_t today, const billing_open_t *told)
{
    int32_t date;

    date = query->start + (int32_t) i;

    if (billing_open_has(told, date)) {
        return 1;
    }

    return query->granularity == BILLING_DAILY
               ? date == today || date == today - 1
               : date == billing_month_of(today);
}


static void
billing_query_put(
    billing_buf_t *out, billing_str_t name, const char *op, billing_str_t value)
{
    size_t        i;
    unsigned char c;

    (void) billing_buf_add_char(out, '&');
    (void) billing_buf_addf(out, "%.*s%s=", (int) name.len, name.data, op);

    for (i = 0; i < value.len; i++) {
        c = (unsigned char) value.data[i];

        if (c > ' ' && c < 0x7f && c != '%' && c != '&' && c != '+') {
            (void) billing_buf_add_char(out, (char) c);
        } else {
            (void) billing_buf_addf(out, "%%%02X", c);
        }
    }
}


static void
billing_query_put_sort(billing_buf_t *out, const billing_query_t *query)
{
    char        date[BILLING_DAY_LEN];
    const char *by;

    switch (query->sort_date) {
    case BILLING_SORT_SUM:
        by = "sum";
        break;

    case BILLING_SORT_MAGNITUDE:
        by = "magnitude";
        break;

    default:
        billing_query_date(query, (unsigned) query->sort_date, date);
        by = date;
    }

    (void) billing_buf_addf(out, "&sort=%s%s", query->sort_desc ? "-" : "", by);
}


static void
billing_query_put_format(billing_buf_t *out, const billing_query_t *query)
{
    const char *text;

    static const char *const versions[] = { "1.2", "1.0", "1.4" };

    text = "json";

    switch (query->format) {
    case BILLING_FORMAT_CSV:
        text = query->program ? "csv&for=program" : "csv";
        break;

    case BILLING_FORMAT_FOCUS:
        text = "focus&version=";
        break;

    case BILLING_FORMAT_JSON:
        break;
    }

    (void) billing_buf_addf(out, "&format=%s%s", text,
        query->format == BILLING_FORMAT_FOCUS ? versions[query->focus] : "");
}


static void
billing_query_put_filter(billing_buf_t *out, const billing_filter_t *filter)
{
    unsigned i;

    for (i = 0; i < filter->count; i++) {
        billing_query_put(out, filter->by.name, billing_filter_ops[filter->op],
            filter->values[i]);
    }
}
