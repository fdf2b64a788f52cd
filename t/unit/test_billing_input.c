
/* Bodies: what is taken, how it is normalised, where each error points. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/input.h"


#define PG      "pg-0123456789ab"
#define PROJECT "project-0123456789ab"

#define GIM_JAMO "\xe1\x84\x80\xe1\x85\xb5\xe1\x86\xb7"
#define GIM      "\xea\xb9\x80"


typedef billing_status_t (*check_pt)(
    billing_input_t kind, json_t *body, json_t **out, billing_errors_t *errors);

typedef struct {
    billing_input_t kind;
    const char     *body;
    const char     *expected; /* JSON, or "pointer code ..." */
} case_t;


static json_t *
json(const char *text)
{
    json_t *value;

    value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);

    return value;
}


static void
check_good(check_pt check, const case_t *c)
{
    json_t          *body, *before, *out, *expected;
    billing_errors_t errors;

    billing_errors_init(&errors);

    body = json(c->body);
    before = json(c->body);
    expected = json(c->expected);

    if (check(c->kind, body, &out, &errors) != BILLING_OK) {
        fail_msg("%s is refused: %s", c->body,
            json_dumps(errors.list, JSON_COMPACT));
    }

    if (!json_equal(out, expected)) {
        fail_msg("%s: %s", c->body, json_dumps(out, JSON_COMPACT));
    }

    assert_true(json_equal(body, before));

    json_decref(body);
    json_decref(before);
    json_decref(out);
    json_decref(expected);
}


static void
check_bad(check_pt check, const case_t *c)
{
    char             text[4096];
    size_t           i, len;
    json_t          *body, *out, *error;
    billing_errors_t errors;

    billing_errors_init(&errors);

    body = json(c->body);
    out = body;

    assert_int_equal(check(c->kind, body, &out, &errors), BILLING_INVALID);
    assert_null(out);

    len = 0;
    text[0] = '\0';

    json_array_foreach(errors.list, i, error)
    {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s %s",
            i > 0 ? " " : "",
            json_string_value(json_object_get(error, "pointer")),
            json_string_value(json_object_get(error, "code")));
    }

    assert_string_equal(text, c->expected);

    json_decref(body);
    billing_errors_free(&errors);
}


static void
takes_good_bodies(void **state)
{
    size_t i;

    static const case_t cases[] = {
        { BILLING_INPUT_GROUP, "{\"name\":\"  ab\\t\"}",
            "{\"name\":\"ab\",\"parent_id\":null}" },
        { BILLING_INPUT_GROUP, "{\"parent_id\":\"" PG "\",\"name\":\"ab\"}",
            "{\"name\":\"ab\",\"parent_id\":\"" PG "\"}" },
        { BILLING_INPUT_PROJECT,
            "{\"name\":\"" GIM_JAMO GIM_JAMO "\",\"group_id\":null}",
            "{\"name\":\"" GIM      GIM "\",\"group_id\":null,\"tags\":{}}" },
        { BILLING_INPUT_PROJECT, "{\"name\":\"ab\",\"tags\":null}",
            "{\"name\":\"ab\",\"group_id\":null,\"tags\":{}}" },
        { BILLING_INPUT_PROJECT,
            "{\"name\":\"ab\",\"tags\":{\"k\":\" v \",\"" GIM_JAMO "\":\"\"}}",
            "{\"name\":\"ab\",\"group_id\":null,\"tags\":{\"k\":\"v\",\"" GIM
            "\":\"\"}}" },
        { BILLING_INPUT_ACCOUNT,
            "{\"name\":\"a b\",\"provider\":\"hyperbilling_aws\","
            "\"project_id\":\"" PROJECT "\",\"credentials\":{\"x\":[1]}}",
            "{\"name\":\"a b\",\"provider\":\"hyperbilling_aws\","
            "\"project_id\":\"" PROJECT "\",\"tags\":{},"
            "\"credentials\":{\"x\":[1]}}" },
        { BILLING_INPUT_GROUP,
            "{\"name\":\"\\u2764\\ufe0f\\u0645\\u06cc\\u200c\\u062e\"}",
            "{\"name\":\"\\u2764\\ufe0f\\u0645\\u06cc\\u200c\\u062e\","
            "\"parent_id\":null}" },
        { BILLING_INPUT_PROVIDER, "{\"enabled\":false}",
            "{\"enabled\":false}" },
        { BILLING_INPUT_VERIFY, "{\"provider\":\"p\",\"credentials\":{}}",
            "{\"provider\":\"p\",\"credentials\":{}}" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_good(billing_input_create, &cases[i]);
    }
}


static void
refuses_bad_bodies(void **state)
{
    size_t i;

    static const case_t cases[] = {
        { BILLING_INPUT_GROUP, "[]", " type" },
        { BILLING_INPUT_GROUP, "null", " type" },
        { BILLING_INPUT_GROUP, "{}", "/name required" },
        { BILLING_INPUT_GROUP, "{\"name\":null}", "/name required" },
        { BILLING_INPUT_GROUP, "{\"name\":12}", "/name type" },
        { BILLING_INPUT_GROUP, "{\"name\":\"\"}", "/name length" },
        { BILLING_INPUT_GROUP, "{\"name\":\" a \"}", "/name length" },
        /* two code points as they come, one in NFC */
        { BILLING_INPUT_GROUP, "{\"name\":\"e\\u0301\"}", "/name length" },
        { BILLING_INPUT_GROUP, "{\"name\":\"a\\u0007b\"}", "/name format" },
        { BILLING_INPUT_GROUP, "{\"name\":\"a\\u202eb\"}", "/name format" },
        /* what nobody sees */
        { BILLING_INPUT_GROUP, "{\"name\":\"Project 0\\u200b\"}",
            "/name format" },
        { BILLING_INPUT_GROUP, "{\"name\":\"\\u3164\\u3164\"}",
            "/name format" },
        { BILLING_INPUT_GROUP, "{\"name\":\"\\u2800\\u2800\"}",
            "/name format" },
        { BILLING_INPUT_PROJECT,
            "{\"name\":\"ab\",\"tags\":{\"a\":\"x\\u202ey\",\"b\":\"1\\n2\","
            "\"c\":\"\\ufeffx\",\"\\u3164\":\"v\"}}",
            "/tags/a format /tags/b format /tags/c format /tags/\u3164 format" },
        { BILLING_INPUT_GROUP, "{\"name\":\"ab\",\"parent_id\":1}",
            "/parent_id type" },
        { BILLING_INPUT_GROUP, "{\"name\":\"ab\",\"parent_id\":\"\"}",
            "/parent_id format" },
        { BILLING_INPUT_GROUP,
            "{\"name\":\"ab\",\"parent_id\":\"" PROJECT "\"}",
            "/parent_id format" },
        { BILLING_INPUT_GROUP, "{\"name\":\"ab\",\"tags\":{}}",
            "/tags unknown" },
        { BILLING_INPUT_PROJECT, "{\"name\":\"ab\",\"tags\":[]}",
            "/tags type" },
        { BILLING_INPUT_PROJECT,
            "{\"name\":\"ab\",\"tags\":{\"a/b\":\"\",\"k\":1,\"n\":null}}",
            "/tags/a~1b format /tags/k type /tags/n type" },
        { BILLING_INPUT_ACCOUNT, "{}",
            "/name required /provider required /project_id required "
            "/credentials required" },
        { BILLING_INPUT_ACCOUNT,
            "{\"name\":\"ab\",\"provider\":\"p\",\"credentials\":{}}",
            "/project_id required" },
        { BILLING_INPUT_ACCOUNT,
            "{\"name\":\"ab\",\"provider\":\"p\",\"credentials\":{},"
            "\"project_id\":null}",
            "/project_id required" },
        { BILLING_INPUT_ACCOUNT,
            "{\"name\":1,\"provider\":\"P\",\"project_id\":\"" PG
            "\",\"tags\":1,\"credentials\":[],\"a~b\":1,\"id\":\"x\"}",
            "/name type /provider format /project_id format /tags type "
            "/credentials type /a~0b unknown /id unknown" },
        { BILLING_INPUT_PROVIDER, "{}", "/enabled required" },
        { BILLING_INPUT_PROVIDER, "{\"enabled\":1}", "/enabled type" },
        { BILLING_INPUT_PROVIDER, "{\"enabled\":\"true\"}", "/enabled type" },
        { BILLING_INPUT_VERIFY, "{\"provider\":\"\",\"credentials\":null}",
            "/provider format /credentials required" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_bad(billing_input_create, &cases[i]);
    }
}


static void
limits_the_length_of_names(void **state)
{
    char   name[256], body[512], expected[512];
    int    n;
    case_t c;

    (void) state;

    /* characters of three bytes: it is they that count */
    for (n = 1; n <= 66; n++) {
        memcpy(name + 3 * (n - 1), GIM, 3);
        name[3 * n] = '\0';
        snprintf(body, sizeof(body), "{\"name\":\"%s\"}", name);
        snprintf(expected, sizeof(expected),
            "{\"name\":\"%s\",\"parent_id\":null}", name);

        c = (case_t){ BILLING_INPUT_GROUP, body, expected };

        if (n >= 2 && n <= 64) {
            check_good(billing_input_create, &c);
        } else {
            c.expected = "/name length";
            check_bad(billing_input_create, &c);
        }
    }
}


static void
takes_good_patches(void **state)
{
    size_t i;

    static const case_t cases[] = {
        { BILLING_INPUT_GROUP, "{}", "{}" },
        { BILLING_INPUT_GROUP, "{\"name\":\" ab \"}", "{\"name\":\"ab\"}" },
        { BILLING_INPUT_GROUP, "{\"parent_id\":null}", "{\"parent_id\":null}" },
        { BILLING_INPUT_PROJECT, "{\"group_id\":\"" PG "\",\"tags\":null}",
            "{\"group_id\":\"" PG "\",\"tags\":null}" },
        { BILLING_INPUT_PROJECT,
            "{\"tags\":{\"a\":null,\"" GIM_JAMO "\":null,\"b\":\" x\"}}",
            "{\"tags\":{\"a\":null,\"" GIM "\":null,\"b\":\"x\"}}" },
        { BILLING_INPUT_ACCOUNT,
            "{\"project_id\":\"" PROJECT "\",\"credentials\":{\"key\":null}}",
            "{\"project_id\":\"" PROJECT "\",\"credentials\":{\"key\":null}}" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_good(billing_input_patch, &cases[i]);
    }
}


static void
refuses_bad_patches(void **state)
{
    size_t i;

    static const case_t cases[] = {
        { BILLING_INPUT_GROUP, "\"x\"", " type" },
        { BILLING_INPUT_GROUP, "{\"name\":null}", "/name required" },
        { BILLING_INPUT_GROUP, "{\"name\":\"x\",\"nam\":\"xy\"}",
            "/name length /nam unknown" },
        { BILLING_INPUT_ACCOUNT, "{\"provider\":\"hyperbilling_aws\"}",
            "/provider unknown" },
        { BILLING_INPUT_ACCOUNT,
            "{\"project_id\":null,\"credentials\":null,\"id\":\"x\"}",
            "/project_id required /credentials required /id unknown" },
        { BILLING_INPUT_PROJECT, "{\"tags\":{\"a b\":null,\"c\":2}}",
            "/tags/a b format /tags/c type" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_bad(billing_input_patch, &cases[i]);
    }
}


/* RFC 7396 appendix A, those of its cases that are of objects. */
static void
merges_as_the_rfc_says(void **state)
{
    size_t  i;
    json_t *target, *patch, *result, *expected, *before;

    static const char *cases[][3] = {
        { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
        { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
        { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
        { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
            "{\"a\":{\"b\":\"d\"}}" },
        { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
        { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
        { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
        { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        target = json(cases[i][0]);
        before = json(cases[i][0]);
        patch = json(cases[i][1]);
        expected = json(cases[i][2]);

        result = billing_input_merge(target, patch);

        if (!json_equal(result, expected)) {
            fail_msg("%s", json_dumps(result, JSON_COMPACT));
        }

        assert_true(json_equal(target, before));

        json_decref(target);
        json_decref(before);
        json_decref(patch);
        json_decref(expected);
        json_decref(result);
    }
}


static void
knows_ids_and_domains(void **state)
{
    size_t i;
    char   text[66];

    static const char *bad_ids[] = { "", "sa-", "sa-0123456789a",
        "sa-0123456789abc", "sa-0123456789aB", "sa-0123456789ag",
        "pg-0123456789ab", " sa-0123456789ab", "SA-0123456789ab",
        "sa_0123456789ab", "0123456789abcde" };
    static const char *good_domains[] = { "default", "A.b_c-9", "x", ".", "-",
        "_" };
    static const char *bad_domains[] = { "", "a b", "a:b", "{a}", "a/b", "a\n",
        "\xea\xb9\x80" };

    (void) state;

    assert_true(billing_input_is_id(billing_str("sa-0123456789ab"), "sa-"));
    assert_true(
        billing_input_is_id(billing_str("project-abcdefabcdef"), "project-"));
    assert_false(billing_input_is_id((billing_str_t){ NULL, 0 }, "sa-"));

    for (i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++) {
        assert_false(billing_input_is_id(billing_str_from(bad_ids[i]), "sa-"));
    }

    for (i = 0; i < sizeof(good_domains) / sizeof(good_domains[0]); i++) {
        assert_true(billing_input_is_domain(billing_str_from(good_domains[i])));
    }

    for (i = 0; i < sizeof(bad_domains) / sizeof(bad_domains[0]); i++) {
        assert_false(billing_input_is_domain(billing_str_from(bad_domains[i])));
    }

    memset(text, 'a', sizeof(text));
    assert_true(billing_input_is_domain((billing_str_t){ text, 64 }));
    assert_false(billing_input_is_domain((billing_str_t){ text, 65 }));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_good_bodies),
        cmocka_unit_test(refuses_bad_bodies),
        cmocka_unit_test(limits_the_length_of_names),
        cmocka_unit_test(takes_good_patches),
        cmocka_unit_test(refuses_bad_patches),
        cmocka_unit_test(merges_as_the_rfc_says),
        cmocka_unit_test(knows_ids_and_domains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
