
#include "core/looks.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <unicode/uspoof.h>
#include <uninorm.h>
#include <unistr.h>


#define LOOKS_MAX (16 * 1024) /* of one; a name has 64 characters */


typedef uint8_t *(*looks_case_pt)(const uint8_t *s, size_t n,
    const char *language, uninorm_t form, uint8_t *buf, size_t *len);


static billing_status_t looks_clean(billing_str_t name, billing_buf_t *out);
static billing_status_t looks_cased(const billing_buf_t *clean, char mark,
    looks_case_pt change, billing_buf_t *out);
static billing_status_t looks_line(
    const char *text, size_t len, char mark, billing_buf_t *out);
static const USpoofChecker *looks_checker(void);


billing_status_t
billing_looks(billing_str_t name, billing_buf_t *out)
{
    billing_buf_t    clean;
    billing_status_t status;

    billing_buf_init(&clean, LOOKS_MAX);
    status = looks_clean(name, &clean);

    if (status == BILLING_OK) {
        status = looks_line(clean.data, clean.len, 'w', out);
    }

    if (status == BILLING_OK) {
        status = looks_cased(&clean, 's', u8_casefold, out);
    }

    if (status == BILLING_OK) {
        status = looks_cased(&clean, 'c', u8_toupper, out);
    }

    billing_buf_free(&clean);

    return status;
}


static billing_status_t
looks_clean(billing_str_t name, billing_buf_t *out)
{
    int            n, blank;
    ucs4_t         uc;
    const uint8_t *p, *last;

    p = (const uint8_t *) name.data;
    last = p + name.len;
    blank = 0;

    for (/* void */; p < last; p += n) {
        n = u8_mbtouc(&uc, p, (size_t) (last - p));

        if (uc_is_property_white_space(uc)) {
            blank = out->len > 0;
            continue;
        }

        if (uc_is_property_default_ignorable_code_point(uc)) {
            continue;
        }

        if (blank) {
            (void) billing_buf_add(out, " ", 1);
            blank = 0;
        }

        (void) billing_buf_add(out, p, (size_t) n);
    }

    return out->status;
}


static billing_status_t
looks_cased(const billing_buf_t *clean, char mark, looks_case_pt change,
    billing_buf_t *out)
{
    size_t           len;
    uint8_t         *text;
    billing_status_t status;

    if (clean->len == 0) {
        return looks_line("", 0, mark, out);
    }

    /* no language: what looks alike must not depend on who looks */
    text = change((const uint8_t *) clean->data, clean->len, NULL, UNINORM_NFC,
        NULL, &len);

    if (text == NULL) {
        return errno == ENOMEM ? BILLING_NOMEM : BILLING_MALFORMED;
    }

    status = looks_line((const char *) text, len, mark, out);
    free(text);

    return status;
}


static billing_status_t
looks_line(const char *text, size_t len, char mark, billing_buf_t *out)
{
    char                *line;
    int32_t              n;
    UErrorCode           error;
    billing_status_t     status;
    const USpoofChecker *checker;

    checker = looks_checker();
    line = malloc(LOOKS_MAX);

    if (checker == NULL || line == NULL) {
        free(line);
        return BILLING_NOMEM;
    }

    error = U_ZERO_ERROR;
    n = uspoof_getSkeletonUTF8(
        checker, 0, text, (int32_t) len, line, LOOKS_MAX, &error);

    if (U_FAILURE(error)) {
        status = error == U_MEMORY_ALLOCATION_ERROR ? BILLING_NOMEM
                                                    : BILLING_MALFORMED;

    } else {
        (void) billing_buf_add(out, &mark, 1);
        (void) billing_buf_add(out, line, (size_t) n);
        status = billing_buf_add(out, "\n", 1);
    }

    free(line);

    return status;
}


/* For the life of the process: its tables are ICU's own. */
static const USpoofChecker *
looks_checker(void)
{
    UErrorCode            error;
    static USpoofChecker *checker;

    if (checker == NULL) {
        error = U_ZERO_ERROR;
        checker = uspoof_open(&error);

        if (U_FAILURE(error)) {
            checker = NULL;
        }
    }

    return checker;
}
