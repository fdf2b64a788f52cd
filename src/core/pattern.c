
/* Patterns of fields, by PCRE2. */

#include "core/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>


#define BILLING_PATTERN_OPTIONS                                           \
    (PCRE2_UTF | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_UTF_CHECK \
        | PCRE2_NO_AUTO_CAPTURE)


billing_status_t
billing_pattern_match(const char *pattern, billing_str_t text)
{
    int               rc, error;
    size_t            place;
    pcre2_code       *code;
    pcre2_match_data *match;

    /* patterns are ours: nothing but memory can be wrong with them */

    code = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED,
        BILLING_PATTERN_OPTIONS, &error, &place, NULL);
    if (code == NULL) {
        return BILLING_NOMEM;
    }

    rc = PCRE2_ERROR_NOMEMORY;
    match = pcre2_match_data_create(1, NULL);

    if (match != NULL) {
        rc = pcre2_match(code,
            (PCRE2_SPTR) (text.data == NULL ? "" : text.data), text.len, 0,
            PCRE2_NO_UTF_CHECK, match, NULL);
    }

    pcre2_match_data_free(match);
    pcre2_code_free(code);

    return rc >= 0                     ? BILLING_OK
           : rc == PCRE2_ERROR_NOMATCH ? BILLING_INVALID
                                       : BILLING_NOMEM;
}
