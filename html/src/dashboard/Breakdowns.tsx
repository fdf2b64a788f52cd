/*
 * All breakdowns of a dashboard, under one choice of what they count.
 */

import type { AccountData, CostGroup, DashboardCurrency, ShareOf } from "../api/types";
import { Segmented } from "../components/Segmented";
import { t } from "../i18n";
import { coverageOf } from "../lib/complete";
import { shares } from "../lib/figures";
import type { Basis } from "../lib/figures";
import type { Dimension, Filters } from "../lib/links";
import { setQuery, useLocation } from "../router";
import { useDirectory } from "../store/directory";
import type { Directory } from "../store/directory";
import { Breakdown } from "./Breakdown";
import type { Cover } from "./Breakdown";

interface Props {
  currencies: DashboardCurrency[];
  filters: Filters;
  dimensions: Dimension[];
  accounts: AccountData[];
}

const BASES: Basis[] = ["this", "last", "year"];

function useBasis(): Basis {
  const wanted = useLocation().query.get("basis");
  return BASES.find((basis) => basis === wanted) ?? "this";
}

function groupsOf(currency: DashboardCurrency, dimension: Dimension): CostGroup[] {
  const all: Partial<Record<Dimension, CostGroup[] | undefined>> = {
    service: currency.by_service,
    region: currency.by_region,
    project: currency.by_project,
    account: currency.by_account,
  };

  return all[dimension] ?? [];
}

/*
 * A project's figures lack only accounts of it; services and regions are of
 * any of them, and so is what a share is a part of.
 */
function coverOf(
  dimension: Dimension,
  accounts: AccountData[],
  dates: string[],
  basis: Basis,
  directory: Directory | null,
): Cover {
  const chosen =
    basis === "year" ? dates : [dates[dates.length - (basis === "this" ? 1 : 2)]!];
  const of = (id: string | null) =>
    id === null
      ? accounts
      : dimension === "account"
        ? accounts.filter((account) => account.id === id)
        : dimension === "project"
          ? accounts.filter((one) => directory?.accounts.get(one.id)?.project_id === id)
          : accounts;

  return {
    of: (id) => coverageOf(of(id), chosen, "MONTHLY"),
    months: (id) => dates.map((date) => coverageOf(of(id), [date], "MONTHLY") !== null),
  };
}

interface OneProps extends Omit<Props, "currencies"> {
  currency: DashboardCurrency;
  many: boolean;
  basis: Basis;
}

function OfCurrency(props: OneProps) {
  const { currency, many, basis, filters, dimensions, accounts } = props;
  const directory = useDirectory();
  const of: Record<string, ShareOf | undefined> = currency.share_of;
  const lists = dimensions.map((dimension) => ({
    dimension,
    shares: shares(
      groupsOf(currency, dimension),
      dimension,
      basis,
      of[`by_${dimension}`] ?? "sum",
    ),
  }));

  return (
    <>
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
            about={many ? currency.currency : undefined}
            filters={filters}
            directory={directory}
            cover={coverOf(list.dimension, accounts, currency.monthly.dates, basis, directory)}
          />
        ))}
      </div>
    </>
  );
}

export function Breakdowns({ currencies, ...rest }: Props) {
  const basis = useBasis();
  const many = currencies.length > 1;

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
      {currencies.map((currency) => (
        <section
          key={currency.currency}
          aria-label={`${t("breakdown.title")}, ${currency.currency}`}
          data-currency={currency.currency}
        >
          {many && <h3 class="currency-title">{currency.currency}</h3>}
          <OfCurrency currency={currency} many={many} basis={basis} {...rest} />
        </section>
      ))}
    </>
  );
}
