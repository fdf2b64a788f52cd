
/* Looks: which names people cannot tell apart. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/looks.h"


#define LOOKS 3


/* The lines of a name; text keeps them. */
static void
lines_of(const char *name, billing_buf_t *text, billing_str_t lines[LOOKS])
{
    int   i;
    char *p, *end;

    billing_buf_init(text, 65536);
    assert_int_equal(
        billing_looks((billing_str_t){ name, strlen(name) }, text), BILLING_OK);

    p = text->data;

    for (i = 0; i < LOOKS; i++) {
        end = memchr(p, '\n', (size_t) (text->data + text->len - p));
        assert_non_null(end);
        lines[i] = (billing_str_t){ p, (size_t) (end - p) };
        p = end + 1;
    }

    assert_ptr_equal(p, text->data + text->len);
}


static int
alike(const char *one, const char *other)
{
    int           i, j, found;
    billing_buf_t texts[2];
    billing_str_t a[LOOKS], b[LOOKS];

    lines_of(one, &texts[0], a);
    lines_of(other, &texts[1], b);
    found = 0;

    for (i = 0; i < LOOKS; i++) {
        for (j = 0; j < LOOKS; j++) {
            if (a[i].len == b[j].len
                && memcmp(a[i].data, b[j].data, a[i].len) == 0) {
                found = 1;
            }
        }
    }

    billing_buf_free(&texts[0]);
    billing_buf_free(&texts[1]);

    return found;
}


static void
finds_what_looks_alike(void **state)
{
    size_t i;

    static const char *const pairs[][2] = {
        { "Project 0", "Project 0" }, { "Project 0", "project 0" },
        { "Project 0", "Project O" },
        { "Project 0", "\xd0\xa0roject 0" }, /* Cyrillic er */
        { "Project 0", "\xef\xbc\xb0roject\xe3\x80\x80"
                       "0" }, /* wide */
        { "Project 0", "Project\xc2\xa0"
                       "0" }, /* no break */
        { "Project 0", "Project  0" },
        { "Project 0", "Pro\xe2\x80\x8dject 0" }, /* a joiner */
        { "Billing", "\xd0\x92illing" },          /* like capitals only */
        { "item", "\xd1\x96tem" }, { "ITEM", "\xd0\x86TEM" },
        { "item", "\xd0\x86TEM" }, { "Team l", "Team I" },
        { "Team l", "Team 1" },
        { "Dev-1", "Dev\xe2\x80\x93"
                   "1" }, /* a dash */
    };

    (void) state;

    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (!alike(pairs[i][0], pairs[i][1])) {
            fail_msg("\"%s\" and \"%s\"", pairs[i][0], pairs[i][1]);
        }
    }
}


static void
leaves_others_apart(void **state)
{
    size_t i;

    static const char *const pairs[][2] = {
        { "Project 0", "Project 1" },
        { "AI", "AL" },
        { "it", "lt" },
        { "mail", "mall" },
        { "Zoe", "Zo\xc3\xab" },
        { "\xea\xb2\xb0\xec\xa0\x9c", "\xea\xb2\xb0\xec\x9e\xac" },
        { "Project0", "Project 0" },
    };

    (void) state;

    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (alike(pairs[i][0], pairs[i][1])) {
            fail_msg("\"%s\" and \"%s\"", pairs[i][0], pairs[i][1]);
        }
    }
}


static void
has_lines_for_any_name(void **state)
{
    char          name[64 * 4 + 1];
    size_t        i;
    billing_buf_t text;
    billing_str_t lines[LOOKS];

    (void) state;

    lines_of("", &text, lines);
    assert_int_equal(lines[0].len, 1);
    billing_buf_free(&text);

    /* a ligature that becomes eighteen letters */
    for (i = 0; i < 64; i++) {
        memcpy(name + 3 * i, "\xef\xb7\xba", 3);
    }

    name[3 * 64] = '\0';
    lines_of(name, &text, lines);
    assert_true(lines[0].len > sizeof("w"));
    billing_buf_free(&text);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_looks_alike),
        cmocka_unit_test(leaves_others_apart),
        cmocka_unit_test(has_lines_for_any_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
