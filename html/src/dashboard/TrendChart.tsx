/*
 * One chart of the trend: bars, what the chosen one says, and a legend that
 * has the figures of its parts.  Each of them leads to the same figures
 * narrowed down to it.
 */

import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../api/client";
import { partsOf, wholeOf } from "../charts/parts";
import type { Part } from "../charts/parts";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Money } from "../components/Money";
import { PartialMark, partialText } from "../components/Partial";
import { SkeletonBox } from "../components/Skeleton";
import { number, t, useLang } from "../i18n";
import { coverageOf } from "../lib/complete";
import type { Coverage } from "../lib/complete";
import { ZERO, abs, ratio, sumOf, toNumber } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { decimals } from "../lib/figures";
import { groupName, narrowed } from "../lib/links";
import type { Filters } from "../lib/links";
import { money, percent, signedPercent } from "../lib/money";
import { longPeriod, mediumPeriod } from "../lib/period";
import { part } from "../lib/part";
import { queriesOf } from "../lib/spend";
import { periodQuery } from "../lib/view";
import type { View } from "../lib/view";
import { href, navigate } from "../router";
import { useDirectory } from "../store/directory";
import { ExportMenu } from "./ExportMenu";
import { SeriesTable } from "./SeriesTable";
import type { Source, Split } from "./Trend";

type Chart = typeof import("../charts/BarChart").BarChart;

/* Of colours: the two of the rest have their own, however few parts there are. */
const COLOURS = { costs: 9, credits: 10 };

interface Props {
  view: View;
  currency: string;
  filters: Filters;
  split: Split;
  label: string;
  Chart: Chart | null | undefined;
  source: Source | null;
}

interface Named extends Part {
  label: string;
  colour: number | null;
}

/* undefined: on its way; null: it cannot be had */
export function useChart(): Chart | null | undefined {
  const [chart, setChart] = useState<{ Chart: Chart | null }>();

  useEffect(() => {
    part(import("../charts/BarChart")).then(
      ({ BarChart }) => setChart({ Chart: BarChart }),
      () => setChart({ Chart: null }),
    );
  }, []);

  return chart?.Chart;
}

function restName({ kind, count }: Part): string {
  const stem = kind === "credits" ? "group.rest_credits" : "group.rest_costs";
  return count === null ? t(stem) : `${t(stem)} (${number(count)})`;
}

function useParts(source: Source, currency: string, split: Split): Named[] {
  const directory = useDirectory();

  if (source.groups === null || split === "none") {
    return [
      {
        id: null,
        kind: "group",
        count: null,
        label: t("trend.total"),
        colour: null,
        values: decimals(source.costs(currency)),
      },
    ];
  }
  return partsOf(source.groups(currency), split, source.dates.length).map((one, at) => ({
    ...one,
    label: one.kind === "group" ? groupName(split, one.id ?? "", directory) : restName(one),
    colour: one.kind === "group" ? at + 1 : COLOURS[one.kind],
  }));
}

export function TrendTools({ view, currency, filters, split, label, source, Chart }: Props) {
  const { span, granularity } = view;
  const query = { ...filters, group_by: split === "none" ? null : split, currency };

  return (
    <ExportMenu
      chart={view.asTable || Chart == null || source === null ? null : currency}
      title={`${t("trend.title")}, ${currency}`}
      note={label}
      name={`trend-${span.start}-${span.end}`}
      csv={queriesOf(query, span.dates, granularity)}
    />
  );
}

/* How it differs from the period before; null: that says nothing. */
function changeOf(
  totals: Decimal[],
  at: number,
  usable: (at: number) => boolean,
): number | null {
  const [now, then] = [totals[at]!, totals[at - 1]];

  return then === undefined || then <= ZERO || !usable(at) || !usable(at - 1)
    ? null
    : toNumber(now - then) / toNumber(then);
}

export function TrendChart(props: Props & { source: Source; many: boolean }) {
  const { view, currency, filters, split, label, Chart, source } = props;
  const { granularity, asTable } = view;
  const { dates, accounts, inProgress } = source;
  const lang = useLang();
  const [active, setActive] = useState<number | null>(null);
  const parts = useParts(source, currency, split);
  const totals = dates.map((_, at) => sumOf(parts.map((one) => one.values[at]!)));
  const cover = dates.map((date) => coverageOf(accounts, [date], granularity));
  const partial = dates.filter((_, at) => cover[at] !== null);
  const chosen = active !== null && active < dates.length ? active : null;
  const title = `${t("trend.title")}, ${currency}, ${label}`;

  const spoken = (at: number) => {
    const date = dates[at]!;
    const says = [
      `${longPeriod(date, lang)}: ${money(totals[at]!, lang, currency).text}`,
      ...(inProgress.includes(date) ? [t("state.in_progress")] : []),
      ...(cover[at] === null ? [] : [partialText(cover[at]!)]),
    ].join(", ");
    const of = parts
      .filter(({ values }) => values[at] !== ZERO)
      .map((one) => `${one.label} ${money(one.values[at]!, lang, currency).text}`);
    return parts.length > 1 ? `${says}. ${of.join("; ")}` : says;
  };
  const open = (at: number) => {
    const target = narrowed(filters, periodQuery(dates[at]!, serverNow()));
    void navigate(href(target.to, new URLSearchParams(target.query)));
  };

  return (
    <>
      {!asTable && Chart !== null && (
        <div class="chart-and-legend" data-chart={currency}>
          <div class="chart-place">
            {Chart === undefined ? (
              <SkeletonBox kind="chart" />
            ) : (
              <Chart
                label={title}
                dates={dates}
                series={parts}
                currency={currency}
                inProgress={inProgress}
                partial={partial}
                spoken={spoken}
                active={chosen}
                onActive={setActive}
                onOpen={open}
              />
            )}
          </div>
          <Readout
            {...props}
            at={chosen}
            totals={totals}
            cover={cover}
            all={coverageOf(accounts, dates, granularity)}
            usable={(at) => !inProgress.includes(dates[at]!) && cover[at] === null}
          />
          <Legend
            {...props}
            parts={parts}
            at={chosen}
            open={dates.some((date) => inProgress.includes(date))}
            all={coverageOf(accounts, dates, granularity)}
          />
        </div>
      )}
      <SeriesTable
        hidden={!asTable && Chart !== null}
        caption={title}
        dates={dates}
        series={parts}
        currency={currency}
        inProgress={inProgress}
        cover={cover}
      />
    </>
  );
}

interface ReadoutProps extends Props {
  source: Source;
  at: number | null;
  totals: Decimal[];
  cover: (Coverage | null)[];
  all: Coverage | null;
  usable: (at: number) => boolean;
}

/* In its place whether something is chosen or not: nothing jumps. */
function Readout({ source, currency, filters, label, at, totals, cover, all, usable }: ReadoutProps) {
  const lang = useLang();

  if (at === null) {
    return (
      <p class="chart-read num" aria-hidden="true" data-testid="chart-read">
        <span class="chart-read-title">{label}</span>
        <b>
          <Money value={sumOf(totals)} currency={currency} />
          <PartialMark of={all} />
        </b>
        <span class="quiet-text">{t("chart.hint")}</span>
      </p>
    );
  }

  const date = source.dates[at]!;
  const change = changeOf(totals, at, usable);
  const target = narrowed(filters, periodQuery(date, serverNow()));
  const whole = wholeOf(totals);
  return (
    <p class="chart-read num" data-testid="chart-read" data-date={date}>
      <span class="chart-read-title">
        {longPeriod(date, lang)}
        {source.inProgress.includes(date) && (
          <span class="tag-open">{t("state.in_progress")}</span>
        )}
      </span>
      <b>
        <Money value={totals[at]!} currency={currency} />
        <PartialMark of={cover[at]!} />
      </b>
      {change !== null && (
        <span>
          {t("chart.change", {
            change: signedPercent(change, lang),
            period: mediumPeriod(source.dates[at - 1]!, lang),
          })}
        </span>
      )}
      {whole !== ZERO && source.dates.length > 1 && (
        <span>{t("chart.share", { share: percent(ratio(abs(totals[at]!), whole), lang) })}</span>
      )}
      {cover[at] !== null && <span>{partialText(cover[at]!)}</span>}
      <Link to={target.to} query={target.query!} class="chart-read-link">
        {t("chart.open")}
        <Icon name="right" />
      </Link>
    </p>
  );
}

interface LegendProps extends Props {
  source: Source;
  parts: Named[];
  at: number | null;
  open: boolean;
  all: Coverage | null;
}

function partTarget({ id, kind }: Named, { filters, split, view }: Props) {
  const { usual, start, end } = view.span;
  const span: Record<string, string> = usual ? {} : { start, end };

  if (split === "none" || (kind === "group" && (id === null || id === ""))) {
    return null;
  }
  return kind === "group"
    ? narrowed({ ...filters, [split]: id! }, span)
    : narrowed(filters, { ...span, group: split, rows: "all" });
}

/* With figures: of the chosen period, or of all. */
function Legend(props: LegendProps) {
  const { parts, at, open, all, currency } = props;
  const lang = useLang();
  const amounts = parts.map(({ values }) => (at === null ? sumOf(values) : values[at]!));
  const whole = wholeOf(amounts);

  return (
    <ul class="legend" data-testid="legend">
      {parts.length > 1 &&
        parts.map((one, index) => {
          const target = partTarget(one, props);
          return (
            <li key={index} class="legend-part">
              <span class={`swatch series-${one.colour}`} />
              {target === null ? (
                <span class="legend-label">{one.label}</span>
              ) : (
                <Link to={target.to} query={target.query!} class="legend-label" title={one.label}>
                  {one.label}
                </Link>
              )}
              <span class="legend-figures num">
                <Money value={amounts[index]!} currency={currency} />
                <span class="legend-share">
                  {percent(ratio(abs(amounts[index]!), whole), lang)}
                </span>
              </span>
            </li>
          );
        })}
      {open && (
        <li>
          <span class="swatch open" />
          <span class="legend-label">{t("state.in_progress")}</span>
        </li>
      )}
      {all !== null && (
        <li data-testid="legend-partial">
          <span class="swatch gaps" />
          <span class="legend-label">* {partialText(all)}</span>
        </li>
      )}
    </ul>
  );
}
