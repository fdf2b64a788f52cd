
/*
 * Endpoints that make, verify and change service accounts:
 *
 *     create:  body, made before?, refused too often?, provider enabled and
 *              project there?, ask the provider, seal, write
 *     verify:  body, refused too often?, provider enabled?, ask the provider
 *     change:  If-Match, body, and where credentials change: refused too
 *              often?, provider enabled?, ask the provider, seal; write
 */

#include "http/ngx_http_billing_account.h"
#include "http/ngx_http_billing_overlap.h"

#include "core/billing_query.h"
#include "core/billing_secret.h"


#define NGX_HTTP_BILLING_CREDENTIALS_DEPTH 8


static ngx_int_t ngx_http_billing_account_args(
    ngx_http_billing_account_t *account);
static void ngx_http_billing_account_create_begun(
    ngx_http_billing_account_t *account);
static void ngx_http_billing_account_create_loaded(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);
static void ngx_http_billing_account_create_verified(
    ngx_http_billing_account_t *account);
static void ngx_http_billing_account_create_again(
    ngx_http_billing_edit_t *edit);

static void ngx_http_billing_account_verify_loaded(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);
static void ngx_http_billing_account_verify_begun(
    ngx_http_billing_account_t *account);
static void ngx_http_billing_account_verify_compared(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);
static void ngx_http_billing_account_verify_verified(
    ngx_http_billing_account_t *account);

static void ngx_http_billing_account_patch_changed(
    ngx_http_billing_edit_t *edit, ngx_http_billing_mirror_t *mirror);
static ngx_int_t ngx_http_billing_account_patch_merge(
    ngx_http_billing_account_t *account);
static json_t *ngx_http_billing_account_patch_open(
    ngx_http_billing_account_t *account);
static json_t *ngx_http_billing_account_patch_shown(
    ngx_http_billing_account_t *account);
static void ngx_http_billing_account_patch_verified(
    ngx_http_billing_account_t *account);


static const ngx_http_billing_resource_t ngx_http_billing_resource_verify = {
    .input = BILLING_INPUT_VERIFY,
    .noun = "verification",
};


void
ngx_http_billing_api_account_create(ngx_http_billing_op_t *op)
{
    billing_errors_t            errors;
    ngx_http_billing_account_t *account;

    account = ngx_http_billing_account_begin(
        op, &ngx_http_billing_resource_account);

    if (account == NULL || ngx_http_billing_account_args(account) != NGX_OK) {
        return;
    }

    account->begun = ngx_http_billing_account_create_begun;
    account->verified = ngx_http_billing_account_create_verified;
    account->edit.again = ngx_http_billing_account_create_again;

    billing_errors_init(&errors);

    ngx_http_billing_account_check(account,
        json_object_get(op->body, "provider"),
        json_object_get(op->body, "credentials"), &errors);

    if (ngx_http_billing_edit_input(&account->edit, &errors) == NGX_OK
        && ngx_http_billing_edit_once(&account->edit) == NGX_OK)
    {
        ngx_http_billing_account_admit(account);
    }
}


/* "verify=later": store the account also when the provider is not there. */

static ngx_int_t
ngx_http_billing_account_args(ngx_http_billing_account_t *account)
{
    void                  *memory;
    billing_arg_t          arg;
    billing_str_t          args;
    billing_errors_t       errors;
    billing_status_t       rc;
    ngx_http_billing_op_t *op;

    op = account->edit.op;

    ngx_memzero(&arg, sizeof(billing_arg_t));
    arg.name = "verify";
    args = (billing_str_t){ (char *) op->args.data, op->args.len };

    billing_errors_init(&errors);
    rc = billing_args_parse(args, &arg, 1, &memory, &errors);

    account->later = billing_str_eq(arg.value, billing_str("later"));

    if (rc == BILLING_OK && arg.given && !account->later) {
        billing_errors_add(
            &errors, "/verify", "enum", "It can only be \"later\".");
    }

    free(memory);

    return ngx_http_billing_resource_query(op, rc, &errors);
}


static void
ngx_http_billing_account_create_begun(ngx_http_billing_account_t *account)
{
    ngx_http_billing_resource_load(
        account->edit.op, ngx_http_billing_account_create_loaded, account);
}


/* The write looks for the project again: this one spares the provider. */

static void
ngx_http_billing_account_create_loaded(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_account_t *account = data;

    json_t          *project;
    ngx_str_t        id;
    billing_errors_t errors;

    if (ngx_http_billing_account_enabled(account, mirror) != NGX_OK) {
        return;
    }

    project = json_object_get(account->edit.input, "project_id");
    id.data = (u_char *) json_string_value(project);
    id.len = json_string_length(project);

    if (ngx_http_billing_mirror_find(mirror, NGX_HTTP_BILLING_PROJECT, &id)
        == NULL) {
        billing_errors_init(&errors);
        billing_errors_add(&errors, "/project_id", "not_found",
            "There is no project of this id.");

        ngx_http_billing_send_errors(op, NGX_HTTP_BILLING_INVALID, &errors,
            "the project does not exist");
        return;
    }

    ngx_http_billing_account_ask(account);
}


static void
ngx_http_billing_account_create_verified(ngx_http_billing_account_t *account)
{
    ngx_http_billing_account_create_again(&account->edit);
}


static void
ngx_http_billing_account_create_again(ngx_http_billing_edit_t *edit)
{
    ngx_http_billing_account_t *account;

    account = (ngx_http_billing_account_t *) edit;

    if (ngx_http_billing_edit_new(edit) != NGX_OK) {
        return;
    }

    edit->next.credential_version = 0;
    edit->next.provider.data = (u_char *) account->pc->provider->id;
    edit->next.provider.len = ngx_strlen(account->pc->provider->id);

    ngx_http_billing_change_add(
        &edit->change, "provider", &edit->next.provider);

    if (ngx_http_billing_account_seal(account) != NGX_OK) {
        ngx_http_billing_send_nomem(edit->op);
        return;
    }

    ngx_http_billing_edit_commit(edit);
}


void
ngx_http_billing_api_account_verify(ngx_http_billing_op_t *op)
{
    billing_errors_t            errors;
    ngx_http_billing_account_t *account;

    account = ngx_http_billing_account_begin(
        op, &ngx_http_billing_resource_verify);
    if (account == NULL) {
        return;
    }

    account->begun = ngx_http_billing_account_verify_begun;
    account->verified = ngx_http_billing_account_verify_verified;

    billing_errors_init(&errors);

    ngx_http_billing_account_check(account,
        json_object_get(op->body, "provider"),
        json_object_get(op->body, "credentials"), &errors);

    if (account->pc != NULL) {
        op->audit.name.data = (u_char *) account->pc->provider->id;
        op->audit.name.len = ngx_strlen(op->audit.name.data);
    }

    if (ngx_http_billing_edit_input(&account->edit, &errors) == NGX_OK) {
        ngx_http_billing_account_admit(account);
    }
}


static void
ngx_http_billing_account_verify_begun(ngx_http_billing_account_t *account)
{
    ngx_http_billing_resource_load(
        account->edit.op, ngx_http_billing_account_verify_loaded, account);
}


static void
ngx_http_billing_account_verify_loaded(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_account_t *account = data;

    if (ngx_http_billing_account_enabled(account, mirror) == NGX_OK) {
        ngx_http_billing_account_ask(account);
    }
}


static void
ngx_http_billing_account_verify_verified(ngx_http_billing_account_t *account)
{
    ngx_http_billing_resource_load(
        account->edit.op, ngx_http_billing_account_verify_compared, account);
}


/* What saving would be refused for is told before. */

static void
ngx_http_billing_account_verify_compared(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_account_t *account = data;

    json_t *overlap;

    overlap = ngx_http_billing_overlap(
        op->bmcf, mirror, account->pc->provider->cloud, account->linked);

    if (overlap == NULL) {
        ngx_http_billing_send_nomem(op);
        return;
    }

    if (json_array_size(overlap) == 0) {
        json_decref(overlap);
        overlap = NULL;
    }

    ngx_http_billing_send_json(op, NGX_HTTP_OK,
        json_pack("{s:b, s:O, s:o*}", "ok", 1, "linked_accounts",
            account->linked, "overlap", overlap));
}


void
ngx_http_billing_api_account_patch(ngx_http_billing_op_t *op)
{
    ngx_http_billing_account_t *account;

    account = ngx_http_billing_account_begin(
        op, &ngx_http_billing_resource_account);

    if (account == NULL || ngx_http_billing_account_args(account) != NGX_OK) {
        return;
    }

    account->begun = ngx_http_billing_account_ask;
    account->verified = ngx_http_billing_account_patch_verified;
    account->edit.changed = ngx_http_billing_account_patch_changed;
    account->edit.again = ngx_http_billing_edit_load;

    ngx_http_billing_edit_load(&account->edit);
}


static void
ngx_http_billing_account_patch_changed(
    ngx_http_billing_edit_t *edit, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_account_t *account;

    account = (ngx_http_billing_account_t *) edit;

    if (json_object_get(edit->input, "credentials") == NULL) {
        ngx_http_billing_edit_commit(edit);
        return;
    }

    if (ngx_http_billing_account_patch_merge(account) == NGX_OK
        && ngx_http_billing_account_enabled(account, mirror) == NGX_OK)
    {
        ngx_http_billing_account_admit(account);
    }
}


static ngx_int_t
ngx_http_billing_account_patch_merge(ngx_http_billing_account_t *account)
{
    json_t                *old, *merged, *provider;
    ngx_str_t             *id;
    ngx_uint_t             whole;
    billing_errors_t       errors;
    ngx_http_billing_op_t *op;

    op = account->edit.op;
    id = &account->edit.old.provider;

    old = ngx_http_billing_account_patch_open(account);
    merged = old == NULL
                 ? NULL
                 : billing_input_merge(
                     old, json_object_get(account->edit.input, "credentials"));
    json_decref(old);

    provider = json_stringn((char *) id->data, id->len);
    whole = merged != NULL && provider != NULL;

    billing_errors_init(&errors);

    if (whole) {
        ngx_http_billing_account_check(account, provider, merged, &errors);
    }

    json_decref(provider);
    json_decref(merged);

    if (!whole) {
        ngx_http_billing_send_nomem(op);
        return NGX_DECLINED;
    }

    if (errors.count != 0) {
        ngx_http_billing_send_errors(op, NGX_HTTP_BILLING_INVALID, &errors,
            "the credentials are not valid");
        return NGX_DECLINED;
    }

    billing_errors_free(&errors);

    return NGX_OK;
}


/*
 * NULL when out of memory.  Of credentials that do not open, the secrets must
 * be given again.
 */

static json_t *
ngx_http_billing_account_patch_open(ngx_http_billing_account_t *account)
{
    json_t                       *credentials;
    ngx_int_t                     rc;
    ngx_str_t                     plain;
    billing_str_t                 text;
    ngx_http_billing_op_t        *op;
    ngx_http_billing_credential_t credential;

    op = account->edit.op;

    ngx_http_billing_object_credential(
        &account->edit.old, &op->domain, &credential);

    rc = ngx_http_billing_open(
        op->bmcf->store.keys, op->pool, &credential, &plain);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED
                   ? ngx_http_billing_account_patch_shown(account)
                   : NULL;
    }

    text = (billing_str_t){ (char *) plain.data, plain.len };

    (void) billing_json_parse(
        text, NGX_HTTP_BILLING_CREDENTIALS_DEPTH, &credentials, NULL);

    billing_secret_free(plain.data);

    return credentials;
}


static json_t *
ngx_http_billing_account_patch_shown(ngx_http_billing_account_t *account)
{
    json_t       *none, *shown, *resource;
    billing_str_t text;

    text = (billing_str_t){ (char *) account->edit.old.shown.data,
        account->edit.old.shown.len };

    none = json_object();
    resource = NULL;

    /* a merge leaves the nulls out, which stand for secrets */

    if (billing_json_parse(
            text, NGX_HTTP_BILLING_CREDENTIALS_DEPTH, &shown, NULL)
        != BILLING_NOMEM)
    {
        resource = billing_input_merge(none, shown);
    }

    json_decref(none);
    json_decref(shown);

    return resource;
}


static void
ngx_http_billing_account_patch_verified(ngx_http_billing_account_t *account)
{
    if (ngx_http_billing_account_seal(account) != NGX_OK) {
        ngx_http_billing_send_nomem(account->edit.op);
        return;
    }

    ngx_http_billing_edit_commit(&account->edit);
}
