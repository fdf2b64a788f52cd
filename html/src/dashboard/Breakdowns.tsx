/*
 * All breakdowns of a dashboard, under one choice of what they count.
 */

import type { DashboardCurrency, ShareOf } from "../api/types";
import { Segmented } from "../components/Segmented";
import { t } from "../i18n";
import { shares } from "../lib/figures";
import type { Basis } from "../lib/figures";
import type { Dimension, Filters } from "../lib/links";
import { setQuery, useLocation } from "../router";
import { useDirectory } from "../store/directory";
import { Breakdown } from "./Breakdown";

interface Props {
  currency: DashboardCurrency;
  filters: Filters;
  dimensions: Dimension[];
}

const BASES: Basis[] = ["this", "last", "year"];

export function Breakdowns({ currency, filters, dimensions }: Props) {
  const directory = useDirectory();
  const wanted = useLocation().query.get("basis") as Basis | null;
  const basis = wanted !== null && BASES.includes(wanted) ? wanted : "this";
  const groups = {
    service: currency.by_service,
    region: currency.by_region,
    project: currency.by_project,
    account: currency.by_account,
    linked_account: undefined,
    provider: undefined,
    charge_type: undefined,
  };
  const of: Record<string, ShareOf | undefined> = currency.share_of;
  const lists = dimensions.map((dimension) => ({
    dimension,
    shares: shares(
      groups[dimension] ?? [],
      dimension,
      basis,
      of[`by_${dimension}`] ?? "sum",
    ),
  }));

  return (
    <>
      <div class="section-head">
        <h2>{t("breakdown.title")}</h2>
        <Segmented
          label={t("breakdown.basis")}
          value={basis}
          options={BASES.map((value) => ({ value, label: t(`basis.${value}`) }))}
          onChange={(value) => setQuery({ basis: value === "this" ? null : value })}
          testid="basis"
        />
      </div>
      {lists.some((list) => list.shares.mixed) && (
        <p class="share-note" data-testid="share-note">
          {t("breakdown.mixed")}
        </p>
      )}
      <div class="columns">
        {lists.map((list) => (
          <Breakdown
            key={list.dimension}
            dimension={list.dimension}
            shares={list.shares}
            basis={basis}
            currency={currency.currency}
            filters={filters}
            directory={directory}
          />
        ))}
      </div>
    </>
  );
}
