
/*
 * A walk remembers the token of the page that is due and every token it was
 * given: a provider that names a page twice would be followed for ever, and
 * its rows counted twice.
 */

#include "billing_answer.h"

#include <stdlib.h>

#include "core/billing_intern.h"


#define BILLING_WALK_TOKEN_MAX 4096


typedef enum {
    BILLING_WALK_DUE = 0,
    BILLING_WALK_DONE,
    BILLING_WALK_FAILED
} billing_walk_state_t;


struct billing_walk_s {
    const billing_provider_t *provider;
    billing_cost_query_t      query;
    billing_buf_t             strings; /* of the query */
    billing_intern_t          tokens;
    uint32_t                  token; /* of the page that is due */
    unsigned                  pages; /* read */
    billing_walk_state_t      state;
};


static billing_status_t billing_walk_copy(
    billing_walk_t *walk, const billing_cost_query_t *query);
static billing_status_t billing_walk_next(
    billing_walk_t *walk, billing_str_t token, char reason[BILLING_REASON_LEN]);


billing_walk_t *
billing_walk_create(
    const billing_provider_t *provider, const billing_cost_query_t *query)
{
    billing_walk_t *walk;

    walk = calloc(1, sizeof(billing_walk_t));
    if (walk == NULL) {
        return NULL;
    }

    walk->provider = provider;
    billing_intern_init(&walk->tokens);

    if (billing_walk_copy(walk, query) != BILLING_OK) {
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

    billing_buf_free(&walk->strings);
    billing_intern_free(&walk->tokens);
    free(walk);
}


billing_status_t
billing_walk_request(billing_walk_t *walk, billing_http_request_t *req)
{
    billing_str_t token;

    if (walk->state != BILLING_WALK_DUE) {
        return BILLING_INVALID;
    }

    token = (billing_str_t){ NULL, 0 };

    if (walk->pages > 0) {
        token = billing_intern_get(&walk->tokens, walk->token);
    }

    return walk->provider->cost_request(&walk->query, token, req);
}


billing_status_t
billing_walk_answer(billing_walk_t *walk, const billing_http_answer_t *answer,
    billing_cost_row_pt row, void *data, char reason[BILLING_REASON_LEN])
{
    billing_buf_t    next;
    billing_status_t rc;

    reason[0] = '\0';

    if (walk->state != BILLING_WALK_DUE) {
        return BILLING_INVALID;
    }

    billing_buf_init(&next, BILLING_WALK_TOKEN_MAX);

    rc = walk->provider->cost_answer(
        &walk->query, answer, row, data, &next, reason);

    if (rc == BILLING_OK) {
        rc = billing_walk_next(
            walk, (billing_str_t){ next.data, next.len }, reason);

    } else if (next.status == BILLING_LIMIT) {
        rc = billing_answer_fail(BILLING_MALFORMED, reason,
            "The provider's token of the next page is too long.");
    }

    billing_buf_free(&next);

    if (rc != BILLING_OK && rc != BILLING_THROTTLED
        && rc != BILLING_UNAVAILABLE) {
        walk->state = BILLING_WALK_FAILED;
    }

    return rc;
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


static billing_status_t
billing_walk_copy(billing_walk_t *walk, const billing_cost_query_t *query)
{
    billing_buf_init(
        &walk->strings, query->endpoint.len + query->linked.len + 1);

    (void) billing_buf_add_str(&walk->strings, query->endpoint);
    (void) billing_buf_add_str(&walk->strings, query->linked);

    /* so that there are bytes to point to even when both are empty */
    if (billing_buf_add_char(&walk->strings, '\0') != BILLING_OK) {
        return walk->strings.status;
    }

    walk->query = *query;
    walk->query.endpoint.data = walk->strings.data;
    walk->query.linked.data = walk->strings.data + query->endpoint.len;

    return BILLING_OK;
}


/* The page is read; where to go now. */
static billing_status_t
billing_walk_next(
    billing_walk_t *walk, billing_str_t token, char reason[BILLING_REASON_LEN])
{
    uint32_t         known;
    billing_status_t rc;

    walk->pages++;

    if (token.len == 0) {
        walk->state = BILLING_WALK_DONE;
        return BILLING_OK;
    }

    if (walk->pages == BILLING_PAGES_MAX) {
        return billing_answer_fail(BILLING_MALFORMED, reason,
            "The provider's answer has more than %d pages.", BILLING_PAGES_MAX);
    }

    if (billing_intern_find(&walk->tokens, token, &known)) {
        return billing_answer_fail(BILLING_MALFORMED, reason,
            "The provider names a page as the next one that it has named "
            "before.");
    }

    rc = billing_intern_add(&walk->tokens, token, &walk->token);

    return rc;
}
