
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/varint.h"
#include "random.h"


#define MONEY_MAX ((billing_money_t) (~(unsigned __int128) 0 >> 1))


static billing_reader_t
reader_of(const unsigned char *bytes, size_t len)
{
    return (billing_reader_t){ bytes, bytes + len };
}


static void
check_number(uint64_t value, size_t len)
{
    size_t           i;
    uint64_t         back;
    unsigned char    bytes[BILLING_VARINT_LEN];
    billing_reader_t reader;

    assert_int_equal(billing_varint_put(bytes, value) - bytes, len);

    reader = reader_of(bytes, len);
    assert_int_equal(billing_varint_get(&reader, value, &back), BILLING_OK);
    assert_true(back == value);
    assert_ptr_equal(reader.p, reader.end);

    for (i = 0; i < len; i++) {
        reader = reader_of(bytes, i);
        assert_int_equal(
            billing_varint_get(&reader, UINT64_MAX, &back), BILLING_MALFORMED);
    }

    if (value != 0) {
        reader = reader_of(bytes, len);
        assert_int_equal(
            billing_varint_get(&reader, value - 1, &back), BILLING_MALFORMED);
    }
}


static void
test_number(void **state)
{
    unsigned i;

    check_number(0, 1);
    check_number(127, 1);
    check_number(128, 2);
    check_number(16383, 2);
    check_number(16384, 3);
    check_number(UINT32_MAX, 5);
    check_number(INT64_MAX, 9);
    check_number((uint64_t) INT64_MAX + 1, 10);
    check_number(UINT64_MAX, 10);

    for (i = 7; i < 64; i += 7) {
        check_number(((uint64_t) 1 << i) - 1, i / 7);
        check_number((uint64_t) 1 << i, i / 7 + 1);
    }
}


static void
check_money(billing_money_t value)
{
    size_t           i, len;
    unsigned char    bytes[BILLING_VARINT_MONEY_LEN];
    billing_money_t  back;
    billing_reader_t reader;

    len = (size_t) (billing_varint_put_money(bytes, value) - bytes);
    assert_in_range(len, 1, BILLING_VARINT_MONEY_LEN);

    reader = reader_of(bytes, len);
    assert_int_equal(billing_varint_get_money(&reader, &back), BILLING_OK);
    assert_true(back == value);
    assert_ptr_equal(reader.p, reader.end);

    for (i = 0; i < len; i++) {
        reader = reader_of(bytes, i);
        assert_int_equal(
            billing_varint_get_money(&reader, &back), BILLING_MALFORMED);
    }
}


static void
test_money(void **state)
{
    unsigned        i;
    billing_money_t power;

    check_money(0);
    check_money(MONEY_MAX);
    check_money(-MONEY_MAX);
    check_money(-MONEY_MAX - 1);

    for (i = 0; i < 127; i++) {
        power = (billing_money_t) 1 << i;

        check_money(power);
        check_money(power - 1);
        check_money(-power);
        check_money(-power - 1);
    }

    for (i = 0; i < 20000; i++) {
        check_money(test_random_money(127));
    }
}


static void
test_money_is_short(void **state)
{
    unsigned char bytes[BILLING_VARINT_MONEY_LEN];

    assert_int_equal(billing_varint_put_money(bytes, -1) - bytes, 1);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(billing_varint_put_money(bytes, 63) - bytes, 1);
    assert_int_equal(bytes[0], 126);
    assert_int_equal(billing_varint_put_money(bytes, 64) - bytes, 2);

    /* 0.312 */
    assert_int_equal(
        billing_varint_put_money(bytes, 312000000000LL) - bytes, 6);
}


static void
test_refused(void **state)
{
    size_t           i;
    uint64_t         value;
    unsigned char    bytes[30];
    billing_money_t  money;
    billing_reader_t reader;

    static const unsigned char zero_in_two[] = { 0x80, 0x00 };
    static const unsigned char one_in_three[] = { 0x81, 0x80, 0x00 };

    reader = reader_of(zero_in_two, sizeof(zero_in_two));
    assert_int_equal(
        billing_varint_get(&reader, UINT64_MAX, &value), BILLING_MALFORMED);

    reader = reader_of(one_in_three, sizeof(one_in_three));
    assert_int_equal(
        billing_varint_get_money(&reader, &money), BILLING_MALFORMED);

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 0xff;
    }

    /* 2^64 and 2^128 need one bit more in the last byte */
    bytes[9] = 0x02;
    reader = reader_of(bytes, 10);
    assert_int_equal(
        billing_varint_get(&reader, UINT64_MAX, &value), BILLING_MALFORMED);

    bytes[9] = 0xff;
    bytes[18] = 0x04;
    reader = reader_of(bytes, 19);
    assert_int_equal(
        billing_varint_get_money(&reader, &money), BILLING_MALFORMED);

    /* without an end */
    bytes[18] = 0xff;
    reader = reader_of(bytes, sizeof(bytes));
    assert_int_equal(
        billing_varint_get(&reader, UINT64_MAX, &value), BILLING_MALFORMED);

    reader = reader_of(bytes, sizeof(bytes));
    assert_int_equal(
        billing_varint_get_money(&reader, &money), BILLING_MALFORMED);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_money_is_short),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
