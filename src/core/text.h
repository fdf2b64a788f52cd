
/*
 * Text that people type: UTF-8 checks, trimming, and the folded form in which
 * names are compared (NFC, full case folding; libunistring does the work).
 */

#ifndef BILLING_CORE_TEXT_H
#define BILLING_CORE_TEXT_H

#include "core/buf.h"


/* 1 if s is valid UTF-8 (RFC 3629: no surrogates, nothing above U+10FFFF). */
int billing_text_valid(billing_str_t s);

/* Number of code points; s must be valid. */
size_t billing_text_count(billing_str_t s);

/* 1 if s holds a control character (Cc, or U+2028, U+2029, bidi controls). */
int billing_text_control(billing_str_t s);

/*
 * 1 if people see all of s, which must be valid: no controls, nothing that
 * steers the direction of text, nothing without a shape of its own but where a
 * script or an emoji needs it.  The empty text is clear.
 */
int billing_text_clear(billing_str_t s);

/* 1 if anything in s can be seen; s must be valid. */
int billing_text_seen(billing_str_t s);

/*
 * Appends s with U+FFFD for what is no UTF-8 and for control characters.  More
 * than max bytes of that, at least 16, are cut between two characters and end
 * in "~" and eight digits, which tell the whole from others.
 */
billing_status_t billing_text_present(
    billing_str_t s, size_t max, billing_buf_t *out);

/* s without leading and trailing white space (Unicode White_Space). */
billing_str_t billing_text_trim(billing_str_t s);

/* Appends the NFC form of s. */
billing_status_t billing_text_nfc(billing_str_t s, billing_buf_t *out);

/*
 * Appends the form in which two names that people would call the same are
 * equal: trimmed, case-folded, NFC.
 */
billing_status_t billing_text_fold(billing_str_t s, billing_buf_t *out);

/* 1 if every code point is a letter or mark, a decimal digit or "_", and seen. */
int billing_text_is_tag_key(billing_str_t s);


#endif /* BILLING_CORE_TEXT_H */
