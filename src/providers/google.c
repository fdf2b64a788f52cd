
/*
 * Google Cloud: the billing export in BigQuery, read as a service account.
 * Sources: Google's pages on OAuth 2.0 for server to server applications, on
 * the tables of the billing export, and on BigQuery's jobs.query.
 */

#include "providers/google.h"

#include "providers/jwt.h"
#include "core/json_arena.h"


static billing_status_t google_check(json_t *credentials, const char *pointer,
    json_t **out, billing_errors_t *errors);
static billing_status_t google_check_key(
    json_t *credentials, const char **problem);
static int google_set_key(json_t *credentials, const json_t *key);
static int google_is_project(const json_t *value);


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
    .login = BILLING_GOOGLE_LOGIN,
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
    .token = { billing_google_login, billing_google_token },
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
