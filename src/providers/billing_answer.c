
/* From an HTTP answer to a JSON object, or to a reason why not. */

#include "billing_answer.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/billing_json.h"


#define BILLING_ANSWER_DEPTH 16


billing_status_t
billing_answer_status(int status, char reason[BILLING_REASON_LEN])
{
    switch (status) {
    case 200:
    case 204:
        return BILLING_OK;

    case 401:
    case 403:
        return billing_answer_fail(BILLING_REJECTED, reason,
            "The provider refuses these credentials (HTTP status %d).", status);

    case 429:
        return billing_answer_fail(BILLING_THROTTLED, reason,
            "The provider asks for fewer requests (HTTP status 429).");

    default:
        return billing_answer_fail(BILLING_UNAVAILABLE, reason,
            "The provider answers with HTTP status %d.", status);
    }
}


billing_status_t
billing_answer_object(const billing_http_answer_t *answer, json_t **out,
    char reason[BILLING_REASON_LEN])
{
    char             why[128];
    billing_status_t rc;

    *out = NULL;

    if (answer->status == 204) {
        *out = json_object();
        return *out != NULL ? BILLING_OK : BILLING_NOMEM;
    }

    rc = billing_json_parse(answer->body, BILLING_ANSWER_DEPTH, out, why);
    if (rc == BILLING_NOMEM) {
        return rc;
    }

    if (rc != BILLING_OK) {
        return billing_answer_fail(BILLING_MALFORMED, reason,
            "The provider's answer is not JSON (%s).", why);
    }

    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return billing_answer_fail(BILLING_MALFORMED, reason,
            "The provider's answer is not a JSON object.");
    }

    return BILLING_OK;
}


billing_status_t
billing_answer_fail(billing_status_t status, char reason[BILLING_REASON_LEN],
    const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(reason, BILLING_REASON_LEN, fmt, args);
    va_end(args);

    return status;
}


billing_str_t
billing_answer_str(const json_t *value)
{
    if (!json_is_string(value)) {
        return (billing_str_t){ NULL, 0 };
    }

    return (
        billing_str_t){ json_string_value(value), json_string_length(value) };
}
