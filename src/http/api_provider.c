
/*
 * Endpoints of providers.  Which there are is compiled in; whether one is
 * enabled stands in Redis or, where nobody has said, in the configuration.
 */

#include "http/host.h"
#include "http/resource.h"

#include "core/query.h"


#define BILLING_PROVIDERS_MAX (1024 * 1024)


/* What of them is to be shown. */
typedef struct {
    ngx_uint_t            all; /* disabled ones, too */
    billing_json_fields_t fields;
} billing_providers_t;


/* A PUT under way. */
typedef struct {
    billing_op_t            *op;
    billing_provider_conf_t *pc;
    ngx_uint_t               enabled;
} billing_switch_t;


static ngx_int_t api_provider_args(billing_op_t *op, billing_providers_t *list);
static void      api_provider_show(
         billing_op_t *op, void *data, billing_mirror_t *mirror);
static void    api_provider_write(billing_op_t *op, billing_json_t *w,
       const billing_providers_t *list, billing_mirror_t *mirror);
static json_t *api_provider_json(
    billing_op_t *op, billing_provider_conf_t *pc, ngx_uint_t enabled);
static json_t *api_provider_schema(
    billing_op_t *op, billing_provider_conf_t *pc);
static void api_provider_done(void *data, billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues);


void
billing_api_provider_list(billing_op_t *op)
{
    billing_providers_t *list;

    list = ngx_pcalloc(op->pool, sizeof(billing_providers_t));
    if (list == NULL) {
        billing_send_nomem(op);
        return;
    }

    if (api_provider_args(op, list) != NGX_OK) {
        return;
    }

    if (list->all && op->role != BILLING_ADMIN) {
        billing_send_problem(op, BILLING_PROBLEM_FORBIDDEN,
            "only an admin may see disabled providers");
        return;
    }

    billing_resource_load(op, api_provider_show, list);
}


static ngx_int_t
api_provider_args(billing_op_t *op, billing_providers_t *list)
{
    void            *memory;
    ngx_int_t        rv;
    billing_arg_t    known[2];
    billing_str_t    args;
    billing_errors_t errors;
    billing_status_t rc;

    static const char *const members[] = { "id", "name", "backend", "cloud",
        "since", "contact", "enabled", "credentials_schema", NULL };

    ngx_memzero(known, sizeof(known));
    known[0].name = "all";
    known[1].name = "fields";
    args = (billing_str_t){ (char *) op->args.data, op->args.len };

    billing_errors_init(&errors);
    rc = billing_args_parse(args, known, 2, &memory, &errors);

    list->all = billing_str_eq(known[0].value, billing_str("true"));

    if (rc == BILLING_OK && known[0].given && !list->all
        && !billing_str_eq(known[0].value, billing_str("false")))
    {
        billing_errors_add(&errors, "/all", "enum", "It is true or false.");
    }

    if (rc == BILLING_OK) {
        billing_list_fields(&known[1], members, &list->fields, &errors);
    }

    rv = billing_resource_query(op, rc, &errors);
    free(memory);

    return rv;
}


static void
api_provider_show(billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    const billing_providers_t *list = data;

    ngx_str_t      control = ngx_string("private, no-cache");
    billing_buf_t  body;
    billing_json_t w;

    billing_buf_init(&body, BILLING_PROVIDERS_MAX);
    billing_json_init(&w, &body);

    billing_json_begin_object(&w);
    billing_json_key(&w, "providers");
    billing_json_begin_array(&w);
    billing_json_only(&w, &list->fields);
    api_provider_write(op, &w, list, mirror);
    billing_json_only(&w, NULL);
    billing_json_end_array(&w);
    billing_json_end_object(&w);

    (void) billing_send_header(op, "Cache-Control", &control);
    billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


static void
api_provider_write(billing_op_t *op, billing_json_t *w,
    const billing_providers_t *list, billing_mirror_t *mirror)
{
    json_t                  *provider;
    ngx_str_t                id;
    ngx_uint_t               i, enabled;
    billing_provider_conf_t *pc;

    for (i = 0; i < op->bmcf->nproviders; i++) {
        pc = &op->bmcf->providers[i];
        id.data = (u_char *) pc->provider->id;
        id.len = ngx_strlen(pc->provider->id);

        enabled = billing_resource_enabled(mirror, pc, &id);

        if (!enabled && !list->all) {
            continue;
        }

        provider = api_provider_json(op, pc, enabled);

        if (provider == NULL) {
            w->out->status = BILLING_NOMEM;
            return;
        }

        billing_json_value(w, provider);
        json_decref(provider);
    }
}


static json_t *
api_provider_json(
    billing_op_t *op, billing_provider_conf_t *pc, ngx_uint_t enabled)
{
    const billing_provider_t *provider;

    provider = pc->provider;

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "id",
        provider->id, "name", provider->name, "backend", provider->backend,
        "cloud", provider->cloud, "since", provider->since, "contact",
        provider->contact, "enabled", (int) enabled, "credentials_schema",
        api_provider_schema(op, pc));
}


/* Where keys may be left out, and for whom this server then asks. */
static json_t *
api_provider_schema(billing_op_t *op, billing_provider_conf_t *pc)
{
    u_char                   *end;
    ngx_str_t                 list;
    const billing_provider_t *provider;

    provider = pc->provider;

    if (billing_host(pc, &op->domain) == NULL) {
        return billing_fields_schema(
            provider->fields, provider->source, provider->source_ko);
    }

    if (billing_host_external(
            op->bmcf->store.keys, op->pool, &op->domain, &list)
        != NGX_OK)
    {
        return NULL;
    }

    end = ngx_strlchr(list.data, list.data + list.len, ',');
    list.len = end == NULL ? list.len : (size_t) (end - list.data);

    return billing_fields_host_schema(provider->fields,
        (billing_str_t){ (char *) list.data, list.len }, provider->source,
        provider->source_ko);
}


void
billing_api_provider_put(billing_op_t *op)
{
    json_t                *input;
    ngx_str_t              name;
    billing_errors_t       errors;
    billing_status_t       rc;
    billing_switch_t      *change;
    const billing_audit_t *audit;

    change = ngx_palloc(op->pool, sizeof(billing_switch_t));
    if (change == NULL) {
        billing_send_nomem(op);
        return;
    }

    change->op = op;
    change->pc = billing_provider_conf(op->bmcf, &op->id);

    if (change->pc == NULL) {
        billing_send_problem(
            op, BILLING_PROBLEM_NOT_FOUND, "there is no provider of this id");
        return;
    }

    billing_errors_init(&errors);
    rc = billing_input_create(
        BILLING_INPUT_PROVIDER, op->body, &input, &errors);

    if (rc != BILLING_OK) {
        billing_send_errors(op, BILLING_PROBLEM_INVALID, &errors,
            "the body is not the state of a provider");
        return;
    }

    billing_errors_free(&errors);

    change->enabled = json_is_true(json_object_get(input, "enabled"));
    json_decref(input);

    if (change->enabled) {
        ngx_str_set(&op->audit.action, "provider.enable");

    } else {
        ngx_str_set(&op->audit.action, "provider.disable");
    }

    ngx_str_null(&name);
    audit = billing_audit(op, &op->id, &name, "enabled");

    if (billing_write_provider_set(&op->bmcf->store, &op->domain, audit,
            &op->id, change->enabled, api_provider_done, change)
        != NGX_OK)
    {
        billing_send_nomem(op);
    }
}


static void
api_provider_done(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
    billing_switch_t *change = data;

    if (outcome == BILLING_WRITE_UNSURE) {
        billing_resource_unsure(change->op);
        return;
    }

    if (outcome != BILLING_WRITE_DONE) {
        billing_resource_away(change->op);
        return;
    }

    billing_send_json(change->op, NGX_HTTP_OK,
        api_provider_json(change->op, change->pc, change->enabled));
}
