
/*
 * A pthread_cond_signal() for the tests, for LD_PRELOAD: only the first of a
 * process works.  nginx calls it to post a task to its threads, so its pool
 * takes one task and refuses all later ones.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>


int
pthread_cond_signal(pthread_cond_t *cond)
{
    static int (*real)(pthread_cond_t *);
    static pid_t last;

    if (last == getpid()) {
        return EAGAIN;
    }

    last = getpid();

    if (real == NULL) {
        real = dlsym(RTLD_NEXT, "pthread_cond_signal");
    }

    return real(cond);
}
