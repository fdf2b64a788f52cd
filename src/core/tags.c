
/* One walk over the object; everything that is wrong is told. */

#include "core/tags.h"

#include "core/json.h"
#include "core/text.h"


typedef struct {
    billing_errors_t *errors;
    const char       *pointer;
    json_t           *out;
    unsigned          patch : 1;
    unsigned          nomem : 1;
} billing_tags_ctx_t;


static int  billing_tags_key(billing_tags_ctx_t *ctx, const char *key);
static void billing_tags_add(
    billing_tags_ctx_t *ctx, const char *key, json_t *value);
static json_t *billing_tags_value(
    billing_tags_ctx_t *ctx, const char *key, json_t *value);


billing_status_t
billing_tags_check(json_t *tags, int patch, const char *pointer, json_t **out,
    billing_errors_t *errors)
{
    void              *iter;
    const char        *key;
    unsigned           before;
    billing_tags_ctx_t ctx;

    *out = NULL;
    before = errors->count;

    if (!json_is_object(tags)) {
        billing_errors_add(errors, pointer, "type", "Tags must be an object.");
        return BILLING_INVALID;
    }

    if (!patch && json_object_size(tags) > BILLING_TAGS_MAX) {
        billing_errors_add(errors, pointer, "limit",
            "There can be at most %d tags.", BILLING_TAGS_MAX);
        return BILLING_INVALID;
    }

    ctx = (billing_tags_ctx_t){ .errors = errors,
        .pointer = pointer,
        .out = json_object(),
        .patch = patch != 0 };

    for (iter = json_object_iter(tags); iter != NULL;
         iter = json_object_iter_next(tags, iter))
    {
        key = json_object_iter_key(iter);

        if (billing_tags_key(&ctx, key)) {
            billing_tags_add(&ctx, key, json_object_iter_value(iter));
        }
    }

    if (errors->count == before && !ctx.nomem && ctx.out != NULL) {
        *out = ctx.out;
        return BILLING_OK;
    }

    json_decref(ctx.out);

    return errors->count > before ? BILLING_INVALID : BILLING_NOMEM;
}


/* 1 if the key will do. */
static int
billing_tags_key(billing_tags_ctx_t *ctx, const char *key)
{
    billing_str_t s;

    s = billing_str_from(key);

    if (s.len == 0 || billing_text_count(s) > BILLING_TAG_KEY_MAX) {
        billing_errors_add_member(ctx->errors, ctx->pointer, key, "length",
            "The key of a tag must have 1 to 128 characters.");
        return 0;
    }

    if (!billing_text_is_tag_key(s)) {
        billing_errors_add_member(ctx->errors, ctx->pointer, key, "format",
            "The key of a tag consists of letters, digits and \"_\".");
        return 0;
    }

    return 1;
}


static void
billing_tags_add(billing_tags_ctx_t *ctx, const char *key, json_t *value)
{
    json_t *name;

    value = billing_tags_value(ctx, key, value);
    if (value == NULL) {
        return;
    }

    name = billing_json_text(billing_str_from(key));
    if (name == NULL) {
        ctx->nomem = 1;
        json_decref(value);
        return;
    }

    /* two keys of the body may be one in NFC */
    if (json_object_get(ctx->out, json_string_value(name)) != NULL) {
        billing_errors_add_member(ctx->errors, ctx->pointer, key, "duplicate",
            "Another tag has the same key.");
        json_decref(value);

    } else if (json_object_set_new(ctx->out, json_string_value(name), value)
               != 0) {
        ctx->nomem = 1;
    }

    json_decref(name);
}


/* The normalised value; NULL when there was an error. */
static json_t *
billing_tags_value(billing_tags_ctx_t *ctx, const char *key, json_t *value)
{
    json_t       *text;
    billing_str_t s;

    if (ctx->patch && json_is_null(value)) {
        return json_null();
    }

    if (!json_is_string(value)) {
        billing_errors_add_member(ctx->errors, ctx->pointer, key, "type",
            "The value of a tag must be text.");
        return NULL;
    }

    text = billing_json_text(
        (billing_str_t){ json_string_value(value), json_string_length(value) });
    if (text == NULL) {
        ctx->nomem = 1;
        return NULL;
    }

    s = (billing_str_t){ json_string_value(text), json_string_length(text) };

    if (billing_text_count(s) > BILLING_TAG_VALUE_MAX) {
        billing_errors_add_member(ctx->errors, ctx->pointer, key, "length",
            "The value of a tag must have at most 256 characters.");
        json_decref(text);
        return NULL;
    }

    if (!billing_text_clear(s)) {
        billing_errors_add_member(ctx->errors, ctx->pointer, key, "format",
            "The value of a tag must not hold characters that nobody can see, "
            "or that steer the direction of text.");
        json_decref(text);
        return NULL;
    }

    return text;
}
