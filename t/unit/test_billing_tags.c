
/* Tags: how many, how long, of what, and what NFC makes one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/tags.h"


#define GIM_JAMO "\xe1\x84\x80\xe1\x85\xb5\xe1\x86\xb7"
#define GIM      "\xea\xb9\x80"


/* Checks and frees tags; the code of the first error, "ok" if none. */
static const char *
check(json_t *tags, int patch)
{
    json_t          *out;
    billing_errors_t errors;
    billing_status_t status;

    static char code[32];

    billing_errors_init(&errors);
    status = billing_tags_check(tags, patch, "/tags", &out, &errors);
    strcpy(code, "ok");

    if (status == BILLING_OK) {
        assert_non_null(out);
        assert_int_equal(errors.count, 0);
    } else {
        assert_int_equal(status, BILLING_INVALID);
        assert_null(out);
        strcpy(code, json_string_value(json_object_get(
                         json_array_get(errors.list, 0), "code")));
    }

    json_decref(out);
    json_decref(tags);
    billing_errors_free(&errors);

    return code;
}


static json_t *
numbered(int n)
{
    int     i;
    char    key[16];
    json_t *tags;

    tags = json_object();

    for (i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "key_%d", i);
        json_object_set_new(tags, key, json_string("value"));
    }

    return tags;
}


static void
limits_their_number(void **state)
{
    (void) state;

    assert_string_equal(check(json_object(), 0), "ok");
    assert_string_equal(check(numbered(50), 0), "ok");
    assert_string_equal(check(numbered(51), 0), "limit");
    assert_string_equal(check(numbered(51), 1), "ok");
    assert_string_equal(check(json_array(), 0), "type");
    assert_string_equal(check(json_null(), 1), "type");
}


static void
limits_their_length(void **state)
{
    int     n;
    char    text[3 * 300 + 1];
    json_t *tags;

    (void) state;

    for (n = 1; n <= 300; n++) {
        memcpy(text + 3 * (n - 1), GIM, 3);
        text[3 * n] = '\0';

        tags = json_pack("{s:s}", text, "");
        assert_string_equal(check(tags, 0), n <= 128 ? "ok" : "length");

        tags = json_pack("{s:s}", "k", text);
        assert_string_equal(check(tags, 0), n <= 256 ? "ok" : "length");
    }

    assert_string_equal(check(json_pack("{s:s}", "", "v"), 0), "length");
}


static void
takes_keys_that_differ(void **state)
{
    json_t *tags;

    (void) state;

    tags = json_pack("{s:s, s:s}", GIM, "a", GIM_JAMO, "b");
    assert_string_equal(check(tags, 0), "duplicate");

    tags = json_pack("{s:n, s:s}", GIM_JAMO, GIM, "b");
    assert_string_equal(check(tags, 1), "duplicate");

    tags = json_pack("{s:s, s:s}", "Key", "a", "key", "b");
    assert_string_equal(check(tags, 0), "ok");
}


static void
removes_by_patch_only(void **state)
{
    (void) state;

    assert_string_equal(check(json_pack("{s:n}", "k"), 1), "ok");
    assert_string_equal(check(json_pack("{s:n}", "k"), 0), "type");
    assert_string_equal(check(json_pack("{s:n}", "a-b"), 1), "format");
}


static void
counts_what_is_kept_of_a_value(void **state)
{
    char             text[1 + 3 * 256 + 2];
    json_t          *tags, *out;
    billing_errors_t errors;

    (void) state;

    /* 256 characters between white space, each of two code points in NFD */
    memset(text, ' ', sizeof(text));
    for (size_t i = 0; i < 256; i++) {
        memcpy(text + 1 + 3 * i, "e\xcc\x81", 3);
    }
    text[sizeof(text) - 1] = '\0';

    billing_errors_init(&errors);
    tags = json_pack("{s:s}", "k", text);

    assert_int_equal(
        billing_tags_check(tags, 0, "/tags", &out, &errors), BILLING_OK);
    assert_int_equal(json_string_length(json_object_get(out, "k")), 512);

    json_decref(tags);
    json_decref(out);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_their_number),
        cmocka_unit_test(limits_their_length),
        cmocka_unit_test(takes_keys_that_differ),
        cmocka_unit_test(removes_by_patch_only),
        cmocka_unit_test(counts_what_is_kept_of_a_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
