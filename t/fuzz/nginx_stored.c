
/*
 * What comes back from Redis, and headers: a digit for what it is, then
 *
 *     0  an answer that was kept, as somebody else may have written it
 *     1  the same, as we write it, with one byte changed
 *     2  the fields of an object, each ended by a record separator (0x1e)
 *     3  If-None-Match
 *     4  Retry-After
 */

#include "fuzz_nginx.h"

#include <hiredis/hiredis.h>
#include <jansson.h>

#include "core/text.h"

#include "event/curl_transfer.c"
#include "store/answer.c"
#include "store/kinds.c"
#include "store/object.c"
#include "store/shared.c"


#define MAX_FIELDS 40


const ngx_str_t billing_kind_names[] = {
    ngx_string("project group"),
    ngx_string("project"),
    ngx_string("service account"),
};

static const ngx_str_t key = ngx_string("the key of a question");


static void kept(billing_str_t bytes);
static void kept_of_ours(fuzz_input_t *in);
static void object(fuzz_input_t *in);
static void check_object(const billing_object_t *o);
static void check_json(const ngx_str_t *text);
static void listed(billing_str_t text);
static void wait_for(billing_str_t text);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input_t  in = { data, data + size };
    billing_str_t text;

    switch ((uint8_t) (fuzz_byte(&in) - '0') % 5) {
    case 0:
        text = fuzz_copy(fuzz_rest(&in));
        kept(text);
        fuzz_free(text);
        break;

    case 1:
        kept_of_ours(&in);
        break;

    case 2:
        object(&in);
        break;

    case 3:
        text = fuzz_copy(fuzz_rest(&in));
        listed(text);
        fuzz_free(text);
        break;

    default:
        wait_for(fuzz_rest(&in));
    }

    return 0;
}


/* An answer is taken whole, for this question and this time, or not at all. */
static void
kept(billing_str_t bytes)
{
    ngx_int_t        rc;
    redisReply       reply;
    billing_answer_t answer;

    memset(&reply, 0, sizeof(redisReply));
    reply.type = REDIS_REPLY_STRING;
    reply.str = (char *) bytes.data;
    reply.len = bytes.len;

    rc = billing_shared_read(&reply, &key, &answer);
    must(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc == NGX_OK) {
        must(answer.until > ngx_time());
        must(answer.body.len > 0);
        must((char *) answer.body.data + answer.body.len
             == bytes.data + bytes.len);
        must((char *) answer.body.data >= bytes.data + key.len);
        must(memcmp(answer.body.data - key.len, key.data, key.len) == 0);
        must(answer.coding == BILLING_IDENTITY && !answer.degraded);
    }

    reply.type = REDIS_REPLY_NIL;
    must(billing_shared_read(&reply, &key, &answer) == NGX_DECLINED);
    must(billing_shared_read(NULL, &key, &answer) == NGX_DECLINED);
}


static void
kept_of_ours(fuzz_input_t *in)
{
    size_t                at, head, len;
    char                 *bytes;
    billing_str_t         body;
    billing_shared_head_t h;

    at = (size_t) fuzz_number(in, 2);
    ngx_memzero(&h, sizeof(billing_shared_head_t));
    h.layout = BILLING_SHARED_LAYOUT;
    h.key_len = key.len;
    h.until = FUZZ_NOW + fuzz_byte(in);
    h.flags = fuzz_byte(in);
    body = fuzz_rest(in);

    head = sizeof(billing_shared_head_t);
    len = head + key.len + body.len;
    bytes = malloc(len);
    memcpy(bytes, &h, head);
    memcpy(bytes + head, key.data, key.len);

    if (body.len > 0) {
        memcpy(bytes + head + key.len, body.data, body.len);
    }

    kept((billing_str_t){ bytes, len });
    bytes[at % len] ^= 1;
    kept((billing_str_t){ bytes, len });
    free(bytes);
}


/* Whatever the HASH holds, texts are UTF-8 and JSON is JSON. */
static void
object(fuzz_input_t *in)
{
    size_t            n;
    ngx_str_t         domain = ngx_string("default");
    ngx_str_t         id = ngx_string("sa-0123456789ab");
    redisReply        fields, items[MAX_FIELDS], *list[MAX_FIELDS];
    ngx_pool_t       *pool;
    billing_str_t     text;
    billing_kind_t    kind;
    billing_object_t *o, copy;

    kind = (billing_kind_t) ((uint8_t) (fuzz_byte(in) - '0') % BILLING_KINDS);
    memset(items, 0, sizeof(items));
    memset(&fields, 0, sizeof(redisReply));

    for (n = 0; n < MAX_FIELDS && in->p < in->end; n++) {
        text = fuzz_until(in, '\x1e');
        items[n].type = text.len > 0 && text.data[0] == '\x1f'
                            ? REDIS_REPLY_NIL
                            : REDIS_REPLY_STRING;
        items[n].str = strndup(text.data, text.len); /* as hiredis ends it */
        items[n].len = strlen(items[n].str);
        list[n] = &items[n];
    }

    fields.type = REDIS_REPLY_ARRAY;
    fields.elements = n;
    fields.element = list;

    o = billing_object_create(&domain, kind, &id, &fields, &fuzz_log);

    while (n > 0) {
        free(items[--n].str);
    }

    must(o != NULL);
    check_object(o);

    pool = fuzz_pool();
    must(billing_object_copy(pool, o, &copy) == NGX_OK);
    billing_object_free(o);
    check_object(&copy);
    ngx_destroy_pool(pool);
}


static void
check_object(const billing_object_t *o)
{
    ngx_uint_t                    i;
    const ngx_str_t              *text;
    const billing_object_field_t *field;

    for (field = object_texts; field->name != NULL; field++) {
        text = (const ngx_str_t *) ((const u_char *) o + field->offset);
        must(billing_text_valid(
            (billing_str_t){ (char *) text->data, text->len }));
    }

    check_json(&o->tags);
    check_json(&o->shown);

    for (i = 0; i < o->nlinked; i++) {
        must(billing_text_valid(
            (billing_str_t){ (char *) o->linked[i].data, o->linked[i].len }));
    }
}


static void
check_json(const ngx_str_t *text)
{
    json_t *value;

    if (text->len > 0) {
        value = json_loadb((char *) text->data, text->len, 0, NULL);
        must(json_is_object(value));
        json_decref(value);
    }
}


/* A tag is found only where it stands. */
static void
listed(billing_str_t text)
{
    u_char    tag[BILLING_TAG_LEN];
    ngx_int_t rc;
    ngx_str_t list = fuzz_ngx(text);

    memset(tag, 'a', sizeof(tag));
    rc = billing_answer_named(&list, tag, BILLING_GZIP);
    must(rc == NGX_DECLINED || (rc >= 0 && rc < BILLING_CODINGS));

    if (rc != NGX_DECLINED) {
        must((text.len == 1 && text.data[0] == '*')
             || memmem(text.data, text.len, tag, sizeof(tag)) != NULL);
    }
}


/* As libcurl hands a header's value out, with a zero behind it. */
static void
wait_for(billing_str_t text)
{
    char     *value;
    ngx_int_t seconds;

    value = strndup(text.len > 0 ? text.data : "", text.len);
    seconds = curl_wait(value);
    must(seconds >= -1);
    free(value);
}
