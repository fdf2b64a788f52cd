
/* Answers of Google: BigQuery's, and tokens. */

#include "page.h"


extern const billing_provider_t billing_google;


static long rows(const json_t *body, const billing_question_t *question);


/* A JSON text within JSON. */
#define CREDENTIALS(more)                                                    \
    "{\"service_account_key\":\"{\\\"type\\\":\\\"service_account\\\","      \
    "\\\"project_id\\\":\\\"demo-proj\\\",\\\"private_key_id\\\":\\\"k\\\"," \
    "\\\"client_email\\\":\\\"svc@example.com\\\","                          \
    "\\\"private_key\\\":\\\"@KEY@\\\"}\","                                  \
    "\"table\":\"a-b.data_set."                                              \
    "gcp_billing_export_v1_012345_6789AB_CDEF01\"" more "}"

static const fuzz_case_t cases[] = {
    { &billing_google, CREDENTIALS(""), rows },
    { &billing_google,
        CREDENTIALS(",\"location\":\"asia-northeast3\",\"limit_gib\":\"1\""),
        rows },
};

FUZZ_PAGES(cases)


/* What is not complete, or says what would be read, has none. */
static long
rows(const json_t *body, const billing_question_t *question)
{
    return json_is_true(json_object_get(body, "jobComplete"))
                   && json_object_get(body, "totalBytesProcessed") == NULL
               ? (long) json_array_size(json_object_get(body, "rows"))
               : -1;
}
