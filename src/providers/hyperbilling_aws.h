
/*
 * Shared by the parts of the Hyperbilling provider: what it asks
 * (hyperbilling_aws.c), how it reads what is answered (hyperbilling_aws_answer.c), what
 * both need to know of a page (hyperbilling_aws_page.c) and what regions are called (hyperbilling_aws_region.c).
 */

#ifndef BILLING_PROVIDERS_HYPERBILLING_AWS_H
#define BILLING_PROVIDERS_HYPERBILLING_AWS_H

#include "providers/provider.h"


/*
 * 1 if the credentials name one linked account: exactly 12 digits.  Any other
 * text stands for all linked accounts of the credential.
 */
int billing_hyperbilling_aws_is_linked(billing_str_t account);

/*
 * The AWS region of a code; unknown codes as they are.  No code at all has a
 * place of its own.
 */
billing_str_t billing_hyperbilling_aws_region(billing_str_t code);

/*
 * What a page is about: all of the period and a token or, where the endpoint
 * wants narrow questions, one month.  Then the page's name is the month's first
 * day and, behind a space, the token.
 */
typedef struct {
    billing_day_t start;
    billing_day_t end;
    billing_str_t token;
    int           narrow; /* a month of a question that may have several */
} billing_hyperbilling_aws_window_t;

billing_status_t billing_hyperbilling_aws_window(
    const billing_question_t          *question,
    billing_hyperbilling_aws_window_t *window);

/* billing_step_t.answer */
billing_status_t billing_hyperbilling_aws_verified(
    const billing_question_t *question, const billing_http_answer_t *answer,
    billing_reply_t *reply);
billing_status_t billing_hyperbilling_aws_costs(
    const billing_question_t *question, const billing_http_answer_t *answer,
    billing_reply_t *reply);


#endif /* BILLING_PROVIDERS_HYPERBILLING_AWS_H */
