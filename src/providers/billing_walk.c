
/*
 * A walk remembers the name of the page that is due and every name it was
 * given: a provider that names a page twice would be followed for ever, and
 * its rows counted twice.
 *
 * A token is taken before each request from those that are kept, since other
 * walks renew it, too.  One that the provider refuses before its time is
 * dropped and asked for anew, once.
 */

#include <stdio.h>
#include <stdlib.h>

#include "billing_reply.h"
#include "core/billing_intern.h"


#define BILLING_WALK_SPARE 60 /* seconds before its end a token is renewed */


typedef enum {
    BILLING_WALK_DUE = 0,
    BILLING_WALK_DONE,
    BILLING_WALK_FAILED
} billing_walk_state_t;


struct billing_walk_s {
    const billing_provider_t *provider;
    const billing_step_t     *step;
    billing_question_t        question;
    billing_buf_t             strings; /* of the question */
    billing_str_t            *linked;  /* likewise; then excluded ones */
    json_t                   *credentials;
    billing_intern_t          names;
    uint32_t                  name;  /* of the page that is due */
    unsigned                  pages; /* read */
    billing_walk_state_t      state;

    billing_tokens_t *tokens;
    billing_str_t     key;
    billing_buf_t     token; /* in use */
    billing_buf_t     stage; /* page of the token step that is due */
    unsigned          stages;
    time_t            expires;
    unsigned          logging_in : 1; /* the token step is due */
    unsigned          lent : 1;       /* token is new: to be kept */
    unsigned          old : 1;        /* token was lent to another walk */
    unsigned          refused : 1;    /* ... and is good no more */
    unsigned          retried : 1;    /* that happened */
    unsigned          without : 1;    /* the credentials need none */
    unsigned          local : 1;      /* this machine is asked */

    json_t *found; /* linked accounts, by verification */

    unsigned char covered[BILLING_PERIODS_MAX / 8]; /* see billing_reply_t */
};


static billing_status_t billing_walk_copy(billing_walk_t *walk,
    const billing_question_t *question, billing_str_t key);
static billing_str_t billing_walk_keep(billing_walk_t *walk, billing_str_t s);
static billing_status_t billing_walk_login(
    billing_walk_t *walk, billing_http_request_t *req);
static void             billing_walk_token(billing_walk_t *walk);
static billing_status_t billing_walk_lend(
    billing_walk_t *walk, billing_reply_t *reply);
static billing_status_t billing_walk_stage(
    billing_walk_t *walk, billing_reply_t *reply);
static billing_status_t billing_walk_page(
    billing_walk_t *walk, billing_reply_t *reply, billing_status_t rc);
static billing_status_t billing_walk_next(
    billing_walk_t *walk, billing_reply_t *reply);
static billing_status_t billing_walk_covered(
    billing_walk_t *walk, billing_reply_t *reply);
static int billing_walk_compare(const void *a, const void *b);


billing_walk_t *
billing_walk_create(billing_walk_kind_t kind,
    const billing_question_t *question, billing_tokens_t *tokens,
    billing_str_t key)
{
    billing_walk_t *walk;

    walk = calloc(1, sizeof(billing_walk_t));
    if (walk == NULL) {
        return NULL;
    }

    walk->provider = question->provider;
    walk->step = kind == BILLING_WALK_COSTS ? &walk->provider->costs
                                            : &walk->provider->verify;
    walk->tokens = tokens;
    walk->without = walk->provider->token.request == NULL;
    billing_intern_init(&walk->names);
    billing_buf_init_secret(&walk->token, 0);
    billing_buf_init_secret(&walk->stage, 0);

    if (billing_walk_copy(walk, question, key) != BILLING_OK) {
        billing_walk_free(walk);
        return NULL;
    }

    return walk;
}


void
billing_walk_free(billing_walk_t *walk)
{
    if (walk == NULL) {
        return;
    }

    json_decref(walk->found);
    json_decref(walk->credentials);
    billing_buf_free(&walk->strings);
    billing_buf_wipe(&walk->token);
    billing_buf_wipe(&walk->stage);
    billing_intern_free(&walk->names);
    free(walk->linked);
    free(walk);
}


/* In one piece of memory, which does not move since its size is known. */
static billing_status_t
billing_walk_copy(
    billing_walk_t *walk, const billing_question_t *question, billing_str_t key)
{
    size_t         len;
    unsigned       i, n;
    billing_str_t *excluded;

    n = question->nlinked + question->nexcluded;
    len = question->endpoint.len + question->login.len + question->region.len
          + key.len;

    for (i = 0; i < question->nlinked; i++) {
        len += question->linked[i].len;
    }

    for (i = 0; i < question->nexcluded; i++) {
        len += question->excluded[i].len;
    }

    walk->linked = calloc(n + 1, sizeof(billing_str_t));
    walk->strings.data = malloc(len + 1);

    if (walk->linked == NULL || walk->strings.data == NULL) {
        return BILLING_NOMEM;
    }

    walk->strings.max = walk->strings.cap = len;
    walk->question = *question;
    walk->credentials = json_incref((json_t *) question->credentials);
    walk->question.endpoint = billing_walk_keep(walk, question->endpoint);
    walk->question.login = billing_walk_keep(walk, question->login);
    walk->question.region = billing_walk_keep(walk, question->region);
    walk->question.linked = walk->linked;
    walk->key = billing_walk_keep(walk, key);

    for (i = 0; i < question->nlinked; i++) {
        walk->linked[i] = billing_walk_keep(walk, question->linked[i]);
    }

    excluded = walk->linked + question->nlinked;
    walk->question.excluded = excluded;

    for (i = 0; i < question->nexcluded; i++) {
        excluded[i] = billing_walk_keep(walk, question->excluded[i]);
    }

    return walk->strings.status;
}


static billing_str_t
billing_walk_keep(billing_walk_t *walk, billing_str_t s)
{
    billing_str_t copy;

    copy.data = walk->strings.data + walk->strings.len;
    copy.len = s.len;

    (void) billing_buf_add_str(&walk->strings, s);

    return copy;
}


billing_status_t
billing_walk_request(
    billing_walk_t *walk, time_t now, billing_http_request_t *req)
{
    billing_status_t rc;

    if (walk->state != BILLING_WALK_DUE) {
        return BILLING_INVALID;
    }

    walk->question.now = now;
    walk->logging_in = 0;
    walk->local = 0;

    if (!walk->without) {
        billing_walk_token(walk);

        if (walk->token.len == 0) {
            rc = billing_walk_login(walk, req);
            if (rc != BILLING_OK || walk->logging_in) {
                return rc;
            }
        }

        /* another walk's token came while this one was on the way to one */
        billing_buf_wipe(&walk->stage);
        walk->stages = 0;
    }

    walk->question.token = (billing_str_t){ walk->token.data, walk->token.len };
    walk->question.page = walk->pages == 0
                              ? (billing_str_t){ NULL, 0 }
                              : billing_intern_get(&walk->names, walk->name);

    return walk->step->request(&walk->question, req);
}


/*
 * The token that is good for a while, from wherever; else none.  One that has
 * just come is taken however short its time is: to ask for another one would
 * go on for ever.
 */
static void
billing_walk_token(billing_walk_t *walk)
{
    int           fresh;
    time_t        until;
    billing_str_t token;

    fresh = walk->lent;
    until = walk->question.now + BILLING_WALK_SPARE;
    token = (billing_str_t){ walk->token.data, walk->token.len };

    if (walk->lent && walk->key.len > 0) {
        (void) billing_tokens_put(
            walk->tokens, walk->key, token, walk->expires);
    }

    walk->lent = 0;

    if (walk->refused) {
        billing_tokens_drop(walk->tokens, walk->key, token);

    } else if (!walk->old && token.len > 0 && (fresh || walk->expires > until))
    {
        return;
    }

    walk->refused = 0;
    billing_buf_wipe(&walk->token);

    if (walk->key.len > 0) {
        token = billing_tokens_get(walk->tokens, walk->key, until);
        billing_buf_init_secret(&walk->token, token.len);
        (void) billing_buf_add_str(&walk->token, token);
        walk->old = 1;
    }
}


/* Sets logging_in, unless the credentials need no token. */
static billing_status_t
billing_walk_login(billing_walk_t *walk, billing_http_request_t *req)
{
    billing_status_t rc;

    walk->question.token = (billing_str_t){ NULL, 0 };
    walk->question.page = (billing_str_t){ walk->stage.data, walk->stage.len };

    rc = walk->provider->token.request(&walk->question, req);

    walk->logging_in = req->url.len > 0;
    req->token = walk->logging_in;
    walk->local = req->local;
    walk->without = rc == BILLING_OK && req->url.len == 0;

    return rc;
}


billing_status_t
billing_walk_answer(billing_walk_t *walk, const billing_http_answer_t *answer,
    billing_cost_row_pt row, void *data, billing_failure_t *failure)
{
    billing_reply_t  reply;
    billing_status_t rc;

    *failure = (billing_failure_t){ .reason = BILLING_REASON_NONE };

    if (walk->state != BILLING_WALK_DUE) {
        return BILLING_INVALID;
    }

    billing_reply_init(&reply, row, data);

    if (walk->logging_in) {
        rc = walk->provider->token.answer(&walk->question, answer, &reply);
        rc = rc == BILLING_OK ? billing_walk_stage(walk, &reply) : rc;

    } else {
        reply.linked = json_incref(walk->found);
        reply.covered = walk->covered;
        rc = walk->step->answer(&walk->question, answer, &reply);
        rc = billing_walk_page(walk, &reply, rc);
    }

    /* one that this walk has fetched was good for its first page */

    if (rc == BILLING_REJECTED && !walk->logging_in && !walk->without
        && (walk->old || walk->pages > 0) && !walk->retried)
    {
        walk->refused = 1;
        walk->retried = 1;
        rc = BILLING_OK;
    }

    if (rc != BILLING_OK) {
        *failure = reply.failure;
        billing_buf_wipe(&walk->stage);
        walk->stages = 0;

        if (rc != BILLING_THROTTLED && rc != BILLING_UNAVAILABLE) {
            walk->state = BILLING_WALK_FAILED;
        }
    }

    billing_reply_free(&reply);

    return rc;
}


int
billing_walk_near(const billing_walk_t *walk)
{
    return walk->local;
}


void
billing_walk_unreached(const billing_walk_t *walk, const char *error, int proxy,
    char reason[BILLING_REASON_LEN])
{
    const char *fmt;

    if (walk->local) {
        fmt = "The service that would give this server the keys of its role "
              "cannot be reached: %s.";

    } else if (proxy) {
        fmt = "%s.";

    } else {
        fmt = "The provider cannot be reached: %s.";
    }

    (void) snprintf(reason, BILLING_REASON_LEN, fmt, error);
}


/* The token is there, or there is more to ask for it. */
static billing_status_t
billing_walk_stage(billing_walk_t *walk, billing_reply_t *reply)
{
    billing_buf_wipe(&walk->stage);

    if (reply->next.status == BILLING_NOMEM) {
        return BILLING_NOMEM;
    }

    if (reply->next.status != BILLING_OK
        || (reply->next.len > 0 && ++walk->stages == BILLING_TOKEN_PAGES))
    {
        return billing_reply_fail(
            reply, BILLING_MALFORMED, "The way to a token is too long.");
    }

    if (reply->next.len == 0) {
        walk->stages = 0;
        return billing_walk_lend(walk, reply);
    }

    walk->stage = reply->next;
    billing_buf_init_secret(&reply->next, 0);

    return BILLING_OK;
}


static billing_status_t
billing_walk_lend(billing_walk_t *walk, billing_reply_t *reply)
{
    billing_buf_wipe(&walk->token);

    walk->token = reply->token;
    walk->expires = reply->expires;
    walk->lent = 1;
    walk->old = 0;
    billing_buf_init(&reply->token, 0);

    return walk->token.len > 0
               ? BILLING_OK
               : billing_reply_fail(reply, BILLING_MALFORMED,
                   "The provider's answer holds no access token.");
}


/* rc is what the provider made of it. */
static billing_status_t
billing_walk_page(
    billing_walk_t *walk, billing_reply_t *reply, billing_status_t rc)
{
    if (reply->next.status == BILLING_LIMIT) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's token of the next page is too long.");
    }

    if (rc != BILLING_OK || reply->next.status != BILLING_OK) {
        return rc != BILLING_OK ? rc : reply->next.status;
    }

    json_decref(walk->found);
    walk->found = json_incref(reply->linked);

    return billing_walk_next(walk, reply);
}


/* The page is read; where to go now. */
static billing_status_t
billing_walk_next(billing_walk_t *walk, billing_reply_t *reply)
{
    uint32_t      known;
    billing_str_t name;

    name = (billing_str_t){ reply->next.data, reply->next.len };
    walk->pages++;

    if (name.len == 0) {
        walk->state = BILLING_WALK_DONE;
        return billing_walk_covered(walk, reply);
    }

    if (walk->pages == BILLING_PAGES_MAX) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider's answer has more than %d pages.", BILLING_PAGES_MAX);
    }

    if (billing_intern_find(&walk->names, name, &known)) {
        return billing_reply_fail(reply, BILLING_MALFORMED,
            "The provider names a page as the next one that it has named "
            "before.");
    }

    return billing_intern_add(&walk->names, name, &walk->name);
}


/*
 * Was every period answered?  No costs are no reason to leave it out, by this
 * protocol.  What has not come of today is not missing yet.
 */
static billing_status_t
billing_walk_covered(billing_walk_t *walk, billing_reply_t *reply)
{
    int32_t          first, last, date;
    unsigned         place;
    billing_status_t rc;

    if (!walk->provider->covers || walk->step != &walk->provider->costs) {
        return BILLING_OK;
    }

    first = walk->question.start;
    last = walk->question.end;

    if (walk->question.granularity == BILLING_MONTHLY) {
        first = billing_month_of(first);
        last = billing_month_of(last);

    } else if (last == billing_day_of(walk->question.now)) {
        last--;
    }

    for (date = first; date <= last; date++) {
        place = (unsigned) (date - first);

        if (place < BILLING_PERIODS_MAX
            && (walk->covered[place / 8] & 1 << place % 8)) {
            continue;
        }

        rc = billing_reply_spoil_month(
            &walk->question, reply, date, BILLING_REASON_INCOMPLETE);
        if (rc != BILLING_OK) {
            return rc;
        }
    }

    return BILLING_OK;
}


int
billing_walk_done(const billing_walk_t *walk)
{
    return walk->state == BILLING_WALK_DONE;
}


unsigned
billing_walk_pages(const billing_walk_t *walk)
{
    return walk->pages;
}


json_t *
billing_walk_linked(const billing_walk_t *walk)
{
    size_t         i, n;
    json_t        *list;
    billing_str_t *ids;

    list = json_array();
    n = json_array_size(walk->found);
    ids = calloc(n + 1, sizeof(billing_str_t));

    if (list == NULL || ids == NULL) {
        json_decref(list);
        free(ids);
        return NULL;
    }

    for (i = 0; i < n; i++) {
        ids[i] = billing_reply_str(json_array_get(walk->found, i));
    }

    qsort(ids, n, sizeof(billing_str_t), billing_walk_compare);

    for (i = 0; i < n; i++) {
        if ((i == 0 || !billing_str_eq(ids[i], ids[i - 1]))
            && json_array_append_new(
                   list, json_stringn(ids[i].data, ids[i].len))
                   != 0)
        {
            json_decref(list);
            list = NULL;
            break;
        }
    }

    free(ids);

    return list;
}


static int
billing_walk_compare(const void *a, const void *b)
{
    return billing_str_cmp(
        *(const billing_str_t *) a, *(const billing_str_t *) b);
}
