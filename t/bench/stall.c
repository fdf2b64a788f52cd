
/*
 * A library to preload (LD_PRELOAD) into nginx: how long the turns of its
 * event loop are, from the return of epoll_wait() to the next call.  By the
 * thread's own clock: on a machine that has other things to do, what the loop
 * did, not how long it had to wait for a processor.
 *
 * The file that STALL_FILE names gets 64-bit numbers, each worker adding to
 * the same ones: longest turn in nanoseconds, turns, turns over 10 ms, then
 * turns by length, 64 of them, at each the number of those below 2^i ns.
 * Writing zeros over it begins anew.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>


#define STALL_LONG 10000000U


typedef struct {
    uint64_t longest;
    uint64_t turns;
    uint64_t over;
    uint64_t lengths[64];
} stall_t;

typedef int (*stall_wait_pt)(int, struct epoll_event *, int, int);


static stall_wait_pt stall_wait;
static stall_t      *stall;


static void __attribute__((constructor)) stall_init(void)
{
    int   fd;
    void *p;

    stall_wait = (stall_wait_pt) dlsym(RTLD_NEXT, "epoll_wait");

    if (getenv("STALL_FILE") == NULL) {
        return;
    }

    fd = open(getenv("STALL_FILE"), O_RDWR | O_CREAT, 0666);

    if (fd < 0 || ftruncate(fd, sizeof(stall_t)) != 0) {
        abort();
    }

    p = mmap(NULL, sizeof(stall_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        abort();
    }

    stall = p;
    (void) close(fd);
}


static uint64_t
stall_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);

    return (uint64_t) t.tv_sec * 1000000000U + (uint64_t) t.tv_nsec;
}


static void
stall_turn(uint64_t length)
{
    stall->turns++;
    stall->over += length > STALL_LONG;
    stall->lengths[length == 0 ? 0 : 64 - __builtin_clzll(length)]++;

    if (length > stall->longest) {
        stall->longest = length;
    }
}


/* The first turn of a process is its start. */
int
epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
    int ready;

    static pid_t    pid;
    static uint64_t since;

    if (stall != NULL && pid == getpid()) {
        stall_turn(stall_now() - since);
    }

    ready = stall_wait(fd, events, n, timeout);

    pid = getpid();
    since = stall_now();

    return ready;
}
