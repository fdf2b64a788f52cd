
/* JSON: what reading refuses, and that writing is read back as it was. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/json.h"


static billing_status_t
parse(billing_str_t text, unsigned max_depth)
{
    json_t          *value;
    billing_status_t status;

    status = billing_json_parse(text, max_depth, &value, NULL);

    assert_int_equal(status == BILLING_OK, value != NULL);
    json_decref(value);

    return status;
}


static void
reads_any_value(void **state)
{
    size_t i;

    static const billing_str_t cases[] = { billing_str("{}"), billing_str("[]"),
        billing_str("\"\""), billing_str("0"), billing_str("-1.5e-7"),
        billing_str("true"), billing_str("null"),
        billing_str(" \t\r\n{ \"a\" : [ 1 , { } ] } \n"),
        billing_str("\"[[[[[[[[\""), billing_str("\"\\\"[[[[[[[[\""),
        billing_str("\"\\\\\""), billing_str("{\"{{{{\":\"}}}}[[[[\"}"),
        billing_str("\"\xea\xb9\x80\\ud83d\\udcb0\"") };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (parse(cases[i], 3) != BILLING_OK) {
            fail_msg("case %zu is refused", i);
        }
    }
}


static void
refuses_what_is_not_json(void **state)
{
    size_t i;

    static const billing_str_t cases[] = { billing_str(""), billing_str(" "),
        billing_str("{"), billing_str("}"), billing_str("[1,]"),
        billing_str("{\"a\":1,}"), billing_str("{a:1}"), billing_str("'a'"),
        billing_str("01"), billing_str("+1"), billing_str("1."),
        billing_str("NaN"), billing_str("1e999"), billing_str("1 2"),
        billing_str("{} x"), billing_str("{}\0"), billing_str("\0{}"),
        billing_str("\xef\xbb\xbf"), billing_str("{}\xef\xbb\xbf"),
        billing_str("\xef\xbb\xbf\xef\xbb\xbf{}"), billing_str("\xef\xbb{}"),
        billing_str("\xef\xbb\xbf{}"), billing_str("\"\n\""),
        billing_str("\"abc"), billing_str("\"\\x41\""),
        billing_str("\"\\ud83d\""), billing_str("\"\\"),
        /* RFC 8259 section 4: names should be unique; here they must */
        billing_str("{\"a\":1,\"a\":1}"),
        billing_str("{\"a\":1,\"\\u0061\":2}"),
        /* not UTF-8 */
        billing_str("\"\xff\""), billing_str("\"\xc0\xaf\""),
        billing_str("\"\xed\xa0\x80\""), billing_str("\"\xf4\x90\x80\x80\""),
        billing_str("{\"\x80\":1}"),
        /* NUL in strings */
        billing_str("\"a\\u0000b\""), billing_str("{\"a\\u0000b\":1}"),
        billing_str("\"a\0b\""), { NULL, 0 } };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (parse(cases[i], 3) != BILLING_MALFORMED) {
            fail_msg("case %zu is not refused", i);
        }
    }
}


static void
limits_the_depth(void **state)
{
    (void) state;

    assert_int_equal(parse(billing_str("1"), 0), BILLING_OK);
    assert_int_equal(parse(billing_str("[]"), 0), BILLING_LIMIT);
    assert_int_equal(parse(billing_str("[[{\"a\":1}]]"), 3), BILLING_OK);
    assert_int_equal(parse(billing_str("[[{\"a\":1}]]"), 2), BILLING_LIMIT);
    assert_int_equal(parse(billing_str("[[],[],[],[[]]]"), 3), BILLING_OK);
    assert_int_equal(
        parse(billing_str("[[],[],{\"a\":[]}]"), 2), BILLING_LIMIT);
    assert_int_equal(parse(billing_str("[\"\\\\\",[[]]]"), 2), BILLING_LIMIT);
    assert_int_equal(parse(billing_str("]]]]]]]]]][[[["), 3), BILLING_LIMIT);
}


static void
is_not_hurt_by_ten_megabytes_of_brackets(void **state)
{
    static char text[10 * 1024 * 1024];

    (void) state;

    memset(text, '[', sizeof(text));
    assert_int_equal(
        parse((billing_str_t){ text, sizeof(text) }, 32), BILLING_LIMIT);
}


static void
says_where_and_quotes_nothing(void **state)
{
    size_t  i;
    char    reason[128];
    json_t *value;

    static const char *cases[] = { "{\"key\":\n\"s3cret\" \"s3cret\"}",
        "{\"s3cret\":1,\n\"s3cret\":2}", "{\"key\":\n s3cret}",
        "[\n\"s3cret\\q\"]", "[\n\"s3cret", "[1,\n2 s3cret" };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_json_parse(billing_str_from(cases[i]), 8, &value, reason),
            BILLING_MALFORMED);
        assert_null(value);
        assert_null(strstr(reason, "s3cret"));
        assert_memory_equal(reason, "line 2: ", 8);
        assert_true(strlen(reason) > 12);
    }

    assert_int_equal(
        billing_json_parse(billing_str("[\n\n[[]]]"), 2, &value, reason),
        BILLING_LIMIT);
    assert_string_equal(reason, "line 3: nested too deeply");
}


static long allocations_left;


static void *
allocate(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}


static void
fails_when_memory_is_out(void **state)
{
    long             n;
    json_t          *value;
    billing_status_t status;

    (void) state;

    json_set_alloc_funcs(allocate, free);

    for (n = 0;; n++) {
        allocations_left = n;
        status = billing_json_parse(
            billing_str("{\"a\":[1,2,{\"b\":\"c\"}],\"d\":1.5}"), 8, &value,
            NULL);

        if (status == BILLING_OK) {
            break;
        }

        assert_true(
            status == BILLING_NOMEM || (n > 0 && status == BILLING_MALFORMED));
        assert_null(value);
    }

    assert_true(n > 10);

    json_decref(value);
    json_set_alloc_funcs(malloc, free);
}


static void
writes_commas_where_they_belong(void **state)
{
    billing_buf_t  out;
    billing_json_t w;

    static const char expected[] =
        "{\"a\":1,\"b\":[true,false,null,-9223372036854775808,[],{}],"
        "\"c\":{\"d\":\"\",\"e\":12.50},\"f\":null,\"g\":\"h\"}";

    (void) state;

    billing_buf_init(&out, 1000);
    billing_json_init(&w, &out);

    billing_json_begin_object(&w);
    billing_json_key(&w, "a");
    billing_json_int(&w, 1);
    billing_json_key(&w, "b");
    billing_json_begin_array(&w);
    billing_json_bool(&w, 2);
    billing_json_bool(&w, 0);
    billing_json_null(&w);
    billing_json_int(&w, INT64_MIN);
    billing_json_begin_array(&w);
    billing_json_end_array(&w);
    billing_json_begin_object(&w);
    billing_json_end_object(&w);
    billing_json_end_array(&w);
    billing_json_key(&w, "c");
    billing_json_begin_object(&w);
    billing_json_key(&w, "d");
    billing_json_string(&w, (billing_str_t){ NULL, 0 });
    billing_json_key(&w, "e");
    billing_json_raw(&w, billing_str("12.50"));
    billing_json_end_object(&w);
    billing_json_key(&w, "f");
    billing_json_cstring(&w, NULL);
    billing_json_key(&w, "g");
    billing_json_cstring(&w, "h");
    billing_json_end_object(&w);

    assert_int_equal(out.status, BILLING_OK);
    assert_int_equal(out.len, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.len);

    billing_buf_free(&out);
}


static void
escapes_what_must_be(void **state)
{
    billing_buf_t  out;
    billing_json_t w;

    static const char expected[] =
        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u0001\\u001f\x7f\\u003c/script>"
        "\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\xea\xb9\x80\xe2\x80\"";

    (void) state;

    billing_buf_init(&out, 1000);
    billing_json_init(&w, &out);
    billing_json_string(
        &w, billing_str("\"\\/\b\f\n\r\t\0\x01\x1f\x7f</script>\xe2\x80\xa7"
                        "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xea\xb9\x80"
                        "\xe2\x80"));

    assert_int_equal(out.status, BILLING_OK);
    assert_int_equal(out.len, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.len);

    billing_buf_free(&out);
}


static void
reads_every_character_back(void **state)
{
    char           c[2];
    json_t        *value;
    billing_buf_t  out;
    billing_json_t w;

    (void) state;

    billing_buf_init(&out, 1000);

    for (c[0] = 1, c[1] = 'x'; c[0] < 127; c[0]++) {
        billing_buf_reset(&out);
        billing_json_init(&w, &out);
        billing_json_string(&w, (billing_str_t){ c, 2 });

        assert_int_equal(
            billing_json_parse(
                (billing_str_t){ out.data, out.len }, 1, &value, NULL),
            BILLING_OK);
        assert_int_equal(json_string_length(value), 2);
        assert_memory_equal(json_string_value(value), c, 2);

        json_decref(value);
    }

    billing_buf_free(&out);
}


static void
writes_jansson_values(void **state)
{
    json_t        *value;
    billing_buf_t  out;
    billing_json_t w;

    static const char text[] =
        "{\"z\":[1,-2.5,0.125,true,false,null],\"a\":{\"b\":{}},"
        "\"c\":\"\\u003c\"}";
    static const char expected[] =
        "[{\"z\":[1,-2.5,0.125,true,false,null],\"a\":{\"b\":{}},"
        "\"c\":\"\\u003c\"},null]";

    (void) state;

    assert_int_equal(
        billing_json_parse(billing_str(text), 8, &value, NULL), BILLING_OK);

    billing_buf_init(&out, 1000);
    billing_json_init(&w, &out);
    billing_json_begin_array(&w);
    billing_json_value(&w, value);
    billing_json_value(&w, NULL);
    billing_json_end_array(&w);

    assert_int_equal(out.status, BILLING_OK);
    assert_int_equal(out.len, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.len);

    json_decref(value);
    billing_buf_free(&out);
}


static void
limits_its_own_depth(void **state)
{
    int            i;
    json_t        *value;
    billing_buf_t  out;
    billing_json_t w;

    (void) state;

    value = json_array();
    for (i = 1; i < BILLING_JSON_DEPTH; i++) {
        value = json_pack("[o]", value);
    }

    billing_buf_init(&out, 1000);
    billing_json_init(&w, &out);
    billing_json_value(&w, value);
    assert_int_equal(out.status, BILLING_OK);
    assert_int_equal(out.len, 2 * BILLING_JSON_DEPTH);

    value = json_pack("{s:o}", "a", value);

    billing_buf_reset(&out);
    billing_json_init(&w, &out);
    billing_json_value(&w, value);
    assert_int_equal(out.status, BILLING_LIMIT);

    json_decref(value);
    billing_buf_free(&out);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_any_value),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(limits_the_depth),
        cmocka_unit_test(is_not_hurt_by_ten_megabytes_of_brackets),
        cmocka_unit_test(says_where_and_quotes_nothing),
        cmocka_unit_test(fails_when_memory_is_out),
        cmocka_unit_test(writes_commas_where_they_belong),
        cmocka_unit_test(escapes_what_must_be),
        cmocka_unit_test(reads_every_character_back),
        cmocka_unit_test(writes_jansson_values),
        cmocka_unit_test(limits_its_own_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
