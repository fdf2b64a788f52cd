
/*
 * A pager: what is due is asked, its answer read.  It remembers the page that is
 * due and every name it was given.
 */

#include <stdio.h>
#include <stdlib.h>

#include "providers/reply.h"
#include "providers/pager_internal.h"


static billing_status_t billing_pager_copy(billing_pager_t *pager,
    const billing_question_t *question, billing_str_t key);
static billing_str_t    billing_pager_keep(
       billing_pager_t *pager, billing_str_t s);
static int billing_pager_compare(const void *a, const void *b);


billing_pager_t *
billing_pager_create(billing_pager_kind_t kind,
    const billing_question_t *question, billing_tokens_t *tokens,
    billing_str_t key)
{
    billing_pager_t *pager;

    pager = calloc(1, sizeof(billing_pager_t));
    if (pager == NULL) {
        return NULL;
    }

    pager->provider = question->provider;
    pager->step = kind == BILLING_PAGER_COSTS ? &pager->provider->costs
                                              : &pager->provider->verify;
    pager->tokens = tokens;
    pager->without = pager->provider->token.request == NULL;
    billing_buf_init_secret(&pager->page, 0);
    billing_buf_init_secret(&pager->token, 0);
    billing_buf_init_secret(&pager->stage, 0);

    if (billing_pager_copy(pager, question, key) != BILLING_OK) {
        billing_pager_free(pager);
        return NULL;
    }

    pager->limit = billing_pager_limit(pager);
    billing_pager_form_init(pager);

    return pager;
}


void
billing_pager_free(billing_pager_t *pager)
{
    if (pager == NULL) {
        return;
    }

    json_decref(pager->found);
    json_decref(pager->credentials);
    billing_buf_free(&pager->strings);
    billing_buf_wipe(&pager->token);
    billing_buf_wipe(&pager->stage);
    billing_buf_wipe(&pager->page);
    billing_buf_wipe(&pager->kept);
    billing_buf_wipe(&pager->again);
    billing_pager_form_free(pager);
    free(pager->seen);
    free(pager->linked);
    free(pager);
}


/* In one piece of memory, which does not move since its size is known. */
static billing_status_t
billing_pager_copy(billing_pager_t *pager, const billing_question_t *question,
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

    pager->linked = calloc(n + 1, sizeof(billing_str_t));
    pager->strings.data = malloc(len + 1);

    if (pager->linked == NULL || pager->strings.data == NULL) {
        return BILLING_NOMEM;
    }

    pager->strings.max = pager->strings.cap = len;
    pager->question = *question;
    pager->credentials = json_incref((json_t *) question->credentials);
    pager->question.endpoint = billing_pager_keep(pager, question->endpoint);
    pager->question.login = billing_pager_keep(pager, question->login);
    pager->question.region = billing_pager_keep(pager, question->region);
    pager->question.linked = pager->linked;
    pager->key = billing_pager_keep(pager, key);

    for (i = 0; i < question->nlinked; i++) {
        pager->linked[i] = billing_pager_keep(pager, question->linked[i]);
    }

    excluded = pager->linked + question->nlinked;
    pager->question.excluded = excluded;

    for (i = 0; i < question->nexcluded; i++) {
        excluded[i] = billing_pager_keep(pager, question->excluded[i]);
    }

    return pager->strings.status;
}


static billing_str_t
billing_pager_keep(billing_pager_t *pager, billing_str_t s)
{
    billing_str_t copy;

    copy.data = pager->strings.data + pager->strings.len;
    copy.len = s.len;

    (void) billing_buf_add_str(&pager->strings, s);

    return copy;
}


billing_status_t
billing_pager_request(
    billing_pager_t *pager, time_t now, billing_http_request_t *req)
{
    billing_status_t rc;

    if (pager->state != BILLING_PAGER_DUE) {
        return BILLING_INVALID;
    }

    pager->question.now = now;
    pager->logging_in = 0;
    pager->local = 0;

    if (!pager->without) {
        billing_pager_token(pager);

        if (pager->token.len == 0) {
            rc = billing_pager_login(pager, req);
            if (rc != BILLING_OK || pager->logging_in) {
                return rc;
            }
        }

        /* another pager's token came while this one was on the way to one */
        billing_buf_wipe(&pager->stage);
        pager->stages = 0;
    }

    pager->question.token = (billing_str_t){ pager->token.data,
        pager->token.len };
    pager->question.page = (billing_str_t){ pager->page.data, pager->page.len };

    rc = pager->step->request(&pager->question, req);

    if (rc == BILLING_OK && pager->provider->charged && pager->page.len == 0
        && billing_pager_state_take(pager, req) == BILLING_OK)
    {
        billing_http_request_free(req);
        pager->question.page = (billing_str_t){ pager->page.data,
            pager->page.len };
        rc = pager->step->request(&pager->question, req);
    }

    return rc;
}


billing_status_t
billing_pager_answer(billing_pager_t *pager,
    const billing_http_answer_t *answer, billing_cost_row_pt row, void *data,
    billing_failure_t *failure)
{
    unsigned         pages;
    billing_reply_t  reply;
    billing_status_t rc;

    *failure = (billing_failure_t){ .reason = BILLING_REASON_NONE };

    if (pager->state != BILLING_PAGER_DUE) {
        return BILLING_INVALID;
    }

    billing_reply_init(&reply, row, data);

    if (pager->logging_in) {
        rc = pager->provider->token.answer(&pager->question, answer, &reply);
        rc = rc == BILLING_OK ? billing_pager_stage(pager, &reply) : rc;

    } else {
        pages = pager->pages;
        reply.linked = json_incref(pager->found);
        reply.covered = pager->covered;
        billing_pager_form_begin(pager, &reply);
        rc = pager->step->answer(&pager->question, answer, &reply);
        rc = billing_pager_page(pager, &reply, rc);
        rc = billing_pager_form_end(pager, pages, row, data, rc);
    }

    /* one that this pager has fetched was good for its first page */

    if (rc == BILLING_REJECTED && !pager->logging_in && !pager->without
        && (pager->old || pager->pages > 0) && !pager->retried)
    {
        pager->refused = 1;
        pager->retried = 1;
        rc = BILLING_OK;
    }

    if (rc != BILLING_OK) {
        *failure = reply.failure;
        billing_buf_wipe(&pager->stage);
        pager->stages = 0;

        if (rc != BILLING_THROTTLED && rc != BILLING_UNAVAILABLE) {
            pager->state = BILLING_PAGER_FAILED;
        }
    }

    billing_reply_free(&reply);

    return rc;
}


int
billing_pager_near(const billing_pager_t *pager)
{
    return pager->local;
}


void
billing_pager_unreached(const billing_pager_t *pager, const char *error,
    int proxy, char reason[BILLING_REASON_LEN])
{
    const char *fmt;

    if (pager->local) {
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
billing_pager_done(const billing_pager_t *pager)
{
    return pager->state == BILLING_PAGER_DONE;
}


unsigned
billing_pager_pause(const billing_pager_t *pager)
{
    return pager->pause;
}


unsigned
billing_pager_forms(const billing_pager_t *pager)
{
    return pager->forms;
}


unsigned
billing_pager_pages(const billing_pager_t *pager)
{
    return pager->pages;
}


json_t *
billing_pager_linked(const billing_pager_t *pager)
{
    size_t         i, n;
    json_t        *list;
    billing_str_t *ids;

    list = json_array();
    n = json_array_size(pager->found);
    ids = calloc(n + 1, sizeof(billing_str_t));

    if (list == NULL || ids == NULL) {
        json_decref(list);
        free(ids);
        return NULL;
    }

    for (i = 0; i < n; i++) {
        ids[i] = billing_reply_str(json_array_get(pager->found, i));
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
