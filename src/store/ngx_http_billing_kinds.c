
#include "store/ngx_http_billing_kinds.h"


#define NGX_HTTP_BILLING_NAMES_siblings ":"
#define NGX_HTTP_BILLING_NAMES_domain   ""

#define NGX_HTTP_BILLING_KIND_INFO(                          \
    NAME, kind, list, shown, parent, holder, names, members) \
    {                                                        \
        ngx_string(#kind),                                   \
        #list,                                               \
        #shown,                                              \
        #parent,                                             \
        #kind "_names" NGX_HTTP_BILLING_NAMES_##names,       \
    },

const ngx_http_billing_kind_info_t ngx_http_billing_kinds[] = {
    NGX_HTTP_BILLING_EACH_KIND(NGX_HTTP_BILLING_KIND_INFO)
};
