/*
 * What a sheet has to say by itself, since it has no address and no switches:
 * of what, of when, in which currency, and how old.
 */

import { t } from "../i18n";
import type { Lang } from "../i18n";
import { fullTime } from "../lib/clock";
import { DIMENSIONS, groupName } from "../lib/links";
import type { Directory } from "../store/directory";

export interface Fact {
  name: string;
  value: string;
}

function textOf(element: Element | null | undefined): string | null {
  const copy = element?.cloneNode(true) as Element | undefined;

  copy?.querySelectorAll(".tag-open, .sr").forEach((one) => one.remove());
  return copy?.textContent?.trim() ?? null;
}

/* From the first period of the figures to the last one. */
function period(): string | null {
  const table = document.querySelector("[data-testid=trend] table");
  const [first, last] = [
    table?.querySelector("tbody tr:first-child th"),
    table?.querySelector("tbody tr:last-child th"),
  ].map(textOf);

  return first && last
    ? `${first} – ${last}`
    : textOf(document.querySelector("[data-testid=costs] .card-note"));
}

/* Those that the tables of the page are of. */
function currencies(): string[] {
  const codes = [...document.querySelectorAll("main caption")].flatMap(
    ({ textContent }) => /(?:^|[\s,])([A-Z]{3})(?=$|[\s,.])/.exec(textContent ?? "")?.[1] ?? [],
  );

  return [...new Set(codes)];
}

/* As the address has them: "service!" is all but that one. */
function filters(query: URLSearchParams, directory: Directory | null): string[] {
  return [...query].flatMap(([key, value]) => {
    const dimension = DIMENSIONS.find((one) => key.replace(/[!~]+$/, "") === one);

    return dimension === undefined
      ? []
      : `${t(`dimension.${dimension}`)}${key.slice(dimension.length)}: ${
          groupName(dimension, value, directory)}`;
  });
}

/* The age of what is shown, if it has one. */
function asOf(): string | null {
  return document.querySelector<HTMLTimeElement>("main time[data-as-of]")?.dateTime ?? null;
}

export function factsOf(
  query: URLSearchParams,
  directory: Directory | null,
  lang: Lang,
  now: Date,
): Fact[] {
  const chosen = filters(query, directory);
  const at = asOf();
  const codes = currencies();
  const span = codes.length === 0 ? null : period();

  return [
    ...(span === null ? [] : [{ name: t("paper.period"), value: `${span} (UTC)` }]),
    ...(codes.length === 0
      ? []
      : [
          { name: t("currency.label"), value: codes.join(", ") },
          {
            name: t("costs.filters"),
            value: chosen.length === 0 ? t("paper.no_filters") : chosen.join(", "),
          },
        ]),
    ...(at === null ? [] : [{ name: t("paper.as_of"), value: fullTime(at, lang) }]),
    { name: t("paper.printed"), value: fullTime(now.toISOString(), lang) },
    { name: t("paper.address"), value: window.location.href },
  ];
}
