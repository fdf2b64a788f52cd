
/* Preferences of a client: a list of "name=value; parameters" (RFC 7240). */

#include "core/prefer.h"
#include "core/text.h"

#include <strings.h>


#define BILLING_PREFER_DIGITS 9


static billing_str_t billing_prefer_next(billing_str_t *list);
static long          billing_prefer_number(billing_str_t text);


long
billing_prefer_wait(billing_str_t prefer)
{
    size_t        len;
    billing_str_t item, name, value;

    while (prefer.len > 0) {
        item = billing_prefer_next(&prefer);

        for (len = 0; len < item.len && item.data[len] != '='; len++) {
            /* void */
        }

        name = billing_text_trim((billing_str_t){ item.data, len });

        if (len < item.len && name.len == 4
            && strncasecmp(name.data, "wait", 4) == 0) {
            value = (billing_str_t){ item.data + len + 1, item.len - len - 1 };
            return billing_prefer_number(billing_text_trim(value));
        }
    }

    return -1;
}


/*
 * Takes one off the list, without its parameters.  A comma within quotes ends
 * nothing.
 */
static billing_str_t
billing_prefer_next(billing_str_t *list)
{
    char          c;
    size_t        i, len;
    unsigned      quoted, ended;
    billing_str_t item;

    item.data = list->data;
    len = 0;
    quoted = 0;
    ended = 0;

    for (i = 0; i < list->len; i++) {
        c = list->data[i];

        if (c == '"') {
            quoted = !quoted;

        } else if (quoted && c == '\\') {
            i++;

        } else if (!quoted && c == ',') {
            break;

        } else if (!quoted && c == ';' && !ended) {
            ended = 1;
            len = i;
        }
    }

    i = i < list->len ? i : list->len;
    item.len = ended ? len : i;

    i += i < list->len;
    list->data += i;
    list->len -= i;

    return item;
}


/* In quotes or not: a value may be either. */
static long
billing_prefer_number(billing_str_t text)
{
    long   number;
    size_t i;

    if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"')
    {
        text.data++;
        text.len -= 2;
    }

    if (text.len == 0 || text.len > BILLING_PREFER_DIGITS) {
        return -1;
    }

    number = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return -1;
        }

        number = number * 10 + (text.data[i] - '0');
    }

    return number;
}
