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

/* Ten thousands are how won are counted in Korean, not dollars. */
function unitsOf(lang: string, currency: string): string {
  return currency === "KRW" ? lang : "en";
}

/* symbol: with that of the currency; else it stands beside. */
function compactParts(
  value: number,
  lang: string,
  currency: string,
  symbol: boolean,
  digits: [number, number],
): Part[] {
  const units = unitsOf(lang, currency);
  /* "1.5천" is not how anybody counts won */
  const plain = units === "ko" && Math.abs(value) < 10_000;

  return new Intl.NumberFormat(units, {
    ...(symbol
      ? { style: "currency", currency, currencyDisplay: "narrowSymbol" }
      : {}),
    ...(plain ? {} : { notation: "compact" }),
    useGrouping: false,
    minimumFractionDigits: digits[0],
    maximumFractionDigits: digits[1],
  })
    .formatToParts(value)
    .map((part) =>
      part.type === "integer" ? { ...part, value: grouped(part.value, units) } : part,
    );
}

/*
 * 5,000만: of four digits and more, one would not see how many.  What browsers
 * do with compact numbers differs by their age.
 */
function grouped(whole: string, lang: string): string {
  return new Intl.NumberFormat(lang).format(BigInt(whole));
}

function joined(parts: Part[]): string {
  return parts.map((part) => part.value).join("");
}

function has(parts: Part[], type: string): boolean {
  return parts.some((part) => part.type === type);
}

function wholeDigits(parts: Part[]): number {
  return parts
    .filter((part) => part.type === "integer")
    .reduce((sum, part) => sum + part.value.replace(/\D/g, "").length, 0);
}

/*
 * Three digits that count, and all of the whole part: with fewer, months that
 * differ by a twentieth look the same.  Zeros at the end stand only where they
 * were rounded to.
 */
function short(
  value: number,
  lang: string,
  currency: string,
  symbol: boolean,
): string {
  const least = 10 ** -fractionDigits(currency);
  const write = (digits: [number, number], of = value) =>
    compactParts(of, lang, currency, symbol, digits);

  if (value !== 0 && Math.abs(value) < least) {
    const bound = joined(write([0, fractionDigits(currency)], value < 0 ? -least : least));
    return (value < 0 ? ">" : "<") + bound;
  }

  const rough = write([0, 2]);
  const most = (parts: Part[]) =>
    Math.min(
      has(parts, "compact") ? 2 : fractionDigits(currency),
      Math.max(0, 3 - wholeDigits(parts)),
    );
  /* 999.96 is rounded to 1.00K: that has other digits */
  const digits = most(write([0, most(rough)]));
  const exact = joined(write([0, digits]));
  const kept = exact === joined(write([0, 12])) && has(rough, "compact");
  return value === 0 || kept ? exact : joined(write([digits, digits]));
}

/* For bars and readouts: short, and never the only place where a figure stands. */
export function compactMoney(
  value: number,
  lang: string,
  currency: string,
): string {
  return short(value, lang, currency, true);
}

/* The same without its currency, where that stands beside. */
export function compactNumber(
  value: number,
  lang: string,
  currency: string,
): string {
  return short(value, lang, currency, false);
}

/* How wide a figure is, in digits: units of Korean are wider, points narrower. */
export function widthOf(text: string): number {
  return [...text].reduce(
    (sum, one) => sum + (/[.,*–-]/.test(one) ? 0.5 : one >= "\u1100" ? 1.5 : 1),
    0,
  );
}

/* A mark of an axis: as many digits as tell it from the next one. */
export function axisMoney(
  value: number,
  step: number,
  lang: string,
  currency: string,
): string {
  const units = unitsOf(lang, currency) === "ko" ? 4 : 3;
  const power = Math.floor(Math.log10(step) + 1e-9);
  const size = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  /* 2.5 has one digit more than 2 or 5 */
  const half = Math.abs(step / 10 ** power - 2.5) < 1e-6 ? 1 : 0;
  const unit = size < units ? 0 : Math.min(12, Math.floor(size / units) * units);

  return joined(
    compactParts(value, lang, currency, true, [
      0,
      Math.min(20, Math.max(0, unit - power + half)),
    ]),
  );
}

export function percent(value: number, lang: string): string {
  return new Intl.NumberFormat(lang, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(value);
}

/* "+3.2%": how something changed. */
export function signedPercent(value: number, lang: string): string {
  return new Intl.NumberFormat(lang, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
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

/*
 * The same by rank, for days of a month: they differ by little as a rule, and
 * by size one would not tell them apart.  Equal ones share their shade.
 */
export function ranks(values: Iterable<Decimal>): (value: Decimal) => number {
  const sizes = [...values].filter((value) => value !== ZERO).map(abs);
  const steps = [...new Set(sizes)].sort((one, other) =>
    one < other ? -1 : one > other ? 1 : 0,
  );

  return (value) => {
    if (value === ZERO || steps.length === 0) {
      return 0;
    }
    const at = steps.indexOf(abs(value));
    return steps.length === 1 ? 3 : 1 + Math.round((5 * at) / (steps.length - 1));
  };
}

/* Credits have a shade of their own; their minus sign says so, too. */
export function heatClass(value: Decimal, degree: number): string {
  return `heat-${degree}${value < ZERO ? " credit" : ""}`;
}
