
/* "billing_proxy".  Its errors quote nothing: a URL may hold a password. */

#include "http/conf.h"


char *
ngx_http_billing_set_proxy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_main_conf_t *bmcf = conf;

    char      *rc;
    ngx_str_t *value, list;

    if (bmcf->proxy != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    bmcf->proxy = ngx_pcalloc(cf->pool, sizeof(billing_curl_proxy_t));
    if (bmcf->proxy == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = billing_curl_proxy_parse(cf, &value[1], bmcf->proxy);

    if (rc != NGX_CONF_OK || cf->args->nelts == 2) {
        return rc;
    }

    if (ngx_strncmp(value[2].data, "no_proxy=", 9) != 0) {
        return "takes only \"no_proxy=\" after the proxy";
    }

    list.data = value[2].data + 9;
    list.len = value[2].len - 9;

    return billing_curl_proxy_except(cf, &list, bmcf->proxy);
}
