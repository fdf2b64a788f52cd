
/* Answers of Hyperbilling's summary API, of each of its clouds. */

#include "page.h"


extern const billing_provider_t billing_hyperbilling_google_cloud;
extern const billing_provider_t billing_hyperbilling_alibaba_cloud;
extern const billing_provider_t billing_hyperbilling_tencent;
extern const billing_provider_t billing_hyperbilling_akamai;


#define CREDENTIALS(currency)                                       \
    "{\"account_id\":\"012345-6789AB-CDEF01\","                     \
    "\"client_email\":\"e@example.com\",\"private_key\":\"@KEY@\"," \
    "\"currency\":\"" currency "\"}"

static const fuzz_case_t cases[] = {
    { &billing_hyperbilling_google_cloud, CREDENTIALS("USD"), NULL },
    { &billing_hyperbilling_alibaba_cloud, CREDENTIALS("billing"), NULL },
    { &billing_hyperbilling_tencent, CREDENTIALS("USD"), NULL },
    { &billing_hyperbilling_akamai, CREDENTIALS("billing"), NULL },
};

FUZZ_PAGES(cases)
