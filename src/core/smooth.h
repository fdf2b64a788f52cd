
/*
 * Exponential smoothing of a series without seasons, in doubles: estimates,
 * never money.  Each method has the parameters with the least squared errors of
 * one step ahead (Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential
 * Smoothing, 2008; theta: Assimakopoulos and Nikolopoulos, 2000).
 */

#ifndef BILLING_CORE_SMOOTH_H
#define BILLING_CORE_SMOOTH_H

#include <stddef.h>


#define BILLING_SMOOTH_MAX 120 /* values that billing_smooth_robust() takes */


/* What a method has made of a series. */
typedef struct {
    double alpha;
    double phi;   /* what is left of the trend with each step; 0: none */
    double level; /* at the end of the series */
    double begin; /* SES: the level before it */
    double trend;
    double slope;  /* of theta's line, per step; otherwise 0 */
    double spread; /* root of the mean squared error of one step ahead */
} billing_smooth_t;


/* n is 1 at least, for all. */
void billing_smooth_ses(const double *y, size_t n, billing_smooth_t *fit);
void billing_smooth_damped(const double *y, size_t n, billing_smooth_t *fit);
void billing_smooth_theta(const double *y, size_t n, billing_smooth_t *fit);

/* Sigma of SES' errors of one step, by their median: few outliers do no harm. */
double billing_smooth_robust(
    const double *y, size_t n, const billing_smooth_t *fit);

/* steps is 1 for what comes next. */
double billing_smooth_ahead(const billing_smooth_t *fit, size_t steps);


#endif /* BILLING_CORE_SMOOTH_H */
