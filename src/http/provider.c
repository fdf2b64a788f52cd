
/*
 * A provider's configuration.
 */

#include "http/billing.h"


billing_provider_conf_t *
billing_provider_conf(billing_main_conf_t *bmcf, ngx_str_t *id)
{
    ngx_uint_t               i;
    billing_provider_conf_t *pc;

    for (i = 0; i < bmcf->nproviders; i++) {
        pc = &bmcf->providers[i];

        if (ngx_strlen(pc->provider->id) == id->len
            && ngx_strncmp(pc->provider->id, id->data, id->len) == 0)
        {
            return pc;
        }
    }

    return NULL;
}
