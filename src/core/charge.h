
/*
 * What kind of charge a cost is: what was used, a tax on it, a credit ...  A
 * provider tells it in words of its own; these are ours, which the API has.
 */

#ifndef BILLING_CORE_CHARGE_H
#define BILLING_CORE_CHARGE_H

#include "core/str.h"


typedef enum {
    BILLING_CHARGE_UNKNOWN = 0, /* the provider does not tell */
    BILLING_CHARGE_USAGE,
    BILLING_CHARGE_TAX,
    BILLING_CHARGE_CREDIT,
    BILLING_CHARGE_REFUND,
    BILLING_CHARGE_SUPPORT,
    BILLING_CHARGE_FEE,
    BILLING_CHARGE_ADJUSTMENT,
    BILLING_CHARGE_MAX
} billing_charge_t;

/* "unknown", "usage", "tax", ... */
extern const char *const billing_charge_names[BILLING_CHARGE_MAX];


/* The charge of that name; of any other text BILLING_CHARGE_UNKNOWN. */
billing_charge_t billing_charge_find(billing_str_t name);

/*
 * What the name of a service says: providers book taxes, support plans and
 * credits as services of their own ("Tax", "AWSSupportBusiness", "AWSCredit").
 * Of any other service, it is what the caller takes it for otherwise.
 */
billing_charge_t billing_charge_of_service(
    billing_str_t service, billing_charge_t otherwise);


#endif /* BILLING_CORE_CHARGE_H */
