
/*
 * Unicode by libunistring.  Its functions that allocate give NULL back with
 * errno; whatever is no memory trouble there was not valid UTF-8.
 */

#include "core/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>


#define BILLING_TEXT_BLANK 0x2800 /* a braille pattern without a dot */


typedef int (*billing_text_is_pt)(ucs4_t uc);


static int billing_text_any(billing_str_t s, billing_text_is_pt is);
static int billing_text_is_control(ucs4_t uc);
static int billing_text_is_no_tag(ucs4_t uc);
static int billing_text_is_seen(ucs4_t uc);
static billing_status_t billing_text_take(
    uint8_t *text, size_t len, billing_buf_t *out);


int
billing_text_valid(billing_str_t s)
{
    while (s.len > 0 && (unsigned char) s.data[0] < 0x80) {
        s.data++;
        s.len--;
    }

    return u8_check((const uint8_t *) s.data, s.len) == NULL;
}


size_t
billing_text_count(billing_str_t s)
{
    return u8_mbsnlen((const uint8_t *) s.data, s.len);
}


int
billing_text_control(billing_str_t s)
{
    /* names are mostly plain ASCII: no tables for it */
    while (s.len > 0 && s.data[0] >= 0x20 && s.data[0] < 0x7f) {
        s.data++;
        s.len--;
    }

    return billing_text_any(s, billing_text_is_control);
}


int
billing_text_seen(billing_str_t s)
{
    return billing_text_any(s, billing_text_is_seen);
}


billing_str_t
billing_text_trim(billing_str_t s)
{
    int            n;
    ucs4_t         uc;
    const uint8_t *first, *last, *p;

    if (s.len == 0) {
        return s;
    }

    first = (const uint8_t *) s.data;
    last = first + s.len;

    while (first < last) {
        n = u8_mbtouc(&uc, first, (size_t) (last - first));
        if (!uc_is_property_white_space(uc)) {
            break;
        }

        first += n;
    }

    while (first < last) {
        p = u8_prev(&uc, last, first);
        if (p == NULL || !uc_is_property_white_space(uc)) {
            break;
        }

        last = p;
    }

    return (billing_str_t){ (const char *) first, (size_t) (last - first) };
}


billing_status_t
billing_text_nfc(billing_str_t s, billing_buf_t *out)
{
    size_t   len;
    uint8_t *text;

    if (!billing_text_valid(s)) {
        return BILLING_MALFORMED;
    }

    if (s.len == 0) {
        return out->status;
    }

    text = u8_normalize(
        UNINORM_NFC, (const uint8_t *) s.data, s.len, NULL, &len);

    return billing_text_take(text, len, out);
}


billing_status_t
billing_text_fold(billing_str_t s, billing_buf_t *out)
{
    size_t   len;
    uint8_t *text;

    if (!billing_text_valid(s)) {
        return BILLING_MALFORMED;
    }

    s = billing_text_trim(s);

    if (s.len == 0) {
        return out->status;
    }

    /* no language: what is equal must not depend on who looks */
    text = u8_casefold(
        (const uint8_t *) s.data, s.len, NULL, UNINORM_NFC, NULL, &len);

    return billing_text_take(text, len, out);
}


int
billing_text_is_tag_key(billing_str_t s)
{
    return s.len > 0 && billing_text_valid(s)
           && !billing_text_any(s, billing_text_is_no_tag)
           && billing_text_clear(s) && billing_text_seen(s);
}


/* 1 if one of the code points is. */
static int
billing_text_any(billing_str_t s, billing_text_is_pt is)
{
    ucs4_t         uc;
    const uint8_t *p, *last;

    if (s.len == 0) {
        return 0;
    }

    p = (const uint8_t *) s.data;
    last = p + s.len;

    while (p < last) {
        p += u8_mbtouc(&uc, p, (size_t) (last - p));

        if (is(uc)) {
            return 1;
        }
    }

    return 0;
}


static int
billing_text_is_control(ucs4_t uc)
{
    return uc_is_general_category_withtable(uc, UC_CATEGORY_MASK_Cc)
           || uc == 0x2028 || uc == 0x2029 || uc_is_property_bidi_control(uc);
}


static int
billing_text_is_no_tag(ucs4_t uc)
{
    return uc != '_'
           && !uc_is_general_category_withtable(uc,
               UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_Nd);
}


/* Letters, numbers, punctuation and symbols, if they have a shape. */
static int
billing_text_is_seen(ucs4_t uc)
{
    return uc != BILLING_TEXT_BLANK
           && uc_is_general_category_withtable(
               uc, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N | UC_CATEGORY_MASK_P
                       | UC_CATEGORY_MASK_S)
           && !uc_is_property_default_ignorable_code_point(uc);
}


/* Appends what libunistring has allocated, and frees it. */
static billing_status_t
billing_text_take(uint8_t *text, size_t len, billing_buf_t *out)
{
    billing_status_t status;

    if (text == NULL) {
        if (errno != ENOMEM) {
            return BILLING_MALFORMED;
        }

        /* whoever folds several looks at the end */

        if (out->status == BILLING_OK) {
            out->status = BILLING_NOMEM;
        }

        return BILLING_NOMEM;
    }

    status = billing_buf_add(out, text, len);

    /* it may have been a credential */
    explicit_bzero(text, len);
    free(text);

    return status;
}
