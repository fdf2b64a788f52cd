
/*
 * A query string taken apart: percent-encoded UTF-8, "+" is a space (the
 * "application/x-www-form-urlencoded" of the URL standard, but what is not
 * clean is an error instead of a guess).
 */

#ifndef BILLING_CORE_ARGS_H
#define BILLING_CORE_ARGS_H

#include "core/errors.h"
#include "core/str.h"


/* Decoded; NUL-terminated. */
typedef struct {
    billing_str_t name;
    billing_str_t value;
} billing_pair_t;


typedef struct {
    billing_pair_t *pairs;
    unsigned        npairs;
    billing_str_t  *room;   /* npairs strings, the user's to fill */
    void           *memory; /* all of the above; the caller frees it */
} billing_args_t;


/*
 * Decodes all arguments in their order; one without "=" has an empty value.
 * Those with a broken percent-encoding, with a NUL or that are not UTF-8 are
 * left out and added to errors ("format" at "/<argument>").  BILLING_NOMEM is
 * the only failure.
 */
billing_status_t billing_args_decode(
    billing_str_t args, billing_args_t *out, billing_errors_t *errors);


/* An argument that may be given once. */
typedef struct {
    const char   *name;
    billing_str_t value;
    unsigned      given : 1;
} billing_arg_t;

/*
 * Sets the known argument of the pair's name; NULL when there is none.  A
 * second one is added to errors as "duplicate".
 */
billing_arg_t *billing_args_assign(const billing_pair_t *pair,
    billing_arg_t *known, unsigned nknown, billing_errors_t *errors);

/* Adds "unknown" at the pair's name. */
void billing_args_unknown(const billing_pair_t *pair, billing_errors_t *errors);

/*
 * The arguments of lists: only the names given are known, each once.  *value
 * is empty where absent; values point into *memory, which the caller frees
 * (NULL after a failure).  BILLING_INVALID with errors, or BILLING_NOMEM.
 */
billing_status_t billing_args_parse(billing_str_t args, billing_arg_t *known,
    unsigned nknown, void **memory, billing_errors_t *errors);


#endif /* BILLING_CORE_ARGS_H */
