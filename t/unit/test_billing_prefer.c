
/* What a client would rather have. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/prefer.h"


static void
test_wait(void **state)
{
    size_t i;

    static const struct {
        const char *prefer;
        long        seconds;
    } cases[] = {
        { "wait=2", 2 },
        { "WAIT = 2", 2 },
        { "wait=\"7\"", 7 },
        { "wait=0", 0 },
        { "return=minimal, wait=3", 3 },
        { "respond-async; foo=bar , wait=3 ; x=\"a,b\"", 3 },
        { "foo=\"a, wait=9\", wait=3", 3 },
        { "foo=\"a\\\", wait=9\", wait=3", 3 },
        { "foo; wait=9, wait=3", 3 },
        { "wait=3, wait=5", 3 },
        { "wait=999999999", 999999999 },
        { "", -1 },
        { ",,;,=", -1 },
        { "wait", -1 },
        { "wait=", -1 },
        { "wait=\"", -1 },
        { "wait=-1", -1 },
        { "wait=1.5", -1 },
        { "wait=1000000000", -1 },
        { "waits=1", -1 },
        { "foo=\"wait=1", -1 },
        { "foo=\"\\", -1 },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(billing_prefer_wait(billing_str_from(cases[i].prefer)),
            cases[i].seconds);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
