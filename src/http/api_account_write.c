
/*
 * Endpoints that make, verify and change service accounts:
 *
 *     create:  body, made before?, refused too often?, provider enabled and
 *              project there?, ask the provider, seal, write
 *     verify:  body, refused too often?, provider enabled?, ask the provider
 *     change:  If-Match, body, and where credentials change: refused too
 *              often?, provider enabled?, ask the provider, seal; write
 */

#include "http/account.h"
#include "http/overlap.h"

#include "core/query.h"
#include "core/secret.h"


#define BILLING_CREDENTIALS_DEPTH 8


static ngx_int_t api_account_args(billing_account_t *account);
static void      api_account_create_begun(billing_account_t *account);
static void      api_account_create_loaded(
         billing_op_t *op, void *data, billing_mirror_t *mirror);
static void api_account_create_verified(billing_account_t *account);
static void api_account_create_again(billing_edit_t *edit);

static void api_account_verify_loaded(
    billing_op_t *op, void *data, billing_mirror_t *mirror);
static void api_account_verify_begun(billing_account_t *account);
static void api_account_verify_compared(
    billing_op_t *op, void *data, billing_mirror_t *mirror);
static void api_account_verify_verified(billing_account_t *account);

static void api_account_patch_changed(
    billing_edit_t *edit, billing_mirror_t *mirror);
static ngx_int_t api_account_patch_merge(billing_account_t *account);
static json_t   *api_account_patch_open(billing_account_t *account);
static json_t   *api_account_patch_shown(billing_account_t *account);
static void      api_account_patch_verified(billing_account_t *account);


static const billing_resource_t api_resource_verify = {
    .input = BILLING_INPUT_VERIFY,
    .noun = "verification",
};


void
billing_api_account_create(billing_op_t *op)
{
    billing_errors_t   errors;
    billing_account_t *account;

    account = billing_account_begin(op, &billing_resource_account);

    if (account == NULL || api_account_args(account) != NGX_OK) {
        return;
    }

    account->begun = api_account_create_begun;
    account->verified = api_account_create_verified;
    account->edit.again = api_account_create_again;

    billing_errors_init(&errors);

    billing_account_check(account, json_object_get(op->body, "provider"),
        json_object_get(op->body, "credentials"), &errors);

    if (billing_edit_input(&account->edit, &errors) == NGX_OK
        && billing_edit_once(&account->edit) == NGX_OK)
    {
        billing_account_admit(account);
    }
}


/* "verify=later": store the account also when the provider is not there. */

static ngx_int_t
api_account_args(billing_account_t *account)
{
    void            *memory;
    billing_arg_t    arg;
    billing_str_t    args;
    billing_errors_t errors;
    billing_status_t rc;
    billing_op_t    *op;

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

    return billing_resource_query(op, rc, &errors);
}


static void
api_account_create_begun(billing_account_t *account)
{
    billing_resource_load(account->edit.op, api_account_create_loaded, account);
}


/* The write looks for the project again: this one spares the provider. */

static void
api_account_create_loaded(
    billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_account_t *account = data;

    json_t          *project;
    ngx_str_t        id;
    billing_errors_t errors;

    if (billing_account_enabled(account, mirror) != NGX_OK) {
        return;
    }

    project = json_object_get(account->edit.input, "project_id");
    id.data = (u_char *) json_string_value(project);
    id.len = json_string_length(project);

    if (billing_mirror_find(mirror, BILLING_KIND_PROJECT, &id) == NULL) {
        billing_errors_init(&errors);
        billing_errors_add(&errors, "/project_id", "not_found",
            "There is no project of this id.");

        billing_send_errors(
            op, BILLING_PROBLEM_INVALID, &errors, "the project does not exist");
        return;
    }

    billing_account_ask(account);
}


static void
api_account_create_verified(billing_account_t *account)
{
    api_account_create_again(&account->edit);
}


static void
api_account_create_again(billing_edit_t *edit)
{
    billing_account_t *account;

    account = (billing_account_t *) edit;

    if (billing_edit_new(edit) != NGX_OK) {
        return;
    }

    edit->next.credential_version = 0;
    edit->next.provider.data = (u_char *) account->pc->provider->id;
    edit->next.provider.len = ngx_strlen(account->pc->provider->id);

    billing_write_change_add(&edit->change, "provider", &edit->next.provider);

    if (billing_account_seal(account) != NGX_OK) {
        billing_send_nomem(edit->op);
        return;
    }

    billing_commit(edit);
}


void
billing_api_account_verify(billing_op_t *op)
{
    billing_errors_t   errors;
    billing_account_t *account;

    account = billing_account_begin(op, &api_resource_verify);
    if (account == NULL) {
        return;
    }

    account->begun = api_account_verify_begun;
    account->verified = api_account_verify_verified;

    billing_errors_init(&errors);

    billing_account_check(account, json_object_get(op->body, "provider"),
        json_object_get(op->body, "credentials"), &errors);

    if (account->pc != NULL) {
        op->audit.name.data = (u_char *) account->pc->provider->id;
        op->audit.name.len = ngx_strlen(op->audit.name.data);
    }

    if (billing_edit_input(&account->edit, &errors) == NGX_OK) {
        billing_account_admit(account);
    }
}


static void
api_account_verify_begun(billing_account_t *account)
{
    billing_resource_load(account->edit.op, api_account_verify_loaded, account);
}


static void
api_account_verify_loaded(
    billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_account_t *account = data;

    if (billing_account_enabled(account, mirror) == NGX_OK) {
        billing_account_ask(account);
    }
}


static void
api_account_verify_verified(billing_account_t *account)
{
    billing_resource_load(
        account->edit.op, api_account_verify_compared, account);
}


/* What saving would be refused for is told before. */

static void
api_account_verify_compared(
    billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_account_t *account = data;

    json_t *overlap;

    overlap = billing_overlap(
        op->bmcf, mirror, account->pc->provider->cloud, account->linked);

    if (overlap == NULL) {
        billing_send_nomem(op);
        return;
    }

    if (json_array_size(overlap) == 0) {
        json_decref(overlap);
        overlap = NULL;
    }

    billing_send_json(op, NGX_HTTP_OK,
        json_pack("{s:b, s:O, s:o*}", "ok", 1, "linked_accounts",
            account->linked, "overlap", overlap));
}


void
billing_api_account_patch(billing_op_t *op)
{
    billing_account_t *account;

    account = billing_account_begin(op, &billing_resource_account);

    if (account == NULL || api_account_args(account) != NGX_OK) {
        return;
    }

    account->begun = billing_account_ask;
    account->verified = api_account_patch_verified;
    account->edit.changed = api_account_patch_changed;
    account->edit.again = billing_edit_load;

    billing_edit_load(&account->edit);
}


static void
api_account_patch_changed(billing_edit_t *edit, billing_mirror_t *mirror)
{
    billing_account_t *account;

    account = (billing_account_t *) edit;

    if (json_object_get(edit->input, "credentials") == NULL) {
        billing_commit(edit);
        return;
    }

    if (api_account_patch_merge(account) == NGX_OK
        && billing_account_enabled(account, mirror) == NGX_OK)
    {
        billing_account_admit(account);
    }
}


static ngx_int_t
api_account_patch_merge(billing_account_t *account)
{
    json_t          *old, *merged, *provider;
    ngx_str_t       *id;
    ngx_uint_t       whole;
    billing_errors_t errors;
    billing_op_t    *op;

    op = account->edit.op;
    id = &account->edit.old.provider;

    old = api_account_patch_open(account);
    merged = old == NULL
                 ? NULL
                 : billing_input_merge(
                     old, json_object_get(account->edit.input, "credentials"));
    json_decref(old);

    provider = json_stringn((char *) id->data, id->len);
    whole = merged != NULL && provider != NULL;

    billing_errors_init(&errors);

    if (whole) {
        billing_account_check(account, provider, merged, &errors);
    }

    json_decref(provider);
    json_decref(merged);

    if (!whole) {
        billing_send_nomem(op);
        return NGX_DECLINED;
    }

    if (errors.count != 0) {
        billing_send_errors(op, BILLING_PROBLEM_INVALID, &errors,
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
api_account_patch_open(billing_account_t *account)
{
    json_t          *credentials;
    ngx_int_t        rc;
    ngx_str_t        plain;
    billing_str_t    text;
    billing_op_t    *op;
    billing_sealed_t credential;

    op = account->edit.op;

    billing_object_credential(&account->edit.old, &op->domain, &credential);

    rc = billing_seal_open(op->bmcf->store.keys, op->pool, &credential, &plain);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? api_account_patch_shown(account) : NULL;
    }

    text = (billing_str_t){ (char *) plain.data, plain.len };

    (void) billing_json_parse(
        text, BILLING_CREDENTIALS_DEPTH, &credentials, NULL);

    billing_secret_free(plain.data);

    return credentials;
}


static json_t *
api_account_patch_shown(billing_account_t *account)
{
    json_t       *none, *shown, *resource;
    billing_str_t text;

    text = (billing_str_t){ (char *) account->edit.old.shown.data,
        account->edit.old.shown.len };

    none = json_object();
    resource = NULL;

    /* a merge leaves the nulls out, which stand for secrets */

    if (billing_json_parse(text, BILLING_CREDENTIALS_DEPTH, &shown, NULL)
        != BILLING_NOMEM)
    {
        resource = billing_input_merge(none, shown);
    }

    json_decref(none);
    json_decref(shown);

    return resource;
}


static void
api_account_patch_verified(billing_account_t *account)
{
    if (billing_account_seal(account) != NGX_OK) {
        billing_send_nomem(account->edit.op);
        return;
    }

    billing_commit(&account->edit);
}
