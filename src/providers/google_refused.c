
/* What an error of Google means, by its reason, its words, or its status. */

#include "providers/google.h"

#include "providers/reply.h"


typedef struct {
    const char      *word; /* Google's */
    billing_status_t status;
    billing_reason_t reason;
    const char      *text;
} google_error_t;


static int google_names_error(const json_t *error, const char *word);


#define GOOGLE_AGAIN "BigQuery asks for fewer requests."
#define GOOGLE_LATER "Google issues no tokens just now."
#define GOOGLE_MORE  "The query would read more than the limit allows."
#define GOOGLE_OFF   "BigQuery is not enabled in the service account's project."
#define GOOGLE_ROLE                                                              \
    "Google accepts the service account, but does not let it read the table or " \
    "run queries: it needs the roles BigQuery Job User and BigQuery Data "       \
    "Viewer."

/*
 * By the reason or the status of the error, then by the status of the answer.
 * Sources: BigQuery's error messages, and google.rpc.ErrorInfo's reasons.
 */
static const google_error_t google_errors[] = {
    { "rateLimitExceeded", BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        GOOGLE_AGAIN },
    { "jobRateLimitExceeded", BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        GOOGLE_AGAIN },
    { "RATE_LIMIT_EXCEEDED", BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        GOOGLE_AGAIN },
    { "quotaExceeded", BILLING_THROTTLED, BILLING_REASON_QUOTA,
        "BigQuery asks for fewer requests: a quota of the project is used up." },
    { "bytesBilledLimitExceeded", BILLING_REJECTED, BILLING_REASON_READ_LIMIT,
        GOOGLE_MORE },
    { "accessNotConfigured", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        GOOGLE_OFF },
    { "SERVICE_DISABLED", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        GOOGLE_OFF },
    { "billingNotEnabled", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        "The service account's project has no billing." },
    { "BILLING_DISABLED", BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        "The service account's project has no billing." },
    { "accessDenied", BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        GOOGLE_ROLE },
    { "IAM_PERMISSION_DENIED", BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        GOOGLE_ROLE },
    { "notFound", BILLING_REJECTED, BILLING_REASON_NO_SUCH_TABLE,
        "BigQuery finds no such table, or not at this location." },
    { "responseTooLarge", BILLING_MALFORMED, BILLING_REASON_READ_LIMIT,
        "BigQuery finds the answer too large." },
    { "resourcesExceeded", BILLING_MALFORMED, BILLING_REASON_READ_LIMIT,
        "The query needs more than BigQuery gives it." },
    { "invalidQuery", BILLING_MALFORMED, BILLING_REASON_NO_SUCH_TABLE,
        "BigQuery does not understand the query: the table is not a billing "
        "export." },
    { "backendError", BILLING_UNAVAILABLE, BILLING_REASON_UNREACHABLE,
        "BigQuery cannot answer just now." },
    { "internalError", BILLING_UNAVAILABLE, BILLING_REASON_UNREACHABLE,
        "BigQuery cannot answer just now." },
    { "RESOURCE_EXHAUSTED", BILLING_THROTTLED, BILLING_REASON_QUOTA,
        "BigQuery asks for fewer requests: a quota of the project is used up." },
    { "PERMISSION_DENIED", BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        GOOGLE_ROLE },
    { "NOT_FOUND", BILLING_REJECTED, BILLING_REASON_NO_SUCH_TABLE,
        "BigQuery finds no such table, or not at this location." },
};

#define GOOGLE_ERRORS (sizeof(google_errors) / sizeof(google_errors[0]))

/*
 * By words of the error or its description, which google-auth retries by, or
 * people have reported.
 */
static const google_error_t google_grants[] = {
    { "internal_failure", BILLING_UNAVAILABLE, BILLING_REASON_UNREACHABLE,
        GOOGLE_LATER },
    { "server_error", BILLING_UNAVAILABLE, BILLING_REASON_UNREACHABLE,
        GOOGLE_LATER },
    { "temporarily_unavailable", BILLING_UNAVAILABLE,
        BILLING_REASON_UNREACHABLE, GOOGLE_LATER },
    { "short-lived", BILLING_UNAVAILABLE, BILLING_REASON_CLOCK,
        "Google finds the time of the request wrong: the clock of this server "
        "has to be set." },
    { "account not found", BILLING_REJECTED, BILLING_REASON_WRONG_KEY,
        "Google knows no such service account: it may have been deleted." },
    { "Invalid JWT Signature", BILLING_REJECTED, BILLING_REASON_WRONG_KEY,
        "Google does not know the key: it may have been deleted, or belong to "
        "another service account." },
};

#define GOOGLE_GRANTS (sizeof(google_grants) / sizeof(google_grants[0]))

billing_status_t
billing_google_token_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t i;

    for (i = 0; i < GOOGLE_GRANTS; i++) {
        if (billing_reply_find(answer->body, google_grants[i].word) != NULL) {
            return billing_reply_refuse(reply, google_grants[i].status,
                google_grants[i].reason, "%s", google_grants[i].text);
        }
    }

    return billing_reply_fail(reply, BILLING_REJECTED,
        "Google does not accept the service account's key: it may have been "
        "deleted, or the service account is disabled.");
}


billing_status_t
billing_google_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t           i;
    json_t          *body;
    billing_status_t rc;

    body = NULL;

    rc = billing_reply_json(answer, &body, reply);
    if (rc == BILLING_NOMEM) {
        return rc;
    }

    for (i = 0; i < GOOGLE_ERRORS; i++) {
        if (google_names_error(
                json_object_get(body, "error"), google_errors[i].word)) {
            break;
        }
    }

    json_decref(body);

    if (i < GOOGLE_ERRORS) {
        return billing_reply_refuse(reply, google_errors[i].status,
            google_errors[i].reason, "%s", google_errors[i].text);
    }

    rc = billing_reply_status(reply, answer->status);

    return rc != BILLING_OK ? rc
                            : billing_reply_fail(reply, BILLING_MALFORMED,
                                "The provider's answer holds no costs.");
}


/* As its status, or the reason of one of its errors or details. */
static int
google_names_error(const json_t *error, const char *word)
{
    size_t      i, n;
    json_t     *one;
    const char *reason;

    static const char *const lists[] = { "errors", "details" };

    reason = json_string_value(json_object_get(error, "status"));

    if (reason != NULL && strcmp(reason, word) == 0) {
        return 1;
    }

    for (n = 0; n < 2; n++) {
        json_array_foreach(json_object_get(error, lists[n]), i, one)
        {
            reason = json_string_value(json_object_get(one, "reason"));

            if (reason != NULL && strcmp(reason, word) == 0) {
                return 1;
            }
        }
    }

    return 0;
}
