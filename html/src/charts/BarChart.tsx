/*
 * Bars over periods, plain or stacked.  The drawing is hidden from screen
 * readers; the chart is a list box with a choice for each period, which arrow
 * keys, a finger and a screen reader's own keys move through.  What is chosen
 * is said in words beside the chart: nothing lies over the bars next to it.
 */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t, useLang } from "../i18n";
import { sumOf, toNumber } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { axisMoney, compactMoney, widthOf } from "../lib/money";
import { axisPeriod } from "../lib/period";
import { useId } from "../lib/useId";
import { scaleOf } from "./scale";

export interface BarSeries {
  /* of its colour: 1 to 10; null: the only one */
  colour: number | null;
  values: Decimal[];
}

interface Props {
  label: string;
  dates: string[];
  series: BarSeries[];
  currency: string;
  inProgress: string[];
  /* dates whose figures are without some account */
  partial: string[];
  /* of each date, for who does not see it */
  spoken: (at: number) => string;
  active: number | null;
  onActive: (at: number | null) => void;
  /* to what is behind a bar */
  onOpen: (at: number) => void;
}

const HEIGHT = 268;
/* what the name of a period takes, and some air */
const LABEL = 44;
const MARGIN = { top: 22, right: 4, bottom: 44 };
/* a digit at 12px, in the widest of fonts and spaced out */
const DIGIT = 9.4;
const STRIPE = 5;

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

/* Lines across a bar that something is missing in. */
function gaps(x: number, width: number, top: number, bottom: number): string {
  let path = "";

  for (let y = bottom - STRIPE; y > top; y -= STRIPE) {
    path += `M${x} ${y}h${width}`;
  }
  return path;
}

/* Where a key leads; undefined: it is none of ours. */
function target(key: string, active: number | null, last: number): number | null | undefined {
  switch (key) {
    case "ArrowLeft":
    case "ArrowUp":
      return Math.max(0, (active ?? last + 1) - 1);
    case "ArrowRight":
    case "ArrowDown":
      return Math.min(last, (active ?? -1) + 1);
    case "Home":
      return 0;
    case "End":
      return last;
    case "Escape":
      return null;
    default:
      return undefined;
  }
}

export function BarChart(props: Props) {
  const { dates, series, currency, inProgress, partial, active, onActive, onOpen } = props;
  const lang = useLang();
  const id = useId();
  const { ref, width } = useWidth();
  const touched = useRef<number | null>(null);

  const totals = dates.map((_, at) => sumOf(series.map((one) => one.values[at]!)));
  const up = dates.map((_, at) => positive(series, at));
  const down = dates.map((_, at) => negative(series, at));
  const scale = scaleOf([...up, ...down], 4);
  const step = (scale.ticks[1] ?? 1) - (scale.ticks[0] ?? 0);
  const marks = scale.ticks.map((tick) => axisMoney(tick, step, lang, currency));
  const left = 12 + Math.max(...marks.map((mark) => widthOf(mark) * DIGIT));
  const inner = Math.max(0, width - left - MARGIN.right);
  const slot = inner / dates.length;
  const bar = Math.min(44, slot * (dates.length > 45 ? 0.8 : 0.56));
  const plot = HEIGHT - MARGIN.top - MARGIN.bottom;
  const y = (value: number) =>
    MARGIN.top + plot * (1 - (value - scale.min) / (scale.max - scale.min));
  const x = (at: number) => left + slot * at + (slot - bar) / 2;
  const every = Math.max(1, Math.ceil(LABEL / slot));
  const values = totals.map((total, at) =>
    total === 0n
      ? ""
      : compactMoney(toNumber(total), lang, currency) + (partial.includes(dates[at]!) ? "*" : ""),
  );
  const room = Math.max(...values.map((value) => widthOf(value) * DIGIT)) <= slot - 2;

  const onKeyDown = (event: KeyboardEvent) => {
    const next = target(event.key, active, dates.length - 1);

    if (next !== undefined) {
      event.preventDefault();
      onActive(next);
    } else if ((event.key === "Enter" || event.key === " ") && active !== null) {
      event.preventDefault();
      onOpen(active);
    }
  };
  /* a finger chooses first, and opens what it has chosen */
  const onClick = (at: number) => {
    if (touched.current !== null && touched.current !== at) {
      touched.current = at;
      onActive(at);
      return;
    }
    onOpen(at);
  };

  return (
    <div
      ref={ref}
      class="chart"
      role="listbox"
      tabIndex={0}
      aria-label={`${props.label}. ${t("chart.keys")}`}
      aria-orientation="horizontal"
      aria-activedescendant={active === null ? undefined : `${id}-${active}`}
      data-testid="chart"
      onKeyDown={onKeyDown}
      onBlur={() => {
        touched.current = null;
      }}
      onPointerLeave={(event) => event.pointerType === "mouse" && onActive(null)}
    >
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {scale.ticks.map((tick, at) => (
          <g key={tick} class={tick === 0 ? "tick zero" : "tick"}>
            <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} />
            <text x={left - 10} y={y(tick)} dy="0.32em">
              {marks[at]}
            </text>
          </g>
        ))}
        {dates.map((date, at) => (
          <g
            key={date}
            class={`period${inProgress.includes(date) ? " open" : ""}${active === at ? " active" : ""}`}
            data-date={date}
            onPointerDown={(event) => {
              touched.current = event.pointerType === "mouse" ? null : (touched.current ?? -1);
            }}
            onPointerMove={(event) => event.pointerType === "mouse" && onActive(at)}
            onClick={() => onClick(at)}
          >
            <rect class="catch" x={left + slot * at} y={0} width={slot} height={HEIGHT} />
            {stack(series, at).map((part) => (
              <path
                key={part.index}
                class={part.colour === null ? "bar" : `series-${part.colour}`}
                d={barPath(x(at), bar, y(part.from), y(part.to), part.outer)}
              />
            ))}
            {partial.includes(date) && (
              <path class="gaps" d={gaps(x(at), bar, y(up[at]!), y(down[at]!))} />
            )}
            {room && (
              <text class="value" x={x(at) + bar / 2} y={y(up[at]!) - 7}>
                {values[at]}
              </text>
            )}
            {!room && partial.includes(date) && (
              <text class="value" x={x(at) + bar / 2} y={y(up[at]!) - 3}>
                *
              </text>
            )}
            {(dates.length - 1 - at) % every === 0 && (
              <AxisLabel date={date} x={x(at) + bar / 2} first={at === 0} />
            )}
          </g>
        ))}
      </svg>
      {/* where the bars are, for whoever points by a screen reader */}
      {width > 0 &&
        dates.map((date, at) => (
          <div
            key={date}
            id={`${id}-${at}`}
            class="chart-choice"
            role="option"
            aria-selected={active === at}
            aria-label={props.spoken(at)}
            style={{ left: `${left + slot * at}px`, width: `${slot}px` }}
            onClick={() => onOpen(at)}
          />
        ))}
    </div>
  );
}

function AxisLabel(props: { date: string; x: number; first: boolean }) {
  const label = axisPeriod(props.date, useLang(), props.first);

  return (
    <text class="axis" x={props.x} y={HEIGHT - MARGIN.bottom + 18}>
      {label.text}
      {label.below !== null && (
        <tspan class="below" x={props.x} dy="15">
          {label.below}
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
    return { index, colour: one.colour, from, to };
  });
  return parts
    .filter((part) => part.from !== part.to)
    .map((part) => ({ ...part, outer: part.to === high || part.to === low }));
}
