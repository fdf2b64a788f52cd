// Exact decimals: no digit is lost, whatever the size.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const {
    decimalText, parseDecimal, ratio, round, sumOf,
} = await load('lib/decimal');


test('what the API writes comes back digit for digit', () => {
    for (const text of [
        '0.00', '1234.50', '0.0000000095', '-2.6137', '-0.01',
        '10000000000.000000000001', '170141183460469231731687303.715884105727',
    ]) {
        assert.equal(decimalText(parseDecimal(text)), text);
    }
});


test('what is no decimal is refused', () => {
    for (const text of [
        '', '1e3', '.5', '1.', '+1', '1,000', 'NaN', '1.2345678901234',
    ]) {
        assert.throws(() => parseDecimal(text), RangeError, text);
    }
});


test('a sum of tenths is exact where floats are not', () => {
    const tenths = Array.from({ length: 10 }, () => parseDecimal('0.10'));
    const large = [parseDecimal('9007199254740993.00'), parseDecimal('0.01')];

    assert.equal(decimalText(sumOf(tenths)), '1.00');
    assert.equal(decimalText(sumOf(large)), '9007199254740993.01');
});


test('rounding goes half to even, on both sides of zero', () => {
    const cases = [
        ['0.125', '0.12'], ['0.135', '0.14'], ['-0.125', '-0.12'],
        ['-0.135', '-0.14'], ['0.1250000001', '0.13'], ['2.999', '3.00'],
        ['-0.004', '0.00'],
    ];
    for (const [text, rounded] of cases) {
        assert.equal(decimalText(round(parseDecimal(text), 2)), rounded, text);
    }
});


test('a share of nothing is no share', () => {
    assert.equal(ratio(parseDecimal('5.00'), parseDecimal('0.00')), 0);
    assert.equal(ratio(parseDecimal('1.00'), parseDecimal('4.00')), 0.25);
});
