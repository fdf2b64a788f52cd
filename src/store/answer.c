
/*
 * Entity tags of the answers that are kept.
 */

#include "store/answer.h"


const ngx_str_t billing_tag_suffixes[] = {
    ngx_string(""),
    ngx_string("-gz"),
    ngx_string("-br"),
};


/*
 * The list is compared weakly (RFC 9110 section 13.1.2): "W/" is passed over.
 * A tag may hold commas, so the list is read from quote to quote.
 */
ngx_int_t
billing_answer_named(const ngx_str_t *list, const u_char tag[BILLING_TAG_LEN],
    billing_coding_t coding)
{
    u_char          *p, *last, *end;
    ngx_uint_t       i;
    const ngx_str_t *suffix;

    p = list->data;
    last = p + list->len;

    if (list->len == 1 && *p == '*') {
        return coding;
    }

    for (; p < last; p = end + 1) {
        p = ngx_strlchr(p, last, '"');
        if (p == NULL) {
            return NGX_DECLINED;
        }

        end = ngx_strlchr(++p, last, '"');
        if (end == NULL) {
            return NGX_DECLINED;
        }

        if (end - p < BILLING_TAG_LEN
            || ngx_memcmp(p, tag, BILLING_TAG_LEN) != 0) {
            continue;
        }

        p += BILLING_TAG_LEN;

        for (i = 0; i < BILLING_CODINGS; i++) {
            suffix = &billing_tag_suffixes[i];

            if ((size_t) (end - p) == suffix->len
                && ngx_memcmp(p, suffix->data, suffix->len) == 0)
            {
                return i;
            }
        }
    }

    return NGX_DECLINED;
}
