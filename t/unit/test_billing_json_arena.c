
/* Arenas: what is in them, what is not, and that all of it goes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <cmocka.h>

#include "core/json.h"
#include "core/json_arena.h"


/* A list of n objects, each with as many members. */
static json_t *
make(unsigned n)
{
    char     name[16];
    json_t  *list, *value;
    unsigned i, j;

    list = json_array();

    for (i = 0; i < n; i++) {
        value = json_object();

        for (j = 0; j < n; j++) {
            (void) snprintf(name, sizeof(name), "%u", j);
            json_object_set_new(value, name, json_integer(i * j));
        }

        json_array_append_new(list, value);
    }

    return list;
}


static void
check(const json_t *list, unsigned n)
{
    char     name[16];
    unsigned i, j;

    assert_int_equal(json_array_size(list), n);

    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            (void) snprintf(name, sizeof(name), "%u", j);
            assert_int_equal(json_integer_value(json_object_get(
                                 json_array_get(list, i), name)),
                i * j);
        }
    }
}


/* Without the module's functions a value is dropped as any other. */
static void
does_nothing_unless_installed(void **state)
{
    json_t              *value;
    billing_json_arena_t arena;

    (void) state;

    billing_json_arena_open(&arena);
    assert_int_equal(arena.open, 0);

    value = json_incref(make(3));
    billing_json_arena_close(&arena, value);
    check(value, 3);
    json_decref(value);
}


static void
holds_all_that_is_made_while_open(void **state)
{
    json_t              *before, *after;
    unsigned             i;
    billing_json_arena_t arena;

    (void) state;

    billing_json_arena_init();
    before = make(10);

    /* twice, and more than a chunk; the address sanitizer sees what is left */

    for (i = 0; i < 2; i++) {
        billing_json_arena_open(&arena);
        assert_int_equal(arena.open, 1);

        (void) make(5);
        after = make(120);
        check(after, 120);

        billing_json_arena_close(&arena, after);
        assert_null(arena.chunks);
    }

    after = make(10);
    check(before, 10);
    check(after, 10);
    json_decref(before);
    json_decref(after);
}


static void
holds_what_is_larger_than_a_chunk(void **state)
{
    char                *text;
    size_t               len;
    json_t              *value;
    billing_json_arena_t arena;

    (void) state;

    billing_json_arena_init();

    len = 3 * 1024 * 1024;
    text = malloc(len);
    memset(text, 'x', len);
    text[0] = '"';
    text[len - 1] = '"';

    billing_json_arena_open(&arena);
    assert_int_equal(
        billing_json_parse((billing_str_t){ text, len }, 1, &value, NULL),
        BILLING_OK);
    assert_int_equal(json_string_length(value), len - 2);
    assert_int_equal(json_string_value(value)[len - 3], 'x');
    billing_json_arena_close(&arena, value);

    billing_json_arena_open(&arena);
    assert_int_equal(
        billing_json_parse((billing_str_t){ text, len - 1 }, 1, &value, NULL),
        BILLING_MALFORMED);
    billing_json_arena_close(&arena, NULL);

    free(text);
}


static void *
work(void *data)
{
    json_t              *value;
    unsigned             i;
    billing_json_arena_t arena;

    for (i = 0; i < 50; i++) {
        billing_json_arena_open(&arena);
        value = make(20);
        check(value, 20);
        billing_json_arena_close(&arena, value);
    }

    return data;
}


static void
is_of_one_thread(void **state)
{
    json_t   *value;
    unsigned  i;
    pthread_t threads[3];

    (void) state;

    billing_json_arena_init();

    for (i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    }

    for (i = 0; i < 50; i++) {
        value = make(20);
        check(value, 20);
        json_decref(value);
    }

    for (i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_nothing_unless_installed),
        cmocka_unit_test(holds_all_that_is_made_while_open),
        cmocka_unit_test(holds_what_is_larger_than_a_chunk),
        cmocka_unit_test(is_of_one_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
