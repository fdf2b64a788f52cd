
/*
 * Civil dates of the proleptic Gregorian calendar, always UTC.  Nothing here
 * reads a clock or a locale: "now" is passed in.
 */

#ifndef BILLING_CORE_DATE_H
#define BILLING_CORE_DATE_H

#include <stdint.h>
#include <time.h>

#include "core/status.h"
#include "core/str.h"


typedef int32_t billing_day_t;   /* days since 1970-01-01 */
typedef int32_t billing_month_t; /* year * 12 + (month - 1) */

#define BILLING_DAY_LEN   11 /* "yyyy-mm-dd" and NUL */
#define BILLING_MONTH_LEN 8  /* "yyyy-mm" and NUL */
#define BILLING_TIME_LEN  21 /* "yyyy-mm-ddThh:mm:ssZ" and NUL */


typedef enum {
    BILLING_MONTHLY = 0,
    BILLING_DAILY
} billing_granularity_t;


/* Exactly "yyyy-mm-dd" / "yyyy-mm", years 1970 to 9999; else MALFORMED. */
billing_status_t billing_day_parse(billing_str_t text, billing_day_t *out);
billing_status_t billing_month_parse(billing_str_t text, billing_month_t *out);

/* Write NUL-terminated text; what lies outside of 1970 to 9999 is clamped. */
void billing_day_format(billing_day_t day, char out[BILLING_DAY_LEN]);
void billing_month_format(billing_month_t month, char out[BILLING_MONTH_LEN]);
void billing_time_format(time_t t, char out[BILLING_TIME_LEN]);

/* Reads what billing_time_format() writes. */
billing_status_t billing_time_parse(billing_str_t text, time_t *out);

/* Clamped likewise.  The others expect a day or month of those years. */
billing_day_t   billing_day_of(time_t t);
billing_month_t billing_month_of(billing_day_t day);
billing_day_t   billing_month_first(billing_month_t month);
billing_day_t   billing_month_last(billing_month_t month);
int             billing_month_days(billing_month_t month);

/* 1..31 */
int billing_day_of_month(billing_day_t day);


#endif /* BILLING_CORE_DATE_H */
