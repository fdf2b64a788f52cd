
/* The list of errors: pointers, codes, the cap, text that is not UTF-8. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/errors.h"


static const char *
member(const billing_errors_t *errors, size_t i, const char *name)
{
    return json_string_value(
        json_object_get(json_array_get(errors->list, i), name));
}


static void
lists_what_is_added(void **state)
{
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);
    assert_null(errors.list);

    billing_errors_add(&errors, "/limit", "range", "at most %d", 1000);
    billing_errors_add(&errors, "", "type", "must be an object");

    assert_int_equal(errors.count, 2);
    assert_int_equal(json_array_size(errors.list), 2);
    assert_int_equal(json_object_size(json_array_get(errors.list, 0)), 3);
    assert_string_equal(member(&errors, 0, "pointer"), "/limit");
    assert_string_equal(member(&errors, 0, "code"), "range");
    assert_string_equal(member(&errors, 0, "message"), "at most 1000");
    assert_string_equal(member(&errors, 1, "pointer"), "");

    billing_errors_free(&errors);
    assert_null(errors.list);
    assert_int_equal(errors.count, 0);
}


static void
escapes_member_names(void **state)
{
    size_t           i;
    billing_errors_t errors;

    /* RFC 6901 section 3 */
    static const char *cases[][2] = {
        { "name", "/tags/name" },
        { "", "/tags/" },
        { "a/b", "/tags/a~1b" },
        { "m~n", "/tags/m~0n" },
        { "~1", "/tags/~01" },
        { "//~~", "/tags/~1~1~0~0" },
        { "\xed\x82\xa4", "/tags/\xed\x82\xa4" },
    };

    (void) state;

    billing_errors_init(&errors);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        billing_errors_add_member(
            &errors, "/tags", cases[i][0], "format", "100%s");
        assert_string_equal(member(&errors, i, "pointer"), cases[i][1]);
        assert_string_equal(member(&errors, i, "message"), "100%s");
    }

    billing_errors_free(&errors);
}


static void
keeps_the_first_ones(void **state)
{
    int              i;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);

    for (i = 0; i < BILLING_ERRORS_MAX + 7; i++) {
        billing_errors_add(&errors, "/a", "type", "number %d", i);
    }

    assert_int_equal(errors.count, BILLING_ERRORS_MAX + 7);
    assert_int_equal(json_array_size(errors.list), BILLING_ERRORS_MAX);
    assert_string_equal(
        member(&errors, BILLING_ERRORS_MAX - 1, "message"), "number 49");

    billing_errors_free(&errors);
}


static void
takes_any_bytes(void **state)
{
    char             text[2000];
    size_t           i;
    billing_errors_t errors;

    (void) state;

    billing_errors_init(&errors);

    billing_errors_add(&errors, "/\xff\xfe", "unknown", "no \x80 such");
    assert_string_equal(member(&errors, 0, "pointer"), "/??");
    assert_string_equal(member(&errors, 0, "message"), "no ? such");

    /* a long message is cut, wherever in a character that may be */
    for (i = 0; i < 4; i++) {
        memset(text, 'x', sizeof(text));
        memcpy(text + 511 - i, "\xf0\x9f\x92\xb0", 4);
        text[sizeof(text) - 1] = '\0';

        billing_errors_add(&errors, "", "format", "%s", text);
        assert_int_equal(strlen(member(&errors, i + 1, "message")), 511);
    }

    assert_int_equal(errors.count, 5);

    billing_errors_free(&errors);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_what_is_added),
        cmocka_unit_test(escapes_member_names),
        cmocka_unit_test(keeps_the_first_ones),
        cmocka_unit_test(takes_any_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
