
/*
 * Shared by the parts of the AWS provider: what is asked (aws.c), the
 * role that may be taken on first (aws_role.c), how answers are read (aws_answer.c),
 * the role of this machine (aws_host.c), partitions and regions (aws_place.c).
 */

#ifndef BILLING_PROVIDERS_AWS_H
#define BILLING_PROVIDERS_AWS_H

#include "providers/provider.h"


/* Some of AWS' front ends tell an error's type here only. */
#define BILLING_AWS_ERROR_HEADER "x-amzn-ErrorType"


/* The value of "detail" that divides costs by linked account. */
#define BILLING_AWS_BY_ACCOUNT "linked_account"


/* Where an endpoint stands; region is borrowed from the question. */
typedef struct {
    billing_str_t region; /* that requests are signed for: "cn-northwest-1" */
    const char   *partition; /* as ARNs have it: "aws-cn" */
    const char   *suffix;    /* of host names: "amazonaws.com.cn" */
} billing_aws_place_t;

/*
 * The region is what the configuration says, or what the endpoint's host name
 * says, or us-east-1; the partition is the region's.
 */
void billing_aws_place(
    const billing_question_t *question, billing_aws_place_t *place);

/*
 * Appends the URL of the security token service and what it is signed for,
 * "aws:amz:region:sts": the login of the configuration, or the service of the
 * endpoint's region.
 */
billing_status_t billing_aws_sts(const billing_question_t *question,
    billing_buf_t *url, billing_buf_t *scope);

/* billing_provider_t.regional */
billing_status_t billing_aws_endpoint(
    billing_str_t region, billing_buf_t *endpoint);

/* Whether it looks like a region: AWS adds some every year. */
int billing_aws_is_region(billing_str_t text);

/* Whether an ARN is of the partition. */
int billing_aws_is_of(billing_str_t arn, const char *partition);

/*
 * Signs a request for what req->service says: with the keys of the role, if
 * the token step got some, or with those of the credentials.
 */
billing_status_t billing_aws_sign(
    const billing_question_t *question, billing_http_request_t *req);

/*
 * The type of an error, "AccessDeniedException": from the body, JSON or XML, or
 * else from the header that billing_aws_sign() wants.  Both may have a
 * namespace before it, "com.amazon#", and an address behind, ":http://...";
 * neither is part of the type.  Borrowed from the answer; empty: none.
 */
billing_str_t billing_aws_error_type(const billing_http_answer_t *answer);

/*
 * What an error of AWS means: its type decides, or the status where there is
 * none.
 */
billing_status_t billing_aws_refused(
    const billing_http_answer_t *answer, billing_reply_t *reply);

/*
 * Takes the role of the credentials on; its keys, one to a line, are the token.
 * The request is signed with keys, those of this machine's role, or if there
 * are none with the credentials' own; host says which of them it was.
 */
billing_status_t billing_aws_role_request(const billing_question_t *question,
    billing_str_t keys, billing_http_request_t *req);
billing_status_t billing_aws_role_answer(
    int host, const billing_http_answer_t *answer, billing_reply_t *reply);

/* STS' answer: the keys become the token. */
billing_status_t billing_aws_role_keys(
    billing_str_t xml, billing_reply_t *reply);

/*
 * Access key id, secret and session token become the token, which is good
 * until expires (RFC 3339 in UTC); BILLING_MALFORMED when they are none.
 */
billing_status_t billing_aws_keys(
    const billing_str_t keys[3], billing_str_t expires, billing_reply_t *reply);

/* What stands between <name> and </name>, the first time; empty: nothing. */
billing_str_t billing_aws_element(billing_str_t xml, const char *name);

/*
 * billing_step_t: the same, and without an access key the keys of this
 * machine's role first.
 */
billing_status_t billing_aws_token_request(
    const billing_question_t *question, billing_http_request_t *req);
billing_status_t billing_aws_token_answer(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);

/* billing_step_t.answer */
billing_status_t billing_aws_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);
billing_status_t billing_aws_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);


#endif /* BILLING_PROVIDERS_AWS_H */
