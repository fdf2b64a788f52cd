
/*
 * The URL of "billing_redis": whatever is accepted names a place to connect
 * to, and no message has the password in it.
 */

#include "fuzz_nginx.h"

#include <netdb.h>

#include "event/redis.h"


#define PASSWORD "s3cr3tS3CR3T"
#define WORD     (sizeof(PASSWORD) - 1)


int __wrap_getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res);
int __real_getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res);

static void accepted(const billing_redis_conf_t *conf, int twice);
static void ends(const ngx_str_t *text);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                *error;
    const char          *first;
    ngx_str_t            url;
    ngx_conf_t           cf;
    ngx_pool_t          *pool;
    fuzz_input_t         in = { data, data + size };
    billing_str_t        text;
    billing_redis_conf_t conf;

    /* nginx ends each word of a configuration with a zero, which is no part */
    text = fuzz_copy(fuzz_rest(&in));

    if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL) {
        fuzz_free(text);
        return -1;
    }

    fuzz_secret = PASSWORD;
    pool = fuzz_pool();
    cf = fuzz_conf(pool);
    url = fuzz_ngx(text);
    ngx_memzero(&conf, sizeof(billing_redis_conf_t));

    error = billing_redis_url_parse(&cf, &url, &conf);
    must(error != NGX_CONF_ERROR);

    if (error == NGX_CONF_OK) {
        first = text.len == 0 ? NULL
                              : memmem(text.data, text.len, PASSWORD, WORD);
        accepted(
            &conf, first != NULL
                       && memmem(first + WORD,
                              text.len - (size_t) (first + WORD - text.data),
                              PASSWORD, WORD)
                              != NULL);
    } else {
        must(strlen(error) > 0 && strstr(error, PASSWORD) == NULL);
    }

    fuzz_free(text);
    ngx_destroy_pool(pool);

    return 0;
}


static void
accepted(const billing_redis_conf_t *conf, int twice)
{
    must(conf->db >= -1);
    must(conf->name.len > 0);

    if (conf->path.len > 0) {
        ends(&conf->path);
        must(conf->path.data[0] == '/');
        must(conf->path.len < sizeof(((struct sockaddr_un *) 0)->sun_path) - 1);
        must(conf->host.len == 0);

    } else if (conf->host.len > 0) {
        ends(&conf->host);
        must(ngx_inet_addr(conf->host.data, conf->host.len) != INADDR_NONE
             || memchr(conf->host.data, ':', conf->host.len) != NULL
             || strcmp((char *) conf->host.data, "255.255.255.255") == 0);
        must(conf->port > 0);
    }

    /* what stands in logs; it may be a name as well */
    if (conf->password.len > 0 && !twice
        && memmem(conf->password.data, conf->password.len, PASSWORD, WORD)
               != NULL)
    {
        must(memmem(conf->name.data, conf->name.len, PASSWORD, WORD) == NULL);
    }

    must(conf->user.len == 0 || conf->password.len > 0);
}


static void
ends(const ngx_str_t *text)
{
    must(text->data[text->len] == '\0');
    must(strlen((char *) text->data) == text->len);
}


/* No name server is asked: there are numbers, and one name. */
int
__wrap_getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
    struct addrinfo numeric;

    numeric = *hints;
    numeric.ai_flags |= AI_NUMERICHOST;

    return __real_getaddrinfo(
        strcmp(node, "localhost") == 0 ? "127.0.0.1" : node, service, &numeric,
        res);
}
