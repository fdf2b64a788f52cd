
/*
 * Strings as small numbers: each distinct string gets the next number,
 * counted from 0.  Looking up a string that is there does not allocate.
 */

#ifndef BILLING_CORE_INTERN_H
#define BILLING_CORE_INTERN_H

#include <stdint.h>

#include "core/status.h"
#include "core/str.h"


#define BILLING_INTERN_MAX (1U << 24)


typedef struct {
    size_t   offset; /* into bytes */
    uint32_t len;
    uint32_t hash;
} billing_intern_entry_t;


typedef struct {
    char                   *bytes;
    size_t                  nbytes;
    size_t                  bytes_cap;
    billing_intern_entry_t *entries;
    uint32_t                count;
    uint32_t                entries_cap;
    uint32_t               *slots;  /* number + 1; 0: free */
    uint32_t                nslots; /* 0 or a power of two */
} billing_intern_t;


void billing_intern_init(billing_intern_t *intern);
void billing_intern_free(billing_intern_t *intern);

/* 1 and the number, if s is there; else 0. */
int billing_intern_find(
    const billing_intern_t *intern, billing_str_t s, uint32_t *number);

/*
 * The number of s, which is copied if it is new.  BILLING_NOMEM, or
 * BILLING_LIMIT past BILLING_INTERN_MAX strings or 4 GB in one; then nothing
 * has changed.
 */
billing_status_t billing_intern_add(
    billing_intern_t *intern, billing_str_t s, uint32_t *number);

/* Points into the set: valid until the next string is added. */
billing_str_t billing_intern_get(
    const billing_intern_t *intern, uint32_t number);


#endif /* BILLING_CORE_INTERN_H */
