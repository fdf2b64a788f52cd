/*
 * The row of figures on top of a dashboard.
 */

import type { ComponentChildren } from "preact";
import { Icon } from "../components/Icon";
import { SkeletonBox } from "../components/Skeleton";
import { t, useLang } from "../i18n";
import { percent } from "../lib/money";

interface FigureProps {
  label: string;
  note?: ComponentChildren;
  main?: boolean;
  open?: boolean;
  testid?: string;
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
        <span class="figure-value">{props.children}</span>
        {props.note !== undefined && <span class="figure-note">{props.note}</span>}
      </dd>
    </div>
  );
}

export function Figures({ children }: { children: ComponentChildren }) {
  return <dl class="figures">{children}</dl>;
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
