
/*
 * Money against a slow reference that works on strings of digits: no binary
 * number of any width takes part in it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/money.h"


#define MONEY_MAX ((billing_money_t) (~(unsigned __int128) 0 >> 1))
#define MONEY_MIN (-MONEY_MAX - 1)
#define PICO      ((billing_money_t) 1000000000000LL)


static uint64_t random_state = 88172645463325252ULL;


static uint64_t
random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;

    return random_state;
}


static unsigned
random_below(unsigned n)
{
    return (unsigned) (random_next() % n);
}


/* ---- the reference ---- */

#define REF_WHOLE  700
#define REF_PLACES 1400

/* Digits of an amount, the point before digits[REF_WHOLE]. */
typedef struct {
    char digits[REF_PLACES];
    int  negative;
} ref_t;


/* Lays the digits of a well-formed number out where they belong. */
static void
ref_read(const char *text, ref_t *ref)
{
    int         point, n, i, place;
    char        digits[512];
    const char *p;

    memset(ref->digits, 0, sizeof(ref->digits));

    ref->negative = *text == '-';
    p = text + (*text == '-' || *text == '+');

    n = 0;
    point = -1;

    for (/* void */; *p != '\0' && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            point = n;
        } else {
            digits[n++] = (char) (*p - '0');
        }
    }

    if (point < 0) {
        point = n;
    }

    if (*p != '\0') {
        point += atoi(p + 1);
    }

    for (i = 0; i < n; i++) {
        place = REF_WHOLE - point + i;

        if (digits[i] != 0) {
            assert_in_range(place, 0, REF_PLACES - 1);
            ref->digits[place] = digits[i];
        }
    }
}


/* Rounds at 12 fraction digits. */
static void
ref_round(ref_t *ref)
{
    int   i, up;
    char *next;

    next = ref->digits + REF_WHOLE + 12;
    up = next[0] > 5;

    if (next[0] == 5) {
        up = next[-1] % 2;

        for (i = REF_WHOLE + 13; i < REF_PLACES; i++) {
            up |= ref->digits[i] != 0;
        }
    }

    memset(next, 0, (size_t) (REF_PLACES - REF_WHOLE - 12));

    for (i = REF_WHOLE + 11; up; i--) {
        ref->digits[i]++;
        up = ref->digits[i] == 10;

        if (up) {
            ref->digits[i] = 0;
        }
    }
}


/* The text that the header promises, or "" where it promises a limit. */
static void
ref_text(const char *number, char *out)
{
    int   i, last, seen;
    ref_t ref;

    ref_read(number, &ref);
    ref_round(&ref);

    seen = 0;

    for (i = 0; i < REF_PLACES; i++) {
        seen |= ref.digits[i] != 0;

        if (ref.digits[i] != 0 && i < REF_WHOLE - 24) {
            *out = '\0';
            return;
        }
    }

    if (ref.negative && seen) {
        *out++ = '-';
    }

    for (i = REF_WHOLE - 24; i < REF_WHOLE - 1 && ref.digits[i] == 0; i++) {
        /* void */
    }

    for (/* void */; i < REF_WHOLE; i++) {
        *out++ = (char) ('0' + ref.digits[i]);
    }

    *out++ = '.';

    for (last = REF_WHOLE + 11; last > REF_WHOLE + 1; last--) {
        if (ref.digits[last] != 0) {
            break;
        }
    }

    for (/* void */; i <= last; i++) {
        *out++ = (char) ('0' + ref.digits[i]);
    }

    *out = '\0';
}


static void
check_number(const char *number)
{
    char             expected[64], text[BILLING_MONEY_LEN];
    size_t           len;
    billing_money_t  value;
    billing_status_t status;

    ref_text(number, expected);

    status = billing_money_parse(billing_str_from(number), &value);

    if (expected[0] == '\0') {
        if (status != BILLING_LIMIT) {
            fail_msg("\"%s\": status %d", number, status);
        }

        return;
    }

    if (status != BILLING_OK) {
        fail_msg("\"%s\": status %d", number, status);
    }

    len = billing_money_format(value, text);

    if (len != strlen(text) || strcmp(text, expected) != 0) {
        fail_msg("\"%s\": \"%s\" is not \"%s\"", number, text, expected);
    }
}


/* ---- reading and writing ---- */

static void
random_number(char *p)
{
    int i, whole, fraction;

    static const char signs[] = "-+";
    static const char sparse[] = "0000599912";

    if (random_below(3) > 0) {
        *p++ = signs[random_below(2)];
    }

    whole = 1 + (int) random_below(random_below(4) == 0 ? 60 : 26);
    fraction = (int) random_below(random_below(4) == 0 ? 60 : 16);

    for (i = 0; i < whole; i++) {
        *p++ = random_below(2) ? sparse[random_below(10)]
                               : (char) ('0' + random_below(10));
    }

    if (fraction > 0) {
        *p++ = '.';
    }

    for (i = 0; i < fraction; i++) {
        *p++ = random_below(2) ? sparse[random_below(10)]
                               : (char) ('0' + random_below(10));
    }

    if (random_below(2)) {
        p += sprintf(
            p, random_below(2) ? "e%d" : "E%+d", (int) random_below(80) - 40);
    }

    *p = '\0';
}


static void
agrees_with_the_reference(void **state)
{
    int  i;
    char number[256];

    (void) state;

    for (i = 0; i < 300000; i++) {
        random_number(number);
        check_number(number);
    }
}


static void
agrees_with_the_reference_at_the_edges(void **state)
{
    size_t i;

    static const char *cases[] = { "0", "-0", "+0", "0.0", "-0.0e5", "00012",
        "1", "-1", "1.5", "1234.5", "0.0000000095", "-0.0000000095", "1e-12",
        "1e-13", "5e-13", "5.0000000000000000000000000000001e-13", "1.5e-12",
        "2.5e-12", "3.5e-12", "-2.5e-12", "-1.5e-12",
        "0.4999999999999999999e-12", "0.0000000000005",
        "0.00000000000050000000000000000000000000000000000000000000001",
        "999999999999999999999999.999999999999",
        "-999999999999999999999999.999999999999",
        "999999999999999999999999.9999999999994999999",
        "999999999999999999999999.9999999999995",
        "999999999999999999999999.9999999999999", "1e24", "-1e24", "1e23",
        "0.1e25", "0.01e25", "0000000000000000000000000000000000000001",
        "1000000000000000000000000", "100000000000000000000000", "1e-400",
        "0e400", "0.0e-400", "1e400", "9e-13", "19.999999999999999999",
        "99.9999999999995", "99.9999999999985" };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_number(cases[i]);
    }
}


static void
takes_exponents_of_any_length(void **state)
{
    billing_money_t value;

    (void) state;

    assert_int_equal(
        billing_money_parse(
            billing_str("0e99999999999999999999999999999999"), &value),
        BILLING_OK);
    assert_true(value == 0);
    assert_int_equal(
        billing_money_parse(
            billing_str("1e99999999999999999999999999999999"), &value),
        BILLING_LIMIT);
    assert_int_equal(
        billing_money_parse(
            billing_str("1e-99999999999999999999999999999999"), &value),
        BILLING_OK);
    assert_true(value == 0);
    assert_int_equal(
        billing_money_parse(billing_str("1e000000000000000000001"), &value),
        BILLING_OK);
    assert_true(value == 10 * PICO);
}


static void
takes_digits_of_any_number(void **state)
{
    static char     text[100001];
    billing_money_t value;

    (void) state;

    memset(text, '0', sizeof(text));
    memcpy(text, "0.", 2);
    text[50000] = '7';
    memcpy(text + sizeof(text) - 7, "e050000", 7);

    /* 0.(49998 zeros)7... shifted by 50000: the 7 is two places up */
    assert_int_equal(
        billing_money_parse((billing_str_t){ text, sizeof(text) }, &value),
        BILLING_OK);
    assert_true(value == 70 * PICO);
}


static void
refuses_what_is_no_number(void **state)
{
    size_t          i;
    billing_money_t value;

    static const billing_str_t cases[] = { billing_str(""), billing_str("-"),
        billing_str("+"), billing_str("."), billing_str(".5"),
        billing_str("5."), billing_str("-.5"), billing_str("1.e5"),
        billing_str("e5"), billing_str("1e"), billing_str("1e+"),
        billing_str("1e-"), billing_str("1e5.0"), billing_str("1e5e5"),
        billing_str("1.2.3"), billing_str("--1"), billing_str("+-1"),
        billing_str(" 1"), billing_str("1 "), billing_str("1\n"),
        billing_str("1,5"), billing_str("1'000"), billing_str("0x10"),
        billing_str("1p5"), billing_str("nan"), billing_str("inf"),
        billing_str("-inf"), billing_str("Infinity"), billing_str("1\0"),
        billing_str("\0"), billing_str("1\0002"), billing_str("$1"),
        billing_str("1d"), billing_str("\xd9\xa1"), { NULL, 0 } };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        value = 7;

        if (billing_money_parse(cases[i], &value) != BILLING_MALFORMED
            || value != 7) {
            fail_msg("case %zu is taken for a number", i);
        }
    }
}


static void
writes_every_size(void **state)
{
    char   text[BILLING_MONEY_LEN];
    size_t i;

    static const struct {
        billing_money_t value;
        const char     *text;
    } cases[] = {
        { 0, "0.00" },
        { 1, "0.000000000001" },
        { -1, "-0.000000000001" },
        { 10 * PICO, "10.00" },
        { PICO / 10, "0.10" },
        { PICO / 100, "0.01" },
        { PICO / 1000, "0.001" },
        { 1234 * PICO + PICO / 2, "1234.50" },
        { -2 * PICO - 613700000000LL, "-2.6137" },
        { PICO - 1, "0.999999999999" },
        { MONEY_MAX, "170141183460469231731687303.715884105727" },
        { MONEY_MIN, "-170141183460469231731687303.715884105728" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_money_format(cases[i].value, text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}


/* ---- sums and changes ---- */

static void
adds_exactly(void **state)
{
    int             i;
    char            text[BILLING_MONEY_LEN];
    billing_money_t sum, cent;

    (void) state;

    sum = 0;
    assert_int_equal(
        billing_money_parse(billing_str("0.1"), &cent), BILLING_OK);

    for (i = 0; i < 1000000; i++) {
        assert_int_equal(billing_money_add(&sum, cent), BILLING_OK);
    }

    billing_money_format(sum, text);
    assert_string_equal(text, "100000.00");
}


static void
stops_before_an_overflow(void **state)
{
    billing_money_t sum;

    (void) state;

    sum = MONEY_MAX - 1;
    assert_int_equal(billing_money_add(&sum, 1), BILLING_OK);
    assert_int_equal(billing_money_add(&sum, 1), BILLING_LIMIT);
    assert_true(sum == MONEY_MAX);

    sum = MONEY_MIN + 1;
    assert_int_equal(billing_money_add(&sum, -1), BILLING_OK);
    assert_int_equal(billing_money_add(&sum, -1), BILLING_LIMIT);
    assert_true(sum == MONEY_MIN);
    assert_int_equal(billing_money_add(&sum, MONEY_MAX), BILLING_OK);
    assert_true(sum == -1);
}


static void
tells_the_change_in_percent(void **state)
{
    char   text[BILLING_MONEY_LEN];
    size_t i;

    static const struct {
        billing_money_t now;
        billing_money_t before;
        const char     *text;
    } cases[] = {
        { 150, 100, "50.0" },
        { 100, 100, "0.0" },
        { 0, 100, "-100.0" },
        { 0, -100, "100.0" },
        { -100, 100, "-200.0" },
        { -150, -100, "-50.0" },
        { 50, -100, "150.0" },
        { 9, 8, "12.5" },
        { 7, 8, "-12.5" },
        { 10005, 10000, "0.0" }, /* 0.05, half to even */
        { 10015, 10000, "0.2" }, /* 0.15 */
        { 10025, 10000, "0.2" }, /* 0.25 */
        { 10035, 10000, "0.4" }, /* 0.35 */
        { 9995, 10000, "0.0" },  /* no -0.0 */
        { 9985, 10000, "-0.2" },
        { 10006, 10000, "0.1" },
        { 4, 3, "33.3" },
        { 5, 3, "66.7" },
        { 19999, 10000, "100.0" }, /* 99.99 */
        { 1, 3, "-66.7" },
        { 109996, 10000, "1000.0" }, /* 999.96: a digit more */
        { MONEY_MAX, MONEY_MIN, "200.0" },
        { MONEY_MIN, MONEY_MAX, "-200.0" },
        { MONEY_MIN, MONEY_MIN, "0.0" },
        { MONEY_MAX, 1, "17014118346046923173168730371588410572600.0" },
        { MONEY_MAX, -1, "17014118346046923173168730371588410572800.0" },
        { MONEY_MIN, 1, "-17014118346046923173168730371588410572900.0" },
        { MONEY_MIN, -1, "-17014118346046923173168730371588410572700.0" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_money_change(cases[i].now, cases[i].before, text),
            BILLING_OK);
        assert_string_equal(text, cases[i].text);
    }

    assert_int_equal(billing_money_change(1, 0, text), BILLING_INVALID);
    assert_int_equal(billing_money_change(0, 0, text), BILLING_INVALID);
}


/*
 * |change * before - 1000 * (now - before)| is never more than half of before,
 * and exactly half only with an even last digit; change is read back as
 * tenths of a percent.
 */
static void
rounds_the_change_to_the_nearest(void **state)
{
    int     i;
    char    text[BILLING_MONEY_LEN], *point;
    int64_t now, before, tenths, off;

    (void) state;

    for (i = 0; i < 200000; i++) {
        now = (int64_t) random_below(20001) - 10000;
        before = (int64_t) random_below(20001) - 10000;

        if (before == 0) {
            continue;
        }

        assert_int_equal(billing_money_change(now, before, text), BILLING_OK);

        point = strchr(text, '.');
        assert_non_null(point);
        assert_int_equal(strlen(point), 2);
        memmove(point, point + 1, 2);
        tenths = strtoll(text, NULL, 10);

        off = llabs(tenths * llabs(before) - 1000 * (now - before));

        if (2 * off > llabs(before)
            || (2 * off == llabs(before) && tenths % 2 != 0)) {
            fail_msg(
                "%lld to %lld: %s", (long long) before, (long long) now, text);
        }
    }
}


/* value x numerator / denominator, halves to the even digit. */
static void
scales(void **state)
{
    unsigned        i;
    billing_money_t most, scaled, exact;

    static const struct {
        const char *value;
        int32_t     numerator;
        uint32_t    denominator;
        const char *scaled;
    } cases[] = {
        { "30.00", 1, 30, "1.00" },
        { "30.00", -2, 30, "-2.00" },
        { "-30.00", -2, 30, "2.00" },
        { "10.00", 1, 3, "3.333333333333" },
        { "20.00", 1, 3, "6.666666666667" },
        { "-20.00", 1, 3, "-6.666666666667" },
        { "0.000000000001", 1, 2, "0.00" },
        { "0.000000000003", 1, 2, "0.000000000002" },
        { "-0.000000000003", 1, 2, "-0.000000000002" },
        { "0.000000000005", 1, 2, "0.000000000002" },
        { "0.000000000005", 3, 2, "0.000000000008" },
        { "0.000000000001", 2, 3, "0.000000000001" },
        { "0.000000000001", 1, 3, "0.00" },
        { "7.00", 0, 31, "0.00" },
        { "0.00", -31, 28, "0.00" },
        { "999999999999999999999999.999999999999", 31, 31,
            "999999999999999999999999.999999999999" },
        { "9999999999999999999999.999999999999", 100, 1,
            "999999999999999999999999.9999999999" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_money_parse(billing_str_from(cases[i].value), &exact),
            BILLING_OK);
        assert_int_equal(billing_money_scale(exact, cases[i].numerator,
                             cases[i].denominator, &scaled),
            BILLING_OK);
        assert_int_equal(
            billing_money_parse(billing_str_from(cases[i].scaled), &exact),
            BILLING_OK);
        assert_true(scaled == exact);
    }

    most = MONEY_MAX;

    assert_int_equal(
        billing_money_scale(most, INT32_MIN, 2147483648U, &scaled), BILLING_OK);
    assert_true(scaled == -most);
    assert_int_equal(billing_money_scale(most, 2, 1, &scaled), BILLING_LIMIT);
    assert_int_equal(billing_money_scale(most, 3, 2, &scaled), BILLING_LIMIT);
    assert_int_equal(
        billing_money_scale(most, INT32_MIN, 1, &scaled), BILLING_LIMIT);
    assert_int_equal(
        billing_money_scale(-most - 1, 1, 1, &scaled), BILLING_LIMIT);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales),
        cmocka_unit_test(agrees_with_the_reference),
        cmocka_unit_test(agrees_with_the_reference_at_the_edges),
        cmocka_unit_test(takes_exponents_of_any_length),
        cmocka_unit_test(takes_digits_of_any_number),
        cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(writes_every_size),
        cmocka_unit_test(adds_exactly),
        cmocka_unit_test(stops_before_an_overflow),
        cmocka_unit_test(tells_the_change_in_percent),
        cmocka_unit_test(rounds_the_change_to_the_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
