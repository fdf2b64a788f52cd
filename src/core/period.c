
/*
 * Whatever is asked of a period is reckoned with its number, since numbers of
 * one kind follow each other: where a range begins and ends, and which of its
 * periods a day is in, are differences.
 */

#include "core/period.h"

#include <stdio.h>


#define BILLING_PERIOD_MONDAY 3       /* days from a Monday to day 0 */
#define BILLING_PERIOD_LAST   2932896 /* 9999-12-31 */
#define BILLING_PERIOD_FIRST  (1970 * 12)


static billing_day_t billing_period_first(
    billing_period_t period, int32_t number);
static int32_t billing_period_week_one(int year);
static int     billing_period_week_year(int32_t week);
static int     billing_period_named(
        billing_str_t text, billing_period_t *period, int32_t *number);
static int billing_period_quarter(billing_str_t text, int32_t *number);
static int billing_period_week(billing_str_t text, int32_t *number);
static int billing_period_relative(
    billing_str_t text, billing_period_t *period, int *ago);
static int billing_period_ago(
    billing_str_t text, billing_period_t *period, int *ago);
static int billing_period_value(const char *p, size_t n);
static int billing_period_is_whole(billing_range_t range);
static int billing_period_day_before(billing_day_t *day);


int32_t
billing_period_number(billing_period_t period, billing_day_t day)
{
    switch (period) {
    case BILLING_PERIOD_DAY:
        return day;

    case BILLING_PERIOD_WEEK:
        return (day + BILLING_PERIOD_MONDAY) / 7;

    case BILLING_PERIOD_MONTH:
        return billing_month_of(day);

    case BILLING_PERIOD_QUARTER:
        return billing_month_of(day) / 3;

    case BILLING_PERIOD_YEAR:
        return billing_month_of(day) / 12;

    case BILLING_PERIOD_MAX:
        break;
    }

    return 0;
}


billing_range_t
billing_period_range(billing_period_t period, int32_t number)
{
    return (billing_range_t){ billing_period_first(period, number),
        billing_period_first(period, number + 1) - 1 };
}


static billing_day_t
billing_period_first(billing_period_t period, int32_t number)
{
    switch (period) {
    case BILLING_PERIOD_DAY:
        return number;

    case BILLING_PERIOD_WEEK:
        return number * 7 - BILLING_PERIOD_MONDAY;

    case BILLING_PERIOD_MONTH:
        return billing_month_first(number);

    case BILLING_PERIOD_QUARTER:
        return billing_month_first(number * 3);

    case BILLING_PERIOD_YEAR:
        return billing_month_first(number * 12);

    case BILLING_PERIOD_MAX:
        break;
    }

    return 0;
}


void
billing_period_format(
    billing_period_t period, int32_t number, char out[BILLING_PERIOD_LEN])
{
    int year;

    switch (period) {
    case BILLING_PERIOD_DAY:
        billing_day_format(number, out);
        return;

    case BILLING_PERIOD_WEEK:
        year = billing_period_week_year(number);
        (void) snprintf(out, BILLING_PERIOD_LEN, "%04u-W%02u",
            (unsigned) year % 10000,
            (unsigned) (number - billing_period_week_one(year) + 1) % 100);
        return;

    case BILLING_PERIOD_MONTH:
        billing_month_format(number, out);
        return;

    case BILLING_PERIOD_QUARTER:
        (void) snprintf(out, BILLING_PERIOD_LEN, "%04u-Q%u",
            (unsigned) number / 4 % 10000, (unsigned) number % 4 + 1);
        return;

    case BILLING_PERIOD_YEAR:
        (void) snprintf(
            out, BILLING_PERIOD_LEN, "%04u", (unsigned) number % 10000);
        return;

    case BILLING_PERIOD_MAX:
        break;
    }

    out[0] = '\0';
}


/* The 4th of January is always in the first week of its year ... */
static int32_t
billing_period_week_one(int year)
{
    return billing_period_number(
        BILLING_PERIOD_WEEK, billing_month_first(year * 12) + 3);
}


/* ... and a week is of the year that its Thursday is in. */
static int
billing_period_week_year(int32_t week)
{
    return billing_month_of(billing_period_first(BILLING_PERIOD_WEEK, week) + 3)
           / 12;
}


billing_status_t
billing_period_parse(
    billing_str_t text, billing_day_t today, billing_range_t *range)
{
    int              ago;
    int32_t          number;
    billing_period_t period;

    if (billing_period_relative(text, &period, &ago)) {
        number = billing_period_number(period, today) - ago;

    } else if (!billing_period_named(text, &period, &number)) {
        return BILLING_MALFORMED;
    }

    if (number < billing_period_number(period, 0)) {
        return BILLING_MALFORMED;
    }

    *range = billing_period_range(period, number);

    return range->first < 0 || range->last > BILLING_PERIOD_LAST
               ? BILLING_MALFORMED
               : BILLING_OK;
}


/* 1 if it is the name of a period. */
static int
billing_period_named(
    billing_str_t text, billing_period_t *period, int32_t *number)
{
    switch (text.len) {
    case 4:
        *period = BILLING_PERIOD_YEAR;
        *number = billing_period_value(text.data, 4);
        return *number >= 0;

    case 7:
        *period = BILLING_PERIOD_MONTH;
        if (billing_month_parse(text, number) == BILLING_OK) {
            return 1;
        }

        *period = BILLING_PERIOD_QUARTER;
        return billing_period_quarter(text, number);

    case 8:
        *period = BILLING_PERIOD_WEEK;
        return billing_period_week(text, number);

    case 10:
        *period = BILLING_PERIOD_DAY;
        return billing_day_parse(text, number) == BILLING_OK;

    default:
        return 0;
    }
}


static int
billing_period_quarter(billing_str_t text, int32_t *number)
{
    int year, quarter;

    year = billing_period_value(text.data, 4);
    quarter = text.data[6] - '1';

    if (year < 0 || text.data[4] != '-' || text.data[5] != 'Q' || quarter < 0
        || quarter > 3)
    {
        return 0;
    }

    *number = year * 4 + quarter;

    return 1;
}


/* A year has no week that is another's. */
static int
billing_period_week(billing_str_t text, int32_t *number)
{
    int year, week;

    year = billing_period_value(text.data, 4);
    week = billing_period_value(text.data + 6, 2);

    if (year < 1970 || week < 0 || text.data[4] != '-' || text.data[5] != 'W') {
        return 0;
    }

    *number = billing_period_week_one(year) + week - 1;

    return billing_period_week_year(*number) == year;
}


/* 1 if it is said how many periods ago it was: in words ... */
static int
billing_period_relative(billing_str_t text, billing_period_t *period, int *ago)
{
    size_t i;

    static const struct {
        const char      *name;
        billing_period_t period;
        int              ago;
    } words[] = {
        { "today", BILLING_PERIOD_DAY, 0 },
        { "yesterday", BILLING_PERIOD_DAY, 1 },
        { "this_week", BILLING_PERIOD_WEEK, 0 },
        { "last_week", BILLING_PERIOD_WEEK, 1 },
        { "this_month", BILLING_PERIOD_MONTH, 0 },
        { "last_month", BILLING_PERIOD_MONTH, 1 },
        { "this_quarter", BILLING_PERIOD_QUARTER, 0 },
        { "last_quarter", BILLING_PERIOD_QUARTER, 1 },
        { "this_year", BILLING_PERIOD_YEAR, 0 },
        { "last_year", BILLING_PERIOD_YEAR, 1 },
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (billing_str_eq(text, billing_str_from(words[i].name))) {
            *period = words[i].period;
            *ago = words[i].ago;
            return 1;
        }
    }

    return billing_period_ago(text, period, ago);
}


/* ... or as "-3m". */
static int
billing_period_ago(billing_str_t text, billing_period_t *period, int *ago)
{
    const char *letter;

    static const char letters[BILLING_PERIOD_MAX] = { 'd', 'w', 'm', 'q', 'y' };

    if (text.len < 3 || text.len > 6 || text.data[0] != '-'
        || text.data[1] == '0') {
        return 0;
    }

    letter = memchr(letters, text.data[text.len - 1], sizeof(letters));
    if (letter == NULL) {
        return 0;
    }

    *period = (billing_period_t) (letter - letters);
    *ago = billing_period_value(text.data + 1, text.len - 2);

    return *ago > 0;
}


/* Of n digits, or -1. */
static int
billing_period_value(const char *p, size_t n)
{
    int value;

    for (value = 0; n > 0; n--, p++) {
        if (*p < '0' || *p > '9') {
            return -1;
        }

        value = value * 10 + (*p - '0');
    }

    return value;
}


unsigned
billing_period_count(billing_period_t period, billing_range_t range)
{
    return (unsigned) (billing_period_number(period, range.last)
                       - billing_period_number(period, range.first))
           + 1;
}


billing_range_t
billing_period_part(
    billing_period_t period, billing_range_t range, unsigned i, int *partial)
{
    billing_range_t part;

    part = billing_period_range(
        period, billing_period_number(period, range.first) + (int32_t) i);
    *partial = part.first < range.first || part.last > range.last;

    if (part.first < range.first) {
        part.first = range.first;
    }

    if (part.last > range.last) {
        part.last = range.last;
    }

    return part;
}


billing_status_t
billing_period_limit(billing_period_t period, billing_range_t range)
{
    return billing_period_count(BILLING_PERIOD_MONTH, range)
                       > BILLING_PERIOD_MAX_MONTHS
                   || billing_period_count(period, range)
                          > BILLING_PERIOD_MAX_DATES
               ? BILLING_LIMIT
               : BILLING_OK;
}


billing_status_t
billing_period_previous(billing_range_t range, billing_range_t *previous)
{
    billing_month_t month;

    previous->last = range.first - 1;
    previous->first = range.first - (billing_day_t) billing_period_days(range);

    if (billing_period_is_whole(range)) {
        month = billing_month_of(range.first)
                - (int32_t) billing_period_count(BILLING_PERIOD_MONTH, range);
        previous->first = month < BILLING_PERIOD_FIRST
                              ? -1
                              : billing_month_first(month);
    }

    return previous->first < 0 ? BILLING_INVALID : BILLING_OK;
}


billing_status_t
billing_period_year_before(billing_range_t range, billing_range_t *before)
{
    *before = range;

    if (!billing_period_day_before(&before->first)
        || !billing_period_day_before(&before->last))
    {
        return BILLING_INVALID;
    }

    if (billing_period_is_whole(range)) {
        before->last = billing_month_last(billing_month_of(before->last));
    }

    return BILLING_OK;
}


/* Of months, and so of quarters and years. */
static int
billing_period_is_whole(billing_range_t range)
{
    return billing_day_of_month(range.first) == 1
           && billing_day_of_month(range.last + 1) == 1;
}


/* The day a year before; 0: that is before 1970. */
static int
billing_period_day_before(billing_day_t *day)
{
    int             of_month, days;
    billing_month_t month;

    month = billing_month_of(*day) - 12;
    if (month < BILLING_PERIOD_FIRST) {
        return 0;
    }

    of_month = billing_day_of_month(*day);
    days = billing_month_days(month);

    *day = billing_month_first(month) + (of_month < days ? of_month : days) - 1;

    return 1;
}


billing_range_t
billing_period_begin(billing_range_t range, unsigned days)
{
    if (days < billing_period_days(range)) {
        range.last = range.first + (billing_day_t) days - 1;
    }

    return range;
}


unsigned
billing_period_days(billing_range_t range)
{
    return (unsigned) (range.last - range.first) + 1;
}
