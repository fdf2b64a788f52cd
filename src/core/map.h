
/*
 * A hash map from a tuple of numbers to a value of fixed size.  A value is
 * zeroed when its tuple is new; looking up a tuple that is there does not
 * allocate.  Records are numbered in the order in which they came.
 */

#ifndef BILLING_CORE_MAP_H
#define BILLING_CORE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"


typedef struct {
    unsigned  nids;
    size_t    value_size; /* rounded up to 16: amounts stay aligned */
    size_t    stride;
    uint32_t  max;
    char     *records; /* value, then ids */
    uint32_t  count;
    uint32_t  cap;
    uint32_t *slots;  /* number + 1; 0: free */
    uint32_t  nslots; /* 0 or a power of two */
} billing_map_t;


/* nids >= 1; max <= 2^30 records. */
void billing_map_init(
    billing_map_t *map, unsigned nids, size_t value_size, uint32_t max);
void billing_map_free(billing_map_t *map);

/*
 * The value of a tuple, added if it is new.  It moves when a further tuple is
 * added.  BILLING_NOMEM, or BILLING_LIMIT past max; then nothing has changed.
 */
billing_status_t billing_map_add(
    billing_map_t *map, const uint32_t *ids, void **value);

/* Of record number i < count. */
void           *billing_map_value(const billing_map_t *map, uint32_t i);
const uint32_t *billing_map_ids(const billing_map_t *map, uint32_t i);

/* Of which record that is the value. */
uint32_t billing_map_number(const billing_map_t *map, const void *value);


#endif /* BILLING_CORE_MAP_H */
