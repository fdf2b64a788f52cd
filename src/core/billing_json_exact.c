
/*
 * Numbers as they are written.  jansson reads a number with a fraction into a
 * double, which has 15 to 17 digits; an amount in won with its pico fractions
 * has more.  So numbers are put into quotes before jansson sees the text.  What
 * is not a number by RFC 8259, section 6, is left for jansson to refuse.
 */

#include "billing_json.h"

#include "billing_secret.h"


#define BILLING_JSON_INTEGER 18 /* digits that fit into jansson's integers */


static size_t billing_json_quote(billing_str_t text, char *out);
static size_t billing_json_string_len(billing_str_t text, size_t i);
static size_t billing_json_number_len(billing_str_t text, size_t i, int *exact);
static size_t billing_json_digits(billing_str_t text, size_t i);


billing_status_t
billing_json_parse_exact(
    billing_str_t text, unsigned max_depth, json_t **out, char reason[128])
{
    char            *quoted;
    size_t           len;
    billing_status_t rc;

    /* RFC 8259, section 8.1: not to be written, and may be ignored */

    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        text.data += 3;
        text.len -= 3;
    }

    len = billing_json_quote(text, NULL);

    if (len == text.len) {
        return billing_json_parse(text, max_depth, out, reason);
    }

    /* what names the next page may be a secret */
    quoted = billing_secret_alloc(len);
    if (quoted == NULL) {
        *out = NULL;
        return BILLING_NOMEM;
    }

    (void) billing_json_quote(text, quoted);

    rc = billing_json_parse(
        (billing_str_t){ quoted, len }, max_depth, out, reason);

    billing_secret_free(quoted);

    return rc;
}


/* The text with its numbers in quotes, and its length; out may be NULL. */
static size_t
billing_json_quote(billing_str_t text, char *out)
{
    int    exact;
    size_t i, n, len;

    len = 0;

    for (i = 0; i < text.len; i += n) {
        exact = 1;

        if (text.data[i] == '"') {
            n = billing_json_string_len(text, i);

        } else if (text.data[i] == '-'
                   || (text.data[i] >= '0' && text.data[i] <= '9')) {
            n = billing_json_number_len(text, i, &exact);

        } else {
            n = 1;
        }

        if (out != NULL) {
            if (!exact) {
                out[len] = '"';
                out[len + n + 1] = '"';
            }

            memcpy(out + len + !exact, text.data + i, n);
        }

        len += n + (exact ? 0 : 2);
    }

    return len;
}


/* From the quote at i to the one that ends it, or to the end of the text. */
static size_t
billing_json_string_len(billing_str_t text, size_t i)
{
    size_t p;

    for (p = i + 1; p < text.len && text.data[p] != '"'; p++) {
        p += text.data[p] == '\\';
    }

    return (p < text.len ? p + 1 : text.len) - i;
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
