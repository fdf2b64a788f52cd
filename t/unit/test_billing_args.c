
/* Query strings: decoding, what is not clean, arguments of lists. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/args.h"


static const char *
member(const billing_errors_t *errors, size_t i, const char *name)
{
    return json_string_value(
        json_object_get(json_array_get(errors->list, i), name));
}


static void
decodes_pairs_in_order(void **state)
{
    size_t           i;
    billing_args_t   args;
    billing_errors_t errors;

    static const struct {
        const char *name;
        const char *value;
    } expected[] = {
        { "a", "1" },
        { "b c", "x y" },
        { "\xea\xb9\x80", "&=+%" },
        { "d", "e=f" },
        { "g", "" },
        { "h", "" },
        { "a", "2" },
        { "", "i" },
    };

    (void) state;

    billing_errors_init(&errors);

    assert_int_equal(
        billing_args_decode(billing_str("&a=1&b+c=x%20y&%EA%b9%80=%26%3d%2B%25"
                                        "&d=e=f&g&h=&&a=2&=i&"),
            &args, &errors),
        BILLING_OK);

    assert_int_equal(errors.count, 0);
    assert_int_equal(args.npairs, sizeof(expected) / sizeof(expected[0]));

    for (i = 0; i < args.npairs; i++) {
        assert_string_equal(args.pairs[i].name.data, expected[i].name);
        assert_int_equal(args.pairs[i].name.len, strlen(expected[i].name));
        assert_string_equal(args.pairs[i].value.data, expected[i].value);
        assert_int_equal(args.pairs[i].value.len, strlen(expected[i].value));
        args.room[i] = args.pairs[i].value;
    }

    free(args.memory);
}


static void
takes_nothing_for_nothing(void **state)
{
    size_t           i;
    billing_args_t   args;
    billing_errors_t errors;

    static const billing_str_t cases[] = { { NULL, 0 }, billing_str(""),
        billing_str("&"), billing_str("&&&&") };

    (void) state;

    billing_errors_init(&errors);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            billing_args_decode(cases[i], &args, &errors), BILLING_OK);
        assert_int_equal(args.npairs, 0);
        assert_int_equal(errors.count, 0);
        free(args.memory);
    }
}


static void
refuses_what_is_not_clean(void **state)
{
    size_t           i;
    billing_args_t   args;
    billing_errors_t errors;

    static const struct {
        billing_str_t args;
        const char   *pointer;
    } cases[] = {
        { billing_str("q=%"), "/q" },
        { billing_str("q=%4"), "/q" },
        { billing_str("q=%4&x=1"), "/q" },
        { billing_str("q=abc%zz"), "/q" },
        { billing_str("q=%+1"), "/q" },
        { billing_str("q=%00"), "/q" },
        { billing_str("q=a\0b"), "/q" },
        { billing_str("q=%ff"), "/q" },
        { billing_str("q=\xff"), "/q" },
        { billing_str("q=%ed%a0%80"), "/q" },
        { billing_str("q=%c3"), "/q" },
        { billing_str("%zz=1"), "/%zz" },
        { billing_str("%ff=1"), "/%ff" },
        { billing_str("\xff=1"), "/?" },
        { billing_str("a%2Fb=%00"), "/a~1b" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        billing_errors_init(&errors);

        assert_int_equal(
            billing_args_decode(cases[i].args, &args, &errors), BILLING_OK);
        assert_int_equal(errors.count, 1);
        assert_string_equal(member(&errors, 0, "code"), "format");
        assert_string_equal(member(&errors, 0, "pointer"), cases[i].pointer);
        assert_int_equal(args.npairs, i == 2);

        free(args.memory);
        billing_errors_free(&errors);
    }
}


static void
reads_the_arguments_of_lists(void **state)
{
    void            *memory;
    billing_errors_t errors;
    billing_arg_t    known[] = { { .name = "q" }, { .name = "limit" },
           { .name = "cursor" } };

    (void) state;

    billing_errors_init(&errors);

    assert_int_equal(billing_args_parse(billing_str("limit=5&q=%EA%B9%80+1"),
                         known, 3, &memory, &errors),
        BILLING_OK);
    assert_true(known[0].given);
    assert_string_equal(known[0].value.data, "\xea\xb9\x80 1");
    assert_true(known[1].given);
    assert_string_equal(known[1].value.data, "5");
    assert_false(known[2].given);
    assert_int_equal(known[2].value.len, 0);
    free(memory);

    assert_int_equal(
        billing_args_parse(billing_str("q="), known, 3, &memory, &errors),
        BILLING_OK);
    assert_true(known[0].given);
    assert_int_equal(known[0].value.len, 0);
    assert_false(known[1].given);
    free(memory);

    assert_int_equal(errors.count, 0);
}


static void
tells_all_that_is_wrong(void **state)
{
    void            *memory;
    billing_errors_t errors;
    billing_arg_t    known[] = { { .name = "q" }, { .name = "limit" } };

    (void) state;

    billing_errors_init(&errors);

    assert_int_equal(
        billing_args_parse(billing_str("Q=1&q=a&limit=%zz&q=b&lim%2Fit=2"),
            known, 2, &memory, &errors),
        BILLING_INVALID);
    assert_null(memory);
    assert_null(known[0].value.data);
    assert_int_equal(errors.count, 4);
    assert_string_equal(member(&errors, 0, "pointer"), "/limit");
    assert_string_equal(member(&errors, 0, "code"), "format");
    assert_string_equal(member(&errors, 1, "pointer"), "/Q");
    assert_string_equal(member(&errors, 1, "code"), "unknown");
    assert_string_equal(member(&errors, 2, "pointer"), "/q");
    assert_string_equal(member(&errors, 2, "code"), "duplicate");
    assert_string_equal(member(&errors, 3, "pointer"), "/lim~1it");
    assert_string_equal(member(&errors, 3, "code"), "unknown");

    billing_errors_free(&errors);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_pairs_in_order),
        cmocka_unit_test(takes_nothing_for_nothing),
        cmocka_unit_test(refuses_what_is_not_clean),
        cmocka_unit_test(reads_the_arguments_of_lists),
        cmocka_unit_test(tells_all_that_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
