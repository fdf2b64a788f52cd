
/*
 * One allocation holds the pairs, the user's room and the decoded text, which
 * is never longer than the encoded one but for a NUL behind each string.
 */

#include "core/args.h"

#include <stdlib.h>

#include "core/text.h"


static unsigned billing_args_count(billing_str_t args);
static void     billing_args_pair(billing_str_t raw, billing_args_t *out,
        char **text, billing_errors_t *errors);
static int      billing_args_text(
         billing_str_t raw, char **text, billing_str_t *out);
static int           billing_args_byte(const char *p, size_t len);
static int           billing_args_hex(char c);
static billing_str_t billing_args_cut(billing_str_t *rest, char c);


billing_status_t
billing_args_decode(
    billing_str_t args, billing_args_t *out, billing_errors_t *errors)
{
    char         *text;
    size_t        n;
    billing_str_t raw;

    *out = (billing_args_t){ .npairs = 0 };

    n = billing_args_count(args);

    out->memory = malloc(
        n * (sizeof(billing_pair_t) + sizeof(billing_str_t) + 2) + args.len);
    if (out->memory == NULL) {
        return BILLING_NOMEM;
    }

    out->pairs = out->memory;
    out->room = (billing_str_t *) (out->pairs + n);
    text = (char *) (out->room + n);

    while (args.len > 0) {
        raw = billing_args_cut(&args, '&');

        if (raw.len > 0) {
            billing_args_pair(raw, out, &text, errors);
        }
    }

    return BILLING_OK;
}


billing_arg_t *
billing_args_assign(const billing_pair_t *pair, billing_arg_t *known,
    unsigned nknown, billing_errors_t *errors)
{
    unsigned i;

    for (i = 0; i < nknown; i++) {
        if (!billing_str_eq(pair->name, billing_str_from(known[i].name))) {
            continue;
        }

        if (known[i].given) {
            billing_errors_add_member(errors, "", known[i].name, "duplicate",
                "This argument may be given only once.");
            return &known[i];
        }

        known[i].given = 1;
        known[i].value = pair->value;

        return &known[i];
    }

    return NULL;
}


void
billing_args_unknown(const billing_pair_t *pair, billing_errors_t *errors)
{
    billing_errors_add_member(
        errors, "", pair->name.data, "unknown", "There is no such argument.");
}


billing_status_t
billing_args_parse(billing_str_t args, billing_arg_t *known, unsigned nknown,
    void **memory, billing_errors_t *errors)
{
    unsigned         i, before;
    billing_args_t   all;
    billing_status_t status;

    *memory = NULL;
    before = errors->count;

    for (i = 0; i < nknown; i++) {
        known[i].given = 0;
        known[i].value = (billing_str_t){ NULL, 0 };
    }

    status = billing_args_decode(args, &all, errors);
    if (status != BILLING_OK) {
        return status;
    }

    for (i = 0; i < all.npairs; i++) {
        if (billing_args_assign(&all.pairs[i], known, nknown, errors) == NULL) {
            billing_args_unknown(&all.pairs[i], errors);
        }
    }

    if (errors->count == before) {
        *memory = all.memory;
        return BILLING_OK;
    }

    free(all.memory);

    for (i = 0; i < nknown; i++) {
        known[i].value = (billing_str_t){ NULL, 0 };
    }

    return BILLING_INVALID;
}


/* At least 1, so that there is something to allocate. */
static unsigned
billing_args_count(billing_str_t args)
{
    size_t   i;
    unsigned n;

    n = 1;

    for (i = 0; i < args.len; i++) {
        n += args.data[i] == '&';
    }

    return n;
}


static void
billing_args_pair(billing_str_t raw, billing_args_t *out, char **text,
    billing_errors_t *errors)
{
    int             clean;
    billing_str_t   name;
    billing_pair_t *pair;

    pair = &out->pairs[out->npairs];
    name = billing_args_cut(&raw, '=');

    /* both, for the error names the argument */
    clean = billing_args_text(name, text, &pair->name);
    clean &= billing_args_text(raw, text, &pair->value);

    if (clean) {
        out->npairs++;
        return;
    }

    billing_errors_add_member(errors, "", pair->name.data, "format",
        "This is not percent-encoded UTF-8.");
}


/*
 * Decodes to *text and moves it on.  Returns 0 for what is not clean; *out is
 * then the text as it came.
 */
static int
billing_args_text(billing_str_t raw, char **text, billing_str_t *out)
{
    int    c, clean;
    char  *to;
    size_t i;

    clean = 1;
    to = *text;

    for (i = 0; i < raw.len && clean; i += raw.data[i] == '%' ? 3 : 1) {
        c = billing_args_byte(raw.data + i, raw.len - i);
        clean = c > 0;
        *to++ = (char) c;
    }

    *out = (billing_str_t){ *text, (size_t) (to - *text) };

    if (!clean || !billing_text_valid(*out)) {
        clean = 0;
        out->len = raw.len;

        if (raw.len > 0) {
            memcpy(*text, raw.data, raw.len);
        }
    }

    (*text)[out->len] = '\0';
    *text += out->len + 1;

    return clean;
}


/* The byte that stands at p, or -1. */
static int
billing_args_byte(const char *p, size_t len)
{
    int high, low;

    if (*p == '+') {
        return ' ';
    }

    if (*p != '%') {
        return (unsigned char) *p;
    }

    if (len < 3) {
        return -1;
    }

    high = billing_args_hex(p[1]);
    low = billing_args_hex(p[2]);

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}


static int
billing_args_hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}


/* Cuts off what stands before c (all, if there is none), and c itself. */
static billing_str_t
billing_args_cut(billing_str_t *rest, char c)
{
    size_t        len;
    const char   *found;
    billing_str_t head;

    found = rest->len > 0 ? memchr(rest->data, c, rest->len) : NULL;
    len = found != NULL ? (size_t) (found - rest->data) : rest->len;

    head = (billing_str_t){ rest->data, len };

    if (found != NULL) {
        len++;
    }

    if (len > 0) {
        rest->data += len;
        rest->len -= len;
    }

    return head;
}
