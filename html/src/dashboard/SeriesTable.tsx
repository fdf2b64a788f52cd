/*
 * The figures of a chart as a table: for screen readers always there, for
 * everyone on demand.
 */

import { PartialMark } from "../components/Partial";
import { Money } from "../components/Money";
import { t, useLang } from "../i18n";
import type { Coverage } from "../lib/complete";
import { sumOf } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";
import { mediumPeriod } from "../lib/period";

interface Column {
  label: string;
  values: Decimal[];
}

interface Props {
  hidden: boolean;
  caption: string;
  dates: string[];
  series: Column[];
  currency: string;
  inProgress: string[];
  /* of each date: null where nothing is missing */
  cover: (Coverage | null)[];
}

export function SeriesTable(props: Props) {
  const { hidden, caption, dates, series, currency, inProgress, cover } = props;
  const lang = useLang();
  const many = series.length > 1;

  return (
    <div
      class={hidden ? "sr" : "table-scroll"}
      {...(hidden ? {} : { tabIndex: 0, role: "region", "aria-label": caption })}
    >
      <table class="table series">
        <caption class="sr">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t("table.period")}</th>
            {series.map((one, index) => (
              <th key={index} scope="col" class="end">
                {one.label}
              </th>
            ))}
            {many && (
              <th scope="col" class="end">
                {t("trend.total")}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {dates.map((date, at) => (
            <tr key={date}>
              <th scope="row">
                {mediumPeriod(date, lang)}
                {inProgress.includes(date) && (
                  <span class="tag-open">{t("state.in_progress")}</span>
                )}
              </th>
              {series.map((one, index) => (
                <td key={index} class="end">
                  <Money value={one.values[at]!} currency={currency} />
                  <PartialMark of={cover[at] ?? null} />
                </td>
              ))}
              {many && (
                <td class="end">
                  <Money
                    value={sumOf(series.map((one) => one.values[at]!))}
                    currency={currency}
                  />
                  <PartialMark of={cover[at] ?? null} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
