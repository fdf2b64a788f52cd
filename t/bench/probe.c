
/*
 * probe PORT PATH PID: asks for PATH every millisecond over one connection
 * until standard input ends, then prints one line of JSON, in microseconds:
 * how long answers took (p50, p99, max), for how long at most the main thread
 * of the process PID was kept from running while one was awaited (kept), and
 * how late the probe itself was woken at most (late).
 *
 * An answer that took longer than a millisecond held up others: each that
 * would have been asked for meanwhile counts with the rest of the wait.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#define BENCH_EVERY   1000 /* microseconds */
#define BENCH_SAMPLES 4000000
#define BENCH_ANSWER  65536


typedef struct {
    int      fd;
    int      stat; /* of the process that answers */
    char     request[512];
    size_t   length;
    int64_t *samples;
    size_t   count;
    int64_t  kept;
    int64_t  late;
} bench_t;


static void
bench_check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}


static int64_t
bench_now(void)
{
    struct timespec t;

    bench_check(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "clock_gettime()");

    return (int64_t) t.tv_sec * 1000000 + t.tv_nsec / 1000;
}


/* How long the process was ready to run and did not: the second number. */
static int64_t
bench_kept(const bench_t *b)
{
    char    text[128], *p;
    ssize_t n;

    n = pread(b->stat, text, sizeof(text) - 1, 0);
    bench_check(n > 0, "no such process");

    text[n] = '\0';
    (void) strtoll(text, &p, 10);

    return strtoll(p, NULL, 10) / 1000;
}


static void
bench_most(int64_t *most, int64_t value)
{
    if (value > *most) {
        *most = value;
    }
}


static int
bench_connect(const char *port)
{
    int                fd;
    struct sockaddr_in address;

    memset(&address, 0, sizeof(struct sockaddr_in));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t) atoi(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    fd = socket(AF_INET, SOCK_STREAM, 0);
    bench_check(fd >= 0, "socket()");
    bench_check(connect(fd, (struct sockaddr *) &address, sizeof(address)) == 0,
        "connect()");

    return fd;
}


/* The length of the whole answer; 0: it is not known yet. */
static size_t
bench_length(const char *answer)
{
    const char *end, *length;

    end = strstr(answer, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }

    length = strstr(answer, "\r\nContent-Length:");
    bench_check(length != NULL && length < end, "an answer without a length");

    return (size_t) (end + 4 - answer)
           + strtoul(length + sizeof("\r\nContent-Length:") - 1, NULL, 10);
}


static void
bench_answer(bench_t *b)
{
    char    answer[BENCH_ANSWER];
    size_t  got, want;
    ssize_t n;

    got = 0;

    do {
        n = read(b->fd, answer + got, sizeof(answer) - 1 - got);
        bench_check(n > 0, "read()");

        got += (size_t) n;
        answer[got] = '\0';
        want = bench_length(answer);

    } while (want == 0 || got < want);

    bench_check(strncmp(answer, "HTTP/1.1 200", 12) == 0, answer);
}


static void
bench_ask(bench_t *b)
{
    int64_t start, took, kept;

    kept = bench_kept(b);
    start = bench_now();

    bench_check(
        write(b->fd, b->request, b->length) == (ssize_t) b->length, "write()");
    bench_answer(b);

    took = bench_now() - start;
    bench_most(&b->kept, bench_kept(b) - kept);

    for (; took > 0 && b->count < BENCH_SAMPLES; took -= BENCH_EVERY) {
        b->samples[b->count++] = took;
    }
}


static int
bench_over(void)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

    return poll(&input, 1, 0) != 0;
}


static void
bench_run(bench_t *b)
{
    int64_t         next, now;
    struct timespec t;

    next = bench_now();

    while (!bench_over()) {
        now = bench_now();
        next = next + BENCH_EVERY > now ? next + BENCH_EVERY
                                        : now + BENCH_EVERY;
        t.tv_sec = next / 1000000;
        t.tv_nsec = next % 1000000 * 1000;

        (void) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);

        bench_most(&b->late, bench_now() - next);

        bench_ask(b);
    }
}


static int
bench_compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}


int
main(int argc, char **argv)
{
    char               path[64];
    bench_t            b;
    struct sched_param first = { .sched_priority = 1 };

    bench_check(argc == 4, "port, path, pid");

    memset(&b, 0, sizeof(bench_t));

    /* before others on its core, where it is allowed */
    (void) sched_setscheduler(0, SCHED_FIFO, &first);

    b.fd = bench_connect(argv[1]);
    b.length = (size_t) snprintf(b.request, sizeof(b.request),
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", argv[2]);

    (void) snprintf(path, sizeof(path), "/proc/%s/schedstat", argv[3]);
    b.stat = open(path, O_RDONLY);
    bench_check(b.stat >= 0, path);

    b.samples = malloc(BENCH_SAMPLES * sizeof(int64_t));
    bench_check(b.samples != NULL, "malloc()");

    bench_run(&b);

    bench_check(b.count > 0, "no answer");
    qsort(b.samples, b.count, sizeof(int64_t), bench_compare);

    printf("{\"asked\":%zu,\"p50\":%jd,\"p99\":%jd,\"max\":%jd,"
           "\"kept\":%jd,\"late\":%jd}\n",
        b.count, (intmax_t) b.samples[b.count / 2],
        (intmax_t) b.samples[b.count * 99 / 100],
        (intmax_t) b.samples[b.count - 1], (intmax_t) b.kept,
        (intmax_t) b.late);

    return 0;
}
