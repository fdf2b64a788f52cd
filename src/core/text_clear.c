
/*
 * Whether people see all of a text.  Characters that steer how text is drawn,
 * and those that have no shape of their own, are for deceiving unless a script
 * needs them: joiners between letters of Arabic, of India and of others like
 * them, and within emoji, variants behind what has some (Unicode Technical
 * Report 36, section 2; UTS 39; UTS 51 on emoji).
 */

#include "core/text.h"

#include <stdint.h>
#include <unictype.h>
#include <unistr.h>


#define TEXT_NONJOINER 0x200c
#define TEXT_JOINER    0x200d


static int text_is_hidden(ucs4_t uc);
static int text_is_needed(ucs4_t before, ucs4_t uc, ucs4_t after);
static int text_is_joined(ucs4_t before, ucs4_t after);
static int text_has_variant(ucs4_t before, ucs4_t uc);
static int text_is_emoji(ucs4_t uc);
static int text_is_script(ucs4_t uc, const char *const *names, size_t n);


/* Scripts whose letters change with their neighbours. */
static const char *const text_joining[] = { "Arabic", "Bengali", "Devanagari",
    "Gujarati", "Gurmukhi", "Kannada", "Khmer", "Malayalam", "Mongolian",
    "Myanmar", "Nko", "Oriya", "Sinhala", "Syriac", "Tamil", "Telugu", "Thaana",
    "Tibetan" };

static const char *const text_han[] = { "Han" };

#define text_is_one_of(uc, names) \
    text_is_script(uc, names, sizeof(names) / sizeof(names[0]))


int
billing_text_clear(billing_str_t s)
{
    int            n;
    ucs4_t         before, uc, after;
    const uint8_t *p, *last;

    if (s.len == 0) {
        return 1;
    }

    p = (const uint8_t *) s.data;
    last = p + s.len;
    before = 0;

    while (p < last) {
        n = u8_mbtouc(&uc, p, (size_t) (last - p));
        p += n;

        if (text_is_hidden(uc)) {
            after = 0;

            if (p < last) {
                (void) u8_mbtouc(&after, p, (size_t) (last - p));
            }

            if (!text_is_needed(before, uc, after)) {
                return 0;
            }
        }

        before = uc;
    }

    return 1;
}


/* Some of Cf are seen: signs that stand below or around digits. */
static int
text_is_hidden(ucs4_t uc)
{
    if (uc >= 0x20 && uc < 0x7f) {
        return 0;
    }

    if ((uc >= 0x600 && uc <= 0x605) || uc == 0x6dd || uc == 0x70f
        || uc == 0x890 || uc == 0x891 || uc == 0x8e2)
    {
        return 0;
    }

    return uc == 0x2028 || uc == 0x2029 || uc == 0xfffc
           || uc_is_general_category_withtable(uc,
               UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Co)
           || uc_is_property_not_a_character(uc)
           || uc_is_property_default_ignorable_code_point(uc);
}


/* 0: there is no such neighbour */
static int
text_is_needed(ucs4_t before, ucs4_t uc, ucs4_t after)
{
    switch (uc) {
    case TEXT_JOINER:
        if (text_is_emoji(before) && text_is_emoji(after)) {
            return 1;
        }

        /* fall through */

    case TEXT_NONJOINER:
        return text_is_joined(before, after);

    default:
        return text_has_variant(before, uc);
    }
}


/* Signs of vowels and the like stand for their letters. */
static int
text_is_joined(ucs4_t before, ucs4_t after)
{
    return text_is_one_of(before, text_joining)
           && text_is_one_of(after, text_joining);
}


static int
text_has_variant(ucs4_t before, ucs4_t uc)
{
    if (uc == 0xfe0e || uc == 0xfe0f) {
        return uc_is_property_emoji(before);
    }

    if ((uc >= 0xfe00 && uc <= 0xfe02) || (uc >= 0xe0100 && uc <= 0xe01ef)) {
        return text_is_one_of(before, text_han);
    }

    return ((uc >= 0x180b && uc <= 0x180d) || uc == 0x180f) && before >= 0x1820
           && before <= 0x18aa;
}


/* Within a sequence: a picture, its skin, or that it is to be in colour. */
static int
text_is_emoji(ucs4_t uc)
{
    return uc == 0xfe0f || uc_is_property_emoji_modifier(uc)
           || uc_is_property_extended_pictographic(uc);
}


static int
text_is_script(ucs4_t uc, const char *const *names, size_t n)
{
    size_t             i;
    const uc_script_t *script;

    script = uc == 0 ? NULL : uc_script(uc);

    for (i = 0; script != NULL && i < n; i++) {
        if (strcmp(script->name, names[i]) == 0) {
            return 1;
        }
    }

    return 0;
}
