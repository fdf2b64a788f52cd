/*
 * The wizard's draft: kept over a reload, except for secrets, and said to be
 * one when it comes back.
 */

import type { CredentialsSchema, Provider } from "../api/types";
import { NO_PROJECT } from "../accounts/project";
import type { ProjectChoice } from "../accounts/project";
import { scopeField } from "../accounts/credentials";
import type { Values } from "../accounts/credentials";
import { tagRow } from "../lib/validate";
import type { TagRow } from "../lib/validate";

export interface Draft {
  provider: string | null;
  name: string;
  /* what was found made this name: it follows what is found next */
  proposed: string;
  tags: TagRow[];
  credentials: Values;
  project: ProjectChoice;
}

/* When it was entered last: milliseconds. */
export interface Kept {
  draft: Draft;
  at: number;
}

const KEY = "billing.wizard";
const LAST = "billing.provider";

export function emptyDraft(provider: string | null, project: string | null): Draft {
  return {
    provider,
    name: "",
    proposed: "",
    tags: [],
    credentials: {},
    project: { ...NO_PROJECT, project },
  };
}

export function isDirty(draft: Draft, schema: CredentialsSchema | undefined): boolean {
  const scope = schema === undefined ? null : scopeField(schema);

  return (
    draft.name !== draft.proposed ||
    draft.tags.length > 0 ||
    draft.project.fresh !== "" ||
    Object.entries(draft.credentials).some(
      ([name, value]) => name !== scope && value !== "",
    )
  );
}

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, text: string | null): void {
  try {
    if (text === null) {
      sessionStorage.removeItem(key);
    } else {
      sessionStorage.setItem(key, text);
    }
  } catch {
    /* storage may be forbidden: then a reload starts anew */
  }
}

/* Without the provider's schema nothing tells what is secret: keep nothing. */
export function keepDraft(draft: Draft, provider: Provider | undefined): void {
  const schema = provider?.credentials_schema;
  const properties = schema?.properties ?? {};
  const entries = Object.entries(draft.credentials).filter(
    ([name]) => name in properties && properties[name]!.writeOnly !== true,
  );

  if (!isDirty(draft, schema)) {
    write(KEY, null);
    return;
  }
  write(
    KEY,
    JSON.stringify({
      draft: { ...draft, credentials: Object.fromEntries(entries) },
      at: Date.now(),
    }),
  );
}

export function readDraft(): Kept | null {
  try {
    const { draft, at } = JSON.parse(read(KEY) ?? "") as Kept;
    /* row ids are of the page that is gone */
    const tags = draft.tags.map(({ key, value }) => tagRow(key, value));
    return { draft: { ...draft, tags }, at };
  } catch {
    return null;
  }
}

export function dropDraft(): void {
  write(KEY, null);
}

/* The provider of the account before: most have one. */
export function lastProvider(): string | null {
  return read(LAST);
}

export function rememberProvider(id: string): void {
  write(LAST, id);
}
