
/* Kinds of charges, from the words that providers have for them. */

#ifndef BILLING_PROVIDERS_CHARGES_H
#define BILLING_PROVIDERS_CHARGES_H

#include "core/charge.h"


/* AWS' RECORD_TYPE: "Usage", "SavingsPlanRecurringFee" ... */
billing_charge_t billing_charges_aws(billing_str_t type);

/* Azure's ChargeType: "Usage", "UnusedReservation" ... */
billing_charge_t billing_charges_azure(billing_str_t type);

/* Google's cost_type; what is regular may be told by the service's name. */
billing_charge_t billing_charges_google(
    billing_str_t type, billing_str_t service);


#endif /* BILLING_PROVIDERS_CHARGES_H */
