
/*
 * What a cost block is made of, in memory and encoded; shared by the files
 * that fill it (block.c), write it (block_encode.c) and read
 * it (block_decode.c).
 *
 * An encoded field is
 *
 *     version      byte, 2 with charges, else 1
 *     dimensions   byte, a mask of BILLING_BLOCK_LINKED, _REGION, _SERVICE,
 *                  and in version 2 _CHARGE
 *     strings      count, then length and bytes of each; UTF-8, in byte
 *                  order, none twice
 *     keys         count, then the keys, in the order of their strings:
 *         currency         number of a string, counted from 0
 *         linked account   the same, where the mask has it
 *         region
 *         service
 *         charge
 *         costs            one or more, by date:
 *             step             gap * 2 + (1 if a further cost follows); the
 *                              gap is the date of the first cost, then the
 *                              dates left out since the one before
 *             amount           zigzag, 128 bits, in pico units
 *
 * where every number is a varint (varint.h).  So a service that costs
 * something on each day of a month is named once, and a cost takes one byte
 * for its date and five to eight for its amount.  Everything has exactly one
 * form, nothing may follow the last cost, and a reader checks all of it, but
 * for strings that no key names: they are passed over.
 * Hidden changes inside an amount are left to Redis' own checksums.
 */

#ifndef BILLING_CORE_BLOCK_DATA_H
#define BILLING_CORE_BLOCK_DATA_H

#include "core/block.h"
#include "core/intern.h"
#include "core/map.h"


#define BILLING_BLOCK_VERSION         1
#define BILLING_BLOCK_VERSION_CHARGED 2

#define BILLING_BLOCK_MAX_DATE 30


/* The parts of a key, in the order in which they are written. */
typedef enum {
    BILLING_PART_CURRENCY = 0,
    BILLING_PART_LINKED,
    BILLING_PART_REGION,
    BILLING_PART_SERVICE,
    BILLING_PART_CHARGE,
    BILLING_PART_MAX
} billing_part_t;

/* The ids of a cell: its parts, then its date. */
#define BILLING_BLOCK_DATE BILLING_PART_MAX
#define BILLING_BLOCK_IDS  (BILLING_PART_MAX + 1)


struct billing_block_s {
    billing_intern_t strings;
    billing_map_t    cells; /* value: billing_money_t */

    /* parts of the last cell: the next one often has the same */
    uint32_t last[BILLING_PART_MAX];
};


/* 1 if a field of these dimensions keeps a part apart. */
static inline int
billing_block_has(unsigned dims, unsigned part)
{
    return part == BILLING_PART_CURRENCY
           || (dims & (BILLING_BLOCK_LINKED << (part - 1))) != 0;
}


#endif /* BILLING_CORE_BLOCK_DATA_H */
