
/*
 * Decimal text is read in two passes: the first checks the grammar and finds
 * where the decimal point ends up, the second takes the digits that count.
 * So a number of any length is read exactly, without a buffer.  Everything is
 * computed on unsigned magnitudes, where nothing can be undefined.
 */

#include "core/money.h"

#include <stdio.h>


#define BILLING_MONEY_WHOLE 24 /* digits before the point, at most */

/* Larger exponents decide nothing more: no text is that long. */
#define BILLING_MONEY_EXP_MAX 1000000000000000LL


__extension__ typedef unsigned __int128 billing_magnitude_t;


typedef struct {
    const char *digits; /* digits and at most one point */
    const char *end;
    long long   point; /* number of digits before the decimal point */
    unsigned    negative : 1;
} billing_decimal_t;


static billing_status_t billing_decimal_scan(
    billing_str_t text, billing_decimal_t *d);
static billing_status_t billing_decimal_exp(
    const char *p, const char *end, long long *exp);
static const char      *billing_decimal_digits(const char *p, const char *end);
static billing_status_t billing_decimal_round(
    const billing_decimal_t *d, billing_magnitude_t *out);
static billing_magnitude_t billing_money_abs(billing_money_t value);
static char    *billing_money_digits(billing_magnitude_t value, char *end);
static unsigned billing_money_next_digit(
    billing_magnitude_t *rest, billing_magnitude_t divisor);
static char *billing_money_increment(char *first, size_t n);


billing_status_t
billing_money_parse(billing_str_t text, billing_money_t *out)
{
    billing_status_t    status;
    billing_decimal_t   d;
    billing_magnitude_t value;

    status = billing_decimal_scan(text, &d);
    if (status != BILLING_OK) {
        return status;
    }

    status = billing_decimal_round(&d, &value);
    if (status != BILLING_OK) {
        return status;
    }

    *out = d.negative ? -(billing_money_t) value : (billing_money_t) value;

    return BILLING_OK;
}


billing_status_t
billing_money_add(billing_money_t *sum, billing_money_t value)
{
    billing_money_t result;

    if (__builtin_add_overflow(*sum, value, &result)) {
        return BILLING_LIMIT;
    }

    *sum = result;

    return BILLING_OK;
}


size_t
billing_money_format(billing_money_t value, char out[BILLING_MONEY_LEN])
{
    char               *p, *end, *first;
    char                text[BILLING_MONEY_LEN];
    size_t              len;
    billing_magnitude_t abs;

    abs = billing_money_abs(value);
    end = text + sizeof(text);

    /* a leading 1 keeps the zeros of the fraction; the point goes over it */
    first = billing_money_digits(
        BILLING_MONEY_ONE + abs % BILLING_MONEY_ONE, end);
    *first = '.';

    while (end[-1] == '0' && end - first > 3) {
        end--;
    }

    p = out;
    if (value < 0) {
        *p++ = '-';
    }

    first = billing_money_digits(abs / BILLING_MONEY_ONE, first);
    len = (size_t) (end - first);

    memcpy(p, first, len);
    p[len] = '\0';

    return (size_t) (p - out) + len;
}


billing_status_t
billing_money_change(
    billing_money_t now, billing_money_t before, char out[BILLING_MONEY_LEN])
{
    int                 i, negative;
    char                text[BILLING_MONEY_LEN];
    char               *p, *end, *first;
    billing_magnitude_t base, diff, rest;

    if (before == 0) {
        return BILLING_INVALID;
    }

    /* the difference of two signed values always fits its magnitude */
    negative = now < before;
    diff = negative ? (billing_magnitude_t) before - (billing_magnitude_t) now
                    : (billing_magnitude_t) now - (billing_magnitude_t) before;

    base = billing_money_abs(before);
    rest = diff % base;

    /* tenths of a percent: the quotient and three digits more */
    end = text + sizeof(text);
    p = end - 3;
    first = billing_money_digits(diff / base, p);

    for (i = 0; i < 3; i++) {
        p[i] = (char) ('0' + billing_money_next_digit(&rest, base));
    }

    /* rest / base against one half, without doubling anything */
    if (rest > base - rest || (rest == base - rest && (end[-1] & 1) != 0)) {
        first = billing_money_increment(first, (size_t) (end - first));
    }

    while (*first == '0' && end - first > 2) {
        first++;
    }

    p = out;
    if (negative && (first[0] != '0' || first[1] != '0' || end - first > 2)) {
        *p++ = '-';
    }

    memcpy(p, first, (size_t) (end - first - 1));
    p += end - first - 1;
    *p++ = '.';
    *p++ = end[-1];
    *p = '\0';

    return BILLING_OK;
}


/* The whole part is taken apart first: only what is left of it is small. */
billing_status_t
billing_money_scale(billing_money_t value, int32_t numerator,
    uint32_t denominator, billing_money_t *out)
{
    int                 negative;
    billing_magnitude_t abs, factor, whole, rest;

    negative = (value < 0) != (numerator < 0);
    abs = billing_money_abs(value);
    factor = billing_money_abs(numerator);

    if (__builtin_mul_overflow(abs / denominator, factor, &whole)) {
        return BILLING_LIMIT;
    }

    rest = abs % denominator * factor;

    if (__builtin_add_overflow(whole, rest / denominator, &whole)
        || whole >= (billing_magnitude_t) 1 << 127)
    {
        return BILLING_LIMIT;
    }

    rest %= denominator;

    if (rest > denominator - rest
        || (rest == denominator - rest && (whole & 1) != 0))
    {
        whole++;
    }

    *out = negative ? -(billing_money_t) whole : (billing_money_t) whole;

    return BILLING_OK;
}


static billing_status_t
billing_decimal_scan(billing_str_t text, billing_decimal_t *d)
{
    long long   exp;
    const char *p, *end;

    if (text.len == 0) {
        return BILLING_MALFORMED;
    }

    p = text.data;
    end = text.data + text.len;

    d->negative = *p == '-';
    if (*p == '-' || *p == '+') {
        p++;
    }

    d->digits = p;
    p = billing_decimal_digits(p, end);
    d->point = p - d->digits;

    if (d->point == 0) {
        return BILLING_MALFORMED;
    }

    if (p < end && *p == '.') {
        const char *fraction = p + 1;

        p = billing_decimal_digits(fraction, end);
        if (p == fraction) {
            return BILLING_MALFORMED;
        }
    }

    d->end = p;

    if (p == end) {
        return BILLING_OK;
    }

    if (billing_decimal_exp(p, end, &exp) != BILLING_OK) {
        return BILLING_MALFORMED;
    }

    d->point += exp;

    return BILLING_OK;
}


/* Reads (e|E)[-+]digits up to the end. */
static billing_status_t
billing_decimal_exp(const char *p, const char *end, long long *exp)
{
    int         negative;
    long long   value;
    const char *digits;

    if (*p != 'e' && *p != 'E') {
        return BILLING_MALFORMED;
    }

    p++;

    negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }

    digits = p;
    if (digits == end || billing_decimal_digits(digits, end) != end) {
        return BILLING_MALFORMED;
    }

    value = 0;

    for (p = digits; p < end; p++) {
        value = value * 10 + (*p - '0');

        if (value > BILLING_MONEY_EXP_MAX) {
            value = BILLING_MONEY_EXP_MAX;
        }
    }

    *exp = negative ? -value : value;

    return BILLING_OK;
}


static const char *
billing_decimal_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }

    return p;
}


/* Takes the digits down to the last place, and rounds half-even there. */
static billing_status_t
billing_decimal_round(const billing_decimal_t *d, billing_magnitude_t *out)
{
    int                 half, beyond;
    long long           place;
    const char         *p;
    billing_magnitude_t value;

    value = 0;
    half = 0;   /* the first digit behind the last place */
    beyond = 0; /* whether anything but 0 follows it */

    /* place: how many places of the result are left, this digit included */
    place = d->point + BILLING_MONEY_DIGITS;

    for (p = d->digits; p < d->end; p++) {
        if (*p == '.') {
            continue;
        }

        if (place > 0) {
            if (place > BILLING_MONEY_WHOLE + BILLING_MONEY_DIGITS && *p != '0')
            {
                return BILLING_LIMIT;
            }

            value = value * 10 + (billing_magnitude_t) (*p - '0');

        } else if (place == 0) {
            half = *p - '0';

        } else {
            beyond |= *p != '0';
        }

        place--;
    }

    for (/* void */; place > 0 && value != 0; place--) {
        value *= 10;
    }

    if (half > 5 || (half == 5 && (beyond || (value & 1) != 0))) {
        value++;
    }

    /* 1e36, which only rounding up can reach */
    if (value / BILLING_MONEY_ONE / BILLING_MONEY_ONE >= BILLING_MONEY_ONE) {
        return BILLING_LIMIT;
    }

    *out = value;

    return BILLING_OK;
}


static billing_magnitude_t
billing_money_abs(billing_money_t value)
{
    return value < 0 ? 0 - (billing_magnitude_t) value
                     : (billing_magnitude_t) value;
}


/* Writes the digits so that they end before end; returns the first one. */
static char *
billing_money_digits(billing_magnitude_t value, char *end)
{
    do {
        *--end = (char) ('0' + (int) (value % 10));
        value /= 10;
    } while (value != 0);

    return end;
}


/* One step of a long division: rest * 10 / divisor without overflow. */
static unsigned
billing_money_next_digit(billing_magnitude_t *rest, billing_magnitude_t divisor)
{
    int                 i;
    unsigned            digit;
    billing_magnitude_t sum;

    sum = 0;
    digit = 0;

    for (i = 0; i < 10; i++) {
        if (sum >= divisor - *rest) {
            sum -= divisor - *rest;
            digit++;
        } else {
            sum += *rest;
        }
    }

    *rest = sum;

    return digit;
}


/* Adds 1 to a number of n digits; there is room for a digit before it. */
static char *
billing_money_increment(char *first, size_t n)
{
    char *p;

    for (p = first + n - 1; p >= first; p--) {
        if (*p != '9') {
            (*p)++;
            return first;
        }

        *p = '0';
    }

    *p = '1';

    return p;
}
