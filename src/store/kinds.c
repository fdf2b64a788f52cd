
#include "store/kinds.h"


#define BILLING_NAMES_siblings ":"
#define BILLING_NAMES_domain   ""

#define BILLING_KIND_INFO(                                   \
    NAME, kind, list, shown, parent, holder, names, members) \
    {                                                        \
        ngx_string(#kind),                                   \
        #list,                                               \
        #shown,                                              \
        #parent,                                             \
        #kind "_names" BILLING_NAMES_##names,                \
    },

const billing_kind_info_t billing_kinds[] = { BILLING_EACH_KIND(
    BILLING_KIND_INFO) };
