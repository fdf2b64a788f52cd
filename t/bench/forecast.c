
/*
 * forecast FILE: forecasts of series as they are, without a calendar.  A series
 * is a line: id, steps, values, oldest first.  For each: the id, then expected,
 * low and high for each step.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/billing_forecast.h"


#define SERIES_STEPS  120
#define SERIES_VALUES 100000


static void one(char *line);
static void print(double value);


int
main(int argc, char **argv)
{
    FILE  *in;
    char  *line;
    size_t size;

    in = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (in == NULL) {
        fprintf(stderr, "usage: forecast FILE\n");
        return 2;
    }

    line = NULL;
    size = 0;

    while (getline(&line, &size, in) > 0) {
        one(line);
    }

    free(line);
    fclose(in);

    return 0;
}


static void
one(char *line)
{
    char                    *word, *end;
    double                  *y;
    size_t                   n, i, steps;
    billing_forecast_point_t points[SERIES_STEPS];

    word = strtok(line, " \t\r\n");
    if (word == NULL) {
        return;
    }

    printf("%s", word);
    word = strtok(NULL, " \t\r\n");
    steps = word == NULL ? 0 : strtoul(word, NULL, 10);
    steps = steps < SERIES_STEPS ? steps : SERIES_STEPS;

    y = malloc(SERIES_VALUES * sizeof(double));
    if (y == NULL) {
        abort();
    }

    n = 0;

    while ((word = strtok(NULL, " \t\r\n")) != NULL && n < SERIES_VALUES) {
        y[n] = strtod(word, &end);
        n += end != word;
    }

    (void) billing_forecast(y, n, steps, points);

    for (i = 0; i < steps; i++) {
        print(points[i].expected);
        print(points[i].low);
        print(points[i].high);
    }

    putchar('\n');
    free(y);
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
