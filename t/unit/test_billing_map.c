
/* The two containers behind blocks and tables: strings, tuples. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/intern.h"
#include "core/map.h"
#include "random.h"


#define NSTRINGS 5000
#define NTUPLES  20000


static billing_str_t
name(unsigned i, char text[64])
{
    /* lengths around the eight bytes that are hashed at a time */
    return (billing_str_t){ text,
        (size_t) snprintf(text, 64, "%u%.*s", i, (int) (i % 24),
            "abcdefghijklmnopqrstuvwxyz") };
}


static void
test_strings(void **state)
{
    char             text[64];
    unsigned         i, round;
    uint32_t         number;
    billing_intern_t intern;

    billing_intern_init(&intern);

    assert_int_equal(billing_intern_find(&intern, name(1, text), &number), 0);

    for (round = 0; round < 2; round++) {
        for (i = 0; i < NSTRINGS; i++) {
            assert_int_equal(
                billing_intern_add(&intern, name(i, text), &number),
                BILLING_OK);
            assert_int_equal(number, i);
        }

        assert_int_equal(intern.count, NSTRINGS);
    }

    for (i = 0; i < NSTRINGS; i++) {
        assert_true(
            billing_str_eq(billing_intern_get(&intern, i), name(i, text)));
        assert_int_equal(
            billing_intern_find(&intern, name(i, text), &number), 1);
        assert_int_equal(number, i);
    }

    assert_int_equal(
        billing_intern_find(&intern, name(NSTRINGS, text), &number), 0);
    assert_int_equal(intern.count, NSTRINGS);

    billing_intern_free(&intern);
}


static void
test_empty_and_binary_strings(void **state)
{
    uint32_t         number;
    billing_intern_t intern;

    billing_intern_init(&intern);

    assert_int_equal(
        billing_intern_add(&intern, (billing_str_t){ NULL, 0 }, &number),
        BILLING_OK);
    assert_int_equal(number, 0);

    assert_int_equal(
        billing_intern_add(&intern, billing_str("\0"), &number), BILLING_OK);
    assert_int_equal(number, 1);

    assert_int_equal(
        billing_intern_add(&intern, billing_str("\0\0"), &number), BILLING_OK);
    assert_int_equal(number, 2);

    assert_int_equal(billing_intern_find(&intern, billing_str(""), &number), 1);
    assert_int_equal(number, 0);
    assert_int_equal(billing_intern_get(&intern, 0).len, 0);

    billing_intern_free(&intern);
}


static void
test_tuples(void **state)
{
    void           *value;
    unsigned        i;
    uint32_t        ids[3];
    billing_map_t   map;
    static uint64_t counts[40][40][40];
    const uint32_t *stored;

    billing_map_init(&map, 3, sizeof(uint64_t), 40 * 40 * 40);

    for (i = 0; i < NTUPLES; i++) {
        ids[0] = test_random_below(40);
        ids[1] = test_random_below(40);
        ids[2] = test_random_below(40);

        assert_int_equal(billing_map_add(&map, ids, &value), BILLING_OK);
        assert_int_equal((uintptr_t) value % 16, 0);

        assert_true(*(uint64_t *) value == counts[ids[0]][ids[1]][ids[2]]);

        (*(uint64_t *) value)++;
        counts[ids[0]][ids[1]][ids[2]]++;
    }

    for (i = 0; i < map.count; i++) {
        stored = billing_map_ids(&map, i);
        value = billing_map_value(&map, i);

        assert_true(*(uint64_t *) value != 0);
        assert_true(
            *(uint64_t *) value == counts[stored[0]][stored[1]][stored[2]]);

        counts[stored[0]][stored[1]][stored[2]] = 0;
    }

    for (i = 0; i < 40 * 40 * 40; i++) {
        assert_true(counts[i / 1600][i / 40 % 40][i % 40] == 0);
    }

    billing_map_free(&map);
}


static void
test_tuples_limit(void **state)
{
    void         *value;
    uint32_t      id;
    billing_map_t map;

    billing_map_init(&map, 1, 1, 100);

    for (id = 0; id < 100; id++) {
        assert_int_equal(billing_map_add(&map, &id, &value), BILLING_OK);
    }

    assert_int_equal(billing_map_add(&map, &id, &value), BILLING_LIMIT);
    assert_int_equal(map.count, 100);

    id = 42;
    assert_int_equal(billing_map_add(&map, &id, &value), BILLING_OK);
    assert_ptr_equal(value, billing_map_value(&map, 42));

    billing_map_free(&map);
}


static void
test_known_allocates_nothing(void **state)
{
    char             text[64];
    void            *value;
    uint32_t         id, number;
    billing_map_t    map, map_before;
    billing_intern_t intern, intern_before;

    billing_map_init(&map, 1, 16, 1000);
    billing_intern_init(&intern);

    /* full to the brim at each of the sizes that they grow through */
    for (id = 0; id < 600; id++) {
        assert_int_equal(billing_map_add(&map, &id, &value), BILLING_OK);
        assert_int_equal(
            billing_intern_add(&intern, name(id, text), &number), BILLING_OK);

        map_before = map;
        intern_before = intern;

        assert_int_equal(billing_map_add(&map, &id, &value), BILLING_OK);
        assert_int_equal(
            billing_intern_add(&intern, name(id, text), &number), BILLING_OK);

        assert_memory_equal(&map, &map_before, sizeof(map));
        assert_memory_equal(&intern, &intern_before, sizeof(intern));
    }

    billing_map_free(&map);
    billing_intern_free(&intern);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_empty_and_binary_strings),
        cmocka_unit_test(test_tuples),
        cmocka_unit_test(test_tuples_limit),
        cmocka_unit_test(test_known_allocates_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
