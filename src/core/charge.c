
/* Kinds of charges, and what names of services say of them. */

#include "core/charge.h"

#include <strings.h>


typedef struct {
    const char      *word;
    billing_charge_t charge;
} billing_charge_word_t;


static int billing_charge_has(billing_str_t text, const char *word);
static int billing_charge_starts(billing_str_t text, size_t i);
static int billing_charge_ends(billing_str_t text, size_t i);


const char *const billing_charge_names[BILLING_CHARGE_MAX] = { "unknown",
    "usage", "tax", "credit", "refund", "support", "fee", "adjustment" };


/* The first that is a word of the name counts. */
static const billing_charge_word_t billing_charge_words[] = {
    { "Tax", BILLING_CHARGE_TAX },
    { "VAT", BILLING_CHARGE_TAX },
    { "GST", BILLING_CHARGE_TAX },
    { "Refund", BILLING_CHARGE_REFUND },
    { "Refunds", BILLING_CHARGE_REFUND },
    { "Credit", BILLING_CHARGE_CREDIT },
    { "Credits", BILLING_CHARGE_CREDIT },
    { "Support", BILLING_CHARGE_SUPPORT },
};

#define BILLING_CHARGE_WORDS \
    (sizeof(billing_charge_words) / sizeof(billing_charge_words[0]))


billing_charge_t
billing_charge_find(billing_str_t name)
{
    int i;

    for (i = BILLING_CHARGE_MAX - 1; i > 0; i--) {
        if (billing_str_eq(name, billing_str_from(billing_charge_names[i]))) {
            break;
        }
    }

    return (billing_charge_t) i;
}


billing_charge_t
billing_charge_of_service(billing_str_t service, billing_charge_t otherwise)
{
    size_t i;

    for (i = 0; i < BILLING_CHARGE_WORDS; i++) {
        if (billing_charge_has(service, billing_charge_words[i].word)) {
            return billing_charge_words[i].charge;
        }
    }

    return otherwise;
}


/*
 * 1 if the word stands in the text by itself.  Codes run words together, and
 * tell them apart by capitals: "AWSSupportBusiness" has "Support", and
 * "AmazonTaxonomy" has no "Tax".
 */
static int
billing_charge_has(billing_str_t text, const char *word)
{
    size_t i, len;

    len = strlen(word);

    for (i = 0; i + len <= text.len; i++) {
        if (strncasecmp(text.data + i, word, len) == 0
            && billing_charge_starts(text, i)
            && billing_charge_ends(text, i + len))
        {
            return 1;
        }
    }

    return 0;
}


static int
billing_charge_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}


static int
billing_charge_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}


/* A word may start at i: behind no letter, or with a capital. */
static int
billing_charge_starts(billing_str_t text, size_t i)
{
    char before;

    if (i == 0) {
        return 1;
    }

    before = text.data[i - 1];

    return (!billing_charge_is_lower(before)
               && !billing_charge_is_upper(before))
           || billing_charge_is_upper(text.data[i]);
}


/* ... and end before i. */
static int
billing_charge_ends(billing_str_t text, size_t i)
{
    return i == text.len || !billing_charge_is_lower(text.data[i]);
}
