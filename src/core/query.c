
/*
 * The arguments of "costs".  Those that may be given once are assigned first
 * and then read in an order in which each finds what it depends on: dates
 * need the granularity, sort needs the dates.  All that is wrong is told.
 */

#include "core/query_dims.h"
#include "core/query_file.h"
#include "core/text.h"

#include <stdlib.h>


#define BILLING_QUERY_MONTHS 12 /* of the default range */
#define BILLING_QUERY_DAYS   14

#define BILLING_QUERY_MAX_TEXTS (64 * 1024) /* of filters, folded; bytes */


typedef enum {
    BILLING_ARG_GRANULARITY = 0,
    BILLING_ARG_START,
    BILLING_ARG_END,
    BILLING_ARG_GROUP_BY,
    BILLING_ARG_CURRENCY,
    BILLING_ARG_SORT,
    BILLING_ARG_LIMIT,
    BILLING_ARG_REFRESH,
    BILLING_ARG_FORMAT,
    BILLING_ARG_FOR,
    BILLING_ARG_VERSION,
    BILLING_ARG_EXPLAIN,
    BILLING_ARG_MAX
} billing_query_arg_t;


typedef struct {
    billing_query_t  *query;
    billing_errors_t *errors;
    billing_arg_t     args[BILLING_ARG_MAX];
    unsigned          dated : 1; /* the range is known */
} billing_query_ctx_t;


typedef void (*billing_query_read_pt)(
    billing_query_ctx_t *ctx, billing_str_t value);


static billing_status_t billing_query_collect(
    billing_query_ctx_t *ctx, const billing_args_t *all);
static int  billing_query_granularity(billing_query_ctx_t *ctx);
static void billing_query_range(billing_query_ctx_t *ctx, billing_day_t today);
static int  billing_query_bound(
     billing_query_ctx_t *ctx, billing_query_arg_t arg, int32_t *out);
static int billing_query_read_date(
    const billing_query_t *query, billing_str_t text, int32_t *out);
static void billing_query_group_by(
    billing_query_ctx_t *ctx, billing_str_t value);
static void billing_query_currency(
    billing_query_ctx_t *ctx, billing_str_t value);
static void billing_query_sort(billing_query_ctx_t *ctx, billing_str_t value);
static void billing_query_read_limit(
    billing_query_ctx_t *ctx, billing_str_t value);
static void billing_query_explain(
    billing_query_ctx_t *ctx, billing_str_t value);
static unsigned billing_query_flag(billing_query_ctx_t *ctx,
    billing_str_t value, const char *pointer, const char *message);
static void     billing_query_refresh(
        billing_query_ctx_t *ctx, billing_str_t value);
static void billing_query_format(billing_query_ctx_t *ctx, billing_str_t value);
static void billing_query_for(billing_query_ctx_t *ctx, billing_str_t value);
static void billing_query_version(
    billing_query_ctx_t *ctx, billing_str_t value);


static const struct {
    const char           *name;
    billing_query_read_pt read; /* NULL: read before the others */
} billing_query_args[BILLING_ARG_MAX] = {
    { "granularity", NULL },
    { "start", NULL },
    { "end", NULL },
    { "group_by", billing_query_group_by },
    { "currency", billing_query_currency },
    { "sort", billing_query_sort },
    { "limit", billing_query_read_limit },
    { "refresh", billing_query_refresh },
    { "format", billing_query_format },
    { "for", billing_query_for },
    { "version", billing_query_version },
    { "explain", billing_query_explain },
};


billing_status_t
billing_query_parse(billing_str_t args, billing_day_t today,
    billing_query_t *query, billing_errors_t *errors)
{
    unsigned            i, before;
    billing_args_t      all;
    billing_status_t    status;
    billing_query_ctx_t ctx;

    *query = (billing_query_t){ .sort_date = BILLING_SORT_MAGNITUDE,
        .sort_desc = 1,
        .limit = BILLING_QUERY_LIMIT };
    ctx = (billing_query_ctx_t){ .query = query, .errors = errors };
    before = errors->count;

    status = billing_args_decode(args, &all, errors);
    if (status != BILLING_OK) {
        return status;
    }

    query->memory = all.memory;
    billing_buf_init(&query->texts, BILLING_QUERY_MAX_TEXTS);
    query->filters = calloc(all.npairs + 1, sizeof(billing_filter_t));
    if (query->filters == NULL) {
        return BILLING_NOMEM;
    }

    status = billing_query_collect(&ctx, &all);
    if (status != BILLING_OK) {
        return status;
    }

    if (billing_query_granularity(&ctx)) {
        billing_query_range(&ctx, today);
    }

    for (i = 0; i < BILLING_ARG_MAX; i++) {
        if (ctx.args[i].given && billing_query_args[i].read != NULL) {
            billing_query_args[i].read(&ctx, ctx.args[i].value);
        }
    }

    billing_query_group_focus(query);

    return errors->count == before ? BILLING_OK : BILLING_INVALID;
}


void
billing_query_free(billing_query_t *query)
{
    free(query->filters);
    free(query->folded);
    billing_buf_free(&query->texts);
    free(query->memory);
    *query = (billing_query_t){ .memory = NULL };
}


/* Every pair becomes an argument, a filter's value, or an error. */
static billing_status_t
billing_query_collect(billing_query_ctx_t *ctx, const billing_args_t *all)
{
    unsigned              i;
    billing_filter_t     *filter;
    const billing_pair_t *pair;

    for (i = 0; i < BILLING_ARG_MAX; i++) {
        ctx->args[i].name = billing_query_args[i].name;
    }

    for (i = 0; i < all->npairs; i++) {
        pair = &all->pairs[i];

        if (billing_args_assign(pair, ctx->args, BILLING_ARG_MAX, ctx->errors)
            != NULL) {
            continue;
        }

        filter = billing_query_filter(ctx->query, pair->name);

        if (filter == NULL) {
            billing_args_unknown(pair, ctx->errors);

        } else if (billing_filter_folds(filter->op)
                   && billing_text_trim(pair->value).len == 0)
        {
            billing_errors_add_member(ctx->errors, "", pair->name.data,
                "format", "A filter that contains must have a text.");

        } else {
            filter->count++;
        }
    }

    return billing_query_filters(ctx->query, all);
}


/* Returns 0 when it is not known. */
static int
billing_query_granularity(billing_query_ctx_t *ctx)
{
    const billing_arg_t *arg;

    arg = &ctx->args[BILLING_ARG_GRANULARITY];

    if (!arg->given || billing_str_eq(arg->value, billing_str("MONTHLY"))) {
        ctx->query->granularity = BILLING_MONTHLY;
        return 1;
    }

    if (billing_str_eq(arg->value, billing_str("DAILY"))) {
        ctx->query->granularity = BILLING_DAILY;
        return 1;
    }

    billing_errors_add(ctx->errors, "/granularity", "enum",
        "The granularity must be MONTHLY or DAILY.");

    return 0;
}


static void
billing_query_range(billing_query_ctx_t *ctx, billing_day_t today)
{
    int              daily, known;
    int32_t          first, span, max;
    const char      *at;
    billing_query_t *query;

    query = ctx->query;
    daily = query->granularity == BILLING_DAILY;
    first = daily ? 0 : billing_month_of(0);
    span = daily ? BILLING_QUERY_DAYS : BILLING_QUERY_MONTHS;
    max = daily ? BILLING_QUERY_MAX_DAYS : BILLING_QUERY_MAX_MONTHS;

    query->end = daily ? today : billing_month_of(today);
    known = billing_query_bound(ctx, BILLING_ARG_END, &query->end);

    query->start = query->end - first < span ? first : query->end - span + 1;
    known &= billing_query_bound(ctx, BILLING_ARG_START, &query->start);

    if (!known) {
        return;
    }

    at = ctx->args[BILLING_ARG_END].given ? "/end" : "/start";

    if (query->end < query->start) {
        billing_errors_add(
            ctx->errors, at, "range", "The end must not lie before the start.");

    } else if (query->end - query->start >= max) {
        billing_errors_add(ctx->errors, at, "limit",
            "At most %d %s can be looked up at once.", (int) max,
            daily ? "days" : "months");

    } else {
        ctx->dated = 1;
    }
}


/* Returns 0 when the bound is given but is no date. */
static int
billing_query_bound(
    billing_query_ctx_t *ctx, billing_query_arg_t arg, int32_t *out)
{
    if (!ctx->args[arg].given
        || billing_query_read_date(ctx->query, ctx->args[arg].value, out))
    {
        return 1;
    }

    billing_errors_add_member(ctx->errors, "", ctx->args[arg].name, "format",
        ctx->query->granularity == BILLING_DAILY
            ? "The date must be a day in the form yyyy-mm-dd."
            : "The date must be a month in the form yyyy-mm.");

    return 0;
}


static int
billing_query_read_date(
    const billing_query_t *query, billing_str_t text, int32_t *out)
{
    billing_day_t day;

    if (billing_day_parse(text, &day) == BILLING_OK) {
        *out = query->granularity == BILLING_DAILY ? day
                                                   : billing_month_of(day);
        return 1;
    }

    return query->granularity == BILLING_MONTHLY
           && billing_month_parse(text, out) == BILLING_OK;
}


static void
billing_query_group_by(billing_query_ctx_t *ctx, billing_str_t value)
{
    billing_query_read_group_by(ctx->query, value, ctx->errors);
}


static void
billing_query_currency(billing_query_ctx_t *ctx, billing_str_t value)
{
    size_t i;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < 'A' || value.data[i] > 'Z') {
            break;
        }
    }

    if (i != 3 || value.len != 3) {
        billing_errors_add(ctx->errors, "/currency", "format",
            "The currency must be a code of three capital letters.");
        return;
    }

    ctx->query->currency = value;
}


static void
billing_query_sort(billing_query_ctx_t *ctx, billing_str_t value)
{
    int32_t          date;
    billing_query_t *query;

    query = ctx->query;
    query->sort_desc = value.len > 0 && value.data[0] == '-';

    if (query->sort_desc) {
        value.data++;
        value.len--;
    }

    if (billing_str_eq(value, billing_str("magnitude"))) {
        return;
    }

    query->sort_date = BILLING_SORT_SUM;

    if (billing_str_eq(value, billing_str("sum"))) {
        return;
    }

    if (!billing_query_read_date(query, value, &date)) {
        billing_errors_add(ctx->errors, "/sort", "format",
            "Sort by \"magnitude\" (of the sum), \"sum\" or a date of the "
            "range, with a \"-\" before it for the largest first.");
        return;
    }

    if (!ctx->dated) {
        return;
    }

    if (date < query->start || date > query->end) {
        billing_errors_add(ctx->errors, "/sort", "range",
            "The date to sort by must lie in the range.");
        return;
    }

    query->sort_date = date - query->start;
}


static void
billing_query_read_limit(billing_query_ctx_t *ctx, billing_str_t value)
{
    size_t   i;
    unsigned limit;

    limit = 0;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            break;
        }

        limit = limit * 10 + (unsigned) (value.data[i] - '0');

        if (limit > BILLING_QUERY_MAX_LIMIT) {
            limit = BILLING_QUERY_MAX_LIMIT + 1;
        }
    }

    if (value.len == 0 || i < value.len) {
        billing_errors_add(ctx->errors, "/limit", "format",
            "The limit must be a whole number.");
        return;
    }

    if (limit < 1 || limit > BILLING_QUERY_MAX_LIMIT) {
        billing_errors_add(ctx->errors, "/limit", "range",
            "The limit must lie between 1 and %d.", BILLING_QUERY_MAX_LIMIT);
        return;
    }

    ctx->query->limit = limit;
    ctx->query->limit_given = 1;
}


static void
billing_query_refresh(billing_query_ctx_t *ctx, billing_str_t value)
{
    ctx->query->refresh = billing_query_flag(
        ctx, value, "/refresh", "Refresh must be true or false.");
}


static void
billing_query_explain(billing_query_ctx_t *ctx, billing_str_t value)
{
    ctx->query->explain = billing_query_flag(
        ctx, value, "/explain", "Explain must be true or false.");

    if (ctx->query->explain && ctx->query->format != BILLING_FORMAT_JSON) {
        billing_errors_add(ctx->errors, "/explain", "unknown",
            "Only JSON has an explanation.");
    }
}


/* 1: "true"; anything but "false" is an error, too. */
static unsigned
billing_query_flag(billing_query_ctx_t *ctx, billing_str_t value,
    const char *pointer, const char *message)
{
    unsigned on;

    on = billing_str_eq(value, billing_str("true")) != 0;

    if (!on && !billing_str_eq(value, billing_str("false"))) {
        billing_errors_add(ctx->errors, pointer, "enum", "%s", message);
    }

    return on;
}


static void
billing_query_format(billing_query_ctx_t *ctx, billing_str_t value)
{
    billing_query_read_format(ctx->query, value, ctx->errors);
}


/* The format has been read. */
static void
billing_query_for(billing_query_ctx_t *ctx, billing_str_t value)
{
    billing_query_read_for(ctx->query, value, ctx->errors);
}


static void
billing_query_version(billing_query_ctx_t *ctx, billing_str_t value)
{
    billing_query_read_version(ctx->query, value, ctx->errors);
}
