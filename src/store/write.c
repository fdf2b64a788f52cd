
/*
 * Which writes there are, and what each gives its script.
 */

#include "store/writing.h"

#include "core/date.h"
#include "store/scripts.h"


#define BILLING_WRITE_ARGS (BILLING_AUDIT_ARGS + 8 + 2 * BILLING_CHANGE_FIELDS)


static void write_reason(ngx_str_t *arg, billing_reason_t reason);


static const billing_deed_t write_deed_create = {
    .script = &billing_script_create,
    .name = "create",
    .audited = 1,
    .changes = 1,
};

static const billing_deed_t write_deed_update = {
    .script = &billing_script_update,
    .name = "update",
    .audited = 1,
    .changes = 1,
};

static const billing_deed_t write_deed_delete = {
    .script = &billing_script_delete,
    .name = "delete",
    .audited = 1,
    .changes = 1,
};

static const billing_deed_t write_deed_link = {
    .script = &billing_script_link,
    .name = "link",
    .changes = 1,
};

static const billing_deed_t write_deed_state = {
    .script = &billing_script_state,
    .name = "state",
    .changes = 1,
};

static const billing_deed_t write_deed_seen = {
    .script = &billing_script_seen,
    .name = "seen",
    .changes = 1,
};

static const billing_deed_t write_deed_list_lock = {
    .script = &billing_script_list_lock,
    .name = "list_lock",
};

static const billing_deed_t write_deed_provider = {
    .script = &billing_script_provider,
    .name = "provider",
    .audited = 1,
    .changes = 1,
};

static const billing_deed_t write_deed_reseal = {
    .script = &billing_script_reseal,
    .name = "reseal",
    .audited = 1,
};

static const billing_deed_t write_deed_verify_begin = {
    .script = &billing_script_verify_begin,
    .name = "verify_begin",
    .asks = 1,
};

static const billing_deed_t write_deed_verify_end = {
    .script = &billing_script_verify_end,
    .name = "verify_end",
};


void
billing_write_change_add(
    billing_write_change_t *change, const char *name, const ngx_str_t *value)
{
    ngx_str_t *field;

    if (change->nfields + 2 > 2 * BILLING_CHANGE_FIELDS) {
        return;
    }

    field = &change->fields[change->nfields];
    change->nfields += 2;

    field[0].data = (u_char *) name;
    field[0].len = ngx_strlen(name);
    field[1] = *value;
}


ngx_int_t
billing_write_create(billing_store_t *store, ngx_str_t *domain,
    billing_write_change_t *change, billing_write_pt done, void *data)
{
    ngx_str_t *p, args[BILLING_WRITE_ARGS];

    p = billing_audit_args(change->audit, args);

    *p++ = billing_kinds[change->kind].kind;
    *p++ = change->id;
    *p++ = change->once.key;
    *p++ = change->once.digest;
    *p++ = change->once.answer;
    *p++ = change->now;
    *p++ = change->fold;
    *p++ = change->parent;

    ngx_memcpy(p, change->fields, change->nfields * sizeof(ngx_str_t));
    p += change->nfields;

    return billing_writing_write(
        store, &write_deed_create, domain, p - args, args, done, data);
}


ngx_int_t
billing_write_update(billing_store_t *store, ngx_str_t *domain,
    billing_write_change_t *change, billing_write_pt done, void *data)
{
    u_char     version[NGX_INT_T_LEN];
    ngx_str_t *p, args[BILLING_WRITE_ARGS];

    p = billing_audit_args(change->audit, args);

    *p++ = billing_kinds[change->kind].kind;
    *p++ = change->id;
    p->data = version;
    p++->len = ngx_sprintf(version, "%ui", change->version) - version;
    *p++ = change->now;
    *p++ = change->fold;
    *p++ = change->parent;

    ngx_memcpy(p, change->fields, change->nfields * sizeof(ngx_str_t));
    p += change->nfields;

    return billing_writing_write(
        store, &write_deed_update, domain, p - args, args, done, data);
}


ngx_int_t
billing_write_delete(billing_store_t *store, ngx_str_t *domain,
    billing_write_change_t *change, billing_write_pt done, void *data)
{
    u_char     version[NGX_INT_T_LEN];
    ngx_str_t *p, args[BILLING_AUDIT_ARGS + 3];

    p = billing_audit_args(change->audit, args);

    *p++ = billing_kinds[change->kind].kind;
    *p++ = change->id;
    p->data = version;
    p++->len = ngx_sprintf(version, "%ui", change->version) - version;

    return billing_writing_write(
        store, &write_deed_delete, domain, p - args, args, done, data);
}


ngx_int_t
billing_write_link(billing_store_t *store, ngx_str_t *domain, ngx_str_t *id,
    ngx_uint_t credential_version, const char *state, billing_reason_t reason,
    ngx_str_t *listed, billing_write_pt done, void *data)
{
    char      now[BILLING_TIME_LEN];
    u_char    version[NGX_INT_T_LEN], seconds[NGX_TIME_T_LEN];
    ngx_str_t args[7];

    billing_time_format(ngx_time(), now);

    args[0] = *id;
    args[1].data = version;
    args[1].len = ngx_sprintf(version, "%ui", credential_version) - version;
    args[2].data = (u_char *) state;
    args[2].len = ngx_strlen(state);
    args[3].data = (u_char *) now;
    args[3].len = ngx_strlen(now);
    args[4].data = seconds;
    args[4].len = ngx_sprintf(seconds, "%T", ngx_time()) - seconds;

    if (listed != NULL) {
        args[5] = *listed;

    } else {
        ngx_str_set(&args[5], "");
    }

    write_reason(&args[6], reason);

    return billing_writing_write(
        store, &write_deed_link, domain, 7, args, done, data);
}


ngx_int_t
billing_write_state(billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *id, ngx_uint_t credential_version, const char *state,
    billing_reason_t reason, billing_write_pt done, void *data)
{
    u_char    version[NGX_INT_T_LEN], seconds[NGX_TIME_T_LEN];
    ngx_str_t args[5], whose;

    whose = *domain;
    args[0] = *id;
    args[1].data = version;
    args[1].len = ngx_sprintf(version, "%ui", credential_version) - version;
    args[2].data = (u_char *) state;
    args[2].len = ngx_strlen(state);
    args[3].data = seconds;
    args[3].len = ngx_sprintf(seconds, "%T", ngx_time()) - seconds;
    write_reason(&args[4], reason);

    return billing_writing_write(
        store, &write_deed_state, &whose, 5, args, done, data);
}


ngx_int_t
billing_write_seen(billing_store_t *store, const ngx_str_t *domain,
    const ngx_str_t *id, ngx_uint_t credential_version, const ngx_str_t *listed,
    billing_write_pt done, void *data)
{
    u_char    version[NGX_INT_T_LEN], seconds[NGX_TIME_T_LEN];
    ngx_str_t args[4], whose;

    whose = *domain;
    args[0] = *id;
    args[1].data = version;
    args[1].len = ngx_sprintf(version, "%ui", credential_version) - version;
    args[2].data = seconds;
    args[2].len = ngx_sprintf(seconds, "%T", ngx_time()) - seconds;
    args[3] = *listed;

    return billing_writing_write(
        store, &write_deed_seen, &whose, 4, args, done, data);
}


static void
write_reason(ngx_str_t *arg, billing_reason_t reason)
{
    arg->data = (u_char *) billing_reason_names[reason];
    arg->len = arg->data == NULL ? 0 : ngx_strlen(arg->data);
}


ngx_int_t
billing_write_list_lock(billing_store_t *store, ngx_str_t *domain,
    const billing_list_lock_t *list, ngx_msec_t valid, billing_write_pt done,
    void *data)
{
    u_char    version[NGX_INT_T_LEN], tried[NGX_TIME_T_LEN];
    u_char    milliseconds[NGX_INT_T_LEN];
    ngx_str_t args[5];

    args[0] = list->id;
    args[1].data = version;
    args[1].len = ngx_sprintf(version, "%ui", list->credential_version)
                  - version;
    args[2].data = tried;
    args[2].len = ngx_sprintf(tried, "%T", list->tried_at) - tried;
    args[3] = list->token;
    args[4].data = milliseconds;
    args[4].len = ngx_sprintf(milliseconds, "%M", valid) - milliseconds;

    return billing_writing_write(
        store, &write_deed_list_lock, domain, 5, args, done, data);
}


ngx_int_t
billing_write_provider_set(billing_store_t *store, ngx_str_t *domain,
    const billing_audit_t *audit, ngx_str_t *id, ngx_uint_t enabled,
    billing_write_pt done, void *data)
{
    char       now[BILLING_TIME_LEN];
    ngx_str_t *p, args[BILLING_AUDIT_ARGS + 3];

    billing_time_format(ngx_time(), now);

    p = billing_audit_args(audit, args);

    *p++ = *id;
    p->data = (u_char *) (enabled ? "1" : "0");
    p++->len = 1;
    p->data = (u_char *) now;
    p++->len = ngx_strlen(now);

    return billing_writing_write(
        store, &write_deed_provider, domain, p - args, args, done, data);
}


ngx_int_t
billing_write_reseal(billing_store_t *store, ngx_str_t *domain,
    const billing_audit_t *audit, const billing_reseal_t *list, ngx_uint_t n,
    billing_write_pt done, void *data)
{
    ngx_str_t             *p;
    ngx_str_t              args[BILLING_WRITE_ARGS];
    ngx_uint_t             i;
    static billing_audit_t none;

    p = billing_audit_args(audit != NULL ? audit : &none, args);

    for (i = 0; i < ngx_min(n, BILLING_RESEAL_MAX); i++) {
        *p++ = list[i].id;
        *p++ = list[i].sealed;
        *p++ = list[i].fresh;
    }

    return billing_writing_write(
        store, &write_deed_reseal, domain, p - args, args, done, data);
}


ngx_int_t
billing_write_verifying_begin(billing_store_t *store, ngx_str_t *domain,
    billing_once_t *once, ngx_str_t *user, billing_write_pt done, void *data)
{
    ngx_str_t args[5];

    args[0] = once->key;
    args[1] = once->digest;
    args[2] = *user;
    ngx_str_set(&args[3], BILLING_REFUSED_MAX);
    ngx_str_set(&args[4], BILLING_OTHERS_MAX);

    return billing_writing_write(
        store, &write_deed_verify_begin, domain, 5, args, done, data);
}


ngx_int_t
billing_write_verifying_end(billing_store_t *store, ngx_str_t *domain,
    ngx_str_t *user, ngx_uint_t refused, billing_write_pt done, void *data)
{
    ngx_str_t args[2];

    args[0] = *user;
    ngx_str_set(&args[1], "others");

    if (refused) {
        ngx_str_set(&args[1], "refused");
    }

    return billing_writing_write(
        store, &write_deed_verify_end, domain, 2, args, done, data);
}
