/*
 * Exact decimals: the API's money strings as integers of 10^-12.
 */

export type Decimal = bigint;

export const SCALE = 12;
export const ZERO: Decimal = 0n;
export const ONE: Decimal = 10n ** BigInt(SCALE);

const TEXT = /^(-?)(\d+)(?:\.(\d{1,12}))?$/;

export function parseDecimal(text: string): Decimal {
  const match = TEXT.exec(text);

  if (match === null) {
    throw new RangeError(`not a decimal: ${text}`);
  }

  const fraction = (match[3] ?? "").padEnd(SCALE, "0");
  const value = BigInt(`${match[2]}${fraction}`);
  return match[1] === "-" ? -value : value;
}

export function sumOf(values: Iterable<Decimal>): Decimal {
  let sum = ZERO;

  for (const value of values) {
    sum += value;
  }
  return sum;
}

export function abs(value: Decimal): Decimal {
  return value < ZERO ? -value : value;
}

/* Rounds half to even, at so many fraction digits; still scaled. */
export function round(value: Decimal, digits: number): Decimal {
  const unit = 10n ** BigInt(SCALE - digits);
  const size = abs(value);
  const rest = size % unit;
  let whole = size / unit;

  if (rest * 2n > unit || (rest * 2n === unit && whole % 2n === 1n)) {
    whole += 1n;
  }
  return value < ZERO ? -whole * unit : whole * unit;
}

/* The whole part and so many digits of the fraction, of the magnitude. */
export function digitsOf(
  value: Decimal,
  digits: number,
): { whole: bigint; fraction: string } {
  const size = abs(value);
  const fraction = (size % ONE).toString().padStart(SCALE, "0");

  return { whole: size / ONE, fraction: fraction.slice(0, digits) };
}

/* Plain text as the API writes it: at least two fraction digits. */
export function decimalText(value: Decimal): string {
  const { whole, fraction } = digitsOf(value, SCALE);
  const cut = fraction.replace(/0+$/, "").padEnd(2, "0");

  return `${value < ZERO ? "-" : ""}${whole}.${cut}`;
}

/* For drawing only: a float may be off in its last digits. */
export function toNumber(value: Decimal): number {
  return Number(value) / Number(ONE);
}

/* part / whole for bars and shares; 0 where there is no whole. */
export function ratio(part: Decimal, whole: Decimal): number {
  return whole === ZERO ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000;
}
