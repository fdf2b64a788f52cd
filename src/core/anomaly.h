
/*
 * Unusual days in a series of daily costs.  In doubles: it judges, and adds
 * nothing up that is shown as money.
 *
 * A day is held against the level of the days before, its weekday and what the
 * same day of the month brought before.  A rise counts on a day that is not yet
 * whole, for there can only be more; a fall counts when the day is settled.
 */

#ifndef BILLING_CORE_ANOMALY_H
#define BILLING_CORE_ANOMALY_H

#include <stddef.h>

#include "core/date.h"


#define BILLING_ANOMALY_HISTORY 28 /* days, before any is judged */


typedef enum {
    BILLING_ANOMALY_RISE = 0,
    BILLING_ANOMALY_FALL,
    BILLING_ANOMALY_NEW /* there had been no costs before */
} billing_anomaly_kind_t;

/* Days that follow each other, more or less. */
typedef struct {
    size_t                 first; /* days of the series */
    size_t                 last;
    billing_anomaly_kind_t kind;
    double                 score;  /* of its worst day, in sigmas */
    double                 actual; /* sums of its unusual days */
    double                 expected;
} billing_incident_t;


extern const char *const billing_anomaly_names[];


/*
 * y[0] is the cost of the day first; settled is how many of them, from the
 * first one on, their provider will hardly change.  least is the excess of a
 * day below which nothing counts, in the unit of y.
 *
 * Fills incidents, oldest first; returns how many there are, which may be more
 * than max.  (size_t) -1 when out of memory.
 */
size_t billing_anomalies(const double *y, size_t n, billing_day_t first,
    size_t settled, double least, billing_incident_t *incidents, size_t max);


#endif /* BILLING_CORE_ANOMALY_H */
