
/*
 * Amounts and dates: what is read is what a slow reading of the digits gives,
 * and what is written is read again as the same.
 */

#include <ctype.h>
#include <time.h>

#include <openssl/bn.h>

#include "core/date.h"
#include "core/json.h"
#include "core/varint.h"
#include "fuzz.h"


/* 1e24 currency units in pico units: too much */
#define LIMIT_DIGITS 36


static void   amount(billing_str_t text);
static int    slow_amount(billing_str_t text, BIGNUM *out, int *beyond);
static size_t slow_digits(
    billing_str_t text, size_t at, char *digits, size_t *n, int *given);
static void    shift(const char *digits, size_t n, long places, BIGNUM *out);
static BIGNUM *number_of(billing_money_t value);
static void    written(billing_money_t value);
static void    real(fuzz_input_t *in);
static void    change(fuzz_input_t *in);
static void    date(billing_str_t text);
static void    day(fuzz_input_t *in);
static void    number(fuzz_input_t *in);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input_t  in = { data, data + size };
    billing_str_t text;

    switch (fuzz_below(&in, 6)) {
    case 0:
        text = fuzz_copy(fuzz_rest(&in));
        amount(text);
        fuzz_free(text);
        break;

    case 1:
        real(&in);
        break;

    case 2:
        change(&in);
        break;

    case 3:
        text = fuzz_copy(fuzz_rest(&in));
        date(text);
        fuzz_free(text);
        break;

    case 4:
        day(&in);
        break;

    default:
        number(&in);
    }

    return 0;
}


static void
amount(billing_str_t text)
{
    int              good, beyond;
    BIGNUM          *expected, *got;
    billing_money_t  value;
    billing_status_t rc;

    expected = BN_new();
    beyond = 0;
    good = slow_amount(text, expected, &beyond);
    rc = billing_money_parse(text, &value);

    must((rc == BILLING_MALFORMED) == !good);
    must(!good || (rc == BILLING_LIMIT) == beyond);

    if (rc == BILLING_OK) {
        got = number_of(value);
        must(BN_cmp(expected, got) == 0);
        BN_free(got);
        written(value);
    }

    BN_free(expected);
}


/* Returns 0 for no number; beyond: it is 1e24 or more. */
static int
slow_amount(billing_str_t text, BIGNUM *out, int *beyond)
{
    int    negative, given, minus;
    long   exponent;
    char  *digits;
    size_t i, n, point;

    digits = malloc(text.len + 1);
    i = n = 0;
    given = negative = minus = 0;
    exponent = 0;

    if (i < text.len && (text.data[i] == '-' || text.data[i] == '+')) {
        negative = text.data[i++] == '-';
    }

    i = slow_digits(text, i, digits, &n, &given);
    point = n;

    if (given && i < text.len && text.data[i] == '.') {
        given = 0;
        i = slow_digits(text, i + 1, digits, &n, &given);
    }

    if (given && i < text.len && (text.data[i] | 32) == 'e') {
        i++;
        if (i < text.len && (text.data[i] == '-' || text.data[i] == '+')) {
            minus = text.data[i++] == '-';
        }

        for (given = 0; i < text.len && isdigit((unsigned char) text.data[i]);
             i++) {
            given = 1;
            exponent = exponent > 100000 ? exponent
                                         : exponent * 10 + (text.data[i] - '0');
        }
    }

    if (!given || i < text.len) {
        free(digits);
        return 0;
    }

    shift(digits, n,
        (long) point + (minus ? -exponent : exponent) + BILLING_MONEY_DIGITS,
        out);
    *beyond = BN_is_negative(out);
    BN_set_negative(out, negative);
    free(digits);

    return 1;
}


static size_t
slow_digits(billing_str_t text, size_t at, char *digits, size_t *n, int *given)
{
    for (; at < text.len && isdigit((unsigned char) text.data[at]); at++) {
        digits[(*n)++] = text.data[at];
        *given = 1;
    }

    return at;
}


/*
 * The digits with the point behind so many places, rounded half-even to a
 * whole number; -1 where that is a number of too many digits.
 */
static void
shift(const char *digits, size_t n, long places, BIGNUM *out)
{
    long   i;
    char   whole[64];
    size_t len, rest;
    int    up, sticky;

    for (; n > 0 && *digits == '0'; n--, digits++, places--) {
        /* void */
    }

    if (n == 0) {
        BN_zero(out);
        return;
    }

    if (places > LIMIT_DIGITS) {
        BN_one(out);
        BN_set_negative(out, 1);
        return;
    }

    len = 0;
    whole[len++] = '0';

    for (i = 0; i < places; i++) {
        whole[len++] = i < (long) n ? digits[i] : '0';
    }

    whole[len] = '\0';
    BN_dec2bn(&out, whole);

    if (places < 0 || places >= (long) n) {
        up = 0;

    } else {
        sticky = 0;
        for (rest = (size_t) places + 1; rest < n; rest++) {
            sticky |= digits[rest] != '0';
        }

        up = digits[places] > '5'
             || (digits[places] == '5' && (sticky || BN_is_odd(out)));
    }

    if (up) {
        BN_add_word(out, 1);
    }

    if (BN_num_bits(out) > 0) {
        char *text = BN_bn2dec(out);

        if (strlen(text) > LIMIT_DIGITS) {
            BN_set_negative(out, 1);
        }
        OPENSSL_free(text);
    }
}


static BIGNUM *
number_of(billing_money_t value)
{
    int           i;
    BIGNUM       *n;
    fuzz_whole_t  whole;
    unsigned char bytes[16];

    whole = value < 0 ? -(fuzz_whole_t) value : (fuzz_whole_t) value;

    for (i = 15; i >= 0; i--) {
        bytes[i] = (unsigned char) whole;
        whole >>= 8;
    }

    n = BN_bin2bn(bytes, 16, NULL);
    BN_set_negative(n, value < 0);

    return n;
}


/* Digits, a point, two digits or more of which the last is no zero. */
static void
written(billing_money_t value)
{
    char             text[BILLING_MONEY_LEN];
    size_t           len, i, point;
    billing_money_t  again;
    billing_status_t rc;

    len = billing_money_format(value, text);
    must(len < BILLING_MONEY_LEN && strlen(text) == len);

    i = text[0] == '-';
    must((text[0] == '-') == (value < 0));
    point = strcspn(text, ".");
    must(point > i && (text[i] != '0' || point == i + 1));
    must(len - point >= 3 && len - point <= 13);
    must(len - point == 3 || text[len - 1] != '0');

    for (; i < len; i++) {
        must(i == point || isdigit((unsigned char) text[i]));
    }

    rc = billing_money_parse((billing_str_t){ text, len }, &again);
    must(rc == BILLING_LIMIT || (rc == BILLING_OK && again == value));
}


/* A number keeps its digits on its way through JSON. */
static void
real(fuzz_input_t *in)
{
    char             array[80];
    json_t          *value;
    uint64_t         whole, fraction;
    billing_str_t    text;
    billing_money_t  got, expected;
    billing_status_t rc, same;

    whole = (uint64_t) fuzz_number(in, 8);
    fraction = (uint64_t) fuzz_number(in, 8);

    text.data = array + 1;
    text.len = (size_t) snprintf(array, sizeof(array), "[%s%llu.%llue%d]",
                   fuzz_below(in, 2) ? "-" : "", (unsigned long long) whole,
                   (unsigned long long) fraction, (int) fuzz_below(in, 40) - 30)
               - 2;

    must(billing_json_parse_exact(
             (billing_str_t){ array, text.len + 2 }, 1, &value, NULL)
         == BILLING_OK);

    same = billing_money_parse(text, &expected);
    rc = billing_money_parse(
        billing_str_from(json_string_value(json_array_get(value, 0))), &got);
    json_decref(value);

    must(rc == same);
    must(rc != BILLING_OK || got == expected);
}


/* (now - before) / |before|, in tenths of a percent, half-even. */
static void
change(fuzz_input_t *in)
{
    int             half;
    char            text[BILLING_MONEY_LEN], expected[80], *tenths;
    size_t          len;
    BIGNUM         *a, *b, *r;
    BN_CTX         *ctx;
    unsigned        bytes;
    billing_money_t now, before;

    bytes = 1 + fuzz_below(in, 16);
    now = fuzz_number(in, bytes);
    before = fuzz_number(in, bytes);

    if (before == 0) {
        must(billing_money_change(now, before, text) == BILLING_INVALID);
        return;
    }

    must(billing_money_change(now, before, text) == BILLING_OK);

    ctx = BN_CTX_new();
    a = number_of(now);
    b = number_of(before);
    r = BN_new();

    BN_sub(a, a, b);
    BN_set_negative(a, 0);
    BN_set_negative(b, 0);
    BN_mul_word(a, 1000);
    BN_div(a, r, a, b, ctx);

    /* twice the remainder against the divisor */
    BN_lshift1(r, r);
    half = BN_cmp(r, b);

    if (half > 0 || (half == 0 && BN_is_odd(a))) {
        BN_add_word(a, 1);
    }

    tenths = BN_bn2dec(a);
    len = strlen(tenths);
    (void) snprintf(expected, sizeof(expected), "%s%.*s.%s",
        now < before && !BN_is_zero(a) ? "-" : "", len > 1 ? (int) len - 1 : 1,
        len > 1 ? tenths : "0", tenths + len - 1);
    must(strcmp(text, expected) == 0);

    OPENSSL_free(tenths);
    BN_free(a);
    BN_free(b);
    BN_free(r);
    BN_CTX_free(ctx);
}


/* Text as a day, a month, a time: what is read is written as it was. */
static void
date(billing_str_t text)
{
    char            again[BILLING_TIME_LEN];
    time_t          t;
    billing_day_t   read;
    billing_month_t month;

    if (billing_day_parse(text, &read) == BILLING_OK) {
        billing_day_format(read, again);
        must(billing_str_eq(text, billing_str_from(again)));
    }

    if (billing_month_parse(text, &month) == BILLING_OK) {
        billing_month_format(month, again);
        must(billing_str_eq(text, billing_str_from(again)));
    }

    if (billing_time_parse(text, &t) == BILLING_OK) {
        billing_time_format(t, again);
        must(billing_str_eq(text, billing_str_from(again)));
    }
}


/* Of any time: what libc says, and what is clamped stays in its bounds. */
static void
day(fuzz_input_t *in)
{
    char            text[BILLING_TIME_LEN], libc[64];
    time_t          t, back;
    struct tm       tm;
    billing_day_t   days;
    billing_month_t month;

    t = (time_t) fuzz_number(in, 8);
    billing_time_format(t, text);
    must(strlen(text) == BILLING_TIME_LEN - 1);
    must(billing_time_parse(billing_str_from(text), &back) == BILLING_OK);
    must(back == t || t < 0 || t > 253402300799);

    days = billing_day_of(t);
    month = billing_month_of(days);
    must(billing_month_first(month) <= days);
    must(billing_month_last(month) >= days);
    must(billing_month_last(month) - billing_month_first(month) + 1
         == billing_month_days(month));
    must(days - billing_month_first(month) + 1 == billing_day_of_month(days));

    if (t < 0 || t > 253402300799) {
        return;
    }

    must(gmtime_r(&t, &tm) != NULL);
    (void) strftime(libc, sizeof(libc), "%Y-%m-%dT%H:%M:%SZ", &tm);
    must(strcmp(libc, text) == 0);
    billing_day_format(days, text);
    libc[10] = '\0';
    must(strcmp(libc, text) == 0);

    /* day numbers that no clock gives are clamped */
    days = (billing_day_t) fuzz_number(in, 4);
    billing_day_format(days, text);
    must(strlen(text) == BILLING_DAY_LEN - 1);
    month = (billing_month_t) fuzz_number(in, 4);
    billing_month_format(month, text);
    must(strlen(text) == BILLING_MONTH_LEN - 1);
}


/* Varints: of any number, and of any bytes. */
static void
number(fuzz_input_t *in)
{
    uint64_t         read;
    unsigned char    bytes[BILLING_VARINT_MONEY_LEN];
    billing_money_t  value, money;
    billing_reader_t reader, at;

    value = fuzz_number(in, 16);
    reader = (billing_reader_t){ bytes,
        billing_varint_put_money(bytes, value) };
    must(reader.end - reader.p <= BILLING_VARINT_MONEY_LEN);
    must(billing_varint_get_money(&reader, &money) == BILLING_OK);
    must(money == value && reader.p == reader.end);

    reader = (billing_reader_t){ in->p, in->end };
    at = reader;

    if (billing_varint_get_money(&reader, &money) == BILLING_OK) {
        must(billing_varint_put_money(bytes, money) - bytes == reader.p - at.p);
        must(memcmp(bytes, at.p, (size_t) (reader.p - at.p)) == 0);
    }

    reader = at;

    if (billing_varint_get(&reader, UINT64_MAX, &read) == BILLING_OK) {
        must(billing_varint_put(bytes, read) - bytes == reader.p - at.p);
        must(memcmp(bytes, at.p, (size_t) (reader.p - at.p)) == 0);
    }
}
