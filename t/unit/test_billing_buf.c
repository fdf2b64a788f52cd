
/* The growing buffer: limits, the sticky failure, memory that comes back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/buf.h"


static void
grows_and_keeps_its_contents(void **state)
{
    size_t        i;
    billing_buf_t b;

    (void) state;

    billing_buf_init(&b, 100000);

    for (i = 0; i < 100000; i++) {
        assert_int_equal(
            billing_buf_add_char(&b, (char) ('a' + i % 26)), BILLING_OK);
    }

    assert_int_equal(b.len, 100000);

    for (i = 0; i < b.len; i++) {
        assert_int_equal(b.data[i], 'a' + i % 26);
    }

    billing_buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
}


static void
stops_at_its_maximum(void **state)
{
    billing_buf_t b;

    (void) state;

    billing_buf_init(&b, 5);

    assert_int_equal(billing_buf_add(&b, "12345", 5), BILLING_OK);
    assert_int_equal(billing_buf_add(&b, "", 0), BILLING_OK);
    assert_int_equal(billing_buf_add_char(&b, '6'), BILLING_LIMIT);
    assert_int_equal(b.len, 5);
    assert_memory_equal(b.data, "12345", 5);

    billing_buf_free(&b);
    assert_int_equal(billing_buf_add(&b, "123456", 6), BILLING_LIMIT);
    assert_null(b.data);

    billing_buf_free(&b);
}


static void
stays_failed_until_reset(void **state)
{
    billing_buf_t b;

    (void) state;

    billing_buf_init(&b, 4);

    assert_int_equal(billing_buf_add(&b, "12345", 5), BILLING_LIMIT);
    assert_int_equal(billing_buf_add(&b, "1", 1), BILLING_LIMIT);
    assert_int_equal(billing_buf_add(&b, NULL, 0), BILLING_LIMIT);
    assert_int_equal(billing_buf_addf(&b, "%d", 1), BILLING_LIMIT);
    assert_int_equal(b.len, 0);

    billing_buf_reset(&b);

    assert_int_equal(billing_buf_add(&b, "1234", 4), BILLING_OK);
    assert_int_equal(b.len, 4);

    billing_buf_free(&b);
}


static void
never_wraps_a_length(void **state)
{
    billing_buf_t b;

    (void) state;

    billing_buf_init(&b, SIZE_MAX);

    assert_int_equal(billing_buf_add(&b, "abc", 3), BILLING_OK);
    assert_int_equal(billing_buf_add(&b, "x", SIZE_MAX - 1), BILLING_LIMIT);
    assert_int_equal(b.len, 3);

    billing_buf_free(&b);
}


static void
prints_up_to_the_last_byte(void **state)
{
    billing_buf_t b;

    (void) state;

    billing_buf_init(&b, 8);

    assert_int_equal(billing_buf_addf(&b, "%s", ""), BILLING_OK);
    assert_int_equal(billing_buf_addf(&b, "%d-%s", 12, "abc"), BILLING_OK);
    assert_int_equal(billing_buf_addf(&b, "%02d", 7), BILLING_OK);
    assert_int_equal(b.len, 8);
    assert_memory_equal(b.data, "12-abc07", 8);
    assert_int_equal(billing_buf_addf(&b, "%d", 1), BILLING_LIMIT);
    assert_int_equal(b.len, 8);

    billing_buf_free(&b);
}


static void
wipes_and_can_be_used_again(void **state)
{
    billing_buf_t b;

    (void) state;

    billing_buf_init(&b, 100);
    billing_buf_wipe(&b);

    assert_int_equal(
        billing_buf_add_str(&b, billing_str("secret")), BILLING_OK);
    billing_buf_wipe(&b);

    assert_null(b.data);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, 0);
    assert_int_equal(b.max, 100);
    assert_int_equal(billing_buf_add_str(&b, billing_str("x")), BILLING_OK);

    billing_buf_free(&b);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps_its_contents),
        cmocka_unit_test(stops_at_its_maximum),
        cmocka_unit_test(stays_failed_until_reset),
        cmocka_unit_test(never_wraps_a_length),
        cmocka_unit_test(prints_up_to_the_last_byte),
        cmocka_unit_test(wipes_and_can_be_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
