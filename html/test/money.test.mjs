// Money as people read it.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const {
    axisMoney, compactMoney, compactNumber, heat, heatClass, money, parseDecimal, percent, ranks, rise,
    scaleOf,
} = await load('lib/decimal', 'lib/money', 'charts/scale');

const text = (amount, lang, currency) =>
    money(parseDecimal(amount), lang, currency).text;


test('dollars have two digits, won have none', () => {
    assert.equal(text('1234.50', 'en', 'USD'), '$1,234.50');
    assert.equal(text('1234567.49', 'en', 'KRW'), '₩1,234,567');
    assert.equal(text('1234567.49', 'ko', 'KRW'), '₩1,234,567');
    assert.equal(text('0.00', 'en', 'USD'), '$0.00');
});


test('credits keep their sign, below one unit too', () => {
    assert.equal(text('-2.6137', 'en', 'USD'), '-$2.61');
    assert.equal(text('-0.50', 'en', 'USD'), '-$0.50');
    assert.equal(text('-1234.50', 'en', 'USD'), '-$1,234.50');
});


test('won are whole with a sign, too, and in both languages', () => {
    for (const lang of ['en', 'ko']) {
        assert.equal(text('-1234567.50', lang, 'KRW'), '-₩1,234,568', lang);
        assert.equal(text('0.00', lang, 'KRW'), '₩0', lang);
        assert.equal(text('0.50', lang, 'KRW'), '<₩1', lang);
        assert.equal(text('1.50', lang, 'KRW'), '₩2', lang);
        assert.equal(text('-0.40', lang, 'KRW'), '>-₩1', lang);
    }
});


test('amounts beyond what a float can hold are not rounded', () => {
    assert.equal(text('90071992547409931234.56', 'en', 'USD'),
        '$90,071,992,547,409,931,234.56');
});


test('tiny amounts are neither hidden nor shown as nothing', () => {
    const tiny = money(parseDecimal('0.0000000095'), 'en', 'USD');

    assert.equal(tiny.text, '<$0.01');
    assert.equal(tiny.exact, '0.0000000095 USD');
    assert.equal(text('-0.001', 'en', 'USD'), '>-$0.01');
    assert.equal(text('0.40', 'ko', 'KRW'), '<₩1');
    assert.equal(text('0.006', 'en', 'USD'), '$0.01');
});


test('axes count dollars by thousands, won as the language does', () => {
    assert.equal(compactMoney(26400, 'en', 'USD'), '$26.4K');
    assert.equal(compactMoney(26400, 'ko', 'USD'), '$26.4K');
    assert.equal(compactMoney(448231, 'en', 'USD'), '$448K');
    assert.equal(compactMoney(0.25, 'en', 'USD'), '$0.25');
    assert.equal(compactMoney(-1500, 'en', 'USD'), '-$1.5K');
    assert.equal(compactMoney(0, 'en', 'USD'), '$0');
    assert.equal(compactMoney(1234567890, 'en', 'USD'), '$1.23B');
    assert.equal(compactMoney(-120000, 'ko', 'KRW'), '-₩12만');
    assert.equal(compactMoney(320000000, 'ko', 'KRW'), '₩3.2억');
    assert.equal(compactMoney(120000, 'ko', 'KRW'), '₩12만');
    assert.equal(compactMoney(45717000, 'ko', 'KRW'), '₩4,572만');
});


test('three digits count, and all of the whole part', () => {
    const of = (value, lang = 'ko') => compactMoney(value, lang, 'KRW');

    assert.deepEqual([158123456, 160123456, 160000000, 156767330].map((one) => of(one)),
        ['₩1.58억', '₩1.60억', '₩1.6억', '₩1.57억']);
    assert.equal(of(50000000), '₩5,000만');
    assert.equal(of(15634567), '₩1,563만');
    assert.equal(of(9999), '₩9,999');
    assert.equal(compactMoney(0.004, 'en', 'USD'), '<$0.01');
    assert.equal(compactMoney(-0.004, 'en', 'USD'), '>-$0.01');
    assert.equal(of(0.4), '<₩1');
    assert.equal(compactNumber(1580000, 'en', 'USD'), '1.58M');
});


test('marks of an axis have the digits that their step needs', () => {
    const marks = (most, currency, lang) => {
        const { ticks } = scaleOf([0, most], 4);
        return ticks.map((tick) => axisMoney(tick, ticks[1] - ticks[0], lang, currency));
    };

    for (let power = -9; power < 13; power++) {
        for (const digit of [1, 1.3, 2, 2.4, 4.9, 7]) {
            for (const [currency, lang] of [['USD', 'en'], ['USD', 'ko'], ['KRW', 'ko'],
                ['KRW', 'en']]) {
                const all = marks(digit * 10 ** power, currency, lang);
                assert.equal(new Set(all).size, all.length, all.join());
            }
        }
    }
    assert.deepEqual(marks(0.004, 'USD', 'en'),
        ['$0', '$0.001', '$0.002', '$0.003', '$0.004']);
    assert.deepEqual(marks(123000000, 'KRW', 'ko'), ['₩0', '₩5,000만', '₩1억', '₩1.5억']);
});


test('days of a month are told apart by their rank', () => {
    const values = ['100.00', '101.00', '102.00', '0.00', '-101.00'].map(parseDecimal);
    const degree = ranks(values);

    assert.deepEqual(values.map(degree), [1, 4, 6, 0, 4]);
    assert.equal(ranks([5n, 5n])(5n), 3);
    assert.equal(ranks([])(5n), 0);
});


test('a share has one digit', () => {
    assert.equal(percent(0.4434, 'en'), '44.3%');
    assert.equal(percent(0, 'ko'), '0.0%');
});


test('a rise is half as much again, and at least one unit', () => {
    const of = (now, before) => rise(parseDecimal(now), parseDecimal(before));

    assert.equal(of('15.00', '10.00'), 1.5);
    assert.equal(of('14.99', '10.00'), null);
    assert.equal(of('1.50', '0.60'), null);
    assert.equal(of('1.60', '0.60').toFixed(2), '2.67');
    assert.equal(of('5.00', '0.00'), null);
    assert.equal(of('5.00', '-1.00'), null);
});


test('shades run from none to six, whatever the sign', () => {
    const largest = parseDecimal('100.00');
    const of = (value) => heat(parseDecimal(value), largest);

    assert.deepEqual(
        ['-5.00', '0.00', '1.00', '3.00', '50.00', '100.00'].map(of),
        [2, 0, 0, 2, 5, 6]);
    assert.equal(heatClass(parseDecimal('-5.00'), 2), 'heat-2 credit');
    assert.equal(heatClass(parseDecimal('5.00'), 2), 'heat-2');
});
