
/* Text: validity, white space, controls, and when two names are the same. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <unistr.h>

#include "core/text.h"


static void
knows_valid_utf8(void **state)
{
    size_t i;

    static const billing_str_t good[] = { billing_str(""), billing_str("a"),
        billing_str("\0"), billing_str("\xc2\x80"), billing_str("\xdf\xbf"),
        billing_str("\xe0\xa0\x80"), billing_str("\xed\x9f\xbf"),
        billing_str("\xee\x80\x80"), billing_str("\xef\xbf\xbf"),
        billing_str("\xf0\x90\x80\x80"), billing_str("\xf4\x8f\xbf\xbf") };
    static const billing_str_t bad[] = { billing_str("\x80"),
        billing_str("\xbf"), billing_str("\xc0\x80"), billing_str("\xc1\xbf"),
        billing_str("\xc2"), billing_str("\xe0\x9f\xbf"),
        billing_str("\xe1\x80"), billing_str("\xed\xa0\x80"),
        billing_str("\xed\xbf\xbf"), billing_str("\xf0\x8f\xbf\xbf"),
        billing_str("\xf1\x80\x80"), billing_str("\xf4\x90\x80\x80"),
        billing_str("\xf5\x80\x80\x80"), billing_str("\xff"),
        billing_str("abc\xe2\x28\xa1xyz") };

    (void) state;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(billing_text_valid(good[i]));
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(billing_text_valid(bad[i]));
    }

    assert_true(billing_text_valid((billing_str_t){ NULL, 0 }));
}


static void
counts_code_points(void **state)
{
    (void) state;

    assert_int_equal(billing_text_count(billing_str("")), 0);
    assert_int_equal(billing_text_count((billing_str_t){ NULL, 0 }), 0);
    assert_int_equal(billing_text_count(billing_str("abc")), 3);
    assert_int_equal(billing_text_count(billing_str("\xea\xb9\x80\xc3\xa9"
                                                    "\xf0\x9f\x92\xb0")),
        3);
    assert_int_equal(billing_text_count(billing_str("e\xcc\x81")), 2);
}


static void
trims_white_space_only(void **state)
{
    size_t        i;
    billing_str_t trimmed;

    static const struct {
        billing_str_t text;
        const char   *trimmed;
    } cases[] = {
        { billing_str(""), "" },
        { billing_str(" "), "" },
        { billing_str(" \t\r\n\v\f"), "" },
        { billing_str("a"), "a" },
        { billing_str(" a b  c "), "a b  c" },
        { billing_str("\xe3\x80\x80\xea\xb9\x80\xc2\xa0"), "\xea\xb9\x80" },
        { billing_str("\xc2\x85x\xe2\x80\xa8"), "x" },
        /* zero width space and joiner are not white space */
        { billing_str("\xe2\x80\x8bx\xe2\x80\x8d"),
            "\xe2\x80\x8bx\xe2\x80\x8d" },
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        trimmed = billing_text_trim(cases[i].text);
        assert_true(
            billing_str_eq(trimmed, billing_str_from(cases[i].trimmed)));
    }

    trimmed = billing_text_trim((billing_str_t){ NULL, 0 });
    assert_int_equal(trimmed.len, 0);
}


static void
knows_what_is_hidden(void **state)
{
    size_t i;

    static const billing_str_t clear[] = { billing_str(""),
        billing_str("Project 0"), billing_str("\xea\xb9\x80 \xf0\x9f\x92\xb0"),
        /* Persian with a non-joiner, Hindi and Sinhala with joiners */
        billing_str("\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7"),
        billing_str("\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7"),
        billing_str("\xe0\xb7\x81\xe0\xb7\x8a\xe2\x80\x8d\xe0\xb6\xbb"),
        /* a family, a heart in colour, a keycap */
        billing_str("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"),
        billing_str("\xe2\x9d\xa4\xef\xb8\x8f"),
        billing_str("1\xef\xb8\x8f\xe2\x83\xa3"),
        /* an ideograph and which of its shapes */
        billing_str("\xe8\x91\x9b\xf3\xa0\x84\x80") };
    static const billing_str_t hidden[] = { billing_str("a\tb"),
        billing_str("Project 0\xe2\x80\x8b"),
        billing_str("a\xe2\x80\x8d"
                    "b"),
        billing_str("\xe2\x80\x8c"),
        billing_str("a\xc2\xad"
                    "b"),
        billing_str("\xe2\x80\xae"
                    "abc"),
        billing_str("a\xe2\x81\xa6"
                    "b"),
        billing_str("a\xef\xbb\xbf"), billing_str("a\xe2\x81\xa0"),
        billing_str("a\xef\xb8\x8f"), billing_str("\xe3\x85\xa4\xe3\x85\xa4"),
        billing_str("a\xcd\x8f"), billing_str("a\xf3\xa0\x81\xa1"),
        billing_str("\xee\x80\x80"), billing_str("a\xef\xbf\xbe"),
        billing_str("\xe2\x80\xa8") };
    static const billing_str_t unseen[] = { billing_str(""), billing_str("  "),
        billing_str("\xe2\xa0\x80\xe2\xa0\x80"),
        billing_str("\xcc\x81\xcc\x81"), billing_str("\xe3\x80\x80\xc2\xa0") };

    (void) state;

    for (i = 0; i < sizeof(clear) / sizeof(clear[0]); i++) {
        assert_true(billing_text_clear(clear[i]));
        assert_int_equal(billing_text_seen(clear[i]), clear[i].len > 0);
    }

    for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        assert_false(billing_text_clear(hidden[i]));
    }

    for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
        assert_false(billing_text_seen(unseen[i]));
    }

    /* letters that are nothing to see make no key of a tag either */
    assert_false(billing_text_is_tag_key(billing_str("\xe3\x85\xa4")));
    assert_true(billing_text_is_tag_key(billing_str("\xed\x8c\x80_1")));
}


static void
finds_controls(void **state)
{
    size_t i;

    static const billing_str_t with[] = { billing_str("\0"),
        billing_str("a\tb"), billing_str("a\nb"), billing_str("\x1b[1m"),
        billing_str("\x7f"), billing_str("\xc2\x80"), billing_str("\xc2\x9f"),
        billing_str("a\xe2\x80\xa8"), billing_str("a\xe2\x80\xa9"),
        billing_str("\xe2\x80\xae"
                    "abc"),
        billing_str("\xe2\x80\x8e"), billing_str("\xe2\x80\x8f"),
        billing_str("\xe2\x80\xaa"), billing_str("\xe2\x81\xa6"),
        billing_str("\xe2\x81\xa9"), billing_str("\xd8\x9c") };
    static const billing_str_t without[] = { billing_str(""), billing_str(" ~"),
        billing_str("\xc2\xa0"), billing_str("\xea\xb9\x80 \xf0\x9f\x92\xb0"),
        billing_str("\xe2\x80\x8d"), billing_str("\xd7\xa9\xd7\x9c") };

    (void) state;

    for (i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
        assert_true(billing_text_control(with[i]));
    }

    for (i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
        assert_false(billing_text_control(without[i]));
    }

    assert_false(billing_text_control((billing_str_t){ NULL, 0 }));
}


static void
composes(void **state)
{
    billing_buf_t out;

    (void) state;

    billing_buf_init(&out, 100);

    /* e + acute; the Hangul syllable "gim" in three jamo */
    assert_int_equal(
        billing_text_nfc(
            billing_str(" e\xcc\x81 \xe1\x84\x80\xe1\x85\xb5\xe1\x86\xb7"),
            &out),
        BILLING_OK);
    assert_int_equal(out.len, 7);
    assert_memory_equal(out.data, " \xc3\xa9 \xea\xb9\x80", 7);

    billing_buf_reset(&out);
    assert_int_equal(billing_text_nfc(billing_str(""), &out), BILLING_OK);
    assert_int_equal(out.len, 0);
    assert_int_equal(
        billing_text_nfc(billing_str("\xff"), &out), BILLING_MALFORMED);
    assert_int_equal(
        billing_text_fold(billing_str("\xff"), &out), BILLING_MALFORMED);

    billing_buf_free(&out);

    billing_buf_init(&out, 3);
    assert_int_equal(
        billing_text_nfc(billing_str("abcd"), &out), BILLING_LIMIT);
    assert_int_equal(billing_text_nfc(billing_str(""), &out), BILLING_LIMIT);
    billing_buf_free(&out);
}


static int
same(const char *one, const char *two)
{
    int           equal;
    billing_buf_t a, b;

    billing_buf_init(&a, 1000);
    billing_buf_init(&b, 1000);

    assert_int_equal(billing_text_fold(billing_str_from(one), &a), BILLING_OK);
    assert_int_equal(billing_text_fold(billing_str_from(two), &b), BILLING_OK);

    equal = billing_str_eq(
        (billing_str_t){ a.data, a.len }, (billing_str_t){ b.data, b.len });

    billing_buf_free(&a);
    billing_buf_free(&b);

    return equal;
}


static void
knows_the_same_name(void **state)
{
    size_t i;

    static const char *equal[][2] = {
        { "Billing", " bILLING\t" },
        { "Stra\xc3\x9f"
          "e",
            "STRASSE" },
        { "Caf\xc3\xa9", "CAFE\xcc\x81" },
        { "\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
            "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83" },
        { "\xea\xb9\x80", "\xe1\x84\x80\xe1\x85\xb5\xe1\x86\xb7" },
        { "\xe3\x80\x80x", "X" },
        { "", "  " },
        /* alpha, ypogegrammeni and acute in two orders (Unicode 3.13 D145) */
        { "\xce\xb1\xcd\x85\xcc\x81", "\xce\x91\xcc\x81\xcd\x85" },
        { "\xe1\xbe\xb4", "\xce\x91\xcc\x81\xcd\x85" },
    };
    static const char *different[][2] = {
        { "a", "b" }, { "a b", "ab" }, { "cafe", "caf\xc3\xa9" },
        { "\xef\xbc\xa1", "a" }, /* full width: compatibility is not NFC */
        { "\xc4\xb1", "i" },     /* dotless i, without Turkish rules */
    };

    (void) state;

    for (i = 0; i < sizeof(equal) / sizeof(equal[0]); i++) {
        if (!same(equal[i][0], equal[i][1])) {
            fail_msg("\"%s\" is not \"%s\"", equal[i][0], equal[i][1]);
        }
    }

    for (i = 0; i < sizeof(different) / sizeof(different[0]); i++) {
        if (same(different[i][0], different[i][1])) {
            fail_msg("\"%s\" is \"%s\"", different[i][0], different[i][1]);
        }
    }
}


/* For every character: folding twice changes nothing, and the result is NFC. */
static void
folds_once_and_for_all(void **state)
{
    int           n;
    ucs4_t        uc;
    uint8_t       text[8];
    billing_buf_t once, twice, nfc;

    (void) state;

    billing_buf_init(&once, 100);
    billing_buf_init(&twice, 100);
    billing_buf_init(&nfc, 100);

    for (uc = 1; uc <= 0x10ffff; uc++) {
        n = u8_uctomb(text, uc, sizeof(text));
        if (n < 0) {
            continue; /* a surrogate */
        }

        billing_buf_reset(&once);
        billing_buf_reset(&twice);
        billing_buf_reset(&nfc);

        assert_int_equal(
            billing_text_fold(
                (billing_str_t){ (char *) text, (size_t) n }, &once),
            BILLING_OK);
        assert_int_equal(
            billing_text_fold((billing_str_t){ once.data, once.len }, &twice),
            BILLING_OK);
        assert_int_equal(
            billing_text_nfc((billing_str_t){ once.data, once.len }, &nfc),
            BILLING_OK);

        if (once.len != twice.len || once.len != nfc.len
            || (once.len > 0
                && (memcmp(once.data, twice.data, once.len) != 0
                    || memcmp(once.data, nfc.data, once.len) != 0)))
        {
            fail_msg("U+%04X", (unsigned) uc);
        }
    }

    billing_buf_free(&once);
    billing_buf_free(&twice);
    billing_buf_free(&nfc);
}


static void
knows_tag_keys(void **state)
{
    size_t i;

    static const char *good[] = { "a", "_", "Cost_Center1", "\xed\x82\xa4",
        "\xd9\xa3", /* Arabic-Indic three */
        "e\xcc\x81", "\xe0\xa4\x95\xe0\xa4\xbf" /* with a vowel sign */ };
    static const char *bad[] = { "", " ", "a b", "a-b", "a.b", "a:b", "a/b",
        "\xc2\xbd", /* one half: a number, but no digit */
        "\xe2\x85\xa7", "\xf0\x9f\x92\xb0", "a\n", "\xff" };

    (void) state;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(billing_text_is_tag_key(billing_str_from(good[i])));
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(billing_text_is_tag_key(billing_str_from(bad[i])));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_valid_utf8),
        cmocka_unit_test(counts_code_points),
        cmocka_unit_test(trims_white_space_only),
        cmocka_unit_test(knows_what_is_hidden),
        cmocka_unit_test(finds_controls),
        cmocka_unit_test(composes),
        cmocka_unit_test(knows_the_same_name),
        cmocka_unit_test(folds_once_and_for_all),
        cmocka_unit_test(knows_tag_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
