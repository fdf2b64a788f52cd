
/*
 * The files of the web app, embedded when the module is built.  The table
 * itself is a source that html/build.mjs writes into build/web/.
 */

#ifndef BILLING_HTTP_ASSETS_H
#define BILLING_HTTP_ASSETS_H

#include <ngx_config.h>
#include <ngx_core.h>


/*
 * path is relative to the location: "index.html", "assets/main-1A2B3C4D.js".
 * etag is quoted, and of the plain file; a variant needs one of its own.
 * gzip and brotli are empty where they would not be smaller.  Only the page,
 * "index.html", is not immutable: in it the mark "__BILLING_BASE__" stands
 * once for the public path of the location.
 */
typedef struct {
    ngx_str_t path;
    ngx_str_t type;
    ngx_str_t etag;
    ngx_str_t plain;
    ngx_str_t gzip;
    ngx_str_t brotli;
    unsigned  immutable : 1;
} billing_asset_t;


extern billing_asset_t billing_assets[];
extern ngx_uint_t      billing_nassets;


#endif /* BILLING_HTTP_ASSETS_H */
