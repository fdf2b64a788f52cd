
/*
 * What the next months will cost, from those that are over.  In doubles: it is
 * an estimate, never money.  The series is one of any evenly spaced values; who
 * knows a calendar divides months by their days before, for that alone mends a
 * fifth of the error.
 */

#ifndef BILLING_CORE_FORECAST_H
#define BILLING_CORE_FORECAST_H

#include <stddef.h>


#define BILLING_FORECAST_HISTORY 120 /* values that count, the last ones */


typedef enum {
    BILLING_FORECAST_NONE = 0, /* nothing is known */
    BILLING_FORECAST_LAST,     /* the last value; too little for an interval */
    BILLING_FORECAST_SES,      /* simple exponential smoothing */
    BILLING_FORECAST_MEDIAN,   /* of SES, damped trend and theta */
    BILLING_FORECAST_MEAN      /* the same, their mean */
} billing_forecast_method_t;

/* low to high holds four of five outcomes; both are NAN where nobody knows. */
typedef struct {
    double expected;
    double low;
    double high;
} billing_forecast_point_t;


extern const char *const billing_forecast_names[];


/*
 * y is oldest first; zeros it begins with are not looked at.  Fills steps
 * points.  Returns the method; with BILLING_FORECAST_NONE all are NAN.
 */
billing_forecast_method_t billing_forecast(
    const double *y, size_t n, size_t steps, billing_forecast_point_t *points);


#endif /* BILLING_CORE_FORECAST_H */
