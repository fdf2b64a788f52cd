
/*
 * Exact money: fixed-point decimals with 12 fraction digits ("pico units") in
 * a 128-bit integer.  An amount is rounded half-even once, when it is read;
 * sums are exact from then on.  There is no floating point in any sum.
 */

#ifndef BILLING_CORE_MONEY_H
#define BILLING_CORE_MONEY_H

#include <stdint.h>

#include "core/status.h"
#include "core/str.h"


__extension__ typedef __int128 billing_money_t;

#define BILLING_MONEY_DIGITS 12
#define BILLING_MONEY_ONE    1000000000000ULL /* one unit of currency */
#define BILLING_MONEY_LEN    48 /* longest text of an amount, with NUL */


/*
 * Reads a decimal: [-+]digits[.digits][(e|E)[-+]digits].  Nothing may stand
 * before or after it.  BILLING_MALFORMED when it is not a number,
 * BILLING_LIMIT when its absolute value is 1e24 or more (currency units).
 */
billing_status_t billing_money_parse(billing_str_t text, billing_money_t *out);

/* *sum += value.  On overflow returns BILLING_LIMIT and leaves *sum alone. */
billing_status_t billing_money_add(billing_money_t *sum, billing_money_t value);

/*
 * Writes the amount without exponent, trailing zeros cut, at least two
 * fraction digits kept: "1234.50", "-0.0000000095", "0.00".  Returns the
 * length; out is NUL-terminated.
 */
size_t billing_money_format(billing_money_t value, char out[BILLING_MONEY_LEN]);

/*
 * The change from before to now in percent of |before|, rounded half-even to
 * one fraction digit, as a JSON number ("12.5", "-100.0").  Returns
 * BILLING_INVALID when before is zero: there is nothing to compare with.
 */
billing_status_t billing_money_change(
    billing_money_t now, billing_money_t before, char out[BILLING_MONEY_LEN]);

/*
 * The amount of numerator days (or whatever) of which denominator have value:
 * value x numerator / denominator, rounded half-even to 12 fraction digits.
 * denominator is not 0.  BILLING_LIMIT when that is too large.
 */
billing_status_t billing_money_scale(billing_money_t value, int32_t numerator,
    uint32_t denominator, billing_money_t *out);


#endif /* BILLING_CORE_MONEY_H */
