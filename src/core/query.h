
/*
 * The query string of "costs", validated.  The same query written in another
 * way (order of arguments, repeated values) has the same canonical text.
 */

#ifndef BILLING_CORE_QUERY_H
#define BILLING_CORE_QUERY_H

#include "core/args.h"
#include "core/buf.h"
#include "core/date.h"
#include "core/errors.h"
#include "core/filter.h"
#include "core/open.h"
#include "core/table.h"


#define BILLING_QUERY_MAX_MONTHS 24
#define BILLING_QUERY_MAX_DAYS   31
#define BILLING_QUERY_MAX_LIMIT  1000
#define BILLING_QUERY_LIMIT      100

#define BILLING_QUERY_MAX_GROUP_BY BILLING_TABLE_MAX_KEYS


typedef enum {
    BILLING_FORMAT_JSON = 0,
    BILLING_FORMAT_CSV,
    BILLING_FORMAT_FOCUS /* CSV, too */
} billing_format_t;

/* Of the columns of FOCUS; 1.2 unless another is asked for. */
typedef enum {
    BILLING_FOCUS_1_2 = 0,
    BILLING_FOCUS_1_0,
    BILLING_FOCUS_1_4
} billing_focus_t;


typedef struct {
    billing_granularity_t granularity;
    int32_t               start; /* billing_month_t or billing_day_t */
    int32_t               end;   /* inclusive */
    billing_by_t          group_by[BILLING_QUERY_MAX_GROUP_BY];
    unsigned              ngroup_by;
    billing_filter_t     *filters; /* of each dimension one, in their order */
    unsigned              nfilters;
    billing_str_t         currency;  /* empty: all */
    int32_t               sort_date; /* index of a date, or BILLING_SORT_... */
    unsigned              sort_desc : 1;
    unsigned              refresh : 1;
    unsigned              explain : 1;
    unsigned              format_given : 1; /* else Accept decides */
    unsigned              limit_given : 1;  /* else a file has all groups */
    unsigned              program : 1;      /* the CSV is read by one */
    billing_format_t      format;
    billing_focus_t       focus;
    unsigned              limit;
    void                 *memory; /* what the strings point into */
    billing_str_t        *folded; /* texts of filters that contain ... */
    billing_buf_t         texts;  /* ... which lie here */
} billing_query_t;


/*
 * Parses a raw query string (percent-encoded; "+" is a space).  today is the
 * UTC day from which defaults are taken: end is today or this month, start
 * lies 13 days or 11 months before the end.  Unknown arguments, repeated
 * single ones, too long ranges, an end before the start, invalid UTF-8, empty
 * values and broken percent-encodings are errors at "/<argument>".  DAILY
 * takes days, MONTHLY months; a day given to MONTHLY stands for its month.
 * FOCUS is grouped by all that its columns tell, whatever group_by says.
 * BILLING_INVALID with errors, or BILLING_NOMEM.  Free with
 * billing_query_free() in any case.
 */
billing_status_t billing_query_parse(billing_str_t args, billing_day_t today,
    billing_query_t *query, billing_errors_t *errors);

void billing_query_free(billing_query_t *query);

/* Without a format, the client's Accept says whether it is CSV. */
void billing_query_accept(billing_query_t *query, int csv);

/* Most groups of a currency; a file has all of them unless it is said. */
unsigned billing_query_limit(const billing_query_t *query);

/*
 * Appends the canonical text: equal texts are equal queries.  It is itself a
 * query string that parses to the same query on any day.
 */
billing_status_t billing_query_canonical(
    const billing_query_t *query, billing_buf_t *out);

/* Number of dates in the range. */
unsigned billing_query_dates(const billing_query_t *query);

/* Text of date number i ("2026-03" or "2026-03-01"). */
void billing_query_date(
    const billing_query_t *query, unsigned i, char out[BILLING_DAY_LEN]);

/*
 * What blocks must keep apart, BILLING_BLOCK_*, to group as the query wants,
 * and to filter.
 */
unsigned billing_query_grouped(const billing_query_t *query);
unsigned billing_query_filtered(const billing_query_t *query);

/* 1 if the filters let rows of the account through ... */
int billing_query_asks(
    const billing_query_t *query, const billing_source_t *source);

/* ... and this row of such an account; what day it is of is not looked at. */
int billing_query_takes(const billing_query_t *query, const billing_row_t *row);

/* The key of the group that the row belongs to: ngroup_by strings. */
void billing_query_key(const billing_query_t *query,
    const billing_source_t *source, const billing_row_t *row,
    billing_str_t *key);

/*
 * 1 if providers have not closed date number i: this month; today and
 * yesterday; and what they tell themselves, where told is not NULL.
 */
int billing_query_open(const billing_query_t *query, unsigned i,
    billing_day_t today, const billing_open_t *told);


#endif /* BILLING_CORE_QUERY_H */
