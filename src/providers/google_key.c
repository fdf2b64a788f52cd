
/*
 * Credentials of Google Cloud: what they say, and the tokens that their key
 * gets or signs.
 */

#include "providers/google.h"

#include <strings.h>

#include "providers/jwt.h"
#include "providers/request.h"
#include "core/json.h"


/* The token is for Google, wherever the question is sent. */
#define GOOGLE_AUDIENCE "https://oauth2.googleapis.com/token"
#define GOOGLE_SCOPE    "https://www.googleapis.com/auth/bigquery"
#define GOOGLE_GRANT    "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define GOOGLE_LIFETIME 3600
#define GOOGLE_UNIVERSE "googleapis.com" /* of keys that name none */
#define GOOGLE_API      "bigquery."      /* before it, in an endpoint */
#define GOOGLE_ACCOUNT  20               /* characters of a billing account */


static billing_str_t google_universe(const json_t *key);
static int           google_fits(
              const billing_question_t *question, billing_str_t universe);
static billing_status_t google_ask_token(
    const billing_question_t *question, billing_http_request_t *req);
static billing_status_t google_assertion(const billing_question_t *question,
    const char *audience, billing_buf_t *token);


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
billing_status_t
billing_google_login(
    const billing_question_t *question, billing_http_request_t *req)
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
                                    : billing_str(BILLING_GOOGLE_LOGIN);

    rc = billing_request_url(req, login, billing_str("/token"));
    if (rc != BILLING_OK) {
        return rc;
    }

    return billing_request_form(req);
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
