
/*
 * Civil dates.  The two conversions count in eras of 400 years that begin on
 * 1 March, so that the leap day is the last day of a year: "days_from_civil"
 * and its inverse, by Howard Hinnant, chrono-compatible low-level date
 * algorithms.
 */

#include "core/date.h"


#define BILLING_DAY_SEC    86400
#define BILLING_ERA_DAYS   146097
#define BILLING_YEAR_FIRST 1970
#define BILLING_YEAR_LAST  9999
#define BILLING_DAY_LAST   2932896 /* 9999-12-31 */


typedef struct {
    int year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
} billing_civil_t;


static billing_day_t   billing_civil_day(int year, int month, int day);
static billing_civil_t billing_day_civil(billing_day_t day);
static int             billing_digits(const char *p, int n);
static char           *billing_put(char *p, int value, int n);
static int             billing_clamp(int value, int first, int last);


billing_status_t
billing_day_parse(billing_str_t text, billing_day_t *out)
{
    int             day;
    billing_month_t month;

    if (text.len != BILLING_DAY_LEN - 1 || text.data[7] != '-'
        || billing_month_parse((billing_str_t){ text.data, 7 }, &month)
               != BILLING_OK)
    {
        return BILLING_MALFORMED;
    }

    day = billing_digits(text.data + 8, 2);
    if (day < 1 || day > billing_month_days(month)) {
        return BILLING_MALFORMED;
    }

    *out = billing_month_first(month) + day - 1;

    return BILLING_OK;
}


billing_status_t
billing_month_parse(billing_str_t text, billing_month_t *out)
{
    int year, month;

    if (text.len != BILLING_MONTH_LEN - 1 || text.data[4] != '-') {
        return BILLING_MALFORMED;
    }

    year = billing_digits(text.data, 4);
    month = billing_digits(text.data + 5, 2);

    if (year < BILLING_YEAR_FIRST || month < 1 || month > 12) {
        return BILLING_MALFORMED;
    }

    *out = year * 12 + month - 1;

    return BILLING_OK;
}


void
billing_day_format(billing_day_t day, char out[BILLING_DAY_LEN])
{
    char           *p;
    billing_civil_t civil;

    civil = billing_day_civil(billing_clamp(day, 0, BILLING_DAY_LAST));

    p = billing_put(out, civil.year, 4);
    *p++ = '-';
    p = billing_put(p, civil.month, 2);
    *p++ = '-';
    p = billing_put(p, civil.day, 2);
    *p = '\0';
}


void
billing_month_format(billing_month_t month, char out[BILLING_MONTH_LEN])
{
    char *p;

    month = billing_clamp(
        month, BILLING_YEAR_FIRST * 12, BILLING_YEAR_LAST * 12 + 11);

    p = billing_put(out, month / 12, 4);
    *p++ = '-';
    p = billing_put(p, month % 12 + 1, 2);
    *p = '\0';
}


void
billing_time_format(time_t t, char out[BILLING_TIME_LEN])
{
    int   sec;
    char *p;

    if (t < 0) {
        t = 0;
    }

    if (t >= (time_t) (BILLING_DAY_LAST + 1) * BILLING_DAY_SEC) {
        t = (time_t) (BILLING_DAY_LAST + 1) * BILLING_DAY_SEC - 1;
    }

    sec = (int) (t % BILLING_DAY_SEC);

    billing_day_format((billing_day_t) (t / BILLING_DAY_SEC), out);

    p = out + BILLING_DAY_LEN - 1;
    *p++ = 'T';
    p = billing_put(p, sec / 3600, 2);
    *p++ = ':';
    p = billing_put(p, sec / 60 % 60, 2);
    *p++ = ':';
    p = billing_put(p, sec % 60, 2);
    *p++ = 'Z';
    *p = '\0';
}


billing_status_t
billing_time_parse(billing_str_t text, time_t *out)
{
    int           hour, min, sec;
    const char   *p;
    billing_day_t day;

    if (text.len != BILLING_TIME_LEN - 1
        || billing_day_parse((billing_str_t){ text.data, 10 }, &day)
               != BILLING_OK)
    {
        return BILLING_MALFORMED;
    }

    p = text.data + BILLING_DAY_LEN - 1;

    if (p[0] != 'T' || p[3] != ':' || p[6] != ':' || p[9] != 'Z') {
        return BILLING_MALFORMED;
    }

    hour = billing_digits(p + 1, 2);
    min = billing_digits(p + 4, 2);
    sec = billing_digits(p + 7, 2);

    if (hour < 0 || hour > 23 || min < 0 || min > 59 || sec < 0 || sec > 59) {
        return BILLING_MALFORMED;
    }

    sec += (hour * 60 + min) * 60;
    *out = (time_t) day * BILLING_DAY_SEC + sec;

    return BILLING_OK;
}


billing_day_t
billing_day_of(time_t t)
{
    time_t day;

    day = t / BILLING_DAY_SEC;

    if (t % BILLING_DAY_SEC < 0) {
        day--;
    }

    if (day < 0) {
        return 0;
    }

    return day > BILLING_DAY_LAST ? BILLING_DAY_LAST : (billing_day_t) day;
}


billing_month_t
billing_month_of(billing_day_t day)
{
    billing_civil_t civil;

    civil = billing_day_civil(day);

    return civil.year * 12 + civil.month - 1;
}


billing_day_t
billing_month_first(billing_month_t month)
{
    return billing_civil_day(month / 12, month % 12 + 1, 1);
}


billing_day_t
billing_month_last(billing_month_t month)
{
    return billing_month_first(month + 1) - 1;
}


int
billing_month_days(billing_month_t month)
{
    return billing_month_first(month + 1) - billing_month_first(month);
}


int
billing_day_of_month(billing_day_t day)
{
    return billing_day_civil(day).day;
}


static billing_day_t
billing_civil_day(int year, int month, int day)
{
    int era, yoe, doy, doe;

    if (month <= 2) {
        year--;
    }

    era = year / 400;
    yoe = year - era * 400;
    doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * BILLING_ERA_DAYS + doe - 719468;
}


static billing_civil_t
billing_day_civil(billing_day_t day)
{
    int             era, doe, yoe, doy, mp;
    billing_civil_t civil;

    day += 719468;

    era = day / BILLING_ERA_DAYS;
    doe = day - era * BILLING_ERA_DAYS;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;

    civil.day = doy - (153 * mp + 2) / 5 + 1;
    civil.month = mp < 10 ? mp + 3 : mp - 9;
    civil.year = yoe + era * 400 + (civil.month <= 2);

    return civil;
}


/* The value of n digits, or -1. */
static int
billing_digits(const char *p, int n)
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


/* Writes n digits; returns the place behind them. */
static char *
billing_put(char *p, int value, int n)
{
    int i;

    for (i = n - 1; i >= 0; i--) {
        p[i] = (char) ('0' + value % 10);
        value /= 10;
    }

    return p + n;
}


static int
billing_clamp(int value, int first, int last)
{
    if (value < first) {
        return first;
    }

    return value > last ? last : value;
}
