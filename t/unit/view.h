
/*
 * What the tests of the documents share; to be included behind cmocka.h.
 */

#ifndef TEST_VIEW_H
#define TEST_VIEW_H

#include "core/view.h"


#define USD   billing_str("USD")
#define PICO  ((billing_money_t) 1000000000000LL)
#define CENTS (PICO / 100)


static inline billing_day_t
day_of(const char *text)
{
    billing_day_t day;

    assert_int_equal(
        billing_day_parse(billing_str_from(text), &day), BILLING_OK);

    return day;
}


static inline billing_month_t
month_of(const char *text)
{
    billing_month_t month;

    assert_int_equal(
        billing_month_parse(billing_str_from(text), &month), BILLING_OK);

    return month;
}


static inline void
add(billing_table_t *table, billing_str_t currency, const billing_str_t *key,
    unsigned date, billing_money_t amount)
{
    assert_int_equal(
        billing_table_add(table, currency, key, date, amount), BILLING_OK);
}


/* Ends the text, compares it and frees it. */
static inline void
assert_text(billing_buf_t *buf, const char *expected)
{
    assert_int_equal(billing_buf_add_char(buf, '\0'), BILLING_OK);
    assert_string_equal(buf->data, expected);
    billing_buf_free(buf);
}


#endif /* TEST_VIEW_H */
