
/*
 * Digests of 64 bits, of what nobody forges: FNV-1a, by its authors' constants.
 * Some are stored, so they are the same on every machine.
 */

#ifndef BILLING_CORE_HASH_H
#define BILLING_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>


#define BILLING_HASH UINT64_C(14695981039346656037) /* of nothing */


/* Goes on from hash with len bytes. */
static inline uint64_t
billing_hash(uint64_t hash, const void *bytes, size_t len)
{
    size_t               i;
    const unsigned char *p;

    p = bytes;

    for (i = 0; i < len; i++) {
        hash = (hash ^ p[i]) * UINT64_C(1099511628211);
    }

    return hash;
}


/*
 * The 64-bit finalizer of MurmurHash3.  Without it, digests of texts that
 * differ in their last digit differ little, and sums of them would collide.
 */
static inline uint64_t
billing_hash_spread(uint64_t hash)
{
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);

    return hash ^ hash >> 33;
}


#endif /* BILLING_CORE_HASH_H */
