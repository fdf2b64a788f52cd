
/* Dates against a calendar that is counted day by day, and against libc. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/date.h"


#define LAST_DAY 2932896 /* 9999-12-31 */


static int
days_in(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
        31 };

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) {
        return 29;
    }

    return days[month - 1];
}


static void
agrees_with_a_counted_calendar(void **state)
{
    int             year, month, day;
    char            expected[32], text[BILLING_DAY_LEN];
    billing_day_t   n, parsed, first;
    billing_month_t m;

    (void) state;

    n = 0;

    for (year = 1970; year <= 9999; year++) {
        for (month = 1; month <= 12; month++) {
            m = year * 12 + month - 1;
            first = n;

            assert_int_equal(billing_month_first(m), first);
            assert_int_equal(billing_month_days(m), days_in(year, month));

            for (day = 1; day <= days_in(year, month); day++, n++) {
                snprintf(expected, sizeof(expected), "%04d-%02d-%02d", year,
                    month, day);
                billing_day_format(n, text);

                if (strcmp(text, expected) != 0
                    || billing_day_parse(billing_str_from(text), &parsed)
                           != BILLING_OK
                    || parsed != n || billing_month_of(n) != m
                    || billing_day_of_month(n) != day)
                {
                    fail_msg("day %d: %s is not %s", n, text, expected);
                }
            }

            assert_int_equal(billing_month_last(m), n - 1);
        }
    }

    assert_int_equal(n - 1, LAST_DAY);
}


static void
refuses_other_forms_of_a_day(void **state)
{
    size_t        i;
    billing_day_t day;

    static const char *cases[] = { "", "2026", "2026-03", "2026-3-01",
        "2026-03-1", "2026-03-00", "2026-03-32", "2026-02-29", "2100-02-29",
        "2026-04-31", "2026-00-01", "2026-13-01", "1969-12-31", "0000-01-01",
        "2026/03/01", "2026-03/01", "20260301", "2026-03-01 ", " 2026-03-01",
        "2026-03-0a", "2026-+3-01", "-026-03-01", "+2026-03-0",
        "2026-03-01T00:00:00Z", "12026-03-01" };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        day = 7;

        if (billing_day_parse(billing_str_from(cases[i]), &day)
                != BILLING_MALFORMED
            || day != 7)
        {
            fail_msg("\"%s\" is taken for a day", cases[i]);
        }
    }

    assert_int_equal(
        billing_day_parse((billing_str_t){ NULL, 0 }, &day), BILLING_MALFORMED);
    assert_int_equal(
        billing_day_parse(billing_str("2024-02-29"), &day), BILLING_OK);
}


static void
reads_and_writes_months(void **state)
{
    size_t          i;
    char            text[BILLING_MONTH_LEN];
    billing_month_t month;

    static const char *cases[] = { "", "2026-3", "2026-00", "2026-13",
        "2026-03-01", "1969-12", "2026 03", "2026-0x", "202603", "26-03-01",
        "-202-03" };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_month_parse(billing_str_from(cases[i]), &month),
            BILLING_MALFORMED);
    }

    for (month = 1970 * 12; month < 10000 * 12; month++) {
        billing_month_t parsed;

        billing_month_format(month, text);
        assert_int_equal(
            billing_month_parse(billing_str_from(text), &parsed), BILLING_OK);
        assert_int_equal(parsed, month);
    }

    billing_month_format(2026 * 12 + 2, text);
    assert_string_equal(text, "2026-03");
}


static void
agrees_with_libc_on_times(void **state)
{
    int       i;
    char      expected[64], text[BILLING_TIME_LEN];
    time_t    t, parsed;
    uint64_t  random;
    struct tm tm;

    (void) state;

    random = 88172645463325252ULL;

    for (i = 0; i < 100000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;

        t = (time_t) (random % ((uint64_t) (LAST_DAY + 1) * 86400));

        assert_non_null(gmtime_r(&t, &tm));
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm);

        billing_time_format(t, text);
        assert_string_equal(text, expected);
        assert_int_equal(
            billing_time_parse(billing_str_from(text), &parsed), BILLING_OK);
        assert_int_equal(parsed, t);
        assert_int_equal(billing_day_of(t), t / 86400);
    }
}


static void
refuses_other_forms_of_a_time(void **state)
{
    size_t i;
    time_t t;

    static const char *cases[] = { "", "2026-03-01", "2026-03-01T00:00:00",
        "2026-03-01T00:00:00z", "2026-03-01t00:00:00Z", "2026-03-01 00:00:00Z",
        "2026-03-01T24:00:00Z", "2026-03-01T00:60:00Z", "2026-03-01T00:00:60Z",
        "2026-02-30T00:00:00Z", "2026-03-01T00-00:00Z", "2026-03-01T00:00-00Z",
        "2026-03-01T-1:00:00Z", "2026-03-01T00:00:00.0Z",
        "2026-03-01T00:00:00+00:00" };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(billing_time_parse(billing_str_from(cases[i]), &t),
            BILLING_MALFORMED);
    }
}


static void
clamps_what_it_cannot_write(void **state)
{
    char day[BILLING_DAY_LEN], month[BILLING_MONTH_LEN], text[BILLING_TIME_LEN];

    (void) state;

    billing_day_format(-1, day);
    assert_string_equal(day, "1970-01-01");
    billing_day_format(INT32_MAX, day);
    assert_string_equal(day, "9999-12-31");
    billing_month_format(0, month);
    assert_string_equal(month, "1970-01");
    billing_month_format(INT32_MAX, month);
    assert_string_equal(month, "9999-12");
    billing_month_format(INT32_MIN, month);
    assert_string_equal(month, "1970-01");
    billing_time_format(-1, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    billing_time_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    assert_int_equal(billing_day_of(-1), 0);
    assert_int_equal(billing_day_of(INT64_MIN), 0);
    assert_int_equal(billing_day_of(INT64_MAX), LAST_DAY);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_counted_calendar),
        cmocka_unit_test(refuses_other_forms_of_a_day),
        cmocka_unit_test(reads_and_writes_months),
        cmocka_unit_test(agrees_with_libc_on_times),
        cmocka_unit_test(refuses_other_forms_of_a_time),
        cmocka_unit_test(clamps_what_it_cannot_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
