
/*
 * The kinds of objects that a domain has.  What one is stands in one line here,
 * for C, for the scripts and for their check.
 */

#ifndef BILLING_STORE_KINDS_H
#define BILLING_STORE_KINDS_H

#include <ngx_config.h>
#include <ngx_core.h>


/*
 *   NAME      in C: BILLING_KIND_<NAME>
 *   kind      "<kind>:<id>" is the HASH of an object
 *   list      the SET of all ids
 *   shown     what answers of the API call them
 *   parent    the field with the id of what the object lies in; of the API, too
 *   holder    the kind of that
 *   names     where a name is one object's only: among "siblings", or in the
 *             "domain"; the HASH <kind>_names, or <kind>_names:<parent>, finds it,
 *             and <kind>_looks in the same way by what it looks like
 *   members   "counted": it always lies in a holder, which has a SET of those
 *             in it, <holder>:<id>:<list>, and the field "<list>" in C;
 *             "plain": it may lie in none
 *
 * Where names are the domain's, members must be counted: nothing else tells
 * that a holder holds something.
 */
#define BILLING_EACH_KIND(X)                                                   \
    X(GROUP, project_group, project_groups, project_groups, parent_id,         \
        project_group, siblings, plain)                                        \
    X(PROJECT, project, projects, projects, group_id, project_group, siblings, \
        plain)                                                                 \
    X(ACCOUNT, account, accounts, service_accounts, project_id, project,       \
        domain, counted)


#define BILLING_KIND_ENUM(                                   \
    NAME, kind, list, shown, parent, holder, names, members) \
    BILLING_KIND_##NAME,

typedef enum {
    BILLING_EACH_KIND(BILLING_KIND_ENUM) BILLING_KINDS
} billing_kind_t;


typedef struct {
    ngx_str_t   kind;
    const char *list;
    const char *shown;
    const char *parent;
    const char *names; /* the index, or what it begins with */
} billing_kind_info_t;

extern const billing_kind_info_t billing_kinds[BILLING_KINDS];


#endif /* BILLING_STORE_KINDS_H */
