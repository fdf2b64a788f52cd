/*
 * An amount: rounded for reading, every digit in the tooltip.
 */

import { useLang } from "../i18n";
import type { Decimal } from "../lib/decimal";
import { money } from "../lib/money";

interface Props {
  value: Decimal;
  currency: string;
}

export function Money({ value, currency }: Props) {
  const { text, exact } = money(value, useLang(), currency);

  return (
    <data class="money" value={exact} title={exact}>
      {text}
    </data>
  );
}
