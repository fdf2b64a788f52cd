
/*
 * Errors of one step are linear in the state that a series begins with, so for
 * each set of parameters the best beginning is had by least squares, and only
 * the parameters are searched for.
 */

#include "core/smooth.h"

#include <math.h>

#include "core/median.h"


/*
 * Alphas that are searched, in steps of 0.02.  A short history says little of
 * its own alpha; bounds and first level were chosen on the monthly series of
 * the M1 competition.
 */
#define SMOOTH_LOW        1
#define SMOOTH_HIGH       35
#define SMOOTH_SHORT      24 /* values */
#define SMOOTH_SHORT_LOW  10
#define SMOOTH_SHORT_HIGH 30

/* A run over the series from a state: what errors it makes. */
typedef struct {
    double alpha;
    double beta;
    double phi;
    double level;
    double trend;
} smooth_state_t;


static double smooth_error(smooth_state_t *s, double y);
static double smooth_mean(const double *y, size_t n);
static double smooth_ses_begin(const double *y, size_t n, double alpha);
static void   smooth_damped_begin(
      const double *y, size_t n, smooth_state_t *begin);
static double smooth_sum(
    const double *y, size_t n, smooth_state_t begin, smooth_state_t *end);


void
billing_smooth_ses(const double *y, size_t n, billing_smooth_t *fit)
{
    int            i, high;
    double         sum, least;
    smooth_state_t s, end;

    least = INFINITY;
    high = n < SMOOTH_SHORT ? SMOOTH_SHORT_HIGH : SMOOTH_HIGH;

    for (i = n < SMOOTH_SHORT ? SMOOTH_SHORT_LOW : SMOOTH_LOW; i <= high; i++) {
        s = (smooth_state_t){ .alpha = i * 0.02 };
        s.level = n < SMOOTH_SHORT ? smooth_mean(y, n < 3 ? n : 3)
                                   : smooth_ses_begin(y, n, s.alpha);
        sum = smooth_sum(y, n, s, &end);

        if (sum < least) {
            least = sum;
            *fit = (billing_smooth_t){
                .alpha = s.alpha, .level = end.level, .begin = s.level
            };
        }
    }

    fit->spread = sqrt(least / (double) n);
}


static double
smooth_mean(const double *y, size_t n)
{
    size_t i;
    double sum;

    sum = 0;

    for (i = 0; i < n; i++) {
        sum += y[i];
    }

    return sum / (double) n;
}


/* e = a + b x level, for any level: the one with the least sum of squares. */
static double
smooth_ses_begin(const double *y, size_t n, double alpha)
{
    size_t         i;
    double         e, slope, upper, lower;
    smooth_state_t zero;

    zero = (smooth_state_t){ .alpha = alpha };
    slope = -1;
    upper = 0;
    lower = 0;

    for (i = 0; i < n; i++) {
        e = smooth_error(&zero, y[i]);
        upper -= e * slope;
        lower += slope * slope;
        slope *= 1 - alpha;
    }

    return upper / lower;
}


void
billing_smooth_damped(const double *y, size_t n, billing_smooth_t *fit)
{
    double         sum, least;
    size_t         i, j, k;
    smooth_state_t s, end;

    static const double alphas[] = { 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6,
        0.7, 0.8, 0.9 };
    static const double betas[] = { 0.02, 0.05, 0.1, 0.2 };
    static const double phis[] = { 0.8, 0.85, 0.9, 0.95, 0.98 };

    least = INFINITY;

    for (i = 0; i < sizeof(alphas) / sizeof(alphas[0]); i++) {
        for (j = 0; j < sizeof(betas) / sizeof(betas[0]); j++) {
            for (k = 0; k < sizeof(phis) / sizeof(phis[0]); k++) {
                s = (smooth_state_t){ alphas[i], betas[j], phis[k], 0, 0 };
                smooth_damped_begin(y, n, &s);
                sum = smooth_sum(y, n, s, &end);

                if (sum < least) {
                    least = sum;
                    *fit = (billing_smooth_t){ .alpha = s.alpha,
                        .phi = s.phi,
                        .level = end.level,
                        .trend = end.trend };
                }
            }
        }
    }

    fit->spread = sqrt(least / (double) n);
}


/* Likewise of level and trend: two equations. */
static void
smooth_damped_begin(const double *y, size_t n, smooth_state_t *begin)
{
    size_t         i;
    double         e, l, t, ll, lt, tt, el, et, det;
    smooth_state_t zero, level, trend;

    zero = *begin;
    level = *begin;
    trend = *begin;
    level.level = 1;
    trend.trend = 1;
    ll = lt = tt = el = et = 0;

    for (i = 0; i < n; i++) {
        e = smooth_error(&zero, y[i]);
        l = smooth_error(&level, 0);
        t = smooth_error(&trend, 0);
        ll += l * l;
        lt += l * t;
        tt += t * t;
        el += e * l;
        et += e * t;
    }

    det = ll * tt - lt * lt;

    if (det <= 1e-12 * ll * tt) {
        begin->level = ll > 0 ? -el / ll : 0;
        begin->trend = 0;
        return;
    }

    begin->level = (et * lt - el * tt) / det;
    begin->trend = (el * lt - et * ll) / det;
}


static double
smooth_sum(const double *y, size_t n, smooth_state_t begin, smooth_state_t *end)
{
    size_t i;
    double e, sum;

    *end = begin;
    sum = 0;

    for (i = 0; i < n; i++) {
        e = smooth_error(end, y[i]);
        sum += e * e;
    }

    return sum;
}


static double
smooth_error(smooth_state_t *s, double y)
{
    double e, ahead;

    ahead = s->level + s->phi * s->trend;
    e = y - ahead;
    s->level = ahead + s->alpha * e;
    s->trend = s->phi * s->trend + s->alpha * s->beta * e;

    return e;
}


/* SES with half the slope of the straight line through all (Hyndman, 2003). */
void
billing_smooth_theta(const double *y, size_t n, billing_smooth_t *fit)
{
    size_t i;
    double x, mean, middle, upper, lower, slope;

    mean = smooth_mean(y, n);
    middle = ((double) n - 1) / 2;
    upper = lower = 0;

    for (i = 0; i < n; i++) {
        x = (double) i - middle;
        upper += x * (y[i] - mean);
        lower += x * x;
    }

    slope = lower > 0 ? upper / lower : 0;

    billing_smooth_ses(y, n, fit);

    /* what SES lags behind a line with that slope */
    fit->level += slope / 2 * (1 - pow(1 - fit->alpha, (double) n)) / fit->alpha
                  - slope / 2;
    fit->slope = slope / 2;
}


double
billing_smooth_ahead(const billing_smooth_t *fit, size_t steps)
{
    size_t i;
    double value, damp;

    value = fit->level + fit->slope * (double) steps;
    damp = 1;

    for (i = 0; i < steps; i++) {
        damp *= fit->phi;
        value += damp * fit->trend;
    }

    return value;
}


double
billing_smooth_robust(const double *y, size_t n, const billing_smooth_t *fit)
{
    size_t         i, left;
    double         errors[BILLING_SMOOTH_MAX];
    smooth_state_t s;

    s = (smooth_state_t){ .alpha = fit->alpha, .level = fit->begin };
    left = n < BILLING_SMOOTH_MAX ? n : BILLING_SMOOTH_MAX;

    for (i = 0; i < left; i++) {
        errors[i] = fabs(smooth_error(&s, y[i]));
    }

    return billing_median_sigma(errors, left);
}
