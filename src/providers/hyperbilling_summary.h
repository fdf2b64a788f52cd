
/*
 * Shared by the parts of Hyperbilling's summary API: what is asked
 * (hyperbilling_summary.c) and how answers are read (hyperbilling_summary_answer.c).
 */

#ifndef BILLING_PROVIDERS_HYPERBILLING_SUMMARY_H
#define BILLING_PROVIDERS_HYPERBILLING_SUMMARY_H

#include "providers/provider.h"


/* Kinds of costs: the only one that tells services and regions, and days. */
#define HYPERBILLING_SUMMARY_DETAIL "usage_detail"
#define HYPERBILLING_SUMMARY_DAILY  "daily_cost"
#define HYPERBILLING_SUMMARY_MONTH  "monthly_cost"


/* The value of "currency" that stands for what the cloud bills in. */
#define HYPERBILLING_SUMMARY_LOCAL "billing"


/*
 * The first day that a page is about: of the whole question, or of a narrow
 * one's month.  0: it is no page of ours.
 */
int billing_hyperbilling_summary_window(
    const billing_question_t *question, billing_day_t *start);

/* billing_step_t.answer */
billing_status_t billing_hyperbilling_summary_verified(
    const billing_question_t *question, const billing_http_answer_t *answer,
    billing_reply_t *reply);
billing_status_t billing_hyperbilling_summary_costs(
    const billing_question_t *question, const billing_http_answer_t *answer,
    billing_reply_t *reply);


#endif /* BILLING_PROVIDERS_HYPERBILLING_SUMMARY_H */
