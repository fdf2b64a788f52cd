
/*
 * Scripts of the store: what C tells them.
 */

#ifndef NGX_HTTP_BILLING_LUA_H
#define NGX_HTTP_BILLING_LUA_H

#include "event/ngx_billing_lua.h"
#include "store/ngx_http_billing_kinds.h"
#include "store/ngx_http_billing_schema.h"


#define NGX_HTTP_BILLING_KIND_LUA(                                            \
    NAME, kind, list, shown, parent, holder, names, members)                  \
    NGX_BILLING_LUA_LINE(                                                     \
        "kinds[#kinds + 1] = { kind = '" #kind "', list = '" #list            \
        "', parent = '" #parent "', holder = '" #holder "', names = '" #names \
        "', members = '" #members "' }")

#define NGX_HTTP_BILLING_LUA_SCHEMA(n) \
    NGX_BILLING_LUA_LINE("local SCHEMA = " #n)

#define NGX_HTTP_BILLING_LUA_LINES(schema)   \
    NGX_HTTP_BILLING_LUA_SCHEMA(schema)      \
    NGX_BILLING_LUA_LINE("local kinds = {}") \
    NGX_HTTP_BILLING_EACH_KIND(NGX_HTTP_BILLING_KIND_LUA)

/*
 * Declares a script's text, as NGX_BILLING_LUA() does, after SCHEMA and kinds.  Files
 * are named in *.c only, where the build looks for them.
 */
#define NGX_HTTP_BILLING_LUA(name, ...) \
    NGX_BILLING_LUA_AFTER(name,         \
        NGX_HTTP_BILLING_LUA_LINES(NGX_HTTP_BILLING_SCHEMA), __VA_ARGS__)


#endif /* NGX_HTTP_BILLING_LUA_H */
