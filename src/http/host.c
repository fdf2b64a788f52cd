
/*
 * The environment is read with the configuration, in the master: nginx clears
 * that of its workers.  Names and meanings are those of AWS' SDKs ("AWS SDKs
 * and Tools Reference Guide": assume role, container and IMDS credential
 * providers).  No request has a say in where any of it leads.
 */

#include "http/host.h"

#include "http/conf.h"

#include "core/secret.h"


#define BILLING_HOST_TOKEN 16384 /* bytes of a token's file */


/* billing_host_t.data: what proves who we are; NULL: nothing is wanted */
typedef struct {
    const char *file;
    const char *text;
} billing_host_proof_t;


static ngx_int_t host_domain(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *domain);
static billing_host_t *host_create(ngx_conf_t *cf);
static ngx_int_t       host_identity(
          ngx_conf_t *cf, billing_host_t *host, billing_host_proof_t *proof);
static ngx_int_t host_container(
    ngx_conf_t *cf, billing_host_t *host, billing_host_proof_t *proof);
static ngx_int_t        host_is_near(const char *url);
static ngx_int_t        host_metadata(ngx_conf_t *cf, billing_host_t *host);
static const char      *host_env(ngx_conf_t *cf, const char *name);
static billing_status_t host_token(
    const billing_host_t *host, billing_buf_t *out);
static billing_status_t host_read(const char *file, billing_buf_t *out);


char *
ngx_http_billing_set_host_role(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *domains)
{
    u_char   *p, *last;
    ngx_str_t domain;

    if (pc->provider->host_check == NULL) {
        return "takes \"host_role=\" only for \"aws\"";
    }

    if (pc->host != NULL) {
        return "has two \"host_role=\"";
    }

    pc->host = host_create(cf);
    pc->host_domains = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));

    if (pc->host == NULL || pc->host_domains == NULL) {
        return NGX_CONF_ERROR;
    }

    last = domains->data + domains->len;

    for (domain.data = domains->data; domain.data <= last; domain.data = p + 1)
    {
        p = ngx_strlchr(domain.data, last, ',');
        p = p == NULL ? last : p;
        domain.len = p - domain.data;

        if (host_domain(cf, pc, &domain) != NGX_OK) {
            return "needs domains after \"host_role=\", with commas between";
        }
    }

    return NGX_CONF_OK;
}


/* As billing_domain may come out. */
static ngx_int_t
host_domain(ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *domain)
{
    u_char     c;
    ngx_str_t *place;
    ngx_uint_t i;

    if (domain->len == 0 || domain->len > 64) {
        return NGX_ERROR;
    }

    for (i = 0; i < domain->len; i++) {
        c = domain->data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
        {
            return NGX_ERROR;
        }
    }

    place = ngx_array_push(pc->host_domains);
    if (place == NULL) {
        return NGX_ERROR;
    }

    *place = *domain;

    return NGX_OK;
}


const billing_host_t *
billing_host(const billing_provider_conf_t *pc, const ngx_str_t *domain)
{
    ngx_str_t *domains;
    ngx_uint_t i;

    if (pc->host == NULL) {
        return NULL;
    }

    domains = pc->host_domains->elts;

    for (i = 0; i < pc->host_domains->nelts; i++) {
        if (billing_identity_compare(&domains[i], domain) == 0) {
            return pc->host;
        }
    }

    return NULL;
}


/* No user's name, with which other digests begin, has a NUL. */
ngx_int_t
billing_host_external(billing_keys_t *keys, ngx_pool_t *pool,
    const ngx_str_t *domain, ngx_str_t *list)
{
    ngx_str_t text;

    text.len = sizeof("external_id") + domain->len;
    text.data = ngx_pnalloc(pool, text.len);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(ngx_cpymem(text.data, "external_id", sizeof("external_id")),
        domain->data, domain->len);

    return billing_seal_digests(keys, pool, &text, list);
}


static billing_host_t *
host_create(ngx_conf_t *cf)
{
    billing_host_t       *host;
    billing_host_proof_t *proof;

    host = ngx_pcalloc(cf->pool, sizeof(billing_host_t));
    proof = ngx_pcalloc(cf->pool, sizeof(billing_host_proof_t));

    if (host == NULL || proof == NULL) {
        return NULL;
    }

    host->token = host_token;
    host->data = proof;

    if (host_identity(cf, host, proof) != NGX_OK
        || host_container(cf, host, proof) != NGX_OK
        || host_metadata(cf, host) != NGX_OK)
    {
        return NULL;
    }

    return host;
}


static ngx_int_t
host_identity(ngx_conf_t *cf, billing_host_t *host, billing_host_proof_t *proof)
{
    const char *role, *file, *session;

    file = host_env(cf, "AWS_WEB_IDENTITY_TOKEN_FILE");
    role = host_env(cf, "AWS_ROLE_ARN");
    session = host_env(cf, "AWS_ROLE_SESSION_NAME");

    if (file == NULL) {
        return NGX_OK;
    }

    if (role == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "\"host_role=\" finds AWS_WEB_IDENTITY_TOKEN_FILE in the "
            "environment, but no AWS_ROLE_ARN");
        return NGX_ERROR;
    }

    proof->file = file;
    host->role = billing_str_from(role);
    host->session = billing_str_from(session == NULL ? "billing" : session);

    return NGX_OK;
}


static ngx_int_t
host_container(
    ngx_conf_t *cf, billing_host_t *host, billing_host_proof_t *proof)
{
    char       *url;
    const char *path, *full;

    path = host_env(cf, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    full = host_env(cf, "AWS_CONTAINER_CREDENTIALS_FULL_URI");

    if (host->role.len != 0 || (path == NULL && full == NULL)) {
        return NGX_OK;
    }

    if (path != NULL) {
        url = ngx_pnalloc(
            cf->pool, sizeof("http://169.254.170.2") + ngx_strlen(path));
        if (url == NULL) {
            return NGX_ERROR;
        }

        *ngx_sprintf((u_char *) url, "http://169.254.170.2%s", path) = '\0';
        full = url;
    }

    if (host_is_near(full) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "\"host_role=\" finds in the environment a "
            "AWS_CONTAINER_CREDENTIALS_FULL_URI that is neither https nor of "
            "this machine, or no path in AWS_CONTAINER_CREDENTIALS_"
            "RELATIVE_URI");
        return NGX_ERROR;
    }

    host->container = billing_str_from(full);
    proof->file = host_env(cf, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    proof->text = host_env(cf, "AWS_CONTAINER_AUTHORIZATION_TOKEN");

    return NGX_OK;
}


/* Plain http reaches nobody but who is meant: the SDKs' own list. */
static ngx_int_t
host_is_near(const char *url)
{
    size_t     len;
    ngx_uint_t i;

    static const char *const hosts[] = { "http://169.254.170.2/",
        "http://169.254.170.23/", "http://[fd00:ec2::23]/", "http://localhost/",
        "http://localhost:", "http://127.0.0.1/",
        "http://127.0.0.1:", "http://[::1]/", "http://[::1]:", "https://" };

    if (ngx_strchr(url, '@') != NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        len = ngx_strlen(hosts[i]);

        if (ngx_strncasecmp((u_char *) url, (u_char *) hosts[i], len) == 0
            && url[len] != '\0')
        {
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


static ngx_int_t
host_metadata(ngx_conf_t *cf, billing_host_t *host)
{
    const char *off, *url, *mode;

    off = host_env(cf, "AWS_EC2_METADATA_DISABLED");
    url = host_env(cf, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    mode = host_env(cf, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

    if (host->role.len != 0 || host->container.len != 0) {
        return NGX_OK;
    }

    if (off != NULL && ngx_strcasecmp((u_char *) off, (u_char *) "true") == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "\"host_role=\" finds no role in the environment, and "
            "AWS_EC2_METADATA_DISABLED is \"true\"");
        return NGX_ERROR;
    }

    if (url == NULL) {
        url = mode != NULL
                      && ngx_strcasecmp((u_char *) mode, (u_char *) "ipv6") == 0
                  ? "http://[fd00:ec2::254]"
                  : "http://169.254.169.254";
    }

    if (ngx_strncasecmp((u_char *) url, (u_char *) "http://", 7) != 0
        && ngx_strncasecmp((u_char *) url, (u_char *) "https://", 8) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "\"host_role=\" finds an AWS_EC2_METADATA_SERVICE_ENDPOINT in the "
            "environment that is no URL");
        return NGX_ERROR;
    }

    host->metadata = billing_str_from(url);

    while (host->metadata.data[host->metadata.len - 1] == '/') {
        host->metadata.len--;
    }

    return NGX_OK;
}


/* A copy, since nginx makes its environment anew; NULL: not set, or empty. */
static const char *
host_env(ngx_conf_t *cf, const char *name)
{
    char     *value;
    ngx_str_t text;

    value = getenv(name);

    if (value == NULL || value[0] == '\0') {
        return NULL;
    }

    text.data = (u_char *) value;
    text.len = ngx_strlen(value) + 1;

    return (const char *) ngx_pstrdup(cf->pool, &text);
}


static billing_status_t
host_token(const billing_host_t *host, billing_buf_t *out)
{
    billing_host_proof_t *proof;

    proof = host->data;

    if (proof->file != NULL) {
        return host_read(proof->file, out);
    }

    return proof->text == NULL
               ? BILLING_OK
               : billing_buf_add_str(out, billing_str_from(proof->text));
}


/* Small, and in memory where Kubernetes keeps it; once in an hour or so. */
static billing_status_t
host_read(const char *file, billing_buf_t *out)
{
    char            *text;
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  fi;
    billing_status_t rc;

    fd = open(file, O_RDONLY | O_NONBLOCK);

    if (fd == NGX_INVALID_FILE) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
            "cannot open \"%s\", the token of this server's role", file);
        return BILLING_UNAVAILABLE;
    }

    text = billing_secret_alloc(BILLING_HOST_TOKEN);
    n = -1;

    if (text != NULL && ngx_fd_info(fd, &fi) != NGX_FILE_ERROR
        && ngx_is_file(&fi) && ngx_file_size(&fi) < BILLING_HOST_TOKEN)
    {
        n = ngx_read_fd(fd, text, BILLING_HOST_TOKEN);
    }

    while (n > 0 && (u_char) text[n - 1] <= ' ') {
        n--;
    }

    rc = n > 0 ? billing_buf_add(out, text, n) : BILLING_UNAVAILABLE;

    billing_secret_free(text);
    (void) ngx_close_file(fd);

    return rc;
}
