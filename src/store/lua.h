
/*
 * Scripts of the store: what C tells them.
 */

#ifndef BILLING_STORE_LUA_H
#define BILLING_STORE_LUA_H

#include "event/lua.h"
#include "store/kinds.h"
#include "store/schema.h"


#define BILLING_KIND_LUA(                                                     \
    NAME, kind, list, shown, parent, holder, names, members)                  \
    BILLING_LUA_LINE(                                                         \
        "kinds[#kinds + 1] = { kind = '" #kind "', list = '" #list            \
        "', parent = '" #parent "', holder = '" #holder "', names = '" #names \
        "', members = '" #members "' }")

#define BILLING_LUA_SCHEMA(n) BILLING_LUA_LINE("local SCHEMA = " #n)

#define BILLING_LUA_LINES(schema)        \
    BILLING_LUA_SCHEMA(schema)           \
    BILLING_LUA_LINE("local kinds = {}") \
    BILLING_EACH_KIND(BILLING_KIND_LUA)

/*
 * Declares a script's text, as BILLING_LUA() does, after SCHEMA and kinds.  Files
 * are named in *.c only, where the build looks for them.
 */
#define BILLING_STORE_LUA(name, ...) \
    BILLING_LUA_AFTER(name, BILLING_LUA_LINES(BILLING_SCHEMA), __VA_ARGS__)


#endif /* BILLING_STORE_LUA_H */
