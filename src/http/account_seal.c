
/*
 * What is stored of an account's credentials: sealed, and what is known of
 * them.
 */

#include "http/account.h"


/* sealed, at most; a body is shorter */
#define BILLING_CREDENTIALS_MAX (1024 * 1024)

#define BILLING_LINKED_LEN 1024


static ngx_int_t account_seal_text(billing_account_t *account);
static ngx_int_t account_learned(billing_account_t *account);
static void      account_forget(billing_account_t *account);
static ngx_int_t account_linked(billing_account_t *account, ngx_str_t *text);


ngx_int_t
billing_account_seal(billing_account_t *account)
{
    json_t           *mask;
    billing_object_t *next;

    next = &account->edit.next;
    next->credential_version++;

    if (account_seal_text(account) != NGX_OK) {
        return NGX_ERROR;
    }

    mask = billing_fields_mask(
        account->pc->provider->fields, account->credentials);
    if (mask == NULL) {
        return NGX_ERROR;
    }

    next->shown = billing_resource_text(account->edit.op->pool, mask);
    json_decref(mask);

    return next->shown.data == NULL ? NGX_ERROR : account_learned(account);
}


/* In the form that every node of the domain opens. */

static ngx_int_t
account_seal_text(billing_account_t *account)
{
    ngx_int_t        rc;
    ngx_str_t        plain;
    billing_buf_t    buf;
    billing_json_t   w;
    billing_op_t    *op;
    billing_store_t *store;
    billing_sealed_t credential;

    op = account->edit.op;
    store = &op->bmcf->store;

    billing_buf_init_secret(&buf, BILLING_CREDENTIALS_MAX);
    billing_json_init(&w, &buf);
    billing_json_value(&w, account->credentials);

    plain.data = (u_char *) buf.data;
    plain.len = buf.len;

    billing_object_credential(&account->edit.next, &op->domain, &credential);

    rc = buf.status != BILLING_OK
             ? NGX_ERROR
             : billing_seal(store->keys, op->pool, &credential,
                 billing_sync_seal_form(store, &op->domain), &plain);

    billing_buf_free(&buf);

    account->edit.next.credential = credential.sealed;

    return rc;
}


static ngx_int_t
account_learned(billing_account_t *account)
{
    u_char                 *numbers;
    ngx_str_t               version, linked, all, at, now, cloud;
    billing_object_t       *next;
    billing_write_change_t *change;

    next = &account->edit.next;
    change = &account->edit.change;

    numbers = ngx_pnalloc(
        account->edit.op->pool, NGX_INT_T_LEN + NGX_TIME_T_LEN);

    if (numbers == NULL || account_linked(account, &linked) != NGX_OK) {
        return NGX_ERROR;
    }

    now.data = numbers + NGX_INT_T_LEN;
    now.len = ngx_sprintf(now.data, "%T", ngx_time()) - now.data;

    ngx_str_set(&next->state, "unverified");
    ngx_str_null(&next->verified_at);
    ngx_str_set(&at, "0");

    if (account->linked != NULL) {
        ngx_str_set(&next->state, "ok");
        next->verified_at = change->now;
        at = now;
    }

    version.data = numbers;
    version.len = ngx_sprintf(numbers, "%ui", next->credential_version)
                  - numbers;

    all.data = (u_char *) (next->linked_all ? "1" : "0");
    all.len = 1;

    billing_write_change_add(change, "credential", &next->credential);
    billing_write_change_add(change, "credential_version", &version);
    billing_write_change_add(change, "shown", &next->shown);
    cloud.data = (u_char *) account->pc->provider->cloud;
    cloud.len = ngx_strlen(account->pc->provider->cloud);

    billing_write_change_add(change, "cloud", &cloud);
    billing_write_change_add(change, "linked", &linked);
    billing_write_change_add(change, "linked_all", &all);
    billing_write_change_add(change, "linked_at", &at);
    billing_write_change_add(change, "tried_at", &now);
    billing_write_change_add(change, "state", &next->state);
    billing_write_change_add(change, "verified_at", &next->verified_at);

    account_forget(account);

    return NGX_OK;
}


/* What was known of other credentials. */

static void
account_forget(billing_account_t *account)
{
    ngx_uint_t              i;
    ngx_str_t               none, zero, one;
    billing_write_change_t *change;

    static const char *const texts[] = { "reason", "joined", "gone", "foreign",
        "shrunk" };

    change = &account->edit.change;
    ngx_str_null(&account->edit.next.reason);
    ngx_str_null(&none);
    ngx_str_set(&zero, "0");
    ngx_str_set(&one, "1");

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        billing_write_change_add(change, texts[i], &none);
    }

    billing_write_change_add(change, "reason_since", &zero);
    billing_write_change_add(change, "shrunk_at", &zero);
    billing_write_change_add(
        change, "unread", account->linked == NULL ? &one : &zero);
}


/* An account that is not verified has the linked account it names at least. */

static ngx_int_t
account_linked(billing_account_t *account, ngx_str_t *text)
{
    json_t          *list;
    billing_buf_t    one;
    billing_status_t rc;

    list = NULL;
    billing_buf_init(&one, BILLING_LINKED_LEN);

    rc = account->pc->provider->linked(account->credentials, &one);
    account->edit.next.linked_all = one.len == 0;

    if (rc == BILLING_OK && account->linked != NULL) {
        list = json_incref(account->linked);

    } else if (rc == BILLING_OK) {
        list = one.len != 0 ? json_pack("[s%]", one.data, one.len)
                            : json_array();
    }

    billing_buf_free(&one);

    if (list == NULL) {
        return NGX_ERROR;
    }

    *text = billing_resource_text(account->edit.op->pool, list);
    json_decref(list);

    return text->data == NULL ? NGX_ERROR : NGX_OK;
}
