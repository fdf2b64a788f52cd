/*
 * Costs by group and period: six periods a page, five rows folded out to all,
 * sums in the foot.
 */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { CostCurrency } from "../api/types";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Money } from "../components/Money";
import { PartialMark } from "../components/Partial";
import { Term } from "../components/Term";
import { number, plural, t, useLang } from "../i18n";
import type { AccountData } from "../api/types";
import { coverageOf } from "../lib/complete";
import type { Coverage } from "../lib/complete";
import { ZERO, sumOf } from "../lib/decimal";
import { decimals } from "../lib/figures";
import { groupAlias, groupName, groupTarget } from "../lib/links";
import type { Dimension, Filters } from "../lib/links";
import { heatClass } from "../lib/money";
import { mediumPeriod } from "../lib/period";
import type { Granularity } from "../lib/period";
import { setQuery, useLocation } from "../router";
import type { Directory } from "../store/directory";
import { keepFit, scrollOn } from "./fit";
import type { Hidden } from "./fit";
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
  /* from when to when: what the sums are of */
  range: string;
  accounts: AccountData[];
  granularity: Granularity;
}

/* What the figures are without: of each date, and of all of them. */
interface Covers {
  dates: (Coverage | null)[];
  all: Coverage | null;
}

function coversOf({ dates, accounts, granularity }: Props): Covers {
  return {
    dates: dates.map((date) => coverageOf(accounts, [date], granularity)),
    all: coverageOf(accounts, dates, granularity),
  };
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
        <Term text={name} />
      ) : (
        <Link to={target.to} {...(target.query ? { query: target.query } : {})}>
          <Term text={name} />
        </Link>
      )}
      {alias !== null && <span class="alias">{alias}</span>}
    </>
  );
}

function Head({ props, covers }: { props: Props; covers: Covers }) {
  const lang = useLang();

  return (
    <thead>
      <tr>
        <th scope="col">{t(`dimension.${props.dimension}`)}</th>
        {props.dates.map((date, at) => (
          <th key={date} scope="col" class="end">
            {mediumPeriod(date, lang)}
            <PartialMark of={covers.dates[at]!} />
            {props.inProgress.includes(date) && (
              <span class="tag-open">{t("state.in_progress")}</span>
            )}
          </th>
        ))}
        <th scope="col" class="end">
          {t("table.sum")}
          <PartialMark of={covers.all} />
          <span class="range" data-testid="sum-range">
            {props.range}
          </span>
        </th>
      </tr>
    </thead>
  );
}

function Foot({ currency, covers }: { currency: CostCurrency; covers: Covers }) {
  const costs = decimals(currency.costs).slice(1);

  return (
    <tfoot>
      <tr>
        <th scope="row">{t("table.sum")}</th>
        {costs.map((value, at) => (
          <td key={at} class="end">
            <Money value={value} currency={currency.currency} />
            <PartialMark of={covers.dates[at]!} />
          </td>
        ))}
        <td class="end">
          <Money value={sumOf(costs)} currency={currency.currency} />
          <PartialMark of={covers.all} />
        </td>
      </tr>
    </tfoot>
  );
}

/* What is out of sight, and the way there. */
function OutOfSight({ hidden, onGo }: { hidden: Hidden; onGo: (way: -1 | 1) => void }) {
  return (
    <p class="out-of-sight" role="status" data-testid="out-of-sight">
      {hidden.older > 0 && (
        <button type="button" class="button quiet" onClick={() => onGo(-1)}>
          <Icon name="left" />
          {plural("table.hidden_older", hidden.older)}
        </button>
      )}
      {hidden.newer > 0 && (
        <button type="button" class="button quiet newer" onClick={() => onGo(1)}>
          {plural("table.hidden_newer", hidden.newer)}
          <Icon name="right" />
        </button>
      )}
    </p>
  );
}

const NONE: Hidden = { older: 0, newer: 0 };

export function CostTable(props: Props) {
  const { currency, dimension, dates, inProgress, caption } = props;
  const lang = useLang();
  const open = useLocation().query.get("rows") === "all";
  const covers = coversOf(props);
  const unsure = [...inProgress, ...dates.filter((_, at) => covers.dates[at] !== null)];
  const rows = costRows(currency, dimension, dates, unsure);
  const shown = open ? rows : rows.slice(0, FOLDED);
  const scroll = useRef<HTMLDivElement>(null);
  const [hidden, setHidden] = useState(NONE);

  useLayoutEffect(
    () =>
      keepFit(scroll.current!, (now) =>
        setHidden((was) => (was.older === now.older && was.newer === now.newer ? was : now)),
      ),
    [currency, open, lang],
  );

  return (
    <>
      <OutOfSight hidden={hidden} onGo={(way) => scrollOn(scroll.current!, way)} />
      <div
        ref={scroll}
        class="table-scroll"
        role="region"
        aria-label={caption}
        tabIndex={0}
      >
        <table class="table costs" data-testid="cost-table">
          <caption class="sr">{caption}</caption>
          <Head props={props} covers={covers} />
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
          <Foot currency={currency} covers={covers} />
        </table>
      </div>
      {rows.length > FOLDED && (
        <button
          type="button"
          class="button fold"
          aria-expanded={open}
          onClick={() => setQuery({ rows: open ? null : "all" }, { replace: true })}
        >
          {open ? t("table.less") : plural("table.more", rows.length, { n: number(rows.length) })}
        </button>
      )}
    </>
  );
}
