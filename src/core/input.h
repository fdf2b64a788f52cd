
/*
 * Validation of the bodies that create and change project groups, projects
 * and service accounts, and of the ids in paths.  Input is a parsed JSON
 * value; output is a normalised copy (strings trimmed, NFC) or a list of
 * errors, all of them at once.
 */

#ifndef BILLING_CORE_INPUT_H
#define BILLING_CORE_INPUT_H

#include "core/errors.h"
#include "core/str.h"
#include "core/tags.h"


#define BILLING_NAME_MIN 2
#define BILLING_NAME_MAX 64


typedef enum {
    BILLING_INPUT_GROUP = 0, /* name, parent_id */
    BILLING_INPUT_PROJECT,   /* name, group_id, tags */
    BILLING_INPUT_ACCOUNT,   /* name, provider, project_id, tags,
                                   credentials (an object; its members are
                                   the provider's to check) */
    BILLING_INPUT_PROVIDER,  /* enabled */
    BILLING_INPUT_VERIFY     /* provider, credentials */
} billing_input_t;


/*
 * Checks a creating body: every mandatory member is there, none is unknown,
 * each is of its type and form.  On BILLING_OK *out is a new object with all
 * members of the kind (absent optional ones with their default: null or {});
 * its credentials are the body's own, not a second copy of the secrets.
 * BILLING_INVALID: errors says where.  *out is NULL after any failure.
 */
billing_status_t billing_input_create(
    billing_input_t kind, json_t *body, json_t **out, billing_errors_t *errors);

/*
 * Checks a JSON merge patch (RFC 7396): *out holds only the members that the
 * patch names, normalised.  Null removes an optional member (parent_id,
 * group_id, one tag, all tags) and is "required" elsewhere.  provider cannot
 * be changed.  credentials is passed on as the patch has it.
 */
billing_status_t billing_input_patch(
    billing_input_t kind, json_t *body, json_t **out, billing_errors_t *errors);

/*
 * RFC 7396 on two objects, which stay as they are; returns a new object, NULL
 * when out of memory.
 */
json_t *billing_input_merge(json_t *target, json_t *patch);

/* 1 if s is prefix ("sa-", "project-", "pg-") and 12 lower-case hex digits. */
int billing_input_is_id(billing_str_t s, const char *prefix);

/* 1 if s matches [A-Za-z0-9._-]{1,64}. */
int billing_input_is_domain(billing_str_t s);


#endif /* BILLING_CORE_INPUT_H */
