
/*
 * Azure Cost Management's query API, with a token for the credentials of an
 * application.  Sources: the REST reference and its examples
 * (Azure/azure-rest-api-specs, Microsoft.CostManagement 2023-11-01) and
 * Microsoft's page on the OAuth 2.0 client credentials grant.
 */

#include "providers/azure.h"

#include <stdio.h>
#include <strings.h>

#include "providers/reply.h"
#include "providers/request.h"
#include "core/text.h"


#define AZURE_VERSION "2023-11-01"

/* Thousands of rows stand on one; at its pace more take a quarter of an hour. */
#define AZURE_PAGES 4

#define AZURE_GUID                                                 \
    "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-" \
    "[0-9a-fA-F]{12}"
/* no "." and no ".." */
#define AZURE_ID "[A-Za-z0-9:_()-][A-Za-z0-9:._()-]{0,127}"


/* A cloud of its own each: none knows the others' tokens. */
typedef struct {
    const char *management;
    const char *login;
} azure_cloud_t;


static billing_status_t azure_check(json_t *credentials, const char *pointer,
    json_t **out, billing_errors_t *errors);
static billing_status_t azure_linked(
    const json_t *credentials, billing_buf_t *id);
static billing_status_t azure_spell(json_t *credentials);
static size_t           azure_part(billing_str_t text);
static billing_status_t azure_login(
    const billing_question_t *question, billing_http_request_t *req);
static const azure_cloud_t *azure_cloud(const billing_question_t *question);
static billing_status_t     azure_verify(
        const billing_question_t *question, billing_http_request_t *req);
static billing_status_t azure_ask(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t azure_url(
    const billing_question_t *question, billing_http_request_t *req);
static json_t          *azure_query(const billing_question_t *question,
             billing_day_t start, billing_day_t end, const char *granularity,
             json_t *grouping);
static json_t          *azure_group(const char *name);
static billing_status_t azure_finish(const billing_question_t *question,
    billing_http_request_t *req, json_t *body);


/*
 * Sources: Microsoft's pages on national clouds (sign-in) and on developing
 * for Azure Government and for Azure in China (Resource Manager).
 */
static const azure_cloud_t azure_clouds[] = {
    { "https://management.azure.com", "https://login.microsoftonline.com" },
    { "https://management.usgovcloudapi.net",
        "https://login.microsoftonline.us" },
    { "https://management.chinacloudapi.cn",
        "https://login.partner.microsoftonline.cn" },
    { "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn" },
};

#define AZURE_CLOUDS (sizeof(azure_clouds) / sizeof(azure_clouds[0]))


static const char *const azure_costs[] = {
    "ActualCost",
    "AmortizedCost",
    NULL,
};

static const billing_credential_t azure_fields[] = {
    { .name = "tenant_id",
        .title = "Directory (tenant) ID",
        .title_ko = "디렉터리(테넌트) ID",
        .help = "On the overview of the app registration in Microsoft Entra.",
        .help_ko = "Microsoft Entra 앱 등록의 개요에 있습니다.",
        .max = 36,
        .pattern = "^" AZURE_GUID "$" },
    { .name = "client_id",
        .title = "Application (client) ID",
        .title_ko = "애플리케이션(클라이언트) ID",
        .help = "On the same page.",
        .help_ko = "같은 화면에 있습니다.",
        .max = 36,
        .pattern = "^" AZURE_GUID "$" },
    { .name = "client_secret",
        .title = "Client secret",
        .title_ko = "클라이언트 비밀",
        .help = "The value, not the ID, from Certificates & secrets.  It is "
                "stored encrypted and never shown again.",
        .help_ko = "인증서 및 비밀에서 만든 비밀의 값입니다(ID가 아님). "
                   "암호화하여 저장하며 다시 표시하지 않습니다.",
        .max = 512,
        .secret = 1 },
    { .name = "scope",
        .title = "Scope",
        .title_ko = "범위",
        .help = "A subscription ID, or a scope such as "
                "providers/Microsoft.Billing/billingAccounts/1234567.",
        .help_ko = "구독 ID 또는 "
                   "providers/Microsoft.Billing/billingAccounts/1234567 "
                   "형태의 범위입니다.",
        .max = 512,
        .pattern =
            "^/?((subscriptions/)?" AZURE_GUID "|subscriptions/" AZURE_GUID
            "/resourceGroups/" AZURE_ID
            "|providers/Microsoft[.]Management/managementGroups/" AZURE_ID
            "|providers/Microsoft[.]Billing/billingAccounts/" AZURE_ID
            "(/[A-Za-z]{1,32}/" AZURE_ID "){0,2})$" },
    { .name = "cost",
        .title = "Cost",
        .title_ko = "비용 기준",
        .help = "As billed, or with reservations spread over their term.",
        .help_ko = "청구 기준(ActualCost) 또는 예약을 기간에 나눈 "
                   "분할 상환 기준(AmortizedCost)입니다.",
        .choices = azure_costs },
    { .name = NULL },
};


const billing_provider_t billing_azure = {
    .id = "azure",
    .name = "Azure",
    .backend = "Azure Cost Management",
    .cloud = "azure",
    .issuer = "Microsoft",
    .publisher = "Microsoft",
    .payer = "scope",
    .since = "1.5.3",
    .contact = "the administrator of your Azure directory",
    .endpoint = "https://management.azure.com",
    .login = "https://login.microsoftonline.com",
    .source = "Register an application in Microsoft Entra, create a client "
              "secret, and give the application the role Cost Management "
              "Reader on the scope.",
    .source_ko = "Microsoft Entra에 앱을 등록하고 클라이언트 비밀을 만든 뒤, "
                 "범위에 Cost Management 읽기 권한자 역할을 줍니다.",
    .fields = azure_fields,
    .optional = 1,
    .apart = 1,
    .concurrency = 1,
    .pages = AZURE_PAGES,
    .pace = 4,
    .pace_time = 60,
    .refresh = 4 * 3600,
    .check = azure_check,
    .linked = azure_linked,
    .token = { azure_login, billing_azure_token },
    .verify = { azure_verify, billing_azure_verified },
    .costs = { azure_ask, billing_azure_costs },
};


static billing_status_t
azure_check(json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors)
{
    json_t          *spelt;
    billing_status_t rc;

    spelt = json_copy(credentials);
    if (spelt == NULL) {
        return BILLING_NOMEM;
    }

    rc = azure_spell(spelt);

    if (rc == BILLING_OK) {
        rc = billing_fields_check(azure_fields, spelt, pointer, out, errors);
    }

    json_decref(spelt);

    return rc;
}


/*
 * Azure takes the words of a scope in any case, and a slash at its end: one
 * scope is to have one spelling.  "." and ".." are left for the pattern.
 */
static billing_status_t
azure_spell(json_t *credentials)
{
    size_t           i, len;
    billing_buf_t    scope;
    billing_str_t    text, part;
    billing_status_t rc;

    static const char *const words[] = { "subscriptions", "resourceGroups",
        "providers", "Microsoft.Management", "managementGroups",
        "Microsoft.Billing", "billingAccounts", "billingProfiles",
        "invoiceSections", "departments", "enrollmentAccounts", "customers" };

    text = billing_text_trim(
        billing_reply_str(json_object_get(credentials, "scope")));

    while (text.len > 0 && text.data[text.len - 1] == '/') {
        text.len--;
    }

    if (text.len == 0) {
        return BILLING_OK;
    }

    billing_buf_init(&scope, text.len);

    while (text.len > 0) {
        part.data = text.data;
        part.len = azure_part(text);

        for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            len = strlen(words[i]);

            if (part.len == len && strncasecmp(part.data, words[i], len) == 0) {
                part.data = words[i];
                break;
            }
        }

        (void) billing_buf_add_str(&scope, part);
        text.data += part.len;
        text.len -= part.len;

        if (text.len > 0) {
            (void) billing_buf_add_char(&scope, '/');
            text.data++;
            text.len--;
        }
    }

    rc = scope.status;

    if (rc == BILLING_OK
        && json_object_set_new(
               credentials, "scope", json_stringn(scope.data, scope.len))
               != 0)
    {
        rc = BILLING_NOMEM;
    }

    billing_buf_free(&scope);

    return rc;
}


/* The length of what stands before the first slash. */
static size_t
azure_part(billing_str_t text)
{
    const char *slash;

    slash = memchr(text.data, '/', text.len);

    return slash == NULL ? text.len : (size_t) (slash - text.data);
}


static billing_status_t
azure_linked(const json_t *credentials, billing_buf_t *id)
{
    return billing_buf_add_str(id, billing_azure_scope_id(credentials));
}


static billing_status_t
azure_login(const billing_question_t *question, billing_http_request_t *req)
{
    char                 scope[128];
    billing_str_t        login;
    const json_t        *credentials;
    const azure_cloud_t *cloud;

    credentials = question->credentials;
    cloud = azure_cloud(question);
    login = question->login.len > 0 ? question->login
                                    : billing_str_from(cloud->login);

    (void) snprintf(scope, sizeof(scope), "%s/.default", cloud->management);

    (void) billing_buf_addf(&req->url, "%.*s/%s/oauth2/v2.0/token",
        (int) login.len, login.data,
        json_string_value(json_object_get(credentials, "tenant_id")));

    (void) billing_request_field(
        &req->body, "client_id", billing_fields_get(credentials, "client_id"));
    (void) billing_request_field(&req->body, "client_secret",
        billing_fields_get(credentials, "client_secret"));
    (void) billing_request_field(
        &req->body, "grant_type", billing_str("client_credentials"));
    (void) billing_request_field(&req->body, "scope", billing_str_from(scope));

    if (req->url.status != BILLING_OK || req->body.status != BILLING_OK) {
        return req->url.status != BILLING_OK ? req->url.status
                                             : req->body.status;
    }

    return billing_request_form(req);
}


/*
 * The cloud that the endpoint belongs to or, where that is an address of one's
 * own, the login; the public one where neither is known.
 */
static const azure_cloud_t *
azure_cloud(const billing_question_t *question)
{
    size_t i;

    for (i = 0; i < AZURE_CLOUDS; i++) {
        if (billing_request_is_host(
                question->endpoint, azure_clouds[i].management)) {
            return &azure_clouds[i];
        }
    }

    for (i = 0; i < AZURE_CLOUDS; i++) {
        if (billing_request_is_host(question->login, azure_clouds[i].login)) {
            return &azure_clouds[i];
        }
    }

    return &azure_clouds[0];
}


/* The sum of yesterday and today. */
static billing_status_t
azure_verify(const billing_question_t *question, billing_http_request_t *req)
{
    billing_day_t    today;
    billing_status_t rc;

    rc = azure_url(question, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    today = billing_day_of(question->now);

    return azure_finish(
        question, req, azure_query(question, today - 1, today, "None", NULL));
}


/* The link of a next page is asked with the same body. */
static billing_status_t
azure_ask(const billing_question_t *question, billing_http_request_t *req)
{
    billing_status_t       rc;
    billing_azure_window_t window;

    rc = billing_azure_window(question, &window);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = window.link.len > 0 ? billing_buf_add_str(&req->url, window.link)
                             : azure_url(question, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    return azure_finish(question, req,
        azure_query(question, window.start, window.end,
            question->granularity == BILLING_DAILY ? "Daily" : "Monthly",
            json_pack("[o, o]",
                azure_group(question->apart == BILLING_APART_DETAIL
                                ? "ResourceLocation"
                                : "ServiceName"),
                azure_group(question->apart == BILLING_APART_NOT
                                ? "ResourceLocation"
                                : "ChargeType"))));
}


static billing_status_t
azure_url(const billing_question_t *question, billing_http_request_t *req)
{
    billing_str_t scope;

    scope = billing_azure_scope(question->credentials);

    (void) billing_buf_add_str(&req->url, question->endpoint);
    (void) billing_buf_add_char(&req->url, '/');

    /* a subscription's bare id */
    if (memchr(scope.data, '/', scope.len) == NULL) {
        (void) billing_buf_add_str(
            &req->url, billing_str(BILLING_AZURE_SUBSCRIPTIONS));
    }

    (void) billing_buf_add_str(&req->url, scope);

    return billing_buf_add_str(&req->url,
        billing_str(
            "/providers/Microsoft.CostManagement/query?api-version=" AZURE_VERSION));
}


/* grouping is given away; NULL: none. */
static json_t *
azure_query(const billing_question_t *question, billing_day_t start,
    billing_day_t end, const char *granularity, json_t *grouping)
{
    char first[BILLING_DAY_LEN], last[BILLING_DAY_LEN];
    char from[BILLING_TIME_LEN + 8], to[BILLING_TIME_LEN + 8];

    billing_day_format(start, first);
    billing_day_format(end, last);

    (void) snprintf(from, sizeof(from), "%sT00:00:00+00:00", first);
    (void) snprintf(to, sizeof(to), "%sT23:59:59+00:00", last);

    return json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:{s:{s:s, s:s}}, s:o*}}", "type",
        json_string_value(json_object_get(question->credentials, "cost")),
        "timeframe", "Custom", "timePeriod", "from", from, "to", to, "dataset",
        "granularity", granularity, "aggregation", "totalCost", "name", "Cost",
        "function", "Sum", "grouping", grouping);
}


static json_t *
azure_group(const char *name)
{
    return json_pack("{s:s, s:s}", "type", "Dimension", "name", name);
}


static billing_status_t
azure_finish(const billing_question_t *question, billing_http_request_t *req,
    json_t *body)
{
    billing_status_t rc;

    rc = billing_request_body(req, body);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_request_bearer(req, question->token);
    if (rc != BILLING_OK) {
        return rc;
    }

    /* whoever names himself has a quota of his own */
    rc = billing_http_request_header(
        req, billing_str("ClientType"), billing_str("ngx_http_billing_module"));
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_request_json(req);
}
