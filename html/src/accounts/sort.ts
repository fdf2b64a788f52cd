/*
 * The order of the list of accounts: "cost", "-cost" and so on, as in the
 * address; none: the newest first, as the server gives them.
 */

import type { Account } from "../api/types";
import type { Directory } from "../store/directory";
import { accountNumber } from "./number";
import { compareSpent } from "./useThisMonth";
import type { Month } from "./useThisMonth";

export const SORTS = [
  "name",
  "status",
  "cost",
  "project",
  "provider",
  "number",
  "verified",
] as const;

export type SortKey = (typeof SORTS)[number];

export interface Sort {
  key: SortKey;
  down: boolean;
}

export function parseSort(text: string | null): Sort | null {
  const key = SORTS.find((one) => one === text?.replace(/^-/, ""));
  return key === undefined ? null : { key, down: text!.startsWith("-") };
}

export function sortText({ key, down }: Sort): string {
  return `${down ? "-" : ""}${key}`;
}

/* Costs: the most first; a second click turns it round. */
export function turned(sort: Sort | null, key: SortKey): Sort {
  return sort?.key === key ? { key, down: !sort.down } : { key, down: key === "cost" };
}

/* What is wrong stands together, the worst at one end. */
const STATES = ["ok", "unverified", "unreachable", "rejected"];

export function sortAccounts(
  accounts: Account[],
  { key, down }: Sort,
  directory: Directory | null,
  month: Month,
  lang: string,
): Account[] {
  const collator = new Intl.Collator(lang, { numeric: true });
  const text = (account: Account): string => {
    switch (key) {
      case "project":
        return directory?.projects.get(account.project_id)?.name ?? "";
      case "provider":
        return directory?.providers.get(account.provider)?.name ?? account.provider;
      case "number":
        return accountNumber(
          account.credentials,
          directory?.providers.get(account.provider),
        );
      case "verified":
        return account.verified_at ?? "";
      default:
        return account.name;
    }
  };
  const order = (one: Account, other: Account): number => {
    const first =
      key === "cost"
        ? compareSpent(month.of(one.id), month.of(other.id))
        : key === "status"
          ? STATES.indexOf(one.state) - STATES.indexOf(other.state)
          : collator.compare(text(one), text(other));
    return (down ? -first : first) || collator.compare(one.name, other.name);
  };

  return [...accounts].sort(order);
}
