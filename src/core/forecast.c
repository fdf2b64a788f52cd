
#include "core/forecast.h"

#include <math.h>

#include "core/season.h"
#include "core/smooth.h"


/* From how many values on: an interval, a trend, a season, a sure one. */
#define FORECAST_INTERVAL 3
#define FORECAST_TREND    18
#define FORECAST_SEASON   24
#define FORECAST_SURE     60

#define FORECAST_METHODS 3

/* What the last values must be off, and how far, to be a new level. */
#define FORECAST_MOVED  3
#define FORECAST_SIGMAS 4
#define FORECAST_BEFORE 6
#define FORECAST_LEAST  0.02 /* of the level, for a sigma */


/* What was made of a history. */
typedef struct {
    size_t                    n;
    billing_forecast_method_t method;
    billing_season_t          season;
    double                    robust;                 /* sigma of SES' errors */
    billing_smooth_t          fits[FORECAST_METHODS]; /* SES is the first */
} forecast_t;


/*
 * How many spreads of one step an interval is wide, to each side: 80 % of the
 * M1 competition's monthly series lay within.  The normal distribution's 1.28
 * holds 70 %, for a spread that was fitted is too small.
 */
typedef struct {
    size_t n; /* from so many values on */
    double first;
    double more; /* for each step beyond the first, up to FORECAST_FAR */
} forecast_width_t;

#define FORECAST_FAR 18

static const forecast_width_t forecast_widths[] = {
    { 60, 1.44, 0.025 },
    { 24, 1.50, 0.024 },
    { 18, 1.48, 0.018 },
    { 12, 1.58, 0.022 },
    { 9, 1.70, 0.036 },
    { 6, 1.90, 0.050 },
    { 4, 2.30, 0.090 },
    { 0, 2.70, 0.120 },
};


static int    forecast_moved(const double *y, size_t n);
static int    forecast_signed(const double *y, size_t n);
static void   forecast_bound(billing_forecast_point_t *point);
static void   forecast_fit(const double *y, size_t n, forecast_t *f);
static double forecast_ahead(const forecast_t *f, size_t steps);
static double forecast_median(const double *of);
static double forecast_width(const forecast_t *f, size_t steps);


const char *const billing_forecast_names[] = { NULL, "last", "ses", "median",
    "mean" };


billing_forecast_method_t
billing_forecast(
    const double *y, size_t n, size_t steps, billing_forecast_point_t *points)
{
    int        credits;
    size_t     i;
    double     value, width;
    forecast_t f;

    while (n > 0 && y[0] == 0) {
        y++;
        n--;
    }

    if (n > BILLING_FORECAST_HISTORY) {
        y += n - BILLING_FORECAST_HISTORY;
        n = BILLING_FORECAST_HISTORY;
    }

    if (n == 0) {
        for (i = 0; i < steps; i++) {
            points[i] = (billing_forecast_point_t){ NAN, NAN, NAN };
        }

        return BILLING_FORECAST_NONE;
    }

    if (forecast_moved(y, n)) {
        y += n - FORECAST_MOVED;
        n = FORECAST_MOVED;
    }

    forecast_fit(y, n, &f);
    credits = forecast_signed(y, n);

    for (i = 0; i < steps; i++) {
        value = forecast_ahead(&f, i + 1);
        width = forecast_width(&f, i + 1);

        points[i].expected = billing_season_give(&f.season, n + i, value);
        points[i].low = billing_season_give(&f.season, n + i, value - width);
        points[i].high = billing_season_give(&f.season, n + i, value + width);

        if (!credits) {
            forecast_bound(&points[i]);
        }
    }

    return f.method;
}


static int
forecast_signed(const double *y, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (y[i] < 0) {
            return 1;
        }
    }

    return 0;
}


/* What was never below zero stays so: costs without credits. */
static void
forecast_bound(billing_forecast_point_t *point)
{
    point->expected = fmax(point->expected, 0);

    if (!isnan(point->low)) {
        point->low = fmax(point->low, 0);
        point->high = fmax(point->high, 0);
    }
}


static void
forecast_fit(const double *y, size_t n, forecast_t *f)
{
    double z[BILLING_FORECAST_HISTORY];

    *f = (forecast_t){ .n = n };

    if (n < FORECAST_INTERVAL) {
        f->method = BILLING_FORECAST_LAST;
        f->fits[0].level = y[n - 1];
        return;
    }

    if (n >= FORECAST_SURE) {
        billing_season_find(y, n, 1.645, 1, &f->season);

    } else if (n >= FORECAST_SEASON) {
        billing_season_find(y, n, 1, 0.7, &f->season);
    }

    billing_season_take(&f->season, y, n, z);
    billing_smooth_ses(z, n, &f->fits[0]);
    f->robust = billing_smooth_robust(z, n, &f->fits[0]);

    if (n < FORECAST_TREND) {
        f->method = BILLING_FORECAST_SES;
        return;
    }

    f->method = n >= FORECAST_SURE ? BILLING_FORECAST_MEAN
                                   : BILLING_FORECAST_MEDIAN;
    billing_smooth_damped(z, n, &f->fits[1]);
    billing_smooth_theta(z, n, &f->fits[2]);
}


/* 1 if the last values all lie far on one side of what was to be expected. */
static int
forecast_moved(const double *y, size_t n)
{
    int        above, below;
    size_t     i;
    double     error, sigma;
    forecast_t f;

    if (n < FORECAST_BEFORE + FORECAST_MOVED) {
        return 0;
    }

    n -= FORECAST_MOVED;
    forecast_fit(y, n, &f);
    sigma = fmax(f.robust, FORECAST_LEAST * fabs(f.fits[0].level));
    above = below = 0;

    for (i = 0; i < FORECAST_MOVED; i++) {
        error = y[n + i]
                - billing_season_give(
                    &f.season, n + i, forecast_ahead(&f, i + 1));
        above += error > FORECAST_SIGMAS * sigma;
        below += error < -FORECAST_SIGMAS * sigma;
    }

    return above == FORECAST_MOVED || below == FORECAST_MOVED;
}


static double
forecast_ahead(const forecast_t *f, size_t steps)
{
    size_t i;
    double of[FORECAST_METHODS];

    for (i = 0; i < FORECAST_METHODS; i++) {
        of[i] = billing_smooth_ahead(&f->fits[i], steps);
    }

    switch (f->method) {
    case BILLING_FORECAST_MEDIAN:
        return forecast_median(of);

    case BILLING_FORECAST_MEAN:
        return (of[0] + of[1] + of[2]) / 3;

    case BILLING_FORECAST_NONE:
    case BILLING_FORECAST_LAST:
    case BILLING_FORECAST_SES:
        break;
    }

    return of[0];
}


static double
forecast_median(const double *of)
{
    return fmax(fmin(of[0], of[1]), fmin(fmax(of[0], of[1]), of[2]));
}


static double
forecast_width(const forecast_t *f, size_t steps)
{
    double                  alpha, ahead;
    const forecast_width_t *width;

    if (f->n < FORECAST_INTERVAL) {
        return NAN;
    }

    width = forecast_widths;

    while (f->n < width->n) {
        width++;
    }

    alpha = f->fits[0].alpha;
    ahead = (double) (steps < FORECAST_FAR ? steps : FORECAST_FAR) - 1;

    return (width->first + width->more * ahead) * f->fits[0].spread
           * sqrt(1 + (double) (steps - 1) * alpha * alpha);
}
