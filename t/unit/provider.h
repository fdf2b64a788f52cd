
/*
 * What the tests of all providers need: a question, its request taken apart,
 * an answer read, rows as text.
 */

#ifndef TEST_PROVIDER_H
#define TEST_PROVIDER_H

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "providers/reply.h"


#define NOW 1630454400 /* 2021-09-01T00:00:00Z */


static inline json_t *
test_json(const char *text)
{
    json_t *value;

    value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);

    return value;
}


/* An RSA key of this run. */
static inline EVP_PKEY *
test_key(void)
{
    static EVP_PKEY *key;

    if (key == NULL) {
        key = EVP_RSA_gen(2048);
        assert_non_null(key);
    }

    return key;
}


/* Its PEM text; traditional: PKCS #1.  The caller frees it. */
static inline char *
test_key_pem(int traditional)
{
    BIO   *bio;
    char  *data, *text;
    size_t len;

    bio = BIO_new(BIO_s_mem());
    assert_int_equal(traditional ? PEM_write_bio_PrivateKey_traditional(
                         bio, test_key(), NULL, NULL, 0, NULL, NULL)
                                 : PEM_write_bio_PrivateKey(bio, test_key(),
                                     NULL, NULL, 0, NULL, NULL),
        1);

    len = (size_t) BIO_get_mem_data(bio, &data);
    text = strndup(data, len);
    BIO_free(bio);

    return text;
}


static inline size_t
test_base64url(const char *text, size_t len, unsigned char *out)
{
    size_t      i, n;
    unsigned    bits, value;
    const char *at;

    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-_";

    for (i = 0, n = 0, bits = 0, value = 0; i < len; i++) {
        at = memchr(chars, text[i], 64);
        assert_non_null(at);
        value = (value << 6 | (unsigned) (at - chars)) & 0xffffff;
        bits += 6;

        if (bits >= 8) {
            bits -= 8;
            out[n++] = (unsigned char) (value >> bits);
        }
    }

    return n;
}


/* Verifies a token with OpenSSL alone; the claims as a new reference. */
static inline json_t *
test_jwt(const char *token, size_t len, json_t **header)
{
    size_t        n, mark[2];
    EVP_MD_CTX   *md;
    json_t       *claims;
    const char   *dot;
    unsigned char bytes[8192];

    dot = memchr(token, '.', len);
    assert_non_null(dot);
    mark[0] = (size_t) (dot - token);
    dot = memchr(dot + 1, '.', len - mark[0] - 1);
    assert_non_null(dot);
    mark[1] = (size_t) (dot - token);

    n = test_base64url(dot + 1, len - mark[1] - 1, bytes);
    md = EVP_MD_CTX_new();
    assert_int_equal(
        EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, test_key()), 1);
    assert_int_equal(
        EVP_DigestVerify(md, bytes, n, (const unsigned char *) token, mark[1]),
        1);
    EVP_MD_CTX_free(md);

    n = test_base64url(token, mark[0], bytes);
    *header = json_loadb((char *) bytes, n, 0, NULL);
    assert_non_null(*header);

    n = test_base64url(token + mark[0] + 1, mark[1] - mark[0] - 1, bytes);
    claims = json_loadb((char *) bytes, n, 0, NULL);
    assert_non_null(claims);

    return claims;
}


static inline void
assert_text(const billing_buf_t *b, const char *text)
{
    assert_int_equal(b->status, BILLING_OK);

    if (!billing_str_eq(
            (billing_str_t){ b->data, b->len }, billing_str_from(text))) {
        fail_msg("\"%.*s\" is not \"%s\"", (int) b->len, b->data, text);
    }
}


/* The value of a header; NULL when it is not there. */
static inline const char *
test_header(const billing_http_request_t *req, const char *name, size_t *len)
{
    size_t   n;
    unsigned i;

    n = strlen(name);

    for (i = 0; i < req->nheaders; i++) {
        if (req->headers[i].len > n + 2
            && strncmp(req->headers[i].data, name, n) == 0
            && req->headers[i].data[n] == ':')
        {
            *len = req->headers[i].len - n - 2;
            return req->headers[i].data + n + 2;
        }
    }

    return NULL;
}


static inline void
assert_header(
    const billing_http_request_t *req, const char *name, const char *value)
{
    size_t      len;
    const char *found;

    found = test_header(req, name, &len);
    assert_non_null(found);
    assert_int_equal(len, strlen(value));
    assert_memory_equal(found, value, len);
}


/* The body as JSON equals the text as JSON. */
static inline void
assert_body(const billing_http_request_t *req, const char *text)
{
    char   *got;
    json_t *a, *b;

    a = json_loadb(req->body.data, req->body.len, 0, NULL);
    b = test_json(text);

    if (!json_equal(a, b)) {
        got = json_dumps(a, JSON_COMPACT);
        fail_msg("body is %s", got);
    }

    json_decref(a);
    json_decref(b);
}


typedef struct {
    billing_granularity_t granularity;
    billing_reply_t       reply;
    billing_buf_t         rows; /* "date currency linked|region|service cost" */
} test_reply_t;


static inline billing_status_t
test_row(void *data, const billing_cost_row_t *row)
{
    char          date[BILLING_DAY_LEN], amount[BILLING_MONEY_LEN];
    test_reply_t *t = data;

    if (t->granularity == BILLING_DAILY) {
        billing_day_format(row->date, date);
    } else {
        billing_month_format(row->date, date);
    }

    if (row->spoilt != BILLING_REASON_NONE) {
        return billing_buf_addf(&t->rows, "%s spoilt: %s\n", date,
            billing_reason_names[row->spoilt]);
    }

    if (row->open) {
        return billing_buf_addf(&t->rows, "%s open\n", date);
    }

    billing_money_format(row->amount, amount);

    return billing_buf_addf(&t->rows, "%s %.*s %.*s|%.*s|%.*s %s\n", date,
        (int) row->currency.len, row->currency.data, (int) row->linked.len,
        row->linked.data, (int) row->region.len, row->region.data,
        (int) row->service.len, row->service.data, amount);
}


/* Reads an answer whose wanted header is told; free with test_reply_free(). */
static inline billing_status_t
test_answer_with(const billing_step_t *step, const billing_question_t *question,
    int status, const char *wanted, const char *body, test_reply_t *t)
{
    billing_http_answer_t answer;

    t->granularity = question->granularity;
    billing_buf_init(&t->rows, 1 << 24);
    billing_reply_init(&t->reply, test_row, t);

    answer = (billing_http_answer_t){ .status = status,
        .wanted = billing_str_from(wanted),
        .body = billing_str_from(body) };

    return step->answer(question, &answer, &t->reply);
}


/* Likewise, without it. */
static inline billing_status_t
test_answer(const billing_step_t *step, const billing_question_t *question,
    int status, const char *body, test_reply_t *t)
{
    return test_answer_with(step, question, status, "", body, t);
}


static inline void
test_reply_free(test_reply_t *t)
{
    billing_reply_free(&t->reply);
    billing_buf_free(&t->rows);
}


/* The answer must give exactly these rows, and this next page. */
static inline void
assert_answer(const billing_step_t *step, const billing_question_t *question,
    int status, const char *body, const char *rows, const char *next)
{
    test_reply_t     t;
    billing_status_t rc;

    rc = test_answer(step, question, status, body, &t);

    if (rc != BILLING_OK) {
        fail_msg("%d: %s", rc, t.reply.failure.text);
    }

    assert_text(&t.rows, rows);
    assert_text(&t.reply.next, next);
    assert_string_equal(t.reply.failure.text, "");
    test_reply_free(&t);
}


/*
 * The answer must be refused, for a reason that holds the word; or be a page
 * whose month is spoilt, where the word is that ("spoilt: malformed").
 */
static inline void
assert_refused(const billing_step_t *step, const billing_question_t *question,
    int status, const char *body, billing_status_t expected, const char *word)
{
    test_reply_t     t;
    billing_status_t rc;

    rc = test_answer(step, question, status, body, &t);

    if (strncmp(word, "spoilt", 6) == 0) {
        (void) billing_buf_add_char(&t.rows, '\0');

        if (rc != BILLING_OK || strstr(t.rows.data, word) == NULL) {
            fail_msg("%d \"%s\" for %s", rc, t.reply.failure.text, body);
        }

    } else if (rc != expected || strstr(t.reply.failure.text, word) == NULL) {
        fail_msg("%d \"%s\" for %s", rc, t.reply.failure.text, body);
    }

    test_reply_free(&t);
}


/* What must be refused, and how; the last one has no body. */
typedef struct {
    int              status;
    const char      *body;
    billing_status_t expected;
    const char      *word;
} test_refusal_t;


static inline void
assert_refusals(const billing_step_t *step, const billing_question_t *question,
    const test_refusal_t *refusals)
{
    for (/* void */; refusals->body != NULL; refusals++) {
        assert_refused(step, question, refusals->status, refusals->body,
            refusals->expected, refusals->word);
    }
}


/* The linked account that credentials name, until the next call. */
static inline billing_str_t
test_linked(const billing_provider_t *provider, const json_t *credentials)
{
    size_t        len;
    billing_buf_t id;

    static char text[512];

    billing_buf_init(&id, sizeof(text));
    assert_int_equal(provider->linked(credentials, &id), BILLING_OK);

    len = id.len;
    memcpy(text, id.data != NULL ? id.data : "", len);
    billing_buf_free(&id);

    return (billing_str_t){ text, len };
}


/* Nothing that is cut off, and no byte that is changed, may be read badly. */
static inline void
assert_sturdy(const billing_step_t *step, const billing_question_t *question,
    int status, const char *body)
{
    char        *copy;
    size_t       i, len;
    test_reply_t t;

    len = strlen(body);
    copy = strdup(body);

    for (i = 1; i < len; i++) {
        copy[len - i] = '\0';
        (void) test_answer(step, question, status, copy, &t);
        test_reply_free(&t);
    }

    memcpy(copy, body, len + 1);

    for (i = 0; i < len; i++) {
        copy[i] = copy[i] == '"' ? '1' : '"';
        (void) test_answer(step, question, status, copy, &t);
        test_reply_free(&t);

        copy[i] = '9';
        (void) test_answer(step, question, status, copy, &t);
        test_reply_free(&t);
        copy[i] = body[i];
    }

    free(copy);
}


#endif /* TEST_PROVIDER_H */
