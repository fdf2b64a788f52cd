
/*
 * Directives that only set a value: from their lines here come the command, the
 * member of the configuration, its default and how it is inherited.  The
 * directive's name is that of the member with "billing_" before it.
 */

#ifndef BILLING_HTTP_SETTINGS_H
#define BILLING_HTTP_SETTINGS_H


/* Kinds of values: C type, arguments, nginx's setter, unset, how inherited. */
#define BILLING_VALUE_TYPE  ngx_http_complex_value_t *
#define BILLING_VALUE_ARGS  NGX_CONF_TAKE1
#define BILLING_VALUE_SET   ngx_http_set_complex_value_slot
#define BILLING_VALUE_UNSET NGX_CONF_UNSET_PTR
#define BILLING_VALUE_MERGE ngx_conf_merge_ptr_value


/* clang-format off */

/* SETTING(member, kind, default): of http, server and location, inherited. */
#define BILLING_LOC_SETTINGS(SETTING) \
    SETTING(user, VALUE, NULL) \
    SETTING(role, VALUE, NULL) \
    SETTING(domain, VALUE, NULL) \
    SETTING(projects, VALUE, NULL)

/* SETTING(member, default, least, most): numbers of http. */
#define BILLING_MAIN_SETTINGS(SETTING) \
    SETTING(user_streams, 16, 1, 65535) /* of one, in a worker, at a time */ \
    SETTING(worker_streams, 512, 1, 65535)

/* clang-format on */


#endif /* BILLING_HTTP_SETTINGS_H */
