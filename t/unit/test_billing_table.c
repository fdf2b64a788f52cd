
/*
 * The aggregation table against a reference that keeps groups in a list,
 * sorts all of them and adds the rest up afterwards.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/table.h"
#include "random.h"


#define MONEY_MAX  ((billing_money_t) (~(unsigned __int128) 0 >> 1))
#define MAX_DATES  31
#define MAX_GROUPS 4000


typedef struct {
    unsigned        currency;
    unsigned        key[BILLING_TABLE_MAX_KEYS];
    billing_money_t costs[MAX_DATES];
    billing_money_t sum;
} ref_group_t;


static ref_group_t ref_groups[MAX_GROUPS];
static unsigned    ref_ngroups;

/* how the reference sorts */
static unsigned ref_ndates;
static unsigned ref_nkeys;
static int      ref_date;
static int      ref_descending;


static const char *const currencies[] = { "USD", "KRW", "EUR", "usd" };

static const char *const names[] = { "b", "", "ab", "a", "abc", "B",
    "\xec\x84\x9c\xec\x9a\xb8", "a b", "aa", "AmazonEC2", "AmazonS3" };

#define NNAMES (sizeof(names) / sizeof(names[0]))


static void
ref_add(unsigned currency, const unsigned *key, unsigned date,
    billing_money_t amount)
{
    unsigned     i;
    ref_group_t *group;

    for (i = 0; i < ref_ngroups; i++) {
        group = &ref_groups[i];

        if (group->currency == currency
            && memcmp(group->key, key, ref_nkeys * sizeof(unsigned)) == 0)
        {
            break;
        }
    }

    assert_in_range(i, 0, MAX_GROUPS - 1);
    group = &ref_groups[i];

    if (i == ref_ngroups) {
        memset(group, 0, sizeof(ref_group_t));
        group->currency = currency;
        memcpy(group->key, key, ref_nkeys * sizeof(unsigned));
        ref_ngroups++;
    }

    group->costs[date] += amount;
    group->sum += amount;
}


static int
ref_order(const void *x, const void *y)
{
    int                order;
    unsigned           i;
    billing_money_t    p, q;
    const ref_group_t *a = x, *b = y;

    order = strcmp(currencies[a->currency], currencies[b->currency]);
    if (order != 0) {
        return order;
    }

    p = ref_date < 0 ? a->sum : a->costs[ref_date];
    q = ref_date < 0 ? b->sum : b->costs[ref_date];

    if (ref_date == BILLING_SORT_MAGNITUDE) {
        p = p < 0 ? -p : p;
        q = q < 0 ? -q : q;
    }

    if (p != q) {
        return (p < q) == ref_descending ? 1 : -1;
    }

    for (i = 0; i < ref_nkeys; i++) {
        order = strcmp(names[a->key[i]], names[b->key[i]]);
        if (order != 0) {
            return order;
        }
    }

    return 0;
}


static void
check_costs(const billing_money_t *costs, billing_money_t sum,
    const ref_group_t *groups, unsigned n)
{
    unsigned        i, date;
    billing_money_t expected, all;

    all = 0;

    for (date = 0; date < ref_ndates; date++) {
        expected = 0;

        for (i = 0; i < n; i++) {
            expected += groups[i].costs[date];
        }

        assert_true(costs[date] == expected);
        all += expected;
    }

    assert_true(sum == all);
}


static void
check_currency(const billing_currency_t *found, const ref_group_t *groups,
    unsigned n, unsigned limit)
{
    unsigned               i, j, kept;
    billing_money_t        rest[2];
    const billing_group_t *group;

    check_costs(found->costs, found->sum, groups, n);

    if (ref_nkeys == 0) {
        assert_int_equal(found->ngroups, 0);
        return;
    }

    kept = n < limit ? n : limit;
    assert_int_equal(found->ngroups, n > limit ? limit + 1 : n);

    for (i = 0; i < kept; i++) {
        group = &found->groups[i];
        assert_non_null(group->key);

        for (j = 0; j < ref_nkeys; j++) {
            assert_true(billing_str_eq(
                group->key[j], billing_str_from(names[groups[i].key[j]])));
        }

        check_costs(group->costs, group->sum, &groups[i], 1);
    }

    if (n > limit) {
        group = &found->groups[kept];
        assert_null(group->key);
        check_costs(group->costs, group->sum, &groups[kept], n - kept);

        for (i = kept, rest[0] = rest[1] = 0; i < n; i++) {
            rest[groups[i].sum < 0] += groups[i].sum;
        }

        assert_true(group->positive == rest[0]);
        assert_true(group->negative == rest[1]);
    }

    for (i = 0, rest[0] = rest[1] = 0; i < n; i++) {
        rest[groups[i].sum < 0] |= groups[i].sum;
    }

    assert_int_equal(found->mixed, rest[0] != 0 && rest[1] != 0);
}


/* The sum of the groups is the total at every date, the rest included. */
static void
check_sum_of_groups(const billing_currency_t *found)
{
    unsigned        i, date;
    billing_money_t sum;

    for (date = 0; date < ref_ndates; date++) {
        sum = 0;

        for (i = 0; i < found->ngroups; i++) {
            sum += found->groups[i].costs[date];
        }

        assert_true(ref_nkeys == 0 || sum == found->costs[date]);
    }
}


static void
check_table(const billing_table_t *table, unsigned limit)
{
    unsigned                  i, n, first, count;
    const billing_currency_t *found;

    qsort(ref_groups, ref_ngroups, sizeof(ref_group_t), ref_order);

    found = billing_table_currencies(table, &count);
    n = 0;

    for (first = 0; first < ref_ngroups; first = i) {
        for (i = first; i < ref_ngroups
                        && ref_groups[i].currency == ref_groups[first].currency;
             i++)
        {
            /* void */
        }

        assert_in_range(n, 0, count - 1);
        assert_true(billing_str_eq(found[n].currency,
            billing_str_from(currencies[ref_groups[first].currency])));

        check_currency(&found[n], &ref_groups[first], i - first, limit);
        check_sum_of_groups(&found[n]);
        n++;
    }

    assert_int_equal(count, n);
}


/* bits: few make many groups of equal amounts */
static void
check_random(unsigned ndates, unsigned nkeys, unsigned nrows, unsigned bits)
{
    unsigned         i, j, currency, date, limit, key[BILLING_TABLE_MAX_KEYS];
    billing_str_t    strings[BILLING_TABLE_MAX_KEYS];
    billing_money_t  amount;
    billing_table_t *table;

    ref_ngroups = 0;
    ref_ndates = ndates;
    ref_nkeys = nkeys;
    ref_date = (int) test_random_below(ndates + 2) + BILLING_SORT_MAGNITUDE;
    ref_descending = (int) test_random_below(2);

    memset(key, 0, sizeof(key));
    currency = 0;

    table = billing_table_create(ndates, nkeys);
    assert_non_null(table);

    for (i = 0; i < nrows; i++) {
        /* a third of the rows has the key of the row before */
        if (i % 3 != 0) {
            currency = test_random_below(4);
            j = test_random_below(nkeys + 1);

            if (j < nkeys) {
                key[j] = test_random_below(NNAMES);
            }
        }

        for (j = 0; j < nkeys; j++) {
            strings[j] = billing_str_from(names[key[j]]);
        }

        date = test_random_below(ndates);
        amount = test_random_money(bits);

        ref_add(currency, key, date, amount);
        assert_int_equal(
            billing_table_add(table, billing_str_from(currencies[currency]),
                strings, date, amount),
            BILLING_OK);
    }

    limit = test_random_below(4) == 0 ? test_random_below(3)
                                      : test_random_below(60);

    assert_int_equal(
        billing_table_finish(table, ref_date, ref_descending, limit),
        BILLING_OK);
    check_table(table, limit);

    billing_table_free(table);
}


static void
test_random_tables(void **state)
{
    unsigned round;

    for (round = 0; round < 1500; round++) {
        check_random(1 + test_random_below(MAX_DATES), round % 7,
            test_random_below(round % 50 == 0 ? 2000 : 200),
            round % 2 == 0 ? 2 : 110);
    }
}


/* A credit as large as half of the bill is no small change. */
static void
test_magnitude(void **state)
{
    unsigned                  i, count;
    billing_str_t             key;
    billing_table_t          *table;
    const billing_currency_t *found;

    static const struct {
        const char     *key;
        billing_money_t cost;
    } rows[] = {
        { "b", 5 },
        { "credit", -14000 },
        { "a", -5 },
        { "c", 5 },
        { "compute", 20000 },
        { "z", -4 },
    };

    static const char *const order[] = { "compute", "credit", "a", "b" };

    table = billing_table_create(1, 1);
    assert_non_null(table);

    for (i = 0; i < 6; i++) {
        key = billing_str_from(rows[i].key);
        assert_int_equal(
            billing_table_add(table, billing_str("USD"), &key, 0, rows[i].cost),
            BILLING_OK);
    }

    assert_int_equal(
        billing_table_finish(table, BILLING_SORT_MAGNITUDE, 1, 4), BILLING_OK);
    found = billing_table_currencies(table, &count);
    assert_int_equal(count, 1);
    assert_int_equal(found->ngroups, 5);
    assert_true(found->mixed);

    for (i = 0; i < 4; i++) {
        assert_true(
            billing_str_eq(*found->groups[i].key, billing_str_from(order[i])));
    }

    assert_null(found->groups[4].key);
    assert_true(found->groups[4].sum == 1);
    assert_true(found->groups[4].positive == 5);
    assert_true(found->groups[4].negative == -4);

    billing_table_free(table);
}


/* The least amount has no positive: it still is the largest magnitude. */
static void
test_magnitude_of_the_least(void **state)
{
    int                       down;
    unsigned                  i, count;
    billing_table_t          *table;
    const billing_currency_t *found;
    const billing_str_t   keys[] = { billing_str("most"), billing_str("least"),
          billing_str("one") };
    const billing_money_t costs[] = { MONEY_MAX, -MONEY_MAX - 1, 1 };

    for (down = 0; down < 2; down++) {
        table = billing_table_create(1, 1);
        assert_non_null(table);

        for (i = 0; i < 3; i++) {
            assert_int_equal(billing_table_add(table, billing_str("USD"),
                                 &keys[i], 0, costs[i]),
                BILLING_OK);
        }

        assert_int_equal(
            billing_table_finish(table, BILLING_SORT_MAGNITUDE, down, 9),
            BILLING_OK);
        found = billing_table_currencies(table, &count);
        assert_true(found->groups[down ? 0 : 2].sum == -MONEY_MAX - 1);
        assert_true(found->groups[1].sum == MONEY_MAX);
        assert_true(found->sum == 0);
        assert_true(found->mixed);

        billing_table_free(table);
    }
}


static void
test_limit_at_the_edge(void **state)
{
    unsigned                  i, limit, count;
    char                      text[8];
    billing_str_t             key;
    billing_table_t          *table;
    const billing_currency_t *found;

    for (limit = 9; limit <= 11; limit++) {
        table = billing_table_create(1, 1);
        assert_non_null(table);

        for (i = 0; i < 10; i++) {
            key = (billing_str_t){ text,
                (size_t) snprintf(text, sizeof(text), "k%u", i) };
            assert_int_equal(
                billing_table_add(table, billing_str("USD"), &key, 0, i),
                BILLING_OK);
        }

        assert_int_equal(billing_table_finish(table, -1, 1, limit), BILLING_OK);

        found = billing_table_currencies(table, &count);
        assert_int_equal(count, 1);
        assert_int_equal(found->ngroups, 10);
        assert_true(found->groups[0].sum == 9);
        assert_memory_equal(found->groups[0].key->data, "k9", 2);

        if (limit == 9) {
            assert_null(found->groups[9].key);
        } else {
            assert_memory_equal(found->groups[9].key->data, "k0", 2);
        }

        billing_table_free(table);
    }
}


/* Key strings are copied: a caller may use one buffer for all rows. */
static void
test_keys_are_copied(void **state)
{
    unsigned                  i, count;
    char                      currency[3], text[1];
    billing_str_t             key = { text, 1 };
    billing_table_t          *table;
    const billing_currency_t *found;

    table = billing_table_create(2, 1);
    assert_non_null(table);

    for (i = 0; i < 400; i++) {
        memcpy(currency, i % 4 < 2 ? "USD" : "EUR", 3);
        text[0] = (char) ('a' + i % 2);

        assert_int_equal(
            billing_table_add(
                table, (billing_str_t){ currency, 3 }, &key, i % 8 / 4, 1),
            BILLING_OK);
    }

    text[0] = 'x';
    assert_int_equal(billing_table_finish(table, -1, 0, 10), BILLING_OK);

    found = billing_table_currencies(table, &count);
    assert_int_equal(count, 2);
    assert_memory_equal(found[0].currency.data, "EUR", 3);
    assert_memory_equal(found[1].currency.data, "USD", 3);

    for (i = 0; i < 2; i++) {
        assert_int_equal(found[i].ngroups, 2);
        assert_memory_equal(found[i].groups[0].key->data, "a", 1);
        assert_memory_equal(found[i].groups[1].key->data, "b", 1);
        assert_true(found[i].groups[0].costs[0] == 50);
        assert_true(found[i].groups[0].costs[1] == 50);
        assert_true(found[i].groups[1].sum == 100);
        assert_true(found[i].sum == 200);
    }

    billing_table_free(table);
}


static void
test_empty_table(void **state)
{
    unsigned         count;
    billing_table_t *table;

    table = billing_table_create(12, 2);
    assert_non_null(table);

    (void) billing_table_currencies(table, &count);
    assert_int_equal(count, 0);

    assert_int_equal(billing_table_finish(table, 11, 1, 100), BILLING_OK);
    (void) billing_table_currencies(table, &count);
    assert_int_equal(count, 0);

    billing_table_free(table);
    billing_table_free(NULL);
}


/* A currency whose costs cancel out, or are zero, is data all the same. */
static void
test_zero_is_data(void **state)
{
    unsigned         count;
    billing_table_t *table;

    table = billing_table_create(1, 0);
    assert_non_null(table);

    assert_int_equal(
        billing_table_add(table, billing_str("KRW"), NULL, 0, 0), BILLING_OK);
    assert_int_equal(
        billing_table_add(table, billing_str("USD"), NULL, 0, 5), BILLING_OK);
    assert_int_equal(
        billing_table_add(table, billing_str("USD"), NULL, 0, -5), BILLING_OK);
    assert_int_equal(billing_table_finish(table, -1, 1, 1), BILLING_OK);

    (void) billing_table_currencies(table, &count);
    assert_int_equal(count, 2);

    billing_table_free(table);
}


static void
test_refused(void **state)
{
    billing_str_t    key = billing_str("k");
    billing_table_t *table;

    assert_null(billing_table_create(0, 1));
    assert_null(billing_table_create(1, BILLING_TABLE_MAX_KEYS + 1));

    table = billing_table_create(2, 1);
    assert_non_null(table);

    assert_int_equal(billing_table_add(table, billing_str("USD"), &key, 2, 1),
        BILLING_INVALID);
    assert_int_equal(billing_table_finish(table, 2, 1, 1), BILLING_INVALID);
    assert_int_equal(
        billing_table_finish(table, BILLING_SORT_MAGNITUDE - 1, 1, 1),
        BILLING_INVALID);
    assert_int_equal(billing_table_finish(table, 1, 1, 1), BILLING_OK);
    assert_int_equal(billing_table_finish(table, 1, 1, 1), BILLING_INVALID);
    assert_int_equal(billing_table_add(table, billing_str("USD"), &key, 0, 1),
        BILLING_INVALID);

    billing_table_free(table);
}


static void
test_overflow(void **state)
{
    unsigned         count, i;
    billing_str_t    key;
    billing_table_t *table;

    /* in a cell; by the sum of a group; by a total; by the sum of totals */
    static const struct {
        const char *key[2];
        unsigned    date[2];
        int         added;
    } cases[] = {
        { { "a", "a" }, { 0, 0 }, 0 },
        { { "a", "a" }, { 0, 1 }, 1 },
        { { "a", "b" }, { 0, 0 }, 1 },
        { { "a", "b" }, { 0, 1 }, 1 },
    };

    for (i = 0; i < 4; i++) {
        table = billing_table_create(2, 1);
        assert_non_null(table);

        key = billing_str_from(cases[i].key[0]);
        assert_int_equal(billing_table_add(table, billing_str("USD"), &key,
                             cases[i].date[0], MONEY_MAX),
            BILLING_OK);

        key = billing_str_from(cases[i].key[1]);
        assert_int_equal(billing_table_add(table, billing_str("USD"), &key,
                             cases[i].date[1], 1),
            cases[i].added ? BILLING_OK : BILLING_LIMIT);

        assert_int_equal(billing_table_finish(table, -1, 1, 1),
            cases[i].added ? BILLING_LIMIT : BILLING_OK);
        (void) billing_table_currencies(table, &count);
        assert_int_equal(count, cases[i].added ? 0 : 1);

        billing_table_free(table);
    }
}


static void
test_too_many_groups(void **state)
{
    unsigned                  i, count;
    char                      text[8];
    billing_str_t             key;
    billing_table_t          *table;
    const billing_currency_t *found;

    table = billing_table_create(1, 1);
    assert_non_null(table);

    for (i = 0; i <= BILLING_TABLE_MAX_GROUPS; i++) {
        key = (billing_str_t){ text,
            (size_t) snprintf(text, sizeof(text), "%u", i) };
        assert_int_equal(
            billing_table_add(table, billing_str("USD"), &key, 0, 1),
            i < BILLING_TABLE_MAX_GROUPS ? BILLING_OK : BILLING_LIMIT);
    }

    /* refused again: not taken for the row before */
    assert_int_equal(billing_table_add(table, billing_str("USD"), &key, 0, 1),
        BILLING_LIMIT);

    /* the ones that are there go on */
    key = billing_str("999999");
    assert_int_equal(
        billing_table_add(table, billing_str("USD"), &key, 0, 1), BILLING_OK);

    assert_int_equal(billing_table_finish(table, 0, 1, 3), BILLING_OK);
    found = billing_table_currencies(table, &count);
    assert_int_equal(found->ngroups, 4);
    assert_memory_equal(found->groups[0].key->data, "999999", 6);
    assert_memory_equal(found->groups[1].key->data, "0", 1);
    assert_memory_equal(found->groups[2].key->data, "1", 1);
    assert_true(found->groups[3].sum == BILLING_TABLE_MAX_GROUPS - 3);
    assert_true(found->sum == BILLING_TABLE_MAX_GROUPS + 1);

    billing_table_free(table);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_tables),
        cmocka_unit_test(test_magnitude),
        cmocka_unit_test(test_magnitude_of_the_least),
        cmocka_unit_test(test_limit_at_the_edge),
        cmocka_unit_test(test_keys_are_copied),
        cmocka_unit_test(test_empty_table),
        cmocka_unit_test(test_zero_is_data),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_too_many_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
