
/*
 * Each kind of body is a table of its members; creating and patching walk the
 * same table.  A check gives the normalised value back, or adds an error and
 * gives NULL; running out of memory is remembered apart from that.
 */

#include "core/input.h"

#include <string.h>

#include "core/json.h"
#include "core/tags.h"
#include "core/text.h"


typedef enum {
    BILLING_MEMBER_NAME = 0,
    BILLING_MEMBER_ID,
    BILLING_MEMBER_TAGS,
    BILLING_MEMBER_PROVIDER,
    BILLING_MEMBER_CREDENTIALS,
    BILLING_MEMBER_BOOL
} billing_member_type_t;


typedef struct {
    const char           *name;
    billing_member_type_t type;
    const char           *prefix; /* of an id */
    unsigned              required : 1;
    unsigned              fixed : 1; /* cannot be changed */
} billing_member_t;


typedef struct {
    billing_errors_t *errors;
    unsigned          patch : 1;
    unsigned          nomem : 1;
} billing_input_ctx_t;


static billing_status_t billing_input_done(
    billing_input_ctx_t *ctx, unsigned before, json_t **out);
static const billing_member_t *billing_input_member(
    billing_input_t kind, const char *name);
static void billing_input_set(
    billing_input_ctx_t *ctx, json_t *object, const char *name, json_t *value);
static json_t *billing_input_default(
    billing_input_ctx_t *ctx, const billing_member_t *member);
static json_t *billing_input_change(billing_input_ctx_t *ctx,
    const billing_member_t *member, const char *name, json_t *value);
static json_t *billing_input_check(
    billing_input_ctx_t *ctx, const billing_member_t *member, json_t *value);
static json_t *billing_input_name(
    billing_input_ctx_t *ctx, const char *name, json_t *value);
static json_t *billing_input_form(
    billing_input_ctx_t *ctx, const billing_member_t *member, json_t *value);
static int     billing_input_is_provider(billing_str_t s);
static json_t *billing_input_error(billing_input_ctx_t *ctx, const char *parent,
    const char *name, const char *code, const char *message);
static billing_str_t billing_input_str(const json_t *value);


/* Each list ends with a member without a name. */
static const billing_member_t billing_input_members[][6] = {
    [BILLING_INPUT_GROUP] = {
        { "name", BILLING_MEMBER_NAME, NULL, 1, 0 },
        { "parent_id", BILLING_MEMBER_ID, "pg-", 0, 0 },
    },
    [BILLING_INPUT_PROJECT] = {
        { "name", BILLING_MEMBER_NAME, NULL, 1, 0 },
        { "group_id", BILLING_MEMBER_ID, "pg-", 0, 0 },
        { "tags", BILLING_MEMBER_TAGS, NULL, 0, 0 },
    },
    [BILLING_INPUT_ACCOUNT] = {
        { "name", BILLING_MEMBER_NAME, NULL, 1, 0 },
        { "provider", BILLING_MEMBER_PROVIDER, NULL, 1, 1 },
        { "project_id", BILLING_MEMBER_ID, "project-", 1, 0 },
        { "tags", BILLING_MEMBER_TAGS, NULL, 0, 0 },
        { "credentials", BILLING_MEMBER_CREDENTIALS, NULL, 1, 0 },
    },
    [BILLING_INPUT_PROVIDER] = {
        { "enabled", BILLING_MEMBER_BOOL, NULL, 1, 0 },
    },
    [BILLING_INPUT_VERIFY] = {
        { "provider", BILLING_MEMBER_PROVIDER, NULL, 1, 1 },
        { "credentials", BILLING_MEMBER_CREDENTIALS, NULL, 1, 0 },
    },
};


billing_status_t
billing_input_create(
    billing_input_t kind, json_t *body, json_t **out, billing_errors_t *errors)
{
    void                   *iter;
    json_t                 *value;
    const char             *name;
    unsigned                before;
    billing_input_ctx_t     ctx;
    const billing_member_t *member;

    ctx = (billing_input_ctx_t){ .errors = errors };
    before = errors->count;
    *out = NULL;

    if (!json_is_object(body)) {
        billing_errors_add(errors, "", "type", "The body must be an object.");
        return BILLING_INVALID;
    }

    *out = json_object();

    for (member = billing_input_members[kind]; member->name; member++) {
        value = json_object_get(body, member->name);

        value = value == NULL || json_is_null(value)
                    ? billing_input_default(&ctx, member)
                    : billing_input_check(&ctx, member, value);

        billing_input_set(&ctx, *out, member->name, value);
    }

    for (iter = json_object_iter(body); iter != NULL;
         iter = json_object_iter_next(body, iter))
    {
        name = json_object_iter_key(iter);

        if (billing_input_member(kind, name) == NULL) {
            billing_input_error(
                &ctx, "", name, "unknown", "There is no such member.");
        }
    }

    return billing_input_done(&ctx, before, out);
}


billing_status_t
billing_input_patch(
    billing_input_t kind, json_t *body, json_t **out, billing_errors_t *errors)
{
    void               *iter;
    json_t             *value;
    unsigned            before;
    const char         *name;
    billing_input_ctx_t ctx;

    ctx = (billing_input_ctx_t){ .errors = errors, .patch = 1 };
    before = errors->count;
    *out = NULL;

    if (!json_is_object(body)) {
        billing_errors_add(errors, "", "type", "The body must be an object.");
        return BILLING_INVALID;
    }

    *out = json_object();

    for (iter = json_object_iter(body); iter != NULL;
         iter = json_object_iter_next(body, iter))
    {
        name = json_object_iter_key(iter);
        value = json_object_iter_value(iter);

        value = billing_input_change(
            &ctx, billing_input_member(kind, name), name, value);

        billing_input_set(&ctx, *out, name, value);
    }

    return billing_input_done(&ctx, before, out);
}


json_t *
billing_input_merge(json_t *target, json_t *patch)
{
    int         rc;
    void       *iter;
    json_t     *result, *value;
    const char *name;

    result = json_is_object(target) ? json_copy(target) : json_object();

    for (iter = json_object_iter(patch); iter != NULL && result != NULL;
         iter = json_object_iter_next(patch, iter))
    {
        name = json_object_iter_key(iter);
        value = json_object_iter_value(iter);

        if (json_is_null(value)) {
            /* -1: there was none */
            (void) json_object_del(result, name);
            continue;
        }

        if (json_is_object(value)) {
            value = billing_input_merge(json_object_get(result, name), value);
            rc = json_object_set_new(result, name, value);
        } else {
            rc = json_object_set(result, name, value);
        }

        if (rc != 0) {
            json_decref(result);
            result = NULL;
        }
    }

    return result;
}


int
billing_input_is_id(billing_str_t s, const char *prefix)
{
    char   c;
    size_t i, len;

    len = strlen(prefix);

    if (s.len != len + 12 || memcmp(s.data, prefix, len) != 0) {
        return 0;
    }

    for (i = len; i < s.len; i++) {
        c = s.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return 0;
        }
    }

    return 1;
}


int
billing_input_is_domain(billing_str_t s)
{
    char   c;
    size_t i;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'))
        {
            return 0;
        }
    }

    return s.len >= 1 && s.len <= 64;
}


/* The result of a check: *out stays only if all went well. */
static billing_status_t
billing_input_done(billing_input_ctx_t *ctx, unsigned before, json_t **out)
{
    if (ctx->errors->count == before && !ctx->nomem && *out != NULL) {
        return BILLING_OK;
    }

    json_decref(*out);
    *out = NULL;

    return ctx->errors->count > before ? BILLING_INVALID : BILLING_NOMEM;
}


static const billing_member_t *
billing_input_member(billing_input_t kind, const char *name)
{
    const billing_member_t *member;

    for (member = billing_input_members[kind]; member->name; member++) {
        if (strcmp(member->name, name) == 0) {
            return member;
        }
    }

    return NULL;
}


/* Takes the value over; NULL is what a failed check has left. */
static void
billing_input_set(
    billing_input_ctx_t *ctx, json_t *object, const char *name, json_t *value)
{
    if (value != NULL && json_object_set_new(object, name, value) != 0) {
        ctx->nomem = 1;
    }
}


/* A member that is not in a creating body, or is null there. */
static json_t *
billing_input_default(billing_input_ctx_t *ctx, const billing_member_t *member)
{
    json_t *value;

    if (member->required) {
        return billing_input_error(
            ctx, "", member->name, "required", "This must be given.");
    }

    value = member->type == BILLING_MEMBER_TAGS ? json_object() : json_null();

    ctx->nomem |= value == NULL;

    return value;
}


/* A member of a patch; member is NULL when there is none of that name. */
static json_t *
billing_input_change(billing_input_ctx_t *ctx, const billing_member_t *member,
    const char *name, json_t *value)
{
    if (member == NULL) {
        return billing_input_error(
            ctx, "", name, "unknown", "There is no such member.");
    }

    if (member->fixed) {
        return billing_input_error(
            ctx, "", name, "unknown", "This cannot be changed.");
    }

    if (!json_is_null(value)) {
        return billing_input_check(ctx, member, value);
    }

    if (member->required) {
        return billing_input_error(
            ctx, "", name, "required", "This cannot be removed.");
    }

    return json_null();
}


/* A member that is there and is not null. */
static json_t *
billing_input_check(
    billing_input_ctx_t *ctx, const billing_member_t *member, json_t *value)
{
    json_t          *out;
    billing_status_t status;

    switch (member->type) {
    case BILLING_MEMBER_NAME:
        return billing_input_name(ctx, member->name, value);

    case BILLING_MEMBER_ID:
    case BILLING_MEMBER_PROVIDER:
        return billing_input_form(ctx, member, value);

    case BILLING_MEMBER_TAGS:
        status = billing_tags_check(
            value, ctx->patch, "/tags", &out, ctx->errors);
        ctx->nomem |= status == BILLING_NOMEM;
        return out;

    case BILLING_MEMBER_CREDENTIALS:
        if (json_is_object(value)) {
            return json_incref(value);
        }

        return billing_input_error(
            ctx, "", member->name, "type", "This must be an object.");

    case BILLING_MEMBER_BOOL:
        if (json_is_boolean(value)) {
            return json_incref(value);
        }

        return billing_input_error(
            ctx, "", member->name, "type", "This must be true or false.");
    }

    return NULL;
}


static json_t *
billing_input_name(billing_input_ctx_t *ctx, const char *name, json_t *value)
{
    size_t  count;
    json_t *text;

    if (!json_is_string(value)) {
        return billing_input_error(ctx, "", name, "type", "This must be text.");
    }

    text = billing_json_text(billing_input_str(value));
    if (text == NULL) {
        ctx->nomem = 1;
        return NULL;
    }

    count = billing_text_count(billing_input_str(text));

    if (count < BILLING_NAME_MIN || count > BILLING_NAME_MAX) {
        json_decref(text);
        return billing_input_error(
            ctx, "", name, "length", "A name must have 2 to 64 characters.");
    }

    if (!billing_text_clear(billing_input_str(text))) {
        json_decref(text);
        return billing_input_error(ctx, "", name, "format",
            "A name must not hold characters that nobody can see, or that "
            "steer the direction of text.");
    }

    if (!billing_text_seen(billing_input_str(text))) {
        json_decref(text);
        return billing_input_error(ctx, "", name, "format",
            "A name must hold something that can be seen.");
    }

    return text;
}


/* What must have a form and is never typed by people: ids, providers. */
static json_t *
billing_input_form(
    billing_input_ctx_t *ctx, const billing_member_t *member, json_t *value)
{
    int is;

    if (!json_is_string(value)) {
        return billing_input_error(
            ctx, "", member->name, "type", "This must be text.");
    }

    is = member->type == BILLING_MEMBER_ID
             ? billing_input_is_id(billing_input_str(value), member->prefix)
             : billing_input_is_provider(billing_input_str(value));

    if (!is) {
        return billing_input_error(ctx, "", member->name, "format",
            member->type == BILLING_MEMBER_ID
                ? "This is not the id of such a thing."
                : "This is not the id of a provider.");
    }

    return json_incref(value);
}


/* [a-z0-9_]{1,64} */
static int
billing_input_is_provider(billing_str_t s)
{
    char   c;
    size_t i;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_')) {
            return 0;
        }
    }

    return s.len >= 1 && s.len <= 64;
}


/* Adds the error; NULL, for the callers to return. */
static json_t *
billing_input_error(billing_input_ctx_t *ctx, const char *parent,
    const char *name, const char *code, const char *message)
{
    billing_errors_add_member(ctx->errors, parent, name, code, message);

    return NULL;
}


static billing_str_t
billing_input_str(const json_t *value)
{
    return (
        billing_str_t){ json_string_value(value), json_string_length(value) };
}
