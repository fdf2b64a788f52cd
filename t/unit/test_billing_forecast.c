
/* Forecasts: what must hold whatever the series is, and made-up ones. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/forecast.h"
#include "noise.h"


#define STEPS 12


static void
near(double is, double want, double share)
{
    if (!(fabs(is - want) <= share * fabs(want))) {
        fail_msg("%g, not %g", is, want);
    }
}


static void
says_when_it_does_not_know(void **state)
{
    double                   y[] = { 0, 0, 5, 7 };
    billing_forecast_point_t p[2];

    (void) state;

    assert_int_equal(billing_forecast(y, 0, 2, p), BILLING_FORECAST_NONE);
    assert_int_equal(billing_forecast(y, 2, 2, p), BILLING_FORECAST_NONE);
    assert_true(isnan(p[0].expected) && isnan(p[1].low) && isnan(p[1].high));

    assert_int_equal(billing_forecast(y, 4, 2, p), BILLING_FORECAST_LAST);
    assert_true(p[0].expected == 7 && p[1].expected == 7);
    assert_true(isnan(p[0].low) && isnan(p[1].high));
}


static void
keeps_what_does_not_change(void **state)
{
    size_t                   i, n;
    double                   y[100];
    billing_forecast_point_t p[STEPS];

    (void) state;

    for (i = 0; i < 100; i++) {
        y[i] = 42;
    }

    for (n = 3; n <= 100; n++) {
        assert_int_not_equal(
            billing_forecast(y, n, STEPS, p), BILLING_FORECAST_NONE);

        for (i = 0; i < STEPS; i++) {
            near(p[i].expected, 42, 1e-9);
            near(p[i].low, 42, 1e-6);
            near(p[i].high, 42, 1e-6);
        }
    }
}


static void
follows_a_trend_and_a_season(void **state)
{
    size_t                   i;
    double                   y[84];
    billing_forecast_point_t p[STEPS];

    (void) state;

    for (i = 0; i < 84; i++) {
        y[i] = (1000 + 10 * (double) i) * (i % 12 == 11 ? 1.5 : 1);
    }

    (void) billing_forecast(y, 72, STEPS, p);

    for (i = 0; i < STEPS; i++) {
        near(p[i].expected, y[72 + i], 0.06);
    }
}


/* A new level, after a move: what was before says nothing of it. */
static void
begins_anew_where_the_level_has_moved(void **state)
{
    size_t                   i;
    double                   y[30];
    billing_forecast_point_t p[1];

    (void) state;

    for (i = 0; i < 30; i++) {
        y[i] = (i < 27 ? 100 : 300) + noise();
    }

    (void) billing_forecast(y, 30, 1, p);
    near(p[0].expected, 300, 0.02);
}


static void
does_not_mind_the_unit(void **state)
{
    size_t                   i, n;
    double                   y[60], z[60];
    billing_forecast_point_t p[STEPS], q[STEPS];

    (void) state;

    for (i = 0; i < 60; i++) {
        y[i] = 100 + 20 * noise() + (double) i;
        z[i] = 1e6 * y[i];
    }

    for (n = 3; n <= 60; n += 3) {
        assert_int_equal(
            billing_forecast(y, n, STEPS, p), billing_forecast(z, n, STEPS, q));

        for (i = 0; i < STEPS; i++) {
            near(q[i].expected, 1e6 * p[i].expected, 1e-9);
            near(q[i].low, 1e6 * p[i].low, 1e-9);
            near(q[i].high, 1e6 * p[i].high, 1e-9);
        }
    }
}


static void
is_in_order_and_not_below_zero(void **state)
{
    size_t                   i, n, round;
    double                   y[130];
    billing_forecast_point_t p[STEPS];

    (void) state;

    for (round = 0; round < 200; round++) {
        for (i = 0; i < 130; i++) {
            y[i] = fabs(pow(10, 3 * noise()) - (double) (round % 2));
        }

        n = 3 + round % 128;
        (void) billing_forecast(y, n, STEPS, p);

        for (i = 0; i < STEPS; i++) {
            assert_true(isfinite(p[i].expected) && p[i].low >= 0);
            assert_true(p[i].low <= p[i].expected);
            assert_true(p[i].expected <= p[i].high);
        }
    }
}


static void
goes_below_zero_where_history_did(void **state)
{
    size_t                   i;
    double                   y[40];
    billing_forecast_point_t p[STEPS];

    (void) state;

    for (i = 0; i < 40; i++) {
        y[i] = -50 + 10 * noise();
    }

    (void) billing_forecast(y, 40, STEPS, p);
    assert_true(p[0].expected < 0 && p[STEPS - 1].expected < 0);
}


/* Four of five outcomes lie within: of a level that wanders. */
static void
holds_four_of_five(void **state)
{
    size_t                   i, n, round, held, all;
    double                   y[60 + STEPS], level;
    billing_forecast_point_t p[STEPS];
    static const size_t      histories[] = { 12, 24, 60 };

    (void) state;

    for (n = 0; n < 3; n++) {
        held = all = 0;

        for (round = 0; round < 400; round++) {
            level = 100;

            for (i = 0; i < histories[n] + STEPS; i++) {
                level += 3 * noise();
                y[i] = level + 8 * noise();
            }

            (void) billing_forecast(y, histories[n], STEPS, p);

            for (i = 0; i < STEPS; i++) {
                all++;
                held += y[histories[n] + i] >= p[i].low
                        && y[histories[n] + i] <= p[i].high;
            }
        }

        if (held * 100 < all * 72 || held * 100 > all * 92) {
            fail_msg("%zu of %zu with %zu", held, all, histories[n]);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_when_it_does_not_know),
        cmocka_unit_test(keeps_what_does_not_change),
        cmocka_unit_test(follows_a_trend_and_a_season),
        cmocka_unit_test(begins_anew_where_the_level_has_moved),
        cmocka_unit_test(does_not_mind_the_unit),
        cmocka_unit_test(is_in_order_and_not_below_zero),
        cmocka_unit_test(goes_below_zero_where_history_did),
        cmocka_unit_test(holds_four_of_five),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
