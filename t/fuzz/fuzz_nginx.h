
/*
 * What targets need that link parts of nginx: a pool, a configuration that
 * has one, and a log whose lines are looked at.  See nginx.c's place in the
 * Makefile: nginx's own files, compiled as the targets are.
 */

#ifndef FUZZ_NGINX_H
#define FUZZ_NGINX_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "fuzz.h"


#define FUZZ_NOW 1630454400 /* 2021-09-01T00:00:00Z */


extern volatile ngx_time_t *ngx_cached_time;

static ngx_time_t     fuzz_time = { .sec = FUZZ_NOW };
volatile ngx_time_t  *ngx_cached_time = &fuzz_time;
static ngx_log_t      fuzz_log = { .log_level = NGX_LOG_DEBUG_ALL };
static ngx_cycle_t    fuzz_cycle = { .log = &fuzz_log };
volatile ngx_cycle_t *ngx_cycle = &fuzz_cycle;
static const char    *fuzz_secret; /* that no line of the log may hold */


/* Lines are made, so that what they are made of is read. */
void
ngx_log_error_core(
    ngx_uint_t level, ngx_log_t *log, ngx_err_t err, const char *fmt, ...)
{
    u_char  line[4096], *end;
    va_list args;

    va_start(args, fmt);
    end = ngx_vslprintf(line, line + sizeof(line), fmt, args);
    va_end(args);

    if (fuzz_secret != NULL && *fuzz_secret != '\0') {
        must(memmem(
                 line, (size_t) (end - line), fuzz_secret, strlen(fuzz_secret))
             == NULL);
    }
}


static inline ngx_str_t
fuzz_ngx(billing_str_t text)
{
    return (ngx_str_t){ .data = (u_char *) text.data, .len = text.len };
}


static inline ngx_pool_t *
fuzz_pool(void)
{
    ngx_pool_t *pool;

    ngx_pagesize = 4096;
    ngx_cacheline_size = 64;
    pool = ngx_create_pool(1024, &fuzz_log);
    must(pool != NULL);

    return pool;
}


static inline ngx_conf_t
fuzz_conf(ngx_pool_t *pool)
{
    return (ngx_conf_t){ .pool = pool, .temp_pool = pool, .log = &fuzz_log };
}


#endif /* FUZZ_NGINX_H */
