/*
 * Costs seen from one side: what a link in a breakdown leads to.  Filters,
 * grouping, period and window are all in the address.
 */

import { api } from "../api/endpoints";
import { serverNow } from "../api/client";
import { Icon } from "../components/Icon";
import { Lookups } from "../components/Lookups";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { CostCard } from "../costs/CostCard";
import { AsOf, oldest } from "../dashboard/AsOf";
import { Coverage } from "../dashboard/Coverage";
import { CurrencySwitch, useCurrency } from "../dashboard/CurrencySwitch";
import { Trend, useGranularity } from "../dashboard/Trend";
import { t } from "../i18n";
import { DIMENSIONS, groupName } from "../lib/links";
import type { Dimension, Filters as Chosen } from "../lib/links";
import { currentPeriod } from "../lib/period";
import { useFigures } from "../lib/useFigures";
import { setQuery, useLocation } from "../router";
import { useDirectory } from "../store/directory";

function filtersOf(query: URLSearchParams): Chosen {
  const filters: Chosen = {};

  for (const dimension of DIMENSIONS) {
    const value = query.get(dimension);
    if (value !== null && dimension !== "linked_account") {
      filters[dimension] = value;
    }
  }
  return filters;
}

function dimensionOf(query: URLSearchParams, filters: Chosen) {
  const wanted = query.get("group") as Dimension | null;

  if (wanted !== null && DIMENSIONS.includes(wanted)) {
    return wanted;
  }
  return filters["service"] === undefined ? "service" : "project";
}

function Filters({ filters }: { filters: Chosen }) {
  const directory = useDirectory();

  return (
    <ul class="chips" aria-label={t("costs.filters")}>
      {Object.entries(filters).map(([dimension, value]) => (
        <li key={dimension} class="chip">
          <span class="chip-key">{t(`dimension.${dimension as Dimension}`)}</span>
          {groupName(dimension as Dimension, value, directory)}
          <button
            type="button"
            aria-label={t("costs.remove_filter", {
              name: groupName(dimension as Dimension, value, directory),
            })}
            onClick={() => setQuery({ [dimension]: null })}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function GroupSelect({ value }: { value: Dimension }) {
  return (
    <label class="inline-field">
      <span>{t("costs.group_by")}</span>
      <select
        class="select"
        value={value}
        onChange={(event) => setQuery({ group: event.currentTarget.value })}
      >
        {DIMENSIONS.map((dimension) => (
          <option key={dimension} value={dimension}>
            {t(`dimension.${dimension}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Costs() {
  const { query } = useLocation();
  const filters = filtersOf(query);
  const dimension = dimensionOf(query, filters);
  const granularity = useGranularity();
  const directory = useDirectory();
  const key = JSON.stringify(filters);
  const trends = useFigures(
    async (signal) => {
      const [months, days] = await Promise.all([
        api.costs({ ...filters, granularity: "MONTHLY" }, signal),
        api.costs({ ...filters, granularity: "DAILY" }, signal),
      ]);
      return { months, days };
    },
    [key],
    ({ months, days }) => [months, days],
  );
  const waiting = trends.data === null && trends.problem === null;
  const currencies = trends.data?.months.currencies ?? [];
  const currency = useCurrency(currencies);
  const days = trends.data?.days.currencies.find(
    (one) => one.currency === currency?.currency,
  );
  const names = Object.entries(filters).map(([one, id]) =>
    groupName(one as Dimension, id, directory),
  );

  return (
    <>
      <PageHead
        title={names.length === 0 ? t("costs.title") : names.join(" · ")}
        lead={
          <AsOf
            asOf={oldest(trends.data?.months.accounts ?? [])}
            otherwise={t("costs.lead")}
            updating={trends.updating}
          />
        }
      >
        <CurrencySwitch all={currencies} />
      </PageHead>
      {names.length > 0 && <Filters filters={filters} />}
      {trends.data !== null && (
        <Coverage
          accounts={trends.data.months.accounts}
          asOf={null}
          degraded={trends.data.months.degraded}
          directory={directory}
        />
      )}
      {trends.problem !== null && (
        <ProblemView problem={trends.problem} retry={trends.reload} />
      )}
      {waiting && (
        <div class="card">
          <Lookups
            kind="chart"
            queries={[
              { ...filters, granularity: "MONTHLY" },
              { ...filters, granularity: "DAILY" },
            ]}
          />
        </div>
      )}
      {trends.data !== null && currency !== null && (
        <Trend
          monthly={{ dates: trends.data.months.dates, costs: currency.costs }}
          daily={{
            dates: trends.data.days.dates,
            costs: days?.costs ?? trends.data.days.dates.map(() => "0.00"),
          }}
          currency={currency.currency}
          inProgress={[
            ...trends.data.months.in_progress,
            ...trends.data.days.in_progress,
          ]}
          filters={filters}
          splits={["none", "service", "project"]}
        />
      )}
      {/* in its place, but not in sight before it: nothing moves then */}
      <div class={waiting ? "unseen" : ""}>
        <CostCard
          title={t(`breakdown.${dimension}`)}
          dimension={dimension}
          granularity={granularity}
          newest={currentPeriod(serverNow(), granularity)}
          currency={query.get("currency") ?? currency?.currency ?? null}
          filters={filters}
          unseen={waiting}
          actions={<GroupSelect value={dimension} />}
        />
      </div>
    </>
  );
}
