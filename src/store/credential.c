
/*
 * Those that do not open are remembered, for each of them would otherwise be
 * tried, and complained about, with each request.
 */

#include "store/credential.h"

#include "core/json.h"
#include "core/secret.h"


#define BILLING_CREDENTIAL_DEPTH 8
#define BILLING_CREDENTIAL_BAD   65536 /* remembered */


static void credential_told(
    billing_store_t *store, const billing_sealed_t *credential, ngx_int_t rc);
static void credential_reject(
    billing_store_t *store, const billing_sealed_t *credential);
static ngx_rbtree_key_t credential_key(const billing_sealed_t *credential);


json_t *
billing_credential_open(
    billing_store_t *store, const billing_sealed_t *credential)
{
    json_t          *plain;
    ngx_int_t        rc;
    ngx_str_t        text;
    ngx_pool_t      *pool;
    billing_str_t    s;
    billing_status_t status;

    if (billing_credential_bad(store, credential)) {
        return NULL;
    }

    pool = ngx_create_pool(1024, store->log);
    if (pool == NULL) {
        return NULL;
    }

    plain = NULL;
    rc = billing_seal_open(store->keys, pool, credential, &text);

    if (rc == NGX_OK) {
        s.data = (char *) text.data;
        s.len = text.len;

        status = billing_json_parse(s, BILLING_CREDENTIAL_DEPTH, &plain, NULL);

        billing_secret_free(text.data);

        rc = status == BILLING_OK || status == BILLING_NOMEM ? NGX_OK
                                                             : NGX_DECLINED;
    }

    if (rc == NGX_DECLINED) {
        credential_reject(store, credential);
    }

    credential_told(store, credential, rc);
    ngx_destroy_pool(pool);

    return plain;
}


static void
credential_told(
    billing_store_t *store, const billing_sealed_t *credential, ngx_int_t rc)
{
#if (NGX_DEBUG)

    ngx_str_t key;

    key = billing_seal_sealed_key(&credential->sealed);

    ngx_log_debug6(NGX_LOG_DEBUG_HTTP, store->log, 0,
        "billing credential of account \"%V\" in domain \"%V\", version %ui: "
        "form %ui, key \"%V\": %i",
        &credential->account, &credential->domain, credential->version,
        billing_seal_sealed_form(&credential->sealed), &key, rc);

#endif
}


static void
credential_reject(billing_store_t *store, const billing_sealed_t *credential)
{
    ngx_rbtree_node_t *node;

    ngx_log_error(NGX_LOG_ERR, store->log, 0,
        "billing: the credential of account \"%V\" in domain \"%V\" does not "
        "open: its key is missing in the key file, or it is not the one that "
        "was sealed last, or it was tampered with",
        &credential->account, &credential->domain);

    if (store->nbad >= BILLING_CREDENTIAL_BAD) {
        billing_credential_destroy(store);
    }

    if (store->bad.root == NULL) {
        ngx_rbtree_init(&store->bad, &store->bad_end, ngx_rbtree_insert_value);
    }

    node = ngx_alloc(sizeof(ngx_rbtree_node_t), store->log);
    if (node == NULL) {
        return;
    }

    node->key = credential_key(credential);
    ngx_rbtree_insert(&store->bad, node);
    store->nbad++;
}


ngx_uint_t
billing_credential_bad(
    billing_store_t *store, const billing_sealed_t *credential)
{
    ngx_rbtree_key_t   key;
    ngx_rbtree_node_t *node;

    if (store->nbad == 0) {
        return 0;
    }

    key = credential_key(credential);
    node = store->bad.root;

    while (node != &store->bad_end && node->key != key) {
        node = key < node->key ? node->left : node->right;
    }

    return node != &store->bad_end;
}


/* Sealed texts are random, so that two of them do not share it. */
static ngx_rbtree_key_t
credential_key(const billing_sealed_t *credential)
{
    uint32_t crc;

    ngx_crc32_init(crc);
    ngx_crc32_update(&crc, credential->sealed.data, credential->sealed.len);
    ngx_crc32_update(&crc, credential->account.data, credential->account.len);
    ngx_crc32_update(&crc, credential->domain.data, credential->domain.len);
    ngx_crc32_update(&crc, credential->provider.data, credential->provider.len);
    ngx_crc32_final(crc);

    return ((ngx_rbtree_key_t) ngx_murmur_hash2(
                credential->sealed.data, credential->sealed.len)
               << 32)
           + (crc ^ (uint32_t) credential->version);
}


void
billing_credential_destroy(billing_store_t *store)
{
    ngx_rbtree_node_t *node;

    while (store->nbad > 0) {
        node = store->bad.root;
        ngx_rbtree_delete(&store->bad, node);
        ngx_free(node);
        store->nbad--;
    }
}
