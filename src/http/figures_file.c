
/*
 * Figures as a file.  A small one is an answer like any other, and is kept.  Of
 * a larger one only the begin is made here; the table lives as long as the
 * operation, and gives the rest while the client takes it.  Its tag is made of
 * the table.
 */

#include "http/etag.h"
#include "http/figures.h"


/* What is no longer than that is whole before it is sent; bytes. */
#define BILLING_FILE_WHOLE (256 * 1024)

/* What amounts of a table take, of which a digest is made. */
#define BILLING_FILE_TAGGED (16 * 1024 * 1024)


static void figures_tag(billing_figures_t *figures, const billing_file_t *file);
static billing_status_t figures_more(
    void *data, size_t least, billing_buf_t *out);
static ngx_int_t figures_labels(
    billing_figures_t *figures, billing_labels_t *labels);
static ngx_int_t figures_label_accounts(
    billing_figures_t *figures, billing_labels_t *labels);
static ngx_int_t figures_label_shown(billing_op_t *op,
    const billing_catalog_account_t *source, billing_label_t *label);
static ngx_int_t figures_label_text(
    ngx_pool_t *pool, json_t *object, const char *name, billing_str_t *text);
static ngx_int_t figures_label_projects(
    billing_figures_t *figures, billing_labels_t *labels);
static ngx_int_t figures_label_providers(
    billing_figures_t *figures, billing_labels_t *labels);
static int figures_label_compare(const void *one, const void *two);


billing_status_t
billing_figures_file(billing_figures_t *figures, const billing_query_t *query,
    billing_table_t *table, const billing_view_state_t *state,
    billing_buf_t *out)
{
    billing_file_t  *file;
    billing_status_t status;
    billing_op_t    *op;

    op = figures->op;

    file = ngx_pcalloc(op->pool, sizeof(billing_file_t));
    if (file == NULL) {
        return BILLING_NOMEM;
    }

    file->query = query;
    file->table = table;
    file->today = state->today;
    file->open = state->open;
    file->complete = billing_view_complete(state);

    if (figures_labels(figures, file->labels) != NGX_OK) {
        return BILLING_NOMEM;
    }

    status = billing_file_open(file);

    if (status == BILLING_OK) {
        figures->cut = file->cut;
        status = billing_file_write(file, BILLING_FILE_WHOLE, out);
    }

    if (status == BILLING_OK && !billing_file_ended(file)) {
        op->more = figures_more;
        op->more_data = file;

        figures_tag(figures, file);
    }

    return status;
}


/* Of a large table there is none, since that would hold up the worker. */
static void
figures_tag(billing_figures_t *figures, const billing_file_t *file)
{
    ngx_int_t        rc;
    uint64_t         print;
    billing_buf_t    query;
    billing_status_t status;
    billing_digest_t digest;

    if (billing_table_size(file->table) > BILLING_FILE_TAGGED) {
        return;
    }

    print = figures->op->bmcf->print;

    billing_buf_init(&query, BILLING_FILE_WHOLE);
    status = billing_query_canonical(file->query, &query);

    billing_etag_digest_begin(&digest);
    billing_etag_digest_feed(&digest, &print, sizeof(uint64_t));
    billing_etag_digest_feed(&digest, &query.len, sizeof(size_t));
    billing_etag_digest_feed(&digest, query.data, query.len);
    billing_file_feed(file, billing_etag_digest_feed, &digest);
    rc = billing_etag_digest_end(&digest, figures->tag);

    if (status != BILLING_OK || rc != NGX_OK) {
        ngx_memzero(figures->tag, BILLING_TAG_LEN);
    }

    billing_buf_free(&query);
}


static billing_status_t
figures_more(void *data, size_t least, billing_buf_t *out)
{
    return billing_file_write(data, least, out);
}


/* What is known about the values of dimensions. */
static ngx_int_t
figures_labels(billing_figures_t *figures, billing_labels_t *labels)
{
    if (figures_label_accounts(figures, &labels[BILLING_DIM_ACCOUNT]) != NGX_OK
        || figures_label_projects(figures, &labels[BILLING_DIM_PROJECT])
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    return figures_label_providers(figures, &labels[BILLING_DIM_PROVIDER]);
}


/* Of the accounts that the question is about. */
static ngx_int_t
figures_label_accounts(billing_figures_t *figures, billing_labels_t *labels)
{
    ngx_uint_t                  i, n;
    billing_label_t            *items;
    billing_catalog_account_t **sources;

    n = figures->sources.nelts;
    sources = figures->sources.elts;

    items = ngx_pcalloc(figures->op->pool, (n + 1) * sizeof(billing_label_t));
    if (items == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        items[i].key = billing_str_of(&sources[i]->id);
        items[i].name = billing_str_of(&sources[i]->name);

        if (figures_label_shown(figures->op, sources[i], &items[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    qsort(items, n, sizeof(billing_label_t), figures_label_compare);

    labels->items = items;
    labels->n = n;

    return NGX_OK;
}


/* What of the credentials is no secret. */
static ngx_int_t
figures_label_shown(billing_op_t *op, const billing_catalog_account_t *source,
    billing_label_t *label)
{
    json_t                  *shown;
    ngx_int_t                rc;
    ngx_str_t                id;
    billing_str_t            text;
    billing_provider_conf_t *pc;

    id = source->provider;
    pc = billing_provider_conf(op->bmcf, &id);

    if (pc == NULL || source->shown.len == 0) {
        return NGX_OK;
    }

    text = (billing_str_t){ (char *) source->shown.data, source->shown.len };

    if (billing_json_parse(text, BILLING_JSON_DEPTH, &shown, NULL)
        == BILLING_NOMEM) {
        return NGX_ERROR;
    }

    rc = figures_label_text(op->pool, shown, "cost", &label->basis);

    if (rc == NGX_OK && pc->provider->payer != NULL) {
        rc = figures_label_text(
            op->pool, shown, pc->provider->payer, &label->id);
    }

    json_decref(shown);

    return rc;
}


static ngx_int_t
figures_label_text(
    ngx_pool_t *pool, json_t *object, const char *name, billing_str_t *text)
{
    u_char       *p;
    json_t       *value;
    billing_str_t found;

    value = json_object_get(object, name);
    found = (billing_str_t){ json_string_value(value),
        json_string_length(value) };

    if (found.len == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, found.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, found.data, found.len);
    *text = (billing_str_t){ (const char *) p, found.len };

    return NGX_OK;
}


static ngx_int_t
figures_label_projects(billing_figures_t *figures, billing_labels_t *labels)
{
    ngx_uint_t                    i, n;
    billing_label_t              *items;
    const billing_catalog_node_t *projects;

    n = figures->catalog->nprojects;
    projects = figures->catalog->projects;

    items = ngx_pcalloc(figures->op->pool, (n + 1) * sizeof(billing_label_t));
    if (items == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        items[i].key = billing_str_of(&projects[i].id);
        items[i].name = billing_str_of(&projects[i].name);
    }

    qsort(items, n, sizeof(billing_label_t), figures_label_compare);

    labels->items = items;
    labels->n = n;

    return NGX_OK;
}


static ngx_int_t
figures_label_providers(billing_figures_t *figures, billing_labels_t *labels)
{
    ngx_uint_t                i, n;
    billing_label_t          *items;
    const billing_provider_t *provider;
    billing_main_conf_t      *bmcf;

    bmcf = figures->op->bmcf;
    n = bmcf->nproviders;

    items = ngx_pcalloc(figures->op->pool, (n + 1) * sizeof(billing_label_t));
    if (items == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        provider = bmcf->providers[i].provider;

        items[i].key = billing_str_from(provider->id);
        items[i].name = billing_str_from(provider->name);
        items[i].issuer = billing_str_from(provider->issuer);
        items[i].publisher = billing_str_from(provider->publisher);
    }

    qsort(items, n, sizeof(billing_label_t), figures_label_compare);

    labels->items = items;
    labels->n = n;

    return NGX_OK;
}


static int
figures_label_compare(const void *one, const void *two)
{
    const billing_label_t *a = one, *b = two;

    return billing_str_cmp(a->key, b->key);
}
