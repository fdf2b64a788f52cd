
/* The arena itself, although the test runs under AddressSanitizer. */

#define _GNU_SOURCE         1 /* memmem() */
#define BILLING_SECRET_TEST 1

#include "core/secret.c"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>


#define PIECES 512
#define ROUNDS 40000


typedef struct {
    unsigned char *data;
    size_t         size;
    unsigned char  mark;
} piece_t;


static void
check(const piece_t *piece)
{
    size_t i;

    for (i = 0; i < piece->size; i++) {
        assert_int_equal(piece->data[i], piece->mark);
    }
}


/* Against what was written: pieces neither overlap nor lose what they have. */
static void *
churn(void *data)
{
    piece_t       *p;
    size_t         size;
    unsigned       i, seed, what;
    static piece_t none;
    piece_t       *pieces;

    seed = *(unsigned *) data;
    pieces = calloc(PIECES, sizeof(piece_t));
    assert_non_null(pieces);

    for (i = 0; i < ROUNDS; i++) {
        p = &pieces[rand_r(&seed) % PIECES];
        check(p);
        what = rand_r(&seed) % 3;
        size = rand_r(&seed) % (rand_r(&seed) % 50 == 0 ? 200000 : 700);

        if (what == 0) {
            billing_secret_free(p->data);
            *p = none;
            continue;
        }

        p->data = billing_secret_realloc(p->data, size);
        assert_non_null(p->data);
        assert_int_equal((uintptr_t) p->data % 16, 0);

        p->size = p->size < size ? p->size : size;
        check(p);

        p->size = size;
        p->mark = (unsigned char) rand_r(&seed);
        memset(p->data, p->mark, size);
    }

    for (i = 0; i < PIECES; i++) {
        check(&pieces[i]);
        billing_secret_free(pieces[i].data);
    }

    free(pieces);

    return NULL;
}


static void
test_one_thread(void **state)
{
    unsigned seed = 1;

    (void) churn(&seed);
}


static void
test_threads(void **state)
{
    unsigned  i, seeds[4];
    pthread_t threads[4];

    for (i = 0; i < 4; i++) {
        seeds[i] = i + 2;
        assert_int_equal(
            pthread_create(&threads[i], NULL, churn, &seeds[i]), 0);
    }

    for (i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}


static void
test_all_goes_back(void **state)
{
    int i;

    for (i = 0; i < BILLING_SECRET_SIZES; i++) {
        if (billing_secret_chunks[i] != NULL) {
            assert_int_equal(billing_secret_chunks[i]->used, 0);
            assert_null(billing_secret_chunks[i]->next);
        }
    }
}


static void
test_overwritten(void **state)
{
    char *p, *q;

    p = billing_secret_strdup("a secret, longer than a pointer");
    q = billing_secret_strdup("keeps the chunk");
    billing_secret_free(p);

    assert_null(memmem(p, 32, "secret", 6));
    assert_null(memmem(p, 32, "pointer", 7));
    billing_secret_free(q);
}


static void
test_zeroed(void **state)
{
    char *p;

    p = billing_secret_alloc(64);
    memset(p, 'x', 64);
    billing_secret_free(p);

    p = billing_secret_calloc(8, 8);
    assert_null(memchr(p, 'x', 64));
    assert_int_equal(p[0] | p[7] | p[8], 0);
    billing_secret_free(p);

    assert_null(billing_secret_calloc(SIZE_MAX, 2));
    assert_null(billing_secret_alloc(SIZE_MAX));
    assert_null(billing_secret_alloc(PTRDIFF_MAX));
}


/* What the kernel says of the mapping that an address is in. */
static int
excluded(const void *p)
{
    int       is, in;
    char      line[512];
    FILE     *f;
    uintptr_t first, last, at;

    at = (uintptr_t) p;
    is = -1;
    f = fopen("/proc/self/smaps", "r");
    assert_non_null(f);

    in = 0;

    while (fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &first, &last) == 2) {
            in = at >= first && at < last;
        }

        if (in && strncmp(line, "VmFlags:", 8) == 0) {
            is = strstr(line, " dd") != NULL;
        }
    }

    (void) fclose(f);

    return is;
}


static void
test_not_dumped(void **state)
{
    size_t      size;
    char       *p;
    static char other[65536];

    for (size = 1; size < 4 * 1024 * 1024; size *= 3) {
        p = billing_secret_alloc(size);
        p[size - 1] = 'x';
        assert_int_equal(excluded(p), 1);
        assert_int_equal(excluded(p + size - 1), 1);
        billing_secret_free(p);
    }

    assert_int_equal(excluded(other), 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_thread),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_all_goes_back),
        cmocka_unit_test(test_overwritten),
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_not_dumped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
