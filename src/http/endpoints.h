
/*
 * The endpoints: the one list of them, from which come their prototypes, the
 * table of routes, what each allows and needs, and what t/lint/endpoints.test.mjs
 * holds openapi.json against.
 */

#ifndef BILLING_HTTP_ENDPOINTS_H
#define BILLING_HTTP_ENDPOINTS_H


/* Who may: needs no identity; what only an admin may, or NULL. */
#define BILLING_FOR_ANYONE       1, NULL
#define BILLING_FOR_MEMBER       0, NULL
#define BILLING_FOR_ADMIN        0, "change things"
#define BILLING_FOR_ADMIN_AUDITS 0, "see who has changed what"
#define BILLING_FOR_ADMIN_CHECKS 0, "have the storage checked"

/* What it is: body, csv, stream, kept, query of billing_route_t. */
#define BILLING_IS_READ    0, 0, 0, 0, 0
#define BILLING_IS_FIGURES 0, 0, 0, 1, 0
#define BILLING_IS_TABLE   0, 1, 0, 1, 1
#define BILLING_IS_STREAM  0, 0, 1, 0, 1
#define BILLING_IS_WRITE   1, 0, 0, 0, 0
#define BILLING_IS_COMMAND 0, 0, 0, 0, 0


/*
 * ENDPOINT(path, method, who may, what it is, its function, the action's name
 * in the audit log).  The function is billing_api_<function>(); a path
 * to the letter goes before one with an id.
 */

/* clang-format off */
#define BILLING_ENDPOINTS(ENDPOINT) \
    ENDPOINT("health", GET, ANYONE, READ, health, NULL) \
    ENDPOINT("session", GET, MEMBER, READ, session, NULL) \
    ENDPOINT("check", GET, ADMIN_CHECKS, READ, check, NULL) \
    ENDPOINT("openapi.json", GET, MEMBER, READ, openapi, NULL) \
    ENDPOINT("audit", GET, ADMIN_AUDITS, READ, audit, "audit.read") \
    ENDPOINT("reseal", POST, ADMIN, COMMAND, reseal, "credentials.reseal") \
    ENDPOINT("migrate", POST, ADMIN, COMMAND, migrate, "storage.migrate") \
    ENDPOINT("providers", GET, MEMBER, READ, provider_list, NULL) \
    ENDPOINT("providers/{id}", \
        PUT, ADMIN, WRITE, provider_put, "provider.update") \
    ENDPOINT("project-groups", GET, MEMBER, READ, group_list, NULL) \
    ENDPOINT("project-groups", \
        POST, ADMIN, WRITE, group_create, "project_group.create") \
    ENDPOINT("project-groups/{id}", GET, MEMBER, READ, group_get, NULL) \
    ENDPOINT("project-groups/{id}", \
        PATCH, ADMIN, WRITE, group_patch, "project_group.update") \
    ENDPOINT("project-groups/{id}", \
        DELETE, ADMIN, COMMAND, group_delete, "project_group.delete") \
    ENDPOINT("projects", GET, MEMBER, READ, project_list, NULL) \
    ENDPOINT("projects", \
        POST, ADMIN, WRITE, project_create, "project.create") \
    ENDPOINT("projects/{id}", GET, MEMBER, READ, project_get, NULL) \
    ENDPOINT("projects/{id}", \
        PATCH, ADMIN, WRITE, project_patch, "project.update") \
    ENDPOINT("projects/{id}", \
        DELETE, ADMIN, COMMAND, project_delete, "project.delete") \
    ENDPOINT("projects/{id}/dashboard", \
        GET, MEMBER, FIGURES, project_dashboard, NULL) \
    ENDPOINT("service-accounts", GET, MEMBER, READ, account_list, NULL) \
    ENDPOINT("service-accounts", \
        POST, ADMIN, WRITE, account_create, "service_account.create") \
    ENDPOINT("service-accounts/verify", \
        POST, ADMIN, WRITE, account_verify, "service_account.verify") \
    ENDPOINT("service-accounts/{id}", GET, MEMBER, READ, account_get, NULL) \
    ENDPOINT("service-accounts/{id}", \
        PATCH, ADMIN, WRITE, account_patch, "service_account.update") \
    ENDPOINT("service-accounts/{id}", \
        DELETE, ADMIN, COMMAND, account_delete, "service_account.delete") \
    ENDPOINT("service-accounts/{id}/linked-accounts", \
        GET, MEMBER, READ, linked, NULL) \
    ENDPOINT("costs", GET, MEMBER, TABLE, costs, NULL) \
    ENDPOINT("costs/stream", GET, MEMBER, STREAM, costs_stream, NULL) \
    ENDPOINT("dashboard", GET, MEMBER, FIGURES, dashboard, NULL)
/* clang-format on */


#endif /* BILLING_HTTP_ENDPOINTS_H */
