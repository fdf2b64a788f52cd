// Rows of the cost table, shares of the breakdowns, the tree of projects.

import assert from 'node:assert/strict';

import { test } from '../../t/lib/tap.mjs';
import { load } from './bundle.mjs';


const {
    below, buildTree, costRows, decimalText, filterTree, shares, visibleRows,
} = await load('lib/decimal', 'lib/figures', 'lib/tree', 'costs/rows');

const DATES = ['2026-09', '2026-10', '2026-11'];


function rows(groups) {
    const currency = {
        currency: 'USD',
        costs: [],
        sum: '0.00',
        groups: groups.map(([service, ...costs]) => ({
            key: service === null ? null : { service }, costs, sum: '0.00',
        })),
    };

    return costRows(currency, 'service', DATES, ['2026-11']);
}


test('rows are ordered by what is shown, the rest comes last', () => {
    const found = rows([
        ['before', '999.00', '1.00', '1.00', '1.00'],
        [null, '0.00', '50.00', '50.00', '50.00'],
        ['now', '0.00', '1.00', '2.00', '3.00'],
    ]);

    assert.deepEqual(found.map((row) => row.id), ['now', 'before', null]);
    assert.equal(decimalText(found[0].sum), '6.00');
});


test('a row with nothing in sight is left out, one with credits is not', () => {
    const found = rows([
        ['gone', '5.00', '0.00', '0.00', '0.00'],
        ['credit', '0.00', '0.00', '-1.00', '1.00'],
    ]);

    assert.deepEqual(found.map((row) => row.id), ['credit']);
});


test('the first period is judged by the one before, an open one never', () => {
    const [row] = rows([['a', '10.00', '20.00', '20.00', '90.00']]);

    assert.deepEqual(row.cells.map((cell) => cell.rise), [2, null, null]);
});


test('shares follow the chosen months', () => {
    const groups = [
        { key: { service: 'old' }, costs: ['100.00', '1.00', '1.00'] },
        { key: { service: 'new' }, costs: ['0.00', '2.00', '3.00'] },
        { key: null, costs: ['9.00', '9.00', '9.00'] },
    ];
    const ids = (basis) =>
        shares(groups, 'service', basis, 'sum').rows.map((share) => share.id);

    assert.deepEqual(ids('this'), ['new', 'old', null]);
    assert.deepEqual(ids('year'), ['old', 'new', null]);
});


test('a credit is ranked by its size, in rows as in shares', () => {
    const found = rows([
        ['small', '0.00', '1.00', '1.00', '1.00'],
        ['credit', '0.00', '0.00', '-500.00', '0.00'],
        ['large', '0.00', '600.00', '0.00', '0.00'],
        [null, '0.00', '0.00', '0.00', '900.00'],
    ]);

    assert.deepEqual(found.map((row) => row.id),
        ['large', 'credit', 'small', null]);
    assert.deepEqual(found[1].cells.map(({ heat }) => heat), [0, 5, 0]);
});


test('where signs mix, shares are of what lies on both sides of zero', () => {
    const groups = [
        { key: { service: 'a' }, costs: ['0.00', '5.00', '3.00'] },
        { key: { service: 'b' }, costs: ['0.00', '1.00', '-6.00'] },
        { key: null, costs: ['0.00', '1.00', '0.50'],
            positive: '4.00', negative: '-2.50' },
    ];
    const of = (basis, what) => {
        const { rows: list, mixed, whole, below } =
            shares(groups, 'service', basis, what);
        return [mixed, decimalText(whole), decimalText(below), ...list.map((one) =>
            [one.id, decimalText(one.above), decimalText(one.below)].join(' '))];
    };

    assert.deepEqual(of('this', 'magnitudes'), [true, '9.50', '6.00',
        'b 0.00 -6.00', 'a 3.00 0.00', ' 0.50 0.00']);
    assert.deepEqual(of('last', 'magnitudes'), [false, '7.00', '0.00',
        'a 5.00 0.00', 'b 1.00 0.00', ' 1.00 0.00']);

    /* of all months, it is known what the rest is made of */
    assert.deepEqual(of('year', 'magnitudes'), [true, '19.50', '7.50',
        'a 8.00 0.00', 'b 0.00 -5.00', ' 4.00 -2.50']);
});


const GROUPS = [
    { id: 'g1', name: 'Web', parent_id: null },
    { id: 'g2', name: '결제', parent_id: 'g1' },
    { id: 'g3', name: 'Hidden parent', parent_id: 'gone' },
];
const PROJECTS = [
    { id: 'p10', name: 'Shop 10', group_id: 'g1' },
    { id: 'p2', name: 'Shop 2', group_id: 'g1' },
    { id: 'p3', name: 'Cards', group_id: 'g2' },
    { id: 'p4', name: 'Alone', group_id: null },
];


test('the tree has groups first, and counts as people do', () => {
    const tree = buildTree(GROUPS, PROJECTS, 'en');
    const names = visibleRows(tree, () => true)
        .map(({ node, level }) => `${level} ${node.name}`);

    assert.deepEqual(names, [
        '1 Hidden parent', '1 Web', '2 결제', '3 Cards', '2 Shop 2',
        '2 Shop 10', '1 Alone',
    ]);
});


test('a search keeps the way to what it finds', () => {
    const tree = buildTree(GROUPS, PROJECTS, 'en');
    const names = (text) => visibleRows(filterTree(tree, text), () => true)
        .map(({ node }) => node.name);

    assert.deepEqual(names('cards'), ['Web', '결제', 'Cards']);
    assert.deepEqual(names('결제'.normalize('NFD')), ['Web', '결제', 'Cards']);
    assert.deepEqual(names('nothing'), []);
});


test('a group cannot be moved below itself', () => {
    assert.deepEqual([...below('g1', GROUPS)].sort(), ['g1', 'g2']);
});
