
#include "http/ngx_http_billing_account.h"
#include "http/ngx_http_billing_host.h"


/* refused verifications of one user in a minute */
#define NGX_HTTP_BILLING_REFUSED_MAX 60

/* sealed, at most; a body is shorter */
#define NGX_HTTP_BILLING_CREDENTIALS_MAX (1024 * 1024)

/* who need not have the answer now does not wait for it as long; ms */
#define NGX_HTTP_BILLING_LATER_TIMEOUT 5000

#define NGX_HTTP_BILLING_LINKED_LEN 1024


static void ngx_http_billing_account_free(void *data);
static void ngx_http_billing_account_judge(ngx_http_billing_account_t *account,
    json_t *credentials, billing_errors_t *errors);
static void ngx_http_billing_account_admitted(void *data,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);
static void ngx_http_billing_account_throttle(
    ngx_http_billing_op_t *op, ngx_str_t *seconds);
static void ngx_http_billing_account_verdict(
    void *data, const ngx_http_billing_verdict_t *verdict);
static ngx_uint_t ngx_http_billing_account_empty(
    ngx_http_billing_account_t       *account,
    const ngx_http_billing_verdict_t *verdict);
static void ngx_http_billing_account_reject(
    ngx_http_billing_account_t *account, const char *reason);
static void      ngx_http_billing_account_rejected(void *data,
         ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues);
static ngx_int_t ngx_http_billing_account_learned(
    ngx_http_billing_account_t *account);
static void ngx_http_billing_account_forget(
    ngx_http_billing_account_t *account);
static ngx_int_t ngx_http_billing_account_linked(
    ngx_http_billing_account_t *account, ngx_str_t *text);
static void ngx_http_billing_account_shared(
    ngx_http_billing_edit_t *edit, ngx_str_t *values, ngx_uint_t nvalues);
static void ngx_http_billing_account_overlap(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror);


ngx_http_billing_account_t *
ngx_http_billing_account_begin(
    ngx_http_billing_op_t *op, const ngx_http_billing_rest_t *rest)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_billing_edit_t    *edit;
    ngx_http_billing_account_t *account;

    edit = ngx_http_billing_edit_begin(
        op, rest, sizeof(ngx_http_billing_account_t));
    if (edit == NULL) {
        return NULL;
    }

    account = (ngx_http_billing_account_t *) edit;
    edit->shared = ngx_http_billing_account_shared;

    cln = ngx_pool_cleanup_add(op->pool, 0);

    if (cln == NULL
        || ngx_http_billing_digest(
               op->bmcf->store.keys, op->pool, &op->user, &account->user)
               != NGX_OK)
    {
        ngx_http_billing_rest_nomem(op);
        return NULL;
    }

    cln->handler = ngx_http_billing_account_free;
    cln->data = account;

    return account;
}


/* The module has told jansson to overwrite what it frees. */

static void
ngx_http_billing_account_free(void *data)
{
    ngx_http_billing_account_t *account = data;

    json_decref(account->credentials);
    json_decref(account->linked);
}


void
ngx_http_billing_account_check(ngx_http_billing_account_t *account,
    json_t *provider, json_t *credentials, billing_errors_t *errors)
{
    ngx_str_t id;

    /* what is of another type is said by the check of the body */

    if (!json_is_string(provider)) {
        return;
    }

    id.data = (u_char *) json_string_value(provider);
    id.len = json_string_length(provider);

    account->pc = ngx_http_billing_provider_conf(account->edit.op->bmcf, &id);

    if (account->pc == NULL) {
        billing_errors_add(
            errors, "/provider", "not_found", "There is no such provider.");
        return;
    }

    if (json_is_object(credentials)) {
        json_decref(account->credentials);
        account->credentials = NULL;

        ngx_http_billing_account_judge(account, credentials, errors);
    }
}


/* Whether a domain may do without keys is not for the provider to know. */

static void
ngx_http_billing_account_judge(ngx_http_billing_account_t *account,
    json_t *credentials, billing_errors_t *errors)
{
    ngx_str_t                 list;
    billing_str_t             external;
    const billing_provider_t *provider;
    ngx_http_billing_op_t    *op;

    op = account->edit.op;
    provider = account->pc->provider;

    if (ngx_http_billing_host(account->pc, &op->domain) == NULL) {
        (void) provider->check(
            credentials, "/credentials", &account->credentials, errors);
        return;
    }

    /* without memory there are no credentials, which is answered later */

    if (ngx_http_billing_host_external(
            op->bmcf->store.keys, op->pool, &op->domain, &list)
        == NGX_OK)
    {
        external = (billing_str_t){ (char *) list.data, list.len };
        (void) provider->host_check(credentials, "/credentials", external,
            &account->credentials, errors);
    }
}


void
ngx_http_billing_account_admit(ngx_http_billing_account_t *account)
{
    ngx_http_billing_op_t *op;

    op = account->edit.op;

    /* checked, and nothing found to be wrong: there was no memory */

    if (account->credentials == NULL) {
        ngx_http_billing_rest_nomem(op);
        return;
    }

    if (ngx_http_billing_begin(&op->bmcf->store, &op->domain,
            &account->edit.change.once, &account->user,
            ngx_http_billing_account_admitted, account)
        != NGX_OK)
    {
        ngx_http_billing_rest_nomem(op);
    }
}


static void
ngx_http_billing_account_admitted(void *data,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_http_billing_account_t *account = data;

    switch (outcome) {
    case NGX_HTTP_BILLING_WRITE_DONE:
        if (nvalues == 2
            && ngx_atoi(values[0].data, values[0].len)
                   >= NGX_HTTP_BILLING_REFUSED_MAX)
        {
            ngx_http_billing_account_throttle(account->edit.op, &values[1]);
            break;
        }

        account->begun(account);
        break;

    case NGX_HTTP_BILLING_WRITE_REPLAY:
    case NGX_HTTP_BILLING_WRITE_REUSED:
        ngx_http_billing_edit_replay(&account->edit, outcome, values, nvalues);
        break;

    case NGX_HTTP_BILLING_WRITE_UNSURE:
        ngx_http_billing_rest_unsure(account->edit.op);
        break;

    default:
        ngx_http_billing_rest_away(account->edit.op);
        break;
    }
}


static void
ngx_http_billing_account_throttle(ngx_http_billing_op_t *op, ngx_str_t *seconds)
{
    ngx_str_t wait = ngx_string("60");

    /* "-1", "-2": the count has just ended */

    if (ngx_atoi(seconds->data, seconds->len) > 0) {
        wait = *seconds;
    }

    if (ngx_http_billing_header(op, "Retry-After", &wait) != NGX_OK) {
        ngx_http_billing_rest_nomem(op);
        return;
    }

    ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_TOO_MANY_REQUESTS_,
        "the provider has refused too many credentials of yours");
}


ngx_int_t
ngx_http_billing_account_enabled(
    ngx_http_billing_account_t *account, ngx_http_billing_mirror_t *mirror)
{
    ngx_str_t        id;
    billing_errors_t errors;

    id.data = (u_char *) account->pc->provider->id;
    id.len = ngx_strlen(id.data);

    if (ngx_http_billing_rest_enabled(mirror, account->pc, &id)) {
        return NGX_OK;
    }

    billing_errors_init(&errors);
    billing_errors_add(
        &errors, "/provider", "enum", "This provider is disabled.");

    ngx_http_billing_send_errors(account->edit.op, NGX_HTTP_BILLING_INVALID,
        &errors, "the provider is disabled");

    return NGX_DECLINED;
}


void
ngx_http_billing_account_ask(ngx_http_billing_account_t *account)
{
    ngx_msec_t             timeout;
    ngx_http_billing_op_t *op;

    op = account->edit.op;
    timeout = account->pc->timeout;

    if (account->later) {
        timeout = ngx_min(timeout, NGX_HTTP_BILLING_LATER_TIMEOUT);
    }

    if (ngx_http_billing_verify(op->bmcf, account->pc, &op->domain,
            account->credentials, timeout, ngx_http_billing_account_verdict,
            account)
        == NULL)
    {
        ngx_http_billing_rest_nomem(op);
        return;
    }

    op->upstream_calls++;
    ngx_http_billing_cost_count(op->bmcf->cost, &op->domain,
        account->pc->provider->id, op->id.len ? &op->id : NULL);
}


static void
ngx_http_billing_account_verdict(
    void *data, const ngx_http_billing_verdict_t *verdict)
{
    ngx_http_billing_account_t *account = data;

    account->edit.op->reason = verdict->reason;

    switch (verdict->status) {
    case BILLING_OK:
        if (ngx_http_billing_account_empty(account, verdict)) {
            account->edit.op->reason = BILLING_REASON_LIST_EMPTY;
            ngx_http_billing_send_problem(account->edit.op,
                NGX_HTTP_BILLING_PROVIDER_REJECTED,
                "The provider accepts the credentials, but they hold no linked "
                "account: there would be no costs to show.");
            break;
        }

        json_decref(account->linked);
        account->linked = json_incref(verdict->linked);
        account->verified(account);
        break;

    case BILLING_REJECTED:
        ngx_http_billing_account_reject(account, verdict->text);
        break;

    case BILLING_NOMEM:
        ngx_http_billing_rest_nomem(account->edit.op);
        break;

    default:
        if (account->later) {
            json_decref(account->linked);
            account->linked = NULL;
            account->verified(account);
            break;
        }

        ngx_http_billing_send_problem(account->edit.op,
            verdict->timed_out ? NGX_HTTP_BILLING_PROVIDER_TIMEOUT
                               : NGX_HTTP_BILLING_PROVIDER_UNAVAILABLE,
            "%s", verdict->text);
        break;
    }
}


/*
 * Credentials for all linked accounts that hold none: an empty list is never
 * taken for the truth.
 */

static ngx_uint_t
ngx_http_billing_account_empty(ngx_http_billing_account_t *account,
    const ngx_http_billing_verdict_t                      *verdict)
{
    return json_array_size(verdict->linked) == 0;
}


/* Counted before it is answered, so that nobody gets ahead of the count. */

static void
ngx_http_billing_account_reject(
    ngx_http_billing_account_t *account, const char *reason)
{
    ngx_str_t              text;
    ngx_http_billing_op_t *op;

    op = account->edit.op;
    ngx_billing_count(refused);

    text.data = (u_char *) reason;
    text.len = ngx_strlen(reason);

    account->reason.len = text.len;
    account->reason.data = ngx_pstrdup(op->pool, &text);

    if (account->reason.data == NULL
        || ngx_http_billing_refused(&op->bmcf->store, &op->domain,
               &account->user, ngx_http_billing_account_rejected, account)
               != NGX_OK)
    {
        ngx_http_billing_rest_nomem(op);
    }
}


static void
ngx_http_billing_account_rejected(void *data,
    ngx_http_billing_outcome_t outcome, ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_http_billing_account_t *account = data;

    ngx_http_billing_send_problem(account->edit.op,
        NGX_HTTP_BILLING_PROVIDER_REJECTED, "%.*s", (int) account->reason.len,
        account->reason.data);
}


ngx_int_t
ngx_http_billing_account_seal(ngx_http_billing_account_t *account)
{
    json_t                    *mask;
    ngx_int_t                  rc;
    ngx_str_t                  plain;
    ngx_pool_t                *pool;
    billing_buf_t              buf;
    billing_json_t             w;
    ngx_http_billing_op_t     *op;
    ngx_http_billing_object_t *next;

    op = account->edit.op;
    pool = op->pool;
    next = &account->edit.next;

    billing_buf_init_secret(&buf, NGX_HTTP_BILLING_CREDENTIALS_MAX);
    billing_json_init(&w, &buf);
    billing_json_value(&w, account->credentials);

    plain.data = (u_char *) buf.data;
    plain.len = buf.len;

    rc = buf.status != BILLING_OK
             ? NGX_ERROR
             : ngx_http_billing_seal(op->bmcf->store.keys, pool, &op->domain,
                 &next->id, &plain, &next->credential);

    billing_buf_free(&buf);

    mask = billing_fields_mask(
        account->pc->provider->fields, account->credentials);
    if (mask == NULL) {
        return NGX_ERROR;
    }

    next->shown = ngx_http_billing_rest_text(pool, mask);
    json_decref(mask);

    if (rc != NGX_OK || next->shown.data == NULL) {
        return NGX_ERROR;
    }

    next->credential_version++;

    return ngx_http_billing_account_learned(account);
}


static ngx_int_t
ngx_http_billing_account_learned(ngx_http_billing_account_t *account)
{
    u_char                    *numbers;
    ngx_str_t                  version, linked, all, at, now, cloud;
    ngx_http_billing_object_t *next;
    ngx_http_billing_change_t *change;

    next = &account->edit.next;
    change = &account->edit.change;

    numbers = ngx_pnalloc(
        account->edit.op->pool, NGX_INT_T_LEN + NGX_TIME_T_LEN);

    if (numbers == NULL
        || ngx_http_billing_account_linked(account, &linked) != NGX_OK)
    {
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

    ngx_http_billing_change_add(change, "credential", &next->credential);
    ngx_http_billing_change_add(change, "credential_version", &version);
    ngx_http_billing_change_add(change, "shown", &next->shown);
    cloud.data = (u_char *) account->pc->provider->cloud;
    cloud.len = ngx_strlen(account->pc->provider->cloud);

    ngx_http_billing_change_add(change, "cloud", &cloud);
    ngx_http_billing_change_add(change, "linked", &linked);
    ngx_http_billing_change_add(change, "linked_all", &all);
    ngx_http_billing_change_add(change, "linked_at", &at);
    ngx_http_billing_change_add(change, "tried_at", &now);
    ngx_http_billing_change_add(change, "state", &next->state);
    ngx_http_billing_change_add(change, "verified_at", &next->verified_at);

    ngx_http_billing_account_forget(account);

    return NGX_OK;
}


/* What was known of other credentials. */

static void
ngx_http_billing_account_forget(ngx_http_billing_account_t *account)
{
    ngx_uint_t                 i;
    ngx_str_t                  none, zero, one;
    ngx_http_billing_change_t *change;

    static const char *const texts[] = { "reason", "joined", "gone", "foreign",
        "shrunk" };

    change = &account->edit.change;
    ngx_str_null(&account->edit.next.reason);
    ngx_str_null(&none);
    ngx_str_set(&zero, "0");
    ngx_str_set(&one, "1");

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ngx_http_billing_change_add(change, texts[i], &none);
    }

    ngx_http_billing_change_add(change, "reason_since", &zero);
    ngx_http_billing_change_add(change, "shrunk_at", &zero);
    ngx_http_billing_change_add(
        change, "unread", account->linked == NULL ? &one : &zero);
}


/* An account that is not verified has the linked account it names at least. */

static ngx_int_t
ngx_http_billing_account_linked(
    ngx_http_billing_account_t *account, ngx_str_t *text)
{
    json_t          *list;
    billing_buf_t    one;
    billing_status_t rc;

    list = NULL;
    billing_buf_init(&one, NGX_HTTP_BILLING_LINKED_LEN);

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

    *text = ngx_http_billing_rest_text(account->edit.op->pool, list);
    json_decref(list);

    return text->data == NULL ? NGX_ERROR : NGX_OK;
}


/* The other accounts' names are in the mirror, once it is up to date. */

static void
ngx_http_billing_account_shared(
    ngx_http_billing_edit_t *edit, ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_uint_t                  i;
    ngx_http_billing_account_t *account;

    account = (ngx_http_billing_account_t *) edit;

    account->nshared = nvalues - nvalues % 2;
    account->shared = ngx_palloc(edit->op->pool, nvalues * sizeof(ngx_str_t));
    if (account->shared == NULL) {
        ngx_http_billing_rest_nomem(edit->op);
        return;
    }

    for (i = 0; i < account->nshared; i++) {
        account->shared[i].len = values[i].len;
        account->shared[i].data = ngx_pstrdup(edit->op->pool, &values[i]);

        if (account->shared[i].data == NULL) {
            ngx_http_billing_rest_nomem(edit->op);
            return;
        }
    }

    ngx_http_billing_rest_load(
        edit->op, ngx_http_billing_account_overlap, account);
}


static void
ngx_http_billing_account_overlap(
    ngx_http_billing_op_t *op, void *data, ngx_http_billing_mirror_t *mirror)
{
    ngx_http_billing_account_t *account = data;

    ngx_str_t                 *linked, *id, name;
    ngx_uint_t                 i;
    const char                *pointer;
    billing_errors_t           errors;
    ngx_http_billing_object_t *owner;

    pointer = json_object_get(account->credentials, "account") != NULL
                  ? "/credentials/account"
                  : "/credentials";
    linked = account->shared;
    ngx_str_null(&name);
    billing_errors_init(&errors);

    /* backwards: the sentence then names the first one */

    for (i = account->nshared; i != 0; i -= 2) {
        linked = &account->shared[i - 2];
        id = &account->shared[i - 1];

        owner = ngx_http_billing_mirror_find(
            mirror, NGX_HTTP_BILLING_ACCOUNT, id);

        name = owner != NULL ? owner->name : *id;

        billing_errors_add(&errors, pointer, "duplicate",
            "The linked account %.*s belongs to the service account \"%.*s\" "
            "(%.*s).",
            (int) linked->len, linked->data, (int) name.len, name.data,
            (int) id->len, id->data);
    }

    ngx_http_billing_send_errors(op, NGX_HTTP_BILLING_OVERLAP, &errors,
        "linked account %.*s%s belongs to the service account \"%.*s\"",
        (int) linked->len, linked->data,
        account->nshared > 2 ? ", among others," : "", (int) name.len,
        name.data);
}
