/*
 * Costs seen from one side: what a link in a breakdown leads to.  Filters,
 * grouping, period and window are all in the address.
 */

import { Icon } from "../components/Icon";
import { Lookups } from "../components/Lookups";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { CostCard } from "../costs/CostCard";
import { AsOf, oldest } from "../dashboard/AsOf";
import { Coverage } from "../dashboard/Coverage";
import { CurrencySwitch, useCurrencies } from "../dashboard/CurrencySwitch";
import { Nothing, reasonOf } from "../dashboard/Nothing";
import { Trend, sourceOf, splitOf, trendQuery, useSpanText } from "../dashboard/Trend";
import type { Split } from "../dashboard/Trend";
import { t } from "../i18n";
import { DIMENSIONS, groupName } from "../lib/links";
import type { Dimension, Filters as Chosen } from "../lib/links";
import { loadSpend, queriesOf } from "../lib/spend";
import { useFigures } from "../lib/useFigures";
import { useView } from "../lib/view";
import type { View } from "../lib/view";
import { setQuery, useLocation } from "../router";
import { useDirectory } from "../store/directory";

const SPLITS: Split[] = ["none", "service", "project"];

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

function Filters({ filters, view }: { filters: Chosen; view: View | null }) {
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
      {view !== null && <SpanChip view={view} />}
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

/* The period, where the address names one. */
function SpanChip({ view }: { view: View }) {
  const text = useSpanText(view);

  return (
    <li class="chip">
      <span class="chip-key">{t("table.period")}</span>
      {text}
      <button
        type="button"
        aria-label={t("costs.remove_filter", { name: text })}
        onClick={() => setQuery({ start: null, end: null, month: null })}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

function isNarrowed(query: URLSearchParams, { span }: View): boolean {
  return (query.has("start") || query.has("end")) && !span.usual;
}

export function Costs() {
  const { query } = useLocation();
  const view = useView();
  const filters = filtersOf(query);
  const dimension = dimensionOf(query, filters);
  const directory = useDirectory();
  const { span, granularity } = view;
  const split = splitOf(view, SPLITS);
  const asked = trendQuery(filters, split);
  const trend = useFigures(
    (signal) => loadSpend(asked, span.dates, granularity, signal),
    [JSON.stringify(asked), span.start, span.end, granularity],
    (answer) => [answer],
  );
  const { data, problem, reload } = trend;
  const fits = data !== null && data.start === span.start && data.end === span.end;
  const waiting = data === null && problem === null;
  const currencies = useCurrencies(data?.currencies ?? [], view);
  const { all, shown, absent } = currencies;
  const codes = shown.map(({ currency }) => currency);
  const reason =
    data === null || !fits
      ? null
      : (reasonOf(data, filters, view, directory) ??
        (absent === null ? null : "no_currency"));
  const names = Object.entries(filters).map(([one, id]) =>
    groupName(one as Dimension, id, directory),
  );

  return (
    <>
      <PageHead
        title={names.length === 0 ? t("costs.title") : names.join(" · ")}
        lead={
          <AsOf
            asOf={oldest(data?.accounts ?? [])}
            otherwise={t("costs.lead")}
            updating={trend.updating}
            late={trend.late}
            total={data?.accounts.length ?? 0}
          />
        }
      />
      {(names.length > 0 || isNarrowed(query, view)) && (
        <Filters filters={filters} view={isNarrowed(query, view) ? view : null} />
      )}
      <CurrencySwitch {...currencies} />
      {data !== null && (
        <Coverage
          accounts={data.accounts}
          asOf={null}
          degraded={data.degraded}
          updating={trend.updating}
          directory={directory}
        />
      )}
      {problem !== null && <ProblemView problem={problem} retry={reload} />}
      {waiting && (
        <div class="card">
          <Lookups
            kind="chart"
            queries={queriesOf(trendQuery(filters, "none"), span.dates, granularity)}
          />
        </div>
      )}
      {reason !== null && (
        <div class="card" data-testid="no-data">
          <Nothing
            reason={reason}
            currency={absent}
            others={all.map(({ currency }) => currency)}
          />
        </div>
      )}
      {data !== null && reason === null && (
        <Trend
          view={view}
          currencies={codes}
          filters={filters}
          splits={SPLITS}
          source={sourceOf(data, split)}
          loading={trend.loading}
          problem={null}
          reload={reload}
        />
      )}
      {/* in its place, but not in sight before it: nothing moves then */}
      {reason === null && problem === null && (
        <div class={waiting ? "unseen" : ""}>
          <CostCard
            title={t(`breakdown.${dimension}`)}
            dimension={dimension}
            view={view}
            currencies={codes}
            filters={filters}
            accounts={data?.accounts ?? []}
            months={[...new Set(span.dates.map((date) => date.slice(0, 7)))]}
            epoch={trend.round}
            onOld={reload}
            unseen={waiting}
            actions={<GroupSelect value={dimension} />}
          />
        </div>
      )}
    </>
  );
}
