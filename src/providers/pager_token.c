
/*
 * A token is taken before each request from those that are kept, since other
 * walks renew it, too.  One that the provider refuses before its time is
 * dropped and asked for anew, once.
 */

#include "providers/reply.h"
#include "providers/pager_internal.h"


#define BILLING_PAGER_SPARE 60 /* seconds before its end a token is renewed */


static billing_status_t billing_pager_lend(
    billing_pager_t *walk, billing_reply_t *reply);


void
billing_pager_token(billing_pager_t *walk)
{
    int           fresh;
    time_t        until;
    billing_str_t token;

    fresh = walk->lent;
    until = walk->question.now + BILLING_PAGER_SPARE;
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


billing_status_t
billing_pager_login(billing_pager_t *walk, billing_http_request_t *req)
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
billing_pager_stage(billing_pager_t *walk, billing_reply_t *reply)
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
        return billing_pager_lend(walk, reply);
    }

    walk->stage = reply->next;
    billing_buf_init_secret(&reply->next, 0);

    return BILLING_OK;
}


static billing_status_t
billing_pager_lend(billing_pager_t *walk, billing_reply_t *reply)
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
