/*
 * Bars over periods, plain or stacked.  The drawing itself is hidden from
 * screen readers: beside it stands a table of the same figures, and the arrow
 * keys move over the bars with each one spoken.
 */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t, useLang } from "../i18n";
import { sumOf, toNumber } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { compactMoney, money } from "../lib/money";
import { axisPeriod, longPeriod } from "../lib/period";
import { scaleOf } from "./scale";
import { Tooltip } from "./Tooltip";

export interface BarSeries {
  label: string;
  values: Decimal[];
}

interface Props {
  label: string;
  dates: string[];
  series: BarSeries[];
  currency: string;
  inProgress: string[];
}

const HEIGHT = 264;
/* what the name of a period takes, and some air */
const LABEL = 42;
const MARGIN = { top: 22, right: 4, bottom: 40, left: 60 };

function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);

  useLayoutEffect(() => {
    const element = ref.current!;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));

    setWidth(element.clientWidth);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return { ref, width };
}

/* Rounded where the bar ends, square where it stands. */
function barPath(
  x: number,
  width: number,
  foot: number,
  end: number,
  round: boolean,
): string {
  const up = end <= foot;
  const radius = round ? Math.min(3, width / 2, Math.abs(end - foot)) : 0;
  const turn = up ? radius : -radius;

  return (
    `M${x} ${foot}V${end + turn}q0 ${-turn} ${radius} ${-turn}` +
    `h${width - 2 * radius}q${radius} 0 ${radius} ${turn}V${foot}Z`
  );
}

export function BarChart(props: Props) {
  const { dates, series, currency, inProgress } = props;
  const lang = useLang();
  const { ref, width } = useWidth();
  const [active, setActive] = useState<number | null>(null);

  const totals = dates.map((_, at) => sumOf(series.map((one) => one.values[at]!)));
  const up = dates.map((_, at) => positive(series, at));
  const down = dates.map((_, at) => negative(series, at));
  const scale = scaleOf([...up, ...down], 4);
  const inner = Math.max(0, width - MARGIN.left - MARGIN.right);
  const slot = inner / dates.length;
  const bar = Math.min(44, slot * 0.56);
  const plot = HEIGHT - MARGIN.top - MARGIN.bottom;
  const y = (value: number) =>
    MARGIN.top + plot * (1 - (value - scale.min) / (scale.max - scale.min));
  const x = (at: number) => MARGIN.left + slot * at + (slot - bar) / 2;
  const every = Math.max(1, Math.ceil(LABEL / slot));

  const move = (event: KeyboardEvent) => {
    const last = dates.length - 1;
    const from = active ?? last + 1;
    const next =
      event.key === "ArrowLeft" ? Math.max(0, from - 1) :
      event.key === "ArrowRight" ? Math.min(last, (active ?? -1) + 1) :
      event.key === "Home" ? 0 :
      event.key === "End" ? last :
      event.key === "Escape" ? null : undefined;
    if (next !== undefined) {
      event.preventDefault();
      setActive(next);
    }
  };

  const spoken = (at: number) => {
    const open = inProgress.includes(dates[at]!);
    const text = `${longPeriod(dates[at]!, lang)}: ${money(totals[at]!, lang, currency).text}`;
    return open ? `${text}, ${t("state.in_progress")}` : text;
  };

  return (
    <div
      ref={ref}
      class="chart"
      role="group"
      tabIndex={0}
      aria-label={`${props.label}. ${t("chart.keys")}`}
      data-testid="chart"
      onKeyDown={move}
      onBlur={() => setActive(null)}
      onPointerLeave={() => setActive(null)}
    >
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {scale.ticks.map((tick) => (
          <g key={tick} class={tick === 0 ? "tick zero" : "tick"}>
            <line x1={MARGIN.left} x2={width} y1={y(tick)} y2={y(tick)} />
            <text x={MARGIN.left - 10} y={y(tick)} dy="0.32em">
              {compactMoney(tick, lang, currency)}
            </text>
          </g>
        ))}
        {dates.map((date, at) => (
          <g
            key={date}
            class={`period${inProgress.includes(date) ? " open" : ""}${active === at ? " active" : ""}`}
            onPointerMove={() => setActive(at)}
          >
            <rect
              class="catch"
              x={MARGIN.left + slot * at}
              y={0}
              width={slot}
              height={HEIGHT}
            />
            {stack(series, at).map((part) => (
              <path
                key={part.index}
                class={series.length > 1 ? `series-${part.index + 1}` : "bar"}
                d={barPath(x(at), bar, y(part.from), y(part.to), part.outer)}
              />
            ))}
            {slot >= 58 && totals[at] !== 0n && (
              <text class="value" x={x(at) + bar / 2} y={y(up[at]!) - 7}>
                {compactMoney(toNumber(totals[at]!), lang, currency)}
              </text>
            )}
            {(dates.length - 1 - at) % every === 0 && (
              <AxisLabel date={date} x={x(at) + bar / 2} first={at === 0} />
            )}
          </g>
        ))}
      </svg>
      {active !== null && width > 0 && (
        <Tooltip
          title={longPeriod(dates[active]!, lang)}
          open={inProgress.includes(dates[active]!)}
          rows={series.map((one, index) => ({
            index,
            label: one.label,
            value: one.values[active]!,
          }))}
          total={totals[active]!}
          currency={currency}
          x={x(active) + bar / 2}
          y={y(up[active]!)}
          width={width}
        />
      )}
      <p class="sr" aria-live="polite">
        {active !== null && spoken(active)}
      </p>
    </div>
  );
}

function AxisLabel(props: { date: string; x: number; first: boolean }) {
  const label = axisPeriod(props.date, useLang(), props.first);

  return (
    <text class="axis" x={props.x} y={HEIGHT - MARGIN.bottom + 18}>
      {label.text}
      {label.year !== null && (
        <tspan class="year" x={props.x} dy="15">
          {label.year}
        </tspan>
      )}
    </text>
  );
}

function positive(series: BarSeries[], at: number): number {
  return series.reduce((sum, one) => sum + Math.max(0, toNumber(one.values[at]!)), 0);
}

function negative(series: BarSeries[], at: number): number {
  return series.reduce((sum, one) => sum + Math.min(0, toNumber(one.values[at]!)), 0);
}

/* Rises stand on each other above zero, credits hang below it. */
function stack(series: BarSeries[], at: number) {
  let high = 0;
  let low = 0;

  const parts = series.map((one, index) => {
    const value = toNumber(one.values[at]!);
    const from = value >= 0 ? high : low;
    const to = from + value;
    high = Math.max(high, to);
    low = Math.min(low, to);
    return { index, from, to };
  });
  return parts
    .filter((part) => part.from !== part.to)
    .map((part) => ({ ...part, outer: part.to === high || part.to === low }));
}
