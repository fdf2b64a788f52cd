
/*
 * Names that others have given, made fit to be shown: what is no text, or
 * steers how text is drawn, becomes U+FFFD, and what is too long is cut.  Two
 * names that were equal up to the cut are told apart by a digest of the rest.
 */

#include "core/text.h"

#include <stdint.h>
#include <unistr.h>


#define BILLING_TEXT_MARK 9 /* "~" and eight digits */


static billing_status_t billing_text_mend(billing_str_t s, billing_buf_t *out);
static size_t           billing_text_cut(const billing_buf_t *text, size_t max);
static uint32_t         billing_text_digest(billing_str_t s);


billing_status_t
billing_text_present(billing_str_t s, size_t max, billing_buf_t *out)
{
    billing_buf_t    text;
    billing_status_t rc;

    billing_buf_init(&text, 3 * s.len + 1);

    rc = billing_text_mend(s, &text);

    if (rc == BILLING_OK && text.len <= max) {
        rc = billing_buf_add(out, text.data, text.len);

    } else if (rc == BILLING_OK) {
        (void) billing_buf_add(
            out, text.data, billing_text_cut(&text, max - BILLING_TEXT_MARK));
        rc = billing_buf_addf(out, "~%08x", billing_text_digest(s));
    }

    billing_buf_free(&text);

    return rc;
}


static billing_status_t
billing_text_mend(billing_str_t s, billing_buf_t *out)
{
    int           n;
    ucs4_t        uc;
    billing_str_t one;

    while (s.len > 0) {
        n = u8_mbtoucr(&uc, (const uint8_t *) s.data, s.len);
        one = (billing_str_t){ s.data, n > 0 ? (size_t) n : 1 };

        (void) billing_buf_add_str(out, n > 0 && !billing_text_control(one)
                                            ? one
                                            : billing_str("\xef\xbf\xbd"));

        s.data += one.len;
        s.len -= one.len;
    }

    return out->status;
}


/* Between two characters. */
static size_t
billing_text_cut(const billing_buf_t *text, size_t max)
{
    while (max > 0 && ((unsigned char) text->data[max] & 0xc0) == 0x80) {
        max--;
    }

    return max;
}


/* FNV-1a, 32 bits: it is stored, so it is the same on every machine. */
static uint32_t
billing_text_digest(billing_str_t s)
{
    size_t   i;
    uint32_t hash;

    hash = 2166136261u;

    for (i = 0; i < s.len; i++) {
        hash = (hash ^ (unsigned char) s.data[i]) * 16777619u;
    }

    return hash;
}
