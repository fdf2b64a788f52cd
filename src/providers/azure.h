
/*
 * Shared by the parts of the Azure provider: what is asked (azure.c),
 * how answers are read (azure_answer.c), and what both need to know of a page
 * (azure_page.c).
 */

#ifndef BILLING_PROVIDERS_AZURE_H
#define BILLING_PROVIDERS_AZURE_H

#include "providers/provider.h"


/* The part of the period that a page is about, and the page itself. */
typedef struct {
    billing_day_t start;
    billing_day_t end;
    billing_str_t link; /* absolute URL; empty: the first page */
} billing_azure_window_t;


/*
 * Azure tells days of 31 at most, and months of a year at most.  A page's
 * name is the first day of its part and, behind a space, the link that Azure
 * gave.
 */
billing_status_t billing_azure_window(
    const billing_question_t *question, billing_azure_window_t *window);

#define BILLING_AZURE_SUBSCRIPTIONS "subscriptions/"

/* Whose costs are asked for, as it was written but for a slash before it. */
billing_str_t billing_azure_scope(const json_t *credentials);

/* The id of the scope's subscription or billing account. */
billing_str_t billing_azure_scope_id(const json_t *credentials);

/* billing_step_t.answer */
billing_status_t billing_azure_token(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);
billing_status_t billing_azure_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);
billing_status_t billing_azure_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);


#endif /* BILLING_PROVIDERS_AZURE_H */
