
#include "core/median.h"

#include <stdlib.h>


#define MEDIAN_SIGMA \
    1.4826 /* sigmas, of a normal distribution's median error */


static int median_compare(const void *one, const void *other);


double
billing_median(double *values, size_t n)
{
    qsort(values, n, sizeof(double), median_compare);

    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}


double
billing_median_sigma(double *errors, size_t n)
{
    return MEDIAN_SIGMA * billing_median(errors, n);
}


static int
median_compare(const void *one, const void *other)
{
    double a, b;

    a = *(const double *) one;
    b = *(const double *) other;

    return (a > b) - (a < b);
}
