
/*
 * nginx loads modules into one scope, where the first of two equal names
 * serves for all.  A module with a copy of hiredis, loaded before ours, has
 * our calls end in its copy, whose structures may be of another version: the
 * worker aborts for ever.  Loaded behind, its own calls end in our library.
 * Neither happens when hiredis was linked from its archive (see "config");
 * otherwise it is better not to start.
 */

#include <ngx_config.h>
#include <ngx_core.h>

#include "event/hiredis.h"

#if (BILLING_HIREDIS_SHARED && NGX_HAVE_DLOPEN)

#include <link.h>


/* They stand for parts of hiredis that a copy may consist of. */

static const char *const hiredis_names[] = {
    "redisAsyncConnect",
    "redisFree",
    "redisReaderGetReply",
    "freeReplyObject",
    "sdsfree",
    NULL,
};


static const char *hiredis_owner(const struct link_map *map, const char *name);


ngx_int_t
billing_hiredis_check(ngx_conf_t *cf)
{
    void                  *program;
    const char            *first, *owner;
    ngx_uint_t             i;
    const struct link_map *map, *all;

    program = dlopen(NULL, RTLD_LAZY);

    if (program == NULL || dlinfo(program, RTLD_DI_LINKMAP, &all) != 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "dlinfo() failed (%s): whether another module has a copy of "
            "hiredis cannot be seen",
            dlerror());
        return NGX_ERROR;
    }

    dlclose(program);

    for (i = 0; hiredis_names[i] != NULL; i++) {
        first = NULL;

        for (map = all; map != NULL; map = map->l_next) {
            owner = hiredis_owner(map, hiredis_names[i]);

            if (owner == NULL) {
                continue;
            }

            if (first == NULL) {
                first = owner;

            } else if (ngx_strcmp(first, owner) != 0) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                    "\"%s\" and \"%s\" each have a copy of hiredis, and one "
                    "would serve for both: build ngx_http_billing_module "
                    "where there is libhiredis.a (Debian: libhiredis-dev), or "
                    "do not load the other module",
                    first, owner);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/*
 * The file whose name it is that an object finds among its own and in what it
 * depends on.  Whoever has a copy finds that; the program finds the one that
 * serves for all.
 */

static const char *
hiredis_owner(const struct link_map *map, const char *name)
{
    void       *object, *address;
    Dl_info     info;
    const char *file;

    file = map->l_name[0] == '\0' ? NULL : map->l_name; /* NULL: the program */

    object = dlopen(file, RTLD_LAZY | RTLD_NOLOAD);

    if (object == NULL) {
        return NULL; /* such as the kernel's vdso */
    }

    address = dlsym(object, name);

    dlclose(object);

    if (address == NULL || dladdr(address, &info) == 0) {
        return NULL;
    }

    return info.dli_fname;
}

#else

ngx_int_t
billing_hiredis_check(ngx_conf_t *cf)
{
    return NGX_OK;
}

#endif
