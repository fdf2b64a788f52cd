
/* Credential fields: schema, check, mask. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "providers/fields.h"


static const char *const kinds[] = { "one", "two", NULL };

static const billing_credential_t fields[] = {
    { .name = "id",
        .title = "Id",
        .title_ko = "아이디",
        .help = "The id.",
        .help_ko = "아이디입니다.",
        .max = 12,
        .pattern = "^[0-9]{1,12}$" },
    { .name = "key",
        .title = "Key",
        .title_ko = "키",
        .help = "The key.",
        .help_ko = "키입니다.",
        .max = 40,
        .secret = 1,
        .lines = 1 },
    { .name = "note",
        .title = "Note",
        .title_ko = "메모",
        .help = "A note.",
        .help_ko = "메모입니다.",
        .max = 3,
        .optional = 1 },
    { .name = "kind",
        .title = "Kind",
        .title_ko = "종류",
        .help = "The kind.",
        .help_ko = "종류입니다.",
        .choices = kinds },
    { .name = NULL },
};


static json_t *
parse(const char *text)
{
    json_t *value;

    value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);

    return value;
}


static void
makes_a_schema(void **state)
{
    json_t *schema, *expected;

    (void) state;

    schema = billing_fields_schema(fields, "Ask.", "물어보세요.");
    expected = parse(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
        "\"type\":\"object\",\"description\":\"Ask.\","
        "\"x-ko\":{\"description\":\"물어보세요.\"},"
        "\"required\":[\"id\",\"key\"],\"additionalProperties\":false,"
        "\"properties\":{"
        "\"id\":{\"type\":\"string\",\"title\":\"Id\","
        "\"description\":\"The id.\",\"x-ko\":{\"title\":\"아이디\","
        "\"description\":\"아이디입니다.\"},\"maxLength\":12,"
        "\"minLength\":1,\"pattern\":\"^[0-9]{1,12}$\"},"
        "\"key\":{\"type\":\"string\",\"title\":\"Key\","
        "\"description\":\"The key.\",\"x-ko\":{\"title\":\"키\","
        "\"description\":\"키입니다.\"},\"maxLength\":40,"
        "\"minLength\":1,\"writeOnly\":true,\"x-lines\":true},"
        "\"note\":{\"type\":\"string\",\"title\":\"Note\","
        "\"description\":\"A note.\",\"x-ko\":{\"title\":\"메모\","
        "\"description\":\"메모입니다.\"},\"maxLength\":3},"
        "\"kind\":{\"type\":\"string\",\"title\":\"Kind\","
        "\"description\":\"The kind.\",\"x-ko\":{\"title\":\"종류\","
        "\"description\":\"종류입니다.\"},\"enum\":[\"one\",\"two\"],"
        "\"default\":\"one\"}}}");

    assert_true(json_equal(schema, expected));

    json_decref(expected);
    json_decref(schema);
}


static const struct {
    const char *in;
    const char *out;       /* NULL: refused ... */
    const char *errors[5]; /* ... with "pointer code" */
} cases[] = {
    { "{\"id\":\" 12 \",\"key\":\"k\"}",
        "{\"id\":\"12\",\"key\":\"k\",\"kind\":\"one\"}", { NULL } },
    { "{\"id\":\"1\",\"key\":\"a\\nb\\r\\n\\tc\\n\",\"note\":\"\","
      "\"kind\":\"two\"}",
        "{\"id\":\"1\",\"key\":\"a\\nb\\r\\n\\tc\",\"kind\":\"two\"}",
        { NULL } },
    { "{\"id\":\"1\",\"key\":\"k\",\"note\":null,\"kind\":null}",
        "{\"id\":\"1\",\"key\":\"k\",\"kind\":\"one\"}", { NULL } },
    { "{\"id\":\"1\",\"key\":\"k\",\"note\":\"한한한\",\"kind\":\" \"}",
        "{\"id\":\"1\",\"key\":\"k\",\"note\":\"한한한\",\"kind\":\"one\"}",
        { NULL } },
    { "[]", NULL, { "/c type" } },
    { "null", NULL, { "/c type" } },
    { "{}", NULL, { "/c/id required", "/c/key required" } },
    { "{\"id\":\"\",\"key\":\" \\n\"}", NULL,
        { "/c/id required", "/c/key required" } },
    { "{\"id\":1,\"key\":[],\"note\":{},\"kind\":true}", NULL,
        { "/c/id type", "/c/key type", "/c/note type", "/c/kind type" } },
    { "{\"id\":\"12a\",\"key\":\"a\\u0001\",\"note\":\"1234\","
      "\"kind\":\"three\"}",
        NULL,
        { "/c/id format", "/c/key format", "/c/note length", "/c/kind enum" } },
    { "{\"id\":\"1234567890123\",\"key\":\"k\",\"note\":\"a\\nb\"}", NULL,
        { "/c/id length", "/c/note format" } },
    { "{\"id\":\"1\",\"key\":\"k\",\"Id\":\"1\",\"a/b\":\"\"}", NULL,
        { "/c/Id unknown", "/c/a~1b unknown" } },
};


static void
checks_input(void **state)
{
    char             got[128];
    size_t           i, n;
    json_t          *in, *out, *expected, *error;
    billing_errors_t errors;

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        billing_errors_init(&errors);
        in = parse(cases[i].in);

        assert_int_equal(billing_fields_check(fields, in, "/c", &out, &errors),
            cases[i].out != NULL ? BILLING_OK : BILLING_INVALID);

        if (cases[i].out != NULL) {
            expected = parse(cases[i].out);
            assert_true(json_equal(out, expected));
            json_decref(expected);
            json_decref(out);
        } else {
            assert_null(out);
        }

        json_array_foreach(errors.list, n, error)
        {
            (void) snprintf(got, sizeof(got), "%s %s",
                json_string_value(json_object_get(error, "pointer")),
                json_string_value(json_object_get(error, "code")));
            assert_non_null(cases[i].errors[n]);
            assert_string_equal(got, cases[i].errors[n]);
        }
        assert_null(cases[i].errors[json_array_size(errors.list)]);

        json_decref(in);
        billing_errors_free(&errors);
    }
}


static void
shows_no_secret(void **state)
{
    json_t *in, *out, *expected;

    (void) state;

    in = parse("{\"id\":\"1\",\"key\":\"k\",\"other\":\"o\"}");
    expected = parse("{\"id\":\"1\",\"key\":null,\"other\":null}");
    out = billing_fields_mask(fields, in);

    assert_true(json_equal(out, expected));
    assert_string_equal(json_string_value(json_object_get(in, "key")), "k");
    assert_int_equal(billing_fields_get(in, "key").len, 1);
    assert_int_equal(billing_fields_get(out, "key").len, 0);
    assert_int_equal(billing_fields_get(out, "absent").len, 0);

    json_decref(out);
    json_decref(expected);
    json_decref(in);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_schema),
        cmocka_unit_test(checks_input),
        cmocka_unit_test(shows_no_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
