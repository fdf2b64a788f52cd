// Bars, days and parts: touched they say what they are, opened they lead to
// the same figures narrowed down to them.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { days, months } from '../lib/figures.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb({ zone: false });

const PHONE = { width: 390, height: 844, touch: true };
const bar = (visit, date) => visit.part('trend').locator(`svg .period[data-date="${date}"]`);

async function furnish(visit) {
    const project = await visit.project('Web');

    await visit.account('Alpha', project, 2);
    return project;
}

// Whose finger lies where the middle of it is.
async function tap(visit, locator) {
    await locator.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await locator.boundingBox();

    await visit.page.touchscreen.tap(x + width / 2, y + height / 2);
}


web.scenario('a tap on a bar, a day or a part shows it, and stays', async (visit) => {
    const { page } = visit;
    await furnish(visit);
    const [month] = months(-2, -2);
    const [day] = days(0, 0);
    const read = visit.part('chart-read');

    await visit.go('?split=service');
    await seen(page.locator('svg .series-2').first());
    const { body } = await visit.api.get('costs');
    const cost = body.currencies[0].costs[body.dates.indexOf(month)];
    await tap(visit, bar(visit, month));
    await becomes(() => read.getAttribute('data-date'), month);
    is(await read.locator('data').getAttribute('value'), `${cost} USD`);
    is(visit.address, '?split=service', 'the first tap opens nothing');
    /* the legend has the parts of the touched one, which add up */
    const parts = await visit.part('legend').locator('data').evaluateAll(
        (all) => all.map((one) => Number(one.value.split(' ')[0])));
    ok(parts.length > 8);
    ok(Math.abs(parts.reduce((sum, one) => sum + one, 0) - Number(cost)) < 0.01);

    const cell = visit.part('calendar-grid').locator(`td[data-date="${day}"]`);
    await tap(visit, cell);
    await seen(visit.part('calendar-read').locator('data'));
    like(await visit.part('calendar-read').textContent(), /%/);
    is(visit.address, '?split=service');

    await tap(visit, visit.part('calendar-read').getByRole('link'));
    await becomes(() => visit.address,
        `costs?split=service&by=day&start=${day}&end=${day}&month=${day.slice(0, 7)}`);
}, PHONE);


web.scenario('a screen reader has a choice for each bar, with its parts', async (visit) => {
    const { page, t } = visit;
    await furnish(visit);

    await visit.go('?split=service');
    await seen(page.locator('svg .series-2').first());
    const chart = visit.part('chart');
    is(await chart.getAttribute('role'), 'listbox');
    const options = chart.getByRole('option');
    is(await options.count(), 12);
    const label = await options.last().getAttribute('aria-label');
    like(label, new RegExp(t('state.in_progress')));
    like(label, /AmazonEC2 .*; .* /);

    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    const active = await chart.getAttribute('aria-activedescendant');
    is(await options.last().getAttribute('id'), active);
    await becomes(() => options.last().getAttribute('aria-selected'), 'true');
    deepEqual(await visit.violations(), []);
    const [month] = months(0, 0);
    await page.keyboard.press('Enter');
    await becomes(() => visit.address.includes(`start=${month}-01`), true);
});


web.scenario('bars, days, parts and small trends lead to what they are', async (visit) => {
    const { page, t } = visit;
    const project = await furnish(visit);
    const [month] = months(-1, -1);
    const [first, last] = [`${month}-01`, new Date(Date.UTC(Number(month.slice(0, 4)),
        Number(month.slice(5)), 0)).toISOString().slice(0, 10)];

    await visit.go(`projects/${project.id}`);
    await bar(visit, month).click();
    await visit.at('Web');
    is(visit.address, `costs?project=${project.id}&by=day&start=${first}&end=${last}`
        + `&month=${month}`);
    await becomes(() => visit.part('trend').locator('svg .period').count(),
        Number(last.slice(8)));
    const { body } = await visit.api.get(`costs?project=${project.id}&granularity=DAILY`
        + `&start=${first}&end=${last}`);
    deepEqual(await visit.part('trend').locator('tbody data').evaluateAll(
        (all) => all.map((one) => one.value)),
    body.currencies[0].costs.map((cost) => `${cost} USD`));

    /* a day of it, then back to all */
    await bar(visit, first).click();
    await becomes(() => visit.part('trend').locator('svg .period').count(), 1);
    await becomes(() => visit.part('cost-table').locator('tfoot data').count(), 2);
    await visit.button('trend.reset').click();
    await becomes(() => visit.part('trend').locator('svg .period').count(), 14);

    await visit.go('?split=service');
    const part = visit.part('legend').getByRole('link').first();
    const name = await part.textContent();
    await part.click();
    await visit.at(name);
    is(new URL(page.url()).searchParams.get('service'), name);
    await page.goBack();
    await visit.at(t('dash.title'));
    const rest = visit.part('legend').getByRole('link').last();
    like(await rest.textContent(), new RegExp(t('group.rest_costs')));
    await rest.click();
    await visit.at(t('costs.title'));
    await becomes(async () => await visit.part('cost-table').locator('tbody tr').count() > 10,
        true, 'all of the rest');

    await visit.go();
    await visit.part('calendar-grid').locator(`td[data-date="${days(0, 0)[0]}"]`).click();
    await becomes(() => visit.address.startsWith('costs?by=day&start='), true);
    await visit.go('?by=day');
    await visit.part('by-project').locator('td.spark a').first().click();
    await becomes(() => visit.address, `costs?by=day&project=${project.id}`);
});


web.scenario('thirty, sixty and ninety days, each with its day of the week',
    async (visit) => {
        await furnish(visit);

        for (const count of ['30', '60', '90']) {
            await visit.go('?by=day');
            await visit.choice('trend.span').selectOption(count);
            await becomes(() => visit.part('trend').locator('svg .period').count(),
                Number(count));
            is(visit.address, `?by=day&days=${count}`);
            const dates = days(1 - Number(count), 0);
            const expected = [];
            for (let at = 0; at < dates.length; at += 31) {
                const part = dates.slice(at, at + 31);
                const { body } = await visit.api.get('costs?granularity=DAILY'
                    + `&start=${part[0]}&end=${part.at(-1)}`);
                expected.push(...body.currencies[0].costs);
            }
            deepEqual(await visit.part('trend').locator('tbody data').evaluateAll(
                (all) => all.map((one) => one.value)),
            expected.map((cost) => `${cost} USD`));
        }
        const label = visit.part('trend').locator('.axis').last();
        const [today] = days(0, 0);
        is(await label.locator('.below').textContent(), new Intl.DateTimeFormat(visit.lang,
            { weekday: 'short', timeZone: 'UTC' }).format(new Date(today)));
    });


web.scenario('credits do not vanish in the rest', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Web');
    const account = await visit.account('Alpha', project);
    const [month] = months(0, 0);

    await visit.api.get('costs');
    await web.sandbox.restate({ account: account.ids[0], date: `${month}-01`,
        cost: '-0.75', service: 'AWSCredits' });
    await visit.api.get('costs?refresh=true');
    await visit.go('?split=service');
    await becomes(async () => (await visit.part('legend').locator('.legend-label')
        .allTextContents()).some((text) => text.startsWith(t('group.rest_credits'))), true);
    const row = visit.part('by-service').locator('tr',
        { hasText: t('group.rest_credits') });
    is(await row.locator('data').getAttribute('value'), '-0.75 USD');
});
