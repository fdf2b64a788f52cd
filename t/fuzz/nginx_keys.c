
/*
 * The key file, then what is sealed with its keys: two texts behind each
 * other, with a record separator (0x1e) between.
 *
 * The keys are those that OpenSSL's base64 gives of the lines; what is sealed
 * opens, and opens no more once a byte of it is another one.
 */

#include "fuzz_nginx.h"

#include <openssl/evp.h>

#include "core/secret.h"
#include "event/stack.h"
#include "store/keys.c"


static void file(const billing_keys_t *keys, billing_str_t text);
static void key_of(billing_str_t line, const billing_key_t *key);
static void sealed(billing_keys_t *keys, ngx_pool_t *pool, billing_str_t text);
static ngx_uint_t opens(billing_keys_t *keys, ngx_pool_t *pool,
    const billing_sealed_t *one, billing_str_t expected);


/* Of nginx's configuration, which is not linked: paths are not opened. */
ngx_int_t
ngx_conf_full_name(ngx_cycle_t *cycle, ngx_str_t *name, ngx_uint_t prefix)
{
    return NGX_ERROR;
}


/* Nor is there an event loop whose turn ends. */
void
billing_stack_wipe(void)
{
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input_t   in = { data, data + size };
    ngx_str_t      path = ngx_string("file");
    ngx_conf_t     cf;
    ngx_pool_t    *pool;
    billing_str_t  text;
    billing_keys_t keys;

    pool = fuzz_pool();
    cf = fuzz_conf(pool);
    text = fuzz_copy(fuzz_until(&in, '\x1e'));
    ngx_memzero(&keys, sizeof(billing_keys_t));

    if (text.len < BILLING_KEY_FILE_MAX
        && keys_parse(&cf, &path, (u_char *) text.data, text.len, &keys)
               == NGX_OK)
    {
        file(&keys, text);
        sealed(&keys, pool, fuzz_rest(&in));
    }

    fuzz_free(text);
    ngx_destroy_pool(pool);

    return 0;
}


static void
file(const billing_keys_t *keys, billing_str_t text)
{
    size_t        i;
    ngx_uint_t    n;
    fuzz_input_t  in = { (const uint8_t *) text.data,
         (const uint8_t *) text.data + text.len };
    billing_str_t line;

    must(keys->count > 0 && keys->count <= BILLING_KEYS_MAX);
    n = 0;

    while (in.p < in.end) {
        line = fuzz_until(&in, '\n');

        while (line.len > 0 && strchr("\r \t", line.data[line.len - 1]) != NULL
               && line.data[line.len - 1] != '\0')
        {
            line.len--;
        }

        if (line.len > 0 && line.data[0] != '#') {
            must(n < keys->count);
            key_of(line, &keys->key[n++]);
        }
    }

    must(n == keys->count);

    for (n = 0; n < keys->count; n++) {
        for (i = 0; i < n; i++) {
            must(keys->key[i].id.len != keys->key[n].id.len
                 || memcmp(keys->key[i].id.data, keys->key[n].id.data,
                        keys->key[n].id.len)
                        != 0);
        }
    }
}


/* "id:base64"; nginx takes base64 without its padding, too. */
static void
key_of(billing_str_t line, const billing_key_t *key)
{
    size_t        id, i, n;
    unsigned char text[64], raw[64];

    id = key->id.len;
    must(id > 0 && id <= 32 && line.len > id && line.data[id] == ':');
    must(memcmp(line.data, key->id.data, id) == 0);

    for (i = id + 1, n = 0; i < line.len && line.data[i] != '='; i++) {
        must(n < 44);
        text[n++] = (unsigned char) line.data[i];
    }

    while (n % 4 != 0) {
        text[n++] = '=';
    }

    must(EVP_DecodeBlock(raw, text, (int) n) >= BILLING_KEY_LEN);
    must(memcmp(raw, key->key, BILLING_KEY_LEN) == 0);
}


static const billing_sealed_t place = {
    .domain = ngx_string("default"),
    .account = ngx_string("sa-012345678901"),
    .provider = ngx_string("hyperbilling_aws"),
    .version = 1,
};


static void
sealed(billing_keys_t *keys, ngx_pool_t *pool, billing_str_t text)
{
    size_t           at;
    ngx_str_t        plain, *out;
    ngx_uint_t       form;
    billing_sealed_t one;

    plain = fuzz_ngx(text);
    one = place;
    out = &one.sealed;
    *out = plain;
    (void) opens(keys, pool, &one, (billing_str_t){ NULL, 0 });

    for (form = BILLING_SEAL_PLACE; form <= BILLING_SEAL_VERSION; form++) {
        must(billing_seal(keys, pool, &one, form, &plain) == NGX_OK);
        must(opens(keys, pool, &one, text));

        one.version++;
        must(opens(keys, pool, &one, text) == (form == BILLING_SEAL_PLACE));
        one.version--;

        /* the last digit of base64 may have bits that do not count */
        at = text.len > 0 ? (unsigned char) text.data[0] % (out->len - 3) : 0;
        out->data[at] ^= 1;
        must(!opens(keys, pool, &one, text));
    }
}


static ngx_uint_t
opens(billing_keys_t *keys, ngx_pool_t *pool, const billing_sealed_t *one,
    billing_str_t expected)
{
    ngx_int_t rc;
    ngx_str_t plain;

    rc = billing_seal_open(keys, pool, one, &plain);
    must(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc != NGX_OK) {
        return 0;
    }

    must(plain.len == expected.len);
    must(plain.len == 0 || memcmp(plain.data, expected.data, plain.len) == 0);
    billing_secret_free(plain.data);

    return 1;
}
