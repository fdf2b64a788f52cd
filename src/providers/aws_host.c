
/*
 * The role of the machine that nginx runs on, for credentials without an
 * access key.  Sources: AWS' pages on the instance metadata service, version 2
 * ("Retrieve security credentials from instance metadata"), on credentials of
 * containers ("Container credential provider") and on
 * AssumeRoleWithWebIdentity.
 *
 * The first letter of a page tells how far we are; each holds a secret.
 */

#include "providers/aws.h"

#include "providers/reply.h"
#include "providers/request.h"


#define AWS_HOST_TOKEN  "/latest/api/token"
#define AWS_HOST_ROLES  "/latest/meta-data/iam/security-credentials/"
#define AWS_HOST_HEADER "X-aws-ec2-metadata-token"

enum {
    AWS_HOST_ROLE = 'r', /* "r<token>": which role is it */
    AWS_HOST_KEYS = 'c', /* "c<token>\n<role>": its keys */
    AWS_HOST_CHAIN = 'k' /* "k<keys>": take on the customer's role */
};


static billing_str_t    aws_host_keys(const billing_question_t *question);
static int              aws_host_stage(const billing_question_t *question);
static int              aws_host_is_keyless(const billing_question_t *question);
static billing_status_t aws_host_ask(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t aws_host_identity(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t aws_host_container(
    const billing_host_t *host, billing_http_request_t *req);
static billing_status_t aws_host_proof(const billing_host_t *host,
    billing_buf_t *out, billing_http_request_t *req);
static billing_status_t aws_host_metadata(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t aws_host_told(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);
static billing_status_t aws_host_identified(
    const billing_http_answer_t *answer, billing_reply_t *reply);
static billing_status_t aws_host_session(
    const billing_http_answer_t *answer, billing_reply_t *reply);
static billing_status_t aws_host_role(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply);
static billing_status_t aws_host_json(
    const billing_http_answer_t *answer, billing_reply_t *reply);
static billing_str_t aws_host_line(billing_str_t text);
static int           aws_host_is_name(billing_str_t name);


billing_status_t
billing_aws_token_request(
    const billing_question_t *question, billing_http_request_t *req)
{
    if (!aws_host_is_keyless(question)
        || aws_host_stage(question) == AWS_HOST_CHAIN)
    {
        return billing_aws_role_request(question, aws_host_keys(question), req);
    }

    if (question->host == NULL) {
        req->reason = "This account has no access key, and its domain may not "
                      "use the role of this server (host_role= of the "
                      "configuration).";
        return BILLING_REJECTED;
    }

    return aws_host_ask(question, req);
}


billing_status_t
billing_aws_token_answer(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    billing_status_t rc;

    if (!aws_host_is_keyless(question)
        || aws_host_stage(question) == AWS_HOST_CHAIN)
    {
        return billing_aws_role_answer(
            aws_host_keys(question).len > 0, answer, reply);
    }

    rc = aws_host_told(question, answer, reply);

    if (rc != BILLING_OK || reply->token.len == 0
        || billing_fields_get(question->credentials, "role_arn").len == 0)
    {
        return rc;
    }

    /* what is lent is the keys of the customer's role, which come next */

    (void) billing_buf_add_char(&reply->next, AWS_HOST_CHAIN);
    (void) billing_buf_add(&reply->next, reply->token.data, reply->token.len);
    billing_buf_wipe(&reply->token);

    return BILLING_OK;
}


/* Those of this machine's role that the page has; empty: none. */
static billing_str_t
aws_host_keys(const billing_question_t *question)
{
    return aws_host_stage(question) == AWS_HOST_CHAIN
               ? (billing_str_t){ question->page.data + 1,
                     question->page.len - 1 }
               : (billing_str_t){ NULL, 0 };
}


static int
aws_host_stage(const billing_question_t *question)
{
    return question->page.len > 0 ? question->page.data[0] : 0;
}


static int
aws_host_is_keyless(const billing_question_t *question)
{
    return billing_fields_get(question->credentials, "access_key_id").len == 0;
}


static billing_status_t
aws_host_ask(const billing_question_t *question, billing_http_request_t *req)
{
    if (question->host->role.len > 0) {
        return aws_host_identity(question, req);
    }

    req->local = 1;

    return question->host->container.len > 0
               ? aws_host_container(question->host, req)
               : aws_host_metadata(question, req);
}


/* Signed by nobody: the token is the proof. */
static billing_status_t
aws_host_identity(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_buf_t         proof;
    billing_status_t      rc;
    const billing_host_t *host;

    host = question->host;
    req->wanted = BILLING_AWS_ERROR_HEADER;
    billing_buf_init_secret(&proof, BILLING_HTTP_MAX_BODY / 4);

    rc = aws_host_proof(host, &proof, req);

    if (rc == BILLING_OK) {
        (void) billing_request_field(
            &req->body, "Action", billing_str("AssumeRoleWithWebIdentity"));
        (void) billing_request_field(
            &req->body, "Version", billing_str("2011-06-15"));
        (void) billing_request_field(&req->body, "RoleArn", host->role);
        (void) billing_request_field(
            &req->body, "RoleSessionName", host->session);
        rc = billing_request_field(&req->body, "WebIdentityToken",
            (billing_str_t){ proof.data, proof.len });
    }

    billing_buf_wipe(&proof);

    if (rc == BILLING_OK) {
        rc = billing_aws_sts(question, &req->url, &req->service);
    }

    return rc == BILLING_OK ? billing_request_form(req) : rc;
}


static billing_status_t
aws_host_container(const billing_host_t *host, billing_http_request_t *req)
{
    billing_buf_t    proof;
    billing_status_t rc;

    billing_buf_init_secret(&proof, BILLING_HTTP_MAX_HEADER / 2);

    rc = aws_host_proof(host, &proof, req);

    if (rc == BILLING_OK && proof.len > 0) {
        rc = billing_http_request_header(req, billing_str("Authorization"),
            (billing_str_t){ proof.data, proof.len });
    }

    billing_buf_wipe(&proof);

    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_buf_add_str(&req->url, host->container);

    return rc == BILLING_OK ? billing_request_accept(req) : rc;
}


static billing_status_t
aws_host_proof(
    const billing_host_t *host, billing_buf_t *out, billing_http_request_t *req)
{
    billing_status_t rc;

    rc = host->token(host, out);

    if (rc != BILLING_OK && rc != BILLING_NOMEM) {
        req->reason = "The token file of this server's role cannot be read by "
                      "nginx's worker, or is empty.";
        return BILLING_UNAVAILABLE;
    }

    return rc;
}


static billing_status_t
aws_host_metadata(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_str_t token, role;

    if (question->page.len == 0) {
        req->method = BILLING_HTTP_PUT;
        (void) billing_request_url(
            req, question->host->metadata, billing_str(AWS_HOST_TOKEN));

        return billing_http_request_header(req,
            billing_str(AWS_HOST_HEADER "-ttl-seconds"), billing_str("300"));
    }

    token = aws_host_line(
        (billing_str_t){ question->page.data + 1, question->page.len - 1 });

    (void) billing_request_url(
        req, question->host->metadata, billing_str(AWS_HOST_ROLES));

    if (aws_host_stage(question) == AWS_HOST_KEYS) {
        role.data = token.data + token.len + 1;
        role.len = question->page.len - token.len - 2;
        (void) billing_buf_add_str(&req->url, role);
    }

    return billing_http_request_header(
        req, billing_str(AWS_HOST_HEADER), token);
}


static billing_status_t
aws_host_told(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    if (question->host->role.len > 0) {
        return aws_host_identified(answer, reply);
    }

    if (question->host->container.len > 0) {
        return aws_host_json(answer, reply);
    }

    switch (aws_host_stage(question)) {
    case 0:
        return aws_host_session(answer, reply);

    case AWS_HOST_ROLE:
        return aws_host_role(question, answer, reply);

    default:
        return aws_host_json(answer, reply);
    }
}


/* No credentials of the account would mend it. */
static billing_status_t
aws_host_identified(const billing_http_answer_t *answer, billing_reply_t *reply)
{
    billing_str_t    type;
    billing_status_t rc;

    if (answer->status == 200) {
        return billing_aws_role_keys(answer->body, reply);
    }

    type = billing_aws_error_type(answer);

    if (billing_reply_find(type, "AccessDenied") != NULL
        || billing_reply_find(type, "InvalidIdentityToken") != NULL
        || billing_reply_find(type, "ExpiredToken") != NULL)
    {
        return billing_reply_fail(reply, BILLING_UNAVAILABLE,
            "AWS does not let this server take on its own role: the web "
            "identity token or the trust policy of AWS_ROLE_ARN is wrong.");
    }

    rc = billing_aws_refused(answer, reply);

    return rc == BILLING_REJECTED ? BILLING_UNAVAILABLE : rc;
}


static billing_status_t
aws_host_session(const billing_http_answer_t *answer, billing_reply_t *reply)
{
    billing_str_t token;

    token = aws_host_line(answer->body);

    if (answer->status == 403) {
        return billing_reply_fail(reply, BILLING_UNAVAILABLE,
            "The instance metadata service of this server is switched off.");
    }

    if (answer->status != 200 || token.len == 0) {
        return billing_reply_fail(reply, BILLING_UNAVAILABLE,
            "The instance metadata service of this server gives no session "
            "(HTTP status %d).",
            answer->status);
    }

    (void) billing_buf_add_char(&reply->next, AWS_HOST_ROLE);

    return billing_buf_add_str(&reply->next, token);
}


static billing_status_t
aws_host_role(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    billing_str_t role;

    role = aws_host_line(answer->body);

    if (answer->status == 404 || (answer->status == 200 && role.len == 0)) {
        return billing_reply_fail(reply, BILLING_UNAVAILABLE,
            "This server has no role: no instance profile is attached to it.");
    }

    if (answer->status != 200 || !aws_host_is_name(role)) {
        return billing_reply_fail(reply, BILLING_UNAVAILABLE,
            "The instance metadata service of this server does not name its "
            "role (HTTP status %d).",
            answer->status);
    }

    (void) billing_buf_add_char(&reply->next, AWS_HOST_KEYS);
    (void) billing_buf_add(
        &reply->next, question->page.data + 1, question->page.len - 1);
    (void) billing_buf_add_char(&reply->next, '\n');

    return billing_buf_add_str(&reply->next, role);
}


/* Of containers and of the metadata service. */
static billing_status_t
aws_host_json(const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t          *body;
    billing_str_t    keys[3], expires;
    billing_status_t rc;

    if (answer->status != 200) {
        return billing_reply_fail(reply, BILLING_UNAVAILABLE,
            "This server gets no keys of its role (HTTP status %d): it may "
            "have none, or its token is not good.",
            answer->status);
    }

    rc = billing_reply_json(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    keys[0] = billing_reply_str(json_object_get(body, "AccessKeyId"));
    keys[1] = billing_reply_str(json_object_get(body, "SecretAccessKey"));
    keys[2] = billing_reply_str(json_object_get(body, "Token"));
    expires = billing_reply_str(json_object_get(body, "Expiration"));

    rc = billing_aws_keys(keys, expires, reply);
    json_decref(body);

    return rc;
}


static billing_str_t
aws_host_line(billing_str_t text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '\n' || text.data[i] == '\r') {
            text.len = i;
        }
    }

    return text;
}


/* It becomes a part of a URL. */
static int
aws_host_is_name(billing_str_t name)
{
    size_t i;

    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789+=,.@_-";

    for (i = 0; i < name.len; i++) {
        if (memchr(chars, name.data[i], sizeof(chars) - 1) == NULL) {
            return 0;
        }
    }

    return name.len > 0 && name.len <= 128 && name.data[0] != '.';
}
