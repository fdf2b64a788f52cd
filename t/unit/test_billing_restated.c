
/* Months that a provider changed after they were over. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/restated.h"
#include "random.h"


#define LAST 253402300799


static billing_restated_t
any_change(void)
{
    billing_restated_t item;

    memcpy(item.currency, "USD", sizeof(item.currency));
    item.currency[test_random_below(3)] = (char) ('A' + test_random_below(26));
    item.seen_at = (time_t) (test_random() % (LAST + 1));
    item.before = test_random_money(120);
    item.after = item.before + 1 + test_random_below(1000);

    return item;
}


static void
same(const billing_restated_list_t *a, const billing_restated_list_t *b)
{
    unsigned i;

    assert_int_equal(a->n, b->n);

    for (i = 0; i < a->n; i++) {
        assert_string_equal(a->items[i].currency, b->items[i].currency);
        assert_true(a->items[i].seen_at == b->items[i].seen_at);
        assert_true(a->items[i].before == b->items[i].before);
        assert_true(a->items[i].after == b->items[i].after);
    }
}


static billing_status_t
decode(const billing_buf_t *buf, size_t len, billing_restated_list_t *list)
{
    billing_status_t status;

    status = billing_restated_decode((billing_str_t){ buf->data, len }, list);
    assert_true(status == BILLING_OK || list->n == 0);

    return status;
}


static void
test_there_and_back(void **state)
{
    size_t                  len;
    unsigned                round, i;
    billing_buf_t           buf, again;
    billing_restated_list_t list, back;

    for (round = 0; round < 500; round++) {
        list.n = test_random_below(BILLING_RESTATED_MAX + 1);

        for (i = 0; i < list.n; i++) {
            list.items[i] = any_change();
        }

        billing_buf_init(&buf, 1000);
        billing_buf_init(&again, 1000);
        assert_int_equal(billing_restated_encode(&list, &buf), BILLING_OK);

        if (list.n == 0) {
            assert_int_equal(buf.len, 0);
            continue;
        }

        assert_int_equal(decode(&buf, buf.len, &back), BILLING_OK);
        same(&list, &back);
        assert_int_equal(billing_restated_encode(&back, &again), BILLING_OK);
        assert_int_equal(again.len, buf.len);
        assert_memory_equal(again.data, buf.data, buf.len);

        for (len = 0; len < buf.len; len++) {
            assert_int_equal(decode(&buf, len, &back), BILLING_MALFORMED);
        }

        assert_int_equal(billing_buf_add_char(&buf, 0), BILLING_OK);
        assert_int_equal(decode(&buf, buf.len, &back), BILLING_MALFORMED);

        billing_buf_free(&buf);
        billing_buf_free(&again);
    }
}


/* What is read from changed bytes is written as the same bytes, or refused. */
static void
test_changed_bytes(void **state)
{
    unsigned                round, i;
    billing_buf_t           buf, again;
    billing_restated_list_t list, back;

    for (round = 0; round < 20000; round++) {
        list.n = 1 + test_random_below(BILLING_RESTATED_MAX);

        for (i = 0; i < list.n; i++) {
            list.items[i] = any_change();
        }

        billing_buf_init(&buf, 1000);
        billing_buf_init(&again, 1000);
        assert_int_equal(billing_restated_encode(&list, &buf), BILLING_OK);
        buf.data[test_random_below((unsigned) buf.len)] ^=
            (char) (1 << test_random_below(8));

        if (decode(&buf, buf.len, &back) == BILLING_OK) {
            assert_int_equal(
                billing_restated_encode(&back, &again), BILLING_OK);
            assert_int_equal(again.len, buf.len);
            assert_memory_equal(again.data, buf.data, buf.len);
        }

        billing_buf_free(&buf);
        billing_buf_free(&again);
    }
}


static void
test_refused(void **state)
{
    unsigned                i;
    billing_buf_t           buf;
    billing_restated_list_t list, back;

    static const struct {
        time_t           seen_at;
        billing_status_t status;
    } times[] = {
        { 0, BILLING_OK },
        { LAST, BILLING_OK },
        { -1, BILLING_INVALID },
        { LAST + 1, BILLING_INVALID },
    };

    billing_buf_init(&buf, 1000);

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        list.n = 1;
        list.items[0] = any_change();
        list.items[0].seen_at = times[i].seen_at;
        billing_buf_reset(&buf);
        assert_int_equal(billing_restated_encode(&list, &buf), times[i].status);
    }

    list.n = BILLING_RESTATED_MAX + 1;
    assert_int_equal(billing_restated_encode(&list, &buf), BILLING_INVALID);

    /* a change that is none */
    list.n = 1;
    list.items[0] = any_change();
    list.items[0].after = list.items[0].before;
    billing_buf_reset(&buf);
    assert_int_equal(billing_restated_encode(&list, &buf), BILLING_OK);
    assert_int_equal(decode(&buf, buf.len, &back), BILLING_MALFORMED);

    /* no list, too long a list, another version, no currency */
    for (i = 0; i < 4; i++) {
        static const struct {
            unsigned at;
            char     byte;
        } bad[] = { { 1, 0 }, { 1, BILLING_RESTATED_MAX + 1 }, { 0, 2 },
            { 2, 'u' } };

        list.items[0] = any_change();
        billing_buf_reset(&buf);
        assert_int_equal(billing_restated_encode(&list, &buf), BILLING_OK);
        buf.data[bad[i].at] = bad[i].byte;
        assert_int_equal(decode(&buf, buf.len, &back), BILLING_MALFORMED);
        assert_int_equal(
            billing_restated_newer((billing_str_t){ buf.data, buf.len }),
            i == 2);
    }

    assert_int_equal(billing_restated_newer(billing_str("x")), 0);
    assert_int_equal(billing_restated_newer((billing_str_t){ NULL, 0 }), 0);

    billing_buf_free(&buf);
}


/* The total of a month, amounts in the order of the currencies; 0: no row. */
static billing_str_t
total(billing_buf_t *buf, const char *const *currencies,
    const billing_money_t *amounts, unsigned n)
{
    unsigned         i;
    billing_row_t    row;
    billing_block_t *block;

    block = billing_block_create();
    assert_non_null(block);

    for (i = 0; i < n; i++) {
        if (amounts[i] == 0) {
            continue;
        }

        memset(&row, 0, sizeof(row));
        row.currency = billing_str_from(currencies[i]);
        row.service = billing_str("any");
        row.amount = amounts[i] - 7;
        assert_int_equal(billing_block_add(block, &row), BILLING_OK);
        row.service = billing_str("other");
        row.amount = 7;
        assert_int_equal(billing_block_add(block, &row), BILLING_OK);
    }

    billing_buf_init(buf, 10000);
    assert_int_equal(
        billing_block_encode(block, BILLING_FIELD_TOTAL, buf), BILLING_OK);
    billing_block_free(block);

    return (billing_str_t){ buf->data, buf->len };
}


static void
test_compare(void **state)
{
    unsigned                i, j, k, before_n;
    billing_buf_t           buf[2];
    billing_str_t           text[2];
    billing_restated_list_t list;

    static const char *const currencies[] = { "EUR", "KRW", "USD", "x" };

    static const struct {
        billing_money_t amounts[2][4];
        const char     *changed; /* currencies, by code */
    } cases[] = {
        { { { 0, 0, 0, 0 }, { 0, 0, 0, 0 } }, "" },
        { { { 0, 0, 5, 0 }, { 0, 0, 5, 0 } }, "" },
        { { { 0, 0, 5, 0 }, { 0, 0, 6, 0 } }, "USD" },
        { { { 0, 0, 5, 0 }, { 0, 0, 0, 0 } }, "USD" },
        { { { 0, 0, 0, 0 }, { 0, 0, -5, 0 } }, "USD" },
        { { { 1, 2, 3, 4 }, { 1, 2, 3, 5 } }, "" },
        { { { 1, 2, 3, 4 }, { 9, 2, 4, 4 } }, "EURUSD" },
        { { { 1, 0, 3, 0 }, { 0, 2, 3, 0 } }, "EURKRW" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        list.n = 0;

        for (j = 0; j < 2; j++) {
            text[j] = total(&buf[j], currencies, cases[i].amounts[j], 4);
        }

        for (k = 0; k < 10; k++) {
            before_n = list.n;
            assert_int_equal(billing_restated_compare(
                                 text[k % 2], text[1 - k % 2], k, &list),
                BILLING_OK);

            for (j = 0; cases[i].changed[3 * j] != '\0'; j++) {
                /* the newest are the last ones */
                const billing_restated_t *item;

                item =
                    &list.items[list.n - (unsigned) strlen(cases[i].changed) / 3
                                + j];
                assert_memory_equal(
                    item->currency, cases[i].changed + 3 * j, 3);
                assert_true(item->seen_at == (time_t) k);
                assert_true(item->before != item->after);
            }

            assert_int_equal(list.n, before_n + j < BILLING_RESTATED_MAX
                                         ? before_n + j
                                         : BILLING_RESTATED_MAX);
        }

        /* what is no field changes nothing */
        before_n = list.n;
        assert_int_equal(billing_restated_compare(
                             text[0], billing_str("nonsense"), 1, &list),
            BILLING_MALFORMED);
        assert_int_equal(billing_restated_compare(
                             billing_str("nonsense"), text[0], 1, &list),
            BILLING_MALFORMED);
        assert_int_equal(list.n, before_n);

        billing_buf_free(&buf[0]);
        billing_buf_free(&buf[1]);
    }
}


static void
test_amounts(void **state)
{
    billing_buf_t           buf[2];
    billing_str_t           text[2];
    billing_restated_list_t list;

    static const char *const     currencies[] = { "USD" };
    static const billing_money_t before[] = { 100 };
    static const billing_money_t after[] = { -3 };

    list.n = 0;
    text[0] = total(&buf[0], currencies, before, 1);
    text[1] = total(&buf[1], currencies, after, 1);
    assert_int_equal(
        billing_restated_compare(text[0], text[1], 77, &list), BILLING_OK);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.items[0].currency, "USD");
    assert_true(list.items[0].before == 100);
    assert_true(list.items[0].after == -3);
    assert_true(list.items[0].seen_at == 77);

    billing_buf_free(&buf[0]);
    billing_buf_free(&buf[1]);
}


static int
newest_first(const void *x, const void *y)
{
    int                            rc;
    const billing_restated_item_t *a = x, *b = y;

    if (a->change.seen_at != b->change.seen_at) {
        return a->change.seen_at > b->change.seen_at ? -1 : 1;
    }

    if (a->month != b->month) {
        return b->month - a->month;
    }

    rc = billing_str_cmp(a->account, b->account);

    return rc != 0 ? rc : strcmp(a->change.currency, b->change.currency);
}


/* In whatever order they come, the same ones are shown in the same order. */
static void
test_changes(void **state)
{
    unsigned                       round, i, n;
    billing_restated_shown_t       changes;
    static char                    ids[500][16];
    static billing_restated_item_t all[500];
    static const char *const       currencies[] = { "EUR", "USD" };

    for (round = 0; round < 50; round++) {
        n = test_random_below(500);
        changes.n = 0;

        for (i = 0; i < n; i++) {
            snprintf(ids[i], sizeof(ids[i]), "sa-%03u", i);
            all[i].account = billing_str_from(ids[i]);
            all[i].month = (billing_month_t) test_random_below(3);
            memcpy(all[i].change.currency, currencies[i % 2], 4);
            all[i].change.seen_at = test_random_below(5);
            all[i].change.before = i;
            all[i].change.after = i + 1;
            billing_restated_show(&changes, &all[i]);
        }

        qsort(all, n, sizeof(all[0]), newest_first);
        assert_int_equal(
            changes.n, n < BILLING_RESTATED_SHOWN ? n : BILLING_RESTATED_SHOWN);

        for (i = 0; i < changes.n; i++) {
            assert_true(
                billing_str_eq(changes.items[i].account, all[i].account));
        }
    }
}


static void
test_changes_of_one_second(void **state)
{
    unsigned                 i;
    billing_restated_item_t  change;
    billing_restated_shown_t changes;

    memset(&change, 0, sizeof(change));
    memcpy(change.change.currency, "USD", 4);
    changes.n = 0;

    for (i = 0; i < 3; i++) {
        change.change.before = i;
        change.change.after = i + 1;
        billing_restated_show(&changes, &change);
    }

    for (i = 0; i < 3; i++) {
        assert_true(changes.items[i].change.before == 2 - i);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_changes_of_one_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
