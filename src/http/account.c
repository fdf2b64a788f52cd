
#include "http/account.h"
#include "http/host.h"


/*
 * As long one waits for one's other verifications to end, and looks whether
 * they have; milliseconds.
 */
#define BILLING_TURN_WAIT 10000
#define BILLING_TURN_LOOK 100

/* who need not have the answer now does not wait for it as long; ms */
#define BILLING_LATER_TIMEOUT 5000


static void account_free(void *data);
static void account_judge(
    billing_account_t *account, json_t *credentials, billing_errors_t *errors);
static void account_admitted(void *data, billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues);
static void account_full(billing_account_t *account, ngx_str_t *values);
static void account_turn(ngx_event_t *ev);
static void account_throttle(
    billing_op_t *op, const char *why, ngx_str_t *seconds);
static void account_sent(void *data);
static void account_verdict(void *data, const billing_verdict_t *verdict);
static void account_busy(billing_account_t *account);
static void account_settled(void *data, billing_outcome_t outcome,
    ngx_str_t *values, ngx_uint_t nvalues);
static void account_shared(
    billing_edit_t *edit, ngx_str_t *values, ngx_uint_t nvalues);
static void account_overlap(
    billing_op_t *op, void *data, billing_mirror_t *mirror);


billing_account_t *
billing_account_begin(billing_op_t *op, const billing_resource_t *resource)
{
    ngx_pool_cleanup_t *cln;
    billing_edit_t     *edit;
    billing_account_t  *account;

    edit = billing_edit_begin(op, resource, sizeof(billing_account_t));
    if (edit == NULL) {
        return NULL;
    }

    account = (billing_account_t *) edit;
    edit->shared = account_shared;

    cln = ngx_pool_cleanup_add(op->pool, 0);

    if (cln == NULL
        || billing_seal_digest(
               op->bmcf->store.keys, op->pool, &op->user, &account->user)
               != NGX_OK)
    {
        billing_send_nomem(op);
        return NULL;
    }

    cln->handler = account_free;
    cln->data = account;

    return account;
}


/* The module has told jansson to overwrite what it frees. */

static void
account_free(void *data)
{
    billing_account_t *account = data;

    json_decref(account->credentials);
    json_decref(account->linked);
}


void
billing_account_check(billing_account_t *account, json_t *provider,
    json_t *credentials, billing_errors_t *errors)
{
    ngx_str_t id;

    /* what is of another type is said by the check of the body */

    if (!json_is_string(provider)) {
        return;
    }

    id.data = (u_char *) json_string_value(provider);
    id.len = json_string_length(provider);

    account->pc = billing_provider_conf(account->edit.op->bmcf, &id);

    if (account->pc == NULL) {
        billing_errors_add(
            errors, "/provider", "not_found", "There is no such provider.");
        return;
    }

    if (json_is_object(credentials)) {
        json_decref(account->credentials);
        account->credentials = NULL;

        account_judge(account, credentials, errors);
    }
}


/* Whether a domain may do without keys is not for the provider to know. */

static void
account_judge(
    billing_account_t *account, json_t *credentials, billing_errors_t *errors)
{
    ngx_str_t                 list;
    billing_str_t             external;
    const billing_provider_t *provider;
    billing_op_t             *op;

    op = account->edit.op;
    provider = account->pc->provider;

    if (billing_host(account->pc, &op->domain) == NULL) {
        (void) provider->check(
            credentials, "/credentials", &account->credentials, errors);
        return;
    }

    /* without memory there are no credentials, which is answered later */

    if (billing_host_external(
            op->bmcf->store.keys, op->pool, &op->domain, &list)
        == NGX_OK)
    {
        external = (billing_str_t){ (char *) list.data, list.len };
        (void) provider->host_check(credentials, "/credentials", external,
            &account->credentials, errors);
    }
}


void
billing_account_admit(billing_account_t *account)
{
    billing_op_t *op;

    op = account->edit.op;

    /* checked, and nothing found to be wrong: there was no memory */

    if (account->credentials == NULL) {
        billing_send_nomem(op);
        return;
    }

    if (billing_write_verifying_begin(&op->bmcf->store, &op->domain,
            &account->edit.change.once, &account->user, account_admitted,
            account)
        != NGX_OK)
    {
        billing_send_nomem(op);
    }
}


static void
account_admitted(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
    billing_account_t *account = data;

    switch (outcome) {
    case BILLING_WRITE_DONE:
        if (nvalues == 2) {
            account_full(account, values);
            break;
        }

        account->begun(account);
        break;

    case BILLING_WRITE_REPLAY:
    case BILLING_WRITE_REUSED:
        billing_commit_replay(&account->edit, outcome, values, nvalues);
        break;

    case BILLING_WRITE_UNSURE:
        billing_resource_unsure(account->edit.op);
        break;

    case BILLING_WRITE_TAKEN:
    case BILLING_WRITE_PARENT:
    case BILLING_WRITE_DEPTH:
    case BILLING_WRITE_CYCLE:
    case BILLING_WRITE_NAME:
    case BILLING_WRITE_ALIKE:
    case BILLING_WRITE_OVERLAP:
    case BILLING_WRITE_MISSING:
    case BILLING_WRITE_VERSION:
    case BILLING_WRITE_HELD:
    case BILLING_WRITE_AWAY:
    default:
        billing_resource_away(account->edit.op);
        break;
    }
}


/* Those that are under way may be refused, all of them. */
static void
account_full(billing_account_t *account, ngx_str_t *values)
{
    billing_op_t *op;

    op = account->edit.op;

    if (values[0].data[0] == 'b') {
        if (account->turn.handler == NULL) {
            account->turn.handler = account_turn;
            account->turn.data = account;
            account->turn.log = op->log;
            account->patience = ngx_current_msec + BILLING_TURN_WAIT;
        }

        if ((ngx_msec_int_t) (account->patience - ngx_current_msec) > 0) {
            ngx_add_timer(&account->turn, BILLING_TURN_LOOK);
            return;
        }
    }

    account_throttle(op,
        values[0].data[0] == 'r'
            ? "the provider has refused too many credentials of yours"
            : "too many verifications are asked for",
        &values[1]);
}


static void
account_turn(ngx_event_t *ev)
{
    billing_account_admit(ev->data);
}


static void
account_throttle(billing_op_t *op, const char *why, ngx_str_t *seconds)
{
    ngx_str_t wait = ngx_string("60");

    /* "-1", "-2": the count has just ended */

    if (ngx_atoi(seconds->data, seconds->len) > 0) {
        wait = *seconds;
    }

    if (billing_send_header(op, "Retry-After", &wait) != NGX_OK) {
        billing_send_nomem(op);
        return;
    }

    billing_send_problem(op, BILLING_PROBLEM_TOO_MANY_REQUESTS, "%s", why);
}


ngx_int_t
billing_account_enabled(billing_account_t *account, billing_mirror_t *mirror)
{
    ngx_str_t        id;
    billing_errors_t errors;

    id.data = (u_char *) account->pc->provider->id;
    id.len = ngx_strlen(id.data);

    if (billing_resource_enabled(mirror, account->pc, &id)) {
        return NGX_OK;
    }

    billing_errors_init(&errors);
    billing_errors_add(
        &errors, "/provider", "enum", "This provider is disabled.");

    billing_send_errors(account->edit.op, BILLING_PROBLEM_INVALID, &errors,
        "the provider is disabled");

    return NGX_DECLINED;
}


void
billing_account_ask(billing_account_t *account)
{
    billing_verify_ask_t ask;
    billing_op_t        *op;

    op = account->edit.op;

    ngx_memzero(&ask, sizeof(billing_verify_ask_t));

    ask.owner.domain = op->domain;
    ask.owner.account = op->id;
    ask.provider.data = (u_char *) account->pc->provider->id;
    ask.provider.len = ngx_strlen(ask.provider.data);
    ask.credentials = account->credentials;
    ask.timeout = account->pc->timeout;
    ask.sent = account_sent;
    ask.done = account_verdict;
    ask.data = account;

    if (account->later) {
        ask.timeout = ngx_min(ask.timeout, BILLING_LATER_TIMEOUT);
    }

    if (billing_verify_start(op->bmcf->fetch, &ask) == NULL) {
        billing_send_nomem(op);
    }
}


static void
account_sent(void *data)
{
    billing_account_t *account = data;

    account->edit.op->upstream_calls++;
}


/* Counted before it is answered, so that nobody gets ahead of the count. */

static void
account_verdict(void *data, const billing_verdict_t *verdict)
{
    billing_account_t *account = data;

    ngx_str_t     text;
    billing_op_t *op;

    op = account->edit.op;
    op->reason = verdict->reason;

    json_decref(account->linked);
    account->linked = json_incref(verdict->linked);
    account->verdict = *verdict;

    text.data = (u_char *) (verdict->text != NULL ? verdict->text : "");
    text.len = ngx_strlen(text.data) + 1;
    account->verdict.text = (char *) ngx_pstrdup(op->pool, &text);

    if (verdict->status == BILLING_REJECTED) {
        billing_count(refused);
    }

    if (account->verdict.text == NULL
        || billing_write_verifying_end(&op->bmcf->store, &op->domain,
               &account->user, verdict->status == BILLING_REJECTED,
               account_settled, account)
               != NGX_OK)
    {
        billing_send_nomem(op);
    }
}


/* However that went, the provider has answered. */

static void
account_settled(void *data, billing_outcome_t outcome, ngx_str_t *values,
    ngx_uint_t nvalues)
{
    billing_account_t *account = data;

    billing_op_t *op;

    op = account->edit.op;

    switch (account->verdict.status) {
    case BILLING_OK:
        /* an empty list is never taken for the truth */

        if (json_array_size(account->linked) == 0) {
            op->reason = BILLING_REASON_LIST_EMPTY;
            billing_send_problem(op, BILLING_PROBLEM_PROVIDER_REJECTED,
                "The provider accepts the credentials, but they hold no linked "
                "account: there would be no costs to show.");
            break;
        }

        account->verified(account);
        break;

    case BILLING_REJECTED:
        billing_send_problem(
            op, BILLING_PROBLEM_PROVIDER_REJECTED, "%s", account->verdict.text);
        break;

    case BILLING_NOMEM:
        billing_send_nomem(op);
        break;

    case BILLING_MALFORMED:
    case BILLING_INVALID:
    case BILLING_LIMIT:
    case BILLING_THROTTLED:
    case BILLING_UNAVAILABLE:
    default:
        if (account->later) {
            json_decref(account->linked);
            account->linked = NULL;
            account->verified(account);
            break;
        }

        if (account->verdict.status == BILLING_THROTTLED) {
            account_busy(account);
            break;
        }

        billing_send_problem(op,
            account->verdict.timed_out ? BILLING_PROBLEM_PROVIDER_TIMEOUT
                                       : BILLING_PROBLEM_PROVIDER_UNAVAILABLE,
            "%s", account->verdict.text);
        break;
    }
}


/* The provider was called too often, and says when it may be called again. */
static void
account_busy(billing_account_t *account)
{
    ngx_str_t     wait;
    billing_op_t *op;

    op = account->edit.op;
    wait.data = ngx_pnalloc(op->pool, NGX_INT_T_LEN);

    if (wait.data != NULL) {
        wait.len = ngx_sprintf(wait.data, "%i",
                       ngx_max(account->verdict.retry_after, 1))
                   - wait.data;
    }

    if (wait.data == NULL
        || billing_send_header(op, "Retry-After", &wait) != NGX_OK)
    {
        billing_send_nomem(op);
        return;
    }

    billing_send_problem(
        op, BILLING_PROBLEM_PROVIDER_BUSY, "%s", account->verdict.text);
}


/* The other accounts' names are in the mirror, once it is up to date. */

static void
account_shared(billing_edit_t *edit, ngx_str_t *values, ngx_uint_t nvalues)
{
    ngx_uint_t         i;
    billing_account_t *account;

    account = (billing_account_t *) edit;

    account->nshared = nvalues - nvalues % 2;
    account->shared = ngx_palloc(edit->op->pool, nvalues * sizeof(ngx_str_t));
    if (account->shared == NULL) {
        billing_send_nomem(edit->op);
        return;
    }

    for (i = 0; i < account->nshared; i++) {
        account->shared[i].len = values[i].len;
        account->shared[i].data = ngx_pstrdup(edit->op->pool, &values[i]);

        if (account->shared[i].data == NULL) {
            billing_send_nomem(edit->op);
            return;
        }
    }

    billing_resource_load(edit->op, account_overlap, account);
}


static void
account_overlap(billing_op_t *op, void *data, billing_mirror_t *mirror)
{
    billing_account_t *account = data;

    ngx_str_t        *linked, *id, name;
    ngx_uint_t        i;
    const char       *pointer;
    billing_errors_t  errors;
    billing_object_t *owner;

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

        owner = billing_mirror_find(mirror, BILLING_KIND_ACCOUNT, id);

        name = owner != NULL ? owner->name : *id;

        billing_errors_add(&errors, pointer, "duplicate",
            "The linked account %.*s belongs to the service account \"%.*s\" "
            "(%.*s).",
            (int) linked->len, linked->data, (int) name.len, name.data,
            (int) id->len, id->data);

        billing_errors_args(
            &errors, json_pack("{s:s%, s:s%, s:s%}", "linked_account",
                         linked->data, linked->len, "account", id->data,
                         id->len, "name", name.data, name.len));
    }

    billing_send_errors(op, BILLING_PROBLEM_OVERLAP, &errors,
        "linked account %.*s%s belongs to the service account \"%.*s\"",
        (int) linked->len, linked->data,
        account->nshared > 2 ? ", among others," : "", (int) name.len,
        name.data);
}
