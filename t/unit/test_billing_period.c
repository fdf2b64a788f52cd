
/*
 * Periods, against libc's calendar: strftime() and timegm() know nothing of
 * how days are counted here.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "core/period.h"
#include "random.h"


#define DAY_SEC 86400
#define RANGES  3000


static billing_day_t
day(const char *text)
{
    billing_day_t value;

    assert_int_equal(
        billing_day_parse(billing_str_from(text), &value), BILLING_OK);

    return value;
}


static billing_range_t
range(const char *first, const char *last)
{
    return (billing_range_t){ day(first), day(last) };
}


static void
assert_range(billing_range_t one, const char *first, const char *last)
{
    char text[2][BILLING_DAY_LEN];

    billing_day_format(one.first, text[0]);
    billing_day_format(one.last, text[1]);
    assert_string_equal(text[0], first);
    assert_string_equal(text[1], last);
}


static struct tm
civil(billing_day_t of)
{
    time_t    t;
    struct tm tm;

    t = (time_t) of * DAY_SEC;
    assert_non_null(gmtime_r(&t, &tm));

    return tm;
}


static billing_day_t
counted(struct tm tm)
{
    return (billing_day_t) (timegm(&tm) / DAY_SEC);
}


/* What libc calls the period that a day is in. */
static void
name_of(billing_period_t period, billing_day_t of, char out[32])
{
    struct tm tm;

    static const char *const formats[] = { "%Y-%m-%d", "%G-W%V", "%Y-%m", NULL,
        "%Y" };

    tm = civil(of);

    if (period == BILLING_PERIOD_QUARTER) {
        (void) snprintf(
            out, 32, "%d-Q%d", tm.tm_year + 1900, tm.tm_mon / 3 + 1);
    } else {
        assert_true(strftime(out, 32, formats[period], &tm) > 0);
    }
}


/* Every day of 150 years has the name that libc has for it. */
static void
names_every_day(void **state)
{
    char             name[BILLING_PERIOD_LEN], wanted[32];
    billing_day_t    of, last;
    billing_range_t  all, parsed;
    billing_period_t period;

    (void) state;

    last = day("2120-12-31");

    for (of = 0; of <= last; of++) {
        for (period = BILLING_PERIOD_DAY; period < BILLING_PERIOD_MAX; period++)
        {
            name_of(period, of, wanted);
            billing_period_format(
                period, billing_period_number(period, of), name);
            assert_string_equal(name, wanted);

            all = billing_period_range(
                period, billing_period_number(period, of));
            assert_true(all.first <= of && of <= all.last);

            if (all.first < 0) {
                continue;
            }

            assert_int_equal(
                billing_period_parse(billing_str_from(name), 0, &parsed),
                BILLING_OK);
            assert_int_equal(parsed.first, all.first);
            assert_int_equal(parsed.last, all.last);
        }
    }
}


/* One after another, none left out, each with all days of its name. */
static void
follow_each_other(void **state)
{
    char             before[32], first[32], last[32], after[32];
    int32_t          number, end;
    billing_range_t  one, next;
    billing_period_t period;

    (void) state;

    for (period = BILLING_PERIOD_DAY; period < BILLING_PERIOD_MAX; period++) {
        number = billing_period_number(period, day("1971-01-01"));
        end = billing_period_number(period, day("2110-12-31"));

        for (; number < end; number++) {
            one = billing_period_range(period, number);
            next = billing_period_range(period, number + 1);
            assert_int_equal(one.last + 1, next.first);

            name_of(period, one.first - 1, before);
            name_of(period, one.first, first);
            name_of(period, one.last, last);
            name_of(period, one.last + 1, after);

            assert_string_equal(first, last);
            assert_string_not_equal(before, first);
            assert_string_not_equal(last, after);
        }
    }
}


static billing_range_t
any_range(unsigned days)
{
    billing_range_t one;

    one.first = day("1972-01-01") + (billing_day_t) test_random_below(50000);
    one.last = one.first + (billing_day_t) test_random_below(days);

    return one;
}


/* Cut day by day: a period goes on for as long as its name stays. */
static void
cut_one(billing_period_t period, billing_range_t one)
{
    int             partial, wanted;
    char            name[32], now[32], text[BILLING_PERIOD_LEN];
    unsigned        i;
    billing_day_t   of;
    billing_range_t part;

    of = one.first;

    for (i = 0; of <= one.last; i++) {
        part = billing_period_part(period, one, i, &partial);
        assert_int_equal(part.first, of);

        name_of(period, of, name);
        billing_period_format(period,
            billing_period_number(period, one.first) + (int32_t) i, text);
        assert_string_equal(text, name);

        name_of(period, of - 1, now);
        wanted = strcmp(now, name) == 0;

        do {
            name_of(period, ++of, now);
        } while (of <= one.last && strcmp(now, name) == 0);

        wanted |= strcmp(now, name) == 0;

        assert_int_equal(part.last, of - 1);
        assert_int_equal(partial, wanted);
    }

    assert_int_equal(billing_period_count(period, one), i);
}


static void
cuts_ranges(void **state)
{
    unsigned         i;
    billing_range_t  one;
    billing_period_t period;

    (void) state;


    for (i = 0; i < RANGES; i++) {
        one = any_range(i % 3 == 0 ? 1900 : 60);

        for (period = BILLING_PERIOD_DAY; period < BILLING_PERIOD_MAX; period++)
        {
            cut_one(period, one);
        }
    }
}


static int
is_first(struct tm tm)
{
    return tm.tm_mday == 1;
}


/* As libc reckons with months that are out of range. */
static void
compares_ranges(void **state)
{
    int             months, whole;
    unsigned        i;
    struct tm       first, last, end;
    billing_range_t one, found;

    (void) state;


    for (i = 0; i < RANGES; i++) {
        one = any_range(900);

        if (i % 2 == 0) { /* whole months */
            first = civil(one.first);
            first.tm_mday = 1;
            one.first = counted(first);
            last = civil(one.last);
            last.tm_mon++;
            last.tm_mday = 0;
            one.last = counted(last);
        }

        first = civil(one.first);
        last = civil(one.last);
        end = civil(one.last + 1);
        whole = is_first(first) && is_first(end);
        months = (end.tm_year - first.tm_year) * 12 + end.tm_mon - first.tm_mon;

        assert_int_equal(billing_period_previous(one, &found), BILLING_OK);
        assert_int_equal(found.last + 1, one.first);

        if (whole) {
            first.tm_mon -= months;
            assert_int_equal(found.first, counted(first));
            first.tm_mon += months;
        } else {
            assert_int_equal(found.last - found.first, one.last - one.first);
        }

        assert_int_equal(billing_period_year_before(one, &found), BILLING_OK);

        first.tm_year--;
        last.tm_year--;
        end.tm_year--;

        if (first.tm_mon == 1 && first.tm_mday == 29) {
            first.tm_mday = 28;
        }

        if (last.tm_mon == 1 && last.tm_mday == 29) {
            last.tm_mday = 28;
        }

        assert_int_equal(found.first, counted(first));
        assert_int_equal(found.last, whole ? counted(end) - 1 : counted(last));
    }
}


static void
knows_hard_cases(void **state)
{
    unsigned        i;
    billing_range_t found;

    static const struct {
        const char *first, *last;
        const char *previous[2], *year[2];
    } cases[] = {
        /* a month, a quarter and a year: the one before */
        { "2026-03-01", "2026-03-31", { "2026-02-01", "2026-02-28" },
            { "2025-03-01", "2025-03-31" } },
        { "2026-01-01", "2026-03-31", { "2025-10-01", "2025-12-31" },
            { "2025-01-01", "2025-03-31" } },
        { "2025-01-01", "2025-12-31", { "2024-01-01", "2024-12-31" },
            { "2024-01-01", "2024-12-31" } },
        /* months over the end of a year */
        { "2025-12-01", "2026-01-31", { "2025-10-01", "2025-11-30" },
            { "2024-12-01", "2025-01-31" } },
        /* February */
        { "2024-02-01", "2024-02-29", { "2024-01-01", "2024-01-31" },
            { "2023-02-01", "2023-02-28" } },
        { "2025-02-01", "2025-02-28", { "2025-01-01", "2025-01-31" },
            { "2024-02-01", "2024-02-29" } },
        { "2024-02-29", "2024-02-29", { "2024-02-28", "2024-02-28" },
            { "2023-02-28", "2023-02-28" } },
        { "2024-03-01", "2024-03-01", { "2024-02-29", "2024-02-29" },
            { "2023-03-01", "2023-03-01" } },
        { "2025-02-10", "2025-02-28", { "2025-01-22", "2025-02-09" },
            { "2024-02-10", "2024-02-28" } },
        /* 2026-W53, of which 2025 has none */
        { "2026-12-28", "2027-01-03", { "2026-12-21", "2026-12-27" },
            { "2025-12-28", "2026-01-03" } },
        { "2026-11-01", "2026-11-28", { "2026-10-04", "2026-10-31" },
            { "2025-11-01", "2025-11-28" } },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(billing_period_previous(
                             range(cases[i].first, cases[i].last), &found),
            BILLING_OK);
        assert_range(found, cases[i].previous[0], cases[i].previous[1]);

        assert_int_equal(billing_period_year_before(
                             range(cases[i].first, cases[i].last), &found),
            BILLING_OK);
        assert_range(found, cases[i].year[0], cases[i].year[1]);
    }
}


/* There is nothing before 1970. */
static void
ends_where_days_do(void **state)
{
    billing_range_t found;

    (void) state;

    assert_int_equal(
        billing_period_previous(range("1970-01-02", "1970-01-02"), &found),
        BILLING_OK);
    assert_range(found, "1970-01-01", "1970-01-01");
    assert_int_equal(
        billing_period_previous(range("1970-01-02", "1970-01-03"), &found),
        BILLING_INVALID);
    assert_int_equal(
        billing_period_previous(range("1970-02-01", "1970-02-28"), &found),
        BILLING_OK);
    assert_range(found, "1970-01-01", "1970-01-31");
    assert_int_equal(
        billing_period_previous(range("1970-02-01", "1970-03-31"), &found),
        BILLING_INVALID);
    assert_int_equal(
        billing_period_year_before(range("1971-01-01", "1971-12-31"), &found),
        BILLING_OK);
    assert_int_equal(
        billing_period_year_before(range("1970-12-31", "1971-12-31"), &found),
        BILLING_INVALID);
}


static void
reads_names(void **state)
{
    unsigned        i;
    billing_day_t   today;
    billing_range_t found;

    static const struct {
        const char *text, *first, *last;
    } cases[] = {
        { "2026-03-09", "2026-03-09", "2026-03-09" },
        { "2024-02-29", "2024-02-29", "2024-02-29" },
        { "2026-03", "2026-03-01", "2026-03-31" },
        { "2026-Q1", "2026-01-01", "2026-03-31" },
        { "2026-Q4", "2026-10-01", "2026-12-31" },
        { "2026", "2026-01-01", "2026-12-31" },
        { "1970", "1970-01-01", "1970-12-31" },
        { "9999", "9999-01-01", "9999-12-31" },
        { "2026-W11", "2026-03-09", "2026-03-15" },
        { "2026-W01", "2025-12-29", "2026-01-04" },
        { "2026-W53", "2026-12-28", "2027-01-03" },
        { "1970-W02", "1970-01-05", "1970-01-11" },
        { "9999-W51", "9999-12-20", "9999-12-26" },
        /* on Monday 2026-11-30 */
        { "today", "2026-11-30", "2026-11-30" },
        { "yesterday", "2026-11-29", "2026-11-29" },
        { "this_week", "2026-11-30", "2026-12-06" },
        { "last_week", "2026-11-23", "2026-11-29" },
        { "this_month", "2026-11-01", "2026-11-30" },
        { "last_month", "2026-10-01", "2026-10-31" },
        { "this_quarter", "2026-10-01", "2026-12-31" },
        { "last_quarter", "2026-07-01", "2026-09-30" },
        { "this_year", "2026-01-01", "2026-12-31" },
        { "last_year", "2025-01-01", "2025-12-31" },
        { "-1d", "2026-11-29", "2026-11-29" },
        { "-30d", "2026-10-31", "2026-10-31" },
        { "-2w", "2026-11-16", "2026-11-22" },
        { "-3m", "2026-08-01", "2026-08-31" },
        { "-11m", "2025-12-01", "2025-12-31" },
        { "-4q", "2025-10-01", "2025-12-31" },
        { "-9999d", "1999-07-16", "1999-07-16" },
        { "-56y", "1970-01-01", "1970-12-31" },
    };

    static const char *const wrong[] = { "", "2", "202", "20266", "1969",
        "0000", "1969-12", "1969-12-31", "1969-Q4", "1969-W52", "1970-W01",
        "9999-W52", "2026-W00", "2025-W53", "2026-W54", "2026-W99", "2026-W1",
        "2026-w11", "2026W11", "2026-W1x", "2026-Q0", "2026-Q5", "2026-Qx",
        "2026-q1", "2026/Q1", "2026-13", "2026-00", "2026-02-29", "2026-3-09",
        "202x", "xxxx-W11", "Today", "today ", "this_day", "last_day",
        "last month", "next_month", "this_", "-", "-m", "-0m", "-03m", "-3",
        "-3h", "-3M", "3m", "+3m", "--3m", "-x3m", "-3xm", "-10000d", "-57y",
        "-9999y", "-9999w", "-3m-", "2026-03-09T00:00:00Z" };

    (void) state;

    today = day("2026-11-30");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(billing_period_parse(
                             billing_str_from(cases[i].text), today, &found),
            BILLING_OK);
        assert_range(found, cases[i].first, cases[i].last);
    }

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (billing_period_parse(billing_str_from(wrong[i]), today, &found)
            != BILLING_MALFORMED)
        {
            fail_msg("\"%s\" is a period", wrong[i]);
        }
    }
}


/* A string's end is its length: what stands behind it is not looked at. */
static void
reads_what_is_counted(void **state)
{
    size_t          len;
    billing_range_t found;

    static const char text[] = "2026-03-09";

    (void) state;

    for (len = 0; len < sizeof(text); len++) {
        assert_int_equal(
            billing_period_parse((billing_str_t){ text, len }, 0, &found),
            len == 4 || len == 7 || len == 10 ? BILLING_OK : BILLING_MALFORMED);
    }
}


static void
has_limits(void **state)
{
    unsigned i;

    static const struct {
        const char      *first, *last;
        billing_period_t period;
        billing_status_t status;
    } cases[] = {
        { "2021-01-01", "2026-02-28", BILLING_PERIOD_MONTH, BILLING_OK },
        { "2021-01-01", "2026-03-01", BILLING_PERIOD_MONTH, BILLING_LIMIT },
        { "2020-12-31", "2026-02-28", BILLING_PERIOD_YEAR, BILLING_LIMIT },
        { "2021-01-31", "2026-02-01", BILLING_PERIOD_WEEK, BILLING_OK },
        { "2024-01-01", "2026-03-10", BILLING_PERIOD_DAY, BILLING_OK },
        { "2024-01-01", "2026-03-11", BILLING_PERIOD_DAY, BILLING_LIMIT },
        { "2024-01-01", "2026-03-11", BILLING_PERIOD_WEEK, BILLING_OK },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(billing_period_limit(cases[i].period,
                             range(cases[i].first, cases[i].last)),
            cases[i].status);
    }

    assert_int_equal(
        billing_period_days(range("2024-01-01", "2026-03-10")), 800);
}


/* This month has 28 closed days: so many of the last are compared. */
static void
begins_ranges(void **state)
{
    (void) state;

    assert_range(billing_period_begin(range("2026-10-01", "2026-10-31"), 28),
        "2026-10-01", "2026-10-28");
    assert_range(billing_period_begin(range("2026-02-01", "2026-02-28"), 30),
        "2026-02-01", "2026-02-28");
    assert_range(billing_period_begin(range("2026-02-01", "2026-02-28"), 1),
        "2026-02-01", "2026-02-01");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_every_day),
        cmocka_unit_test(follow_each_other),
        cmocka_unit_test(cuts_ranges),
        cmocka_unit_test(compares_ranges),
        cmocka_unit_test(knows_hard_cases),
        cmocka_unit_test(ends_where_days_do),
        cmocka_unit_test(reads_names),
        cmocka_unit_test(reads_what_is_counted),
        cmocka_unit_test(has_limits),
        cmocka_unit_test(begins_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
