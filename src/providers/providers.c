
/* The list of providers. */

#include "providers/provider.h"


extern const billing_provider_t billing_hyperbilling_aws;
extern const billing_provider_t billing_hyperbilling_google_cloud;
extern const billing_provider_t billing_hyperbilling_alibaba_cloud;
extern const billing_provider_t billing_hyperbilling_tencent;
extern const billing_provider_t billing_hyperbilling_akamai;
extern const billing_provider_t billing_aws;
extern const billing_provider_t billing_azure;
extern const billing_provider_t billing_google;


const billing_provider_t *const billing_providers[] = {
    &billing_hyperbilling_aws,
    &billing_hyperbilling_google_cloud,
    &billing_hyperbilling_alibaba_cloud,
    &billing_hyperbilling_tencent,
    &billing_hyperbilling_akamai,
    &billing_aws,
    &billing_azure,
    &billing_google,
    NULL,
};


const billing_provider_t *
billing_provider_find(billing_str_t id)
{
    const billing_provider_t *const *p;

    for (p = billing_providers; *p != NULL; p++) {
        if (billing_str_eq(billing_str_from((*p)->id), id)) {
            return *p;
        }
    }

    return NULL;
}
