/*
 * Money as text.  Amounts stay exact up to the last step: Intl formats the
 * whole part as a BigInt, and the rounded fraction digits are put beside it.
 */

import { ZERO, abs, decimalText, digitsOf, round, toNumber } from "./decimal";
import type { Decimal } from "./decimal";

type Part = { type: string; value: string };

export interface MoneyText {
  /* what is shown */
  text: string;
  /* every digit, for the tooltip and for machines */
  exact: string;
}

const formats = new Map<string, Intl.NumberFormat>();

function currencyFormat(lang: string, currency: string): Intl.NumberFormat {
  const key = `${lang} ${currency}`;
  let format = formats.get(key);

  if (format === undefined) {
    format = new Intl.NumberFormat(lang, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
    });
    formats.set(key, format);
  }
  return format;
}

export function fractionDigits(currency: string): number {
  return (
    currencyFormat("en", currency).resolvedOptions().maximumFractionDigits ?? 2
  );
}

function fill(parts: Part[], whole: bigint, fraction: string): string {
  let text = "";

  for (const part of parts) {
    if (part.type === "fraction") {
      text += fraction;
    } else if (part.type === "integer" && whole === 0n) {
      text += "0";
    } else {
      text += part.value;
    }
  }
  return text;
}

function write(value: Decimal, lang: string, currency: string): string {
  const format = currencyFormat(lang, currency);
  const digits = fractionDigits(currency);
  const { whole, fraction } = digitsOf(value, digits);

  if (value >= ZERO) {
    return fill(format.formatToParts(whole), whole, fraction);
  }
  /* -0.5 has no whole part that could carry the sign: borrow that of -1 */
  return fill(format.formatToParts(whole === 0n ? -1n : -whole), whole, fraction);
}

export function money(
  value: Decimal,
  lang: string,
  currency: string,
): MoneyText {
  const digits = fractionDigits(currency);
  const shown = round(value, digits);
  const exact = `${decimalText(value)} ${currency}`;

  if (value !== ZERO && shown === ZERO) {
    const least = 10n ** BigInt(12 - digits);
    const sign = value > ZERO ? "<" : ">";
    const bound = value > ZERO ? least : -least;
    return { text: sign + write(bound, lang, currency), exact };
  }
  return { text: write(shown, lang, currency), exact };
}

function compact(
  value: number,
  lang: string,
  currency: string,
  digits: number,
): Part[] {
  return new Intl.NumberFormat(lang, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    notation: "compact",
    minimumFractionDigits: 0,
    maximumFractionDigits: digits,
  }).formatToParts(value);
}

/* For axes: short, and never the only place where a figure stands. */
export function compactMoney(
  value: number,
  lang: string,
  currency: string,
): string {
  /* ten thousands are how won are counted, not dollars */
  const units = currency === "KRW" ? lang : "en";
  const digits = Math.abs(value) < 10 && value !== 0 ? 2 : 1;
  const parts = compact(value, units, currency, digits);
  const whole = parts.find((part) => part.type === "integer")?.value ?? "";
  const short = whole.length > 2 ? compact(value, units, currency, 0) : parts;

  return short.map((part) => part.value).join("");
}

/* The same without its currency, where that stands beside. */
export function compactNumber(
  value: number,
  lang: string,
  currency: string,
): string {
  const units = currency === "KRW" ? lang : "en";
  const write = (digits: number) =>
    new Intl.NumberFormat(units, {
      notation: "compact",
      maximumFractionDigits: digits,
    });
  const parts = write(Math.abs(value) < 10 ? 2 : 1).formatToParts(value);
  const whole = parts.find((part) => part.type === "integer")?.value ?? "";

  /* three digits say enough: a cell of a calendar has room for no more */
  return whole.length > 2
    ? write(0).format(value)
    : parts.map((part) => part.value).join("");
}

export function percent(value: number, lang: string): string {
  return new Intl.NumberFormat(lang, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(value);
}

/*
 * A rise worth a word: at least 1.5 times the period before, and by at least
 * one unit of the currency.  Returns the factor, or null.
 */
export function rise(now: Decimal, before: Decimal): number | null {
  if (before <= ZERO || now - before < 10n ** 12n) {
    return null;
  }
  if (now * 2n < before * 3n) {
    return null;
  }
  return toNumber((now * 10n ** 12n) / before);
}

/*
 * 0 (nothing) to 6 (the largest): the shade of a cell among its peers,
 * whatever its sign; see heatClass().
 */
export function heat(value: Decimal, largest: Decimal): number {
  if (value === ZERO || largest <= ZERO) {
    return 0;
  }
  const share = toNumber((abs(value) * 10n ** 12n) / largest);
  return share < 0.02 ? 0 : Math.min(6, Math.ceil(Math.sqrt(share) * 6));
}

/* Credits have a shade of their own; their minus sign says so, too. */
export function heatClass(value: Decimal, degree: number): string {
  return `heat-${degree}${value < ZERO ? " credit" : ""}`;
}
