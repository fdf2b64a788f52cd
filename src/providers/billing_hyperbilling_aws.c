
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

#include "billing_hyperbilling_aws.h"

#include "billing_answer.h"
#include "core/billing_json.h"
#include "core/billing_text.h"


typedef struct {
    const char *name;
    size_t      max; /* code points: maxLength in the schema */
} hyperbilling_aws_field_t;


static billing_str_t    hyperbilling_aws_linked(const json_t *credentials);
static billing_status_t hyperbilling_aws_check(json_t *credentials,
    const char *pointer, json_t **out, billing_errors_t *errors);
static billing_status_t hyperbilling_aws_check_field(
    const hyperbilling_aws_field_t *field, const json_t *value,
    const char *pointer, json_t *out, billing_errors_t *errors);
static const char *hyperbilling_aws_refusal(
    billing_str_t text, size_t max, const char **code);
static void hyperbilling_aws_check_unknown(
    json_t *credentials, const char *pointer, billing_errors_t *errors);
static billing_status_t hyperbilling_aws_verify_request(billing_str_t endpoint,
    const json_t *credentials, billing_http_request_t *req);
static billing_status_t hyperbilling_aws_cost_request(
    const billing_cost_query_t *query, billing_str_t token,
    billing_http_request_t *req);
static billing_status_t hyperbilling_aws_prepare(billing_str_t endpoint,
    const char *path, const json_t *credentials, billing_http_request_t *req);
static billing_status_t hyperbilling_aws_authenticate(
    const json_t *credentials, billing_http_request_t *req);
static void hyperbilling_aws_cost_body(const billing_cost_query_t *query,
    billing_str_t token, billing_buf_t *body);


static const char hyperbilling_aws_schema[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
    "\"type\":\"object\","
    "\"required\":[\"account\",\"email\",\"key\"],"
    "\"additionalProperties\":false,"
    "\"properties\":{"
    "\"account\":{\"type\":\"string\",\"title\":\"Account\","
    "\"description\":\"An AWS account id of 12 digits stands for that linked "
    "account, any other text for all linked accounts of the credentials.\","
    "\"minLength\":1,\"maxLength\":64},"
    "\"email\":{\"type\":\"string\",\"title\":\"Email\","
    "\"description\":\"The login id that the key was issued for.\","
    "\"minLength\":1,\"maxLength\":254},"
    "\"key\":{\"type\":\"string\",\"title\":\"Key\","
    "\"description\":\"The secret key.  It is stored encrypted and never "
    "shown again.\","
    "\"minLength\":1,\"maxLength\":1024,\"writeOnly\":true}}}";

static const hyperbilling_aws_field_t hyperbilling_aws_fields[] = {
    { "account", 64 },
    { "email", 254 },
    { "key", 1024 },
};

#define HYPERBILLING_AWS_FIELDS \
    (sizeof(hyperbilling_aws_fields) / sizeof(hyperbilling_aws_fields[0]))


const billing_provider_t billing_hyperbilling_aws = {
    .id = "hyperbilling_aws",
    .name = "Hyper Billing",
    .backend = "Hyperbilling for AWS",
    .since = "1.5.3",
    .contact = "MEGAZONE CLOUD (Innoworks Team)",
    .endpoint = "https://open.hyperapi.megazone.com",
    .schema = hyperbilling_aws_schema,
    .check = hyperbilling_aws_check,
    .linked = hyperbilling_aws_linked,
    .verify_request = hyperbilling_aws_verify_request,
    .verify_answer = billing_hyperbilling_aws_verify_answer,
    .cost_request = hyperbilling_aws_cost_request,
    .cost_answer = billing_hyperbilling_aws_cost_answer,
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
        billing_answer_str(json_object_get(credentials, "email")));
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_http_request_header(req, billing_str("X-Client-Secret"),
        billing_answer_str(json_object_get(credentials, "key")));
}


int
billing_hyperbilling_aws_is_linked(billing_str_t account)
{
    size_t i;

    for (i = 0; i < account.len; i++) {
        if (account.data[i] < '0' || account.data[i] > '9') {
            return 0;
        }
    }

    return account.len == 12;
}


static billing_str_t
hyperbilling_aws_linked(const json_t *credentials)
{
    billing_str_t account;

    account = billing_answer_str(json_object_get(credentials, "account"));

    return billing_hyperbilling_aws_is_linked(account) ? account
                                                       : billing_str("");
}


static billing_status_t
hyperbilling_aws_check(json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors)
{
    size_t           i;
    unsigned         count;
    billing_status_t rc;

    *out = NULL;
    count = errors->count;

    if (!json_is_object(credentials)) {
        billing_errors_add(
            errors, pointer, "type", "Credentials are an object.");
        return BILLING_INVALID;
    }

    *out = json_object();
    rc = *out != NULL ? BILLING_OK : BILLING_NOMEM;

    for (i = 0; i < HYPERBILLING_AWS_FIELDS && rc == BILLING_OK; i++) {
        rc = hyperbilling_aws_check_field(&hyperbilling_aws_fields[i],
            json_object_get(credentials, hyperbilling_aws_fields[i].name),
            pointer, *out, errors);
    }

    hyperbilling_aws_check_unknown(credentials, pointer, errors);

    if (rc == BILLING_OK && errors->count != count) {
        rc = BILLING_INVALID;
    }

    if (rc != BILLING_OK) {
        json_decref(*out);
        *out = NULL;
    }

    return rc;
}


/* Fails only when out of memory; what is wrong goes into errors. */
static billing_status_t
hyperbilling_aws_check_field(const hyperbilling_aws_field_t *field,
    const json_t *value, const char *pointer, json_t *out,
    billing_errors_t *errors)
{
    const char   *code, *message;
    billing_str_t text;

    if (value == NULL || json_is_null(value)) {
        billing_errors_add_member(
            errors, pointer, field->name, "required", "This is required.");
        return BILLING_OK;
    }

    if (!json_is_string(value)) {
        billing_errors_add_member(
            errors, pointer, field->name, "type", "This must be a string.");
        return BILLING_OK;
    }

    text = billing_text_trim(billing_answer_str(value));
    message = hyperbilling_aws_refusal(text, field->max, &code);

    if (message != NULL) {
        billing_errors_add_member(errors, pointer, field->name, code, message);
        return BILLING_OK;
    }

    return json_object_set_new(
               out, field->name, json_stringn(text.data, text.len))
                   == 0
               ? BILLING_OK
               : BILLING_NOMEM;
}


static const char *
hyperbilling_aws_refusal(billing_str_t text, size_t max, const char **code)
{
    if (text.len == 0) {
        *code = "required";
        return "This is required.";
    }

    if (billing_text_count(text) > max) {
        *code = "length";
        return "This is too long.";
    }

    if (billing_text_control(text)) {
        *code = "format";
        return "This must not hold control characters.";
    }

    return NULL;
}


static void
hyperbilling_aws_check_unknown(
    json_t *credentials, const char *pointer, billing_errors_t *errors)
{
    size_t      i;
    json_t     *value;
    const char *name;

    json_object_foreach(credentials, name, value)
    {
        for (i = 0; i < HYPERBILLING_AWS_FIELDS; i++) {
            if (strcmp(name, hyperbilling_aws_fields[i].name) == 0) {
                break;
            }
        }

        if (i == HYPERBILLING_AWS_FIELDS) {
            billing_errors_add_member(
                errors, pointer, name, "unknown", "There is no such member.");
        }
    }
}


static billing_status_t
hyperbilling_aws_verify_request(billing_str_t endpoint,
    const json_t *credentials, billing_http_request_t *req)
{
    req->method = BILLING_HTTP_GET;

    return hyperbilling_aws_prepare(
        endpoint, "/v1/search/linkedaccount", credentials, req);
}


static billing_status_t
hyperbilling_aws_cost_request(const billing_cost_query_t *query,
    billing_str_t token, billing_http_request_t *req)
{
    req->method = BILLING_HTTP_POST;

    hyperbilling_aws_cost_body(query, token, &req->body);

    if (req->body.status != BILLING_OK) {
        return req->body.status;
    }

    return hyperbilling_aws_prepare(
        query->endpoint, "/v1/search/billing", query->credentials, req);
}


static billing_status_t
hyperbilling_aws_prepare(billing_str_t endpoint, const char *path,
    const json_t *credentials, billing_http_request_t *req)
{
    billing_status_t rc;

    (void) billing_buf_add_str(&req->url, endpoint);
    (void) billing_buf_add_str(&req->url, billing_str_from(path));

    if (req->url.status != BILLING_OK) {
        return req->url.status;
    }

    rc = hyperbilling_aws_authenticate(credentials, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_http_request_header(
        req, billing_str("Accept"), billing_str("application/json"));
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_http_request_header(
        req, billing_str("Content-Type"), billing_str("application/json"));
}


/*
 * One linked account at a time: no key is known that would tell the rows of
 * several apart.  End is inclusive, and the token stands inside Filter.
 */
static void
hyperbilling_aws_cost_body(
    const billing_cost_query_t *query, billing_str_t token, billing_buf_t *body)
{
    char           start[BILLING_DAY_LEN], end[BILLING_DAY_LEN];
    billing_json_t w;

    billing_day_format(query->start, start);
    billing_day_format(query->end, end);

    billing_json_init(&w, body);
    billing_json_begin_object(&w);

    billing_json_key(&w, "Filter");
    billing_json_begin_object(&w);
    billing_json_key(&w, "LinkedAccount");
    billing_json_begin_array(&w);
    billing_json_string(&w, query->linked);
    billing_json_end_array(&w);
    billing_json_key(&w, "Granularity");
    billing_json_cstring(
        &w, query->granularity == BILLING_DAILY ? "DAILY" : "MONTHLY");
    billing_json_key(&w, "TimePeriod");
    billing_json_begin_object(&w);
    billing_json_key(&w, "Start");
    billing_json_cstring(&w, start);
    billing_json_key(&w, "End");
    billing_json_cstring(&w, end);
    billing_json_end_object(&w);

    if (token.len > 0) {
        billing_json_key(&w, "NextDataToken");
        billing_json_string(&w, token);
    }

    billing_json_end_object(&w);

    billing_json_key(&w, "GroupBy");
    billing_json_raw(
        &w, billing_str("[\"USAGE_DATE\",\"REGION\",\"SERVICE_CODE\"]"));
    billing_json_key(&w, "Result");
    billing_json_raw(&w, billing_str("[\"USAGE_COST\"]"));

    billing_json_end_object(&w);
}
