
/*
 * The linked accounts behind a service account, those that have left with
 * them, in the order of their ids: a cursor is the last id of a page.  What
 * each costs this month is told as far as it is kept; no provider is asked.
 */

#include "http/etag.h"
#include "http/roll.h"

#include "core/view.h"


#define BILLING_ROLL_CURSOR 1024 /* bytes of a cursor, at most */


static void      api_roll_free(void *data);
static ngx_int_t api_roll_parse(billing_roll_t *roll);
static void api_roll_cursor(billing_roll_t *roll, billing_errors_t *errors);
static void api_roll_loaded(
    billing_op_t *op, void *data, billing_mirror_t *mirror);
static void api_roll_abort(billing_op_t *op);
static void api_roll_kept(
    void *data, struct redisReply *reply, const char *error);
static void api_roll_send(billing_roll_t *roll);
static void api_roll_write(
    billing_json_t *w, const billing_roll_entry_t *entry);
static void      api_roll_next(billing_json_t *w, billing_roll_t *roll);
static ngx_int_t api_roll_tag(billing_op_t *op, const billing_buf_t *body,
    ngx_str_t *etag, ngx_uint_t *matched);


void
billing_api_linked(billing_op_t *op)
{
    ngx_pool_cleanup_t *cln;
    billing_roll_t     *roll;

    cln = ngx_pool_cleanup_add(op->pool, sizeof(billing_roll_t));
    if (cln == NULL) {
        billing_send_nomem(op);
        return;
    }

    roll = cln->data;
    ngx_memzero(roll, sizeof(billing_roll_t));
    cln->handler = api_roll_free;
    roll->op = op;

    if (api_roll_parse(roll) == NGX_OK) {
        billing_resource_load(op, api_roll_loaded, roll);
    }
}


static void
api_roll_free(void *data)
{
    billing_roll_t *roll = data;

    free(roll->memory);
    billing_buf_free(&roll->q);
    json_decref(roll->joined);
    json_decref(roll->gone);
    billing_table_free(roll->costs);
}


/* NGX_DECLINED: a problem was sent. */

static ngx_int_t
api_roll_parse(billing_roll_t *roll)
{
    billing_arg_t   *args;
    billing_str_t    text;
    billing_errors_t errors;
    billing_status_t rc;

    static const char *const members[] = { "id", "name", "project_id",
        "joined_at", "gone_since", "cost", NULL };

    args = roll->args;
    args[BILLING_ROLL_Q].name = "q";
    args[BILLING_ROLL_FROM].name = "cursor";
    args[BILLING_ROLL_SIZE].name = "limit";
    args[BILLING_ROLL_FIELDS].name = "fields";

    billing_errors_init(&errors);

    text = (billing_str_t){ (char *) roll->op->args.data, roll->op->args.len };

    rc = billing_args_parse(
        text, args, BILLING_ROLL_ARGS, &roll->memory, &errors);

    roll->limit = billing_list_limit(&args[BILLING_ROLL_SIZE], &errors);
    api_roll_cursor(roll, &errors);

    if (billing_list_query(&args[BILLING_ROLL_Q], &roll->q, &errors)
        == BILLING_NOMEM)
    {
        rc = BILLING_NOMEM;
    }

    billing_list_fields(
        &args[BILLING_ROLL_FIELDS], members, &roll->fields, &errors);

    return billing_resource_query(roll->op, rc, &errors);
}


static void
api_roll_cursor(billing_roll_t *roll, billing_errors_t *errors)
{
    ngx_str_t      text, plain;
    billing_arg_t *arg;

    arg = &roll->args[BILLING_ROLL_FROM];

    if (!arg->given) {
        return;
    }

    text.data = (u_char *) arg->value.data;
    text.len = arg->value.len;
    plain.len = 0;

    if (ngx_base64_decoded_length(text.len) <= BILLING_ROLL_CURSOR) {
        plain.data = ngx_pnalloc(
            roll->op->pool, ngx_base64_decoded_length(text.len));

        if (plain.data == NULL || ngx_decode_base64url(&plain, &text) != NGX_OK)
        {
            plain.len = 0;
        }
    }

    if (plain.len < 2 || plain.data[0] != 'l') {
        billing_errors_add(errors, "/cursor", "format",
            "This is not the cursor of an earlier page.");
        return;
    }

    roll->after = (billing_str_t){ (char *) plain.data + 1, plain.len - 1 };
}


static void
api_roll_loaded(billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_roll_t *roll = data;

    billing_owner_t           owner;
    billing_redis_call_t     *call;
    billing_object_t         *object;
    const billing_resource_t *resource;

    resource = &billing_resource_account;
    object = billing_mirror_find(mirror, resource->kind, &op->id);

    if (object == NULL || !resource->visible(op, mirror, object)) {
        billing_resource_missing(op, resource);
        return;
    }

    if (billing_object_copy(op->pool, object, &roll->account) != NGX_OK
        || billing_roll_page(roll) != NGX_OK)
    {
        billing_send_nomem(op);
        return;
    }

    owner.domain = op->domain;
    owner.account = roll->account.id;
    owner.version = roll->account.credential_version;

    call = billing_kept(op->bmcf->cost, &owner,
        billing_month_of(billing_day_of(ngx_time())), api_roll_kept, roll);

    if (call == NULL) {
        billing_send_nomem(op);
        return;
    }

    op->data = call;
    op->abort = api_roll_abort;
}


static void
api_roll_abort(billing_op_t *op)
{
    billing_redis_call_cancel(op->data);
    billing_op_finish(op);
}


static void
api_roll_kept(void *data, struct redisReply *reply, const char *error)
{
    billing_roll_t *roll = data;

    ngx_int_t     rc;
    billing_op_t *op;

    op = roll->op;
    op->abort = NULL;

    if (reply == NULL) {
        billing_resource_away(op);
        return;
    }

    roll->costs = billing_table_create(1, 1);
    if (roll->costs == NULL) {
        billing_send_nomem(op);
        return;
    }

    rc = billing_kept_rows(reply, billing_roll_row, roll);

    if (rc == NGX_ERROR) {
        billing_resource_away(op);
        return;
    }

    if (billing_roll_costs(roll) != NGX_OK) {
        billing_send_nomem(op);
        return;
    }

    api_roll_send(roll);
}


static void
api_roll_send(billing_roll_t *roll)
{
    ngx_str_t             etag;
    ngx_str_t             control = ngx_string("private, no-cache");
    ngx_uint_t            i, matched;
    billing_buf_t         body;
    billing_json_t        w;
    billing_op_t         *op;
    billing_roll_entry_t *entries;

    op = roll->op;
    entries = roll->entries.elts;

    billing_buf_init(&body, BILLING_ROLL_MAX);
    billing_json_init(&w, &body);

    billing_json_begin_object(&w);

    billing_json_key(&w, "linked_accounts");
    billing_json_begin_array(&w);
    billing_json_only(&w, &roll->fields);

    for (i = 0; i < roll->entries.nelts; i++) {
        api_roll_write(&w, &entries[i]);
    }

    billing_json_only(&w, NULL);
    billing_json_end_array(&w);

    billing_json_key(&w, "next_cursor");
    api_roll_next(&w, roll);

    billing_json_key(&w, "total");
    billing_json_int(&w, roll->total);

    billing_json_end_object(&w);

    if (api_roll_tag(op, &body, &etag, &matched) != NGX_OK
        || billing_send_header(op, "ETag", &etag) != NGX_OK
        || billing_send_header(op, "Cache-Control", &control) != NGX_OK)
    {
        billing_buf_free(&body);
        billing_send_nomem(op);
        return;
    }

    if (matched) {
        billing_buf_free(&body);
        billing_send_empty(op, NGX_HTTP_NOT_MODIFIED);
        return;
    }

    billing_send(op, NGX_HTTP_OK, "application/json", &body);
}


static void
api_roll_write(billing_json_t *w, const billing_roll_entry_t *entry)
{
    char                       code[8];
    const billing_roll_cost_t *cost;

    billing_json_begin_object(w);

    billing_json_key(w, "id");
    billing_json_string(w, entry->id);

    billing_json_key(w, "name");
    billing_json_null(w);

    billing_json_key(w, "project_id");
    billing_json_null(w);

    billing_json_key(w, "joined_at");
    billing_view_time(w, entry->joined);

    billing_json_key(w, "gone_since");
    billing_view_time(w, entry->gone);

    billing_json_key(w, "cost");
    billing_json_begin_object(w);

    for (cost = entry->cost; cost != NULL; cost = cost->next) {
        *ngx_snprintf((u_char *) code, sizeof(code) - 1, "%*s",
            cost->currency.len, cost->currency.data) = '\0';
        billing_json_key(w, code);
        billing_view_money(w, *cost->sum);
    }

    billing_json_end_object(w);

    billing_json_end_object(w);
}


static void
api_roll_next(billing_json_t *w, billing_roll_t *roll)
{
    ngx_str_t             plain, text;
    billing_roll_entry_t *last;

    if (!roll->more) {
        billing_json_null(w);
        return;
    }

    last = roll->entries.elts;
    last += roll->entries.nelts - 1;

    plain.len = last->id.len + 1;
    plain.data = ngx_pnalloc(roll->op->pool, plain.len);
    text.data = ngx_pnalloc(
        roll->op->pool, ngx_base64_encoded_length(plain.len));

    if (plain.data == NULL || text.data == NULL) {
        w->out->status = BILLING_NOMEM;
        return;
    }

    *plain.data = 'l';
    ngx_memcpy(plain.data + 1, last->id.data, last->id.len);
    ngx_encode_base64url(&text, &plain);

    billing_json_string(w, (billing_str_t){ (char *) text.data, text.len });
}


/* A match is answered by the tag that was named, whatever its coding. */
static ngx_int_t
api_roll_tag(billing_op_t *op, const billing_buf_t *body, ngx_str_t *etag,
    ngx_uint_t *matched)
{
    u_char          *p, tag[BILLING_TAG_LEN];
    ngx_int_t        coding;
    const ngx_str_t *suffix;

    if (body->status != BILLING_OK || billing_etag_tag(body, tag) != NGX_OK) {
        return NGX_ERROR;
    }

    coding = billing_answer_named(&op->if_none_match, tag, BILLING_IDENTITY);
    *matched = coding != NGX_DECLINED;
    suffix = &billing_tag_suffixes[*matched ? coding : 0];

    etag->len = BILLING_TAG_LEN + suffix->len + 2;
    etag->data = ngx_pnalloc(op->pool, etag->len);
    if (etag->data == NULL) {
        return NGX_ERROR;
    }

    p = etag->data;
    *p++ = '"';
    p = ngx_cpymem(p, tag, BILLING_TAG_LEN);
    p = ngx_cpymem(p, suffix->data, suffix->len);
    *p = '"';

    return NGX_OK;
}
