/*
 * The names of things: projects, groups, accounts and providers, as pages
 * need them to label ids.  Loaded once, and anew after each write.
 */

import { listAll, api } from "../api/endpoints";
import type { AccountName, GroupName, ProjectName, Provider } from "../api/types";
import { part } from "../lib/part";
import { getState, setState, useStore } from "./store";
import { useEffect } from "preact/hooks";

export interface Directory {
  projects: Map<string, ProjectName>;
  groups: Map<string, GroupName>;
  accounts: Map<string, AccountName>;
  providers: Map<string, Provider>;
  /* those of the accounts */
  clouds: Set<string>;
  /* null: it cannot be had; then terms stand alone */
  displayName: typeof import("../names/names").displayName | null;
}

let loading: Promise<Directory> | null = null;

function byId<T extends { id: string }>(list: T[]): Map<string, T> {
  return new Map(list.map((entry) => [entry.id, entry]));
}

async function load(): Promise<Directory> {
  const all = getState().session?.role === "admin";
  const [projects, groups, accounts, listed, names] = await Promise.all([
    listAll("projects", api.projects),
    listAll("project_groups", api.groups),
    listAll("service_accounts", api.accountNames),
    api.providers(all),
    part(import("../names/names")).catch(() => null),
  ]);
  const providers = byId(listed.providers);

  return {
    projects: byId(projects),
    groups: byId(groups),
    accounts: byId(accounts),
    providers,
    clouds: new Set(
      accounts.flatMap(({ provider }) => providers.get(provider)?.cloud ?? []),
    ),
    displayName: names?.displayName ?? null,
  };
}

/* A second caller waits for the first one's answer. */
export async function refreshDirectory(): Promise<Directory> {
  loading ??= load().finally(() => {
    loading = null;
  });
  const directory = await loading;
  setState({ directory });
  return directory;
}

/* For pages that show names at once; they may be missing in the end. */
export async function ensureDirectory(): Promise<void> {
  if (getState().directory === null) {
    await refreshDirectory().catch(() => undefined);
  }
}

export function useDirectory(): Directory | null {
  const directory = useStore((state) => state.directory);

  useEffect(() => {
    void ensureDirectory();
  }, []);

  return directory;
}
