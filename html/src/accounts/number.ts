/*
 * The number that an account has at its provider: each calls it otherwise.
 */

import type { Provider } from "../api/types";
import { t } from "../i18n";

type Values = Record<string, string | null>;

/* The last part of a path, such as a subscription in a scope. */
function lastPart(path: string): string {
  return path.replace(/\/+$/, "").replace(/^.*\//, "");
}

/* Of Google's export table, the billing account that its name ends with. */
function billingAccount(table: string): string | null {
  const found = /_v1_([0-9A-F]{6})_([0-9A-F]{6})_([0-9A-F]{6})$/.exec(table);
  return found === null ? null : found.slice(1).join("-");
}

function ownNumber(values: Values): string | null {
  const { account, account_id, scope, linked_account, table, role_arn } = values;

  if (linked_account) {
    return linked_account;
  }
  if (account_id) {
    return account_id;
  }
  if (scope) {
    return lastPart(scope);
  }
  if (table) {
    return billingAccount(table) ?? table;
  }
  if (account && !/\D/.test(account)) {
    return account;
  }
  return /^arn:[^:]*:iam::(\d{12}):/.exec(role_arn ?? "")?.[1] ?? null;
}

/* Text for people: of all linked accounts, that it is all. */
export function accountNumber(values: Values, provider: Provider | undefined): string {
  const number = ownNumber(values);
  const fields = Object.values(provider?.credentials_schema.properties ?? {});
  const whole = fields.some((field) => field["x-all"] !== undefined);

  return number ?? (whole || values["account"] ? t("accounts.all_linked") : "–");
}
