
/*
 * What comes back every year: classical decomposition by a centred mean of
 * twelve months (as the M competitions took it, Makridakis and Hibon, 2000).
 */

#ifndef BILLING_CORE_SEASON_H
#define BILLING_CORE_SEASON_H

#include <stddef.h>


#define BILLING_SEASON 12


/* Of each month of the series, counted from its first one. */
typedef struct {
    int    found;
    int    adds; /* to the level; otherwise it multiplies */
    double index[BILLING_SEASON];
} billing_season_t;


/*
 * found is set where the autocorrelation of a year is beyond sigmas; shrink, 0
 * to 1, is how much of the indices is believed.  n is 24 at least.
 */
void billing_season_find(const double *y, size_t n, double sigmas,
    double shrink, billing_season_t *season);

/* y without the season, in z; and a value of month i with it. */
void billing_season_take(
    const billing_season_t *season, const double *y, size_t n, double *z);
double billing_season_give(
    const billing_season_t *season, size_t i, double value);


#endif /* BILLING_CORE_SEASON_H */
