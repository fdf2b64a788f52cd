
#include "core/season.h"

#include <math.h>


static double season_correlation(
    const double *y, size_t n, double mean, size_t lag);
static int  season_shows(const double *y, size_t n, double sigmas);
static void season_indices(
    const double *y, size_t n, double shrink, billing_season_t *season);


void
billing_season_find(const double *y, size_t n, double sigmas, double shrink,
    billing_season_t *season)
{
    size_t i;

    *season = (billing_season_t){ 0 };

    if (!season_shows(y, n, sigmas)) {
        return;
    }

    for (i = 0; i < n; i++) {
        if (y[i] <= 0) {
            season->adds = 1;
        }
    }

    season->found = 1;
    season_indices(y, n, shrink, season);
}


static int
season_shows(const double *y, size_t n, double sigmas)
{
    size_t i;
    double mean, sum, r;

    mean = 0;
    sum = 0;

    for (i = 0; i < n; i++) {
        mean += y[i] / (double) n;
    }

    for (i = 1; i < BILLING_SEASON; i++) {
        r = season_correlation(y, n, mean, i);
        sum += r * r;
    }

    r = season_correlation(y, n, mean, BILLING_SEASON);

    return fabs(r) > sigmas * sqrt((1 + 2 * sum) / (double) n);
}


static double
season_correlation(const double *y, size_t n, double mean, size_t lag)
{
    size_t i;
    double upper, lower;

    upper = lower = 0;

    for (i = 0; i < n; i++) {
        lower += (y[i] - mean) * (y[i] - mean);

        if (i >= lag) {
            upper += (y[i] - mean) * (y[i - lag] - mean);
        }
    }

    return lower > 0 ? upper / lower : 0;
}


static void
season_indices(
    const double *y, size_t n, double shrink, billing_season_t *season)
{
    size_t i, k, count[BILLING_SEASON] = { 0 };
    double mean, centre, none, sum;

    none = season->adds ? 0 : 1;
    sum = 0;

    for (i = BILLING_SEASON / 2; i + BILLING_SEASON / 2 < n; i++) {
        centre = (y[i - BILLING_SEASON / 2] + y[i + BILLING_SEASON / 2]) / 2;

        for (k = 1; k < BILLING_SEASON; k++) {
            centre += y[i - BILLING_SEASON / 2 + k];
        }

        centre /= BILLING_SEASON;
        k = i % BILLING_SEASON;
        count[k]++;
        season->index[k] += season->adds ? y[i] - centre : y[i] / centre;
    }

    for (k = 0; k < BILLING_SEASON; k++) {
        season->index[k] = count[k] > 0 ? season->index[k] / (double) count[k]
                                        : none;
        sum += season->index[k];
    }

    mean = sum / BILLING_SEASON;

    for (k = 0; k < BILLING_SEASON; k++) {
        season->index[k] = season->adds ? season->index[k] - mean
                                        : season->index[k] / mean;
        season->index[k] = none + shrink * (season->index[k] - none);
    }
}


void
billing_season_take(
    const billing_season_t *season, const double *y, size_t n, double *z)
{
    size_t i;
    double index;

    for (i = 0; i < n; i++) {
        index = season->index[i % BILLING_SEASON];
        z[i] = !season->found ? y[i]
               : season->adds ? y[i] - index
                              : y[i] / index;
    }
}


double
billing_season_give(const billing_season_t *season, size_t i, double value)
{
    double index;

    index = season->index[i % BILLING_SEASON];

    return !season->found ? value
           : season->adds ? value + index
                          : value * index;
}
