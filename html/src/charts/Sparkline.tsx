/*
 * Twelve months in the height of a line; figures stand beside it.
 */

import { toNumber } from "../lib/decimal";
import type { Decimal } from "../lib/decimal";

const WIDTH = 84;
const HEIGHT = 22;

interface Props {
  values: Decimal[];
  /* which of them are without some account */
  partial: boolean[];
}

export function Sparkline({ values, partial }: Props) {
  const numbers = values.map(toNumber);
  const low = Math.min(0, ...numbers);
  const range = Math.max(0, ...numbers) - low || 1;
  const slot = WIDTH / values.length;
  const y = (value: number) => (HEIGHT - 2) * (1 - (value - low) / range) + 1;

  return (
    <svg class="sparkline" width={WIDTH} height={HEIGHT} aria-hidden="true">
      {numbers.map((value, at) => (
        <rect
          key={at}
          class={`${at === values.length - 1 ? "open" : ""}${partial[at] === true ? " partial" : ""}`}
          x={slot * at + 1}
          width={slot - 2}
          y={Math.min(y(value), y(0))}
          height={Math.max(1, Math.abs(y(value) - y(0)))}
          rx={1}
        />
      ))}
      {low < 0 && <line x1={0} x2={WIDTH} y1={y(0)} y2={y(0)} />}
    </svg>
  );
}
