
#include "store/object.h"

#include "core/json.h"

#include <hiredis/hiredis.h>
#include <jansson.h>

#include "core/text.h"


#define BILLING_ID_DIGITS  12
#define BILLING_SEARCH_MAX 262144


/* Fields of the HASH and where they go. */
typedef struct {
    const char *name;
    size_t      offset;
} billing_object_field_t;


#define billing_field(name, member)              \
    {                                            \
        name, offsetof(billing_object_t, member) \
    }

static const billing_object_field_t object_texts[] = {
    billing_field("name", name),
    billing_field("tags", tags),
    billing_field("created_at", created_at),
    billing_field("updated_at", updated_at),
    billing_field("provider", provider),
    billing_field("credential", credential),
    billing_field("shown", shown),
    billing_field("state", state),
    billing_field("reason", reason),
    billing_field("verified_at", verified_at),
    billing_field("joined", joined),
    billing_field("gone", gone),
    billing_field("foreign", foreign),
    { NULL, 0 },
};

static const billing_object_field_t object_numbers[] = {
    billing_field("version", version),
    billing_field("revision", revision),
    billing_field("seq", seq),
    billing_field("accounts", accounts),
    billing_field("credential_version", credential_version),
    billing_field("linked_all", linked_all),
    billing_field("linked_at", linked_at),
    billing_field("tried_at", tried_at),
    billing_field("reason_since", reason_since),
    billing_field("unread", unread),
    billing_field("shrunk_at", shrunk_at),
    { NULL, 0 },
};

/* What is read on the way to an object. */
typedef struct {
    const ngx_str_t *domain;
    billing_object_t object; /* texts point into the reply */
    json_t          *linked;
    billing_buf_t    search;
    unsigned         nomem : 1;
} billing_draft_t;


static void object_draft_field(
    billing_draft_t *draft, redisReply *name, redisReply *value);
static void *object_draft_member(billing_draft_t *draft,
    const billing_object_field_t *fields, const char *name);
static void  object_draft_check(billing_draft_t *draft, ngx_log_t *log);
static void  object_draft_broken(
     billing_draft_t *draft, const char *name, ngx_log_t *log);
static ngx_uint_t object_draft_listed(const json_t *linked);
static json_t    *object_draft_json(
       billing_draft_t *draft, const u_char *data, size_t len);
static ngx_uint_t object_draft_sound(
    billing_draft_t *draft, const ngx_str_t *text, ngx_uint_t json);
static ngx_int_t object_draft_search(billing_draft_t *draft, ngx_log_t *log);
static void      object_draft_shown(const ngx_str_t *text, billing_buf_t *out);
static billing_object_t *object_draft_finish(
    billing_draft_t *draft, ngx_log_t *log);
static size_t object_size(const billing_object_t *object);
static void   object_place(
      const billing_object_t *from, billing_object_t *to, void *place);
static void object_text(u_char **p, ngx_str_t *text);


billing_object_t *
billing_object_create(const ngx_str_t *domain, billing_kind_t kind,
    ngx_str_t *id, redisReply *fields, ngx_log_t *log)
{
    size_t            i;
    redisReply       *name, *value;
    billing_draft_t   draft;
    billing_object_t *object;

    ngx_memzero(&draft, sizeof(billing_draft_t));
    billing_buf_init(&draft.search, BILLING_SEARCH_MAX);

    draft.domain = domain;
    draft.object.kind = kind;
    draft.object.id = *id;
    ngx_str_set(&draft.object.state, "unverified");

    for (i = 0; i + 1 < fields->elements; i += 2) {
        name = fields->element[i];
        value = fields->element[i + 1];

        if (name->type == REDIS_REPLY_STRING
            && value->type == REDIS_REPLY_STRING) {
            object_draft_field(&draft, name, value);
        }
    }

    object = NULL;
    object_draft_check(&draft, log);

    if (object_draft_search(&draft, log) == NGX_OK) {
        object = object_draft_finish(&draft, log);
    }

    json_decref(draft.linked);
    billing_buf_free(&draft.search);

    return object;
}


void
billing_object_free(billing_object_t *object)
{
    ngx_free(object);
}


static void
object_draft_field(billing_draft_t *draft, redisReply *name, redisReply *value)
{
    ngx_str_t  *text;
    ngx_int_t   n;
    ngx_uint_t *number;

    if (ngx_strcmp(name->str, "linked") == 0) {
        json_decref(draft->linked);
        draft->linked = object_draft_json(
            draft, (u_char *) value->str, value->len);

        if (draft->linked == NULL) {
            draft->linked = json_null();
        }

        return;
    }

    number = object_draft_member(draft, object_numbers, name->str);

    if (number != NULL) {
        n = ngx_atoi((u_char *) value->str, value->len);
        *number = n == NGX_ERROR ? 0 : n;
        return;
    }

    text = object_draft_member(draft, object_texts, name->str);

    if (ngx_strcmp(name->str, billing_kinds[draft->object.kind].parent) == 0) {
        text = &draft->object.parent;
    }

    if (text != NULL) {
        text->data = (u_char *) value->str;
        text->len = value->len;
    }
}


static void *
object_draft_member(billing_draft_t *draft,
    const billing_object_field_t *fields, const char *name)
{
    const billing_object_field_t *field;

    for (field = fields; field->name != NULL; field++) {
        if (ngx_strcmp(name, field->name) == 0) {
            return (u_char *) &draft->object + field->offset;
        }
    }

    return NULL;
}


/*
 * Answers show texts as they are: what others have written into Redis must not
 * make an answer that is no JSON, and a broken list of linked accounts must
 * not look like an empty one.
 */

static void
object_draft_check(billing_draft_t *draft, ngx_log_t *log)
{
    ngx_str_t                    *text;
    ngx_uint_t                    json;
    const billing_object_field_t *field;

    if (!object_draft_listed(draft->linked)) {
        object_draft_broken(draft, "linked", log);
        json_decref(draft->linked);
        draft->linked = NULL;
        draft->object.linked_at = 0;
    }

    for (field = object_texts; field->name != NULL; field++) {
        text = object_draft_member(draft, object_texts, field->name);
        json = text == &draft->object.tags || text == &draft->object.shown
               || text == &draft->object.joined || text == &draft->object.gone
               || text == &draft->object.foreign;

        if (text->len == 0 || object_draft_sound(draft, text, json)) {
            continue;
        }

        object_draft_broken(draft, field->name, log);
        text->len = 0;
    }
}


static void
object_draft_broken(billing_draft_t *draft, const char *name, ngx_log_t *log)
{
    ngx_log_error(NGX_LOG_ERR, log, 0,
        "billing: field \"%s\" of %V \"%V\" in redis is broken, in domain \"%V\"",
        name, &billing_kinds[draft->object.kind].kind, &draft->object.id,
        draft->domain);
}


/* A list of texts; NULL: there was no such field. */

static ngx_uint_t
object_draft_listed(const json_t *linked)
{
    size_t  i;
    json_t *item;

    if (linked == NULL) {
        return 1;
    }

    json_array_foreach(linked, i, item)
    {
        if (!json_is_string(item)) {
            return 0;
        }
    }

    return json_is_array(linked);
}


/* NULL: it is none, or there is no memory for it. */

static json_t *
object_draft_json(billing_draft_t *draft, const u_char *data, size_t len)
{
    json_t       *value;
    billing_str_t text;

    text = (billing_str_t){ (const char *) data, len };

    if (billing_json_parse(text, BILLING_JSON_DEPTH, &value, NULL)
        == BILLING_NOMEM) {
        draft->nomem = 1;
    }

    return value;
}


static ngx_uint_t
object_draft_sound(
    billing_draft_t *draft, const ngx_str_t *text, ngx_uint_t json)
{
    json_t       *value;
    ngx_uint_t    sound;
    billing_str_t s;

    if (!json) {
        s = (billing_str_t){ (char *) text->data, text->len };
        return billing_text_valid(s);
    }

    value = object_draft_json(draft, text->data, text->len);
    sound = json_is_object(value);
    json_decref(value);

    return sound;
}


/*
 * A line of each: what is typed into a search box never holds a line feed, so
 * it never matches across two of them.
 */

static ngx_int_t
object_draft_search(billing_draft_t *draft, ngx_log_t *log)
{
    json_t        *tags, *value;
    ngx_str_t     *name, *text;
    const char    *key;
    billing_str_t  s;
    billing_buf_t *out;

    name = &draft->object.name;
    text = &draft->object.tags;
    out = &draft->search;

    s = (billing_str_t){ (char *) name->data, name->len };
    billing_text_fold(s, out);

    if (draft->object.kind == BILLING_KIND_ACCOUNT && text->len != 0) {
        tags = object_draft_json(draft, text->data, text->len);

        json_object_foreach(tags, key, value)
        {
            billing_buf_add_char(out, '\n');
            billing_text_fold(billing_str_from(key), out);
            billing_buf_add_char(out, '\n');
            s = billing_str_from(json_string_value(value));
            billing_text_fold(s, out);
        }

        json_decref(tags);
    }

    if (draft->object.kind == BILLING_KIND_ACCOUNT) {
        object_draft_shown(&draft->object.shown, out);
    }

    if (draft->nomem || out->status == BILLING_NOMEM) {
        ngx_log_error(
            NGX_LOG_EMERG, log, 0, "billing: no memory for an object");
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * Numbers and addresses of the credentials, secrets are none of them: a value
 * without a digit or an "@" is a choice, which many accounts share.
 */

static void
object_draft_shown(const ngx_str_t *text, billing_buf_t *out)
{
    json_t     *shown, *value;
    const char *key, *s;

    if (text->len == 0) {
        return;
    }

    shown = json_loadb((char *) text->data, text->len, 0, NULL);

    json_object_foreach(shown, key, value)
    {
        s = json_string_value(value);

        if (s != NULL && strpbrk(s, "0123456789@") != NULL) {
            billing_buf_add_char(out, '\n');
            billing_text_fold(billing_str_from(s), out);
        }
    }

    json_decref(shown);
}


static billing_object_t *
object_draft_finish(billing_draft_t *draft, ngx_log_t *log)
{
    size_t            i;
    json_t           *item;
    ngx_str_t        *linked;
    billing_object_t *object;

    draft->object.nlinked = json_array_size(draft->linked);

    linked = ngx_alloc((draft->object.nlinked + 1) * sizeof(ngx_str_t), log);
    if (linked == NULL) {
        return NULL;
    }

    json_array_foreach(draft->linked, i, item)
    {
        linked[i].data = (u_char *) json_string_value(item);
        linked[i].len = json_string_length(item);
    }

    draft->object.linked = linked;
    draft->object.search.data = (u_char *) draft->search.data;
    draft->object.search.len = draft->search.len;

    object = ngx_alloc(
        sizeof(billing_object_t) + object_size(&draft->object), log);

    if (object != NULL) {
        object_place(&draft->object, object, object + 1);

        object->by_id.key = billing_object_key(&object->id);
        object->by_age.key = ~object->seq;
    }

    ngx_free(linked);

    return object;
}


ngx_int_t
billing_object_copy(
    ngx_pool_t *pool, const billing_object_t *from, billing_object_t *to)
{
    void *place;

    place = ngx_palloc(pool, object_size(from));
    if (place == NULL) {
        return NGX_ERROR;
    }

    object_place(from, to, place);

    return NGX_OK;
}


/* What an object points to takes so many bytes. */

static size_t
object_size(const billing_object_t *object)
{
    size_t                        size;
    ngx_uint_t                    i;
    const billing_object_field_t *field;

    size = object->id.len + object->parent.len + object->search.len
           + object->nlinked * sizeof(ngx_str_t);

    for (i = 0; i < object->nlinked; i++) {
        size += object->linked[i].len;
    }

    for (field = object_texts; field->name != NULL; field++) {
        size += ((ngx_str_t *) ((u_char *) object + field->offset))->len;
    }

    return size;
}


static void
object_place(const billing_object_t *from, billing_object_t *to, void *place)
{
    u_char                       *p;
    ngx_str_t                    *text;
    ngx_uint_t                    i;
    const billing_object_field_t *field;

    *to = *from;

    to->linked = place;
    p = (u_char *) (to->linked + to->nlinked);

    for (i = 0; i < to->nlinked; i++) {
        to->linked[i] = from->linked[i];
        object_text(&p, &to->linked[i]);
    }

    object_text(&p, &to->id);
    object_text(&p, &to->parent);
    object_text(&p, &to->search);

    for (field = object_texts; field->name != NULL; field++) {
        text = (ngx_str_t *) ((u_char *) to + field->offset);
        object_text(&p, text);
    }
}


/* Moves a text to p. */

static void
object_text(u_char **p, ngx_str_t *text)
{
    if (text->len != 0) {
        ngx_memcpy(*p, text->data, text->len);
    }

    text->data = *p;
    *p += text->len;
}


void
billing_object_credential(const billing_object_t *account,
    const ngx_str_t *domain, billing_sealed_t *credential)
{
    credential->domain = *domain;
    credential->account = account->id;
    credential->provider = account->provider;
    credential->version = account->credential_version;
    credential->sealed = account->credential;
}


ngx_rbtree_key_t
billing_object_key(ngx_str_t *id)
{
    ngx_int_t n;

    if (id->len < BILLING_ID_DIGITS) {
        return 0;
    }

    n = ngx_hextoi(id->data + id->len - BILLING_ID_DIGITS, BILLING_ID_DIGITS);

    return n == NGX_ERROR ? 0 : n;
}
