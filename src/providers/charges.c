
/* What providers call kinds of charges. */

#include "providers/charges.h"

#include <strings.h>

#include "providers/reply.h"


/*
 * Charge types of the Cost Explorer user guide and of the cost and usage
 * report's line_item_line_item_type.  Discounts are credits; a savings plan's
 * negation takes back usage that the plan covers, and so is usage.
 */
billing_charge_t
billing_charges_aws(billing_str_t type)
{
    size_t i;

    static const struct {
        const char      *word; /* in it, in any case */
        billing_charge_t charge;
    } types[] = {
        { "DiscountedUsage", BILLING_CHARGE_USAGE },
        { "Covered", BILLING_CHARGE_USAGE },
        { "Negation", BILLING_CHARGE_USAGE },
        { "Support", BILLING_CHARGE_SUPPORT },
        { "Refund", BILLING_CHARGE_REFUND },
        { "Credit", BILLING_CHARGE_CREDIT },
        { "Discount", BILLING_CHARGE_CREDIT },
        { "Tax", BILLING_CHARGE_TAX },
        { "Fee", BILLING_CHARGE_FEE },
        { "Upfront", BILLING_CHARGE_FEE },
        { "Recurring", BILLING_CHARGE_FEE },
        { "Subscription", BILLING_CHARGE_FEE },
        { "Purchase", BILLING_CHARGE_FEE },
        { "Out-of-cycle", BILLING_CHARGE_FEE },
        { "Adjustment", BILLING_CHARGE_ADJUSTMENT },
        { "Rounding", BILLING_CHARGE_ADJUSTMENT },
        { "Usage", BILLING_CHARGE_USAGE },
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (billing_reply_says(type, types[i].word)) {
            return types[i].charge;
        }
    }

    return BILLING_CHARGE_UNKNOWN;
}


/*
 * Values of the ChargeType column (Microsoft's page on the fields of cost
 * details).
 */
billing_charge_t
billing_charges_azure(billing_str_t type)
{
    size_t i;

    static const struct {
        const char      *type;
        billing_charge_t charge;
    } types[] = {
        { "Usage", BILLING_CHARGE_USAGE },
        { "UnusedReservation", BILLING_CHARGE_USAGE },
        { "UnusedSavingsPlan", BILLING_CHARGE_USAGE },
        { "Purchase", BILLING_CHARGE_FEE },
        { "Refund", BILLING_CHARGE_REFUND },
        { "Tax", BILLING_CHARGE_TAX },
        { "Credit", BILLING_CHARGE_CREDIT },
        { "Adjustment", BILLING_CHARGE_ADJUSTMENT },
        { "RoundingAdjustment", BILLING_CHARGE_ADJUSTMENT },
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (type.len == strlen(types[i].type)
            && strncasecmp(type.data, types[i].type, type.len) == 0)
        {
            return types[i].charge;
        }
    }

    return BILLING_CHARGE_UNKNOWN;
}


/* Values of cost_type (Google's page on the tables of the billing export). */
billing_charge_t
billing_charges_google(billing_str_t type, billing_str_t service)
{
    if (billing_str_eq(type, billing_str("tax"))) {
        return BILLING_CHARGE_TAX;
    }

    if (billing_str_eq(type, billing_str("adjustment"))
        || billing_str_eq(type, billing_str("rounding_error")))
    {
        return BILLING_CHARGE_ADJUSTMENT;
    }

    return billing_charge_of_service(service,
        billing_str_eq(type, billing_str("regular")) ? BILLING_CHARGE_USAGE
                                                     : BILLING_CHARGE_UNKNOWN);
}
