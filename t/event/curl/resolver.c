
/*
 * A getaddrinfo() for the tests, for LD_PRELOAD.
 *
 * Without the file RESOLVER_GATE it waits for it; meanwhile there is a file
 * of that name with ".waiting" behind it.  "<a>.and.<b>.invalid" has the
 * addresses a and b, with "_" for the colon of IPv6.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define AND     ".and."
#define INVALID ".invalid"


typedef int (*resolver_pt)(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res);


static void resolver_wait(void);
static int resolver_both(resolver_pt next, const char *node, const char *middle,
    const char *service, struct addrinfo **res);


int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **res)
{
    const char *middle;
    resolver_pt next;

    resolver_wait();

    *(void **) &next = dlsym(RTLD_NEXT, "getaddrinfo");
    middle = strstr(node, AND);

    if (middle != NULL) {
        return resolver_both(next, node, middle, service, res);
    }

    return next(node, service, hints, res);
}


static void
resolver_wait(void)
{
    int         fd;
    char        waiting[PATH_MAX];
    const char *gate;

    gate = getenv("RESOLVER_GATE");

    if (gate == NULL || access(gate, F_OK) == 0) {
        return;
    }

    (void) snprintf(waiting, sizeof(waiting), "%s.waiting", gate);

    fd = open(waiting, O_CREAT | O_WRONLY, 0644);
    if (fd != -1) {
        (void) close(fd);
    }

    while (access(gate, F_OK) != 0) {
        (void) usleep(10000);
    }
}


static int
resolver_both(resolver_pt next, const char *node, const char *middle,
    const char *service, struct addrinfo **res)
{
    int             i, rc;
    char            text[2][64], *colon;
    const char     *second;
    struct addrinfo hints, *addresses[2];

    second = middle + strlen(AND);
    memset(&hints, 0, sizeof(hints));
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_STREAM;

    (void) snprintf(
        text[0], sizeof(text[0]), "%.*s", (int) (middle - node), node);
    (void) snprintf(text[1], sizeof(text[1]), "%.*s",
        (int) (strlen(second) - strlen(INVALID)), second);

    for (i = 0; i < 2; i++) {
        while ((colon = strchr(text[i], '_')) != NULL) {
            *colon = ':';
        }

        rc = next(text[i], service, &hints, &addresses[i]);
        if (rc != 0) {
            return rc;
        }
    }

    /* glibc frees the members of a list one by one */
    addresses[0]->ai_next = addresses[1];
    *res = addresses[0];

    return 0;
}
