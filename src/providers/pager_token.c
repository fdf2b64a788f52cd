
/*
 * A token is taken before each request from those that are kept, since other
 * pagers renew it, too.  One that the provider refuses before its time is
 * dropped and asked for anew, once.
 */

#include "providers/reply.h"
#include "providers/pager_internal.h"


#define BILLING_PAGER_SPARE 60 /* seconds before its end a token is renewed */


static billing_status_t billing_pager_lend(
    billing_pager_t *pager, billing_reply_t *reply);


void
billing_pager_token(billing_pager_t *pager)
{
    int           fresh;
    time_t        until;
    billing_str_t token;

    fresh = pager->lent;
    until = pager->question.now + BILLING_PAGER_SPARE;
    token = (billing_str_t){ pager->token.data, pager->token.len };

    if (pager->lent && pager->key.len > 0) {
        (void) billing_tokens_put(
            pager->tokens, pager->key, token, pager->expires);
    }

    pager->lent = 0;

    if (pager->refused) {
        billing_tokens_drop(pager->tokens, pager->key, token);

    } else if (!pager->old && token.len > 0
               && (fresh || pager->expires > until)) {
        return;
    }

    pager->refused = 0;
    billing_buf_wipe(&pager->token);

    if (pager->key.len > 0) {
        token = billing_tokens_get(pager->tokens, pager->key, until);
        billing_buf_init_secret(&pager->token, token.len);
        (void) billing_buf_add_str(&pager->token, token);
        pager->old = 1;
    }
}


billing_status_t
billing_pager_login(billing_pager_t *pager, billing_http_request_t *req)
{
    billing_status_t rc;

    pager->question.token = (billing_str_t){ NULL, 0 };
    pager->question.page = (billing_str_t){ pager->stage.data,
        pager->stage.len };

    rc = pager->provider->token.request(&pager->question, req);

    pager->logging_in = req->url.len > 0;
    req->token = pager->logging_in;
    pager->local = req->local;
    pager->without = rc == BILLING_OK && req->url.len == 0;

    return rc;
}


billing_status_t
billing_pager_stage(billing_pager_t *pager, billing_reply_t *reply)
{
    billing_buf_wipe(&pager->stage);

    if (reply->next.status == BILLING_NOMEM) {
        return BILLING_NOMEM;
    }

    if (reply->next.status != BILLING_OK
        || (reply->next.len > 0 && ++pager->stages == BILLING_TOKEN_PAGES))
    {
        return billing_reply_fail(
            reply, BILLING_MALFORMED, "The way to a token is too long.");
    }

    if (reply->next.len == 0) {
        pager->stages = 0;
        return billing_pager_lend(pager, reply);
    }

    pager->stage = reply->next;
    billing_buf_init_secret(&reply->next, 0);

    return BILLING_OK;
}


static billing_status_t
billing_pager_lend(billing_pager_t *pager, billing_reply_t *reply)
{
    billing_buf_wipe(&pager->token);

    pager->token = reply->token;
    pager->expires = reply->expires;
    pager->lent = 1;
    pager->old = 0;
    billing_buf_init(&reply->token, 0);

    return pager->token.len > 0
               ? BILLING_OK
               : billing_reply_fail(reply, BILLING_MALFORMED,
                   "The provider's answer holds no access token.");
}
