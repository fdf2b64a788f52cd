// Exact decimals as BigInt "pico units" (12 fraction digits).

const FRACTION_DIGITS = 12;
const NUMBER = /^([-+]?)(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?$/;


// What does not fit in 12 fraction digits is refused, or cut off on demand.
export function parseDecimal(text, { cut = false } = {}) {
    const match = NUMBER.exec(text);
    if (match === null) {
        throw new Error(`not a decimal: "${text}"`);
    }

    const [, sign, whole, fraction = '', exponent = '0'] = match;
    const shift = FRACTION_DIGITS + Number(exponent) - fraction.length;
    let value = BigInt(whole + fraction);

    if (shift >= 0) {
        value *= 10n ** BigInt(shift);
    } else {
        const divisor = 10n ** BigInt(-shift);
        if (!cut && value % divisor !== 0n) {
            throw new Error(`more than 12 fraction digits: "${text}"`);
        }
        value /= divisor;
    }

    return sign === '-' ? -value : value;
}


// "1234.5", "-0.0000000095", "0"
export function formatDecimal(pico) {
    const negative = pico < 0n;
    const digits = String(negative ? -pico : pico)
        .padStart(FRACTION_DIGITS + 1, '0');
    const whole = digits.slice(0, -FRACTION_DIGITS);
    const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');

    return (negative ? '-' : '') + whole + (fraction && '.' + fraction);
}


// As an amount stands in a JSON text: an exponent below 1e-6, as most JSON
// writers do; every digit is kept.
export function formatNumber(pico) {
    const negative = pico < 0n;
    const absolute = negative ? -pico : pico;

    if (absolute === 0n || absolute >= 1_000_000n) {
        return formatDecimal(pico);
    }

    const digits = String(absolute);
    const fraction = digits.slice(1).replace(/0+$/, '');
    const exponent = digits.length - 1 - FRACTION_DIGITS;

    return (negative ? '-' : '') + digits[0] + (fraction && '.' + fraction)
        + `E${exponent}`;
}


export function significantDigits(pico) {
    const digits = String(pico < 0n ? -pico : pico);
    return digits.replace(/0+$/, '').length;
}
