
/*
 * A spreadsheet looks for a formula behind blanks and what nobody sees, and
 * where it separates cells by semicolons or tabs, it finds one in the middle
 * of a cell.  So each place where a cell may begin is looked at; apostrophes
 * and quotes are passed over like blanks, which keeps values apart: taking one
 * apostrophe away at each such place gives the value back.
 */

#include "core/csv.h"

#include <stdint.h>


/* First and last code point of a range. */
typedef struct {
    uint32_t first;
    uint32_t last;
} billing_csv_range_t;


static void   billing_csv_put(billing_buf_t *out, const char *data, size_t len);
static int    billing_csv_begins(billing_str_t s);
static size_t billing_csv_next(billing_str_t s, size_t at);
static int    billing_csv_runs(billing_str_t s, size_t at);
static int    billing_csv_in(
       uint32_t c, const billing_csv_range_t *ranges, size_t n);
static size_t billing_csv_char(billing_str_t s, size_t at, uint32_t *c);


/* Controls, blanks, quotes, and what has no width. */
static const billing_csv_range_t billing_csv_passed[] = {
    { 0x00, 0x20 },
    { '"', '"' },
    { '\'', '\'' },
    { 0x7f, 0xa0 },
    { 0xad, 0xad },
    { 0x1680, 0x1680 },
    { 0x180e, 0x180e },
    { 0x2000, 0x200f },
    { 0x2028, 0x202f },
    { 0x205f, 0x206f },
    { 0x3000, 0x3000 },
    { 0xfe00, 0xfe0f },
    { 0xfeff, 0xfeff },
};


/* = + - @ |, their small and full-width forms, and the minus sign */
static const billing_csv_range_t billing_csv_starts[] = {
    { '+', '+' },
    { '-', '-' },
    { '=', '=' },
    { '@', '@' },
    { '|', '|' },
    { 0x2212, 0x2212 },
    { 0xfe62, 0xfe63 },
    { 0xfe66, 0xfe66 },
    { 0xfe6b, 0xfe6b },
    { 0xff0b, 0xff0b },
    { 0xff0d, 0xff0d },
    { 0xff1d, 0xff1d },
    { 0xff20, 0xff20 },
    { 0xff5c, 0xff5c },
};


#define billing_csv_is(c, ranges) \
    billing_csv_in(c, ranges, sizeof(ranges) / sizeof(ranges[0]))


void
billing_csv_cell(billing_str_t s, billing_buf_t *out)
{
    size_t i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '"' || s.data[i] == ',' || s.data[i] == '\r'
            || s.data[i] == '\n')
        {
            break;
        }
    }

    if (i == s.len) {
        (void) billing_buf_add_str(out, s);
        return;
    }

    (void) billing_buf_add_char(out, '"');
    billing_csv_put(out, s.data, s.len);
    (void) billing_buf_add_char(out, '"');
}


void
billing_csv_safe_cell(billing_str_t s, billing_buf_t *out)
{
    int    quoted;
    char   c;
    size_t i, from, next;

    quoted = 0;

    for (i = 0; i < s.len && !quoted; i++) {
        c = s.data[i];
        quoted = c == '"' || c == ',' || c == ';' || c == '\r' || c == '\n';
    }

    if (quoted) {
        (void) billing_buf_add_char(out, '"');
    }

    if (billing_csv_begins(s)) {
        (void) billing_buf_add_char(out, '\'');
    }

    from = 0;
    next = 0;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c != ';' && c != '\t' && c != '\r' && c != '\n') {
            continue;
        }

        if (next <= i) {
            next = billing_csv_next(s, i + 1);
        }

        if (billing_csv_runs(s, next)) {
            billing_csv_put(out, s.data + from, i + 1 - from);
            (void) billing_buf_add_char(out, '\'');
            from = i + 1;
        }
    }

    if (s.len > from) {
        billing_csv_put(out, s.data + from, s.len - from);
    }

    if (quoted) {
        (void) billing_buf_add_char(out, '"');
    }
}


/* Quotes are doubled; a value that has none needs none around it either. */
static void
billing_csv_put(billing_buf_t *out, const char *data, size_t len)
{
    const char *quote;

    while (len > 0) {
        quote = memchr(data, '"', len);

        if (quote == NULL) {
            (void) billing_buf_add(out, data, len);
            return;
        }

        (void) billing_buf_add(out, data, (size_t) (quote - data) + 1);
        (void) billing_buf_add_char(out, '"');

        len -= (size_t) (quote - data) + 1;
        data = quote + 1;
    }
}


/*
 * 1 if a spreadsheet may run the value as a whole.  Some drop a tab or the end
 * of a line before it, and take a separator for an empty cell.
 */
static int
billing_csv_begins(billing_str_t s)
{
    size_t   at, len;
    uint32_t c;

    for (at = 0; at < s.len; at += len) {
        len = billing_csv_char(s, at, &c);

        if (c == '\t' || c == '\r' || c == '\n') {
            return 1;
        }

        if (c != ';' && c != ',' && !billing_csv_is(c, billing_csv_passed)) {
            return billing_csv_is(c, billing_csv_starts);
        }
    }

    return 0;
}


/* Where the first character is that is not passed over; the end if none is. */
static size_t
billing_csv_next(billing_str_t s, size_t at)
{
    size_t   len;
    uint32_t c;

    while (at < s.len) {
        len = billing_csv_char(s, at, &c);

        if (!billing_csv_is(c, billing_csv_passed)) {
            break;
        }

        at += len;
    }

    return at;
}


/* 1 if a spreadsheet would run what begins there. */
static int
billing_csv_runs(billing_str_t s, size_t at)
{
    uint32_t c;

    if (at == s.len) {
        return 0;
    }

    (void) billing_csv_char(s, at, &c);

    return billing_csv_is(c, billing_csv_starts);
}


static int
billing_csv_in(uint32_t c, const billing_csv_range_t *ranges, size_t n)
{
    size_t i;

    for (i = 0; i < n && c >= ranges[i].first; i++) {
        if (c <= ranges[i].last) {
            return 1;
        }
    }

    return 0;
}


/* Values are UTF-8; a byte that is not stands for itself. */
static size_t
billing_csv_char(billing_str_t s, size_t at, uint32_t *c)
{
    size_t        i, len;
    unsigned char first;

    first = (unsigned char) s.data[at];
    len = first < 0xe0 ? 2 : 3;

    if (first < 0xc2 || first > 0xef || s.len - at < len) {
        *c = first;
        return 1;
    }

    *c = first & (len == 2 ? 0x1f : 0x0f);

    for (i = at + 1; i < at + len; i++) {
        *c = *c << 6 | ((unsigned char) s.data[i] & 0x3f);
    }

    return len;
}
