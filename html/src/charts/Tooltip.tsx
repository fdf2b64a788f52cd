/*
 * What a bar stands for, beside the pointer or the key's focus.
 */

import { t } from "../i18n";
import { Money } from "../components/Money";
import type { Decimal } from "../lib/decimal";

interface Row {
  index: number;
  label: string;
  value: Decimal;
}

interface Props {
  title: string;
  open: boolean;
  rows: Row[];
  total: Decimal;
  currency: string;
  x: number;
  y: number;
  width: number;
}

export function Tooltip(props: Props) {
  const { title, open, rows, total, currency, x, y, width } = props;
  const side = x > width * 0.62 ? "before" : "after";

  return (
    <div
      class={`tooltip ${side}`}
      aria-hidden="true"
      data-testid="tooltip"
      style={{ left: `${x}px`, top: `${Math.min(y, 140)}px` }}
    >
      <p class="tooltip-title">
        {title}
        {open && <span class="tag-open">{t("state.in_progress")}</span>}
      </p>
      <p class="tooltip-total">
        <Money value={total} currency={currency} />
      </p>
      {rows.length > 1 && (
        <ul>
          {rows.map((row) => (
            <li key={row.index}>
              <span class={`swatch series-${row.index + 1}`} />
              <span class="tooltip-label">{row.label}</span>
              <Money value={row.value} currency={currency} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
