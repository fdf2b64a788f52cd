
/*
 * A library to preload (LD_PRELOAD): memory that is not there.  The test says
 * in a file, which all processes have mapped, whose allocation fails and which:
 * the nth from then on, and so many behind it.
 *
 * The file that NOMEM_FILE names has 64-bit numbers: the process, n (0: none
 * fails), how many fail, then what is told: how many there were since, how
 * many of them failed; and behind these whence the first that failed came, a
 * line for each caller, as the file it lies in and its place there.  A worker
 * that dies adds where it did.
 *
 * An allocation is whatever asks for memory: those of libc, and mappings that
 * are of no file, which secrets lie in.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


#define NOMEM_FRAMES 24
#define NOMEM_TEXT   4096
#define NOMEM_EARLY  65536


typedef struct {
    _Atomic int64_t pid;
    _Atomic int64_t at;
    _Atomic int64_t times;
    _Atomic int64_t seen;
    _Atomic int64_t failed;
    char            text[NOMEM_TEXT];
} nomem_t;


static void *(*nomem_malloc)(size_t);
static void *(*nomem_calloc)(size_t, size_t);
static void *(*nomem_realloc)(void *, size_t);
static void *(*nomem_memalign)(size_t, size_t);
static int (*nomem_posix)(void **, size_t, size_t);
static void *(*nomem_mmap)(void *, size_t, int, int, int, off_t);
static void (*nomem_free)(void *);

static nomem_t     *nomem;
static __thread int nomem_inside __attribute__((tls_model("initial-exec")));

/* What dlsym() itself asks for. */
static _Alignas(16) char nomem_early[NOMEM_EARLY];
static size_t nomem_early_used;


static void
nomem_find(void)
{
    static int begun;

    if (begun) {
        return;
    }

    begun = 1;

    nomem_free = dlsym(RTLD_NEXT, "free");
    nomem_calloc = dlsym(RTLD_NEXT, "calloc");
    nomem_realloc = dlsym(RTLD_NEXT, "realloc");
    nomem_memalign = dlsym(RTLD_NEXT, "memalign");
    nomem_posix = dlsym(RTLD_NEXT, "posix_memalign");
    nomem_mmap = dlsym(RTLD_NEXT, "mmap");
    nomem_malloc = dlsym(RTLD_NEXT, "malloc");
}


static void nomem_dies(int sig);


/* On a stack of its own: the other may have no end. */
static void
nomem_watch(int sig)
{
    stack_t          stack;
    struct sigaction action;

    static char space[NOMEM_EARLY];

    memset(&stack, 0, sizeof(stack));
    stack.ss_sp = space;
    stack.ss_size = sizeof(space);
    (void) sigaltstack(&stack, NULL);

    memset(&action, 0, sizeof(action));
    action.sa_handler = nomem_dies;
    action.sa_flags = SA_ONSTACK | SA_RESETHAND;
    (void) sigaction(sig, &action, NULL);
}


static void __attribute__((constructor)) nomem_init(void)
{
    int         fd;
    void       *p, *frames[1];
    const char *name;

    nomem_find();

    /* it loads a library when it is called first */
    (void) backtrace(frames, 1);

    name = getenv("NOMEM_FILE");
    if (name == NULL) {
        return;
    }

    fd = open(name, O_RDWR | O_CLOEXEC);

    if (fd < 0 || ftruncate(fd, sizeof(nomem_t)) != 0) {
        abort();
    }

    p = nomem_mmap(
        NULL, sizeof(nomem_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        abort();
    }

    nomem = p;
    (void) close(fd);

    /* a sanitizer tells more */
    if (dlsym(RTLD_DEFAULT, "__asan_init") == NULL) {
        nomem_watch(SIGSEGV);
        nomem_watch(SIGABRT);
    }
}


/* Without the first frames, which are functions of ours. */
static void
nomem_tell(const char *title, int skipped)
{
    int     i, n;
    char   *p, *last;
    void   *frames[NOMEM_FRAMES];
    Dl_info info;

    p = nomem->text + strnlen(nomem->text, NOMEM_TEXT - 1);
    last = nomem->text + NOMEM_TEXT;

    p += snprintf(p, (size_t) (last - p), "%s\n", title);
    n = backtrace(frames, NOMEM_FRAMES);

    for (i = skipped; i < n && last - p > 1; i++) {
        if (dladdr(frames[i], &info) != 0) {
            p += snprintf(p, (size_t) (last - p), "%s %#lx\n", info.dli_fname,
                (unsigned long) ((char *) frames[i] - (char *) info.dli_fbase));
        }
    }
}


static void
nomem_dies(int sig)
{
    nomem_inside = 1;
    nomem_tell("died:", 2);

    (void) raise(sig);
}


/* Whether this allocation fails. */
static int
nomem_fails(void)
{
    int64_t at, seen;

    if (nomem == NULL || nomem_inside || (at = nomem->at) == 0
        || nomem->pid != getpid())
    {
        return 0;
    }

    seen = ++nomem->seen;

    if (seen < at || seen - at >= nomem->times) {
        return 0;
    }

    if (nomem->failed++ == 0) {
        nomem_inside = 1;
        nomem_tell("failed:", 3);
        nomem_inside = 0;
    }

    errno = ENOMEM;

    return 1;
}


static void *
nomem_take_early(size_t size)
{
    void *p;

    size = (size + 15) & ~(size_t) 15;

    if (size > NOMEM_EARLY - nomem_early_used) {
        abort();
    }

    p = nomem_early + nomem_early_used;
    nomem_early_used += size;

    return p;
}


static int
nomem_is_early(void *p)
{
    return (char *) p >= nomem_early && (char *) p < nomem_early + NOMEM_EARLY;
}


void *
malloc(size_t size)
{
    nomem_find();

    if (nomem_malloc == NULL) {
        return nomem_take_early(size);
    }

    return nomem_fails() ? NULL : nomem_malloc(size);
}


void *
calloc(size_t n, size_t size)
{
    nomem_find();

    /* it is empty */
    if (nomem_calloc == NULL) {
        return nomem_take_early(n * size);
    }

    return nomem_fails() ? NULL : nomem_calloc(n, size);
}


void *
realloc(void *p, size_t size)
{
    void *to;

    nomem_find();

    if (nomem_realloc == NULL || nomem_is_early(p)) {
        to = malloc(size);

        if (to != NULL && p != NULL) {
            memcpy(to, p, size);
        }

        return to;
    }

    return nomem_fails() ? NULL : nomem_realloc(p, size);
}


void *
memalign(size_t alignment, size_t size)
{
    nomem_find();

    return nomem_fails() ? NULL : nomem_memalign(alignment, size);
}


void *
aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    nomem_find();

    return nomem_fails() ? ENOMEM : nomem_posix(p, alignment, size);
}


void *
mmap(
    void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    nomem_find();

    if (nomem_mmap == NULL) {
        errno = ENOMEM;
        return MAP_FAILED;
    }

    if ((flags & MAP_ANONYMOUS) && nomem_fails()) {
        return MAP_FAILED;
    }

    return nomem_mmap(address, size, protection, flags, fd, offset);
}


void *
mmap64(
    void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    return mmap(address, size, protection, flags, fd, offset);
}


void
free(void *p)
{
    nomem_find();

    if (p != NULL && nomem_free != NULL && !nomem_is_early(p)) {
        nomem_free(p);
    }
}
