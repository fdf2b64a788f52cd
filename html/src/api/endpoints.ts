/*
 * The API's calls, one line each.
 */

import { request } from "./client";
import type { QueryOf } from "./client";
import type {
  AccountChange,
  AccountName,
  Credentials,
  GroupName,
  NewAccount,
  ProjectName,
} from "./types";
import type { Schemas } from "./schema";

type Signal = AbortSignal | undefined;

interface Page {
  next_cursor: string | null;
}

interface PageQuery {
  limit: number;
  cursor: string | null;
}

type PageOf<K extends string, T> = Page & Record<K, T[]>;

interface Versioned {
  id: string;
  version: number;
}

/* What a change is based on: the server refuses it once that is old. */
function at({ id, version }: Versioned) {
  return { path: { id }, headers: { "If-Match": `"${version}"` } };
}

function once(key: string) {
  return { headers: { "Idempotency-Key": key } };
}

/*
 * A page shows what is there and asks again: it would rather not wait for the
 * slowest provider.
 */
const SOON = { headers: { Prefer: "wait=2" } };

export const api = {
  session: () => request("GET /session", {}),

  providers: (all: boolean) =>
    request("GET /providers", { query: { all: all || null } }),
  enableProvider: (id: string, enabled: boolean) =>
    request("PUT /providers/{id}", { path: { id }, body: { enabled } }),

  groups: (query: PageQuery): Promise<PageOf<"project_groups", GroupName>> =>
    request("GET /project-groups", {
      query: { ...query, fields: "id,name,parent_id,version" },
    }),
  createGroup: (name: string, parent: string | null, key: string) =>
    request("POST /project-groups", { body: { name, parent_id: parent }, ...once(key) }),
  changeGroup: (of: Versioned, body: Schemas["ProjectGroupPatch"]) =>
    request("PATCH /project-groups/{id}", { ...at(of), body }),
  deleteGroup: (of: Versioned) => request("DELETE /project-groups/{id}", at(of)),

  project: (id: string, signal?: Signal) =>
    request("GET /projects/{id}", { path: { id }, signal }),
  projects: (query: PageQuery): Promise<PageOf<"projects", ProjectName>> =>
    request("GET /projects", {
      query: { ...query, fields: "id,name,group_id,accounts,version" },
    }),
  createProject: (name: string, group: string | null, key: string) =>
    request("POST /projects", { body: { name, group_id: group }, ...once(key) }),
  changeProject: (of: Versioned, body: Schemas["ProjectPatch"]) =>
    request("PATCH /projects/{id}", { ...at(of), body }),
  deleteProject: (of: Versioned) => request("DELETE /projects/{id}", at(of)),

  account: (id: string, signal?: Signal) =>
    request("GET /service-accounts/{id}", { path: { id }, signal }),
  accounts: (query: QueryOf<"GET /service-accounts">, signal?: Signal) =>
    request("GET /service-accounts", { query, signal }),
  accountNames: (query: PageQuery): Promise<PageOf<"service_accounts", AccountName>> =>
    request("GET /service-accounts", {
      query: { ...query, fields: "id,name,provider,project_id" },
    }),
  linkedAccounts: (
    id: string,
    query: QueryOf<"GET /service-accounts/{id}/linked-accounts">,
    signal?: Signal,
  ) => request("GET /service-accounts/{id}/linked-accounts", { path: { id }, query, signal }),
  createAccount: (body: NewAccount, key: string, later: boolean) =>
    request("POST /service-accounts", {
      query: { verify: later ? "later" : null },
      body,
      ...once(key),
    }),
  changeAccount: (of: Versioned, body: AccountChange) =>
    request("PATCH /service-accounts/{id}", { ...at(of), body }),
  deleteAccount: (of: Versioned) => request("DELETE /service-accounts/{id}", at(of)),
  verify: (provider: string, credentials: Credentials) =>
    request("POST /service-accounts/verify", { body: { provider, credentials } }),

  costs: (query: QueryOf<"GET /costs">, signal?: Signal) =>
    request("GET /costs", { query, signal }),
  /* what is there by now: see useFigures() */
  costsSoon: (query: QueryOf<"GET /costs">, signal?: Signal) =>
    request("GET /costs", { query, signal, ...SOON }),
  dashboard: (signal?: Signal) => request("GET /dashboard", { signal, ...SOON }),
  projectDashboard: (id: string, signal?: Signal) =>
    request("GET /projects/{id}/dashboard", { path: { id }, signal, ...SOON }),
};

/* All pages of a list. */
export async function listAll<K extends string, T>(
  member: K,
  load: (query: PageQuery) => Promise<PageOf<K, T>>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;

  do {
    const page: PageOf<K, T> = await load({ limit: 1000, cursor });
    all.push(...page[member]);
    cursor = page.next_cursor;
  } while (cursor !== null);

  return all;
}
