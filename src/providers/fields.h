
/*
 * The fields of a provider's credentials.  One table makes the JSON Schema
 * from which the wizard draws its form and by which its input is checked, and
 * tells which fields are secret.
 */

#ifndef BILLING_PROVIDERS_FIELDS_H
#define BILLING_PROVIDERS_FIELDS_H

#include <jansson.h>

#include "core/errors.h"
#include "core/str.h"


typedef struct {
    const char        *name; /* NULL: behind the last field */
    const char        *title;
    const char        *title_ko;
    const char        *help; /* what it is and where it is found */
    const char        *help_ko;
    size_t             max;     /* code points */
    const char        *pattern; /* POSIX extended and ECMA; NULL: any text */
    const char *const *choices; /* NULL-terminated; absent: the first one */
    const char        *all;     /* of one linked account: stands for all */
    unsigned           optional : 1;
    unsigned           host_optional : 1; /* ... of billing_fields_host_*() */
    unsigned           given : 1;         /* only there: shown, never typed */
    unsigned           secret : 1;
    unsigned           lines : 1; /* may hold line breaks */
} billing_credential_t;


/*
 * A JSON Schema (draft 2020-12) of an object of strings, as a new reference;
 * NULL when out of memory.  help tells where all of it comes from.  Beyond
 * the standard's keywords: "x-ko" holds title and description in Korean,
 * "x-lines" marks a text of several lines, and "x-all" the choice of a linked
 * account: it is what stands for all of them.
 */
json_t *billing_fields_schema(
    const billing_credential_t *fields, const char *help, const char *help_ko);

/*
 * Checks credentials against the fields.  On BILLING_OK *out is a new object
 * of trimmed strings: a field that was left out has its first choice, or is
 * not in it.  pointer is where the credentials stand in the body.
 * BILLING_INVALID: errors says where.  *out is NULL after any failure.
 */
billing_status_t billing_fields_check(const billing_credential_t *fields,
    json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors);

/*
 * The same two where the role of this machine may stand in for what is
 * host_optional: given is the text of the field that is given.
 */
json_t          *billing_fields_host_schema(const billing_credential_t *fields,
             billing_str_t given, const char *help, const char *help_ko);
billing_status_t billing_fields_host_check(const billing_credential_t *fields,
    json_t *credentials, const char *pointer, json_t **out,
    billing_errors_t *errors);

/*
 * Credentials as answers show them: what is secret, or no field at all, is
 * null.  New reference, NULL when out of memory.
 */
json_t *billing_fields_mask(
    const billing_credential_t *fields, const json_t *credentials);

/* A field's text, borrowed; empty where there is none. */
billing_str_t billing_fields_get(const json_t *credentials, const char *name);


#endif /* BILLING_PROVIDERS_FIELDS_H */
