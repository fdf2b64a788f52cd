
/* Answers of Azure: Cost Management's, and tokens. */

#include "page.h"


extern const billing_provider_t billing_azure;


static long rows(const json_t *body, const billing_question_t *question);


#define CREDENTIALS(scope)                                     \
    "{\"tenant_id\":\"aaaaaaaa-2222-3333-4444-555555555555\"," \
    "\"client_id\":\"bbbbbbbb-2222-3333-4444-555555555555\","  \
    "\"client_secret\":\"" FUZZ_SECRET "\",\"scope\":\"" scope "\"}"

static const fuzz_case_t cases[] = {
    { &billing_azure, CREDENTIALS("11111111-2222-3333-4444-555555555555"),
        rows },
    { &billing_azure,
        CREDENTIALS("providers/Microsoft.Billing/billingAccounts/1234567"),
        rows },
};

FUZZ_PAGES(cases)


static long
rows(const json_t *body, const billing_question_t *question)
{
    return (long) json_array_size(
        json_object_get(json_object_get(body, "properties"), "rows"));
}
