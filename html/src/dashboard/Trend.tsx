/*
 * The trend: months or days as bars, whole or stacked, or as a table; for each
 * currency one chart, under one choice of what is shown.
 */

import type { AccountData, CostGroup, Costs } from "../api/types";
import { Card } from "../components/Card";
import { Lookups } from "../components/Lookups";
import { ProblemView } from "../components/ProblemView";
import { Segmented } from "../components/Segmented";
import type { Problem } from "../api/problem";
import { plural, t, useLang } from "../i18n";
import type { Filters } from "../lib/links";
import { mediumPeriod } from "../lib/period";
import { loadSpend, queriesOf } from "../lib/spend";
import { useLoad } from "../lib/useLoad";
import { SPANS } from "../lib/view";
import type { View } from "../lib/view";
import { setQuery } from "../router";
import { TrendChart, TrendTools, useChart } from "./TrendChart";

export type Split = "none" | "service" | "project";

/* Figures of a span, from whichever answer has them. */
export interface Source {
  dates: string[];
  costs: (currency: string) => string[];
  /* null: not by groups */
  groups: ((currency: string) => CostGroup[]) | null;
  accounts: AccountData[];
  inProgress: string[];
}

export function sourceOf(answer: Costs, split: Split): Source {
  const of = (currency: string) =>
    answer.currencies.find((one) => one.currency === currency);

  return {
    dates: answer.dates,
    costs: (currency) => of(currency)?.costs ?? answer.dates.map(() => "0.00"),
    groups: split === "none" ? null : (currency) => of(currency)?.groups ?? [],
    accounts: answer.accounts,
    inProgress: answer.in_progress,
  };
}

export function splitOf(view: View, splits: Split[]): Split {
  return splits.find((split) => split === view.split) ?? "none";
}

/* The request whose answer is what a chart shows. */
export function trendQuery(filters: Filters, split: Split) {
  return {
    ...filters,
    group_by: split === "none" ? null : split,
    ...(split === "none" ? {} : { limit: 1000 }),
  };
}

export function GranularitySwitch({ view, testid }: { view: View; testid?: string }) {
  return (
    <Segmented
      label={t("trend.period")}
      value={view.granularity === "DAILY" ? "day" : "month"}
      options={[
        { value: "month", label: t("trend.month") },
        { value: "day", label: t("trend.day") },
      ]}
      onChange={(by) =>
        setQuery({ by: by === "day" ? by : null, start: null, end: null })
      }
      testid={testid ?? "granularity"}
    />
  );
}

function DaysSelect({ view }: { view: View }) {
  /* as many as the address says from when to when, which may be any */
  const { length } = view.span.dates;
  const all: number[] = [...SPANS];

  if (!all.includes(length)) {
    all.unshift(length);
  }
  return (
    <label class="inline-field">
      <span class="sr">{t("trend.span")}</span>
      <select
        class="select"
        value={length}
        onChange={(event) => {
          const { value } = event.currentTarget;
          setQuery({ days: value === String(SPANS[0]) ? null : value, start: null });
        }}
      >
        {all.map((days) => (
          <option key={days} value={days}>
            {plural("trend.n_days", days)}
          </option>
        ))}
      </select>
    </label>
  );
}

function SplitSelect({ split, splits }: { split: Split; splits: Split[] }) {
  return (
    <label class="inline-field">
      <span class="sr">{t("trend.split")}</span>
      <select
        class="select"
        value={split}
        onChange={(event) => {
          const { value } = event.currentTarget;
          setQuery({ split: value === "none" ? null : value });
        }}
      >
        {splits.map((value) => (
          <option key={value} value={value}>
            {t(`split.${value}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

/* "The last 12 months", or from when to when. */
export function useSpanText({ span, granularity }: View): string {
  const lang = useLang();
  const n = span.dates.length;

  if (span.end === span.newest && n > 1) {
    return granularity === "DAILY"
      ? plural("trend.last_days", n)
      : plural("trend.last_months", n);
  }
  return n === 1
    ? mediumPeriod(span.end, lang)
    : `${mediumPeriod(span.start, lang)} – ${mediumPeriod(span.end, lang)}`;
}

interface Props {
  view: View;
  currencies: string[];
  filters: Filters;
  splits: Split[];
  /* null: on its way */
  source: Source | null;
  loading: boolean;
  problem: Problem | null;
  reload: () => void;
}

export function Trend(props: Props) {
  const { view, currencies, filters, splits, source, loading, problem } = props;
  const { span, granularity, asTable } = view;
  const Chart = useChart();
  const split = splitOf(view, splits);
  const label = useSpanText(view);
  const many = currencies.length > 1;
  /* with the other span's bars nobody would know which they are */
  const fits = source !== null && source.dates.join() === span.dates.join();
  const parts = { view, filters, split, label, Chart, source: fits ? source : null };

  return (
    <Card
      title={t("trend.title")}
      note={label}
      busy={loading}
      testid="trend"
      actions={
        <>
          <GranularitySwitch view={view} />
          {granularity === "DAILY" && <DaysSelect view={view} />}
          {splits.length > 1 && <SplitSelect split={split} splits={splits} />}
          {!span.usual && view.span.dates.length !== view.days && (
            <button
              type="button"
              class="button"
              onClick={() => setQuery({ start: null, end: null, month: null })}
            >
              {t("trend.reset")}
            </button>
          )}
        </>
      }
      tools={
        <>
          <button
            type="button"
            class="button"
            aria-pressed={asTable || Chart === null}
            onClick={() => setQuery({ as: asTable ? null : "table" })}
          >
            {t("trend.table")}
          </button>
          {!many && currencies.length === 1 && (
            <TrendTools {...parts} currency={currencies[0]!} />
          )}
        </>
      }
    >
      {problem !== null && <ProblemView problem={problem} retry={props.reload} />}
      {problem === null && !fits && (
        <Lookups
          kind="chart"
          queries={queriesOf(trendQuery(filters, "none"), span.dates, granularity)}
        />
      )}
      {fits &&
        currencies.map((currency) => (
          <div
            key={currency}
            role="group"
            class="of-currency"
            aria-label={currency}
            data-currency={currency}
          >
            {many && (
              <div class="of-currency-head">
                <h3>{currency}</h3>
                <TrendTools {...parts} currency={currency} />
              </div>
            )}
            <TrendChart {...parts} source={source} currency={currency} many={many} />
          </div>
        ))}
    </Card>
  );
}

interface BoardProps {
  view: View;
  currencies: string[];
  filters: Filters;
  splits: Split[];
  /* what the page has, of the usual span */
  known: Source;
  /* of the page's answer: with another one everything is read anew */
  epoch: number;
}

/* Of a dashboard, whose own answer has the usual span, not by groups. */
export function BoardTrend({ view, filters, splits, known, epoch, currencies }: BoardProps) {
  const { span, granularity } = view;
  const split = splitOf(view, splits);
  const enough = span.usual && split === "none";
  const { data, loading, problem, reload } = useLoad(
    async (signal) =>
      enough
        ? null
        : sourceOf(
            await loadSpend(trendQuery(filters, split), span.dates, granularity, signal),
            split,
          ),
    [enough, span.start, span.end, granularity, split, JSON.stringify(filters), epoch],
  );
  const current = !loading && data !== null && !enough;

  return (
    <Trend
      view={view}
      currencies={currencies}
      filters={filters}
      splits={splits}
      source={current ? data : span.usual ? known : null}
      loading={loading && !enough}
      problem={enough ? null : problem}
      reload={reload}
    />
  );
}
