/*
 * Costs by group and period: six periods a page, five rows folded out to all,
 * sums in the foot.
 */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { CostCurrency } from "../api/types";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Money } from "../components/Money";
import { number, plural, t, useLang } from "../i18n";
import { ZERO, sumOf } from "../lib/decimal";
import { decimals } from "../lib/figures";
import { groupAlias, groupName, groupTarget } from "../lib/links";
import type { Dimension, Filters } from "../lib/links";
import { heatClass } from "../lib/money";
import { mediumPeriod } from "../lib/period";
import type { Directory } from "../store/directory";
import { keepFit } from "./fit";
import { costRows } from "./rows";
import type { Cell, CostRow } from "./rows";

const FOLDED = 5;

interface Props {
  currency: CostCurrency;
  dimension: Dimension;
  dates: string[];
  inProgress: string[];
  filters: Filters;
  directory: Directory | null;
  caption: string;
}

function CellView({ cell, currency }: { cell: Cell; currency: string }) {
  const lang = useLang();

  if (cell.value === ZERO) {
    return (
      <td class="end none">
        <span aria-hidden="true">–</span>
        <span class="sr">{t("table.nothing")}</span>
      </td>
    );
  }

  const factor = cell.rise === null ? "" :
    new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(cell.rise);
  return (
    <td class={`end ${heatClass(cell.value, cell.heat)}${cell.rise === null ? "" : " rise"}`}>
      {cell.rise !== null && (
        <span class="rise-mark" title={t("table.rise", { factor })}>
          <Icon name="up" />
          <span class="sr">{t("table.rise", { factor })}</span>
        </span>
      )}
      <Money value={cell.value} currency={currency} />
    </td>
  );
}

function RowName({ row, props }: { row: CostRow; props: Props }) {
  const { dimension, filters, directory } = props;

  if (row.id === null) {
    return <>{t("group.rest")}</>;
  }

  const name = groupName(dimension, row.id, directory);
  const alias = groupAlias(dimension, row.id, directory);
  const target = groupTarget(dimension, row.id, filters);
  const own = dimension !== "linked_account" && filters[dimension] === row.id;
  return (
    <>
      {target === null || own ? (
        name
      ) : (
        <Link to={target.to} {...(target.query ? { query: target.query } : {})}>
          {name}
        </Link>
      )}
      {alias !== null && <span class="alias">{alias}</span>}
    </>
  );
}

function Head({ props }: { props: Props }) {
  const lang = useLang();

  return (
    <thead>
      <tr>
        <th scope="col">{t(`dimension.${props.dimension}`)}</th>
        {props.dates.map((date) => (
          <th key={date} scope="col" class="end">
            {mediumPeriod(date, lang)}
            {props.inProgress.includes(date) && (
              <span class="tag-open">{t("state.in_progress")}</span>
            )}
          </th>
        ))}
        <th scope="col" class="end">
          {t("table.sum")}
        </th>
      </tr>
    </thead>
  );
}

function Foot({ currency }: { currency: CostCurrency }) {
  const costs = decimals(currency.costs).slice(1);

  return (
    <tfoot>
      <tr>
        <th scope="row">{t("table.sum")}</th>
        {costs.map((value, at) => (
          <td key={at} class="end">
            <Money value={value} currency={currency.currency} />
          </td>
        ))}
        <td class="end">
          <Money value={sumOf(costs)} currency={currency.currency} />
        </td>
      </tr>
    </tfoot>
  );
}

export function CostTable(props: Props) {
  const { currency, dimension, dates, inProgress, caption } = props;
  const lang = useLang();
  const [open, setOpen] = useState(false);
  const rows = costRows(currency, dimension, dates, inProgress);
  const shown = open ? rows : rows.slice(0, FOLDED);
  const scroll = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => keepFit(scroll.current!), [currency, open, lang]);

  return (
    <>
      <div
        ref={scroll}
        class="table-scroll"
        role="region"
        aria-label={caption}
        tabIndex={0}
      >
        <table class="table costs" data-testid="cost-table">
          <caption class="sr">{caption}</caption>
          <Head props={props} />
          <tbody>
            {shown.map((row) => (
              <tr key={row.id ?? "*rest"}>
                <th scope="row">
                  <RowName row={row} props={props} />
                </th>
                {row.cells.map((cell, at) => (
                  <CellView key={at} cell={cell} currency={currency.currency} />
                ))}
                <td class="end sum">
                  <Money value={row.sum} currency={currency.currency} />
                </td>
              </tr>
            ))}
          </tbody>
          <Foot currency={currency} />
        </table>
      </div>
      {rows.length > FOLDED && (
        <button
          type="button"
          class="button fold"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? t("table.less") : plural("table.more", rows.length, { n: number(rows.length) })}
        </button>
      )}
    </>
  );
}
