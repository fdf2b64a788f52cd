
/*
 * Signing, and the role whose keys sign: sts:AssumeRole of AWS's query API,
 * which answers in XML.  Its elements are looked for by name; of the answers
 * read here each name stands once.
 */

#include "providers/aws.h"

#include "providers/reply.h"
#include "providers/request.h"


#define AWS_ROLE_SECONDS "3600" /* the least that any role allows as most */


static billing_status_t aws_role_header(
    billing_str_t session, billing_http_request_t *req);
static billing_str_t    aws_role_line(billing_str_t *text);
static void             aws_role_fields(const billing_question_t *question,
                billing_str_t role, billing_http_request_t *req);
static billing_status_t aws_role_send(
    const billing_question_t *own, billing_http_request_t *req);
static billing_status_t aws_role_time(billing_str_t text, time_t *time);
static int              aws_role_is_plain(billing_str_t text);


billing_status_t
billing_aws_sign(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_str_t id, secret, rest;

    rest = question->token;

    if (rest.len > 0) {
        id = aws_role_line(&rest);
        secret = aws_role_line(&rest);

    } else {
        id = billing_fields_get(question->credentials, "access_key_id");
        secret = billing_fields_get(question->credentials, "secret_access_key");
    }

    req->auth = BILLING_AUTH_SIGV4;
    req->wanted = BILLING_AWS_ERROR_HEADER;

    (void) billing_buf_add_str(&req->key, id);
    (void) billing_buf_add_char(&req->key, ':');
    (void) billing_buf_add_str(&req->key, secret);

    return req->key.status == BILLING_OK ? aws_role_header(rest, req)
                                         : req->key.status;
}


static billing_status_t
aws_role_header(billing_str_t session, billing_http_request_t *req)
{
    return session.len == 0 ? BILLING_OK
                            : billing_http_request_header(req,
                                billing_str("X-Amz-Security-Token"), session);
}


/* Cuts the first line off. */
static billing_str_t
aws_role_line(billing_str_t *text)
{
    const char   *end;
    billing_str_t line;

    line = *text;
    end = memchr(text->data, '\n', text->len);

    if (end == NULL) {
        text->len = 0;
        return line;
    }

    line.len = (size_t) (end - text->data);
    text->data += line.len + 1;
    text->len -= line.len + 1;

    return line;
}


/* Without a role there is nothing to ask. */
billing_status_t
billing_aws_role_request(const billing_question_t *question, billing_str_t keys,
    billing_http_request_t *req)
{
    billing_str_t       role;
    billing_question_t  own;
    billing_aws_place_t place;

    role = billing_fields_get(question->credentials, "role_arn");

    if (role.len == 0) {
        return BILLING_OK;
    }

    billing_aws_place(question, &place);

    if (!billing_aws_is_of(role, place.partition)) {
        req->reason = "The role's ARN is of another AWS partition than this "
                      "server's endpoint: aws, aws-cn, aws-us-gov, aws-eusc "
                      "know nothing of each other's roles.";
        return BILLING_REJECTED;
    }

    aws_role_fields(question, role, req);

    if (req->body.status != BILLING_OK) {
        return req->body.status;
    }

    own = *question;
    own.token = keys;

    return aws_role_send(&own, req);
}


static void
aws_role_fields(const billing_question_t *question, billing_str_t role,
    billing_http_request_t *req)
{
    billing_str_t external;

    external = billing_fields_get(question->credentials, "external_id");

    (void) billing_request_field(
        &req->body, "Action", billing_str("AssumeRole"));
    (void) billing_request_field(
        &req->body, "Version", billing_str("2011-06-15"));
    (void) billing_request_field(&req->body, "RoleArn", role);
    (void) billing_request_field(
        &req->body, "RoleSessionName", billing_str("billing"));
    (void) billing_request_field(
        &req->body, "DurationSeconds", billing_str(AWS_ROLE_SECONDS));

    if (external.len > 0) {
        (void) billing_request_field(&req->body, "ExternalId", external);
    }
}


static billing_status_t
aws_role_send(const billing_question_t *own, billing_http_request_t *req)
{
    billing_status_t rc;

    rc = billing_aws_sts(own, &req->url, &req->service);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_request_form(req);

    return rc == BILLING_OK ? billing_aws_sign(own, req) : rc;
}


billing_status_t
billing_aws_role_answer(
    int host, const billing_http_answer_t *answer, billing_reply_t *reply)
{
    billing_str_t type;

    if (answer->status == 200) {
        return billing_aws_role_keys(answer->body, reply);
    }

    type = billing_aws_error_type(answer);

    if (host && billing_reply_find(type, "AccessDenied") != NULL) {
        return billing_reply_fail(reply, BILLING_REJECTED,
            "The role does not let this server take it on: its trust policy "
            "has to name this server's role and the external ID that the "
            "form shows, or this server's role may lack sts:AssumeRole.");
    }

    return billing_aws_refused(answer, reply);
}


billing_status_t
billing_aws_role_keys(billing_str_t xml, billing_reply_t *reply)
{
    billing_str_t keys[3];

    keys[0] = billing_aws_element(xml, "AccessKeyId");
    keys[1] = billing_aws_element(xml, "SecretAccessKey");
    keys[2] = billing_aws_element(xml, "SessionToken");

    return billing_aws_keys(
        keys, billing_aws_element(xml, "Expiration"), reply);
}


billing_status_t
billing_aws_keys(
    const billing_str_t keys[3], billing_str_t expires, billing_reply_t *reply)
{
    unsigned i;

    for (i = 0; i < 3; i++) {
        if (!aws_role_is_plain(keys[i])) {
            return billing_reply_fail(reply, BILLING_MALFORMED,
                "AWS answers without the role's keys.");
        }

        if (i > 0) {
            (void) billing_buf_add_char(&reply->token, '\n');
        }

        (void) billing_buf_add_str(&reply->token, keys[i]);
    }

    if (aws_role_time(expires, &reply->expires) != BILLING_OK) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "AWS does not say how long the role's keys are good.");
    }

    return reply->token.status == BILLING_LIMIT ? billing_reply_fail(reply,
               BILLING_MALFORMED, "The role's session token is too long.")
                                                : reply->token.status;
}


/* A fraction of a second may stand before the Z. */
static billing_status_t
aws_role_time(billing_str_t text, time_t *time)
{
    char whole[BILLING_TIME_LEN];

    if (text.len < BILLING_TIME_LEN - 1) {
        return BILLING_MALFORMED;
    }

    memcpy(whole, text.data, BILLING_TIME_LEN - 2);
    memcpy(whole + BILLING_TIME_LEN - 2, "Z", 2);

    return billing_time_parse(billing_str_from(whole), time);
}


/* Keys and session tokens are of the alphabet of base64. */
static int
aws_role_is_plain(billing_str_t text)
{
    size_t i;

    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789+/=_-";

    for (i = 0; i < text.len; i++) {
        if (memchr(chars, text.data[i], sizeof(chars) - 1) == NULL) {
            return 0;
        }
    }

    return text.len > 0;
}
