
/*
 * The endpoint that ends an upgrade: from then on the domain has nothing that
 * only older versions read.  Data get the form of this version at their first
 * use already (store/ngx_http_billing_schema.h).
 */

#include "http/ngx_http_billing_resource.h"

#include "store/ngx_http_billing_schema.h"


static void ngx_http_billing_migrate_done(
    void *data, struct redisReply *reply, const char *error);


void
ngx_http_billing_api_migrate(ngx_http_billing_op_t *op)
{
    ngx_str_t                       none;
    const ngx_http_billing_audit_t *audit;

    ngx_str_null(&none);
    audit = ngx_http_billing_audit(op, &none, &none, "");

    if (ngx_http_billing_schema_settle(&op->bmcf->store, &op->domain,
            NGX_HTTP_BILLING_SCHEMA_END, audit, ngx_http_billing_migrate_done,
            op)
        == NULL)
    {
        ngx_http_billing_send_nomem(op);
    }
}


static void
ngx_http_billing_migrate_done(
    void *data, struct redisReply *reply, const char *error)
{
    ngx_http_billing_op_t *op = data;

    ngx_int_t                         rc;
    ngx_http_billing_store_t         *store;
    ngx_http_billing_schema_settled_t settled;

    store = &op->bmcf->store;

    rc = ngx_http_billing_schema_read(
        store, &op->domain, reply, error, &settled);

    if (rc != NGX_OK) {
        if (rc == NGX_ERROR) {
            /* it may have been done */
            ngx_http_billing_store_suspect(store, &op->domain);
        }

        ngx_http_billing_resource_away(op);
        ngx_str_null(&store->newer);
        return;
    }

    if (error != NULL) {
        ngx_http_billing_resource_unsure(op);
        return;
    }

    ngx_http_billing_send_json(op, NGX_HTTP_OK,
        json_pack("{s:I, s:b, s:I}", "schema",
            (json_int_t) NGX_HTTP_BILLING_SCHEMA, "ended", (int) settled.ended,
            "removed", (json_int_t) settled.removed));
}
