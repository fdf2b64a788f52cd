
/*
 * Lua scripts: EVALSHA, and EVAL where Redis has forgotten the script.
 *
 * The second command is the first with other words in front, so it is made
 * from the text of the first: keys and arguments need no copy of their own.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_sha1.h>

#include "event/ngx_billing_redis_internal.h"


#define NGX_BILLING_REDIS_SHA1_LEN 40

/* what ngx_billing_redis_call_create() makes of "EVALSHA" and the digest */
#define NGX_BILLING_REDIS_EVALSHA_LEN \
    (sizeof("$7\r\nEVALSHA\r\n$40\r\n\r\n") - 1 + NGX_BILLING_REDIS_SHA1_LEN)


static void
ngx_billing_redis_script_digest(ngx_billing_redis_script_t *script)
{
    u_char     digest[20];
    ngx_sha1_t sha1;

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, script->text, ngx_strlen(script->text));
    ngx_sha1_final(digest, &sha1);

    *ngx_hex_dump(script->sha1, digest, sizeof(digest)) = '\0';
}


ngx_billing_redis_call_t *
ngx_billing_redis_eval(ngx_billing_redis_t *redis,
    ngx_billing_redis_script_t *script, ngx_uint_t nkeys, ngx_uint_t nargs,
    const ngx_str_t *argv, ngx_billing_redis_done_pt done, void *data)
{
    u_char                    number[NGX_INT_T_LEN];
    ngx_str_t                *words;
    ngx_billing_redis_call_t *call;

    if (script->sha1[0] == '\0') {
        ngx_billing_redis_script_digest(script);
    }

    words = ngx_alloc((3 + nkeys + nargs) * sizeof(ngx_str_t), ngx_cycle->log);
    if (words == NULL) {
        return NULL;
    }

    ngx_str_set(&words[0], "EVALSHA");
    words[1].data = script->sha1;
    words[1].len = NGX_BILLING_REDIS_SHA1_LEN;
    words[2].data = number;
    words[2].len = ngx_sprintf(number, "%ui", nkeys) - number;
    ngx_memcpy(&words[3], argv, (nkeys + nargs) * sizeof(ngx_str_t));

    call = ngx_billing_redis_call_create(
        redis, 3 + nkeys + nargs, words, 0, done, data);

    ngx_free(words);

    if (call == NULL) {
        return NULL;
    }

    call->script = script;
    ngx_billing_redis_call_submit(call);

    return call;
}


static ngx_uint_t
ngx_billing_redis_script_unknown(ngx_billing_redis_call_t *call)
{
    redisReply *reply;

    reply = call->reply;

    return reply != NULL && reply->type == REDIS_REPLY_ERROR
           && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0;
}


ngx_int_t
ngx_billing_redis_script_again(ngx_billing_redis_call_t *call)
{
    size_t  script_len, count_len;
    u_char *text, *p, *rest;

    if (!ngx_billing_redis_script_unknown(call)) {
        return NGX_DECLINED;
    }

    /* "*<count>\r\n", then the words */
    count_len = ngx_strlchr(call->text, call->text + call->len, LF) + 1
                - call->text;
    rest = call->text + count_len + NGX_BILLING_REDIS_EVALSHA_LEN;
    script_len = ngx_strlen(call->script->text);

    text = ngx_alloc(call->len + script_len + NGX_SIZE_T_LEN + sizeof("EVAL"),
        ngx_cycle->log);
    if (text == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_cpymem(text, call->text, count_len);
    p = ngx_sprintf(p, "$4" CRLF "EVAL" CRLF "$%uz" CRLF, script_len);
    p = ngx_cpymem(p, call->script->text, script_len);
    p = ngx_cpymem(p, CRLF, sizeof(CRLF) - 1);
    p = ngx_cpymem(p, rest, call->text + call->len - rest);
    *p = '\0';

    ngx_free(call->text);
    call->text = text;
    call->len = p - text;
    call->script = NULL;

    freeReplyObject(call->reply);
    call->reply = NULL;

    ngx_billing_redis_call_submit(call);

    return NGX_OK;
}
