
/*
 * What a page is about, which those that ask and those that read have to know:
 * whose costs, and which part of the period.
 */

#include "providers/azure.h"


#define AZURE_BILLING "providers/Microsoft.Billing/billingAccounts/"

#define AZURE_DAYS   31 /* most that Azure tells in one answer ... */
#define AZURE_MONTHS 12


static billing_str_t azure_cut(billing_str_t text, const char *prefix);


billing_status_t
billing_azure_window(
    const billing_question_t *question, billing_azure_window_t *window)
{
    billing_str_t    page;
    billing_status_t rc;

    page = question->page;
    window->start = question->start;
    window->link = (billing_str_t){ NULL, 0 };

    if (page.len >= BILLING_DAY_LEN - 1) {
        rc = billing_day_parse(
            (billing_str_t){ page.data, BILLING_DAY_LEN - 1 }, &window->start);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    if (page.len > BILLING_DAY_LEN) {
        window->link.data = page.data + BILLING_DAY_LEN;
        window->link.len = page.len - BILLING_DAY_LEN;
    }

    window->end = question->granularity == BILLING_DAILY
                      ? window->start + AZURE_DAYS - 1
                      : billing_month_last(
                          billing_month_of(window->start) + AZURE_MONTHS - 1);

    if (window->end > question->end) {
        window->end = question->end;
    }

    return BILLING_OK;
}


billing_str_t
billing_azure_scope(const json_t *credentials)
{
    return azure_cut(billing_fields_get(credentials, "scope"), "/");
}


/* So that a subscription has one id in whatever way it is written. */
billing_str_t
billing_azure_scope_id(const json_t *credentials)
{
    billing_str_t scope;

    scope = azure_cut(
        billing_azure_scope(credentials), BILLING_AZURE_SUBSCRIPTIONS);

    return azure_cut(scope, AZURE_BILLING);
}


static billing_str_t
azure_cut(billing_str_t text, const char *prefix)
{
    size_t len;

    len = strlen(prefix);

    if (text.len < len || memcmp(text.data, prefix, len) != 0) {
        return text;
    }

    return (billing_str_t){ text.data + len, text.len - len };
}
