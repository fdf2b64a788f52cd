/*
 * Where a group of a breakdown leads, and what it is called.
 */

import { t } from "../i18n";
import type { QueryOf } from "../api/client";
import type { Directory } from "../store/directory";
import { getState } from "../store/store";

export type Dimension =
  | "service"
  | "region"
  | "project"
  | "account"
  | "linked_account"
  | "provider"
  | "charge_type";

export const DIMENSIONS: Dimension[] = [
  "service",
  "region",
  "project",
  "account",
  "linked_account",
  "provider",
  "charge_type",
];

/* What costs can be narrowed down to: each has a parameter of its own. */
export type Filters = {
  [K in Extract<Dimension, keyof QueryOf<"GET /costs">>]?: string;
};

const CHARGE_TYPES = [
  "usage",
  "tax",
  "credit",
  "refund",
  "support",
  "fee",
  "adjustment",
  "unknown",
] as const;

type ChargeType = (typeof CHARGE_TYPES)[number];

function isChargeType(id: string): id is ChargeType {
  return (CHARGE_TYPES as readonly string[]).includes(id);
}

export interface Target {
  to: string;
  query?: Record<string, string>;
}

export function groupName(
  dimension: Dimension,
  id: string,
  directory: Directory | null,
): string {
  if (id === "") {
    return t("group.none");
  }
  if (dimension === "project") {
    return directory?.projects.get(id)?.name ?? id;
  }
  if (dimension === "account") {
    return directory?.accounts.get(id)?.name ?? id;
  }
  if (dimension === "provider") {
    return directory?.providers.get(id)?.name ?? id;
  }
  if (dimension === "charge_type" && isChargeType(id)) {
    return t(`charge.${id}`);
  }
  return id;
}

/* What people call the provider's term for a region or a service; or null. */
export function groupAlias(
  dimension: Dimension,
  id: string,
  directory: Directory | null,
): string | null {
  if (dimension !== "region" && dimension !== "service") {
    return null;
  }
  return (
    directory?.displayName?.(dimension, id, directory.clouds, getState().lang) ?? null
  );
}

/* Costs narrowed down to these filters; more is what else the address says. */
export function narrowed(filters: Filters, more: Record<string, string> = {}): Target {
  return { to: "costs", query: { ...filters, ...more } };
}

/* A group alone, whatever its own page is; null: no filter says that. */
export function groupCosts(
  dimension: Dimension,
  id: string,
  filters: Filters,
): Target | null {
  return dimension === "linked_account" || id === ""
    ? null
    : narrowed({ ...filters, [dimension]: id });
}

/* null: there is nothing more to see behind it. */
export function groupTarget(
  dimension: Dimension,
  id: string,
  filters: Filters = {},
): Target | null {
  if (dimension === "project") {
    return { to: `projects/${id}` };
  }
  if (dimension === "account") {
    return { to: `service-accounts/${id}` };
  }
  if (dimension === "linked_account" || id === "") {
    return null;
  }
  return narrowed({ ...filters, [dimension]: id });
}
