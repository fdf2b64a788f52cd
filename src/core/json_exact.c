
/*
 * Numbers as they are written.  jansson reads a number with a fraction into a
 * double, which has 15 to 17 digits; an amount in won with its pico fractions
 * has more.  So numbers are put into quotes before jansson sees the text.  What
 * is not a number by RFC 8259, section 6, is left for jansson to refuse.
 */

#include "core/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistr.h>

#include "core/secret.h"


#define BILLING_JSON_INTEGER 18 /* digits that fit into jansson's integers */


/* The text as jansson is to see it, as far as it is made. */
typedef struct {
    billing_str_t text;
    char         *out; /* NULL: only its length is counted */
    size_t        len;
    int           changed;
} billing_json_copy_t;


static void   billing_json_quote(billing_json_copy_t *copy);
static size_t billing_json_copy_string(billing_json_copy_t *copy, size_t i);
static size_t billing_json_escape(billing_json_copy_t *copy, size_t i);
static long   billing_json_unit(billing_str_t text, size_t i);
static size_t billing_json_character(billing_json_copy_t *copy, size_t i);
static void   billing_json_put(
      billing_json_copy_t *copy, const char *bytes, size_t len);
static void   billing_json_mend(billing_json_copy_t *copy);
static size_t billing_json_number_len(billing_str_t text, size_t i, int *exact);
static size_t billing_json_digits(billing_str_t text, size_t i);


billing_status_t
billing_json_parse_exact(
    billing_str_t text, unsigned max_depth, json_t **out, char reason[128])
{
    char               *quoted;
    billing_status_t    rc;
    billing_json_copy_t copy;

    /* RFC 8259, section 8.1: not to be written, and may be ignored */

    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        text.data += 3;
        text.len -= 3;
    }

    copy = (billing_json_copy_t){ .text = text };
    billing_json_quote(&copy);

    if (!copy.changed) {
        return billing_json_parse(text, max_depth, out, reason);
    }

    /* what names the next page may be a secret */
    quoted = billing_secret_alloc(copy.len);
    if (quoted == NULL) {
        *out = NULL;
        return BILLING_NOMEM;
    }

    copy = (billing_json_copy_t){ .text = text, .out = quoted };
    billing_json_quote(&copy);

    rc = billing_json_parse(
        (billing_str_t){ quoted, copy.len }, max_depth, out, reason);

    billing_secret_free(quoted);

    return rc;
}


static void
billing_json_quote(billing_json_copy_t *copy)
{
    int           exact;
    size_t        i, n;
    billing_str_t text;

    text = copy->text;

    for (i = 0; i < text.len; i += n) {
        if (text.data[i] == '"') {
            n = billing_json_copy_string(copy, i);
            continue;
        }

        exact = 1;
        n = 1;

        if (text.data[i] == '-' || (text.data[i] >= '0' && text.data[i] <= '9'))
        {
            n = billing_json_number_len(text, i, &exact);
        }

        if (!exact) {
            copy->changed = 1;
            billing_json_put(copy, "\"", 1);
        }

        billing_json_put(copy, text.data + i, n);

        if (!exact) {
            billing_json_put(copy, "\"", 1);
        }
    }
}


/*
 * Copies the string at i, up to the quote that ends it or the end of the text,
 * and returns its length.  One odd character in a name must not cost all that
 * stands beside it: what jansson would refuse becomes U+FFFD.
 */
static size_t
billing_json_copy_string(billing_json_copy_t *copy, size_t i)
{
    size_t        p, n;
    billing_str_t text;

    text = copy->text;
    billing_json_put(copy, "\"", 1);

    for (p = i + 1; p < text.len && text.data[p] != '"'; p += n) {
        /* mostly */

        for (n = 0; p + n < text.len && text.data[p + n] != '"'
                    && text.data[p + n] != '\\' && text.data[p + n] >= 0x20
                    && text.data[p + n] < 0x7f;
             n++)
        { /* void */
        }

        if (n > 0) {
            billing_json_put(copy, text.data + p, n);

        } else if (text.data[p] == '\\') {
            n = billing_json_escape(copy, p);

        } else {
            n = billing_json_character(copy, p);
        }
    }

    if (p == text.len) {
        return p - i;
    }

    billing_json_put(copy, "\"", 1);

    return p + 1 - i;
}


/* The escape at i: NUL and halves of pairs are no characters. */
static size_t
billing_json_escape(billing_json_copy_t *copy, size_t i)
{
    long   unit, low;
    size_t n;

    unit = billing_json_unit(copy->text, i);
    n = unit >= 0 ? 6 : copy->text.len - i > 1 ? 2 : 1;

    if (unit >= 0xd800 && unit < 0xdc00) {
        low = billing_json_unit(copy->text, i + 6);

        if (low >= 0xdc00 && low < 0xe000) {
            billing_json_put(copy, copy->text.data + i, 12);
            return 12;
        }
    }

    if (unit == 0 || (unit >= 0xd800 && unit < 0xe000)) {
        billing_json_mend(copy);
    } else {
        billing_json_put(copy, copy->text.data + i, n);
    }

    return n;
}


/* The UTF-16 unit of the escape "\uXXXX" at i; -1: there is none. */
static long
billing_json_unit(billing_str_t text, size_t i)
{
    char   digits[5];
    size_t n;

    if (i > text.len || text.len - i < 6 || text.data[i] != '\\'
        || text.data[i + 1] != 'u')
    {
        return -1;
    }

    memcpy(digits, text.data + i + 2, 4);
    digits[4] = '\0';
    n = strspn(digits, "0123456789abcdefABCDEF");

    return n == 4 ? strtol(digits, NULL, 16) : -1;
}


/* The character at i, which is not plain ASCII. */
static size_t
billing_json_character(billing_json_copy_t *copy, size_t i)
{
    int    n;
    ucs4_t uc;

    n = u8_mbtoucr(
        &uc, (const uint8_t *) copy->text.data + i, copy->text.len - i);

    if (n <= 0 || uc < 0x20) {
        billing_json_mend(copy);
        return 1;
    }

    billing_json_put(copy, copy->text.data + i, (size_t) n);

    return (size_t) n;
}


static void
billing_json_put(billing_json_copy_t *copy, const char *bytes, size_t len)
{
    if (copy->out != NULL) {
        memcpy(copy->out + copy->len, bytes, len);
    }

    copy->len += len;
}


static void
billing_json_mend(billing_json_copy_t *copy)
{
    copy->changed = 1;
    billing_json_put(copy, "\xef\xbf\xbd", 3);
}


/*
 * The length of the number at i.  exact is set to 0 if a double would be made
 * of it.  What is no number has some length, and is left as it is.
 */
static size_t
billing_json_number_len(billing_str_t text, size_t i, int *exact)
{
    int    plain;
    size_t p, n, whole;

    p = i + (text.data[i] == '-');
    whole = billing_json_digits(text, p);
    plain = 1;

    if (whole == 0 || (whole > 1 && text.data[p] == '0')) {
        return p + whole - i;
    }

    p += whole;

    if (p < text.len && text.data[p] == '.') {
        n = billing_json_digits(text, p + 1);
        if (n == 0) {
            return p - i;
        }

        p += 1 + n;
        plain = 0;
    }

    if (p < text.len && (text.data[p] == 'e' || text.data[p] == 'E')) {
        n = p + 1 < text.len
            && (text.data[p + 1] == '+' || text.data[p + 1] == '-');

        if (billing_json_digits(text, p + 1 + n) == 0) {
            return p - i;
        }

        p += 1 + n + billing_json_digits(text, p + 1 + n);
        plain = 0;
    }

    /* as a member's name it would become one that jansson takes */

    for (n = p; n < text.len && strchr(" \t\r\n", text.data[n]) != NULL; n++) {
        /* void */
    }

    *exact = (plain && whole <= BILLING_JSON_INTEGER)
             || (n < text.len && text.data[n] == ':');

    return p - i;
}


static size_t
billing_json_digits(billing_str_t text, size_t i)
{
    size_t n;

    for (n = 0;
         i + n < text.len && text.data[i + n] >= '0' && text.data[i + n] <= '9';
         n++)
    { /* void */
    }

    return n;
}
