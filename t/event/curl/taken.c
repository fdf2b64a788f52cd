
/*
 * A close() for the tests, for LD_PRELOAD: what another thread opens at that
 * moment has the number of a TCP socket that was closed before it connected.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>


typedef int (*close_pt)(int fd);


static int
taken_connecting(int fd)
{
    int                     saved, unconnected;
    socklen_t               len;
    struct sockaddr_storage addr;

    saved = errno;
    len = sizeof(addr);
    unconnected = getsockname(fd, (struct sockaddr *) &addr, &len) == 0
                  && addr.ss_family == AF_INET
                  && getpeername(fd, (struct sockaddr *) &addr, &len) == -1
                  && errno == ENOTCONN;
    errno = saved;

    return unconnected;
}


int
close(int fd)
{
    int      rc, other, connecting;
    close_pt next;

    next = (close_pt) dlsym(RTLD_NEXT, "close");
    connecting = taken_connecting(fd);
    rc = next(fd);

    if (connecting) {
        other = open("/dev/null", O_RDONLY | O_CLOEXEC);

        if (other != fd && other != -1) {
            (void) dup2(other, fd);
            (void) next(other);
        }
    }

    return rc;
}
