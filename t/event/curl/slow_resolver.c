
/*
 * getaddrinfo() that waits for a file, for LD_PRELOAD.  While it waits there
 * is a file of that name with ".waiting" behind it.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **res)
{
    int         fd;
    char        waiting[PATH_MAX];
    const char *gate;
    int (*next)(const char *, const char *, const struct addrinfo *,
        struct addrinfo **);

    gate = getenv("RESOLVER_GATE");

    if (gate != NULL && access(gate, F_OK) != 0) {
        (void) snprintf(waiting, sizeof(waiting), "%s.waiting", gate);

        fd = open(waiting, O_CREAT | O_WRONLY, 0644);
        if (fd != -1) {
            (void) close(fd);
        }

        while (access(gate, F_OK) != 0) {
            (void) usleep(10000);
        }
    }

    *(void **) &next = dlsym(RTLD_NEXT, "getaddrinfo");

    return next(node, service, hints, res);
}
