// The main dashboard and what its links lead to: figures, trend, breakdowns,
// addresses.

import { becomes, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();

// Two projects with three accounts; returns what the API says of them.
async function furnish(visit) {
    const shop = await visit.project('쇼핑몰');
    const data = await visit.project('Data');

    await visit.account('Alpha', shop, 2);
    await visit.account('Beta', shop);
    await visit.account('Gamma', data);

    const { body } = await visit.api.get('dashboard');
    const [currency] = body.currencies;
    ok(body.complete);
    return { shop, data, body, currency };
}


// What an amount looks like: all digits are behind it.
function exact(text) {
    return `${text} USD`;
}


function shown(visit, text) {
    return new Intl.NumberFormat(visit.lang, {
        style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol',
    }).format(Number(text));
}


function amounts(locator) {
    return locator.locator('data.money').evaluateAll(
        (all) => all.map((one) => one.getAttribute('value')));
}


// The rows of a breakdown, as "name amount"; what a term means stands beside.
function rowsOf(visit, dimension) {
    return visit.part(`by-${dimension}`).locator('tbody tr').evaluateAll(
        (rows) => rows.map((row) => `${(row.querySelector('th .named > a')
            ?? row.querySelector('th')).textContent} `
            + row.querySelector('data.money').value));
}


web.scenario('four figures, as the API has them', async (visit) => {
    const { t } = visit;
    const { currency } = await furnish(visit);
    const figure = (id) => visit.part(id).locator('.figure-value');

    await visit.go();
    await visit.at(t('dash.title'));
    for (const [id, amount] of [['this-month', currency.this_month],
        ['last-month', currency.last_month]]) {
        deepEqual(await amounts(visit.part(id)), [exact(amount)]);
        await becomes(() => figure(id).textContent(), shown(visit, amount));
        await becomes(() => figure(id).locator('data').getAttribute('title'), exact(amount));
    }
    like(await visit.part('this-month').textContent(),
        new RegExp(t('state.in_progress')));
    is((await visit.part('last-month').textContent())
        .includes(t('state.in_progress')), false);

    const change = currency.change_percent;
    const percent = new Intl.NumberFormat(visit.lang, {
        style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1,
    }).format(Math.abs(change) / 100);
    const word = change === null ? t('figure.no_change')
        : `${percent}${t(`change.${change > 0 ? 'up' : change < 0 ? 'down' : 'same'}`)}`;
    await becomes(() => figure('change').textContent(), word);

    await becomes(() => figure('accounts').textContent(), '3');
    like(await visit.part('accounts').textContent(), new RegExp(t('figure.all_read')));
    await figure('accounts').getByRole('link').click();
    await visit.at(t('accounts.title'));
});


web.scenario('twelve months or fourteen days, exact to the last digit',
    async (visit) => {
        const { page, t } = visit;
        const { currency } = await furnish(visit);
        const trend = visit.part('trend');
        const choose = (name) => visit.part('granularity')
            .getByRole('radio', { name: t(`trend.${name}`) }).click();
        const table = async (series, open) => {
            await becomes(() => amounts(trend.locator('table')),
                series.costs.map(exact));
            deepEqual(await trend.locator('tbody tr').evaluateAll((rows) =>
                rows.map((row) => row.querySelector('.tag-open') !== null)),
            series.dates.map((_, at) => at >= series.dates.length - open));
            await becomes(() => trend.locator('svg g.period').count(),
                series.dates.length);
            await becomes(() => trend.locator('svg g.period.open').count(), open);
        };

        await visit.go();
        is(currency.monthly.dates.length, 12);
        await table(currency.monthly, 1);
        await choose('day');
        is(currency.daily.dates.length, 14);
        await table(currency.daily, 2);
        is(visit.address, '?by=day');

        await page.reload();
        await table(currency.daily, 2);
        await choose('month');
        await table(currency.monthly, 1);
        await page.goBack();
        await table(currency.daily, 2);
        await page.goForward();
        await table(currency.monthly, 1);
        is(visit.address, '');

        await visit.button('trend.table').click();
        await seen(trend.getByRole('table'));
        await gone(visit.part('chart'));
        deepEqual(await amounts(trend.locator('table')),
            currency.monthly.costs.map(exact));
    });


web.scenario('a bar tells its value', async (visit) => {
    const { currency } = await furnish(visit);
    const bars = visit.part('trend').locator('svg g.period');

    await visit.go();
    for (const at of [0, 10, 11]) {
        await bars.nth(at).hover();
        await becomes(() => amounts(visit.part('chart-read')),
            [exact(currency.monthly.costs[at])]);
    }
});


web.scenario('the trend can be stacked', async (visit) => {
    const { page, t, lang } = visit;
    const { shop, data } = await furnish(visit);
    const { body } = await visit.api.get('costs?group_by=project');
    const trend = visit.part('trend');

    await visit.go();
    await visit.choice('trend.split').selectOption(t('split.project'));
    const names = new Map([[shop.id, '쇼핑몰'], [data.id, 'Data']]);
    const heads = () => trend.locator('thead th').allTextContents();
    await becomes(heads, [t('table.period'),
        ...body.currencies[0].groups.map(({ key }) => names.get(key.project)),
        t('trend.total')]);
    is(visit.address, '?split=project');

    const month = body.dates.length - 1;
    const row = trend.locator('tbody tr').nth(month);
    deepEqual(await amounts(row), [
        ...body.currencies[0].groups.map(({ costs }) => exact(costs[month])),
        exact(body.currencies[0].costs[month]),
    ]);
    deepEqual(await trend.locator('.legend-label').allTextContents(), [
        ...body.currencies[0].groups.map(({ key }) => names.get(key.project)),
        t('state.in_progress'),
    ]);

    await visit.choice('trend.split').selectOption(t('split.service'));
    await becomes(async () => (await heads()).length, 1 + 8 + 1 + 1);
    like((await heads())[9], new RegExp(t('group.rest_costs')));
    await page.reload();
    await becomes(async () => (await heads()).length, 11, lang);
});


web.scenario('by service, region, project and account', async (visit) => {
    const { page, t } = visit;
    const { currency } = await furnish(visit);
    const { body: projects } = await visit.api.get('projects');
    const { body: accounts } = await visit.api.get('service-accounts');
    const names = new Map([...projects.projects, ...accounts.service_accounts]
        .map(({ id, name }) => [id, name]));
    const expected = (dimension, amount) => {
        const known = currency[`by_${dimension}`].filter(({ key }) => key !== null)
            .map(({ key, costs }) => ({
                name: names.get(key[dimension]) ?? key[dimension],
                amount: amount(costs),
            }))
            .filter((one) => one.amount !== '0.00')
            .sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
        const rest = currency[`by_${dimension}`].filter(({ key }) => key === null)
            .map(({ costs }) => ({ name: t('group.rest_costs'), amount: amount(costs) }));
        return [...known, ...rest]
            .map((one) => `${one.name} ${exact(one.amount)}`);
    };

    await visit.go();
    await seen(visit.part('by-account').getByText('Alpha'));
    for (const dimension of ['service', 'region', 'project', 'account']) {
        await becomes(() => rowsOf(visit, dimension),
            expected(dimension, (costs) => costs[11]), dimension);
    }
    is((await rowsOf(visit, 'service')).length, 11);

    await visit.part('basis').getByRole('radio', { name: t('basis.last') }).click();
    for (const dimension of ['service', 'region', 'project', 'account']) {
        await becomes(() => rowsOf(visit, dimension),
            expected(dimension, (costs) => costs[10]), dimension);
    }
    is(visit.address, '?basis=last');
    await page.reload();
    await becomes(() => rowsOf(visit, 'service'),
        expected('service', (costs) => costs[10]));
});


web.scenario('each line is a link to what is behind it', async (visit) => {
    const { page, t } = visit;
    const { shop, currency } = await furnish(visit);
    const service = currency.by_service[0].key.service;
    const follow = (dimension, name) => visit.part(`by-${dimension}`)
        .getByRole('link', { name, exact: true }).click();

    await visit.go();
    await follow('project', '쇼핑몰');
    await visit.at('쇼핑몰');
    is(visit.address, `projects/${shop.id}`);
    await page.goBack();

    await visit.at(t('dash.title'));
    await follow('account', 'Beta');
    await visit.at('Beta');
    await page.goBack();

    await visit.at(t('dash.title'));
    await follow('service', service);
    await visit.at(service);
    is(visit.address, `costs?service=${service}`);
    const { body } = await visit.api.get(`costs?service=${service}`);
    await becomes(() => amounts(visit.part('trend').locator('table')),
        body.currencies[0].costs.map(exact));
    await page.goBack();

    await visit.at(t('dash.title'));
    await follow('service', t('group.rest_costs'));
    await visit.at(t('costs.title'));
    is(visit.address, 'costs?group=service&rows=all');
});


web.scenario('costs from one side: filters and grouping are in the address',
    async (visit) => {
        const { page, t } = visit;
        const { shop, currency } = await furnish(visit);
        const service = currency.by_service[0].key.service;
        const query = `costs?service=${service}&project=${shop.id}`;
        const sums = () => visit.part('cost-table').locator('tbody tr')
            .evaluateAll((rows) => rows.map((row) =>
                [...row.querySelectorAll('data.money')].at(-1).value));
        const expected = async (filters, group) => {
            const [last] = currency.monthly.dates.slice(-1);
            const [first] = currency.monthly.dates.slice(-6);
            const { body } = await visit.api.get(`${filters}&group_by=${group}`
                + `&start=${first}&end=${last}`);
            return body.currencies[0].groups
                .filter(({ sum }) => sum !== '0.00').slice(0, 5)
                .map(({ sum }) => exact(sum));
        };

        await visit.go(`${query}&group=region`);
        await visit.at(`${service} · 쇼핑몰`);
        await becomes(sums, await expected(query, 'region'));

        await visit.choice('costs.group_by').selectOption(t('dimension.account'));
        await becomes(sums, await expected(query, 'account'));
        await visit.button('costs.remove_filter', { name: '쇼핑몰' }).click();
        await visit.at(service);
        await becomes(sums, await expected(`costs?service=${service}`, 'account'));
        is(visit.address, `costs?service=${service}&group=account`);

        await page.goBack();
        await visit.at(`${service} · 쇼핑몰`);
        await becomes(sums, await expected(query, 'account'));
    });


web.scenario('reading again says what it costs, and not twice', async (visit) => {
    const { t } = visit;
    await visit.account('Alpha', await visit.project('Web'));
    await visit.go();
    await seen(visit.part('this-month'));

    const { calls: spent } = (await visit.api.get('session')).body.lookups;

    /* the page is for figures: what they cost is said where it is decided */
    is(await visit.page.getByText(visit.plural('refresh.calls', spent)).count(), 0);
    await visit.button('refresh.action').click();
    await seen(visit.dialog.getByText(visit.plural('refresh.text', 1)));
    await seen(visit.dialog.getByText(visit.plural('refresh.calls', spent)));
    await seen(visit.dialog.getByText(t('refresh.least', { n: 2 })));
    const before = (await web.sandbox.counters()).by_path['/v1/search/billing'];
    await visit.button('refresh.action', {}, visit.dialog).click();
    await seen(visit.part('toasts').getByText(t('refresh.done')));
    const calls = (await web.sandbox.counters()).by_path['/v1/search/billing'];
    ok(calls > before, `${calls} calls after ${before}`);

    await visit.button('refresh.action').click();
    await seen(visit.part('toasts').getByText(
        new RegExp(visit.t('refresh.wait.other', { n: 60 }).replace('60', '\\d+'))));
    is(await visit.dialog.count(), 0);
});
