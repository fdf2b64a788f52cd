/*
 * The HTTP API, version 1.  Made from src/http/openapi.json of the module by
 * tools/schema.mjs (npm run types): change that, not this.
 */

export interface Schemas {
  Money: string;
  Time: string;
  Date: string;
  Currency: string;
  Name: string;
  Tags: Record<string, string>;
  Problem: {
    type: "about:blank";
    title: string;
    status: number;
    code: "unauthenticated" | "forbidden" | "cross_site" | "not_found" | "method_not_allowed" | "not_acceptable" | "conflict" | "overlap" | "precondition_failed" | "too_large" | "unsupported_media_type" | "malformed" | "invalid" | "precondition_required" | "too_many_requests" | "provider_rejected" | "provider_unavailable" | "storage_unavailable" | "internal";
    reason?: Schemas["Reason"];
    detail: string;
    request_id: string;
    errors?: Array<{
      pointer: string;
      code: string;
      message: string;
      args?: Record<string, string>;
    }>;
  };
  Reason: {
    code: "wrong_key" | "expired" | "role_missing" | "not_enabled" | "no_access" | "no_such_table" | "read_limit" | "throttled" | "quota" | "unreachable" | "timeout" | "malformed" | "list_empty" | "list_shrunk" | "incomplete" | "sealed" | "clock";
    args: Record<string, string>;
    since: Schemas["Time"] | null;
  };
  Lookups: {
    month: string;
    calls: number;
    limit: number | null;
    per: "month" | "day" | null;
    accounts_at_limit: number;
  };
  Session: {
    user: string;
    role: "admin" | "member";
    domain: string;
    projects: string[] | null;
    languages: string[];
    version: string;
    sandbox: boolean;
    lookups?: Schemas["Lookups"] | null;
  };
  Health: {
    redis: "ok";
  };
  Check: {
    ok: boolean;
    complete: boolean;
    checked: {
      project_groups: number;
      projects: number;
      service_accounts: number;
      blocks: number;
    };
    findings: Array<{
      code: "schema_wrong" | "wrong_type" | "index_missing" | "index_gone" | "name_missing" | "name_gone" | "project_set_missing" | "project_set_gone" | "parent_missing" | "group_cycle" | "group_depth" | "change_missing" | "change_gone" | "counter_wrong" | "field_wrong" | "linked_missing" | "linked_twice" | "linked_gone" | "credential_sealed" | "credential_unbound" | "block_gone" | "block_unlisted" | "orphan" | "no_expiry";
      object: string;
      detail: string;
    }>;
  };
  SchemaTexts: {
    title?: string;
    description?: string;
  };
  CredentialField: {
    type: "string";
    title?: string;
    description?: string;
    enum?: string[];
    default?: string;
    minLength?: number;
    maxLength?: number;
    pattern?: string;
    writeOnly?: boolean;
    readOnly?: boolean;
    const?: string;
    "x-lines"?: boolean;
    "x-all"?: string;
    "x-ko": Schemas["SchemaTexts"];
  };
  CredentialsSchema: {
    "$schema": string;
    type: "object";
    description?: string;
    "x-ko": Schemas["SchemaTexts"];
    properties: Record<string, Schemas["CredentialField"]>;
    required: string[];
    additionalProperties: false;
  };
  Provider: {
    id: string;
    name: string;
    backend: string;
    cloud: string;
    since: string;
    contact: string;
    enabled: boolean;
    credentials_schema: Schemas["CredentialsSchema"];
  };
  ProviderList: {
    providers: Schemas["Provider"][];
  };
  ProviderFields: {
    providers: Array<{
      id?: Schemas["Provider"]["id"];
      name?: Schemas["Provider"]["name"];
      backend?: Schemas["Provider"]["backend"];
      cloud?: Schemas["Provider"]["cloud"];
      since?: Schemas["Provider"]["since"];
      contact?: Schemas["Provider"]["contact"];
      enabled?: Schemas["Provider"]["enabled"];
      credentials_schema?: Schemas["Provider"]["credentials_schema"];
    }>;
  };
  ProviderPut: {
    enabled: boolean;
  };
  ProjectGroup: {
    id: string;
    name: Schemas["Name"];
    parent_id: string | null;
    created_at: Schemas["Time"];
    updated_at: Schemas["Time"];
    version: number;
  };
  ProjectGroupCreate: {
    name: Schemas["Name"];
    parent_id?: string | null;
  };
  ProjectGroupPatch: {
    name?: Schemas["Name"];
    parent_id?: string | null;
  };
  Project: {
    id: string;
    name: Schemas["Name"];
    group_id: string | null;
    tags: Schemas["Tags"];
    accounts: number;
    created_at: Schemas["Time"];
    updated_at: Schemas["Time"];
    version: number;
  };
  ProjectCreate: {
    name: Schemas["Name"];
    group_id?: string | null;
    tags?: Schemas["Tags"];
  };
  ProjectPatch: {
    name?: Schemas["Name"];
    group_id?: string | null;
    tags?: Record<string, unknown> | null;
  };
  Credentials: Record<string, string | null>;
  ServiceAccount: {
    id: string;
    name: Schemas["Name"];
    provider: string;
    project_id: string;
    tags: Schemas["Tags"];
    credentials: Schemas["Credentials"];
    state: "ok" | "rejected" | "unreachable" | "unverified";
    reason: Schemas["Reason"] | null;
    shrunk_at: Schemas["Time"] | null;
    verified_at: Schemas["Time"] | null;
    created_at: Schemas["Time"];
    updated_at: Schemas["Time"];
    version: number;
  };
  LinkedAccount: {
    id: string;
    name: string | null;
    project_id: string | null;
    joined_at: Schemas["Time"] | null;
    gone_since: Schemas["Time"] | null;
    cost: Record<string, Schemas["Money"]>;
  };
  ServiceAccountCreate: {
    name: Schemas["Name"];
    provider: string;
    project_id: string;
    tags?: Schemas["Tags"];
    credentials: Schemas["Credentials"];
  };
  ServiceAccountPatch: {
    name?: Schemas["Name"];
    project_id?: string;
    tags?: Record<string, unknown> | null;
    credentials?: Schemas["Credentials"];
  };
  VerifyRequest: {
    provider: string;
    credentials: Schemas["Credentials"];
  };
  Verified: {
    ok: true;
    linked_accounts: string[];
    overlap?: Array<{
      linked_account: string;
      account: string;
      name: string;
    }>;
  };
  Group: {
    key: Record<string, string> | null;
    costs: Schemas["Money"][];
    sum: Schemas["Money"];
    positive?: Schemas["Money"];
    negative?: Schemas["Money"];
    positive_costs?: Schemas["Money"][];
    negative_costs?: Schemas["Money"][];
  };
  ShareOf: "sum" | "magnitudes";
  AccountState: {
    id: string;
    state: "fresh" | "stale" | "failed" | "disabled";
    as_of: Schemas["Time"] | null;
    code: string | null;
    reason: Schemas["Reason"] | null;
    missing?: {
      monthly?: string[];
      daily?: string[];
    };
    blocks?: Schemas["ExplainedBlock"][];
  };
  ExplainedBlock: {
    granularity: "MONTHLY" | "DAILY";
    month: string;
    state: "fresh" | "old" | "missing";
    rule: string;
    from: "cache" | "provider" | "another" | null;
    as_of: string | null;
  };
  Restated: {
    account: string;
    date: string;
    currency: Schemas["Currency"];
    before: Schemas["Money"];
    after: Schemas["Money"];
    seen_at: Schemas["Time"];
  };
  Costs: {
    degraded?: "storage";
    granularity: "MONTHLY" | "DAILY";
    start: Schemas["Date"];
    end: Schemas["Date"];
    dates: Schemas["Date"][];
    currencies: Array<{
      currency: Schemas["Currency"];
      costs: Schemas["Money"][];
      sum: Schemas["Money"];
      share_of: Schemas["ShareOf"];
      groups: Schemas["Group"][];
    }>;
    in_progress: Schemas["Date"][];
    accounts: Schemas["AccountState"][];
    complete: boolean;
    restated?: Schemas["Restated"][];
  };
  Series: {
    dates: Schemas["Date"][];
    costs: Schemas["Money"][];
  };
  Dashboard: {
    degraded?: "storage";
    scope: Record<string, unknown>;
    as_of: Schemas["Time"] | null;
    complete: boolean;
    accounts: Schemas["AccountState"][];
    in_progress: Schemas["Date"][];
    currencies: Array<{
      currency: Schemas["Currency"];
      accounts: number;
      this_month: Schemas["Money"];
      last_month: Schemas["Money"];
      this_month_to_date: Schemas["Money"] | null;
      last_month_to_date: Schemas["Money"] | null;
      change_percent: number | null;
      monthly: Schemas["Series"];
      daily: Schemas["Series"];
      share_of: {
        by_service: Schemas["ShareOf"];
        by_region: Schemas["ShareOf"];
        by_project?: Schemas["ShareOf"];
        by_account: Schemas["ShareOf"];
      };
      by_service: Schemas["Group"][];
      by_region: Schemas["Group"][];
      by_project?: Schemas["Group"][];
      by_account: Schemas["Group"][];
    }>;
    restated: Schemas["Restated"][];
  };
  ProjectGroupList: {
    project_groups: Schemas["ProjectGroup"][];
    next_cursor: string | null;
    total: number;
  };
  ProjectGroupFields: {
    project_groups: Array<{
      id?: Schemas["ProjectGroup"]["id"];
      name?: Schemas["ProjectGroup"]["name"];
      parent_id?: Schemas["ProjectGroup"]["parent_id"];
      created_at?: Schemas["ProjectGroup"]["created_at"];
      updated_at?: Schemas["ProjectGroup"]["updated_at"];
      version?: Schemas["ProjectGroup"]["version"];
    }>;
    next_cursor: string | null;
    total: number;
  };
  ProjectList: {
    projects: Schemas["Project"][];
    next_cursor: string | null;
    total: number;
  };
  ProjectFields: {
    projects: Array<{
      id?: Schemas["Project"]["id"];
      name?: Schemas["Project"]["name"];
      group_id?: Schemas["Project"]["group_id"];
      tags?: Schemas["Project"]["tags"];
      accounts?: Schemas["Project"]["accounts"];
      created_at?: Schemas["Project"]["created_at"];
      updated_at?: Schemas["Project"]["updated_at"];
      version?: Schemas["Project"]["version"];
    }>;
    next_cursor: string | null;
    total: number;
  };
  ServiceAccountList: {
    service_accounts: Schemas["ServiceAccount"][];
    next_cursor: string | null;
    total: number;
  };
  ServiceAccountFields: {
    service_accounts: Array<{
      id?: Schemas["ServiceAccount"]["id"];
      name?: Schemas["ServiceAccount"]["name"];
      provider?: Schemas["ServiceAccount"]["provider"];
      project_id?: Schemas["ServiceAccount"]["project_id"];
      tags?: Schemas["ServiceAccount"]["tags"];
      credentials?: Schemas["ServiceAccount"]["credentials"];
      state?: Schemas["ServiceAccount"]["state"];
      reason?: Schemas["ServiceAccount"]["reason"];
      shrunk_at?: Schemas["ServiceAccount"]["shrunk_at"];
      verified_at?: Schemas["ServiceAccount"]["verified_at"];
      created_at?: Schemas["ServiceAccount"]["created_at"];
      updated_at?: Schemas["ServiceAccount"]["updated_at"];
      version?: Schemas["ServiceAccount"]["version"];
    }>;
    next_cursor: string | null;
    total: number;
  };
  LinkedAccountList: {
    linked_accounts: Schemas["LinkedAccount"][];
    next_cursor: string | null;
    total: number;
  };
  LinkedAccountFields: {
    linked_accounts: Array<{
      id?: Schemas["LinkedAccount"]["id"];
      name?: Schemas["LinkedAccount"]["name"];
      project_id?: Schemas["LinkedAccount"]["project_id"];
      joined_at?: Schemas["LinkedAccount"]["joined_at"];
      gone_since?: Schemas["LinkedAccount"]["gone_since"];
      cost?: Schemas["LinkedAccount"]["cost"];
    }>;
    next_cursor: string | null;
    total: number;
  };
  Progress: {
    done: number;
    total: number;
  };
  AuditEntry: {
    id: string;
    time: Schemas["Time"];
    user: string;
    action: string;
    object: string | null;
    name: string | null;
    changes: string[];
    from: string | null;
    request_id: string | null;
  };
  AuditList: {
    audit: Schemas["AuditEntry"][];
    next_cursor: string | null;
    total: number | null;
  };
  AuditFields: {
    audit: Array<{
      id?: Schemas["AuditEntry"]["id"];
      time?: Schemas["AuditEntry"]["time"];
      user?: Schemas["AuditEntry"]["user"];
      action?: Schemas["AuditEntry"]["action"];
      object?: Schemas["AuditEntry"]["object"];
      name?: Schemas["AuditEntry"]["name"];
      changes?: Schemas["AuditEntry"]["changes"];
      from?: Schemas["AuditEntry"]["from"];
      request_id?: Schemas["AuditEntry"]["request_id"];
    }>;
    next_cursor: string | null;
    total: number | null;
  };
  Resealed: {
    total: number;
    resealed: number;
    already: number;
    failed: string[];
  };
  Migrated: {
    schema: number;
    ended: boolean;
    removed: number;
  };
}

export interface Operations {
  "GET /check": {
    answer: Schemas["Check"];
  };
  "GET /health": {
    answer: Schemas["Health"];
  };
  "GET /session": {
    answer: Schemas["Session"];
  };
  "GET /openapi.json": {
    answer: Record<string, unknown>;
  };
  "GET /audit": {
    query: {
      user?: string;
      action?: string;
      object?: string;
      cursor?: string;
      limit?: number;
      fields?: string;
    };
    answer: Schemas["AuditList"];
  };
  "POST /migrate": {
    answer: Schemas["Migrated"];
  };
  "POST /reseal": {
    answer: Schemas["Resealed"];
  };
  "GET /providers": {
    query: {
      all?: boolean;
      fields?: string;
    };
    answer: Schemas["ProviderList"];
  };
  "PUT /providers/{id}": {
    path: {
      id: string;
    };
    body: Schemas["ProviderPut"];
    answer: Schemas["Provider"];
  };
  "GET /project-groups": {
    query: {
      q?: string;
      cursor?: string;
      limit?: number;
      fields?: string;
    };
    answer: Schemas["ProjectGroupList"];
  };
  "POST /project-groups": {
    headers: {
      "Idempotency-Key"?: string;
    };
    body: Schemas["ProjectGroupCreate"];
    answer: Schemas["ProjectGroup"];
  };
  "GET /project-groups/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-None-Match"?: string;
    };
    answer: Schemas["ProjectGroup"];
  };
  "PATCH /project-groups/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-Match": string;
    };
    body: Schemas["ProjectGroupPatch"];
    answer: Schemas["ProjectGroup"];
  };
  "DELETE /project-groups/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-Match": string;
    };
    answer: undefined;
  };
  "GET /projects": {
    query: {
      q?: string;
      cursor?: string;
      limit?: number;
      fields?: string;
    };
    answer: Schemas["ProjectList"];
  };
  "POST /projects": {
    headers: {
      "Idempotency-Key"?: string;
    };
    body: Schemas["ProjectCreate"];
    answer: Schemas["Project"];
  };
  "GET /projects/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-None-Match"?: string;
    };
    answer: Schemas["Project"];
  };
  "PATCH /projects/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-Match": string;
    };
    body: Schemas["ProjectPatch"];
    answer: Schemas["Project"];
  };
  "DELETE /projects/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-Match": string;
    };
    answer: undefined;
  };
  "GET /service-accounts": {
    query: {
      provider?: string;
      project?: string;
      q?: string;
      cursor?: string;
      limit?: number;
      fields?: string;
    };
    answer: Schemas["ServiceAccountList"];
  };
  "POST /service-accounts": {
    query: {
      verify?: "later";
    };
    headers: {
      "Idempotency-Key"?: string;
    };
    body: Schemas["ServiceAccountCreate"];
    answer: Schemas["ServiceAccount"];
  };
  "GET /service-accounts/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-None-Match"?: string;
    };
    answer: Schemas["ServiceAccount"];
  };
  "PATCH /service-accounts/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-Match": string;
    };
    body: Schemas["ServiceAccountPatch"];
    answer: Schemas["ServiceAccount"];
  };
  "DELETE /service-accounts/{id}": {
    path: {
      id: string;
    };
    headers: {
      "If-Match": string;
    };
    answer: undefined;
  };
  "GET /service-accounts/{id}/linked-accounts": {
    path: {
      id: string;
    };
    query: {
      q?: string;
      cursor?: string;
      limit?: number;
      fields?: string;
    };
    headers: {
      "If-None-Match"?: string;
    };
    answer: Schemas["LinkedAccountList"];
  };
  "POST /service-accounts/verify": {
    body: Schemas["VerifyRequest"];
    answer: Schemas["Verified"];
  };
  "GET /costs": {
    query: {
      granularity?: "MONTHLY" | "DAILY";
      start?: Schemas["Date"];
      end?: Schemas["Date"];
      group_by?: string;
      provider?: string | string[];
      project?: string | string[];
      project_group?: string | string[];
      account?: string | string[];
      region?: string | string[];
      service?: string | string[];
      charge_type?: string | string[];
      currency?: Schemas["Currency"];
      sort?: string;
      limit?: number;
      refresh?: boolean;
      explain?: boolean;
      format?: "json" | "csv" | "focus";
      for?: "spreadsheet" | "program";
      version?: "1.0" | "1.2" | "1.4";
    };
    headers: {
      "If-None-Match"?: string;
      Prefer?: string;
    };
    answer: Schemas["Costs"];
  };
  "GET /costs/stream": {
    query: {
      granularity?: "MONTHLY" | "DAILY";
      start?: Schemas["Date"];
      end?: Schemas["Date"];
      group_by?: string;
      provider?: string | string[];
      project?: string | string[];
      project_group?: string | string[];
      account?: string | string[];
      region?: string | string[];
      service?: string | string[];
      charge_type?: string | string[];
      currency?: Schemas["Currency"];
      sort?: string;
      limit?: number;
      refresh?: boolean;
      explain?: boolean;
      format?: "json";
    };
    headers: {
      "Last-Event-ID"?: string;
    };
    events: {
      progress: Schemas["Progress"];
      result: Schemas["Costs"];
      problem: Schemas["Problem"];
    };
    answer: undefined;
  };
  "GET /dashboard": {
    query: {
      refresh?: boolean;
    };
    headers: {
      "If-None-Match"?: string;
      Prefer?: string;
    };
    answer: Schemas["Dashboard"];
  };
  "GET /projects/{id}/dashboard": {
    path: {
      id: string;
    };
    query: {
      refresh?: boolean;
    };
    headers: {
      "If-None-Match"?: string;
      Prefer?: string;
    };
    answer: Schemas["Dashboard"];
  };
}
