
/* Answers of AWS: Cost Explorer's, and a role's keys. */

#include "page.h"


extern const billing_provider_t billing_aws;


static long rows(const json_t *body, const billing_question_t *question);


#define CREDENTIALS(more)                                                          \
    "{\"access_key_id\":\"AKIDEXAMPLE00000\",\"secret_access_key\":\"" FUZZ_SECRET \
    "\"" more "}"

#define ROLE                                                  \
    ",\"role_arn\":\"arn:aws:iam::111122223333:role/a/b+c\"," \
    "\"external_id\":\"x:y/z\""

static const fuzz_case_t cases[] = {
    { &billing_aws, CREDENTIALS(""), rows },
    { &billing_aws, CREDENTIALS(ROLE), rows },
    { &billing_aws,
        CREDENTIALS(",\"linked_account\":\"012345678901\","
                    "\"cost\":\"AmortizedCost\","
                    "\"detail\":\"linked_account\""),
        rows },
};

FUZZ_PAGES(cases)


static long
rows(const json_t *body, const billing_question_t *question)
{
    long    n;
    size_t  i;
    json_t *day;

    n = 0;

    json_array_foreach(json_object_get(body, "ResultsByTime"), i, day)
    {
        n += (long) json_array_size(json_object_get(day, "Groups"));
    }

    return n;
}
