/*
 * The API's calls, one line each.
 */

import { request } from "./client";
import type { Query } from "./client";
import type {
  Account,
  AccountPage,
  Costs,
  Credentials,
  Dashboard,
  Group,
  GroupPage,
  Page,
  Project,
  ProjectPage,
  Provider,
  Session,
  Tags,
} from "./types";

type Signal = AbortSignal | undefined;

export interface NewAccount {
  name: string;
  provider: string;
  project_id: string;
  tags: Tags;
  credentials: Credentials;
}

export type AccountChange = Partial<{
  name: string;
  project_id: string;
  tags: Record<string, string | null>;
  credentials: Credentials;
}>;

interface Versioned {
  id: string;
  version: number;
}

function change<T>(path: string, of: Versioned, body: unknown): Promise<T> {
  const { id, version } = of;
  return request(`${path}/${id}`, { method: "PATCH", version, body });
}

function remove(path: string, of: Versioned): Promise<void> {
  const { id, version } = of;
  return request(`${path}/${id}`, { method: "DELETE", version });
}

function create<T>(path: string, body: unknown, key: string): Promise<T> {
  return request(path, { method: "POST", body, idempotencyKey: key });
}

export const api = {
  session: () => request<Session>("session"),

  providers: (all: boolean) =>
    request<{ providers: Provider[] }>("providers", {
      query: { all: all || null },
    }),
  enableProvider: (id: string, enabled: boolean) =>
    request<Provider>(`providers/${id}`, { method: "PUT", body: { enabled } }),

  groups: (query: Query) => request<GroupPage>("project-groups", { query }),
  createGroup: (name: string, parent: string | null, key: string) =>
    create<Group>("project-groups", { name, parent_id: parent }, key),
  changeGroup: (of: Versioned, body: { name?: string; parent_id?: string | null }) =>
    change<Group>("project-groups", of, body),
  deleteGroup: (of: Versioned) => remove("project-groups", of),

  project: (id: string, signal?: Signal) =>
    request<Project>(`projects/${id}`, { signal }),
  projects: (query: Query) => request<ProjectPage>("projects", { query }),
  createProject: (name: string, group: string | null, key: string) =>
    create<Project>("projects", { name, group_id: group }, key),
  changeProject: (of: Versioned, body: { name?: string; group_id?: string | null }) =>
    change<Project>("projects", of, body),
  deleteProject: (of: Versioned) => remove("projects", of),

  account: (id: string, signal?: Signal) =>
    request<Account>(`service-accounts/${id}`, { signal }),
  accounts: (query: Query, signal?: Signal) =>
    request<AccountPage>("service-accounts", { query, signal }),
  createAccount: (body: NewAccount, key: string, later: boolean) =>
    request<Account>("service-accounts", {
      method: "POST",
      query: { verify: later ? "later" : null },
      body,
      idempotencyKey: key,
    }),
  changeAccount: (of: Versioned, body: AccountChange) =>
    change<Account>("service-accounts", of, body),
  deleteAccount: (of: Versioned) => remove("service-accounts", of),
  verify: (provider: string, credentials: Credentials, signal?: Signal) =>
    request<{ ok: boolean; linked_accounts: string[] }>(
      "service-accounts/verify",
      { method: "POST", body: { provider, credentials }, signal },
    ),

  costs: (query: Query, signal?: Signal) =>
    request<Costs>("costs", { query, signal }),
  dashboard: (signal?: Signal) => request<Dashboard>("dashboard", { signal }),
  projectDashboard: (id: string, signal?: Signal) =>
    request<Dashboard>(`projects/${id}/dashboard`, { signal }),
};

/* All pages of a list. */
export async function listAll<K extends string, T>(
  member: K,
  load: (query: Query) => Promise<Page & Record<K, T[]>>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;

  do {
    const page: Page & Record<K, T[]> = await load({ limit: 1000, cursor });
    all.push(...page[member]);
    cursor = page.next_cursor;
  } while (cursor !== null);

  return all;
}
