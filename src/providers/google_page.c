
/* Names of pages, taken apart: billing_google_page_t says what they are of. */

#include "providers/google.h"

#include <stdlib.h>


static billing_str_t google_word(billing_str_t *text);


billing_status_t
billing_google_page(billing_str_t name, billing_google_page_t *page)
{
    billing_str_t word;

    *page = (billing_google_page_t){ .stage = BILLING_GOOGLE_DRY };

    if (name.len == 0) {
        return BILLING_OK;
    }

    word = google_word(&name);
    page->stage = (billing_google_stage_t) word.data[0];
    page->job = google_word(&name);
    page->location = google_word(&name);
    page->rest = name;

    switch (page->stage) {
    case BILLING_GOOGLE_RUN:
        return BILLING_OK;

    case BILLING_GOOGLE_FETCH:
        word = google_word(&name);
        page->rows = word.len == 0 ? 0 : strtoul(word.data, NULL, 10);
        page->rest = name;
        /* fall through */

    case BILLING_GOOGLE_WAIT:
        return billing_google_is_name(page->job) && page->rest.len > 0
                   ? BILLING_OK
                   : BILLING_INVALID;

    case BILLING_GOOGLE_DRY:
        break;
    }

    return BILLING_INVALID;
}


/* Cuts off what stands before the first space, and the space. */
static billing_str_t
google_word(billing_str_t *text)
{
    const char   *end;
    billing_str_t word;

    word = *text;
    end = text->len == 0 ? NULL : memchr(text->data, ' ', text->len);

    if (end == NULL) {
        text->len = 0;
        return word;
    }

    word.len = (size_t) (end - text->data);
    text->data += word.len + 1;
    text->len -= word.len + 1;

    return word;
}


int
billing_google_is_name(billing_str_t text)
{
    size_t i;

    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789_-";

    for (i = 0; i < text.len; i++) {
        if (memchr(chars, text.data[i], sizeof(chars) - 1) == NULL) {
            return 0;
        }
    }

    return text.len > 0;
}
