
/*
 * Reading: the depth is counted before jansson, which recurses, sees the
 * text.  jansson's messages quote the text ("... near '\"s3cret\"'"): that
 * part is cut off, for bodies hold credentials and reasons are shown.
 *
 * Writing: all that must be remembered is whether a comma is due.  A member
 * that nobody wants is written all the same, and taken back.
 */

#include "core/json.h"

#include <stdio.h>

#include "core/json_arena.h"
#include "core/text.h"


static int  billing_json_depth(billing_str_t text, unsigned max_depth);
static void billing_json_reason(char reason[128], int line, const char *text);
static void billing_json_comma(billing_json_t *w);
static void billing_json_drop(billing_json_t *w);
static int  billing_json_wanted(
     const billing_json_fields_t *fields, billing_str_t name);
static void   billing_json_begin(billing_json_t *w, char c);
static void   billing_json_end(billing_json_t *w, char c);
static void   billing_json_quoted(billing_buf_t *out, billing_str_t s);
static size_t billing_json_special(billing_str_t s, size_t i, char escape[8]);
static void   billing_json_object(billing_json_t *w, const json_t *value);
static void   billing_json_array(billing_json_t *w, const json_t *value);
static void   billing_json_real(billing_json_t *w, const json_t *value);


billing_status_t
billing_json_parse(
    billing_str_t text, unsigned max_depth, json_t **out, char reason[128])
{
    int          line;
    char        *near;
    unsigned     failures;
    json_error_t error;

    *out = NULL;

    line = billing_json_depth(text, max_depth);
    if (line > 0) {
        billing_json_reason(reason, line, "nested too deeply");
        return BILLING_LIMIT;
    }

    failures = billing_json_failures();

    *out = json_loadb(text.len > 0 ? text.data : "", text.len,
        JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (*out != NULL) {
        return BILLING_OK;
    }

    /* jansson 2.14 mostly says nothing at all when it is out of memory */
    if (failures != billing_json_failures() || error.text[0] == '\0'
        || json_error_code(&error) == json_error_out_of_memory)
    {
        billing_json_reason(reason, error.line, "out of memory");
        return BILLING_NOMEM;
    }

    near = strstr(error.text, " near '");
    if (near != NULL) {
        *near = '\0';
    }

    billing_json_reason(reason, error.line, error.text);

    return BILLING_MALFORMED;
}


json_t *
billing_json_text(billing_str_t s)
{
    json_t       *text;
    billing_buf_t buf;

    s = billing_text_trim(s);

    /* no character grows to more than three times its length in NFC */
    billing_buf_init_secret(&buf, 3 * s.len);

    text = NULL;

    if (billing_text_nfc(s, &buf) == BILLING_OK) {
        text = json_stringn(buf.len > 0 ? buf.data : "", buf.len);
    }

    billing_buf_free(&buf);

    return text;
}


void
billing_json_init(billing_json_t *w, billing_buf_t *out)
{
    *w = (billing_json_t){ .out = out, .depth = 0, .first = 1 };
}


void
billing_json_only(billing_json_t *w, const billing_json_fields_t *fields)
{
    w->fields = fields != NULL && fields->wanted != 0 ? fields : NULL;
    w->fields_depth = w->depth + 1;
}


void
billing_json_begin_object(billing_json_t *w)
{
    billing_json_begin(w, '{');
}


void
billing_json_end_object(billing_json_t *w)
{
    billing_json_end(w, '}');
}


void
billing_json_begin_array(billing_json_t *w)
{
    billing_json_begin(w, '[');
}


void
billing_json_end_array(billing_json_t *w)
{
    billing_json_end(w, ']');
}


void
billing_json_key(billing_json_t *w, const char *name)
{
    billing_json_name(w, billing_str_from(name));
}


void
billing_json_name(billing_json_t *w, billing_str_t name)
{
    if (w->fields != NULL && w->depth == w->fields_depth) {
        billing_json_drop(w);

        w->keep = w->out->len;
        w->dropped = w->first;
        w->drop = !billing_json_wanted(w->fields, name);
    }

    billing_json_comma(w);
    billing_json_quoted(w->out, name);
    (void) billing_buf_add_char(w->out, ':');
    w->first = 1;
}


void
billing_json_string(billing_json_t *w, billing_str_t s)
{
    billing_json_comma(w);
    billing_json_quoted(w->out, s);
}


void
billing_json_cstring(billing_json_t *w, const char *s)
{
    if (s == NULL) {
        billing_json_null(w);
        return;
    }

    billing_json_string(w, billing_str_from(s));
}


void
billing_json_int(billing_json_t *w, long long value)
{
    billing_json_comma(w);
    (void) billing_buf_addf(w->out, "%lld", value);
}


void
billing_json_bool(billing_json_t *w, int value)
{
    billing_json_raw(w, value ? billing_str("true") : billing_str("false"));
}


void
billing_json_null(billing_json_t *w)
{
    billing_json_raw(w, billing_str("null"));
}


void
billing_json_raw(billing_json_t *w, billing_str_t s)
{
    billing_json_comma(w);
    (void) billing_buf_add_str(w->out, s);
}


void
billing_json_value(billing_json_t *w, const json_t *value)
{
    if (value == NULL) {
        billing_json_null(w);
        return;
    }

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        billing_json_object(w, value);
        break;

    case JSON_ARRAY:
        billing_json_array(w, value);
        break;

    case JSON_STRING:
        billing_json_string(w, (billing_str_t){ json_string_value(value),
                                   json_string_length(value) });
        break;

    case JSON_INTEGER:
        billing_json_int(w, json_integer_value(value));
        break;

    case JSON_REAL:
        billing_json_real(w, value);
        break;

    case JSON_TRUE:
    case JSON_FALSE:
        billing_json_bool(w, json_is_true(value));
        break;

    case JSON_NULL:
        billing_json_null(w);
        break;
    }
}


/*
 * The line in which the text is nested deeper than max_depth, or 0.  What is
 * not JSON at all may be counted wrongly: jansson refuses it anyway, and it
 * never goes deeper than brackets outside of strings, which are all counted.
 */
static int
billing_json_depth(billing_str_t text, unsigned max_depth)
{
    int      line, quoted;
    size_t   i;
    unsigned depth;

    line = 1;
    quoted = 0;
    depth = 0;

    for (i = 0; i < text.len; i++) {
        switch (text.data[i]) {
        case '"':
            quoted = !quoted;
            break;

        case '\\':
            i += quoted;
            break;

        case '\n':
            line++;
            break;

        case '[':
        case '{':
            if (!quoted && depth++ == max_depth) {
                return line;
            }

            break;

        case ']':
        case '}':
            depth -= !quoted && depth > 0;
            break;
        }
    }

    return 0;
}


static void
billing_json_reason(char reason[128], int line, const char *text)
{
    if (reason != NULL) {
        (void) snprintf(reason, 128, "line %d: %.100s", line, text);
    }
}


static void
billing_json_comma(billing_json_t *w)
{
    if (!w->first) {
        (void) billing_buf_add_char(w->out, ',');
    }

    w->first = 0;
}


static void
billing_json_drop(billing_json_t *w)
{
    if (w->drop && w->out->status == BILLING_OK) {
        w->out->len = w->keep;
        w->first = w->dropped;
    }

    w->drop = 0;
}


static int
billing_json_wanted(const billing_json_fields_t *fields, billing_str_t name)
{
    unsigned i;

    for (i = 0; fields->names[i] != NULL; i++) {
        if (billing_str_eq(name, billing_str_from(fields->names[i]))) {
            return fields->wanted >> i & 1;
        }
    }

    return 0;
}


static void
billing_json_begin(billing_json_t *w, char c)
{
    if (w->depth == BILLING_JSON_DEPTH && w->out->status == BILLING_OK) {
        w->out->status = BILLING_LIMIT;
    }

    billing_json_comma(w);
    (void) billing_buf_add_char(w->out, c);
    w->depth++;
    w->first = 1;
}


static void
billing_json_end(billing_json_t *w, char c)
{
    if (w->depth == w->fields_depth) {
        billing_json_drop(w);
    }

    (void) billing_buf_add_char(w->out, c);
    w->depth--;
    w->first = 0;
}


static void
billing_json_quoted(billing_buf_t *out, billing_str_t s)
{
    char   escape[8];
    size_t i, run, n;

    (void) billing_buf_add_char(out, '"');

    for (i = 0, run = 0; i < s.len; i += n) {
        n = billing_json_special(s, i, escape);
        if (n == 0) {
            n = 1;
            continue;
        }

        (void) billing_buf_add(out, s.data + run, i - run);
        (void) billing_buf_add_str(out, billing_str_from(escape));
        run = i + n;
    }

    if (s.len > run) {
        (void) billing_buf_add(out, s.data + run, s.len - run);
    }

    (void) billing_buf_add_char(out, '"');
}


/*
 * If a character that must be escaped stands at i: its length, and its escape
 * (NUL-terminated); else 0.  "<" is escaped so that JSON can stand in a
 * script element, U+2028 and U+2029 because old JavaScript ends lines there.
 */
static size_t
billing_json_special(billing_str_t s, size_t i, char escape[8])
{
    unsigned char c;
    const char   *found;

    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char names[] = "\"\\bfnrt";

    c = (unsigned char) s.data[i];

    if (c == 0xe2 && s.len - i >= 3
        && (memcmp(s.data + i, "\xe2\x80\xa8", 3) == 0
            || memcmp(s.data + i, "\xe2\x80\xa9", 3) == 0))
    {
        memcpy(escape, s.data[i + 2] == '\xa8' ? "\\u2028" : "\\u2029", 7);
        return 3;
    }

    if (c >= 0x20 && c != '"' && c != '\\' && c != '<') {
        return 0;
    }

    found = memchr(plain, c, sizeof(plain) - 1);
    if (found != NULL) {
        escape[0] = '\\';
        escape[1] = names[found - plain];
        escape[2] = '\0';
        return 1;
    }

    (void) snprintf(escape, 8, "\\u%04x", c);

    return 1;
}


static void
billing_json_object(billing_json_t *w, const json_t *value)
{
    void   *iter;
    json_t *object;

    /* jansson's iterators ask for what they do not change */
    object = (json_t *) value;

    billing_json_begin_object(w);

    for (iter = json_object_iter(object);
         iter != NULL && w->out->status == BILLING_OK;
         iter = json_object_iter_next(object, iter))
    {
        billing_json_key(w, json_object_iter_key(iter));
        billing_json_value(w, json_object_iter_value(iter));
    }

    billing_json_end_object(w);
}


static void
billing_json_array(billing_json_t *w, const json_t *value)
{
    size_t i, n;

    n = json_array_size(value);

    billing_json_begin_array(w);

    for (i = 0; i < n && w->out->status == BILLING_OK; i++) {
        billing_json_value(w, json_array_get(value, i));
    }

    billing_json_end_array(w);
}


static void
billing_json_real(billing_json_t *w, const json_t *value)
{
    char   text[64];
    size_t len;

    len = json_dumpb(value, text, sizeof(text), JSON_ENCODE_ANY);
    if (len == 0 || len > sizeof(text)) {
        billing_json_null(w);
        return;
    }

    billing_json_raw(w, (billing_str_t){ text, len });
}
