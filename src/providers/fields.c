
/* From the table of fields to a schema, to checked input, to a mask. */

#include "providers/fields.h"


#include "core/pattern.h"
#include "core/text.h"


static int     billing_fields_describe(json_t *property, const char *title,
        const char *title_ko, const char *help, const char *help_ko);
static json_t *billing_fields_build(const billing_credential_t *fields,
    const billing_str_t *given, const char *help, const char *help_ko);
static int     billing_fields_member(json_t *schema,
        const billing_credential_t *field, const billing_str_t *given);
static json_t *billing_fields_property(
    const billing_credential_t *field, const billing_str_t *given);
static int billing_fields_choices(json_t *property, const char *const *choices);
static int billing_fields_is_required(
    const billing_credential_t *field, int host);
static billing_status_t billing_fields_judge(const billing_credential_t *fields,
    int host, json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors);
static const billing_credential_t *billing_fields_find(
    const billing_credential_t *fields, const char *name);
static billing_status_t billing_fields_read(const billing_credential_t *field,
    int host, const json_t *value, const char *pointer, json_t *out,
    billing_errors_t *errors);
static billing_status_t billing_fields_visible(
    billing_str_t text, billing_buf_t *out);
static billing_status_t billing_fields_absent(const billing_credential_t *field,
    int host, const char *pointer, json_t *out, billing_errors_t *errors);
static const char      *billing_fields_refuse(
         const billing_credential_t *field, billing_str_t text, const char **code);
static int billing_fields_control(
    const billing_credential_t *field, billing_str_t text);
static int billing_fields_choose(
    const char *const *choices, billing_str_t text);


json_t *
billing_fields_schema(
    const billing_credential_t *fields, const char *help, const char *help_ko)
{
    return billing_fields_build(fields, NULL, help, help_ko);
}


json_t *
billing_fields_host_schema(const billing_credential_t *fields,
    billing_str_t given, const char *help, const char *help_ko)
{
    return billing_fields_build(fields, &given, help, help_ko);
}


/* given is NULL where the role of this machine may not be used. */
static json_t *
billing_fields_build(const billing_credential_t *fields,
    const billing_str_t *given, const char *help, const char *help_ko)
{
    json_t *schema;

    schema = json_pack("{s:s, s:s, s:[], s:b, s:{}}", "$schema",
        "https://json-schema.org/draft/2020-12/schema", "type", "object",
        "required", "additionalProperties", 0, "properties");

    if (billing_fields_describe(schema, NULL, NULL, help, help_ko) != 0) {
        json_decref(schema);
        return NULL;
    }

    for (/* void */; fields->name != NULL; fields++) {
        if (billing_fields_member(schema, fields, given) != 0) {
            json_decref(schema);
            return NULL;
        }
    }

    return schema;
}


static int
billing_fields_member(json_t *schema, const billing_credential_t *field,
    const billing_str_t *given)
{
    int rc;

    if (field->given && given == NULL) {
        return 0;
    }

    rc = json_object_set_new(json_object_get(schema, "properties"), field->name,
        billing_fields_property(field, given));

    if (rc == 0 && billing_fields_is_required(field, given != NULL)) {
        rc = json_array_append_new(
            json_object_get(schema, "required"), json_string(field->name));
    }

    return rc;
}


/* Texts that are NULL are left out. */
static int
billing_fields_describe(json_t *property, const char *title,
    const char *title_ko, const char *help, const char *help_ko)
{
    json_t *texts;

    texts = json_pack("{s:s*, s:s*}", "title", title, "description", help);
    if (texts == NULL || json_object_update(property, texts) != 0) {
        json_decref(texts);
        return -1;
    }

    json_decref(texts);

    return json_object_set_new(property, "x-ko",
        json_pack("{s:s*, s:s*}", "title", title_ko, "description", help_ko));
}


static json_t *
billing_fields_property(
    const billing_credential_t *field, const billing_str_t *given)
{
    int     rc;
    json_t *property;

    property = json_pack("{s:s}", "type", "string");

    rc = billing_fields_describe(
        property, field->title, field->title_ko, field->help, field->help_ko);

    if (field->choices != NULL) {
        rc |= billing_fields_choices(property, field->choices);

    } else {
        rc |= json_object_set_new(
            property, "maxLength", json_integer((json_int_t) field->max));
    }

    if (billing_fields_is_required(field, given != NULL)) {
        rc |= json_object_set_new(property, "minLength", json_integer(1));
    }

    if (field->pattern != NULL) {
        rc |= json_object_set_new(
            property, "pattern", json_string(field->pattern));
    }

    if (field->given) {
        rc |= json_object_set_new(property, "readOnly", json_true());
        rc |= json_object_set_new(
            property, "const", json_stringn(given->data, given->len));
    }

    if (field->all != NULL) {
        rc |= json_object_set_new(property, "x-all", json_string(field->all));
    }

    if (field->lines) {
        rc |= json_object_set_new(property, "x-lines", json_true());
    }

    if (field->secret) {
        rc |= json_object_set_new(property, "writeOnly", json_true());
    }

    if (rc != 0) {
        json_decref(property);
        return NULL;
    }

    return property;
}


static int
billing_fields_choices(json_t *property, const char *const *choices)
{
    int     rc;
    json_t *list;

    list = json_array();
    rc = json_object_set_new(property, "enum", list);
    rc |= json_object_set_new(property, "default", json_string(choices[0]));

    for (/* void */; *choices != NULL && rc == 0; choices++) {
        rc = json_array_append_new(list, json_string(*choices));
    }

    return rc;
}


static int
billing_fields_is_required(const billing_credential_t *field, int host)
{
    return !field->optional && !(host && field->host_optional) && !field->given
           && field->choices == NULL;
}


billing_status_t
billing_fields_check(const billing_credential_t *fields, json_t *credentials,
    const char *pointer, json_t **out, billing_errors_t *errors)
{
    return billing_fields_judge(fields, 0, credentials, pointer, out, errors);
}


billing_status_t
billing_fields_host_check(const billing_credential_t *fields,
    json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors)
{
    return billing_fields_judge(fields, 1, credentials, pointer, out, errors);
}


static billing_status_t
billing_fields_judge(const billing_credential_t *fields, int host,
    json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors)
{
    json_t                     *value;
    unsigned                    count;
    const char                 *name;
    billing_status_t            rc;
    const billing_credential_t *field;

    *out = NULL;
    count = errors->count;

    if (!json_is_object(credentials)) {
        billing_errors_add(
            errors, pointer, "type", "Credentials are an object.");
        return BILLING_INVALID;
    }

    *out = json_object();
    rc = *out != NULL ? BILLING_OK : BILLING_NOMEM;

    for (field = fields; field->name != NULL && rc == BILLING_OK; field++) {
        rc = billing_fields_read(field, host,
            json_object_get(credentials, field->name), pointer, *out, errors);
    }

    json_object_foreach(credentials, name, value)
    {
        field = billing_fields_find(fields, name);

        if (field == NULL || (field->given && !host)) {
            billing_errors_add_member(
                errors, pointer, name, "unknown", "There is no such member.");
        }
    }

    if (rc == BILLING_OK && errors->count != count) {
        rc = BILLING_INVALID;
    }

    if (rc != BILLING_OK) {
        json_decref(*out);
        *out = NULL;
    }

    return rc;
}


static const billing_credential_t *
billing_fields_find(const billing_credential_t *fields, const char *name)
{
    for (/* void */; fields->name != NULL; fields++) {
        if (strcmp(fields->name, name) == 0) {
            return fields;
        }
    }

    return NULL;
}


/* Fails only when out of memory; what is wrong goes into errors. */
static billing_status_t
billing_fields_read(const billing_credential_t *field, int host,
    const json_t *value, const char *pointer, json_t *out,
    billing_errors_t *errors)
{
    const char      *code, *message;
    billing_str_t    text;
    billing_buf_t    seen;
    billing_status_t rc;

    if (value == NULL || json_is_null(value)) {
        return billing_fields_absent(field, host, pointer, out, errors);
    }

    if (field->given) {
        if (host) {
            billing_errors_add_member(errors, pointer, field->name, "unknown",
                "This is given by the server: leave it out.");
        }

        return BILLING_OK;
    }

    if (!json_is_string(value)) {
        billing_errors_add_member(
            errors, pointer, field->name, "type", "This must be a string.");
        return BILLING_OK;
    }

    billing_buf_init_secret(&seen, json_string_length(value) + 1);

    rc = billing_fields_visible(
        (billing_str_t){ json_string_value(value), json_string_length(value) },
        &seen);

    if (rc == BILLING_OK) {
        text = billing_text_trim((billing_str_t){ seen.data, seen.len });
        message = text.len == 0 ? NULL
                                : billing_fields_refuse(field, text, &code);

        if (text.len == 0) {
            rc = billing_fields_absent(field, host, pointer, out, errors);

        } else if (message != NULL && code == NULL) {
            rc = BILLING_NOMEM;

        } else if (message != NULL) {
            billing_errors_add_member(
                errors, pointer, field->name, code, message);

        } else if (json_object_set_new(
                       out, field->name, json_stringn(text.data, text.len))
                   != 0)
        {
            rc = BILLING_NOMEM;
        }
    }

    billing_buf_wipe(&seen);

    return rc;
}


/*
 * What is copied from a page or a file brings characters that nobody sees:
 * zero-width spaces and joiners, marks of direction, a byte order mark.  No
 * credential has any.
 */
static billing_status_t
billing_fields_visible(billing_str_t text, billing_buf_t *out)
{
    size_t i, n;

    static const char *const unseen[] = { "\xe2\x80\x8b", "\xe2\x80\x8c",
        "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x81\xa0",
        "\xef\xbb\xbf" };

    while (text.len > 0) {
        n = 1;

        for (i = 0; text.len >= 3 && i < sizeof(unseen) / sizeof(unseen[0]);
             i++) {
            if (memcmp(text.data, unseen[i], 3) == 0) {
                n = 3;
                break;
            }
        }

        if (n == 1) {
            (void) billing_buf_add_char(out, text.data[0]);
        }

        text.data += n;
        text.len -= n;
    }

    return out->status;
}


static billing_status_t
billing_fields_absent(const billing_credential_t *field, int host,
    const char *pointer, json_t *out, billing_errors_t *errors)
{
    if (field->choices != NULL) {
        return json_object_set_new(
                   out, field->name, json_string(field->choices[0]))
                       == 0
                   ? BILLING_OK
                   : BILLING_NOMEM;
    }

    if (billing_fields_is_required(field, host)) {
        billing_errors_add_member(
            errors, pointer, field->name, "required", "This is required.");
    }

    return BILLING_OK;
}


/* Why the text will not do; NULL if it will.  Without a code: no memory. */
static const char *
billing_fields_refuse(
    const billing_credential_t *field, billing_str_t text, const char **code)
{
    billing_status_t rc;

    if (field->choices != NULL) {
        *code = "enum";
        return billing_fields_choose(field->choices, text)
                   ? NULL
                   : "This is none of the choices.";
    }

    if (billing_text_count(text) > field->max) {
        *code = "length";
        return "This is too long.";
    }

    *code = "format";

    if (billing_fields_control(field, text)) {
        return "This must not hold control characters.";
    }

    rc = field->pattern == NULL ? BILLING_OK
                                : billing_pattern_match(field->pattern, text);

    if (rc == BILLING_NOMEM) {
        *code = NULL;
    }

    return rc == BILLING_OK ? NULL
                            : "This is not of the form that is expected.";
}


/* Line by line where there may be lines. */
static int
billing_fields_control(const billing_credential_t *field, billing_str_t text)
{
    size_t        i, start;
    billing_str_t line;

    if (!field->lines) {
        return billing_text_control(text);
    }

    for (i = 0, start = 0; i <= text.len; i++) {
        if (i < text.len && strchr("\r\n\t", text.data[i]) == NULL) {
            continue;
        }

        if (i < text.len && text.data[i] == '\0') {
            return 1;
        }

        line = (billing_str_t){ text.data + start, i - start };
        start = i + 1;

        if (billing_text_control(line)) {
            return 1;
        }
    }

    return 0;
}


static int
billing_fields_choose(const char *const *choices, billing_str_t text)
{
    for (/* void */; *choices != NULL; choices++) {
        if (billing_str_eq(billing_str_from(*choices), text)) {
            return 1;
        }
    }

    return 0;
}


json_t *
billing_fields_mask(
    const billing_credential_t *fields, const json_t *credentials)
{
    json_t                     *masked, *value;
    const char                 *name;
    const billing_credential_t *field;

    masked = json_object();

    /* iterating does not write, but jansson's macro wants it writable */
    json_object_foreach((json_t *) credentials, name, value)
    {
        field = billing_fields_find(fields, name);

        if (field == NULL || field->secret) {
            value = json_null();
        }

        if (json_object_set(masked, name, value) != 0) {
            json_decref(masked);
            return NULL;
        }
    }

    return masked;
}


billing_str_t
billing_fields_get(const json_t *credentials, const char *name)
{
    const json_t *value;

    value = json_object_get(credentials, name);

    if (!json_is_string(value)) {
        return (billing_str_t){ NULL, 0 };
    }

    return (
        billing_str_t){ json_string_value(value), json_string_length(value) };
}
