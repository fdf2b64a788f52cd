
/*
 * anomalies FILE: unusual days of series by day.  A series is a line: id, its
 * first date, values.  A line for each incident: id, first and last date, kind,
 * score.  The last three days are not settled.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/billing_anomaly.h"


#define SERIES_INCIDENTS 1000
#define SERIES_VALUES    100000
#define SERIES_OPEN      3 /* days */


static int  one(char *line);
static void print(
    const char *id, billing_day_t first, const billing_incident_t *incident);


int
main(int argc, char **argv)
{
    int    rc;
    FILE  *in;
    char  *line;
    size_t size;

    in = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (in == NULL) {
        fprintf(stderr, "usage: anomalies FILE\n");
        return 2;
    }

    line = NULL;
    size = 0;
    rc = 0;

    while (rc == 0 && getline(&line, &size, in) > 0) {
        rc = one(line);
    }

    free(line);
    fclose(in);

    return rc;
}


static int
one(char *line)
{
    char                     *id, *word, *end;
    size_t                    n, i, count;
    billing_str_t             date;
    billing_day_t             first;
    static double             y[SERIES_VALUES];
    static billing_incident_t incidents[SERIES_INCIDENTS];

    id = strtok(line, " \t\r\n");
    if (id == NULL) {
        return 0;
    }

    word = strtok(NULL, " \t\r\n");
    date = (billing_str_t){ word, word == NULL ? 0 : strlen(word) };

    if (billing_day_parse(date, &first) != BILLING_OK) {
        fprintf(stderr, "anomalies: \"%s\" has no date\n", id);
        return 1;
    }

    n = 0;

    while ((word = strtok(NULL, " \t\r\n")) != NULL && n < SERIES_VALUES) {
        y[n] = strtod(word, &end);
        n += end != word;
    }

    count = billing_anomalies(y, n, first,
        n > SERIES_OPEN ? n - SERIES_OPEN : 0, 1, incidents, SERIES_INCIDENTS);

    if (count == (size_t) -1) {
        fprintf(stderr, "anomalies: out of memory\n");
        return 1;
    }

    for (i = 0; i < count && i < SERIES_INCIDENTS; i++) {
        print(id, first, &incidents[i]);
    }

    return 0;
}


static void
print(const char *id, billing_day_t first, const billing_incident_t *incident)
{
    char from[BILLING_DAY_LEN], to[BILLING_DAY_LEN];

    billing_day_format(first + (billing_day_t) incident->first, from);
    billing_day_format(first + (billing_day_t) incident->last, to);

    printf("%s %s %s %s %.2f\n", id, from, to,
        billing_anomaly_names[incident->kind], incident->score);
}
