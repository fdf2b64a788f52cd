
/* What the middle of values says of them, however far off a few are. */

#ifndef BILLING_CORE_MEDIAN_H
#define BILLING_CORE_MEDIAN_H

#include <stddef.h>


/* n is 1 at least; the values are put into order. */
double billing_median(double *values, size_t n);

/* Of errors without their signs: the sigma of a normal distribution. */
double billing_median_sigma(double *errors, size_t n);


#endif /* BILLING_CORE_MEDIAN_H */
