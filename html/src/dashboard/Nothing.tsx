/*
 * There is nothing to show, and why: each reason has its own words, and says
 * what to do next.
 */

import type { ComponentChildren } from "preact";
import type { AccountData } from "../api/types";
import { Link } from "../components/Link";
import { t } from "../i18n";
import { lacksAny } from "../lib/complete";
import { DIMENSIONS } from "../lib/links";
import type { Dimension, Filters } from "../lib/links";
import type { View } from "../lib/view";
import { setQuery } from "../router";
import { useAdmin } from "../store/store";
import type { Directory } from "../store/directory";
import { chooseCurrency } from "./CurrencySwitch";

export type Reason =
  | "no_accounts"
  | "unknown"
  | "no_match"
  | "unread"
  | "no_costs"
  | "no_currency";

interface Found {
  accounts: AccountData[];
  currencies: unknown[];
}

const OF_ROWS: Dimension[] = ["service", "region", "charge_type"];

function isUnknown(filters: Filters, directory: Directory): boolean {
  const { project, account, provider } = filters;

  return (
    (project !== undefined && !directory.projects.has(project)) ||
    (account !== undefined && !directory.accounts.has(account)) ||
    (provider !== undefined && !directory.providers.has(provider))
  );
}

/* null: there is something. */
export function reasonOf(
  { accounts, currencies }: Found,
  filters: Filters,
  view: View,
  directory: Directory | null,
): Reason | null {
  if (directory?.accounts.size === 0) {
    return "no_accounts";
  }
  if (directory !== null && isUnknown(filters, directory)) {
    return "unknown";
  }
  if (currencies.length > 0) {
    return null;
  }
  if (accounts.length === 0) {
    return "no_match";
  }
  if (accounts.every((one) => lacksAny(one, view.span.dates, view.granularity))) {
    return "unread";
  }
  return view.span.usual && OF_ROWS.some((one) => one in filters) ? "no_match" : "no_costs";
}

function clear(): void {
  setQuery(Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, null])));
}

function Action({ onClick, children }: { onClick: () => void; children: ComponentChildren }) {
  return (
    <button type="button" class="button" onClick={onClick}>
      {children}
    </button>
  );
}

function Next({ reason, others }: { reason: Reason; others: string[] }) {
  const admin = useAdmin();

  switch (reason) {
    case "no_accounts":
      return admin ? (
        <Link to="service-accounts/new" class="button primary">
          {t("first.start")}
        </Link>
      ) : (
        <p class="quiet-text">{t("first.member")}</p>
      );
    case "unknown":
      return (
        <Link to="projects" class="button">
          {t("nothing.to_projects")}
        </Link>
      );
    case "no_match":
      return <Action onClick={clear}>{t("nothing.clear")}</Action>;
    case "unread":
      return (
        <Link to="service-accounts" class="button">
          {t("nothing.to_accounts")}
        </Link>
      );
    case "no_costs":
      return (
        <Action onClick={() => setQuery({ by: null, start: null, end: null, days: null })}>
          {t("nothing.longer")}
        </Action>
      );
    case "no_currency":
      return (
        <>
          {others.map((code) => (
            <Action key={code} onClick={() => chooseCurrency(code)}>
              {t("nothing.show", { currency: code })}
            </Action>
          ))}
          {others.length > 1 && (
            <Action onClick={() => chooseCurrency(null)}>{t("currency.all")}</Action>
          )}
        </>
      );
  }
}

interface Props {
  reason: Reason;
  /* in which nothing was spent, where others are */
  currency?: string | null;
  others?: string[];
  /* a step of its own place */
  children?: ComponentChildren;
}

export function Nothing({ reason, currency = null, others = [], children }: Props) {
  return (
    <div class="nothing" data-testid="nothing" data-reason={reason}>
      <p>{t(`nothing.${reason}`, { currency: currency ?? "", others: others.join(", ") })}</p>
      <div class="row">{children ?? <Next reason={reason} others={others} />}</div>
    </div>
  );
}
