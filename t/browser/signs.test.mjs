// Costs and credits beside each other: bars on both sides of zero, shares that
// add up, and stacks that hang below it.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { months } from '../lib/figures.mjs';
import { deepEqual, is, ok } from '../lib/tap.mjs';


const web = await startWeb({ zone: false });
const [MONTH] = months(0, 0);


// An account with a credit as large as a good part of its bill.
async function furnish(visit, cost = '-9000') {
    const project = await visit.project('Web');
    const account = await visit.account('Alpha', project);

    await visit.api.get('costs');
    await web.sandbox.restate({ account: account.ids[0], date: `${MONTH}-01`,
        cost, service: 'AWSCredits' });
    await visit.api.get('costs?refresh=true');
    await visit.api.get('costs?granularity=DAILY&refresh=true');
    return project;
}

// Of a row: where its bars begin and end, and where zero is.
const barsOf = (row) => row.evaluate((tr) => {
    const box = (name) => {
        const part = tr.querySelector(`.share-bar .${name}`);
        const { left, right } = part?.getBoundingClientRect() ?? {};
        return part === null ? null : [left, right].map(Math.round);
    };
    return { above: box('above'), below: box('below'), zero: box('zero') };
});


web.scenario('credits go to the left of zero, and shares say of what', async (visit) => {
    const { t } = visit;
    await furnish(visit);
    await visit.go();
    const list = visit.part('by-service');
    await seen(list);

    const credit = list.locator('tbody tr').filter({ hasText: 'AWSCredits' });
    const first = list.locator('tbody tr').first();
    await seen(credit);
    const [low, high] = [await barsOf(credit), await barsOf(
        list.locator('tbody tr').filter({ hasText: 'AmazonEC2' }))];

    is(low.above, null);
    is(high.below, null);
    ok(low.below[1] <= low.zero[1] && low.below[0] < low.below[1], 'to the left');
    ok(high.above[0] >= high.zero[0], 'to the right');
    is(low.zero[0], high.zero[0], 'of one line');
    ok(await first.textContent() !== '', 'the largest is first');

    /* both sides together are the whole */
    const parts = await list.locator('.share').evaluateAll((all) => all.map((one) =>
        parseFloat(one.textContent)).filter((one) => !Number.isNaN(one)));
    ok(Math.abs(parts.reduce((sum, one) => sum + one, 0) - 100) < 1, parts.join());
    ok(parts.every((one) => one >= 0 && one <= 100), parts.join());

    is(await visit.part('share-note').textContent(), t('breakdown.mixed'));
    is(await visit.part('by-region').locator('.signed').count(), 0,
        'where signs do not mix, bars begin at the edge');
    deepEqual(await visit.violations(), []);

    /* nothing to explain where nothing mixes */
    await visit.go('?basis=last');
    await seen(visit.part('by-service').locator('tbody tr').first());
    await becomes(() => visit.part('share-note').count(), 0);
});


web.scenario('a stack hangs below zero, a credit has a shade', async (visit) => {
    const { page } = visit;
    const project = await furnish(visit, '-90000');
    await visit.go('?split=service');
    await becomes(async () => await page.locator('.chart path.series-6').count() > 0, true);

    const depth = await page.locator('.chart').evaluate((chart) => {
        const at = chart.querySelector('.tick.zero line').getBoundingClientRect().top;
        return [...chart.querySelectorAll('.period:last-of-type path')]
            .map((path) => path.getBoundingClientRect().bottom - at);
    });
    ok(Math.max(...depth) > 5, 'a part is below zero');
    ok(depth.some((one) => one < 1), 'the others stand on it');

    await visit.go(`projects/${project.id}`);
    const cell = visit.part('cost-table').locator('tr', { hasText: 'AWSCredits' })
        .locator('td.credit');
    await becomes(() => cell.count(), 1);
    is(/heat-[1-6]/.test(await cell.getAttribute('class')), true);
    deepEqual(await visit.violations(), []);
});
