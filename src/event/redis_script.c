
/*
 * Lua scripts: EVALSHA, and EVAL where Redis has forgotten the script.
 *
 * The second command is the first with other words in front, so it is made
 * from the text of the first: keys and arguments need no copy of their own.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_sha1.h>

#include "event/redis_internal.h"


#define BILLING_REDIS_SHA1_LEN 40

/* what billing_redis_call_create() makes of "EVALSHA" and the digest */
#define BILLING_REDIS_EVALSHA_LEN \
    (sizeof("$7\r\nEVALSHA\r\n$40\r\n\r\n") - 1 + BILLING_REDIS_SHA1_LEN)


/*
 * What stands before a script in a cluster.  While a slot is on its way to
 * another node, some of its keys are there and some are here, and whoever
 * asks for one that is not here is told that there is none, or ends half way.
 * So the script does not even begin: two keys that nobody has, in one command,
 * are refused by a node that does not have all of the slot (ASK or TRYAGAIN,
 * getNodeByQuery() in Redis' cluster.c), and by no other.
 */
static const char redis_guard[] =
    "do\n"
    "  local tag = string.match(KEYS[1], '^[^{]*{[^}]+}')\n"
    "  if tag then\n"
    "    local r = redis.pcall('EXISTS', tag .. '~1', tag .. '~2')\n"
    "    if type(r) == 'table' then\n"
    "      return redis.error_reply('TRYAGAIN the slot is being moved')\n"
    "    end\n"
    "  end\n"
    "end\n";


static const char *
redis_script_guard(billing_redis_t *redis)
{
    return redis->conf->kind == BILLING_REDIS_CLUSTER ? redis_guard : "";
}


/* As it is sent by this client; made at first use. */
static u_char *
redis_script_digest(billing_redis_t *redis, billing_redis_script_t *script)
{
    u_char      digest[20], *hex;
    ngx_sha1_t  sha1;
    const char *guard;

    guard = redis_script_guard(redis);
    hex = guard[0] == '\0' ? script->sha1 : script->guarded;

    if (hex[0] != '\0') {
        return hex;
    }

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, guard, ngx_strlen(guard));
    ngx_sha1_update(&sha1, script->text, ngx_strlen(script->text));
    ngx_sha1_final(digest, &sha1);

    *ngx_hex_dump(hex, digest, sizeof(digest)) = '\0';

    return hex;
}


billing_redis_call_t *
billing_redis_script_call(billing_redis_t *redis,
    billing_redis_script_t *script, ngx_uint_t nkeys, ngx_uint_t nargs,
    const ngx_str_t *argv, billing_redis_done_pt done, void *data)
{
    u_char                number[NGX_INT_T_LEN];
    ngx_str_t            *words;
    billing_redis_call_t *call;

    words = ngx_alloc((3 + nkeys + nargs) * sizeof(ngx_str_t), ngx_cycle->log);
    if (words == NULL) {
        return NULL;
    }

    ngx_str_set(&words[0], "EVALSHA");
    words[1].data = redis_script_digest(redis, script);
    words[1].len = BILLING_REDIS_SHA1_LEN;
    words[2].data = number;
    words[2].len = ngx_sprintf(number, "%ui", nkeys) - number;
    ngx_memcpy(&words[3], argv, (nkeys + nargs) * sizeof(ngx_str_t));

    call = billing_redis_call_create(
        redis, 3 + nkeys + nargs, words, 0, done, data);

    ngx_free(words);

    if (call == NULL) {
        return NULL;
    }

    call->script = script;
    call->reads = script->reads;
    call->durable = script->durable && redis->conf->replicas > 0;

    return call;
}


static ngx_uint_t
redis_script_unknown(billing_redis_call_t *call)
{
    redisReply *reply;

    reply = call->reply;

    return reply != NULL && reply->type == REDIS_REPLY_ERROR
           && ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0;
}


ngx_int_t
billing_redis_script_again(billing_redis_call_t *call)
{
    size_t      script_len, guard_len, count_len;
    u_char     *text, *p, *rest;
    const char *guard;

    if (!redis_script_unknown(call)) {
        return NGX_DECLINED;
    }

    /* "*<count>\r\n", then the words */
    count_len = ngx_strlchr(call->text, call->text + call->len, LF) + 1
                - call->text;
    rest = call->text + count_len + BILLING_REDIS_EVALSHA_LEN;
    script_len = ngx_strlen(call->script->text);
    guard = redis_script_guard(call->redis);
    guard_len = ngx_strlen(guard);

    text = ngx_alloc(
        call->len + guard_len + script_len + NGX_SIZE_T_LEN + sizeof("EVAL"),
        ngx_cycle->log);
    if (text == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_cpymem(text, call->text, count_len);
    p = ngx_sprintf(
        p, "$4" CRLF "EVAL" CRLF "$%uz" CRLF, guard_len + script_len);
    p = ngx_cpymem(p, guard, guard_len);
    p = ngx_cpymem(p, call->script->text, script_len);
    p = ngx_cpymem(p, CRLF, sizeof(CRLF) - 1);
    p = ngx_cpymem(p, rest, call->text + call->len - rest);
    *p = '\0';

    ngx_free(call->text);
    call->text = text;
    call->len = p - text;
    call->script = NULL;

    billing_redis_call_forget(call);

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, call->redis->log, 0,
        "billing redis call %p: Redis does not know the script, sent in full",
        call);

    return NGX_AGAIN;
}
