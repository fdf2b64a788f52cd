
/*
 * forecast FILE: forecasts of series as they are, without a calendar.  A series
 * is a line: id, steps, values, oldest first.  For each: the id, then expected,
 * low and high for each step.
 */

#include <math.h>

#include "core/forecast.h"
#include "series.h"


#define SERIES_STEPS 120


static int  one(const char *id);
static void print(double value);


int
main(int argc, char **argv)
{
    return series_each(argc, argv, one);
}


static int
one(const char *id)
{
    char                    *word;
    size_t                   n, i, steps;
    static double            y[SERIES_VALUES];
    billing_forecast_point_t points[SERIES_STEPS];

    printf("%s", id);
    word = strtok(NULL, SERIES_BLANKS);
    steps = word == NULL ? 0 : strtoul(word, NULL, 10);
    steps = steps < SERIES_STEPS ? steps : SERIES_STEPS;
    n = series_values(y);

    (void) billing_forecast(y, n, steps, points);

    for (i = 0; i < steps; i++) {
        print(points[i].expected);
        print(points[i].low);
        print(points[i].high);
    }

    putchar('\n');

    return 0;
}


static void
print(double value)
{
    if (isnan(value)) {
        printf(" -");
    } else {
        printf(" %.10g", value);
    }
}
