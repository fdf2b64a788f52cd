
/* Counting of calls, for metrics. */

#include "fetch/calls.h"

#include "event/metrics.h"


void
billing_calls_ended(const billing_provider_t *provider, billing_status_t status)
{
    ngx_uint_t i, result;

    switch (status) {
    case BILLING_OK:
        result = 0;
        break;

    case BILLING_REJECTED:
        result = 1;
        break;

    case BILLING_THROTTLED:
        result = 2;
        break;

    case BILLING_UNAVAILABLE:
        result = 3;
        break;

    case BILLING_NOMEM:
        result = 5;
        break;

    case BILLING_MALFORMED:
    case BILLING_INVALID:
    case BILLING_LIMIT:
    default:
        result = 4;
        break;
    }

    for (i = 0; i < BILLING_METRICS_PROVIDERS && billing_providers[i] != NULL;
         i++) {
        if (billing_providers[i] == provider) {
            billing_count(calls[i][result]);
            return;
        }
    }
}
