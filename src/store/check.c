
/*
 * A queue of what is still to be gone through, and one script after another:
 * the indexes first, then those that their objects have, the keys last, which
 * are many and of all domains.
 */

#include "store/check.h"

#include <hiredis/hiredis.h>

#include "core/text.h"
#include "store/credential.h"
#include "store/lua.h"


#define BILLING_CHECK_SLICE "100" /* objects, or so */
#define BILLING_CHECK_KEYS  "250" /* keys, or so */
#define BILLING_CHECK_TEXT  512

#define BILLING_CHECK_CREDENTIAL 4 /* elements of each */
#define BILLING_CHECK_FINDING    3 /* likewise */


BILLING_STORE_LUA(
    billing_check_lua, "store/script_domain.lua", "store/check.lua");

static billing_redis_script_t check_script = {
    .text = billing_check_lua,
    .reads = 1,
};


struct billing_check_s {
    billing_store_t      *store;
    ngx_pool_t           *pool;
    ngx_str_t             domain;
    ngx_msec_t            until;
    billing_redis_call_t *call;
    ngx_array_t           indexes; /* of ngx_str_t, names: to be gone through */
    ngx_uint_t            at;      /* the one under way */
    ngx_str_t             cursor;  /* in it */
    u_char                cursor_data[NGX_INT64_LEN];
    ngx_array_t           found;
    billing_checked_t     checked;
    billing_check_pt      done;
    void                 *data;
};

/* What a slice answers; lists are arrays of strings. */
enum {
    BILLING_SLICE_CURSOR = 0,
    BILLING_SLICE_SIZE,
    BILLING_SLICE_BLOCKS,
    BILLING_SLICE_INDEXES,
    BILLING_SLICE_SEALED,
    BILLING_SLICE_FOUND,
    BILLING_SLICE_ELEMENTS
};

/* Into how many elements each thing of a list goes. */
static const size_t check_parts[BILLING_SLICE_ELEMENTS] = {
    [BILLING_SLICE_INDEXES] = 1,
    [BILLING_SLICE_SEALED] = BILLING_CHECK_CREDENTIAL,
    [BILLING_SLICE_FOUND] = BILLING_CHECK_FINDING,
};


static ngx_int_t check_begin(billing_check_t *check);
static ngx_int_t check_indexes(billing_check_t *check);
static ngx_int_t check_later(
    billing_check_t *check, const char *const *names, ngx_uint_t n);
static void check_settled(void *data, redisReply *reply, const char *error);
static ngx_int_t check_send(billing_check_t *check);
static void      check_done(void *data, redisReply *reply, const char *error);
static ngx_int_t check_sound(
    billing_check_t *check, const billing_errand_t *errand, redisReply *reply);
static ngx_int_t check_apply(billing_check_t *check, redisReply *reply);
static ngx_int_t check_next(billing_check_t *check, redisReply *cursor);
static ngx_int_t check_sealed(billing_check_t *check, redisReply *list);
static ngx_int_t check_closed(
    billing_check_t *check, ngx_str_t *account, ngx_str_t *sealed);
static ngx_int_t  check_find(billing_check_t *check, const ngx_str_t *code,
     const ngx_str_t *object, const ngx_str_t *detail);
static ngx_uint_t check_known(
    billing_check_t *check, billing_finding_t *finding);
static ngx_int_t check_text(
    billing_check_t *check, ngx_str_t *text, const ngx_str_t *from);
static ngx_str_t check_string(redisReply *reply);


billing_check_t *
billing_check(billing_store_t *store, ngx_pool_t *pool, ngx_str_t *domain,
    ngx_msec_t timeout, billing_check_pt done, void *data)
{
    billing_check_t *check;

    check = ngx_pcalloc(pool, sizeof(billing_check_t));
    if (check == NULL) {
        return NULL;
    }

    check->store = store;
    check->pool = pool;
    check->domain = *domain;
    check->until = ngx_current_msec + timeout;
    check->done = done;
    check->data = data;
    check->checked.whole = 1;

    if (check_begin(check) != NGX_OK) {
        return NULL;
    }

    return check;
}


void
billing_check_cancel(billing_check_t *check)
{
    billing_redis_call_cancel(check->call);
}


static ngx_int_t
check_begin(billing_check_t *check)
{
    if (ngx_array_init(&check->indexes, check->pool, 32, sizeof(ngx_str_t))
            != NGX_OK
        || ngx_array_init(
               &check->found, check->pool, 8, sizeof(billing_finding_t))
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (check_indexes(check) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&check->cursor, "0");

    check->call = billing_schema_settle(check->store, &check->domain,
        BILLING_SCHEMA_CHECK, NULL, check_settled, check);

    return check->call == NULL ? NGX_ERROR : NGX_OK;
}


/* Sets of the kinds come first, in the order of the kinds; the keys are last. */

static ngx_int_t
check_indexes(billing_check_t *check)
{
    ngx_uint_t  i;
    const char *names[2 * BILLING_KINDS];

    static const char *const others[] = { "linked_accounts", "changes",
        "deleted", "" };

    for (i = 0; i < BILLING_KINDS; i++) {
        names[i] = billing_kinds[i].list;
        names[BILLING_KINDS + i] = billing_kinds[i].names;
    }

    if (check_later(check, names, 2 * BILLING_KINDS) != NGX_OK) {
        return NGX_ERROR;
    }

    return check_later(check, others, sizeof(others) / sizeof(others[0]));
}


static ngx_int_t
check_later(billing_check_t *check, const char *const *names, ngx_uint_t n)
{
    ngx_str_t *name;

    while (n-- > 0) {
        name = ngx_array_push(&check->indexes);
        if (name == NULL) {
            return NGX_ERROR;
        }

        name->data = (u_char *) *names++;
        name->len = ngx_strlen(name->data);
    }

    return NGX_OK;
}


/* What cannot be settled is looked at as it is. */

static void
check_settled(void *data, redisReply *reply, const char *error)
{
    billing_check_t *check = data;

    billing_schema_settled_t settled;

    if (reply == NULL) {
        check->done(check->data, NULL);
        return;
    }

    (void) billing_schema_read(
        check->store, &check->domain, reply, error, &settled);
    ngx_str_null(&check->store->newer);

    if (check_send(check) != NGX_OK) {
        check->done(check->data, NULL);
    }
}


static ngx_int_t
check_send(billing_check_t *check)
{
    ngx_str_t args[3];

    args[0] = ((ngx_str_t *) check->indexes.elts)[check->at];
    args[1] = check->cursor;

    if (args[0].len == 0) {
        ngx_str_set(&args[2], BILLING_CHECK_KEYS);

    } else {
        ngx_str_set(&args[2], BILLING_CHECK_SLICE);
    }

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, check->store->log, 0,
        "billing check %p: domain \"%V\", \"%V\" from %V", check,
        &check->domain, &args[0], &args[1]);

    check->call = billing_store_eval(check->store, &check_script,
        &check->domain, 3, args, check_done, check);

    return check->call == NULL ? NGX_ERROR : NGX_OK;
}


static void
check_done(void *data, redisReply *reply, const char *error)
{
    billing_check_t *check = data;

    ngx_int_t        rc;
    billing_errand_t errand;

    errand = (billing_errand_t){ .what = "check", .domain = check->domain };

    if (billing_store_reply(
            check->store, &errand, reply, error, BILLING_SLICE_ELEMENTS)
            != NGX_OK
        || check_sound(check, &errand, reply) != NGX_OK)
    {
        check->done(check->data, NULL);
        return;
    }

    rc = check_apply(check, reply);

    if (rc == NGX_AGAIN) {
        rc = check_send(check);

        if (rc == NGX_OK) {
            return;
        }
    }

    check->checked.found = check->found.elts;
    check->checked.nfound = check->found.nelts;

    check->done(check->data, rc == NGX_DONE ? &check->checked : NULL);
}


static ngx_int_t
check_sound(
    billing_check_t *check, const billing_errand_t *errand, redisReply *reply)
{
    size_t       i, n;
    redisReply **e, *list;

    e = reply->element;

    if (e[BILLING_SLICE_CURSOR]->type != REDIS_REPLY_STRING
        || e[BILLING_SLICE_CURSOR]->len > NGX_INT64_LEN
        || e[BILLING_SLICE_SIZE]->type != REDIS_REPLY_INTEGER
        || e[BILLING_SLICE_BLOCKS]->type != REDIS_REPLY_INTEGER)
    {
        goto unexpected;
    }

    for (i = BILLING_SLICE_INDEXES; i < BILLING_SLICE_ELEMENTS; i++) {
        list = e[i];

        if (list->type != REDIS_REPLY_ARRAY
            || list->elements % check_parts[i] != 0) {
            goto unexpected;
        }

        for (n = 0; n < list->elements; n++) {
            if (list->element[n]->type != REDIS_REPLY_STRING) {
                goto unexpected;
            }
        }
    }

    return NGX_OK;

unexpected:

    billing_store_unexpected(check->store, errand, "no slice");

    return NGX_ERROR;
}


/* NGX_AGAIN: there is more; NGX_DONE: there is not. */

static ngx_int_t
check_apply(billing_check_t *check, redisReply *reply)
{
    size_t       i;
    ngx_str_t    code, object, detail, name, *added;
    redisReply **e, *list;

    e = reply->element;
    check->checked.blocks += e[BILLING_SLICE_BLOCKS]->integer;

    if (check->at < BILLING_KINDS) {
        check->checked.counts[check->at] = e[BILLING_SLICE_SIZE]->integer;
    }

    list = e[BILLING_SLICE_INDEXES];

    for (i = 0; i < list->elements; i++) {
        name = check_string(list->element[i]);
        added = ngx_array_push(&check->indexes);

        if (added == NULL) {
            return NGX_ERROR;
        }

        added->len = name.len;
        added->data = ngx_pstrdup(check->pool, &name);

        if (added->data == NULL) {
            return NGX_ERROR;
        }
    }

    list = e[BILLING_SLICE_FOUND];

    for (i = 0; i < list->elements; i += BILLING_CHECK_FINDING) {
        code = check_string(list->element[i]);
        object = check_string(list->element[i + 1]);
        detail = check_string(list->element[i + 2]);

        if (check_find(check, &code, &object, &detail) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (check_sealed(check, e[BILLING_SLICE_SEALED]) != NGX_OK) {
        return NGX_ERROR;
    }

    return check_next(check, e[BILLING_SLICE_CURSOR]);
}


static ngx_int_t
check_next(billing_check_t *check, redisReply *cursor)
{
    ngx_memcpy(check->cursor_data, cursor->str, cursor->len);
    check->cursor.data = check->cursor_data;
    check->cursor.len = cursor->len;

    if (cursor->len == 1 && cursor->str[0] == '0') {
        check->at++;
    }

    if (check->at == check->indexes.nelts) {
        return NGX_DONE;
    }

    if ((ngx_msec_int_t) (check->until - ngx_current_msec) <= 0
        || check->found.nelts == BILLING_CHECK_FOUND)
    {
        check->checked.whole = 0;
        return NGX_DONE;
    }

    return NGX_AGAIN;
}


/* Opens what is sealed, to see that it opens. */

static ngx_int_t
check_sealed(billing_check_t *check, redisReply *list)
{
    size_t           i;
    json_t          *plain;
    ngx_int_t        version;
    ngx_str_t        text;
    billing_sealed_t credential;

    for (i = 0; i < list->elements; i += BILLING_CHECK_CREDENTIAL) {
        text = check_string(list->element[i + 2]);
        version = ngx_atoi(text.data, text.len);

        credential.domain = check->domain;
        credential.account = check_string(list->element[i]);
        credential.provider = check_string(list->element[i + 1]);
        credential.version = version == NGX_ERROR ? 0 : version;
        credential.sealed = check_string(list->element[i + 3]);

        plain = billing_credential_open(check->store, &credential);

        if (plain != NULL) {
            json_decref(plain);
            continue;
        }

        if (!billing_credential_bad(check->store, &credential)) {
            return NGX_ERROR;
        }

        if (check_closed(check, &credential.account, &credential.sealed)
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Of what does not open: the key that it names. */

static ngx_int_t
check_closed(billing_check_t *check, ngx_str_t *account, ngx_str_t *sealed)
{
    u_char    text[BILLING_CHECK_TEXT];
    ngx_str_t code = ngx_string("credential_sealed");
    ngx_str_t detail, key;

    key = billing_seal_sealed_key(sealed);

    detail.data = text;
    detail.len = ngx_snprintf(text, sizeof(text),
                     "it is sealed with key \"%*s\" and does not open", key.len,
                     key.data)
                 - text;

    return check_find(check, &code, account, &detail);
}


static ngx_int_t
check_find(billing_check_t *check, const ngx_str_t *code,
    const ngx_str_t *object, const ngx_str_t *detail)
{
    billing_finding_t finding, *added;

    if (check->found.nelts == BILLING_CHECK_FOUND) {
        check->checked.whole = 0;
        return NGX_OK;
    }

    if (check_text(check, &finding.code, code) != NGX_OK
        || check_text(check, &finding.object, object) != NGX_OK
        || check_text(check, &finding.detail, detail) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* a scan may come across something twice */

    if (check_known(check, &finding)) {
        return NGX_OK;
    }

    added = ngx_array_push(&check->found);
    if (added == NULL) {
        return NGX_ERROR;
    }

    *added = finding;

    return NGX_OK;
}


static ngx_uint_t
check_known(billing_check_t *check, billing_finding_t *finding)
{
    ngx_uint_t         i;
    billing_finding_t *known;

    known = check->found.elts;

    for (i = 0; i < check->found.nelts; i++) {
        if (known[i].object.len == finding->object.len
            && known[i].detail.len == finding->detail.len
            && ngx_memcmp(known[i].object.data, finding->object.data,
                   finding->object.len)
                   == 0
            && ngx_memcmp(known[i].detail.data, finding->detail.data,
                   finding->detail.len)
                   == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* Whoever has damaged the data may have left anything in them. */

static ngx_int_t
check_text(billing_check_t *check, ngx_str_t *text, const ngx_str_t *from)
{
    size_t        i;
    billing_str_t s;

    text->len = ngx_min(from->len, BILLING_CHECK_TEXT);
    text->data = ngx_pnalloc(check->pool, text->len + 1);

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text->data, from->data, text->len);

    s = (billing_str_t){ (char *) text->data, text->len };

    if (billing_text_valid(s)) {
        return NGX_OK;
    }

    for (i = 0; i < text->len; i++) {
        if (text->data[i] >= 0x80) {
            text->data[i] = '?';
        }
    }

    return NGX_OK;
}


static ngx_str_t
check_string(redisReply *reply)
{
    ngx_str_t s;

    s.data = (u_char *) reply->str;
    s.len = reply->len;

    return s;
}
