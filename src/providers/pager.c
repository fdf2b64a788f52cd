
/*
 * A walk: what is due is asked, its answer read.  It remembers the page that is
 * due and every name it was given.
 */

#include <stdio.h>
#include <stdlib.h>

#include "providers/reply.h"
#include "providers/pager_internal.h"


static billing_status_t billing_pager_copy(billing_pager_t *walk,
    const billing_question_t *question, billing_str_t key);
static billing_str_t billing_pager_keep(billing_pager_t *walk, billing_str_t s);
static int           billing_pager_compare(const void *a, const void *b);


billing_pager_t *
billing_pager_create(billing_pager_kind_t kind,
    const billing_question_t *question, billing_tokens_t *tokens,
    billing_str_t key)
{
    billing_pager_t *walk;

    walk = calloc(1, sizeof(billing_pager_t));
    if (walk == NULL) {
        return NULL;
    }

    walk->provider = question->provider;
    walk->step = kind == BILLING_PAGER_COSTS ? &walk->provider->costs
                                             : &walk->provider->verify;
    walk->tokens = tokens;
    walk->without = walk->provider->token.request == NULL;
    billing_buf_init_secret(&walk->page, 0);
    billing_buf_init_secret(&walk->token, 0);
    billing_buf_init_secret(&walk->stage, 0);

    if (billing_pager_copy(walk, question, key) != BILLING_OK) {
        billing_pager_free(walk);
        return NULL;
    }

    walk->limit = billing_pager_limit(walk);
    billing_pager_form_init(walk);

    return walk;
}


void
billing_pager_free(billing_pager_t *walk)
{
    if (walk == NULL) {
        return;
    }

    json_decref(walk->found);
    json_decref(walk->credentials);
    billing_buf_free(&walk->strings);
    billing_buf_wipe(&walk->token);
    billing_buf_wipe(&walk->stage);
    billing_buf_wipe(&walk->page);
    billing_buf_wipe(&walk->kept);
    billing_buf_wipe(&walk->again);
    billing_pager_form_free(walk);
    free(walk->seen);
    free(walk->linked);
    free(walk);
}


/* In one piece of memory, which does not move since its size is known. */
static billing_status_t
billing_pager_copy(billing_pager_t *walk, const billing_question_t *question,
    billing_str_t key)
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
    walk->question.endpoint = billing_pager_keep(walk, question->endpoint);
    walk->question.login = billing_pager_keep(walk, question->login);
    walk->question.region = billing_pager_keep(walk, question->region);
    walk->question.linked = walk->linked;
    walk->key = billing_pager_keep(walk, key);

    for (i = 0; i < question->nlinked; i++) {
        walk->linked[i] = billing_pager_keep(walk, question->linked[i]);
    }

    excluded = walk->linked + question->nlinked;
    walk->question.excluded = excluded;

    for (i = 0; i < question->nexcluded; i++) {
        excluded[i] = billing_pager_keep(walk, question->excluded[i]);
    }

    return walk->strings.status;
}


static billing_str_t
billing_pager_keep(billing_pager_t *walk, billing_str_t s)
{
    billing_str_t copy;

    copy.data = walk->strings.data + walk->strings.len;
    copy.len = s.len;

    (void) billing_buf_add_str(&walk->strings, s);

    return copy;
}


billing_status_t
billing_pager_request(
    billing_pager_t *walk, time_t now, billing_http_request_t *req)
{
    billing_status_t rc;

    if (walk->state != BILLING_PAGER_DUE) {
        return BILLING_INVALID;
    }

    walk->question.now = now;
    walk->logging_in = 0;
    walk->local = 0;

    if (!walk->without) {
        billing_pager_token(walk);

        if (walk->token.len == 0) {
            rc = billing_pager_login(walk, req);
            if (rc != BILLING_OK || walk->logging_in) {
                return rc;
            }
        }

        /* another walk's token came while this one was on the way to one */
        billing_buf_wipe(&walk->stage);
        walk->stages = 0;
    }

    walk->question.token = (billing_str_t){ walk->token.data, walk->token.len };
    walk->question.page = (billing_str_t){ walk->page.data, walk->page.len };

    rc = walk->step->request(&walk->question, req);

    if (rc == BILLING_OK && walk->provider->charged && walk->page.len == 0
        && billing_pager_state_take(walk, req) == BILLING_OK)
    {
        billing_http_request_free(req);
        walk->question.page = (billing_str_t){ walk->page.data,
            walk->page.len };
        rc = walk->step->request(&walk->question, req);
    }

    return rc;
}


billing_status_t
billing_pager_answer(billing_pager_t *walk, const billing_http_answer_t *answer,
    billing_cost_row_pt row, void *data, billing_failure_t *failure)
{
    unsigned         pages;
    billing_reply_t  reply;
    billing_status_t rc;

    *failure = (billing_failure_t){ .reason = BILLING_REASON_NONE };

    if (walk->state != BILLING_PAGER_DUE) {
        return BILLING_INVALID;
    }

    billing_reply_init(&reply, row, data);

    if (walk->logging_in) {
        rc = walk->provider->token.answer(&walk->question, answer, &reply);
        rc = rc == BILLING_OK ? billing_pager_stage(walk, &reply) : rc;

    } else {
        pages = walk->pages;
        reply.linked = json_incref(walk->found);
        reply.covered = walk->covered;
        billing_pager_form_begin(walk, &reply);
        rc = walk->step->answer(&walk->question, answer, &reply);
        rc = billing_pager_page(walk, &reply, rc);
        rc = billing_pager_form_end(walk, pages, row, data, rc);
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
            walk->state = BILLING_PAGER_FAILED;
        }
    }

    billing_reply_free(&reply);

    return rc;
}


int
billing_pager_near(const billing_pager_t *walk)
{
    return walk->local;
}


void
billing_pager_unreached(const billing_pager_t *walk, const char *error,
    int proxy, char reason[BILLING_REASON_LEN])
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


int
billing_pager_done(const billing_pager_t *walk)
{
    return walk->state == BILLING_WALK_DONE;
}


unsigned
billing_pager_pause(const billing_pager_t *walk)
{
    return walk->pause;
}


unsigned
billing_pager_forms(const billing_pager_t *walk)
{
    return walk->forms;
}


unsigned
billing_pager_pages(const billing_pager_t *walk)
{
    return walk->pages;
}


json_t *
billing_pager_linked(const billing_pager_t *walk)
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

    qsort(ids, n, sizeof(billing_str_t), billing_pager_compare);

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
billing_pager_compare(const void *a, const void *b)
{
    return billing_str_cmp(
        *(const billing_str_t *) a, *(const billing_str_t *) b);
}
