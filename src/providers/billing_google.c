
/*
 * Google Cloud: the billing export in BigQuery, read as a service account.
 * Sources: Google's pages on OAuth 2.0 for server to server applications, on
 * the tables of the billing export, and on BigQuery's jobs.query.
 */

#include "billing_google.h"

#include <strings.h>

#include "billing_jwt.h"
#include "billing_request.h"
#include "core/billing_json.h"
#include "core/billing_json_arena.h"


/* The token is for Google, wherever the question is sent. */
#define GOOGLE_AUDIENCE "https://oauth2.googleapis.com/token"
#define GOOGLE_SCOPE    "https://www.googleapis.com/auth/bigquery"
#define GOOGLE_GRANT    "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define GOOGLE_LIFETIME 3600
#define GOOGLE_UNIVERSE "googleapis.com" /* of keys that name none */
#define GOOGLE_API      "bigquery."      /* before it, in an endpoint */
#define GOOGLE_ACCOUNT  20               /* characters of a billing account */


static billing_status_t google_check(json_t *credentials, const char *pointer,
    json_t **out, billing_errors_t *errors);
static billing_status_t google_check_key(
    json_t *credentials, const char **problem);
static int              google_set_key(json_t *credentials, const json_t *key);
static int              google_is_project(const json_t *value);
static billing_status_t google_login(
    const billing_question_t *question, billing_http_request_t *req);
static billing_str_t google_universe(const json_t *key);
static int           google_fits(
              const billing_question_t *question, billing_str_t universe);
static billing_status_t google_ask_token(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t google_assertion(const billing_question_t *question,
    const char *audience, billing_buf_t *token);


static const billing_credential_t google_fields[] = {
    { .name = "service_account_key",
        .title = "Service account key (JSON)",
        .title_ko = "서비스 계정 키(JSON)",
        .help = "The whole key file of a service account with the roles "
                "BigQuery Job User and, on the data set, BigQuery Data "
                "Viewer.  It is stored encrypted and never shown again.",
        .help_ko = "BigQuery 작업 사용자 역할과, 데이터 세트의 BigQuery "
                   "데이터 뷰어 역할이 있는 서비스 계정의 키 파일 전체입니다. "
                   "암호화하여 저장하며 다시 표시하지 않습니다.",
        .max = 12000,
        .secret = 1,
        .lines = 1 },
    { .name = "table",
        .title = "Table of the billing export",
        .title_ko = "결제 내보내기 테이블",
        .help = "project.dataset.gcp_billing_export_v1_012345_6789AB_CDEF01; "
                "the detailed one (resource_v1) reads more.",
        .help_ko = "project.dataset.gcp_billing_export_v1_012345_6789AB_CDEF01 "
                   "형식입니다. 상세 테이블(resource_v1)은 더 많이 읽습니다.",
        .max = 300,
        .pattern = "^[A-Za-z0-9:.-]{1,128}[.][A-Za-z0-9_]{1,100}[.]"
                   "gcp_billing_export_(resource_)?v1_[0-9A-F]{6}_[0-9A-F]{6}_"
                   "[0-9A-F]{6}$" },
    { .name = "location",
        .title = "Dataset location",
        .title_ko = "데이터 세트 위치",
        .help = "Such as asia-northeast3; empty: US or EU.",
        .help_ko = "예: asia-northeast3. 비워 두면 US 또는 EU입니다.",
        .max = 40,
        .pattern = "^[A-Za-z0-9-]+$",
        .optional = 1 },
    { .name = "limit_gib",
        .title = "Maximum data read per query (GiB)",
        .title_ko = "조회당 최대 읽기 용량(GiB)",
        .help = "BigQuery charges for what it reads; a lookup that would read "
                "more is not run.  Empty: 10.",
        .help_ko = "BigQuery는 읽은 양에 따라 과금합니다. 이보다 많이 읽을 "
                   "조회는 실행하지 않습니다. 비워 두면 10입니다.",
        .max = 5,
        .pattern = "^[1-9][0-9]*$",
        .optional = 1 },
    { .name = NULL },
};


const billing_provider_t billing_google = {
    .id = "google_cloud",
    .name = "Google Cloud",
    .backend = "Google Cloud Billing export in BigQuery",
    .cloud = "google_cloud",
    .issuer = "Google Cloud",
    .publisher = "Google Cloud",
    .since = "1.5.3",
    .contact = "the administrator of your Google Cloud billing account",
    .endpoint = "https://bigquery.googleapis.com",
    .login = "https://oauth2.googleapis.com",
    .source = "Under Billing, enable the export of standard usage cost to "
              "BigQuery; under IAM, create a service account and a JSON key.",
    .source_ko = "결제에서 표준 사용량 비용을 BigQuery로 내보내도록 설정하고, "
                 "IAM에서 서비스 계정과 JSON 키를 만듭니다.",
    .fields = google_fields,
    .optional = 1,
    .charged = 1,
    .concurrency = 2,
    .pages = 40, /* of 10 MB; result pages are free, and waits are among them */
    .refresh = 4 * 3600,
    .check = google_check,
    .linked = billing_google_account,
    .token = { google_login, billing_google_token },
    .verify = { billing_google_verify, billing_google_verified },
    .costs = { billing_google_ask, billing_google_costs },
};


static billing_status_t
google_check(json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors)
{
    const char      *problem;
    billing_status_t rc;

    rc = billing_fields_check(google_fields, credentials, pointer, out, errors);
    if (rc != BILLING_OK) {
        return rc;
    }

    rc = google_check_key(*out, &problem);
    if (rc == BILLING_OK) {
        return BILLING_OK;
    }

    if (rc == BILLING_NOMEM) {
        json_decref(*out);
        *out = NULL;
        return rc;
    }

    billing_errors_add_member(
        errors, pointer, "service_account_key", "format", problem);
    json_decref(*out);
    *out = NULL;

    return BILLING_INVALID;
}


/*
 * BILLING_INVALID, with what is wrong with the key file.  The file is replaced
 * by one whose private key is clean PEM: as it was pasted it may not sign.
 */
static billing_status_t
google_check_key(json_t *credentials, const char **problem)
{
    json_t          *key;
    const char      *type;
    billing_status_t rc;

    rc = billing_google_key(credentials, &key);
    if (rc == BILLING_NOMEM) {
        return rc;
    }

    rc = BILLING_INVALID;
    type = json_string_value(json_object_get(key, "type"));

    if (type == NULL || strcmp(type, "service_account") != 0) {
        *problem = "This is not the JSON key of a service account.";

    } else if (json_object_get(key, "universe_domain") != NULL
               && !json_is_string(json_object_get(key, "universe_domain")))
    {
        *problem = "The key's universe_domain is not a text.";

    } else if (!json_is_string(json_object_get(key, "client_email"))
               || !google_is_project(json_object_get(key, "project_id")))
    {
        *problem = "The key names no client_email, or no project_id.";

    } else {
        *problem = "The key's private_key cannot sign.";
        rc = billing_jwt_check(key, "private_key");

        if (rc == BILLING_OK && !google_set_key(credentials, key)) {
            rc = BILLING_NOMEM;
        }
    }

    json_decref(key);

    return rc;
}


static int
google_set_key(json_t *credentials, const json_t *key)
{
    int   rc;
    char *text;

    text = json_dumps(key, JSON_COMPACT);
    if (text == NULL) {
        return 0;
    }

    rc = json_object_set_new(
        credentials, "service_account_key", json_string(text));

    billing_json_text_free(text);

    return rc == 0;
}


/* It becomes a part of a URL. */
static int
google_is_project(const json_t *value)
{
    size_t        i;
    billing_str_t id;

    static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-.:";

    if (!json_is_string(value)) {
        return 0;
    }

    id = (billing_str_t){ json_string_value(value), json_string_length(value) };

    for (i = 0; i < id.len; i++) {
        if (memchr(chars, id.data[i], sizeof(chars) - 1) == NULL) {
            return 0;
        }
    }

    return id.len > 0 && id.len <= 128 && id.data[0] != '.';
}


billing_status_t
billing_google_key(const json_t *credentials, json_t **key)
{
    billing_str_t    text;
    billing_status_t rc;

    text = billing_fields_get(credentials, "service_account_key");
    rc = billing_json_parse(text, BILLING_JSON_DEPTH, key, NULL);

    return rc == BILLING_OK || rc == BILLING_NOMEM ? rc : BILLING_MALFORMED;
}


/* The table's last characters. */
billing_status_t
billing_google_account(const json_t *credentials, billing_buf_t *id)
{
    size_t        i;
    billing_str_t table;

    table = billing_fields_get(credentials, "table");
    i = table.len < GOOGLE_ACCOUNT ? 0 : table.len - GOOGLE_ACCOUNT;

    for (/* void */; i < table.len; i++) {
        (void) billing_buf_add_char(
            id, table.data[i] == '_' ? '-' : table.data[i]);
    }

    return id->status;
}


long long
billing_google_limit(const json_t *credentials)
{
    size_t        i;
    long long     gib;
    billing_str_t text;

    text = billing_fields_get(credentials, "limit_gib");

    for (i = 0, gib = 0; i < text.len; i++) {
        gib = gib * 10 + text.data[i] - '0';
    }

    return (gib > 0 ? gib : 10) * BILLING_GOOGLE_GIB;
}


/*
 * Clouds that partners run with Google's software are universes of their own:
 * there a key signs the requests' tokens itself, and nobody is asked for one
 * (google-auth-library-python, google/oauth2/service_account.py).
 */
static billing_status_t
google_login(const billing_question_t *question, billing_http_request_t *req)
{
    int              fits, own;
    json_t          *key;
    billing_str_t    universe;
    billing_status_t rc;

    rc = billing_google_key(question->credentials, &key);
    if (rc == BILLING_NOMEM) {
        return rc;
    }

    universe = google_universe(key);
    fits = google_fits(question, universe);
    own = !billing_str_eq(universe, billing_str(GOOGLE_UNIVERSE));
    json_decref(key);

    if (!fits) {
        req->reason = "The service account's key is of another universe_domain "
                      "than this server's BigQuery endpoint.";
        return BILLING_REJECTED;
    }

    return own ? BILLING_OK : google_ask_token(question, req);
}


static billing_str_t
google_universe(const json_t *key)
{
    billing_str_t universe;

    universe = billing_fields_get(key, "universe_domain");

    return universe.len > 0 ? universe : billing_str(GOOGLE_UNIVERSE);
}


/* An endpoint of one's own tells no universe. */
static int
google_fits(const billing_question_t *question, billing_str_t universe)
{
    size_t        len;
    billing_str_t host;

    len = sizeof(GOOGLE_API) - 1;
    host = billing_request_host(question->endpoint);

    if (host.len <= len || strncasecmp(host.data, GOOGLE_API, len) != 0) {
        return 1;
    }

    return host.len == len + universe.len
           && strncasecmp(host.data + len, universe.data, universe.len) == 0;
}


billing_status_t
billing_google_bearer(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_buf_t    token;
    billing_status_t rc;

    if (question->token.len > 0) {
        return billing_request_bearer(req, question->token);
    }

    billing_buf_init_secret(&token, BILLING_JWT_MAX);

    rc = google_assertion(question, NULL, &token);

    if (rc == BILLING_OK) {
        rc = billing_request_bearer(
            req, (billing_str_t){ token.data, token.len });
    }

    billing_buf_wipe(&token);

    return rc;
}


/* The key's own token_uri is not followed: it would be anybody's. */
static billing_status_t
google_ask_token(
    const billing_question_t *question, billing_http_request_t *req)
{
    billing_str_t    login;
    billing_buf_t    token;
    billing_status_t rc;

    billing_buf_init_secret(&token, BILLING_JWT_MAX);

    rc = google_assertion(question, GOOGLE_AUDIENCE, &token);

    if (rc == BILLING_OK) {
        (void) billing_request_field(
            &req->body, "grant_type", billing_str(GOOGLE_GRANT));
        rc = billing_request_field(
            &req->body, "assertion", (billing_str_t){ token.data, token.len });
    }

    billing_buf_wipe(&token);

    if (rc != BILLING_OK) {
        return rc;
    }

    login = question->login.len > 0 ? question->login
                                    : billing_str_from(billing_google.login);

    rc = billing_request_url(req, login, billing_str("/token"));
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_request_form(req);
}


/* audience NULL: it is itself what requests carry, for whoever gets it. */
static billing_status_t
google_assertion(const billing_question_t *question, const char *audience,
    billing_buf_t *token)
{
    json_t          *key, *claims;
    json_int_t       now;
    const char      *email;
    billing_status_t rc;

    rc = billing_google_key(question->credentials, &key);
    if (rc == BILLING_NOMEM) {
        return rc;
    }

    email = json_string_value(json_object_get(key, "client_email"));
    now = (json_int_t) question->now;

    claims = json_pack("{s:I, s:I, s:s, s:s*, s:s*, s:s}", "iat", now, "exp",
        now + GOOGLE_LIFETIME, "iss", email, "sub",
        audience == NULL ? email : NULL, "aud", audience, "scope",
        GOOGLE_SCOPE);

    rc = claims == NULL
             ? (email == NULL ? BILLING_INVALID : BILLING_NOMEM)
             : billing_jwt_sign(billing_fields_get(key, "private_key"),
                 json_string_value(json_object_get(key, "private_key_id")),
                 claims, token);

    json_decref(claims);
    json_decref(key);

    return rc;
}
