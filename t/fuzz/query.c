
/*
 * Query strings: two bytes for today, then the text.
 *
 * What is decoded is what a slow reading gives; a question that is accepted
 * keeps its limits, and its canonical text is the same question on any day.
 */

#include "core/args.h"
#include "core/query.h"
#include "core/text.h"
#include "fuzz.h"


static void decode(billing_str_t text);
static int  slow(billing_str_t raw, char *out, size_t *len);
static void list(billing_str_t text);
static void question(billing_str_t text, billing_day_t today);
static void check(const billing_query_t *query);
static void canonical(const billing_query_t *query, billing_day_t today);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input_t  in = { data, data + size };
    billing_day_t today;
    billing_str_t text;

    today = (billing_day_t) fuzz_number(&in, 2);
    text = fuzz_copy(fuzz_rest(&in));

    decode(text);
    list(text);
    question(text, today);
    fuzz_free(text);

    return 0;
}


static void
decode(billing_str_t text)
{
    char            *name, *value;
    size_t           lens[2];
    unsigned         n, wrong;
    fuzz_input_t     in = { (const uint8_t *) text.data,
            (const uint8_t *) text.data + text.len };
    billing_str_t    raw, cut;
    fuzz_input_t     pair;
    billing_args_t   args;
    billing_errors_t errors;

    billing_errors_init(&errors);
    must(billing_args_decode(text, &args, &errors) == BILLING_OK);
    n = wrong = 0;

    while (in.p < in.end) {
        raw = fuzz_until(&in, '&');

        if (raw.len == 0) {
            continue;
        }

        pair = (fuzz_input_t){ (const uint8_t *) raw.data,
            (const uint8_t *) raw.data + raw.len };
        cut = fuzz_until(&pair, '=');
        name = malloc(raw.len + 1);
        value = malloc(raw.len + 1);

        if (slow(cut, name, &lens[0])
            && slow(fuzz_rest(&pair), value, &lens[1])) {
            must(n < args.npairs);
            must(billing_str_eq(
                args.pairs[n].name, (billing_str_t){ name, lens[0] }));
            must(billing_str_eq(
                args.pairs[n].value, (billing_str_t){ value, lens[1] }));
            must(args.pairs[n].name.data[lens[0]] == '\0');
            must(args.pairs[n].value.data[lens[1]] == '\0');
            n++;

        } else {
            wrong++;
        }

        free(name);
        free(value);
    }

    must(n == args.npairs && wrong == errors.count);
    billing_errors_free(&errors);
    free(args.memory);
}


static int
slow(billing_str_t raw, char *out, size_t *len)
{
    char          hex[3], *end;
    size_t        i;
    unsigned long c;

    for (i = *len = 0; i < raw.len; i++) {
        c = (unsigned char) raw.data[i];

        if (c == '+') {
            c = ' ';

        } else if (c == '%') {
            if (raw.len - i < 3) {
                return 0;
            }

            memcpy(hex, raw.data + i + 1, 2);
            hex[2] = '\0';
            c = strtoul(hex, &end, 16);
            i += 2;

            if (end != hex + 2 || hex[0] == '+' || hex[0] == '-'
                || hex[0] == ' ' || (hex[1] | 32) == 'x'
                || (hex[0] >= '\t' && hex[0] <= '\r'))
            {
                return 0;
            }
        }

        if (c == 0) {
            return 0;
        }

        out[(*len)++] = (char) c;
    }

    return billing_text_valid((billing_str_t){ out, *len });
}


/* The arguments of lists: all or nothing. */
static void
list(billing_str_t text)
{
    void            *memory;
    unsigned         i;
    billing_arg_t    known[3] = { { .name = "q" }, { .name = "limit" },
           { .name = "cursor" } };
    billing_status_t rc;
    billing_errors_t errors;

    billing_errors_init(&errors);
    rc = billing_args_parse(text, known, 3, &memory, &errors);
    must(rc == BILLING_OK || rc == BILLING_INVALID);
    must((rc == BILLING_OK) == (errors.count == 0));
    must(rc == BILLING_OK || memory == NULL);

    for (i = 0; i < 3; i++) {
        must(rc == BILLING_OK || known[i].value.len == 0);
        must(known[i].given || known[i].value.len == 0);
        must(billing_text_valid(known[i].value));
    }

    billing_errors_free(&errors);
    free(memory);
}


static void
question(billing_str_t text, billing_day_t today)
{
    size_t           i;
    json_t          *error;
    billing_query_t  query;
    billing_errors_t errors;
    billing_status_t rc;

    billing_errors_init(&errors);
    rc = billing_query_parse(text, today, &query, &errors);
    must(rc == BILLING_OK || rc == BILLING_INVALID);
    must((rc == BILLING_OK) == (errors.count == 0));
    must(json_array_size(errors.list)
         == (errors.count < BILLING_ERRORS_MAX ? errors.count
                                               : BILLING_ERRORS_MAX));

    json_array_foreach(errors.list, i, error)
    {
        must(json_string_value(json_object_get(error, "pointer"))[0] == '/');
        must(json_is_string(json_object_get(error, "code")));
        must(json_is_string(json_object_get(error, "message")));
    }

    if (rc == BILLING_OK) {
        check(&query);
        canonical(&query, today);
    }

    billing_query_free(&query);
    billing_errors_free(&errors);
}


static void
check(const billing_query_t *query)
{
    char                    date[BILLING_DAY_LEN];
    unsigned                i, n, dates, dims;
    const billing_filter_t *filter;

    dates = billing_query_dates(query);
    must(query->start <= query->end);
    must(dates == (unsigned) (query->end - query->start) + 1);
    must(dates <= (query->granularity == BILLING_DAILY
                       ? BILLING_QUERY_MAX_DAYS
                       : BILLING_QUERY_MAX_MONTHS));
    must(query->limit <= BILLING_QUERY_MAX_LIMIT);
    must(query->sort_date >= BILLING_SORT_MAGNITUDE
         && query->sort_date < (int32_t) dates);
    must(query->ngroup_by <= BILLING_QUERY_MAX_GROUP_BY);
    must(query->currency.len == 0 || query->currency.len == 3);

    for (i = dims = 0; i < query->ngroup_by; i++) {
        must((dims & 1U << query->group_by[i].dim) == 0);
        dims |= 1U << query->group_by[i].dim;
    }

    for (i = 0; i < query->nfilters; i++) {
        filter = &query->filters[i];
        must(filter->count > 0);
        must(i == 0 || billing_dim_cmp(&filter[-1].by, &filter->by) < 0
             || (billing_dim_cmp(&filter[-1].by, &filter->by) == 0
                 && filter[-1].op < filter->op));

        for (n = 0; n < filter->count; n++) {
            must(n == 0
                 || billing_str_cmp(filter->values[n - 1], filter->values[n])
                        < 0);
            must(!billing_filter_folds(filter->op)
                 || (filter->folded[n].len > 0
                     && billing_filter_contains(
                         filter->values[n], filter->folded[n])));
        }
    }

    for (i = 0; i < dates; i++) {
        billing_query_date(query, i, date);
        must(strlen(date) == (query->granularity == BILLING_DAILY ? 10 : 7));
    }
}


static void
canonical(const billing_query_t *query, billing_day_t today)
{
    billing_buf_t    text, again;
    billing_query_t  other;
    billing_errors_t errors;

    billing_buf_init(&text, 1 << 20);
    billing_buf_init(&again, 1 << 20);
    billing_errors_init(&errors);

    must(billing_query_canonical(query, &text) == BILLING_OK);
    must(
        billing_query_parse(fuzz_text(&text), today / 2 + 3000, &other, &errors)
        == BILLING_OK);
    must(billing_query_canonical(&other, &again) == BILLING_OK);
    must(billing_str_eq(fuzz_text(&text), fuzz_text(&again)));
    must(other.start == query->start && other.end == query->end);
    must(other.limit == query->limit && other.refresh == query->refresh);
    must(other.sort_date == query->sort_date);
    must(other.sort_desc == query->sort_desc);
    must(other.format == query->format);
    check(&other);

    billing_query_free(&other);
    billing_errors_free(&errors);
    billing_buf_free(&text);
    billing_buf_free(&again);
}
