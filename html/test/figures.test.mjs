// What figures are without, what a stack is made of, how an address is read.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


globalThis.location = { pathname: '/', search: '' };
globalThis.history = { state: null };
globalThis.window = globalThis;
globalThis.document = { baseURI: 'http://test/', documentElement: {} };

const {
    coverageOf, disagree, parseDecimal, partsOf, pieces, shares, together, viewOf,
    periodQuery,
} = await load('lib/complete', 'lib/decimal', 'charts/parts', 'lib/spend',
    'lib/figures', 'lib/view');

const NOW = new Date('2026-11-30T12:00:00Z');
const view = (text) => viewOf(new URLSearchParams(text), NOW);
const account = (id, more = {}) => ({
    id, state: 'fresh', as_of: '2026-11-30T10:00:00Z', code: null, reason: null, ...more,
});


test('figures are asked by their own dates', () => {
    const accounts = [account('a'), account('b', { state: 'failed',
        missing: { monthly: ['2026-10'], daily: ['2026-11'] } })];

    assert.equal(coverageOf(accounts, ['2026-11'], 'MONTHLY'), null);
    assert.deepEqual(coverageOf(accounts, ['2026-10'], 'MONTHLY'), { read: 1, total: 2 });
    assert.deepEqual(coverageOf(accounts, ['2026-11-03'], 'DAILY'), { read: 1, total: 2 });
    assert.equal(coverageOf(accounts, ['2026-10-31'], 'DAILY'), null);
});


test('an account that is said to have failed as a whole lacks all', () => {
    const accounts = [account('a', { state: 'failed' })];

    assert.deepEqual(coverageOf(accounts, ['2026-01'], 'MONTHLY'), { read: 0, total: 1 });
});


test('of one that is switched off, what came later is not there', () => {
    const accounts = [account('a', { state: 'disabled', as_of: '2026-10-15T00:00:00Z' })];

    assert.equal(coverageOf(accounts, ['2026-09'], 'MONTHLY'), null);
    assert.deepEqual(coverageOf(accounts, ['2026-10'], 'MONTHLY'), { read: 0, total: 1 });
    assert.equal(coverageOf(accounts, ['2026-10-14'], 'DAILY'), null);
    assert.deepEqual(coverageOf(accounts, ['2026-10-15'], 'DAILY'), { read: 0, total: 1 });
});


test('answers disagree where one has an account that the other lacks', () => {
    const late = [account('a', { state: 'failed', missing: { daily: ['2026-11'] } })];

    assert.equal(disagree(late, [account('a')], ['2026-11'], 'DAILY'), true);
    assert.equal(disagree(late, [account('a')], ['2026-10'], 'DAILY'), false);
    assert.equal(disagree(late, late, ['2026-11'], 'DAILY'), false);
});


const group = (name, ...costs) => ({ key: name && { service: name }, costs, sum: '0.00' });

test('a stack has eight parts, and the rest by its signs', () => {
    const groups = [
        ...Array.from({ length: 9 }, (_, at) => group(`s${at}`, `${20 - at}.00`, '1.00')),
        group('tiny', '0.50', '0.00'), group('credit', '-0.25', '0.00'),
    ];
    const parts = partsOf(groups, 'service', 2);

    assert.equal(parts.length, 10);
    assert.deepEqual(parts.slice(-2).map(({ kind, count, values }) => [kind, count, values]), [
        ['costs', 2, [parseDecimal('12.50'), parseDecimal('1.00')]],
        ['credits', 1, [parseDecimal('-0.25'), 0n]],
    ]);
    assert.equal(partsOf(groups.slice(0, 9), 'service', 2).length, 9, 'no rest of one');
});


test('credits of the rest have a line of their own', () => {
    const rest = { ...group(null, '4.00', '2.00'), positive: '7.00', negative: '-1.00',
        positive_costs: ['4.00', '3.00'], negative_costs: ['0.00', '-1.00'] };
    const amounts = (basis) => shares([group('a', '9.00', '9.00'), rest], 'service', basis,
        'magnitudes').rows.map(({ kind, amount }) => [kind, amount / 10n ** 10n]);

    assert.deepEqual(amounts('this'), [['group', 900n], ['costs', 300n], ['credits', -100n]]);
    assert.deepEqual(amounts('last'), [['group', 900n], ['costs', 400n]]);
});


test('an address is read once, and later dates than now do not exist', () => {
    assert.equal(view('').span.start, '2025-12');
    assert.equal(view('').span.usual, true);
    assert.equal(view('by=day').span.start, '2026-11-17');
    assert.equal(view('by=day&days=90').span.dates.length, 90);
    assert.equal(view('by=day&days=17').span.dates.length, 14);
    assert.equal(view('by=day&end=2026-10-18').span.end, '2026-10-18');
    assert.equal(view('by=day&end=2026-10-18').month, '2026-10');
    assert.equal(view('by=day&end=2026-10').span.end, '2026-11-30');
    assert.equal(view('end=2099-01').span.end, '2026-11');
    assert.deepEqual(view('by=day&start=2026-10-01&end=2026-10-03').span.dates,
        ['2026-10-01', '2026-10-02', '2026-10-03']);
    assert.equal(view('month=2026-09&by=day&end=2026-10-18').month, '2026-09');
    assert.deepEqual(periodQuery('2026-11', NOW), { by: 'day', start: '2026-11-01',
        end: '2026-11-30', month: '2026-11' });
});


test('a long span is asked for in pieces, and put together', () => {
    const dates = Array.from({ length: 60 }, (_, at) =>
        new Date(Date.UTC(2026, 9, 2 + at)).toISOString().slice(0, 10));
    const answer = (from, to, currencies, accounts) => ({ granularity: 'DAILY',
        start: dates[from], end: dates[to], dates: dates.slice(from, to + 1),
        in_progress: [], complete: true, accounts, currencies });
    const usd = (count, cost, name) => ({ currency: 'USD', share_of: 'sum', sum: '0.00',
        costs: Array(count).fill(cost),
        groups: [{ key: { service: name }, costs: Array(count).fill(cost), sum: '0.00' }] });

    assert.deepEqual(pieces(dates, 'DAILY'), [[dates[0], dates[30]], [dates[31], dates[59]]]);

    const { currencies: [all], accounts } = together([
        answer(0, 30, [usd(31, '1.00', 'a')], [account('x')]),
        answer(31, 59, [usd(29, '2.00', 'b')], [account('x', { state: 'failed',
            missing: { daily: ['2026-11'] } })]),
    ]);
    assert.equal(all.costs.length, 60);
    assert.equal(all.sum, '89.00');
    assert.deepEqual(all.groups.map(({ key, sum }) => [key.service, sum]),
        [['a', '31.00'], ['b', '58.00']]);
    assert.equal(accounts.length, 1);
    assert.deepEqual(accounts[0].missing, { daily: ['2026-11'] });
});
