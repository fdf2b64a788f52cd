
/*
 * Hyperbilling's summary API for the clouds other than AWS, as its public
 * clients use it:
 *
 *     GET /summary?platform=gcp&account_id=...&months[]=202108&kinds[]=...
 *
 * with a token that the client signs itself.  Sources: the connectors and
 * managers of spaceone-dev/plugin-mzc-hyperbilling-bill-datasource (009817f)
 * and jihyungSong/plugin-mzc-hyperbilling-cost-datasource (26bf9e4).
 */

#include "providers/hyperbilling_summary.h"

#include "providers/jwt.h"
#include "providers/request.h"


/* The clients send it wherever the service runs. */
#define HYPERBILLING_SUMMARY_AUDIENCE "api.hb.cloudnoa.io"

#define HYPERBILLING_SUMMARY_LIFETIME 600 /* seconds of a token */


static billing_status_t hyperbilling_summary_check(json_t *credentials,
    const char *pointer, json_t **out, billing_errors_t *errors);
static billing_status_t hyperbilling_summary_linked(
    const json_t *credentials, billing_buf_t *id);
static billing_status_t hyperbilling_summary_verify(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t hyperbilling_summary_ask(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t hyperbilling_summary_request(
    const billing_question_t *question, const char *kind, billing_day_t start,
    billing_day_t end, billing_http_request_t *req);
static billing_status_t hyperbilling_summary_url(
    const billing_question_t *question, const char *kind, billing_day_t start,
    billing_day_t end, billing_http_request_t *req);
static billing_status_t hyperbilling_summary_token(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t hyperbilling_summary_sign(
    const billing_question_t *question, billing_buf_t *token);


static const char *const hyperbilling_summary_currencies[] = {
    "USD",
    HYPERBILLING_SUMMARY_LOCAL,
    NULL,
};

/* The id alone is called otherwise at each cloud. */
#define HYPERBILLING_SUMMARY_FIELDS(id_help, id_help_ko)                                        \
    {                                                                                           \
        { .name = "account_id",                                                                 \
            .title = "Billing account ID",                                                      \
            .title_ko = "결제 계정 ID",                                                         \
            .help = id_help,                                                                    \
            .help_ko = id_help_ko,                                                              \
            .max = 64,                                                                          \
            .pattern = "^[A-Za-z0-9._-]+$" },                                                   \
            { .name = "client_email",                                                           \
                .title = "Client email",                                                        \
                .title_ko = "클라이언트 이메일",                                                \
                .help = "The login email that the private key was issued "                      \
                        "for.",                                                                 \
                .help_ko = "비공개 키를 발급받은 로그인 이메일입니다.",                         \
                .max = 254 },                                                                   \
            { .name = "private_key",                                                            \
                .title = "Private key",                                                         \
                .title_ko = "비공개 키",                                                        \
                .help = "From -----BEGIN PRIVATE KEY----- to the end line.  "                   \
                        "It is stored encrypted and never shown again.",                        \
                .help_ko = "-----BEGIN PRIVATE KEY-----부터 마지막 줄까지 "             \
                           "입력합니다. 암호화하여 저장하며 다시 표시하지 " \
                           "않습니다.",                                                         \
                .max = BILLING_JWT_KEY_MAX,                                                     \
                .secret = 1,                                                                    \
                .lines = 1 },                                                                   \
            { .name = "currency",                                                               \
                .title = "Currency",                                                            \
                .title_ko = "통화",                                                             \
                .help = "US dollars as Hyperbilling converts them, or the "                     \
                        "currency of the bill.",                                                \
                .help_ko = "Hyperbilling이 환산한 미국 달러(USD) 또는 청구서 "     \
                           "통화(billing)입니다.",                                              \
                .choices = hyperbilling_summary_currencies },                                   \
        {                                                                                       \
            .name = NULL                                                                        \
        }                                                                                       \
    }


#define HYPERBILLING_SUMMARY(label, title, platform, id_help, id_help_ko)      \
    static const billing_credential_t hyperbilling_summary_##label[] =         \
        HYPERBILLING_SUMMARY_FIELDS(id_help, id_help_ko);                      \
                                                                               \
    const billing_provider_t billing_hyperbilling_##label = {                  \
        .id = "hyperbilling_" #label,                                          \
        .name = "Hyper Billing (" title ")",                                   \
        .backend = "Hyperbilling for " title,                                  \
        .cloud = #label,                                                       \
        .issuer = "MEGAZONE",                                                  \
        .publisher = title,                                                    \
        .payer = "account_id",                                                 \
        .since = "1.5.3",                                                      \
        .contact = "MEGAZONE CLOUD (Innoworks Team)",                          \
        .endpoint = "https://api.hb.cloudnoa.io",                              \
        .source = "MEGAZONE CLOUD (Innoworks Team) issues the login email "    \
                  "and the private key.",                                      \
        .source_ko = "로그인 이메일과 비공개 키는 MEGAZONE CLOUD " \
                     "(Innoworks Team)에서 발급합니다.",                       \
        .variant = platform,                                                   \
        .optional = 1,                                                         \
        .fields = hyperbilling_summary_##label,                                \
        .forms = BILLING_FORM_NARROW,                                          \
        .check = hyperbilling_summary_check,                                   \
        .linked = hyperbilling_summary_linked,                                 \
        .verify = { hyperbilling_summary_verify,                               \
            billing_hyperbilling_summary_verified },                           \
        .costs = { hyperbilling_summary_ask,                                   \
            billing_hyperbilling_summary_costs },                              \
    }

HYPERBILLING_SUMMARY(google_cloud, "Google Cloud", "gcp",
    "The Cloud Billing account, such as 012345-6789AB-CDEF01.",
    "012345-6789AB-CDEF01 형식의 Cloud Billing 계정 ID입니다.");
HYPERBILLING_SUMMARY(alibaba_cloud, "Alibaba Cloud", "alibaba",
    "The Alibaba Cloud account ID that is billed.",
    "요금이 청구되는 Alibaba Cloud 계정 ID입니다.");
HYPERBILLING_SUMMARY(tencent, "Tencent Cloud", "tencent",
    "The Tencent Cloud account ID that is billed.",
    "요금이 청구되는 Tencent Cloud 계정 ID입니다.");
HYPERBILLING_SUMMARY(akamai, "Akamai", "akamai",
    "The Akamai account ID that is billed.",
    "요금이 청구되는 Akamai 계정 ID입니다.");


static billing_status_t
hyperbilling_summary_check(json_t *credentials, const char *pointer,
    json_t **out, billing_errors_t *errors)
{
    billing_status_t rc;

    /* those of all clouds have the same forms */
    rc = billing_fields_check(
        hyperbilling_summary_akamai, credentials, pointer, out, errors);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = billing_jwt_check(*out, "private_key");

    if (rc == BILLING_INVALID) {
        billing_errors_add_member(errors, pointer, "private_key", "format",
            "This is not an unencrypted RSA private key in PEM.");
    }

    if (rc != BILLING_OK) {
        json_decref(*out);
        *out = NULL;
    }

    return rc;
}


static billing_status_t
hyperbilling_summary_linked(const json_t *credentials, billing_buf_t *id)
{
    return billing_buf_add_str(
        id, billing_fields_get(credentials, "account_id"));
}


/*
 * One month's sums: the least that there is to ask.  The client that asks
 * narrow questions knows one kind only.
 */
static billing_status_t
hyperbilling_summary_verify(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_day_t today;

    today = billing_day_of(question->now);

    return hyperbilling_summary_request(question,
        question->forms & BILLING_FORM_NARROW ? HYPERBILLING_SUMMARY_DETAIL
                                              : HYPERBILLING_SUMMARY_MONTH,
        today, today, req);
}


/*
 * All months in one request, or a month that a page is named by; services and
 * regions are told by month only.
 */
static billing_status_t
hyperbilling_summary_ask(
    const billing_question_t *question, billing_http_request_t *req)
{
    const char   *kind;
    billing_day_t start, end;

    if (!billing_hyperbilling_summary_window(question, &start)) {
        return BILLING_INVALID;
    }

    end = question->forms & BILLING_FORM_NARROW ? start : question->end;

    kind = question->granularity == BILLING_DAILY ? HYPERBILLING_SUMMARY_DAILY
                                                  : HYPERBILLING_SUMMARY_DETAIL;

    return hyperbilling_summary_request(question, kind, start, end, req);
}


static billing_status_t
hyperbilling_summary_request(const billing_question_t *question,
    const char *kind, billing_day_t start, billing_day_t end,
    billing_http_request_t *req)
{
    billing_status_t rc;

    rc = hyperbilling_summary_url(question, kind, start, end, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = hyperbilling_summary_token(question, req);
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_request_accept(req);
}


/*
 * The clients' library writes lists so: the name repeated, with brackets.  One
 * of them asks for one month and one kind, without.
 */
static billing_status_t
hyperbilling_summary_url(const billing_question_t *question, const char *kind,
    billing_day_t start, billing_day_t end, billing_http_request_t *req)
{
    int              narrow;
    char             text[BILLING_MONTH_LEN];
    billing_buf_t    args;
    billing_month_t  month, last;
    billing_status_t rc;

    billing_buf_init(&args, BILLING_HTTP_MAX_URL);

    (void) billing_request_field(
        &args, "platform", billing_str_from(question->provider->variant));
    (void) billing_request_field(&args, "account_id",
        billing_fields_get(question->credentials, "account_id"));

    last = billing_month_of(end);
    narrow = (question->forms & BILLING_FORM_NARROW) != 0;

    for (month = billing_month_of(start); month <= last; month++) {
        billing_month_format(month, text);
        memmove(text + 4, text + 5, 3);
        (void) billing_request_field(
            &args, narrow ? "month" : "months%5B%5D", billing_str_from(text));
    }

    (void) billing_request_field(
        &args, narrow ? "kind" : "kinds%5B%5D", billing_str_from(kind));

    (void) billing_request_url(
        req, question->endpoint, billing_str("/summary?"));
    rc = billing_buf_add(&req->url, args.data, args.len);

    if (rc == BILLING_OK) {
        rc = args.status;
    }

    billing_buf_free(&args);

    return rc;
}


static billing_status_t
hyperbilling_summary_token(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_buf_t    token;
    billing_status_t rc;

    billing_buf_init_secret(&token, BILLING_JWT_MAX);

    rc = hyperbilling_summary_sign(question, &token);

    if (rc == BILLING_OK) {
        rc = billing_request_bearer(
            req, (billing_str_t){ token.data, token.len });
    }

    billing_buf_wipe(&token);

    return rc;
}


/*
 * The clients differ in what they claim; this is all that either does.  Their
 * keys have no id.
 */
static billing_status_t
hyperbilling_summary_sign(
    const billing_question_t *question, billing_buf_t *token)
{
    json_t          *claims;
    json_int_t       now;
    billing_str_t    email, key;
    billing_status_t rc;

    email = billing_fields_get(question->credentials, "client_email");
    key = billing_fields_get(question->credentials, "private_key");
    now = (json_int_t) question->now;

    claims = json_pack("{s:I, s:I, s:s%, s:s%, s:s%, s:s}", "iat", now, "exp",
        now + HYPERBILLING_SUMMARY_LIFETIME, "iss", email.data, email.len,
        "sub", email.data, email.len, "email", email.data, email.len, "aud",
        HYPERBILLING_SUMMARY_AUDIENCE);
    if (claims == NULL) {
        return BILLING_INVALID;
    }

    rc = billing_jwt_sign(key, NULL, claims, token);
    json_decref(claims);

    return rc;
}
