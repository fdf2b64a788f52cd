
/*
 * Scripts of the store: what C tells them, and files that several have in
 * common, in the order in which they need each other.
 */

#ifndef NGX_HTTP_BILLING_LUA_H
#define NGX_HTTP_BILLING_LUA_H

#include "event/ngx_billing_lua.h"
#include "store/ngx_http_billing_kinds.h"
#include "store/ngx_http_billing_schema.h"


#define NGX_HTTP_BILLING_KIND_LUA(                                    \
    NAME, kind, list, shown, up, holder, names, members)              \
    NGX_BILLING_LUA_LINE(                                             \
        "kinds[#kinds + 1] = { kind = '" #kind "', list = '" #list    \
        "', up = '" #up "', holder = '" #holder "', names = '" #names \
        "', members = '" #members "' }")

#define NGX_HTTP_BILLING_LUA_SCHEMA(n) \
    NGX_BILLING_LUA_LINE("local SCHEMA = " #n)

#define NGX_HTTP_BILLING_LUA_LINES(schema)   \
    NGX_HTTP_BILLING_LUA_SCHEMA(schema)      \
    NGX_BILLING_LUA_LINE("local kinds = {}") \
    NGX_HTTP_BILLING_EACH_KIND(NGX_HTTP_BILLING_KIND_LUA)

/*
 * Declares a script's text, as NGX_BILLING_LUA() does: SCHEMA, kinds, what goes
 * with them, and the files.
 */
#define NGX_HTTP_BILLING_LUA(name, ...)                      \
    NGX_BILLING_LUA_AFTER(name,                              \
        NGX_HTTP_BILLING_LUA_LINES(NGX_HTTP_BILLING_SCHEMA), \
        "store/ngx_http_billing_script_domain.lua", __VA_ARGS__)

/* What changes objects begins with these. */
#define NGX_HTTP_BILLING_LUA_WRITE                  \
    "event/ngx_billing_redis_denied.lua",           \
        "store/ngx_http_billing_script_schema.lua", \
        "store/ngx_http_billing_script_write.lua",  \
        "store/ngx_http_billing_script_audit.lua"

/* What creates, changes or deletes any of them. */
#define NGX_HTTP_BILLING_LUA_EDIT                                          \
    NGX_HTTP_BILLING_LUA_WRITE, "store/ngx_http_billing_script_names.lua", \
        "store/ngx_http_billing_script_tree.lua",                          \
        "store/ngx_http_billing_script_claims.lua",                        \
        "store/ngx_http_billing_script_blocks.lua"


#endif /* NGX_HTTP_BILLING_LUA_H */
