
/*
 * AWS Cost Explorer, GetCostAndUsage: JSON 1.1, signed with Signature Version
 * 4.  Sources: botocore's model of the API (data/ce/2017-10-25), the API
 * reference of AWS, and its notes on use (USD 0.01 a request, refreshed up to
 * three times a day, 13 months and the current one).
 *
 * The API groups by two keys at most: by service and region, or, for whoever
 * wants to tell accounts apart, by service and linked account.  What kind of
 * charge a cost is takes the place of one of them.
 */

#include "providers/aws.h"

#include "providers/request.h"


#define AWS_VERIFY_MONTHS 13 /* as far back as costs are told */

/*
 * A cent each.  Nobody documents how much stands on a page, hundreds of groups
 * at least; a month has some thousands where accounts and services are many.
 */
#define AWS_PAGES 8


static billing_status_t aws_check(json_t *credentials, const char *pointer,
    json_t **out, billing_errors_t *errors);
static billing_status_t aws_host_check(json_t *credentials, const char *pointer,
    billing_str_t external, json_t **out, billing_errors_t *errors);
static int aws_host_external(json_t *credentials, const char *pointer,
    billing_str_t external, billing_errors_t *errors);
static int aws_is_listed(billing_str_t list, billing_str_t word);
static billing_status_t aws_linked(
    const json_t *credentials, billing_buf_t *id);
static billing_status_t aws_verify(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t aws_ask(
    const billing_question_t *question, billing_http_request_t *req);
static json_t          *aws_period(billing_day_t start, billing_day_t end);
static json_t          *aws_group(const char *key);
static json_t          *aws_groups(const billing_question_t *question);
static json_t          *aws_filter(const billing_question_t *question);
static billing_status_t aws_finish(const billing_question_t *question,
    billing_http_request_t *req, json_t *body);


static const char *const aws_costs[] = {
    "UnblendedCost",
    "AmortizedCost",
    "NetUnblendedCost",
    "NetAmortizedCost",
    "BlendedCost",
    NULL,
};

static const char *const aws_details[] = {
    "region",
    BILLING_AWS_BY_ACCOUNT,
    NULL,
};

static const billing_credential_t aws_fields[] = {
    { .name = "access_key_id",
        .title = "Access key ID",
        .title_ko = "액세스 키 ID",
        .help = "Of an IAM user allowed to call ce:GetCostAndUsage, or to "
                "assume the role below.",
        .help_ko = "ce:GetCostAndUsage를 호출하거나 아래 역할을 수임할 수 있는 "
                   "IAM 사용자의 키입니다.",
        .max = 128,
        .pattern = "^[A-Z0-9]{16,128}$",
        .host_optional = 1 },
    { .name = "secret_access_key",
        .title = "Secret access key",
        .title_ko = "비밀 액세스 키",
        .help = "It is stored encrypted and never shown again.",
        .help_ko = "암호화하여 저장하며 다시 표시하지 않습니다.",
        .max = 128,
        .pattern = "^[A-Za-z0-9/+=]{16,128}$",
        .secret = 1,
        .host_optional = 1 },
    { .name = "linked_account",
        .title = "Linked account",
        .title_ko = "연결된 계정",
        .help = "12 digits: only the costs of this account.  Empty: all that "
                "the key may see.",
        .help_ko = "12자리 숫자를 입력하면 그 계정의 비용만, 비워 두면 키로 "
                   "볼 수 있는 모든 비용을 조회합니다.",
        .max = 12,
        .pattern = "^[0-9]{12}$",
        .all = "",
        .optional = 1 },
    { .name = "role_arn",
        .title = "Role ARN",
        .title_ko = "역할 ARN",
        .help = "A role to assume (sts:AssumeRole), such as "
                "arn:aws:iam::111122223333:role/billing.",
        .help_ko = "수임할 역할(sts:AssumeRole)입니다. 예: "
                   "arn:aws:iam::111122223333:role/billing",
        .max = 2048,
        .pattern = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$",
        .optional = 1 },
    { .name = "host_external_id",
        .title = "External ID of this server",
        .title_ko = "이 서버의 외부 ID",
        .help = "Without an access key, this server's own role assumes the "
                "role above: let the role's trust policy ask for this ID.",
        .help_ko =
            "액세스 키를 비워 두면 이 서버의 역할이 위 역할을 수임합니다. "
            "역할의 신뢰 정책에 이 ID를 조건으로 넣으십시오.",
        .max = 64,
        .given = 1 },
    { .name = "external_id",
        .title = "External ID",
        .title_ko = "외부 ID",
        .help = "Only if the role's trust policy asks for one.",
        .help_ko = "역할의 신뢰 정책이 요구할 때만 입력합니다.",
        .max = 1224,
        .pattern = "^[A-Za-z0-9+=,.@:/_-]{2,}$",
        .optional = 1 },
    { .name = "cost",
        .title = "Cost",
        .title_ko = "비용 기준",
        .help = "The Cost Explorer metric to show.",
        .help_ko = "Cost Explorer의 어떤 지표를 표시할지 정합니다.",
        .choices = aws_costs },
    { .name = "detail",
        .title = "Break down by",
        .title_ko = "구분",
        .help = "Besides services, AWS tells either regions or linked "
                "accounts.",
        .help_ko = "AWS는 서비스와 함께 리전 또는 연결된 계정 중 하나만 "
                   "알려 줍니다.",
        .choices = aws_details },
    { .name = NULL },
};


const billing_provider_t billing_aws = {
    .id = "aws",
    .name = "AWS",
    .backend = "AWS Cost Explorer",
    .cloud = "aws",
    .issuer = "AWS",
    .publisher = "AWS",
    .payer = "linked_account",
    .since = "1.5.3",
    .contact = "the administrator of your AWS organization",
    .endpoint = "https://ce.us-east-1.amazonaws.com",
    .login = "https://sts.us-east-1.amazonaws.com",
    .source = "In the IAM console, under the user's security credentials, "
              "create an access key.  Each lookup costs USD 0.01.",
    .source_ko = "IAM 콘솔의 사용자 > 보안 자격 증명에서 액세스 키를 "
                 "만듭니다. 조회마다 0.01달러가 청구됩니다.",
    .fields = aws_fields,
    .together = 1,
    .covers = 1,
    .charged = 1,
    .wide = 1,
    .apart = 1,
    .optional = 1,
    .history = 13,
    .pages = AWS_PAGES,
    .refresh = 8 * 3600,
    .check = aws_check,
    .host_check = aws_host_check,
    .linked = aws_linked,
    .regional = billing_aws_endpoint,
    .token = { billing_aws_token_request, billing_aws_token_answer },
    .verify = { aws_verify, billing_aws_verified },
    .costs = { aws_ask, billing_aws_costs },
};


static billing_status_t
aws_check(json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors)
{
    return billing_fields_check(aws_fields, credentials, pointer, out, errors);
}


/*
 * The key's two halves belong together.  Without them the external ID is not
 * for people to choose: it tells the role whom this server asks for, so that
 * nobody gets at another domain's role through it.
 */
static billing_status_t
aws_host_check(json_t *credentials, const char *pointer, billing_str_t external,
    json_t **out, billing_errors_t *errors)
{
    int              id, secret, rc;
    billing_status_t status;

    status = billing_fields_host_check(
        aws_fields, credentials, pointer, out, errors);
    if (status != BILLING_OK) {
        return status;
    }

    id = billing_fields_get(*out, "access_key_id").len > 0;
    secret = billing_fields_get(*out, "secret_access_key").len > 0;

    if (id != secret) {
        billing_errors_add_member(errors, pointer,
            id ? "secret_access_key" : "access_key_id", "required",
            "An access key has both parts.");
        rc = 1;

    } else {
        rc = id ? 0 : aws_host_external(*out, pointer, external, errors);
    }

    if (rc != 0) {
        json_decref(*out);
        *out = NULL;
    }

    return rc == 0 ? BILLING_OK : rc > 0 ? BILLING_INVALID : BILLING_NOMEM;
}


/* 1: it is wrong, -1: no memory. */
static int
aws_host_external(json_t *credentials, const char *pointer,
    billing_str_t external, billing_errors_t *errors)
{
    const char   *end;
    billing_str_t given;

    given = billing_fields_get(credentials, "external_id");

    if (given.len > 0 && !aws_is_listed(external, given)) {
        billing_errors_add_member(errors, pointer, "external_id", "format",
            "Without an access key, the ID is given by this server: leave it "
            "out.");
        return 1;
    }

    if (given.len > 0 || billing_fields_get(credentials, "role_arn").len == 0) {
        return 0;
    }

    end = memchr(external.data, ',', external.len);
    given.data = external.data;
    given.len = end == NULL ? external.len : (size_t) (end - external.data);

    return json_object_set_new(
        credentials, "external_id", json_stringn(given.data, given.len));
}


static int
aws_is_listed(billing_str_t list, billing_str_t word)
{
    size_t        i, start;
    billing_str_t one;

    for (i = 0, start = 0; i <= list.len; i++) {
        if (i < list.len && list.data[i] != ',') {
            continue;
        }

        one = (billing_str_t){ list.data + start, i - start };
        start = i + 1;

        if (billing_str_eq(one, word)) {
            return 1;
        }
    }

    return 0;
}


static billing_status_t
aws_linked(const json_t *credentials, billing_buf_t *id)
{
    return billing_buf_add_str(
        id, billing_fields_get(credentials, "linked_account"));
}


/* Which linked accounts had costs, as far back as AWS tells. */
static billing_status_t
aws_verify(const billing_question_t *question, billing_http_request_t *req)
{
    billing_day_t today, start;

    today = billing_day_of(question->now);
    start = billing_month_first(billing_month_of(today) - AWS_VERIFY_MONTHS);

    return aws_finish(question, req,
        json_pack("{s:o, s:s, s:[s], s:[o]}", "TimePeriod",
            aws_period(start, today), "Granularity", "MONTHLY", "Metrics",
            "UnblendedCost", "GroupBy", aws_group("LINKED_ACCOUNT")));
}


static billing_status_t
aws_ask(const billing_question_t *question, billing_http_request_t *req)
{
    json_t       *body;
    billing_str_t cost;

    cost = billing_fields_get(question->credentials, "cost");

    body = json_pack("{s:o, s:s, s:[s%], s:o}", "TimePeriod",
        aws_period(question->start, question->end), "Granularity",
        question->granularity == BILLING_DAILY ? "DAILY" : "MONTHLY", "Metrics",
        cost.data, cost.len, "GroupBy", aws_groups(question));

    /* not left out for want of memory: it would be another question */
    if (question->nlinked + question->nexcluded > 0
        && json_object_set_new(body, "Filter", aws_filter(question)) != 0)
    {
        json_decref(body);
        return BILLING_NOMEM;
    }

    return aws_finish(question, req, body);
}


/* AWS leaves the last day out. */
static json_t *
aws_period(billing_day_t start, billing_day_t end)
{
    char first[BILLING_DAY_LEN], behind[BILLING_DAY_LEN];

    billing_day_format(start, first);
    billing_day_format(end + 1, behind);

    return json_pack("{s:s, s:s}", "Start", first, "End", behind);
}


static json_t *
aws_group(const char *key)
{
    return json_pack("{s:s, s:s}", "Type", "DIMENSION", "Key", key);
}


/* billing_aws_costs() reads the keys in this order. */
static json_t *
aws_groups(const billing_question_t *question)
{
    const char   *detail;
    billing_str_t by;

    by = billing_fields_get(question->credentials, "detail");
    detail = billing_str_eq(by, billing_str(BILLING_AWS_BY_ACCOUNT))
                 ? "LINKED_ACCOUNT"
                 : "REGION";

    switch (question->apart) {
    case BILLING_APART_SERVICE:
        return json_pack(
            "[o, o]", aws_group("SERVICE"), aws_group("RECORD_TYPE"));

    case BILLING_APART_DETAIL:
        return json_pack("[o, o]", aws_group(detail), aws_group("RECORD_TYPE"));

    case BILLING_APART_NOT:
        break;
    }

    return json_pack("[o, o]", aws_group("SERVICE"), aws_group(detail));
}


/*
 * Credentials for all linked accounts ask without a list of them: whoever has
 * joined since it was read has costs, too.  What another service account has
 * is left out.
 */
static json_t *
aws_filter(const billing_question_t *question)
{
    json_t              *ids, *filter;
    unsigned             i, n;
    const billing_str_t *list;

    ids = json_array();
    n = question->nlinked > 0 ? question->nlinked : question->nexcluded;
    list = question->nlinked > 0 ? question->linked : question->excluded;

    for (i = 0; i < n; i++) {
        (void) json_array_append_new(
            ids, json_stringn(list[i].data, list[i].len));
    }

    if (json_array_size(ids) != n) {
        json_decref(ids);
        return NULL;
    }

    filter = json_pack(
        "{s:{s:s, s:o}}", "Dimensions", "Key", "LINKED_ACCOUNT", "Values", ids);

    return question->nlinked > 0 ? filter : json_pack("{s:o}", "Not", filter);
}


static billing_status_t
aws_finish(const billing_question_t *question, billing_http_request_t *req,
    json_t *body)
{
    billing_str_t       page;
    billing_status_t    rc;
    billing_aws_place_t place;

    page = question->page;
    req->method = BILLING_HTTP_POST;

    if (page.len > 0
        && json_object_set_new(
               body, "NextPageToken", json_stringn(page.data, page.len))
               != 0)
    {
        json_decref(body);
        return BILLING_NOMEM;
    }

    rc = billing_request_body(req, body);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_request_url(req, question->endpoint, billing_str("/"));
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_http_request_header(req, billing_str("Content-Type"),
        billing_str("application/x-amz-json-1.1"));
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_http_request_header(req, billing_str("X-Amz-Target"),
        billing_str("AWSInsightsIndexService.GetCostAndUsage"));
    if (rc != BILLING_OK) {
        return rc;
    }

    billing_aws_place(question, &place);

    rc = billing_buf_addf(&req->service, "aws:amz:%.*s:ce",
        (int) place.region.len, place.region.data);
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_aws_sign(question, req);
}
