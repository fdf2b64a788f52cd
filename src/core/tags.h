
/* Tags: an object of text that people give to projects and accounts. */

#ifndef BILLING_CORE_TAGS_H
#define BILLING_CORE_TAGS_H

#include "core/errors.h"


#define BILLING_TAGS_MAX      50
#define BILLING_TAG_KEY_MAX   128 /* code points */
#define BILLING_TAG_VALUE_MAX 256


/*
 * Checks tags: how many, their keys (letters of any script, digits, "_") and
 * their values.  On BILLING_OK *out is a new object, trimmed and in NFC; on
 * BILLING_INVALID errors says where, below pointer ("/tags").  With patch set,
 * a null removes a tag and is kept, and the count is not checked: that is to
 * be done after the merge.
 */
billing_status_t billing_tags_check(json_t *tags, int patch,
    const char *pointer, json_t **out, billing_errors_t *errors);


#endif /* BILLING_CORE_TAGS_H */
