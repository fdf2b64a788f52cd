
/*
 * Bodies of requests: a character for what the body is about, then JSON.
 *
 * What is accepted is accepted once more as it then is, unchanged; what is
 * refused leaves nothing but the reasons.  Credentials that are accepted make
 * requests, and show no secret.
 */

#include "core/input.h"
#include "core/json.h"
#include "core/text.h"
#include "request.h"


#define DEPTH 16
#define KINDS 5


typedef billing_status_t (*input_pt)(
    billing_input_t kind, json_t *body, json_t **out, billing_errors_t *errors);


static void    write_again(json_t *value);
static void    texts(json_t *value);
static void    fold(billing_str_t text);
static void    input(input_pt check, billing_input_t kind, json_t *body);
static void    refused(const billing_errors_t *errors);
static void    merge(json_t *patch);
static json_t *slow_merge(const json_t *target, json_t *patch);
static void    credentials(const billing_provider_t *provider, json_t *body);
static void    masked(const billing_provider_t *provider, json_t *plain);
static void    requests(const billing_provider_t *provider, json_t *plain);
static int     named(const billing_question_t *question);
static void    request(
       const billing_step_t *step, const billing_question_t *question);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char             why[128];
    json_t          *value;
    unsigned         kind, providers;
    fuzz_input_t     in = { data, data + size };
    billing_str_t    text;
    billing_status_t rc;

    kind = (uint8_t) (fuzz_byte(&in) - '0');
    text = fuzz_with_key(fuzz_rest(&in));
    rc = billing_json_parse(text, DEPTH, &value, why);
    fuzz_free(text);

    if (rc != BILLING_OK) {
        must(value == NULL && strnlen(why, 128) > 0 && strnlen(why, 128) < 128);
        return 0;
    }

    write_again(value);
    texts(value);

    for (providers = 0; billing_providers[providers] != NULL; providers++) {
        /* void */
    }

    if (kind < 2 * KINDS) {
        input(kind < KINDS ? billing_input_create : billing_input_patch,
            (billing_input_t) (kind % KINDS), value);
        merge(value);
    } else {
        credentials(billing_providers[(kind - 2 * KINDS) % providers], value);
    }

    json_decref(value);

    return 0;
}


static void
write_again(json_t *value)
{
    json_t        *again;
    billing_buf_t  out;
    billing_json_t w;

    billing_buf_init(&out, 1 << 22);
    billing_json_init(&w, &out);
    billing_json_value(&w, value);
    must(out.status == BILLING_OK);
    must(
        billing_json_parse(fuzz_text(&out), DEPTH, &again, NULL) == BILLING_OK);
    must(json_equal(value, again));
    json_decref(again);
    billing_buf_free(&out);
}


/* Each string, by the writer of strings, and in the form names have. */
static void
texts(json_t *value)
{
    size_t         i;
    json_t        *item, *again;
    const char    *key;
    billing_buf_t  out;
    billing_json_t w;

    if (json_is_string(value)) {
        billing_buf_init(&out, 1 << 22);
        billing_json_init(&w, &out);
        billing_json_string(&w, billing_reply_str(value));
        must(billing_json_parse(fuzz_text(&out), DEPTH, &again, NULL)
             == BILLING_OK);
        must(json_equal(value, again));
        must(memchr(out.data, '<', out.len) == NULL);
        json_decref(again);
        billing_buf_free(&out);
        fold(billing_reply_str(value));
    }

    json_array_foreach(value, i, item)
    {
        texts(item);
    }

    json_object_foreach(value, key, item)
    {
        texts(item);
    }
}


/* Names that are equal in NFC are equal; what is folded stays as it is. */
static void
fold(billing_str_t text)
{
    billing_buf_t nfc, folded, again;

    billing_buf_init(&nfc, 1 << 20);
    billing_buf_init(&folded, 1 << 20);
    billing_buf_init(&again, 1 << 20);

    must(billing_text_nfc(text, &nfc) == BILLING_OK);
    must(billing_text_fold(text, &folded) == BILLING_OK);
    must(billing_text_valid(fuzz_text(&nfc)));
    must(billing_text_valid(fuzz_text(&folded)));

    must(billing_text_fold(fuzz_text(&nfc), &again) == BILLING_OK);
    must(billing_str_eq(fuzz_text(&folded), fuzz_text(&again)));

    billing_buf_reset(&again);
    must(billing_text_fold(fuzz_text(&folded), &again) == BILLING_OK);
    must(billing_str_eq(fuzz_text(&folded), fuzz_text(&again)));

    billing_buf_free(&nfc);
    billing_buf_free(&folded);
    billing_buf_free(&again);
}


static void
input(input_pt check, billing_input_t kind, json_t *body)
{
    json_t          *out, *again;
    billing_status_t rc;
    billing_errors_t errors;

    billing_errors_init(&errors);
    rc = check(kind, body, &out, &errors);
    must(rc == BILLING_OK || rc == BILLING_INVALID);

    if (rc == BILLING_OK) {
        must(errors.count == 0 && json_is_object(out));
        must(check(kind, out, &again, &errors) == BILLING_OK);
        must(json_equal(out, again));
        json_decref(again);
        json_decref(out);

    } else {
        must(out == NULL);
        refused(&errors);
    }

    billing_errors_free(&errors);
}


/* Each reason has a pointer (RFC 6901), a code and a sentence. */
static void
refused(const billing_errors_t *errors)
{
    size_t      i;
    json_t     *error;
    const char *p;

    must(errors->count > 0);
    must(json_array_size(errors->list)
         == (errors->count < BILLING_ERRORS_MAX ? errors->count
                                                : BILLING_ERRORS_MAX));

    json_array_foreach(errors->list, i, error)
    {
        p = json_string_value(json_object_get(error, "pointer"));
        must(p != NULL && (*p == '/' || *p == '\0'));

        for (; *p != '\0'; p++) {
            must(*p != '~' || p[1] == '0' || p[1] == '1');
        }

        must(json_string_length(json_object_get(error, "code")) > 0);
        must(json_string_length(json_object_get(error, "message")) > 0);
        must(billing_reply_find(
                 billing_reply_str(json_object_get(error, "message")),
                 FUZZ_SECRET)
             == NULL);
    }
}


/* RFC 7396, against its own pseudo code. */
static void
merge(json_t *patch)
{
    json_t *target, *merged, *expected;

    if (!json_is_object(patch)) {
        return;
    }

    target = json_pack("{s:s, s:n, s:{s:s, s:s}, s:[i]}", "name", "x",
        "group_id", "tags", "a", "b", "env", "prod", "list", 1);
    merged = billing_input_merge(target, patch);
    expected = slow_merge(target, patch);
    must(json_equal(merged, expected));
    must(json_object_size(json_object_get(target, "tags")) == 2);

    json_decref(expected);
    json_decref(merged);
    json_decref(target);
}


static json_t *
slow_merge(const json_t *target, json_t *patch)
{
    json_t     *result, *value;
    const char *key;

    if (!json_is_object(patch)) {
        return json_deep_copy(patch);
    }

    result = json_is_object(target) ? json_deep_copy(target) : json_object();

    json_object_foreach(patch, key, value)
    {
        if (json_is_null(value)) {
            (void) json_object_del(result, key);
        } else {
            (void) json_object_set_new(
                result, key, slow_merge(json_object_get(result, key), value));
        }
    }

    return result;
}


static void
credentials(const billing_provider_t *provider, json_t *body)
{
    json_t          *plain, *again;
    billing_status_t rc;
    billing_errors_t errors;

    billing_errors_init(&errors);
    rc = provider->check(body, "/credentials", &plain, &errors);
    must(rc == BILLING_OK || rc == BILLING_INVALID);

    if (rc == BILLING_OK) {
        must(errors.count == 0);
        must(provider->check(plain, "/credentials", &again, &errors)
             == BILLING_OK);
        must(json_equal(plain, again));
        masked(provider, plain);
        requests(provider, plain);
        json_decref(again);
        json_decref(plain);

    } else {
        must(plain == NULL);
        refused(&errors);
    }

    billing_errors_free(&errors);
}


static void
masked(const billing_provider_t *provider, json_t *plain)
{
    json_t                     *mask, *shown;
    const char                 *key;
    const billing_credential_t *field;

    mask = billing_fields_mask(provider->fields, plain);

    json_object_foreach(mask, key, shown)
    {
        for (field = provider->fields; strcmp(field->name, key) != 0; field++) {
            must(field->name != NULL);
        }

        must(field->secret ? json_is_null(shown)
                           : json_equal(shown, json_object_get(plain, key)));
    }

    json_decref(mask);
}


/* Of each step: checked credentials make requests. */
static void
requests(const billing_provider_t *provider, json_t *plain)
{
    billing_buf_t      id;
    billing_str_t      linked;
    billing_question_t question;

    fuzz_linked(provider, plain, &id);
    linked = id.len > 0 ? fuzz_text(&id) : billing_str("012345678901");

    question = (billing_question_t){ .provider = provider,
        .endpoint = billing_str(FUZZ_ENDPOINT),
        .login = billing_str(FUZZ_LOGIN),
        .credentials = plain,
        .now = FUZZ_NOW,
        .linked = &linked,
        .nlinked = 1,
        .granularity = BILLING_DAILY,
        .start = 18840,
        .end = 18870 };

    if (provider->token.request != NULL) {
        request(&provider->token, &question);
        question.token = strcmp(provider->id, "aws") == 0
                             ? billing_str("A\nB\nC")
                             : billing_str("token");
    }

    request(&provider->verify, &question);
    request(&provider->costs, &question);
    billing_buf_free(&id);
}


static void
request(const billing_step_t *step, const billing_question_t *question)
{
    billing_http_request_t req;

    billing_http_request_init(&req);
    must(step->request(question, &req) == BILLING_OK);

    if (req.url.len > 0) {
        fuzz_check_request(&req, named(question));
    }

    billing_http_request_free(&req);
}


/* Whether somebody has typed the secret into a field that is none. */
static int
named(const billing_question_t *question)
{
    const billing_credential_t *field;

    for (field = question->provider->fields; field->name != NULL; field++) {
        if (!field->secret
            && billing_reply_find(
                   billing_fields_get(question->credentials, field->name),
                   FUZZ_SECRET)
                   != NULL)
        {
            return 1;
        }
    }

    return 0;
}
