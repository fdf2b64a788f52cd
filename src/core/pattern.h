
/*
 * Whether a text is of a form that a pattern describes.
 */

#ifndef BILLING_CORE_PATTERN_H
#define BILLING_CORE_PATTERN_H

#include "core/status.h"
#include "core/str.h"


/*
 * The pattern is one that POSIX (extended), ECMA and Perl read alike, and ours;
 * text is UTF-8.  BILLING_INVALID: it does not match; BILLING_NOMEM.
 *
 * PCRE2, since regcomp() and regexec() of glibc are no good without memory: the
 * one frees twice what it could not finish, the other says that nothing matches.
 */
billing_status_t billing_pattern_match(const char *pattern, billing_str_t text);


#endif /* BILLING_CORE_PATTERN_H */
