
/*
 * Pieces of one size lie in chunks of 64 KB that begin at a multiple of their
 * size, so that a piece's chunk is found by its address.  What does not fit
 * into a chunk a few times has a mapping of its own, with the same head.
 *
 * With AddressSanitizer it is malloc(), which finds more errors.
 */

#include "core/secret.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>


#define BILLING_SECRET_CHUNK 65536
#define BILLING_SECRET_HEAD  128 /* keeps the alignment of pieces */
#define BILLING_SECRET_FIRST 32  /* bytes of the smallest piece */
#define BILLING_SECRET_SIZES 10  /* up to 16 KB */


static _Atomic unsigned billing_secret_missing;


#if defined(__has_feature) /* clang; gcc defines the macro itself */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__) && !defined(BILLING_SECRET_TEST)

#include <malloc.h>
#include <stdlib.h>


static void *
billing_secret_get(size_t size)
{
    return malloc(size);
}


void
billing_secret_free(void *p)
{
    if (p != NULL) {
        explicit_bzero(p, malloc_usable_size(p));
        free(p);
    }
}


static size_t
billing_secret_size(void *p)
{
    return malloc_usable_size(p);
}

#else

typedef struct billing_secret_piece_s billing_secret_piece_t;
typedef struct billing_secret_chunk_s billing_secret_chunk_t;

struct billing_secret_piece_s {
    billing_secret_piece_t *next;
};

struct billing_secret_chunk_s {
    billing_secret_chunk_t *next; /* of those that have room */
    billing_secret_chunk_t *prev;
    billing_secret_piece_t *free;
    size_t                  size;  /* of a piece */
    size_t                  whole; /* of the mapping */
    size_t                  fresh; /* bytes that were in use before */
    unsigned                used;  /* pieces */
    int                     index; /* -1: one piece */
};

_Static_assert(
    sizeof(billing_secret_chunk_t) <= BILLING_SECRET_HEAD, "head of a chunk");


static billing_secret_chunk_t *billing_secret_map(size_t size, int index);
static void                   *billing_secret_take(int index, size_t size);
static void billing_secret_give(billing_secret_chunk_t *chunk, void *p);
static void billing_secret_link(billing_secret_chunk_t *chunk);
static void billing_secret_unlink(billing_secret_chunk_t *chunk);
static int  billing_secret_full(const billing_secret_chunk_t *chunk);
static billing_secret_chunk_t *billing_secret_chunk(void *p);


static pthread_mutex_t         billing_secret_lock = PTHREAD_MUTEX_INITIALIZER;
static billing_secret_chunk_t *billing_secret_chunks[BILLING_SECRET_SIZES];


static void *
billing_secret_get(size_t size)
{
    int                     index;
    void                   *p;
    size_t                  piece;
    billing_secret_chunk_t *chunk;

    piece = BILLING_SECRET_FIRST;

    for (index = 0; index < BILLING_SECRET_SIZES; index++) {
        if (size <= piece) {
            (void) pthread_mutex_lock(&billing_secret_lock);
            p = billing_secret_take(index, piece);
            (void) pthread_mutex_unlock(&billing_secret_lock);
            return p;
        }

        piece *= 2;
    }

    chunk = billing_secret_map(size, -1);

    return chunk == NULL ? NULL : (char *) chunk + BILLING_SECRET_HEAD;
}


/* Maps more than is needed, for some of it to begin where a chunk may. */
static billing_secret_chunk_t *
billing_secret_map(size_t size, int index)
{
    char                   *p, *start;
    size_t                  whole, left;
    billing_secret_chunk_t *chunk;

    if (size > PTRDIFF_MAX / 2) {
        return NULL;
    }

    whole = BILLING_SECRET_CHUNK;

    if (index == -1) {
        whole = (size + BILLING_SECRET_HEAD + BILLING_SECRET_CHUNK - 1)
                & ~(size_t) (BILLING_SECRET_CHUNK - 1);
    }

    p = mmap(NULL, whole + BILLING_SECRET_CHUNK, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }

    start = (char *) (((uintptr_t) p + BILLING_SECRET_CHUNK - 1)
                      & ~(uintptr_t) (BILLING_SECRET_CHUNK - 1));
    left = (size_t) (start - p);

    if (left > 0) {
        (void) munmap(p, left);
    }

    if (left < BILLING_SECRET_CHUNK) {
        (void) munmap(start + whole, BILLING_SECRET_CHUNK - left);
    }

    if (madvise(start, whole, MADV_DONTDUMP) != 0) {
        (void) munmap(start, whole);
        return NULL;
    }

    chunk = (billing_secret_chunk_t *) start;
    chunk->size = size;
    chunk->whole = whole;
    chunk->fresh = BILLING_SECRET_HEAD;
    chunk->index = index;

    return chunk;
}


static void *
billing_secret_take(int index, size_t size)
{
    void                   *p;
    billing_secret_chunk_t *chunk;

    chunk = billing_secret_chunks[index];

    if (chunk == NULL) {
        chunk = billing_secret_map(size, index);
        if (chunk == NULL) {
            return NULL;
        }

        billing_secret_link(chunk);
    }

    if (chunk->free != NULL) {
        p = chunk->free;
        chunk->free = chunk->free->next;

    } else {
        p = (char *) chunk + chunk->fresh;
        chunk->fresh += size;
    }

    chunk->used++;

    if (billing_secret_full(chunk)) {
        billing_secret_unlink(chunk);
    }

    return p;
}


void
billing_secret_free(void *p)
{
    billing_secret_chunk_t *chunk;

    if (p == NULL) {
        return;
    }

    chunk = billing_secret_chunk(p);

    /* the kernel hands nothing of it to anybody */

    if (chunk->index == -1) {
        (void) munmap(chunk, chunk->whole);
        return;
    }

    explicit_bzero(p, chunk->size);

    (void) pthread_mutex_lock(&billing_secret_lock);
    billing_secret_give(chunk, p);
    (void) pthread_mutex_unlock(&billing_secret_lock);
}


/* One empty chunk of each size stays. */
static void
billing_secret_give(billing_secret_chunk_t *chunk, void *p)
{
    billing_secret_piece_t *piece;

    if (billing_secret_full(chunk)) {
        billing_secret_link(chunk);
    }

    piece = p;
    piece->next = chunk->free;
    chunk->free = piece;
    chunk->used--;

    if (chunk->used == 0 && (chunk->next != NULL || chunk->prev != NULL)) {
        billing_secret_unlink(chunk);
        (void) munmap(chunk, chunk->whole);
    }
}


static void
billing_secret_link(billing_secret_chunk_t *chunk)
{
    billing_secret_chunk_t **first;

    first = &billing_secret_chunks[chunk->index];

    chunk->prev = NULL;
    chunk->next = *first;

    if (*first != NULL) {
        (*first)->prev = chunk;
    }

    *first = chunk;
}


static void
billing_secret_unlink(billing_secret_chunk_t *chunk)
{
    if (chunk->next != NULL) {
        chunk->next->prev = chunk->prev;
    }

    if (chunk->prev != NULL) {
        chunk->prev->next = chunk->next;

    } else {
        billing_secret_chunks[chunk->index] = chunk->next;
    }

    chunk->next = NULL;
    chunk->prev = NULL;
}


static int
billing_secret_full(const billing_secret_chunk_t *chunk)
{
    return chunk->free == NULL && chunk->fresh + chunk->size > chunk->whole;
}


static billing_secret_chunk_t *
billing_secret_chunk(void *p)
{
    return (
        billing_secret_chunk_t *) ((uintptr_t) p
                                   & ~(uintptr_t) (BILLING_SECRET_CHUNK - 1));
}


static size_t
billing_secret_size(void *p)
{
    return billing_secret_chunk(p)->size;
}

#endif


void *
billing_secret_alloc(size_t size)
{
    void *p;

    p = billing_secret_get(size);

    if (p == NULL) {
        billing_secret_missing++;
    }

    return p;
}


unsigned
billing_secret_failures(void)
{
    return billing_secret_missing;
}


void *
billing_secret_calloc(size_t n, size_t size)
{
    void *p;

    if (size != 0 && n > SIZE_MAX / size) {
        return NULL;
    }

    p = billing_secret_alloc(n * size);

    if (p != NULL) {
        memset(p, 0, n * size);
    }

    return p;
}


void *
billing_secret_realloc(void *p, size_t size)
{
    void  *to;
    size_t old;

    if (p == NULL) {
        return billing_secret_alloc(size);
    }

    old = billing_secret_size(p);

    if (size <= old && size > old / 4) {
        return p;
    }

    to = billing_secret_alloc(size);

    if (to != NULL) {
        memcpy(to, p, size < old ? size : old);
        billing_secret_free(p);
    }

    return to;
}


char *
billing_secret_strdup(const char *text)
{
    char  *copy;
    size_t size;

    size = strlen(text) + 1;
    copy = billing_secret_alloc(size);

    if (copy != NULL) {
        memcpy(copy, text, size);
    }

    return copy;
}
