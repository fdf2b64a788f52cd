
/*
 * Shared by the parts of the AWS provider: what is asked (billing_aws.c), the
 * role that may be taken on first (_role.c), how answers are read (_answer.c).
 */

#ifndef BILLING_AWS_H
#define BILLING_AWS_H

#include "billing_provider.h"


/* The value of "detail" that divides costs by linked account. */
#define BILLING_AWS_BY_ACCOUNT "linked_account"


/*
 * Signs a request for a service, "aws:amz:us-east-1:ce": with the keys of the
 * role, if the token step got some, or with those of the credentials.
 */
billing_status_t billing_aws_sign(const billing_question_t *question,
    const char *service, billing_http_request_t *req);

/*
 * What an error of AWS means: its type, "com.amazon#AccessDeniedException",
 * decides, or the status where there is none.
 */
billing_status_t billing_aws_refused(const billing_http_answer_t *answer,
    billing_str_t type, billing_reply_t *reply);

/* billing_step_t: the role's keys, one to a line, are the token. */
billing_status_t billing_aws_role_request(
    const billing_question_t *question, billing_http_request_t *req);
billing_status_t billing_aws_role_answer(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);

/* billing_step_t.answer */
billing_status_t billing_aws_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);
billing_status_t billing_aws_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);


#endif /* BILLING_AWS_H */
