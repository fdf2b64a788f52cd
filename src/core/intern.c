
/*
 * Open addressing with linear probing, at most half full.  The bytes of all
 * strings lie in one array, the entries say where.
 */

#include <stdlib.h>

#include "core/intern.h"


#define BILLING_INTERN_SLOTS 32
#define BILLING_INTERN_BYTES 512


static uint32_t billing_intern_hash(
    const billing_intern_t *intern, billing_str_t s);
static uint32_t billing_intern_probe(
    const billing_intern_t *intern, billing_str_t s, uint32_t hash);
static billing_status_t billing_intern_reserve(
    billing_intern_t *intern, size_t len);
static billing_status_t billing_intern_rehash(billing_intern_t *intern);


void
billing_intern_init(billing_intern_t *intern)
{
    memset(intern, 0, sizeof(billing_intern_t));
}


void
billing_intern_free(billing_intern_t *intern)
{
    free(intern->bytes);
    free(intern->entries);
    free(intern->slots);

    billing_intern_init(intern);
}


int
billing_intern_find(
    const billing_intern_t *intern, billing_str_t s, uint32_t *number)
{
    uint32_t slot;

    if (intern->nslots == 0) {
        return 0;
    }

    slot = billing_intern_probe(intern, s, billing_intern_hash(intern, s));

    if (intern->slots[slot] == 0) {
        return 0;
    }

    *number = intern->slots[slot] - 1;

    return 1;
}


billing_status_t
billing_intern_add(billing_intern_t *intern, billing_str_t s, uint32_t *number)
{
    uint32_t                hash;
    billing_status_t        status;
    billing_intern_entry_t *entry;

    if (billing_intern_find(intern, s, number)) {
        return BILLING_OK;
    }

    status = billing_intern_reserve(intern, s.len);
    if (status != BILLING_OK) {
        return status;
    }

    hash = billing_intern_hash(intern, s);

    entry = &intern->entries[intern->count];
    entry->offset = intern->nbytes;
    entry->len = (uint32_t) s.len;
    entry->hash = hash;

    if (s.len != 0) {
        memcpy(intern->bytes + intern->nbytes, s.data, s.len);
        intern->nbytes += s.len;
    }

    *number = intern->count++;
    intern->slots[billing_intern_probe(intern, s, hash)] = intern->count;

    return BILLING_OK;
}


billing_str_t
billing_intern_get(const billing_intern_t *intern, uint32_t number)
{
    const billing_intern_entry_t *entry;

    entry = &intern->entries[number];

    return (billing_str_t){ intern->bytes + entry->offset, entry->len };
}


/*
 * Eight bytes at a time, each folded in by a 64x64 -> 128 bit product.  The
 * address of the set is the seed, so that which strings collide differs from
 * run to run and cannot be prepared by whoever chooses the strings.
 */

static uint32_t
billing_intern_hash(const billing_intern_t *intern, billing_str_t s)
{
    size_t      left;
    uint64_t    hash, word;
    const char *p;

    __extension__ unsigned __int128 product;

    p = s.data;
    left = s.len;
    hash = (uint64_t) (uintptr_t) intern ^ (s.len * 0x9e3779b97f4a7c15U);

    for (;;) {
        word = 0;

        if (left != 0) {
            memcpy(&word, p, left < 8 ? left : 8);
        }

        product = (hash ^ word ^ 0xa0761d6478bd642fU);
        product *= 0xe7037ed1a0b428dbU;
        hash = (uint64_t) product ^ (uint64_t) (product >> 64);

        if (left <= 8) {
            return (uint32_t) (hash ^ (hash >> 32));
        }

        p += 8;
        left -= 8;
    }
}


/* The slot that holds s, or the free one where it belongs. */

static uint32_t
billing_intern_probe(
    const billing_intern_t *intern, billing_str_t s, uint32_t hash)
{
    uint32_t                      slot, mask;
    const billing_intern_entry_t *entry;

    mask = intern->nslots - 1;

    for (slot = hash & mask; intern->slots[slot] != 0; slot = (slot + 1) & mask)
    {
        entry = &intern->entries[intern->slots[slot] - 1];

        if (entry->hash == hash && entry->len == s.len
            && (s.len == 0
                || memcmp(intern->bytes + entry->offset, s.data, s.len) == 0))
        {
            return slot;
        }
    }

    return slot;
}


/* Makes room for one more string of len bytes. */

static billing_status_t
billing_intern_reserve(billing_intern_t *intern, size_t len)
{
    void    *grown;
    size_t   cap;
    uint32_t ncap;

    if (intern->count == BILLING_INTERN_MAX || len > UINT32_MAX) {
        return BILLING_LIMIT;
    }

    if (intern->bytes == NULL || len > intern->bytes_cap - intern->nbytes) {
        cap = intern->bytes_cap * 2 + len + BILLING_INTERN_BYTES;

        grown = realloc(intern->bytes, cap);
        if (grown == NULL) {
            return BILLING_NOMEM;
        }

        intern->bytes = grown;
        intern->bytes_cap = cap;
    }

    if (intern->count == intern->entries_cap) {
        ncap = intern->entries_cap == 0 ? BILLING_INTERN_SLOTS / 2
                                        : intern->entries_cap * 2;

        grown = realloc(intern->entries, ncap * sizeof(*intern->entries));
        if (grown == NULL) {
            return BILLING_NOMEM;
        }

        intern->entries = grown;
        intern->entries_cap = ncap;
    }

    if (intern->count >= intern->nslots / 2) {
        return billing_intern_rehash(intern);
    }

    return BILLING_OK;
}


static billing_status_t
billing_intern_rehash(billing_intern_t *intern)
{
    uint32_t i, slot, nslots, *slots;

    nslots = intern->nslots == 0 ? BILLING_INTERN_SLOTS : intern->nslots * 2;

    slots = calloc(nslots, sizeof(uint32_t));
    if (slots == NULL) {
        return BILLING_NOMEM;
    }

    for (i = 0; i < intern->count; i++) {
        slot = intern->entries[i].hash & (nslots - 1);

        while (slots[slot] != 0) {
            slot = (slot + 1) & (nslots - 1);
        }

        slots[slot] = i + 1;
    }

    free(intern->slots);

    intern->slots = slots;
    intern->nslots = nslots;

    return BILLING_OK;
}
