
/*
 * Periods: days, ISO 8601 weeks, months, quarters and years, and ranges of days
 * that are cut into them.  Nothing here reads a clock: "today" is passed in.
 * Days are those of 1970 to 9999; only a week may begin before or end after.
 */

#ifndef BILLING_CORE_PERIOD_H
#define BILLING_CORE_PERIOD_H

#include "core/date.h"


typedef enum {
    BILLING_PERIOD_DAY = 0, /* "2026-03-09" */
    BILLING_PERIOD_WEEK,    /* "2026-W11", Monday to Sunday */
    BILLING_PERIOD_MONTH,   /* "2026-03" */
    BILLING_PERIOD_QUARTER, /* "2026-Q1" */
    BILLING_PERIOD_YEAR,    /* "2026" */
    BILLING_PERIOD_MAX
} billing_period_t;

#define BILLING_PERIOD_LEN 11 /* longest name, with NUL */

#define BILLING_PERIOD_MAX_DATES  800
#define BILLING_PERIOD_MAX_MONTHS 62


/* Days from first to last, both inclusive; at least one. */
typedef struct {
    billing_day_t first;
    billing_day_t last;
} billing_range_t;


/* Periods of a kind are numbered one after another: that of the day ... */
int32_t billing_period_number(billing_period_t period, billing_day_t day);

/* ... and the days of that number. */
billing_range_t billing_period_range(billing_period_t period, int32_t number);

/* The name of that number; NUL-terminated. */
void billing_period_format(
    billing_period_t period, int32_t number, char out[BILLING_PERIOD_LEN]);

/*
 * The days of a period by its name, as above, or as it lies to today: "today",
 * "yesterday"; "this_week", "last_week", and so _month, _quarter and _year;
 * "-3m" is the month three before that of today, d, w, q and y likewise, 1 to
 * 9999 of them.  BILLING_MALFORMED: it is none, or not all of its days are
 * those of 1970 to 9999.
 */
billing_status_t billing_period_parse(
    billing_str_t text, billing_day_t today, billing_range_t *range);


/* Of how many periods the range has days. */
unsigned billing_period_count(billing_period_t period, billing_range_t range);

/*
 * The days of the i-th of them, from 0, that lie in the range; *partial is 1 if
 * others of that period do not.
 */
billing_range_t billing_period_part(
    billing_period_t period, billing_range_t range, unsigned i, int *partial);

/*
 * BILLING_LIMIT if the range has days of more than BILLING_PERIOD_MAX_MONTHS
 * months or BILLING_PERIOD_MAX_DATES periods.
 */
billing_status_t billing_period_limit(
    billing_period_t period, billing_range_t range);


/*
 * What a range is compared with: as many months right before one of whole
 * months, quarters or years; as many days right before any other.
 * BILLING_INVALID: some of it would lie before 1970.
 */
billing_status_t billing_period_previous(
    billing_range_t range, billing_range_t *previous);

/*
 * The same days of the year before: whole months are whole there, too, however
 * long February is, and a 29th of February that is not there is the 28th.
 * Weeks of the same number would be other days, and of a 53rd there may be
 * none.  BILLING_INVALID as above.
 */
billing_status_t billing_period_year_before(
    billing_range_t range, billing_range_t *before);

/* The first days of a range, at least 1: all of them if it has no more. */
billing_range_t billing_period_begin(billing_range_t range, unsigned days);

/* How many days a range has. */
unsigned billing_period_days(billing_range_t range);


#endif /* BILLING_CORE_PERIOD_H */
