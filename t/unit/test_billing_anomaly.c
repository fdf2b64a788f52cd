
/* Unusual days: what counts as one, and what does not. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/anomaly.h"
#include "noise.h"


#define DAYS  150
#define FIRST 20514 /* 2026-03-02, a Monday */
#define MAX   20


static billing_incident_t found[MAX];


/* A bill: quieter at weekends, with a charge on the first of each month. */
static void
bill(double y[DAYS])
{
    size_t i;

    for (i = 0; i < DAYS; i++) {
        y[i] = 100 * (1 + 0.06 * noise()) * (i % 7 < 5 ? 1 : 0.7);

        if (billing_day_of_month(FIRST + (billing_day_t) i) == 1) {
            y[i] += 150;
        }
    }
}


static size_t
look(const double y[DAYS])
{
    return billing_anomalies(y, DAYS, FIRST, DAYS - 3, 1, found, MAX);
}


/* The incident that has a day; NULL: none. */
static const billing_incident_t *
on(size_t n, size_t day)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (found[i].first <= day && found[i].last >= day) {
            return &found[i];
        }
    }

    return NULL;
}


static void
leaves_usual_days_alone(void **state)
{
    size_t i, all;
    double y[DAYS];

    (void) state;

    all = 0;

    for (i = 0; i < 50; i++) {
        bill(y);
        all += look(y);
    }

    /* 0.5 in 100 days would be 300 */
    assert_true(all <= 60);
}


static void
finds_a_rise_and_a_fall(void **state)
{
    size_t                    i, t;
    double                    y[DAYS];
    const billing_incident_t *at;

    (void) state;

    for (i = 0; i < 50; i++) {
        t = 65 + i;
        bill(y);
        y[t] *= 2;
        y[t + 1] *= 2;
        at = on(look(y), t);
        assert_non_null(at);
        assert_true(at->last >= t + 1);
        assert_int_equal(at->kind, BILLING_ANOMALY_RISE);
        assert_true(at->score > 3 && at->actual > 1.5 * at->expected);

        bill(y);
        y[t] = 0;
        at = on(look(y), t);
        assert_non_null(at);
        assert_int_equal(at->kind, BILLING_ANOMALY_FALL);
    }
}


/* The newest day is there in part: a fall says nothing, a rise does. */
static void
knows_that_days_are_not_whole(void **state)
{
    size_t i, n;
    double y[DAYS];

    (void) state;

    for (i = 0; i < 50; i++) {
        bill(y);
        y[DAYS - 1] *= 0.6;
        n = look(y);
        assert_true(n == 0 || found[n - 1].last < DAYS - 1);

        bill(y);
        y[DAYS - 1] *= 4 * 0.6;
        n = look(y);
        assert_true(n > 0 && found[n - 1].last == DAYS - 1);
    }
}


static void
learns_a_new_level(void **state)
{
    size_t i, n;
    double y[DAYS];

    (void) state;

    bill(y);

    for (i = 70; i < DAYS; i++) {
        y[i] *= 3;
    }

    n = look(y);
    assert_non_null(on(n, 70));
    assert_true(on(n, 70)->last < 80);

    for (i = 90; i < DAYS; i++) {
        assert_true(on(n, i) == NULL
                    || billing_day_of_month(FIRST + (billing_day_t) i) == 1);
    }
}


static void
tells_what_is_new(void **state)
{
    size_t i;
    double y[DAYS];

    (void) state;

    for (i = 0; i < DAYS; i++) {
        y[i] = i < 90 ? 0 : 50;
    }

    assert_int_equal(look(y), 1);
    assert_int_equal(found[0].kind, BILLING_ANOMALY_NEW);
    assert_int_equal(found[0].first, 90);

    /* cents are nobody's concern */
    for (i = 0; i < DAYS; i++) {
        y[i] /= 100;
    }

    assert_int_equal(look(y), 0);
}


static void
takes_any_series(void **state)
{
    size_t i, n, round;
    double y[DAYS];

    (void) state;

    for (round = 0; round < 300; round++) {
        for (i = 0; i < DAYS; i++) {
            y[i] = round % 3 == 0   ? 1000 * noise()
                   : round % 3 == 1 ? (noise() > 0.3 ? 500 : 0)
                                    : pow(10, 6 * noise());
        }

        n = billing_anomalies(y, round % DAYS, FIRST + (billing_day_t) round,
            DAYS, 1, found, round % 4);
        assert_true(n < DAYS);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_usual_days_alone),
        cmocka_unit_test(finds_a_rise_and_a_fall),
        cmocka_unit_test(knows_that_days_are_not_whole),
        cmocka_unit_test(learns_a_new_level),
        cmocka_unit_test(tells_what_is_new),
        cmocka_unit_test(takes_any_series),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
