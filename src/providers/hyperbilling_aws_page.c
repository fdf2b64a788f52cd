
/*
 * What a page is about, which those that ask and those that read have to know:
 * whose costs, and which part of the period.
 */

#include "providers/hyperbilling_aws.h"


int
billing_hyperbilling_aws_is_linked(billing_str_t account)
{
    size_t i;

    for (i = 0; i < account.len; i++) {
        if (account.data[i] < '0' || account.data[i] > '9') {
            return 0;
        }
    }

    return account.len == 12;
}


billing_status_t
billing_hyperbilling_aws_window(const billing_question_t *question,
    billing_hyperbilling_aws_window_t                    *window)
{
    billing_str_t    page;
    billing_status_t rc;

    page = question->page;
    window->start = question->start;
    window->end = question->end;
    window->token = page;
    window->narrow = (question->forms & BILLING_FORM_NARROW)
                     && question->granularity == BILLING_MONTHLY;

    if (!window->narrow) {
        return BILLING_OK;
    }

    if (page.len > 0) {
        if (page.len < BILLING_DAY_LEN - 1) {
            return BILLING_INVALID;
        }

        page.len = BILLING_DAY_LEN - 1;
        rc = billing_day_parse(page, &window->start);
        if (rc != BILLING_OK) {
            return rc;
        }

        page.data += page.len;
        page.len = question->page.len - page.len;
    }

    /* the space */
    window->token.data = page.len > 0 ? page.data + 1 : NULL;
    window->token.len = page.len > 0 ? page.len - 1 : 0;

    if (window->end > billing_month_last(billing_month_of(window->start))) {
        window->end = billing_month_last(billing_month_of(window->start));
    }

    return BILLING_OK;
}
