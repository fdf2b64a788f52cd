
/* What is known about a block, and the digest of the accounts it covers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "block.h"


static void
check_meta(billing_block_meta_t meta)
{
    size_t               len, bit;
    billing_buf_t        buf;
    billing_block_meta_t back;

    billing_buf_init(&buf, 100);
    assert_int_equal(billing_block_meta_encode(&meta, &buf), BILLING_OK);

    assert_int_equal(
        billing_block_meta_decode((billing_str_t){ buf.data, buf.len }, &back),
        BILLING_OK);
    assert_true(back.fetched_at == meta.fetched_at);
    assert_true(back.scope == meta.scope);
    assert_int_equal(back.calls, meta.calls);
    assert_int_equal(back.rows, meta.rows);
    assert_int_equal(back.open, meta.open);

    for (len = 0; len < buf.len; len++) {
        assert_int_equal(
            billing_block_meta_decode((billing_str_t){ buf.data, len }, &back),
            BILLING_MALFORMED);
    }

    for (bit = 0; bit < 8; bit++) {
        buf.data[0] ^= (char) (1 << bit);
        assert_int_equal(billing_block_meta_decode(
                             (billing_str_t){ buf.data, buf.len }, &back),
            BILLING_MALFORMED);
        buf.data[0] ^= (char) (1 << bit);
    }

    assert_int_equal(billing_buf_add_char(&buf, 0), BILLING_OK);
    assert_int_equal(
        billing_block_meta_decode((billing_str_t){ buf.data, buf.len }, &back),
        BILLING_MALFORMED);

    billing_buf_free(&buf);
}


static void
test_meta(void **state)
{
    unsigned             i;
    billing_buf_t        buf;
    billing_block_meta_t meta;

    check_meta((billing_block_meta_t){ 0, 0, 0, 0, 0 });
    check_meta((billing_block_meta_t){
        253402300799, UINT64_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX });

    for (i = 0; i < 1000; i++) {
        check_meta(
            (billing_block_meta_t){ (time_t) (test_random() % 253402300799),
                test_random(), (uint32_t) test_random(),
                (uint32_t) (test_random() >> 60), (uint32_t) test_random() });
    }

    billing_buf_init(&buf, 100);

    meta = (billing_block_meta_t){ -1, 0, 0, 0, 0 };
    assert_int_equal(billing_block_meta_encode(&meta, &buf), BILLING_INVALID);
    meta.fetched_at = 253402300800;
    assert_int_equal(billing_block_meta_encode(&meta, &buf), BILLING_INVALID);
    assert_int_equal(buf.len, 0);

    assert_int_equal(
        billing_block_meta_decode(billing_str("\1\0\0\0\0\0\0\0\0"
                                              "\0\x80\x80\x80\x80\x10\0"),
            &meta),
        BILLING_MALFORMED);

    billing_buf_free(&buf);

    /* of a build that knew nothing of open dates */
    assert_int_equal(billing_block_meta_decode(billing_str("\1\0\0\0\0\0\0\0\7"
                                                           "\5\4\3"),
                         &meta),
        BILLING_OK);
    assert_int_equal(meta.fetched_at, 5);
    assert_int_equal(meta.rows, 3);
    assert_int_equal(meta.open, 0);
}


static void
test_scope(void **state)
{
    unsigned      i, j;
    uint64_t      digest;
    char          text[100][13];
    billing_str_t ids[100], id;

    for (i = 0; i < 100; i++) {
        snprintf(text[i], sizeof(text[i]), "%012u", i);
        ids[i] = billing_str_from(text[i]);
    }

    digest = billing_block_scope(ids, 100);

    for (i = 0; i < 100; i++) {
        assert_true(billing_block_scope(ids, i) != digest);

        j = test_random_below(100);
        id = ids[i];
        ids[i] = ids[j];
        ids[j] = id;
        assert_true(billing_block_scope(ids, 100) == digest);
    }

    /* 1 + 4 against 2 + 3: digests of neighbours are not neighbours */
    const billing_str_t outer[] = { billing_str("1"), billing_str("4") };
    const billing_str_t inner[] = { billing_str("2"), billing_str("3") };

    assert_true(billing_block_scope(outer, 2) != billing_block_scope(inner, 2));

    /* it is stored: the number must not change */
    id = billing_str("123456789012");
    assert_true(billing_block_scope(&id, 1) == 0xcc011a7a2366addcU);
    assert_true(billing_block_scope(NULL, 0) == 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
