
/*
 * One pass over the days: what is known of a day is what was there before it.
 * Unusual days do not teach anything, until there are so many in a row that
 * they are the new level.
 */

#include "core/anomaly.h"

#include <math.h>
#include <stdlib.h>

#include "core/median.h"


#define ANOMALY_WEEK    7
#define ANOMALY_WINDOW  56 /* days that weekdays and errors are learned from */
#define ANOMALY_LEVEL   14
#define ANOMALY_SCORE   3.2
#define ANOMALY_SCALE   0.3  /* of a mean day, at least */
#define ANOMALY_FLOOR   0.03 /* of the level, for a sigma */
#define ANOMALY_EXCESS  0.15 /* of what was to be expected, at least */
#define ANOMALY_MEMORY  3    /* months of which a day of the month is known */
#define ANOMALY_NEARLY  0.7  /* of now: as high as now */
#define ANOMALY_OFTEN   3    /* days within the history; two come with months */
#define ANOMALY_QUIET   3    /* usual days that end an incident */
#define ANOMALY_RELEARN 5    /* unusual ones in a row that are a new level */


typedef struct {
    const double       *y;
    size_t              n;
    billing_day_t       first;
    size_t              settled;
    double              least;
    double             *error;   /* of each day: less what was expected */
    double             *scaled;  /* the same, as of a day like the mean */
    unsigned char      *unusual; /* of each day */
    size_t              since;   /* days before are another level */
    billing_incident_t *incidents;
    size_t              max;
    size_t              count;
    size_t              quiet; /* usual days since the last unusual one */
    size_t              row;   /* unusual days in a row */
} anomaly_t;

/* What was to be expected of a day. */
typedef struct {
    double level;
    double expected;
    double scale; /* how far such days scatter, of a mean day's */
    double sigma; /* of that weekday */
} anomaly_view_t;


static void   anomaly_day(anomaly_t *a, size_t t);
static size_t anomaly_weekday(const anomaly_t *a, size_t t);
static void   anomaly_factors(
      const anomaly_t *a, size_t t, double factors[ANOMALY_WEEK]);
static double anomaly_week(const anomaly_t *a, size_t i);
static double anomaly_level(
    const anomaly_t *a, size_t t, const double factors[ANOMALY_WEEK]);
static double anomaly_sigma(const anomaly_t *a, size_t t, double level);
static double anomaly_judge(
    const anomaly_t *a, size_t t, const anomaly_view_t *view);
static int anomaly_known(const anomaly_t *a, size_t t, double error);
static int anomaly_was_so(const anomaly_t *a, billing_day_t day, double error);
static size_t anomaly_times(const anomaly_t *a, size_t t);
static int    anomaly_is_new(const anomaly_t *a, size_t t);
static void   anomaly_note(
      anomaly_t *a, size_t t, double score, const anomaly_view_t *view);
static billing_incident_t *anomaly_incident(
    anomaly_t *a, size_t t, double score);
static void anomaly_relearn(anomaly_t *a, size_t t);


const char *const billing_anomaly_names[] = { "rise", "fall", "new" };


size_t
billing_anomalies(const double *y, size_t n, billing_day_t first,
    size_t settled, double least, billing_incident_t *incidents, size_t max)
{
    size_t    t;
    anomaly_t a;

    a = (anomaly_t){ .y = y,
        .n = n,
        .first = first,
        .settled = settled,
        .least = least,
        .incidents = incidents,
        .max = max,
        .quiet = ANOMALY_QUIET };

    a.error = calloc(2 * n + 1, sizeof(double));
    a.unusual = calloc(n + 1, 1);

    if (a.error == NULL || a.unusual == NULL) {
        a.count = (size_t) -1;
        n = 0;
    }

    a.scaled = a.error + n;

    for (t = 0; t < n; t++) {
        anomaly_day(&a, t);
    }

    free(a.error);
    free(a.unusual);

    return a.count;
}


static void
anomaly_day(anomaly_t *a, size_t t)
{
    double         score, factors[ANOMALY_WEEK];
    anomaly_view_t view;

    if (t == 0) {
        return;
    }

    anomaly_factors(a, t, factors);
    view.level = anomaly_level(a, t, factors);
    view.expected = view.level * factors[anomaly_weekday(a, t)];
    view.scale = fmax(factors[anomaly_weekday(a, t)], ANOMALY_SCALE);
    view.sigma = anomaly_sigma(a, t, view.level) * view.scale;
    a->error[t] = a->y[t] - view.expected;
    a->scaled[t] = a->error[t] / view.scale;

    score = t < BILLING_ANOMALY_HISTORY ? 0 : anomaly_judge(a, t, &view);

    if (score != 0) {
        anomaly_note(a, t, score, &view);

    } else {
        a->quiet++;
        a->row = 0;
    }
}


static size_t
anomaly_weekday(const anomaly_t *a, size_t t)
{
    return (size_t) (a->first + (billing_day_t) t + 7 * 1000000) % ANOMALY_WEEK;
}


/*
 * A weekday's share of the mean of the week around it: the median of eight
 * weeks, with two more that say 1.
 */
static void
anomaly_factors(const anomaly_t *a, size_t t, double factors[ANOMALY_WEEK])
{
    size_t i, k, from, count[ANOMALY_WEEK] = { 0 };
    double mean, ratio, ratios[ANOMALY_WEEK][ANOMALY_WINDOW / ANOMALY_WEEK + 1];

    from = t > ANOMALY_WINDOW ? t - ANOMALY_WINDOW : 0;

    for (i = from; i + ANOMALY_WEEK <= t; i++) {
        k = i + ANOMALY_WEEK / 2;
        mean = anomaly_week(a, i);

        if (mean > 0 && !a->unusual[k]) {
            ratio = a->y[k] / mean;
            k = anomaly_weekday(a, k);
            ratios[k][count[k]++] = ratio;
        }
    }

    mean = 0;

    for (k = 0; k < ANOMALY_WEEK; k++) {
        factors[k] = 1;

        if (count[k] > 0) {
            factors[k] =
                ((double) count[k] * billing_median(ratios[k], count[k]) + 2)
                / ((double) count[k] + 2);
        }

        mean += factors[k] / ANOMALY_WEEK;
    }

    for (k = 0; k < ANOMALY_WEEK; k++) {
        factors[k] = mean > 0 ? factors[k] / mean : 1;
    }
}


/* The mean of a week from day i on; 0: it lies in two levels. */
static double
anomaly_week(const anomaly_t *a, size_t i)
{
    size_t k;
    double sum;

    if (i < a->since && i + ANOMALY_WEEK > a->since) {
        return 0;
    }

    sum = 0;

    for (k = 0; k < ANOMALY_WEEK; k++) {
        sum += a->y[i + k];
    }

    return sum / ANOMALY_WEEK;
}


/* Three parts of the last week's median, one of two weeks'. */
static double
anomaly_level(const anomaly_t *a, size_t t, const double factors[ANOMALY_WEEK])
{
    size_t i, n;
    double f, days[ANOMALY_LEVEL], week[ANOMALY_WEEK];

    n = 0;

    for (i = t; i-- > a->since && n < ANOMALY_LEVEL;) {
        f = factors[anomaly_weekday(a, i)];

        if (a->unusual[i] || f < ANOMALY_FLOOR) {
            continue;
        }

        if (n < ANOMALY_WEEK) {
            week[n] = a->y[i] / f;
        }

        days[n++] = a->y[i] / f;
    }

    if (n == 0) {
        return 0;
    }

    return 0.75 * billing_median(week, n < ANOMALY_WEEK ? n : ANOMALY_WEEK)
           + 0.25 * billing_median(days, n);
}


static double
anomaly_sigma(const anomaly_t *a, size_t t, double level)
{
    size_t i, n;
    double errors[ANOMALY_WINDOW];

    n = 0;

    for (i = t; i-- > 1 && n < ANOMALY_WINDOW;) {
        if (!a->unusual[i]) {
            errors[n++] = fabs(a->scaled[i]);
        }
    }

    return fmax(n > 0 ? billing_median_sigma(errors, n) : 0,
        ANOMALY_FLOOR * fabs(level));
}


/* Its score, if it is unusual; otherwise 0. */
static double
anomaly_judge(const anomaly_t *a, size_t t, const anomaly_view_t *view)
{
    double error, needed;

    error = a->error[t];
    needed = fmax(fmax(ANOMALY_EXCESS * fabs(view->expected), a->least),
        ANOMALY_SCORE * view->sigma);

    if (fabs(error) <= needed || (error < 0 && t >= a->settled)
        || anomaly_known(a, t, error))
    {
        return 0;
    }

    return error / fmax(view->sigma, a->least / ANOMALY_SCORE);
}


/*
 * The day of the month, or the one as far from its end, was like that in each of
 * the last months; or other days were, lately: then such days are not unusual.
 * Of the first two days nothing is known.
 */
static int
anomaly_known(const anomaly_t *a, size_t t, double error)
{
    int             i, months, same, to_end;
    billing_day_t   day, then;
    billing_month_t month;

    day = a->first + (billing_day_t) t;
    month = billing_month_of(day);
    to_end = billing_month_last(month) - day;
    months = same = 0;

    for (i = 1; i <= ANOMALY_MEMORY; i++) {
        then = billing_month_first(month - i) + billing_day_of_month(day) - 1;

        if (then - 1 <= a->first) {
            break;
        }

        months++;
        same += anomaly_was_so(a, then, error)
                || anomaly_was_so(
                    a, billing_month_last(month - i) - to_end, error);
    }

    return (months > 0 && same == months)
           || anomaly_times(a, t) > ANOMALY_OFTEN;
}


static int
anomaly_was_so(const anomaly_t *a, billing_day_t day, double error)
{
    size_t t;

    t = (size_t) (day - a->first);

    return day > a->first && t < a->n
           && a->error[t] * (error > 0 ? 1 : -1) > ANOMALY_NEARLY * fabs(error);
}


/* How many days of the last weeks were usual, and as far off. */
static size_t
anomaly_times(const anomaly_t *a, size_t t)
{
    size_t i, times;
    double sign;

    sign = a->error[t] > 0 ? 1 : -1;
    times = 0;

    for (i = t > BILLING_ANOMALY_HISTORY ? t - BILLING_ANOMALY_HISTORY : 1;
         i < t; i++)
    {
        times += !a->unusual[i]
                 && sign * a->error[i] > ANOMALY_NEARLY * sign * a->error[t];
    }

    return times;
}


static void
anomaly_note(anomaly_t *a, size_t t, double score, const anomaly_view_t *view)
{
    billing_incident_t *at;

    at = anomaly_incident(a, t, score);

    if (at != NULL) {
        at->last = t;
        at->score = fabs(score) > fabs(at->score) ? score : at->score;
        at->actual += a->y[t];
        at->expected += view->expected;
    }

    a->unusual[t] = 1;
    a->quiet = 0;
    a->row++;

    if (a->row == ANOMALY_RELEARN) {
        anomaly_relearn(a, t);
    }
}


/* The one that the day belongs to; NULL: there is no room for it. */
static billing_incident_t *
anomaly_incident(anomaly_t *a, size_t t, double score)
{
    billing_incident_t *at;

    at = a->count > 0 && a->count <= a->max ? &a->incidents[a->count - 1]
                                            : NULL;

    if (a->count > 0 && a->quiet < ANOMALY_QUIET
        && (at == NULL || (at->kind == BILLING_ANOMALY_FALL) == (score < 0)))
    {
        return at;
    }

    a->count++;

    if (a->count > a->max) {
        return NULL;
    }

    at = &a->incidents[a->count - 1];
    *at = (billing_incident_t){ .first = t };
    at->kind = score < 0              ? BILLING_ANOMALY_FALL
               : anomaly_is_new(a, t) ? BILLING_ANOMALY_NEW
                                      : BILLING_ANOMALY_RISE;

    return at;
}


/* So many unusual days in a row are no incident any more, but how it is. */
static void
anomaly_relearn(anomaly_t *a, size_t t)
{
    size_t i;

    a->row = 0;
    a->since = t + 1 - ANOMALY_RELEARN;

    for (i = a->since; i <= t; i++) {
        a->unusual[i] = 0;
        a->error[i] = 0;
        a->scaled[i] = 0;
    }
}


static int
anomaly_is_new(const anomaly_t *a, size_t t)
{
    size_t i;

    for (i = 1; i <= BILLING_ANOMALY_HISTORY && i <= t; i++) {
        if (a->y[t - i] != 0 && !a->unusual[t - i]) {
            return 0;
        }
    }

    return 1;
}
