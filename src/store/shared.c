
#include "store/shared.h"

#include <hiredis/hiredis.h>

#include "event/lua.h"


#define BILLING_SHARED_LAYOUT 2
#define BILLING_SHARED_FIELD  16 /* hex digits */


/* What stands before the key and the body; in the machine's own form. */
typedef struct {
    uint32_t layout;
    uint32_t key_len;
    int64_t  until;
    uint32_t flags;
    u_char   tag[BILLING_TAG_LEN];
} billing_shared_head_t;

enum {
    BILLING_SHARED_CSV = 1,
    BILLING_SHARED_STALE = 2,
    BILLING_SHARED_INCOMPLETE = 4,
    BILLING_SHARED_FOCUS = 8,
    BILLING_SHARED_CUT = 16
};


static void shared_field(const ngx_str_t *key, u_char *text, ngx_str_t *field);
static void shared_done(
    void *data, struct redisReply *reply, const char *error);


BILLING_LUA(
    billing_answer_put_lua, "event/redis_denied.lua", "store/answer_put.lua");

static billing_redis_script_t shared_script_answer = {
    .text = billing_answer_put_lua,
};


billing_redis_call_t *
billing_shared_get(billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *key, billing_redis_done_pt done, void *data)
{
    u_char                text[BILLING_SHARED_FIELD];
    ngx_str_t             argv[3], name;
    billing_redis_call_t *call;

    name = *domain;
    ngx_str_set(&argv[0], "HGET");
    argv[1] = billing_store_key(store, &name, "answers");
    if (argv[1].data == NULL) {
        return NULL;
    }

    shared_field(key, text, &argv[2]);

    call = billing_redis_client_command(store->redis, 3, argv, 0, done, data);

    ngx_free(argv[1].data);

    return call;
}


/* Where an answer is looked for; that it is the right one, its key tells. */
static void
shared_field(const ngx_str_t *key, u_char *text, ngx_str_t *field)
{
    uint32_t sums[2];

    sums[0] = ngx_murmur_hash2(key->data, key->len);
    sums[1] = ngx_crc32_short(key->data, key->len);

    field->data = text;
    field->len = ngx_hex_dump(text, (u_char *) sums, sizeof(sums))
                 - field->data;
}


ngx_int_t
billing_shared_read(
    struct redisReply *reply, const ngx_str_t *key, billing_answer_t *answer)
{
    size_t                len;
    u_char               *p;
    billing_shared_head_t head;

    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {
        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
            "billing: no kept answer from Redis");
        return NGX_DECLINED;
    }

    len = reply->len;
    p = (u_char *) reply->str;

    if (len < sizeof(billing_shared_head_t) + key->len) {
        return NGX_DECLINED;
    }

    ngx_memcpy(&head, p, sizeof(billing_shared_head_t));
    p += sizeof(billing_shared_head_t);

    if (head.layout != BILLING_SHARED_LAYOUT || head.key_len != key->len
        || head.until <= ngx_time() || ngx_memcmp(p, key->data, key->len) != 0)
    {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
            "billing: the kept answer of Redis is not used: %s",
            head.until <= ngx_time() ? "it is old" : "it is of another key");
        return NGX_DECLINED;
    }

    ngx_memzero(answer, sizeof(billing_answer_t));

    answer->until = head.until;
    answer->csv = (head.flags & BILLING_SHARED_CSV) != 0;
    answer->stale = (head.flags & BILLING_SHARED_STALE) != 0;
    answer->incomplete = (head.flags & BILLING_SHARED_INCOMPLETE) != 0;
    answer->focus = (head.flags & BILLING_SHARED_FOCUS) != 0;
    answer->cut = (head.flags & BILLING_SHARED_CUT) != 0;
    ngx_memcpy(answer->tag, head.tag, BILLING_TAG_LEN);

    answer->body.data = p + key->len;
    answer->body.len = len - sizeof(billing_shared_head_t) - key->len;

    return answer->body.len == 0 ? NGX_DECLINED : NGX_OK;
}


billing_redis_call_t *
billing_shared_marks(billing_store_t *store, const ngx_str_t *domain,
    billing_redis_done_pt done, void *data)
{
    ngx_str_t             argv[2 + BILLING_SHARED_MARKS], name;
    billing_redis_call_t *call;

    name = *domain;
    ngx_str_set(&argv[0], "HMGET");
    argv[1] = billing_store_key(store, &name, "meta");
    if (argv[1].data == NULL) {
        return NULL;
    }

    ngx_str_set(&argv[2], "generation");
    ngx_str_set(&argv[3], "history");
    ngx_str_set(&argv[4], "costs");

    call = billing_redis_client_command(store->redis, 5, argv, 0, done, data);

    ngx_free(argv[1].data);

    return call;
}


ngx_uint_t
billing_shared_same(const redisReply *reply, const ngx_str_t *marks)
{
    ngx_uint_t        i;
    const redisReply *mark;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != BILLING_SHARED_MARKS)
    {
        return 0;
    }

    for (i = 0; i < BILLING_SHARED_MARKS; i++) {
        mark = reply->element[i];

        if (mark->type != REDIS_REPLY_STRING
                ? mark->type != REDIS_REPLY_NIL || marks[i].len != 0
                : (size_t) mark->len != marks[i].len
                      || ngx_memcmp(mark->str, marks[i].data, marks[i].len)
                             != 0)
        {
            return 0;
        }
    }

    return 1;
}


void
billing_shared_put(billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *key, const ngx_str_t *marks,
    const billing_answer_t *answer)
{
    u_char               *p;
    u_char                field[BILLING_SHARED_FIELD];
    ngx_str_t             argv[3 + BILLING_SHARED_MARKS];
    ngx_str_t             name;
    billing_shared_head_t head;

    if (key->len + answer->body.len > BILLING_SHARED_MAX) {
        return;
    }

    ngx_memzero(&head, sizeof(billing_shared_head_t));

    head.layout = BILLING_SHARED_LAYOUT;
    head.key_len = key->len;
    head.until = answer->until;
    head.flags = (answer->csv ? BILLING_SHARED_CSV : 0)
                 | (answer->stale ? BILLING_SHARED_STALE : 0)
                 | (answer->incomplete ? BILLING_SHARED_INCOMPLETE : 0)
                 | (answer->focus ? BILLING_SHARED_FOCUS : 0)
                 | (answer->cut ? BILLING_SHARED_CUT : 0);
    ngx_memcpy(head.tag, answer->tag, BILLING_TAG_LEN);

    name = *domain;
    argv[0] = billing_store_key(store, &name, "answers");

    argv[2].len = sizeof(billing_shared_head_t) + key->len + answer->body.len;
    argv[2].data = ngx_alloc(argv[2].len, store->log);

    if (argv[0].data != NULL && argv[2].data != NULL) {
        p = ngx_cpymem(argv[2].data, &head, sizeof(billing_shared_head_t));
        p = ngx_cpymem(p, key->data, key->len);
        (void) ngx_cpymem(p, answer->body.data, answer->body.len);

        shared_field(key, field, &argv[1]);
        ngx_memcpy(&argv[3], marks, BILLING_SHARED_MARKS * sizeof(ngx_str_t));

        (void) billing_redis_client_eval(store->redis, &shared_script_answer, 1,
            2 + BILLING_SHARED_MARKS, argv, shared_done, store);
    }

    ngx_free(argv[0].data);
    ngx_free(argv[2].data);
}


/* Whether it was put: the next one who asks will see. */
static void
shared_done(void *data, struct redisReply *reply, const char *error)
{
    billing_store_t *store = data;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        ngx_log_error(NGX_LOG_INFO, store->log, 0,
            "billing: redis does not keep an answer: %s", reply->str);
    }
}
