
/*
 * The list is made with the first entry.  An entry that cannot be allocated
 * is still counted, so that wrong input never passes for right.
 */

#include "core/errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"


#define BILLING_ERRORS_MESSAGE 512


static void billing_errors_append(billing_errors_t *errors, const char *pointer,
    const char *code, const char *message);
static json_t *billing_errors_text(const char *text);


void
billing_errors_init(billing_errors_t *errors)
{
    *errors = (billing_errors_t){ .list = NULL, .count = 0 };
}


void
billing_errors_free(billing_errors_t *errors)
{
    json_decref(errors->list);
    billing_errors_init(errors);
}


void
billing_errors_add(billing_errors_t *errors, const char *pointer,
    const char *code, const char *fmt, ...)
{
    char    message[BILLING_ERRORS_MESSAGE];
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);

    billing_errors_append(errors, pointer, code, message);
}


void
billing_errors_args(billing_errors_t *errors, json_t *args)
{
    json_t *last;

    last = errors->count <= BILLING_ERRORS_MAX
               ? json_array_get(errors->list, json_array_size(errors->list) - 1)
               : NULL;

    /* it is freed where there is nothing to set it in */
    (void) json_object_set_new(last, "args", args);
}


void
billing_errors_add_member(billing_errors_t *errors, const char *parent,
    const char *name, const char *code, const char *message)
{
    const char   *p;
    billing_buf_t pointer;

    /* "~" and "/" take two bytes each, and there is a "/" and a NUL */
    billing_buf_init(&pointer, strlen(parent) + 2 * strlen(name) + 2);

    (void) billing_buf_add(&pointer, parent, strlen(parent));
    (void) billing_buf_add_char(&pointer, '/');

    for (p = name; *p != '\0'; p++) {
        if (*p == '~' || *p == '/') {
            (void) billing_buf_add_char(&pointer, '~');
            (void) billing_buf_add_char(&pointer, *p == '~' ? '0' : '1');
        } else {
            (void) billing_buf_add_char(&pointer, *p);
        }
    }

    if (billing_buf_add_char(&pointer, '\0') == BILLING_OK) {
        billing_errors_append(errors, pointer.data, code, message);
    } else {
        errors->count++;
    }

    billing_buf_free(&pointer);
}


static void
billing_errors_append(billing_errors_t *errors, const char *pointer,
    const char *code, const char *message)
{
    json_t *entry;

    errors->count++;

    if (errors->count > BILLING_ERRORS_MAX) {
        return;
    }

    if (errors->list == NULL) {
        errors->list = json_array();
    }

    /* "o" takes the references over, also on failure */
    entry = json_pack("{s:o, s:s, s:o}", "pointer",
        billing_errors_text(pointer), "code", code, "message",
        billing_errors_text(message));

    /* a NULL on either side is an error that changes nothing */
    (void) json_array_append_new(errors->list, entry);
}


/*
 * A JSON string of any bytes: where they are not UTF-8 (a query string may
 * hold anything, and a long message may be cut within a character), what is
 * not ASCII becomes "?".
 */
static json_t *
billing_errors_text(const char *text)
{
    char          c;
    size_t        i, len;
    json_t       *string;
    billing_buf_t copy;

    string = json_string(text);
    if (string != NULL) {
        return string;
    }

    len = strlen(text);

    billing_buf_init(&copy, len);

    for (i = 0; i < len; i++) {
        c = text[i];

        if ((c & 0x80) != 0) {
            c = '?';
        }

        (void) billing_buf_add_char(&copy, c);
    }

    string = copy.status == BILLING_OK
                 ? json_stringn(len > 0 ? copy.data : "", len)
                 : NULL;

    billing_buf_free(&copy);

    return string;
}
