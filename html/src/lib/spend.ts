/*
 * Costs of a span of any length.  The API answers 31 days at most: more are
 * asked for in pieces, and put together as one answer.
 */

import { api } from "../api/endpoints";
import type { CostsQuery } from "../api/events";
import type { AccountData, CostCurrency, Costs, CostGroup } from "../api/types";
import { decimalText, parseDecimal, sumOf } from "./decimal";
import type { Granularity } from "./period";



const MOST = { MONTHLY: 24, DAILY: 31 };
const ORDER = ["fresh", "stale", "disabled", "failed"];

/* [first, last] of each piece. */
export function pieces(dates: string[], granularity: Granularity): [string, string][] {
  const size = MOST[granularity];
  const found: [string, string][] = [];

  for (let at = 0; at < dates.length; at += size) {
    found.push([dates[at]!, dates[Math.min(at + size, dates.length) - 1]!]);
  }
  return found;
}

function zeros(count: number): string[] {
  return Array.from({ length: count }, () => "0.00");
}

/* The costs of all pieces in a row; undefined: nothing in that one. */
function inRow(parts: (string[] | undefined)[], answers: Costs[]): string[] {
  return answers.flatMap(({ dates }, at) => parts[at] ?? zeros(dates.length));
}

function byKey(part: CostCurrency | undefined): Map<string, CostGroup> {
  return new Map((part?.groups ?? []).map((group) => [JSON.stringify(group.key), group]));
}

function sum(costs: string[]): string {
  return decimalText(sumOf(costs.map(parseDecimal)));
}

/* The rest, where pieces have one, stays the last. */
function groupsOf(parts: (CostCurrency | undefined)[], answers: Costs[]): CostGroup[] {
  const found = parts.map(byKey);
  const keys = new Map(found.flatMap((groups) => [...groups]));

  return [...keys]
    .map(([name, { key }]) => {
      const costs = inRow(
        found.map((groups) => groups.get(name)?.costs),
        answers,
      );
      return { key, costs, sum: sum(costs) };
    })
    .sort((one, other) => Number(one.key === null) - Number(other.key === null));
}

function accountsOf(answers: Costs[]): AccountData[] {
  const all = new Map<string, AccountData>();

  for (const account of answers.flatMap(({ accounts }) => accounts)) {
    const known = all.get(account.id);
    if (known === undefined) {
      all.set(account.id, account);
      continue;
    }
    const worst = ORDER.indexOf(known.state) >= ORDER.indexOf(account.state) ? known : account;
    const missing = [known, account].flatMap((one) => one.missing?.daily ?? []);
    all.set(account.id, {
      ...worst,
      ...(missing.length > 0 ? { missing: { daily: [...new Set(missing)] } } : {}),
    });
  }
  return [...all.values()];
}

export function together(answers: Costs[]): Costs {
  const [first] = answers;
  const codes = new Set(answers.flatMap((one) => one.currencies.map((c) => c.currency)));

  if (answers.length === 1) {
    return first!;
  }
  return {
    ...first!,
    end: answers[answers.length - 1]!.end,
    dates: answers.flatMap(({ dates }) => dates),
    in_progress: answers.flatMap((one) => one.in_progress),
    accounts: accountsOf(answers),
    complete: answers.every(({ complete }) => complete),
    currencies: [...codes].sort().map((currency) => {
      const parts = answers.map((one) =>
        one.currencies.find((found) => found.currency === currency),
      );
      const costs = inRow(parts.map((part) => part?.costs), answers);
      return {
        currency,
        costs,
        sum: sum(costs),
        share_of: "sum" as const,
        groups: groupsOf(parts, answers),
      };
    }),
  };
}

export function queriesOf(
  query: CostsQuery,
  dates: string[],
  granularity: Granularity,
): CostsQuery[] {
  return pieces(dates, granularity).map(([start, end]) => ({
    ...query,
    granularity,
    start,
    end,
  }));
}

export async function loadSpend(
  query: CostsQuery,
  dates: string[],
  granularity: Granularity,
  signal: AbortSignal,
): Promise<Costs> {
  const queries = queriesOf(query, dates, granularity);

  return together(await Promise.all(queries.map((one) => api.costsSoon(one, signal))));
}

/* A currency that is not in an answer has cost nothing there. */
export function costsOf(answer: Costs, currency: string): string[] {
  return (
    answer.currencies.find((one) => one.currency === currency)?.costs ??
    zeros(answer.dates.length)
  );
}
