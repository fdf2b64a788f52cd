
/*
 * What every provider does with an HTTP answer before it looks at the
 * contents.  Reasons are plain sentences for people; they never quote the
 * answer's body, which may echo a credential.
 */

#ifndef BILLING_ANSWER_H
#define BILLING_ANSWER_H

#include <jansson.h>

#include "billing_provider.h"


/*
 * The result that a status stands for: 200 and 204 BILLING_OK, 401 and 403
 * BILLING_REJECTED, 429 BILLING_THROTTLED, anything else
 * BILLING_UNAVAILABLE.
 */
billing_status_t billing_answer_status(
    int status, char reason[BILLING_REASON_LEN]);

/*
 * The body of a 200, which must be a JSON object (a new reference in *out);
 * for a 204 an empty object.
 */
billing_status_t billing_answer_object(const billing_http_answer_t *answer,
    json_t **out, char reason[BILLING_REASON_LEN]);

/* Writes the reason and returns the status, for the last line of a check. */
billing_status_t billing_answer_fail(billing_status_t status,
    char reason[BILLING_REASON_LEN], const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A jansson string, borrowed; empty for anything else. */
billing_str_t billing_answer_str(const json_t *value);


#endif /* BILLING_ANSWER_H */
