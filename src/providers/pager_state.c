
/*
 * What is kept of a pager that has died, for another one to go on from: where it
 * was, and of which question.  As text, the fields with a space behind,
 *
 *     digest pages bare nseen seen... covered page
 *
 * The digest is of the first request, without what proves who asks: a page's
 * name is good for the very same question only.  Hashes of the names that were
 * seen go along, so that a provider is not followed in a circle.
 */

#include <stdio.h>
#include <stdlib.h>

#include "providers/reply.h"
#include "providers/pager_internal.h"
#include "core/hash.h"


#define BILLING_PAGER_STATE_MAX 65536


static int billing_pager_number(
    billing_str_t *text, unsigned base, uint64_t *number);
static int billing_pager_cells(billing_str_t *text, unsigned char *covered);


billing_status_t
billing_pager_save(const billing_pager_t *pager, billing_buf_t *out, int *rows)
{
    size_t        i;
    billing_str_t page;

    *rows = pager->again.len == 0;
    page = *rows ? (billing_str_t){ pager->page.data, pager->page.len }
                 : (billing_str_t){ pager->again.data, pager->again.len };

    if (pager->state != BILLING_PAGER_DUE) {
        return BILLING_MALFORMED;
    }

    if (pager->digest == 0 || page.len == 0
        || pager->form != BILLING_PAGER_PLAIN) {
        return BILLING_INVALID;
    }

    (void) billing_buf_addf(out, "%llx %u %u ",
        (unsigned long long) pager->digest, pager->pages, pager->bare);
    (void) billing_buf_addf(out, "%u ", *rows ? pager->nseen : 0);

    for (i = 0; i < pager->nseen && *rows; i++) {
        (void) billing_buf_addf(
            out, "%llx ", (unsigned long long) pager->seen[i]);
    }

    for (i = 0; i < sizeof(pager->covered); i++) {
        (void) billing_buf_addf(out, "%02x", *rows ? pager->covered[i] : 0);
    }

    (void) billing_buf_add_char(out, ' ');

    return billing_buf_add_str(out, page);
}


void
billing_pager_resume(billing_pager_t *pager, billing_str_t state)
{
    billing_buf_wipe(&pager->kept);
    billing_buf_init(&pager->kept, BILLING_PAGER_STATE_MAX);
    (void) billing_buf_add_str(&pager->kept, state);
}


int
billing_pager_resumed(const billing_pager_t *pager)
{
    return pager->resumed;
}


billing_status_t
billing_pager_state_take(
    billing_pager_t *pager, const billing_http_request_t *first)
{
    uint64_t      number[4], hash;
    unsigned      i;
    billing_str_t text;
    unsigned char covered[sizeof(pager->covered)];

    hash = billing_hash(BILLING_HASH, first->url.data, first->url.len);
    hash = billing_hash(hash, first->body.data, first->body.len);
    pager->digest = hash != 0 ? hash : 1;

    text = (billing_str_t){ pager->kept.data, pager->kept.len };

    if (text.len == 0 || pager->pages > 0
        || !billing_pager_number(&text, 16, &number[0])
        || number[0] != pager->digest
        || !billing_pager_number(&text, 10, &number[1])
        || !billing_pager_number(&text, 10, &number[2])
        || !billing_pager_number(&text, 10, &number[3])
        || number[1] >= pager->limit || number[2] >= BILLING_PAGES_BARE
        || number[3] > number[1])
    {
        return BILLING_INVALID;
    }

    pager->nseen = 0;

    for (i = 0; i < number[3]; i++) {
        if (!billing_pager_number(&text, 16, &hash)
            || billing_pager_see(pager, hash) != BILLING_OK)
        {
            pager->nseen = 0;
            return BILLING_INVALID;
        }
    }

    if (!billing_pager_cells(&text, covered) || text.len == 0) {
        pager->nseen = 0;
        return BILLING_INVALID;
    }

    billing_buf_wipe(&pager->page);
    billing_buf_init_secret(&pager->page, BILLING_PAGE_MAX);

    if (billing_buf_add_str(&pager->page, text) != BILLING_OK) {
        billing_buf_wipe(&pager->page);
        pager->nseen = 0;
        return BILLING_INVALID;
    }

    memcpy(pager->covered, covered, sizeof(covered));
    pager->pages = (unsigned) number[1];
    pager->bare = (unsigned) number[2];
    pager->resumed = 1;

    return BILLING_OK;
}


/* Cuts off a number and the space behind it. */
static int
billing_pager_number(billing_str_t *text, unsigned base, uint64_t *number)
{
    char        digits[20], *end;
    size_t      len;
    const char *space;

    space = text->len == 0 ? NULL : memchr(text->data, ' ', text->len);
    len = space == NULL ? 0 : (size_t) (space - text->data);

    if (len == 0 || len >= sizeof(digits)) {
        return 0;
    }

    memcpy(digits, text->data, len);
    digits[len] = '\0';
    *number = strtoull(digits, &end, (int) base);
    text->data += len + 1;
    text->len -= len + 1;

    return *end == '\0';
}


static int
billing_pager_cells(billing_str_t *text, unsigned char *covered)
{
    char     digits[3], *end;
    size_t   i;
    unsigned size;

    size = BILLING_PERIODS_MAX / 8;

    if (text->len <= 2 * size || text->data[2 * size] != ' ') {
        return 0;
    }

    digits[2] = '\0';

    for (i = 0; i < size; i++) {
        memcpy(digits, text->data + 2 * i, 2);
        covered[i] = (unsigned char) strtoul(digits, &end, 16);

        if (*end != '\0') {
            return 0;
        }
    }

    text->data += 2 * size + 1;
    text->len -= 2 * size + 1;

    return 1;
}
