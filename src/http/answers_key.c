
/*
 * What a kept answer depends on, written down: equal keys are equal answers,
 * as long as nothing changes in the domain.  Numbers come in the machine's
 * own form, texts with their length before them, since an id or a list of
 * projects may hold any character.
 */

#include "http/answers.h"
#include "http/subject.h"

#include "core/hash.h"


/* A key that is being written; data is NULL while it is measured. */
typedef struct {
    u_char *data;
    size_t  len;
} billing_key_t;


/* What the writing of a key is given. */
typedef struct {
    const billing_subject_t *subject;
    uint64_t                 print;
    uint64_t                 day;
    uint64_t                 csv;
    ngx_str_t                path;
    ngx_str_t                args;
} billing_key_parts_t;


static ngx_str_t answers_key_make(const billing_key_parts_t *parts);
static void      answers_key_write(
         billing_key_t *out, const billing_key_parts_t *parts);
static void answers_key_number(billing_key_t *out, uint64_t number);
static void answers_key_text(billing_key_t *out, const ngx_str_t *text);
static void answers_key_bytes(
    billing_key_t *out, const u_char *data, size_t len);
static void answers_print_text(uint64_t *print, const u_char *data, size_t len);


/*
 * Dates that are not named are today's, and so is the answer's time.  A stream
 * ends with what "costs" has for an answer.
 */
ngx_str_t
billing_answers_key_zone(const billing_subject_t *subject)
{
    billing_key_parts_t parts;

    ngx_memzero(&parts, sizeof(billing_key_parts_t));
    parts.subject = subject;
    parts.print = subject->bmcf->node_print;
    parts.csv = subject->csv;
    parts.path = subject->route->path;
    parts.args = subject->args;

    if (subject->route->stream) {
        ngx_str_set(&parts.path, "costs");
    }

    return answers_key_make(&parts);
}


/* With the day: midnight is not the same moment for all nodes. */
ngx_str_t
billing_answers_key_shared(const billing_subject_t *subject,
    const ngx_str_t *canonical, ngx_uint_t csv)
{
    billing_key_parts_t parts;

    parts.subject = subject;
    parts.print = subject->bmcf->print;
    parts.day = subject->today;
    parts.csv = csv;
    parts.path = subject->route->path;
    parts.args = *canonical;

    return answers_key_make(&parts);
}


/* Written twice: to nowhere, which tells how long it is, and into its place. */
static ngx_str_t
answers_key_make(const billing_key_parts_t *parts)
{
    ngx_str_t     key;
    billing_key_t out;

    ngx_memzero(&out, sizeof(billing_key_t));
    answers_key_write(&out, parts);

    key.len = out.len;
    key.data = ngx_pnalloc(parts->subject->request->pool, out.len);
    if (key.data == NULL) {
        ngx_str_null(&key);
        return key;
    }

    out.data = key.data;
    out.len = 0;
    answers_key_write(&out, parts);

    return key;
}


static void
answers_key_write(billing_key_t *out, const billing_key_parts_t *parts)
{
    ngx_uint_t               i;
    const billing_caller_t  *caller;
    const billing_subject_t *subject;

    subject = parts->subject;
    caller = &subject->caller;

    answers_key_number(out, parts->print);
    answers_key_number(out, parts->day);
    answers_key_number(out, subject->blcf->valid_current);
    answers_key_number(out, subject->blcf->valid_closed);
    answers_key_number(out, parts->csv * 2 + caller->all_projects);
    answers_key_text(out, &caller->domain);
    answers_key_text(out, &parts->path);
    answers_key_text(out, &subject->id);
    answers_key_text(out, &parts->args);

    for (i = 0; i < caller->nprojects; i++) {
        answers_key_text(out, &caller->projects[i]);
    }
}


static void
answers_key_number(billing_key_t *out, uint64_t number)
{
    answers_key_bytes(out, (u_char *) &number, sizeof(uint64_t));
}


static void
answers_key_text(billing_key_t *out, const ngx_str_t *text)
{
    answers_key_number(out, text->len);
    answers_key_bytes(out, text->data, text->len);
}


static void
answers_key_bytes(billing_key_t *out, const u_char *data, size_t len)
{
    if (out->data != NULL && len != 0) {
        ngx_memcpy(out->data + out->len, data, len);
    }

    out->len += len;
}


void
billing_answers_key_init(billing_main_conf_t *bmcf)
{
    ngx_uint_t               i;
    ngx_str_t                version, form;
    billing_provider_conf_t *pc;

    ngx_str_set(&version, BILLING_VERSION);

    bmcf->print = BILLING_HASH;
    answers_print_text(&bmcf->print, version.data, version.len);

    /* another build's answers may be of another form, whatever it is called */

    form = billing_api_openapi_text();
    answers_print_text(&bmcf->print, form.data, form.len);

    for (i = 0; i < bmcf->nproviders; i++) {
        pc = &bmcf->providers[i];

        answers_print_text(&bmcf->print, (u_char *) pc->provider->id,
            ngx_strlen(pc->provider->id));
        answers_print_text(&bmcf->print, pc->endpoint.data, pc->endpoint.len);
        answers_print_text(&bmcf->print,
            (u_char *) (pc->enabled ? "on" : "off"), pc->enabled ? 2 : 3);
    }

    bmcf->node_print = bmcf->print;
    billing_crowd_init(&bmcf->asks);

    answers_print_text(&bmcf->node_print, bmcf->redis_conf.name.data,
        bmcf->redis_conf.name.len);
    answers_print_text(&bmcf->node_print, (u_char *) &bmcf->redis_conf.db,
        sizeof(bmcf->redis_conf.db));
    answers_print_text(&bmcf->node_print, bmcf->prefix.data, bmcf->prefix.len);
}


static void
answers_print_text(uint64_t *print, const u_char *data, size_t len)
{
    *print = billing_hash(*print, data, len);
    *print = billing_hash(*print, &len, sizeof(size_t));
}
