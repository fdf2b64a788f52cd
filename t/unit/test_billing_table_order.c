
/*
 * The groups of a table one after another: those of the finished table, in its
 * order, without the rest.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/table.h"
#include "random.h"


#define MONEY_MAX ((billing_money_t) (~(unsigned __int128) 0 >> 1))
#define DATES     3
#define KEYS      2


static const char *const currencies[] = { "USD", "KRW", "EUR" };
static const char *const names[] = { "b", "", "ab", "a", "abc", "B", "a b",
    "\xec\x84\x9c\xec\x9a\xb8" };


/* The same rows in both. */
static void
fill(billing_table_t *one, billing_table_t *two, unsigned rows)
{
    unsigned        i, date;
    billing_str_t   key[KEYS], currency;
    billing_money_t amount;

    for (i = 0; i < rows; i++) {
        currency = billing_str_from(currencies[test_random_below(3)]);
        key[0] = billing_str_from(names[test_random_below(8)]);
        key[1] = billing_str_from(names[test_random_below(8)]);
        date = test_random_below(DATES);

        /* few amounts, so that many groups are alike */
        amount = (billing_money_t) test_random_below(5) - 2;

        assert_int_equal(
            billing_table_add(one, currency, key, date, amount), BILLING_OK);
        assert_int_equal(
            billing_table_add(two, currency, key, date, amount), BILLING_OK);
    }
}


static void
check_order(unsigned keys, unsigned rows, int date, int down, unsigned limit)
{
    int                       cut, rest;
    unsigned                  i, j, n;
    billing_str_t             currency, key[KEYS];
    billing_table_t          *finished, *ordered;
    const billing_group_t    *group;
    const billing_money_t    *costs;
    const billing_currency_t *shown;

    finished = billing_table_create(DATES, keys);
    ordered = billing_table_create(DATES, keys);
    assert_non_null(finished);
    assert_non_null(ordered);

    fill(finished, ordered, rows);
    assert_int_equal(
        billing_table_finish(finished, date, down, limit), BILLING_OK);
    assert_int_equal(
        billing_table_order(ordered, date, down, limit, &cut), BILLING_OK);

    shown = billing_table_currencies(finished, &n);
    rest = 0;

    for (i = 0; i < n; i++) {
        for (j = 0; j < shown[i].ngroups; j++) {
            group = &shown[i].groups[j];

            if (group->key == NULL) {
                rest = 1;
                continue;
            }

            assert_true(billing_table_next(ordered, &currency, key, &costs));
            assert_true(billing_str_eq(currency, shown[i].currency));
            assert_true(billing_str_eq(key[0], group->key[0]));
            assert_true(billing_str_eq(key[1], group->key[1]));
            assert_memory_equal(
                costs, group->costs, DATES * sizeof(billing_money_t));
        }

        if (keys == 0) {
            assert_true(billing_table_next(ordered, &currency, NULL, &costs));
            assert_true(billing_str_eq(currency, shown[i].currency));
            assert_memory_equal(
                costs, shown[i].costs, DATES * sizeof(billing_money_t));
        }
    }

    assert_int_equal(cut, rest);
    assert_false(billing_table_next(ordered, &currency, key, &costs));
    assert_false(billing_table_next(ordered, &currency, key, &costs));

    billing_table_free(finished);
    billing_table_free(ordered);
}


static void
test_order(void **state)
{
    unsigned i;

    (void) state;

    for (i = 0; i < 400; i++) {
        check_order(KEYS, test_random_below(600),
            (int) test_random_below(DATES + 2) + BILLING_SORT_MAGNITUDE,
            (int) test_random_below(2),
            i % 2 == 0 ? (unsigned) -1 : 1 + test_random_below(80));
    }

    check_order(KEYS, 0, -1, 1, 10);
    check_order(KEYS, 1, -1, 1, 1);
    check_order(0, 0, -1, 1, 10);
    check_order(0, 50, -1, 1, 10);
    check_order(0, 50, -1, 0, (unsigned) -1);
}


static void
test_refused(void **state)
{
    int              cut;
    unsigned         i;
    billing_str_t    key[] = { billing_str("a"), billing_str("b") };
    billing_table_t *table;

    (void) state;

    table = billing_table_create(DATES, KEYS);
    assert_non_null(table);
    assert_int_equal(
        billing_table_order(table, DATES, 1, 1, &cut), BILLING_INVALID);
    assert_int_equal(billing_table_order(table, -1, 1, 1, &cut), BILLING_OK);
    assert_int_equal(
        billing_table_order(table, -1, 1, 1, &cut), BILLING_INVALID);
    assert_int_equal(billing_table_add(table, billing_str("USD"), key, 0, 1),
        BILLING_INVALID);
    billing_table_free(table);

    /* a sum that does not fit is told before the first group is given */

    table = billing_table_create(DATES, KEYS);
    assert_non_null(table);

    for (i = 0; i < 2; i++) {
        assert_int_equal(
            billing_table_add(table, billing_str("USD"), key, i, MONEY_MAX),
            BILLING_OK);
    }

    assert_int_equal(billing_table_order(table, -1, 1, 1, &cut), BILLING_LIMIT);
    billing_table_free(table);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
