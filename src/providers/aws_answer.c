
/*
 * Reading Cost Explorer's answers:
 *
 *     {"ResultsByTime":[{"TimePeriod":{"Start":"2021-08-01",...},"Total":{},
 *      "Groups":[{"Keys":["Amazon Simple Storage Service","ap-northeast-2"],
 *       "Metrics":{"UnblendedCost":{"Amount":"12.0000345","Unit":"USD"}}}]}],
 *      "NextPageToken":"..."}
 *
 * and its errors, {"__type":"namespace#ThrottlingException", ...}.  A period
 * whose figures may still change has "Estimated":true.
 */

#include "providers/aws.h"

#include <stdio.h>

#include "providers/charges.h"
#include "providers/reply.h"


typedef struct {
    const char      *type;
    const char      *word; /* NULL: whatever the body says */
    billing_status_t status;
    billing_reason_t reason;
    const char      *text;
} aws_error_t;


static billing_status_t aws_body(
    const billing_http_answer_t *answer, json_t **body, billing_reply_t *reply);
static billing_str_t    aws_told_type(billing_str_t body);
static billing_status_t aws_next(const json_t *body, billing_reply_t *reply);
static billing_status_t aws_accounts(
    const json_t *results, billing_reply_t *reply);
static int              aws_is_account(billing_str_t id);
static billing_status_t aws_known(
    const billing_question_t *question, billing_reply_t *reply);
static billing_status_t aws_result(const billing_question_t *question,
    const json_t *result, billing_reply_t *reply);
static const char *aws_row(const billing_question_t *question, const void *data,
    const json_t *group, billing_cost_row_t *row);
static void aws_keys(const billing_question_t *question, const json_t *keys,
    billing_cost_row_t *row);


#define AWS_AGAIN "AWS asks for fewer requests."
#define AWS_KEY                                                           \
    "AWS does not accept the access key.  One of China, GovCloud or the " \
    "European Sovereign Cloud is good only where the endpoint is theirs."
#define AWS_CLOCK                                                               \
    "AWS finds the time of the request wrong: the clock of this server has to " \
    "be set."
#define AWS_PAGE "AWS does not know the page that it named as the next one."

/*
 * The first whose word is in the error's type - AWS has endings such as
 * "Exception" - or, where it has one, in the error's body.  Sources: the API
 * reference of Cost Explorer and its common errors, the STS reference, and the
 * user guide of Cost Explorer on access.
 */
static const aws_error_t aws_errors[] = {
    { "Throttl", NULL, BILLING_THROTTLED, BILLING_REASON_THROTTLED, AWS_AGAIN },
    { "LimitExceeded", NULL, BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        AWS_AGAIN },
    { "TooManyRequests", NULL, BILLING_THROTTLED, BILLING_REASON_THROTTLED,
        AWS_AGAIN },
    { "AccessDenied", "not enabled for cost explorer", BILLING_REJECTED,
        BILLING_REASON_NOT_ENABLED,
        "Cost Explorer is not enabled: the payer account has to open it once "
        "in the Billing console." },
    { "AccessDenied", "doesn't have access to cost explorer", BILLING_REJECTED,
        BILLING_REASON_NO_ACCESS,
        "The payer account does not let its linked accounts use Cost "
        "Explorer." },
    { "AccessDenied", "Linked account doesn't have access", BILLING_REJECTED,
        BILLING_REASON_NO_ACCESS,
        "The payer account does not let its linked accounts use Cost "
        "Explorer." },
    { "AccessDenied", "sts:AssumeRole", BILLING_REJECTED,
        BILLING_REASON_ROLE_MISSING,
        "AWS accepts the access key, but does not let it take on the role: it "
        "may lack sts:AssumeRole, or the role or external ID is wrong." },
    { "AccessDenied", NULL, BILLING_REJECTED, BILLING_REASON_ROLE_MISSING,
        "AWS accepts the access key, but does not let it do this: it may "
        "lack ce:GetCostAndUsage or sts:AssumeRole, or the role or external "
        "ID is wrong." },
    { "UnrecognizedClient", NULL, BILLING_REJECTED, BILLING_REASON_WRONG_KEY,
        AWS_KEY },
    { "InvalidClientTokenId", NULL, BILLING_REJECTED, BILLING_REASON_WRONG_KEY,
        AWS_KEY },
    { "MissingAuthenticationToken", NULL, BILLING_REJECTED,
        BILLING_REASON_WRONG_KEY, AWS_KEY },
    { "InvalidSignature", NULL, BILLING_REJECTED, BILLING_REASON_WRONG_KEY,
        "AWS does not accept the signature: the secret access key is wrong." },
    { "SignatureDoesNotMatch", NULL, BILLING_REJECTED, BILLING_REASON_WRONG_KEY,
        "AWS does not accept the signature: the secret access key is wrong." },
    { "RequestExpired", NULL, BILLING_UNAVAILABLE, BILLING_REASON_CLOCK,
        AWS_CLOCK },
    { "ExpiredToken", NULL, BILLING_REJECTED, BILLING_REASON_EXPIRED,
        "The role's keys have expired." },
    { "OptInRequired", NULL, BILLING_REJECTED, BILLING_REASON_NOT_ENABLED,
        "The AWS account is not signed up for Cost Explorer." },
    { "DataUnavailable", NULL, BILLING_UNAVAILABLE, BILLING_REASON_NOT_ENABLED,
        "Cost Explorer has no data yet; AWS prepares it within a day of "
        "enabling it." },
    { "BillExpiration", NULL, BILLING_MALFORMED, BILLING_REASON_INCOMPLETE,
        "AWS has the costs of this period no more." },
    { "BillingViewHealthStatus", NULL, BILLING_UNAVAILABLE,
        BILLING_REASON_UNREACHABLE, "Cost Explorer is not ready to answer." },
    { "Validation", NULL, BILLING_MALFORMED, BILLING_REASON_MALFORMED,
        "AWS does not understand the question; perhaps the period lies too "
        "far back." },
    { "RequestChanged", NULL, BILLING_MALFORMED, BILLING_REASON_MALFORMED,
        AWS_PAGE },
    { "InvalidNextToken", NULL, BILLING_MALFORMED, BILLING_REASON_MALFORMED,
        AWS_PAGE },
};

#define AWS_ERRORS (sizeof(aws_errors) / sizeof(aws_errors[0]))


billing_status_t
billing_aws_refused(const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t           i;
    billing_str_t    type;
    billing_status_t rc;

    type = billing_aws_error_type(answer);

    /* of the type of a wrong signature */
    if (billing_reply_find(answer->body, "Signature expired") != NULL
        || billing_reply_find(answer->body, "Signature not yet current")
               != NULL)
    {
        return billing_reply_refuse(
            reply, BILLING_UNAVAILABLE, BILLING_REASON_CLOCK, AWS_CLOCK);
    }

    /* likewise, and it is not the key that is wrong */
    if (billing_reply_find(answer->body, "Credential should be scoped to")
        != NULL) {
        return billing_reply_refuse(reply, BILLING_UNAVAILABLE,
            BILLING_REASON_NO_ACCESS,
            "AWS was asked for another region than its endpoint is in: "
            "region= or endpoint= of this server's configuration has to be "
            "set right.");
    }

    for (i = 0; i < AWS_ERRORS && type.len > 0; i++) {
        if (billing_reply_find(type, aws_errors[i].type) != NULL
            && (aws_errors[i].word == NULL
                || billing_reply_says(answer->body, aws_errors[i].word)))
        {
            return billing_reply_refuse(reply, aws_errors[i].status,
                aws_errors[i].reason, "%s", aws_errors[i].text);
        }
    }

    rc = billing_reply_status(reply, answer->status);

    return rc != BILLING_OK ? rc
                            : billing_reply_fail(reply, BILLING_MALFORMED,
                                "The provider's answer holds no costs.");
}


billing_status_t
billing_aws_verified(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    json_t          *body;
    billing_status_t rc;

    rc = aws_body(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = aws_accounts(json_object_get(body, "ResultsByTime"), reply);

    if (rc == BILLING_OK) {
        rc = aws_next(body, reply);
    }

    json_decref(body);

    if (rc != BILLING_OK || reply->next.len > 0) {
        return rc;
    }

    return aws_known(question, reply);
}


/* The keys of the groups; the same ones come for every month. */
static billing_status_t
aws_accounts(const json_t *results, billing_reply_t *reply)
{
    size_t           i, n;
    json_t          *result, *group;
    billing_str_t    id;
    billing_status_t rc;

    json_array_foreach(results, i, result)
    {
        if (!json_is_array(json_object_get(result, "Groups"))) {
            return billing_reply_fail(reply, BILLING_MALFORMED,
                "The provider's answer holds no list of linked accounts.");
        }

        json_array_foreach(json_object_get(result, "Groups"), n, group)
        {
            id = billing_reply_str(
                json_array_get(json_object_get(group, "Keys"), 0));

            if (!aws_is_account(id)) {
                return billing_reply_fail(reply, BILLING_MALFORMED,
                    "AWS names a linked account that is not an id.");
            }

            rc = billing_reply_linked(reply, id);
            if (rc != BILLING_OK) {
                return rc;
            }
        }
    }

    return BILLING_OK;
}


static int
aws_is_account(billing_str_t id)
{
    size_t i;

    for (i = 0; i < id.len; i++) {
        if (id.data[i] < '0' || id.data[i] > '9') {
            return 0;
        }
    }

    return id.len == 12;
}


/*
 * One that has had no costs is known only where there have been none at all:
 * AWS does not tell accounts otherwise to those who may read costs.
 */
static billing_status_t
aws_known(const billing_question_t *question, billing_reply_t *reply)
{
    billing_str_t account;

    account = billing_fields_get(question->credentials, "linked_account");

    return account.len > 0 && json_array_size(reply->linked) == 0
               ? billing_reply_linked(reply, account)
               : billing_reply_only(reply, account);
}


billing_status_t
billing_aws_costs(const billing_question_t *question,
    const billing_http_answer_t *answer, billing_reply_t *reply)
{
    size_t           i;
    json_t          *body, *result;
    billing_status_t rc;

    rc = aws_body(answer, &body, reply);
    if (rc != BILLING_OK) {
        return rc;
    }

    json_array_foreach(json_object_get(body, "ResultsByTime"), i, result)
    {
        rc = aws_result(question, result, reply);
        if (rc != BILLING_OK) {
            break;
        }
    }

    if (rc == BILLING_OK) {
        rc = aws_next(body, reply);
    }

    json_decref(body);

    return rc;
}


/* An object with ResultsByTime, or the error that came instead. */
static billing_status_t
aws_body(
    const billing_http_answer_t *answer, json_t **body, billing_reply_t *reply)
{
    billing_status_t rc;

    *body = NULL;

    if (answer->status != 200) {
        return billing_aws_refused(answer, reply);
    }

    rc = billing_reply_json(answer, body, reply);

    if (rc == BILLING_OK
        && !json_is_array(json_object_get(*body, "ResultsByTime"))) {
        json_decref(*body);
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer holds no list of costs.");
    }

    return rc;
}


billing_str_t
billing_aws_error_type(const billing_http_answer_t *answer)
{
    size_t        i, start;
    billing_str_t type;

    type = aws_told_type(answer->body);

    if (type.len == 0) {
        type = billing_aws_element(answer->body, "Code");
    }

    if (type.len == 0) {
        type = answer->wanted;
    }

    for (i = 0, start = 0; i < type.len; i++) {
        if (type.data[i] == '#') {
            start = i + 1;

        } else if (type.data[i] == ':') {
            break;
        }
    }

    return i == 0 ? type : (billing_str_t){ type.data + start, i - start };
}


billing_str_t
billing_aws_element(billing_str_t xml, const char *name)
{
    char          tag[64];
    const char   *start, *end;
    billing_str_t rest;

    (void) snprintf(tag, sizeof(tag), "<%s>", name);
    start = billing_reply_find(xml, tag);
    if (start == NULL) {
        return (billing_str_t){ NULL, 0 };
    }

    rest.data = start + strlen(tag);
    rest.len = xml.len - (size_t) (rest.data - xml.data);

    (void) snprintf(tag, sizeof(tag), "</%s>", name);
    end = billing_reply_find(rest, tag);

    return (billing_str_t){ rest.data,
        end == NULL ? 0 : (size_t) (end - rest.data) };
}


/*
 * The value of "__type", looked for in the text: an error's body is short and
 * has it once, and a proxy may have sent something that is no JSON.
 */
static billing_str_t
aws_told_type(billing_str_t body)
{
    const char   *start, *end;
    billing_str_t type;

    type = (billing_str_t){ NULL, 0 };
    start = billing_reply_find(body, "\"__type\"");

    if (start == NULL) {
        return type;
    }

    start += sizeof("\"__type\"") - 1;
    end = body.data + body.len;

    while (start < end && (*start == ' ' || *start == ':')) {
        start++;
    }

    if (start == end || *start++ != '"') {
        return type;
    }

    type.data = start;
    type.len = (size_t) (end - start);
    end = memchr(type.data, '"', type.len);

    if (end != NULL) {
        type.len = (size_t) (end - type.data);
    }

    return type;
}


static billing_status_t
aws_next(const json_t *body, billing_reply_t *reply)
{
    json_t       *token;
    billing_str_t text;

    token = json_object_get(body, "NextPageToken");

    if (billing_reply_text(token, &text) != BILLING_OK) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's token of the next page is not a text.");
    }

    return billing_buf_add_str(&reply->next, text);
}


static billing_status_t
aws_result(const billing_question_t *question, const json_t *result,
    billing_reply_t *reply)
{
    json_t          *groups;
    int32_t          date;
    billing_day_t    day;
    billing_status_t rc;

    groups = json_object_get(result, "Groups");

    if (billing_day_parse(billing_reply_str(json_object_get(
                              json_object_get(result, "TimePeriod"), "Start")),
            &day)
        != BILLING_OK)
    {
        return billing_reply_spoil(reply, "it stands in no list of a day");
    }

    date = question->granularity == BILLING_DAILY ? day : billing_month_of(day);

    if (!json_is_array(groups)) {
        return billing_reply_spoil_month(
            question, reply, date, BILLING_REASON_INCOMPLETE);
    }

    billing_reply_cover(question, reply, date);

    if (json_is_true(json_object_get(result, "Estimated"))) {
        rc = billing_reply_open(question, reply, date);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return billing_reply_rows(question, reply, groups, aws_row, &date);
}


/* data is the date of the list. */
static const char *
aws_row(const billing_question_t *question, const void *data,
    const json_t *group, billing_cost_row_t *row)
{
    json_t *keys, *cost;

    row->date = *(const int32_t *) data;

    keys = json_object_get(group, "Keys");
    cost = json_object_get(json_object_get(group, "Metrics"),
        json_string_value(json_object_get(question->credentials, "cost")));

    if (json_array_size(keys) != 2 || !json_is_string(json_array_get(keys, 0))
        || !json_is_string(json_array_get(keys, 1)))
    {
        return "it has no two keys";
    }

    row->currency = billing_reply_str(json_object_get(cost, "Unit"));

    if (billing_reply_amount_in(
            json_object_get(cost, "Amount"), row->currency, &row->amount)
        != BILLING_OK)
    {
        return "its cost is not an amount";
    }

    aws_keys(question, keys, row);

    return NULL;
}


/* As aws_groups() asks for them. */
static void
aws_keys(const billing_question_t *question, const json_t *keys,
    billing_cost_row_t *row)
{
    billing_str_t by, detail, second;

    detail = (billing_str_t){ NULL, 0 };
    second = billing_reply_str(json_array_get(keys, 1));

    row->linked = question->nlinked == 1 ? question->linked[0] : detail;

    if (question->apart == BILLING_APART_DETAIL) {
        detail = billing_reply_str(json_array_get(keys, 0));
    } else {
        row->service = billing_reply_str(json_array_get(keys, 0));
    }

    if (question->apart == BILLING_APART_NOT) {
        detail = second;
    } else {
        row->charge = billing_charges_aws(second);
    }

    by = billing_fields_get(question->credentials, "detail");

    if (!billing_str_eq(by, billing_str(BILLING_AWS_BY_ACCOUNT))) {
        row->region = billing_str_eq(detail, billing_str("NoRegion"))
                          ? (billing_str_t){ NULL, 0 }
                          : detail;

    } else if (detail.len > 0) {
        row->linked = detail;
    }
}
