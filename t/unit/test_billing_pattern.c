
/* Patterns: what matches, and what does not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/pattern.h"


static void
test_match(void **state)
{
    size_t i;

    static const struct {
        const char      *pattern;
        const char      *text;
        billing_status_t status;
    } cases[] = {
        { "^[0-9]{12}$", "123456789012", BILLING_OK },
        { "^[0-9]{12}$", "12345678901", BILLING_INVALID },
        { "^[0-9]{12}$", "1234567890123", BILLING_INVALID },
        { "^[0-9]{12}$", "123456789012\n", BILLING_INVALID },
        { "^([0-9]{12}|.*[^0-9].*)$", "all", BILLING_OK },
        { "^([0-9]{12}|.*[^0-9].*)$", "12345678901", BILLING_INVALID },
        { "^([0-9]{12}|.*[^0-9].*)$", "\xec\xa0\x84\xec\xb2\xb4", BILLING_OK },
        { "^([0-9]{12}|.*[^0-9].*)$", "", BILLING_INVALID },
        { "^.$", "\xec\xa0\x84", BILLING_OK },
        { "^a.b$", "a\nb", BILLING_OK },
        { "^/?(a/)?[.]b$", "/a/.b", BILLING_OK },
        { "b", "abc", BILLING_OK },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(billing_pattern_match(
                             cases[i].pattern, billing_str_from(cases[i].text)),
            cases[i].status);
    }

    /* not ended by a NUL, and nothing at all */
    assert_int_equal(
        billing_pattern_match("^ab$", (billing_str_t){ "abc", 2 }), BILLING_OK);
    assert_int_equal(
        billing_pattern_match("^$", (billing_str_t){ NULL, 0 }), BILLING_OK);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
