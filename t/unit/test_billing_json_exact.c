
/* Numbers keep the digits that they were written with. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"

#include "random.h"


#define COUNT(a) (sizeof(a) / sizeof((a)[0]))


/* The only element of an array, as it has been read; "" for no string. */
static void
assert_element(const char *text, const char *expected)
{
    char    array[256];
    json_t *value, *element;

    (void) snprintf(array, sizeof(array), "[%s]", text);

    assert_int_equal(
        billing_json_parse_exact(billing_str_from(array), 4, &value, NULL),
        BILLING_OK);

    element = json_array_get(value, 0);

    if (json_is_integer(element)) {
        (void) snprintf(array, sizeof(array), "%" JSON_INTEGER_FORMAT,
            json_integer_value(element));
        assert_string_equal(array, expected);

    } else {
        assert_string_equal(json_string_value(element), expected);
    }

    json_decref(value);
}


static void
keeps_what_is_written(void **state)
{
    size_t i;

    static const char *const cases[] = { "0", "-0", "7", "-7", "0.1",
        "98765432109.123456", "-98765432109.123456",
        "1234567890123.123456789012", "0.30000000000000004", "1e5", "1E-7",
        "-2.5e+10", "1.5E-7", "123456789012345678", "-123456789012345678",
        "1234567890123456789", "99999999999999999999999999999999", "1e999",
        "0.0", "-0.0e0" };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        assert_element(cases[i], strcmp(cases[i], "-0") == 0 ? "0" : cases[i]);
    }
}


static void
leaves_texts_alone(void **state)
{
    (void) state;

    assert_element("\"1.50\"", "1.50");
    assert_element("\"a 1.5 b\"", "a 1.5 b");
    assert_element("\"\\\"1.5\"", "\"1.5");
    assert_element("\"\\\\\"", "\\");
    assert_element("\"\\\\\\\" 1.5,\"", "\\\" 1.5,");
    assert_element("\"\xea\xb9\x80 1.5\"", "\xea\xb9\x80 1.5");
}


static void
reads_numbers_wherever_they_stand(void **state)
{
    char   *text;
    json_t *value;

    (void) state;

    assert_int_equal(
        billing_json_parse_exact(billing_str("\xef\xbb\xbf{\"a 1.5\":1.5,"
                                             "\"b\" : [ 2.50 ,-3, 4e0\n],"
                                             "\"c\":{\"d\":true,\"e\":null}}"),
            4, &value, NULL),
        BILLING_OK);

    text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, "{\"a 1.5\":\"1.5\",\"b\":[\"2.50\",-3,\"4e0\"],"
                              "\"c\":{\"d\":true,\"e\":null}}");
    free(text);
    json_decref(value);

    /* a number alone, to the last byte */
    assert_int_equal(
        billing_json_parse_exact(billing_str("1.5"), 4, &value, NULL),
        BILLING_OK);
    assert_string_equal(json_string_value(value), "1.5");
    json_decref(value);
}


static void
refuses_what_is_no_number(void **state)
{
    size_t  i;
    json_t *value;

    static const char *const cases[] = { "[1.]", "[.5]", "[01]", "[01.5]",
        "[-]", "[-.5]", "[+1.5]", "[1e]", "[1e+]", "[1.5e]", "[1.5.5]",
        "[1.5x]", "[1.5 2.5]", "[0x1.8]", "[1,5.]", "[1.5", "[\"1.5]", "1.5e",
        "-", "1.5\"", "[1.5\"a\"]", "[\"a\"1.5]", "[--1.5]", "[1-1.5]",
        "[Infinity]", "[-Infinity]", "[NaN]", "{1.5:1}", "{1.5 \n:1}" };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        if (billing_json_parse_exact(
                billing_str_from(cases[i]), 4, &value, NULL)
            == BILLING_OK)
        {
            fail_msg("%s is read", cases[i]);
        }
    }
}


/* Whatever jansson reads is read, and the other way round. */
static void
agrees_with_jansson(void **state)
{
    int              i, j, n;
    char             text[24];
    json_t          *plain, *exact;
    billing_str_t    s;
    billing_status_t one, other;

    static const char alphabet[] = "[]{},:\"\\01.5e+- \n-EntrufalsA";

    (void) state;

    for (i = 0; i < 400000; i++) {
        n = 1 + (int) test_random_below(sizeof(text) - 1);

        for (j = 0; j < n; j++) {
            text[j] = alphabet[test_random_below(sizeof(alphabet) - 1)];
        }

        if (test_random_below(2)) {
            text[0] = '[';
            text[n - 1] = ']';
        }

        s = (billing_str_t){ text, (size_t) n };
        one = billing_json_parse(s, 8, &plain, NULL);
        other = billing_json_parse_exact(s, 8, &exact, NULL);

        if (one != other) {
            /*
             * jansson has no place for such a number, and we have; and it
             * refuses strings with a line feed in them
             */
            if (other != BILLING_OK
                || (memchr(text, '\n', (size_t) n) == NULL
                    && memchr(text, 'e', (size_t) n) == NULL
                    && memchr(text, 'E', (size_t) n) == NULL && n < 19))
            {
                fail_msg("%.*s: %d and %d", n, text, one, other);
            }
        }

        json_decref(plain);
        json_decref(exact);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_written),
        cmocka_unit_test(leaves_texts_alone),
        cmocka_unit_test(reads_numbers_wherever_they_stand),
        cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(agrees_with_jansson),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
