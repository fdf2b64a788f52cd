/*
 * The trend: months or days as bars, whole or stacked, or as a table.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { csvUrl } from "../api/client";
import type { QueryOf } from "../api/client";
import { api } from "../api/endpoints";
import type { Series } from "../api/types";
import type { BarSeries } from "../charts/BarChart";
import { Card } from "../components/Card";
import { ProblemView } from "../components/ProblemView";
import { Segmented } from "../components/Segmented";
import { SkeletonBox } from "../components/Skeleton";
import { t } from "../i18n";
import { decimals } from "../lib/figures";
import { groupName } from "../lib/links";
import type { Dimension, Filters } from "../lib/links";
import type { Granularity } from "../lib/period";
import { part } from "../lib/part";
import { useLoad } from "../lib/useLoad";
import { setQuery, useLocation } from "../router";
import { useDirectory } from "../store/directory";
import type { Directory } from "../store/directory";
import { ExportMenu } from "./ExportMenu";
import { SeriesTable } from "./SeriesTable";

type Chart = typeof import("../charts/BarChart").BarChart;
type CostsQuery = QueryOf<"GET /costs">;
type Split = "none" | "service" | "project";

interface Props {
  monthly: Series;
  daily: Series;
  currency: string;
  inProgress: string[];
  filters: Filters;
  splits: Split[];
}

const PARTS = 5;

/* undefined: on its way; null: it cannot be had */
function useChart(): Chart | null | undefined {
  const [chart, setChart] = useState<{ Chart: Chart | null }>();

  useEffect(() => {
    part(import("../charts/BarChart")).then(
      ({ BarChart }) => setChart({ Chart: BarChart }),
      () => setChart({ Chart: null }),
    );
  }, []);

  return chart?.Chart;
}

export function useGranularity(): Granularity {
  return useLocation().query.get("by") === "day" ? "DAILY" : "MONTHLY";
}

export function GranularitySwitch({ testid }: { testid?: string }) {
  return (
    <Segmented
      label={t("trend.period")}
      value={useGranularity() === "DAILY" ? "day" : "month"}
      options={[
        { value: "month", label: t("trend.month") },
        { value: "day", label: t("trend.day") },
      ]}
      onChange={(by) => setQuery({ by: by === "day" ? by : null, end: null })}
      testid={testid ?? "granularity"}
    />
  );
}

/* The request whose answer is what the chart shows. */
function queryOf(
  props: Props,
  series: Series,
  granularity: Granularity,
  split: Split,
): CostsQuery {
  return {
    ...props.filters,
    granularity,
    group_by: split === "none" ? null : split,
    start: series.dates[0],
    end: series.dates[series.dates.length - 1],
    currency: props.currency,
    limit: PARTS,
  };
}

async function loadParts(
  query: CostsQuery,
  split: Split,
  signal: AbortSignal,
): Promise<BarSeries[] | null> {
  if (split === "none") {
    return null;
  }

  const costs = await api.costs(query, signal);
  const found = costs.currencies.find((one) => one.currency === query.currency);
  return (found?.groups ?? []).map(({ key, costs: values }) => ({
    label: key === null ? "" : (key[split] ?? ""),
    values: decimals(values),
  }));
}

function named(
  parts: BarSeries[],
  split: Split,
  directory: Directory | null,
): BarSeries[] {
  return parts.map(({ label, values }, index) => ({
    label:
      index === PARTS
        ? t("group.rest")
        : groupName(split as Dimension, label, directory),
    values,
  }));
}

function SplitSelect({ splits }: { splits: Split[] }) {
  const split = useLocation().query.get("split") ?? "none";

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

export function Trend(props: Props) {
  const { currency, inProgress, splits } = props;
  const Chart = useChart();
  const directory = useDirectory();
  const granularity = useGranularity();
  const wanted = useLocation().query.get("split") as Split | null;
  const split = wanted !== null && splits.includes(wanted) ? wanted : "none";
  const wantsTable = useLocation().query.get("as") === "table";
  const asTable = wantsTable || Chart === null;
  const series = granularity === "DAILY" ? props.daily : props.monthly;
  const query = queryOf(props, series, granularity, split);
  const place = useRef<HTMLDivElement>(null);
  const parts = useLoad(
    (signal) => loadParts(query, split, signal),
    [granularity, split, currency, series, JSON.stringify(props.filters)],
  );
  const whole = [{ label: t("trend.total"), values: decimals(series.costs) }];
  const fits = parts.data?.[0]?.values.length === series.dates.length;
  const shown =
    split !== "none" && parts.data !== null && fits && !parts.loading
      ? named(parts.data, split, directory)
      : whole;
  const label = t(granularity === "DAILY" ? "trend.days" : "trend.months");

  return (
    <Card
      title={t("trend.title")}
      note={label}
      busy={parts.loading}
      testid="trend"
      actions={
        <>
          <GranularitySwitch />
          {splits.length > 1 && <SplitSelect splits={splits} />}
        </>
      }
      tools={
        <>
          <button
            type="button"
            class="button"
            aria-pressed={asTable}
            onClick={() => setQuery({ as: wantsTable ? null : "table" })}
          >
            {t("trend.table")}
          </button>
          <ExportMenu
            chart={asTable ? null : place}
            title={`${t("trend.title")}, ${currency}`}
            note={label}
            name={`trend-${query.start}-${query.end}`}
            csv={csvUrl(query)}
          />
        </>
      }
    >
      {split !== "none" && parts.problem !== null && (
        <ProblemView problem={parts.problem} retry={parts.reload} />
      )}
      {!asTable && Chart !== null && (
        <div ref={place}>
          <div class="chart-place">
            {Chart === undefined ? (
              <SkeletonBox kind="chart" />
            ) : (
              <Chart
                label={`${t("trend.title")}, ${label}`}
                dates={series.dates}
                series={shown}
                currency={currency}
                inProgress={inProgress}
              />
            )}
          </div>
          <Legend series={shown} />
        </div>
      )}
      <SeriesTable
        hidden={!asTable}
        caption={`${t("trend.title")}, ${label}, ${currency}`}
        dates={series.dates}
        series={shown}
        currency={currency}
        inProgress={inProgress}
      />
    </Card>
  );
}

function Legend({ series }: { series: BarSeries[] }) {
  return (
    <ul class="legend" aria-hidden="true">
      {series.length > 1 &&
        series.map((one, index) => (
          <li key={index}>
            <span class={`swatch series-${index + 1}`} />
            {one.label}
          </li>
        ))}
      <li>
        <span class="swatch open" />
        {t("state.in_progress")}
      </li>
    </ul>
  );
}
