
/* Pages of Hyperbilling for AWS. */

#include "page.h"


extern const billing_provider_t billing_hyperbilling_aws;


static long rows(const json_t *body, const billing_question_t *question);


static const fuzz_case_t cases[] = {
    { &billing_hyperbilling_aws,
        "{\"account\":\"012345678901\",\"email\":\"e@example.com\","
        "\"key\":\"" FUZZ_SECRET "\"}",
        rows },
    { &billing_hyperbilling_aws,
        "{\"account\":\"all\",\"email\":\"e@example.com\","
        "\"key\":\"" FUZZ_SECRET "\"}",
        rows },
};

FUZZ_PAGES(cases)


static long
rows(const json_t *body, const billing_question_t *question)
{
    return (long) json_array_size(json_object_get(body, "Results"));
}
