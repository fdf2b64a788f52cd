
/*
 * What reading the key file and using its keys share.
 */

#ifndef BILLING_STORE_KEYS_H
#define BILLING_STORE_KEYS_H

#include "store/seal.h"


#define BILLING_KEYS_MAX 16
#define BILLING_KEY_LEN  32


typedef struct {
    ngx_str_t id;
    u_char    key[BILLING_KEY_LEN];
} billing_key_t;


struct billing_keys_s {
    billing_key_t key[BILLING_KEYS_MAX];
    ngx_uint_t    count;
};


/* NULL when there is none of that id. */
billing_key_t *billing_keys_key_find(billing_keys_t *keys, ngx_str_t *id);


#endif /* BILLING_STORE_KEYS_H */
