
/*
 * What reading the key file and using its keys share.
 */

#ifndef NGX_HTTP_BILLING_KEYS_H
#define NGX_HTTP_BILLING_KEYS_H

#include "store/ngx_http_billing_seal.h"


#define NGX_HTTP_BILLING_KEYS_MAX 16
#define NGX_HTTP_BILLING_KEY_LEN  32


typedef struct {
    ngx_str_t id;
    u_char    key[NGX_HTTP_BILLING_KEY_LEN];
} ngx_http_billing_key_t;


struct ngx_http_billing_keys_s {
    ngx_http_billing_key_t key[NGX_HTTP_BILLING_KEYS_MAX];
    ngx_uint_t             count;
};


/* NULL when there is none of that id. */
ngx_http_billing_key_t *ngx_http_billing_key_find(
    ngx_http_billing_keys_t *keys, ngx_str_t *id);


#endif /* NGX_HTTP_BILLING_KEYS_H */
