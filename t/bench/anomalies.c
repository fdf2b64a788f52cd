
/*
 * anomalies FILE: unusual days of series by day.  A series is a line: id, its
 * first date, values.  A line for each incident: id, first and last date, kind,
 * score.  The last three days are not settled.
 */

#include "core/anomaly.h"
#include "series.h"


#define SERIES_INCIDENTS 1000
#define SERIES_OPEN      3 /* days */


static int  one(const char *id);
static void print(
    const char *id, billing_day_t first, const billing_incident_t *incident);


int
main(int argc, char **argv)
{
    return series_each(argc, argv, one);
}


static int
one(const char *id)
{
    char                     *word;
    size_t                    n, i, count;
    billing_str_t             date;
    billing_day_t             first;
    static double             y[SERIES_VALUES];
    static billing_incident_t incidents[SERIES_INCIDENTS];

    word = strtok(NULL, SERIES_BLANKS);
    date = (billing_str_t){ word, word == NULL ? 0 : strlen(word) };

    if (billing_day_parse(date, &first) != BILLING_OK) {
        fprintf(stderr, "anomalies: \"%s\" has no date\n", id);
        return 1;
    }

    n = series_values(y);

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
