/*
 * The row of figures on top of a dashboard.
 */

import type { ComponentChildren } from "preact";
import { Icon } from "../components/Icon";
import { Money } from "../components/Money";
import { partialText } from "../components/Partial";
import { SkeletonBox } from "../components/Skeleton";
import { t, useLang } from "../i18n";
import type { Coverage } from "../lib/complete";
import type { Decimal } from "../lib/decimal";
import { money, percent } from "../lib/money";

interface FigureProps {
  label: string;
  note?: ComponentChildren;
  main?: boolean;
  open?: boolean;
  testid?: string;
  /* how long it is: it gets smaller before it gets out of its box */
  characters?: number;
  children: ComponentChildren;
}

export function Figure(props: FigureProps) {
  return (
    <div class={props.main === true ? "figure main" : "figure"} data-testid={props.testid}>
      <dt>
        {props.label}
        {props.open === true && (
          <span class="tag-open">{t("state.in_progress")}</span>
        )}
      </dt>
      <dd>
        <span class="figure-value" style={{ "--characters": String(props.characters ?? 8) }}>
          {props.children}
        </span>
        {props.note !== undefined && <span class="figure-note">{props.note}</span>}
      </dd>
    </div>
  );
}

interface MoneyProps extends Omit<FigureProps, "children" | "characters"> {
  value: Decimal;
  currency: string;
  cover: Coverage | null;
}

/* An amount with what it is without. */
export function MoneyFigure({ value, currency, cover, note, ...rest }: MoneyProps) {
  const lang = useLang();
  const { length } = money(value, lang, currency).text;

  return (
    <Figure
      {...rest}
      characters={length + (cover === null ? 0 : 1)}
      note={
        <>
          {note}
          {cover !== null && (
            <span class="figure-partial" data-testid="partial">
              * {partialText(cover)}
            </span>
          )}
        </>
      }
    >
      <span class="whole">
        <Money value={value} currency={currency} />
        {cover !== null && (
          <span class="partial-mark" aria-hidden="true">
            *
          </span>
        )}
      </span>
    </Figure>
  );
}

interface FiguresProps {
  /* null: there is no other */
  currency: string | null;
  children: ComponentChildren;
}

export function Figures({ currency, children }: FiguresProps) {
  return (
    <div
      class="figures-of"
      {...(currency === null
        ? {}
        : { role: "group", "aria-label": currency, "data-currency": currency })}
    >
      {currency !== null && <h2 class="figures-currency">{currency}</h2>}
      <dl class="figures">{children}</dl>
    </div>
  );
}

export function FiguresSkeleton({ count }: { count: number }) {
  return (
    <div class="figures" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <div key={index} class={index === 0 ? "figure main" : "figure"}>
          <SkeletonBox kind="figure" />
        </div>
      ))}
    </div>
  );
}

const STEEP = 50;

/* A change is an arrow and a word; a steep rise is red as well. */
export function Change({ value }: { value: number | null }) {
  const lang = useLang();

  if (value === null) {
    return <span class="change none">{t("figure.no_change")}</span>;
  }

  const tone = value > 0 ? "up" : value < 0 ? "down" : "same";
  const text = percent(Math.abs(value) / 100, lang);
  return (
    <span class={`change ${value >= STEEP ? "steep" : tone}`}>
      {tone !== "same" && <Icon name={tone === "up" ? "up" : "fall"} />}
      <span>
        {text}
        <span class="change-word">{t(`change.${tone}`)}</span>
      </span>
    </span>
  );
}
