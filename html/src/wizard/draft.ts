/*
 * The wizard's draft: kept over a reload, except for secrets.
 */

import type { Provider } from "../api/types";
import type { Values } from "../accounts/credentials";
import { tagRow } from "../lib/validate";
import type { TagRow } from "../lib/validate";

export interface Draft {
  provider: string | null;
  name: string;
  tags: TagRow[];
  credentials: Values;
  project: string | null;
}

const KEY = "billing.wizard";

export function emptyDraft(
  provider: string | null,
  project: string | null,
): Draft {
  return { provider, name: "", tags: [], credentials: {}, project };
}

export function isDirty(draft: Draft): boolean {
  return (
    draft.name !== "" ||
    draft.tags.length > 0 ||
    Object.values(draft.credentials).some((value) => value !== "")
  );
}

/* Without the provider's schema nothing tells what is secret: keep nothing. */
export function keepDraft(draft: Draft, provider: Provider | undefined): void {
  const properties = provider?.credentials_schema.properties ?? {};
  const entries = Object.entries(draft.credentials).filter(
    ([name]) => name in properties && properties[name]!.writeOnly !== true,
  );

  try {
    sessionStorage.setItem(
      KEY,
      JSON.stringify({ ...draft, credentials: Object.fromEntries(entries) }),
    );
  } catch {
    /* storage may be forbidden: then a reload starts anew */
  }
}

export function readDraft(): Draft | null {
  try {
    const text = sessionStorage.getItem(KEY);
    if (text === null) {
      return null;
    }
    const draft = JSON.parse(text) as Draft;
    /* row ids are of the page that is gone */
    const tags = draft.tags.map(({ key, value }) => tagRow(key, value));
    return { ...draft, tags };
  } catch {
    return null;
  }
}

export function dropDraft(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    /* storage may be forbidden: then there is none */
  }
}
