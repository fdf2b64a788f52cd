
/* The list of providers, and what can be done with any of them. */

#include "billing_provider.h"


extern const billing_provider_t billing_hyperbilling_aws;


const billing_provider_t *const billing_providers[] = {
    &billing_hyperbilling_aws,
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


/* What the schema does not know is masked too. */
json_t *
billing_provider_mask(
    const billing_provider_t *provider, const json_t *credentials)
{
    json_t     *schema, *properties, *property, *masked, *value;
    const char *name;

    schema = json_loads(provider->schema, 0, NULL);
    masked = json_object();
    if (schema == NULL || masked == NULL) {
        goto failed;
    }

    properties = json_object_get(schema, "properties");

    /* iterating does not write, but jansson's macro wants it writable */
    json_object_foreach((json_t *) credentials, name, value)
    {
        property = json_object_get(properties, name);

        if (property == NULL
            || json_is_true(json_object_get(property, "writeOnly"))) {
            value = json_null();
        }

        if (json_object_set(masked, name, value) != 0) {
            goto failed;
        }
    }

    json_decref(schema);

    return masked;

failed:

    json_decref(schema);
    json_decref(masked);

    return NULL;
}
