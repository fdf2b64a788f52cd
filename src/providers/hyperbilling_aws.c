
/*
 * Hyperbilling's Open-API for AWS, as its public clients use it:
 *
 *     GET  /v1/search/linkedaccount   the linked accounts of the credential
 *     POST /v1/search/billing         rows of cost, 1000 to a page
 *
 * with the credential in two headers.  Sources: the connectors and managers
 * of cloudforet-io/plugin-aws-hyperbilling-cost-datasource (d61d4c3) and
 * cloudforet-io/plugin-kbfcc-cost-datasource (9ab9810).  Where they leave
 * something open, the choice stands in one place and says so.
 */

#include "providers/hyperbilling_aws.h"

#include "providers/request.h"
#include "core/json.h"


static billing_status_t hyperbilling_aws_linked(
    const json_t *credentials, billing_buf_t *id);
static billing_status_t hyperbilling_aws_check(json_t *credentials,
    const char *pointer, json_t **out, billing_errors_t *errors);
static billing_status_t hyperbilling_aws_verify(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t hyperbilling_aws_ask(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t hyperbilling_aws_prepare(
    const billing_question_t *question, const char *path,
    billing_http_request_t *req);
static billing_status_t hyperbilling_aws_authenticate(
    const json_t *credentials, billing_http_request_t *req);
static void hyperbilling_aws_cost_body(const billing_question_t *question,
    const billing_hyperbilling_aws_window_t *window, billing_buf_t *body);


static const billing_credential_t hyperbilling_aws_fields[] = {
    { .name = "account",
        .title = "Account",
        .title_ko = "Account",
        .help = "An AWS account ID of 12 digits: costs of that linked account. "
                "A text such as \"all\": costs of all linked accounts.",
        .help_ko = "12자리 AWS 계정 ID를 입력하면 그 계정의 비용만, \"all\"과 "
                   "같은 텍스트를 입력하면 연결된 모든 계정의 비용을 "
                   "조회합니다.",
        .max = 64,
        /* all digits, but not 12: an id with a slip, which is not "all" */
        .pattern = "^([0-9]{12}|.*[^0-9].*)$",
        .all = "all" },
    { .name = "email",
        .title = "Email",
        .title_ko = "Email",
        .help = "The login id that the key was issued for.",
        .help_ko = "키를 발급받은 로그인 ID입니다.",
        .max = 254 },
    { .name = "key",
        .title = "Key",
        .title_ko = "Key",
        .help = "The secret key.  It is stored encrypted and never shown "
                "again.",
        .help_ko = "암호화하여 저장하며 다시 표시하지 않습니다.",
        .max = 1024,
        .secret = 1 },
    { .name = NULL },
};


const billing_provider_t billing_hyperbilling_aws = {
    .id = "hyperbilling_aws",
    .name = "Hyper Billing",
    .backend = "Hyperbilling for AWS",
    .cloud = "aws",
    .issuer = "MEGAZONE",
    .publisher = "AWS",
    .payer = "account",
    .since = "1.5.3",
    .contact = "MEGAZONE CLOUD (Innoworks Team)",
    .endpoint = "https://open.hyperapi.megazone.com",
    .fields = hyperbilling_aws_fields,
    .forms = BILLING_FORM_NARROW | BILLING_FORM_BODY,
    .check = hyperbilling_aws_check,
    .linked = hyperbilling_aws_linked,
    .verify = { hyperbilling_aws_verify, billing_hyperbilling_aws_verified },
    .costs = { hyperbilling_aws_ask, billing_hyperbilling_aws_costs },
};


/*
 * How "account", "email" and "key" reach the wire.  No public source shows
 * it; this is how the fields of the API's known clients (login id, secret,
 * linked account) fit.  The third part is billing_hyperbilling_aws_is_linked.
 */
static billing_status_t
hyperbilling_aws_authenticate(
    const json_t *credentials, billing_http_request_t *req)
{
    billing_status_t rc;

    rc = billing_http_request_header(req, billing_str("X-Client-Id"),
        billing_fields_get(credentials, "email"));
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_http_request_header(req, billing_str("X-Client-Secret"),
        billing_fields_get(credentials, "key"));
}


static billing_status_t
hyperbilling_aws_linked(const json_t *credentials, billing_buf_t *id)
{
    billing_str_t account;

    account = billing_fields_get(credentials, "account");

    return billing_hyperbilling_aws_is_linked(account)
               ? billing_buf_add_str(id, account)
               : BILLING_OK;
}


static billing_status_t
hyperbilling_aws_check(json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors)
{
    return billing_fields_check(
        hyperbilling_aws_fields, credentials, pointer, out, errors);
}


static billing_status_t
hyperbilling_aws_verify(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_status_t rc;

    if (!(question->forms & BILLING_FORM_BODY)) {
        return hyperbilling_aws_prepare(
            question, "/v1/search/linkedaccount", req);
    }

    (void) billing_buf_add_str(&req->body, billing_str("{}"));
    rc = hyperbilling_aws_prepare(question, "/v1/search/linkedaccount", req);
    req->method = BILLING_HTTP_GET;

    return rc != BILLING_OK ? rc : req->body.status;
}


static billing_status_t
hyperbilling_aws_ask(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_status_t                  rc;
    billing_hyperbilling_aws_window_t window;

    rc = billing_hyperbilling_aws_window(question, &window);
    if (rc != BILLING_OK) {
        return rc;
    }

    hyperbilling_aws_cost_body(question, &window, &req->body);

    if (req->body.status != BILLING_OK) {
        return req->body.status;
    }

    return hyperbilling_aws_prepare(question, "/v1/search/billing", req);
}


/* A GET unless there is a body. */
static billing_status_t
hyperbilling_aws_prepare(const billing_question_t *question, const char *path,
    billing_http_request_t *req)
{
    billing_status_t rc;

    rc = billing_request_url(req, question->endpoint, billing_str_from(path));
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = hyperbilling_aws_authenticate(question->credentials, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_request_json(req);

    if (req->body.len == 0) {
        req->method = BILLING_HTTP_GET;
    }

    return rc;
}


/*
 * One linked account at a time: no key is known that would tell the rows of
 * several apart.  End is inclusive, and the token stands inside Filter.
 */
static void
hyperbilling_aws_cost_body(const billing_question_t *question,
    const billing_hyperbilling_aws_window_t *window, billing_buf_t *body)
{
    char           start[BILLING_DAY_LEN], end[BILLING_DAY_LEN];
    billing_json_t w;

    billing_day_format(window->start, start);
    billing_day_format(window->end, end);

    billing_json_init(&w, body);
    billing_json_begin_object(&w);

    billing_json_key(&w, "Filter");
    billing_json_begin_object(&w);
    billing_json_key(&w, "LinkedAccount");
    billing_json_begin_array(&w);
    billing_json_string(&w, question->linked[0]);
    billing_json_end_array(&w);
    billing_json_key(&w, "Granularity");
    billing_json_cstring(
        &w, question->granularity == BILLING_DAILY ? "DAILY" : "MONTHLY");
    billing_json_key(&w, "TimePeriod");
    billing_json_begin_object(&w);
    billing_json_key(&w, "Start");
    billing_json_cstring(&w, start);
    billing_json_key(&w, "End");
    billing_json_cstring(&w, end);
    billing_json_end_object(&w);

    if (window->token.len > 0) {
        billing_json_key(&w, "NextDataToken");
        billing_json_string(&w, window->token);
    }

    billing_json_end_object(&w);

    billing_json_key(&w, "GroupBy");
    billing_json_raw(
        &w, billing_str("[\"USAGE_DATE\",\"REGION\",\"SERVICE_CODE\"]"));
    billing_json_key(&w, "Result");
    billing_json_raw(&w, billing_str("[\"USAGE_COST\"]"));

    billing_json_end_object(&w);
}
