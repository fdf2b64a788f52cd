
/*
 * Open addressing with linear probing, at most half full.  Hashes are not
 * kept: hashing a few numbers again when the slots grow is cheap.
 */

#include <stdlib.h>
#include <string.h>

#include "core/map.h"


#define BILLING_MAP_SLOTS 32


static uint32_t billing_map_hash(const billing_map_t *map, const uint32_t *ids);
static uint32_t billing_map_probe(
    const billing_map_t *map, const uint32_t *ids);
static billing_status_t billing_map_reserve(billing_map_t *map);
static billing_status_t billing_map_rehash(billing_map_t *map);


void
billing_map_init(
    billing_map_t *map, unsigned nids, size_t value_size, uint32_t max)
{
    memset(map, 0, sizeof(billing_map_t));

    map->nids = nids;
    map->value_size = (value_size + 15) & ~(size_t) 15;
    map->stride = (map->value_size + nids * sizeof(uint32_t) + 15)
                  & ~(size_t) 15;
    map->max = max;
}


void
billing_map_free(billing_map_t *map)
{
    free(map->records);
    free(map->slots);

    billing_map_init(map, map->nids, map->value_size, map->max);
}


void *
billing_map_value(const billing_map_t *map, uint32_t i)
{
    return map->records + i * map->stride;
}


const uint32_t *
billing_map_ids(const billing_map_t *map, uint32_t i)
{
    return (const void *) (map->records + i * map->stride + map->value_size);
}


uint32_t
billing_map_number(const billing_map_t *map, const void *value)
{
    return (uint32_t) ((size_t) ((const char *) value - map->records)
                       / map->stride);
}


billing_status_t
billing_map_add(billing_map_t *map, const uint32_t *ids, void **value)
{
    char            *record;
    uint32_t         slot;
    billing_status_t status;

    if (map->nslots != 0) {
        slot = billing_map_probe(map, ids);

        if (map->slots[slot] != 0) {
            *value = billing_map_value(map, map->slots[slot] - 1);
            return BILLING_OK;
        }
    }

    status = billing_map_reserve(map);
    if (status != BILLING_OK) {
        return status;
    }

    slot = billing_map_probe(map, ids);

    record = map->records + map->count * map->stride;
    memset(record, 0, map->stride);
    memcpy(record + map->value_size, ids, map->nids * sizeof(uint32_t));

    map->slots[slot] = ++map->count;
    *value = record;

    return BILLING_OK;
}


/*
 * The address of the slots is the seed: which tuples collide differs from run
 * to run and from size to size, and cannot be prepared by a provider's page.
 */

static uint32_t
billing_map_hash(const billing_map_t *map, const uint32_t *ids)
{
    unsigned i;
    uint64_t hash;

    hash = 0x9e3779b97f4a7c15U ^ (uint64_t) (uintptr_t) map->slots;

    for (i = 0; i < map->nids; i++) {
        hash = (hash ^ ids[i]) * 0xe7037ed1a0b428dbU;
        hash ^= hash >> 32;
    }

    return (uint32_t) hash;
}


/* The slot that holds the tuple, or the free one where it belongs. */

static uint32_t
billing_map_probe(const billing_map_t *map, const uint32_t *ids)
{
    uint32_t slot, mask;

    mask = map->nslots - 1;

    for (slot = billing_map_hash(map, ids) & mask; map->slots[slot] != 0;
         slot = (slot + 1) & mask)
    {
        if (memcmp(billing_map_ids(map, map->slots[slot] - 1), ids,
                map->nids * sizeof(uint32_t))
            == 0)
        {
            return slot;
        }
    }

    return slot;
}


/* Makes room for one more record. */

static billing_status_t
billing_map_reserve(billing_map_t *map)
{
    char    *grown;
    uint32_t cap;

    if (map->count == map->max) {
        return BILLING_LIMIT;
    }

    if (map->count == map->cap) {
        cap = map->cap == 0 ? BILLING_MAP_SLOTS / 2 : map->cap * 2;

        grown = realloc(map->records, cap * map->stride);
        if (grown == NULL) {
            return BILLING_NOMEM;
        }

        map->records = grown;
        map->cap = cap;
    }

    if (map->count >= map->nslots / 2) {
        return billing_map_rehash(map);
    }

    return BILLING_OK;
}


static billing_status_t
billing_map_rehash(billing_map_t *map)
{
    uint32_t i, *old;

    old = map->slots;

    map->slots = calloc(
        map->nslots == 0 ? BILLING_MAP_SLOTS : (size_t) map->nslots * 2,
        sizeof(uint32_t));
    if (map->slots == NULL) {
        map->slots = old;
        return BILLING_NOMEM;
    }

    map->nslots = map->nslots == 0 ? BILLING_MAP_SLOTS : map->nslots * 2;

    for (i = 0; i < map->count; i++) {
        map->slots[billing_map_probe(map, billing_map_ids(map, i))] = i + 1;
    }

    free(old);

    return BILLING_OK;
}
