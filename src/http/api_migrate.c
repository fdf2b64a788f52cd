
/*
 * The endpoint that ends an upgrade: from then on the domain has nothing that
 * only older versions read.  Data get the form of this version at their first
 * use already (store/schema.h).
 */

#include "http/resource.h"

#include "store/schema.h"


static void api_migrate_done(
    void *data, struct redisReply *reply, const char *error);


void
billing_api_migrate(billing_op_t *op)
{
    ngx_str_t              none;
    const billing_audit_t *audit;

    ngx_str_null(&none);
    audit = billing_audit(op, &none, &none, "");

    if (billing_schema_settle(&op->bmcf->store, &op->domain, BILLING_SCHEMA_END,
            audit, api_migrate_done, op)
        == NULL)
    {
        billing_send_nomem(op);
    }
}


static void
api_migrate_done(void *data, struct redisReply *reply, const char *error)
{
    billing_op_t *op = data;

    ngx_int_t                rc;
    billing_store_t         *store;
    billing_schema_settled_t settled;

    store = &op->bmcf->store;

    rc = billing_schema_read(store, &op->domain, reply, error, &settled);

    if (rc != NGX_OK) {
        if (rc == NGX_ERROR) {
            /* it may have been done */
            billing_store_suspect(store, &op->domain);
        }

        billing_resource_away(op);
        ngx_str_null(&store->newer);
        return;
    }

    if (error != NULL) {
        billing_resource_unsure(op);
        return;
    }

    billing_send_json(op, NGX_HTTP_OK,
        json_pack("{s:I, s:b, s:I}", "schema", (json_int_t) BILLING_SCHEMA,
            "ended", (int) settled.ended, "removed",
            (json_int_t) settled.removed));
}
