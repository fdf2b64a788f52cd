
/*
 * JSON in and out.  Reading is jansson with explicit limits on size and depth
 * (jansson itself allows 2048 levels); writing is a small streaming writer
 * onto a billing_buf_t that puts commas and escapes where they belong.
 */

#ifndef BILLING_CORE_JSON_H
#define BILLING_CORE_JSON_H

#include <jansson.h>

#include "core/buf.h"


#define BILLING_JSON_DEPTH 32 /* of what a writer nests */


/*
 * Parses one JSON value that fills the whole text.  Duplicate object members,
 * invalid UTF-8 and nesting deeper than max_depth are refused.  On failure
 * *out is NULL and reason, if not NULL, gets a short text with the position
 * ("line 3: ...").  BILLING_MALFORMED, BILLING_LIMIT (depth) or
 * BILLING_NOMEM; when memory runs out within a string, jansson calls that
 * malformed.  The caller owns the reference in *out.
 */
billing_status_t billing_json_parse(
    billing_str_t text, unsigned max_depth, json_t **out, char reason[128]);

/*
 * The same, for what others write: a byte order mark before it is ignored, and
 * a number that jansson would make a double - with a fraction or an exponent, or
 * of more than 18 digits - becomes a JSON string of the number as it was written.
 */
billing_status_t billing_json_parse_exact(
    billing_str_t text, unsigned max_depth, json_t **out, char reason[128]);

/* A new string: s (UTF-8), trimmed and in NFC.  NULL when out of memory. */
json_t *billing_json_text(billing_str_t s);


/* Names of members: those wanted, of those there are. */
typedef struct {
    const char *const *names;  /* the last is NULL */
    unsigned long      wanted; /* a bit for each name; 0: all are */
} billing_json_fields_t;


typedef struct {
    billing_buf_t *out;
    unsigned       depth;
    unsigned       first : 1; /* no comma before the next value */

    const billing_json_fields_t *fields;
    unsigned                     fields_depth;
    size_t                       keep;        /* what is written before ... */
    unsigned                     drop : 1;    /* ... a member that goes again */
    unsigned                     dropped : 1; /* "first" as it was then */
} billing_json_t;


void billing_json_init(billing_json_t *w, billing_buf_t *out);

/*
 * From now on objects that are begun where the writer stands have no members
 * but these; *fields must live as long as that.  NULL: all again.
 */
void billing_json_only(billing_json_t *w, const billing_json_fields_t *fields);

void billing_json_begin_object(billing_json_t *w);
void billing_json_end_object(billing_json_t *w);
void billing_json_begin_array(billing_json_t *w);
void billing_json_end_array(billing_json_t *w);
void billing_json_key(billing_json_t *w, const char *name);
void billing_json_name(billing_json_t *w, billing_str_t name); /* the same */

/* Escapes as RFC 8259 asks and also "<", U+2028, U+2029; s must be UTF-8. */
void billing_json_string(billing_json_t *w, billing_str_t s);
void billing_json_cstring(billing_json_t *w, const char *s); /* NULL: null */
void billing_json_int(billing_json_t *w, long long value);
void billing_json_bool(billing_json_t *w, int value);
void billing_json_null(billing_json_t *w);

/* Text that already is a JSON value, taken as it is. */
void billing_json_raw(billing_json_t *w, billing_str_t s);

/* A jansson value, compact. */
void billing_json_value(billing_json_t *w, const json_t *value);


#endif /* BILLING_CORE_JSON_H */
