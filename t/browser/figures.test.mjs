// Figures that cannot be misread: what a page shows is what its address says,
// in all of its parts and on the page that is opened from it; what is without
// some account says so where it stands; what is empty says why.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { days, months } from '../lib/figures.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();
const { sandbox } = web;

const COSTS = '/v1/search/billing';


// Changes answers before the page gets them; name is "dashboard" or "costs".
function changed(visit, name, change) {
    return visit.page.route(new RegExp(`/api/v1/(projects/[^/]+/)?${name}(\\?|$)`),
        async (route) => {
            const answer = await route.fetch();
            const json = await answer.json();

            change(json, new URL(route.request().url()).searchParams);
            await route.fulfill({ response: answer, json });
        });
}

// The queries of all links in the app that stand in the page, by their path.
const linksOf = (visit, within) => visit.page.locator(`${within} a[href]`).evaluateAll(
    (all) => all.filter((one) => !one.hasAttribute('download')
        && !one.classList.contains('skip'))
        .map((one) => [one.textContent.trim(), Object.fromEntries(
            new URL(one.href).searchParams)]));

const barsOf = (visit) => visit.part('trend').locator('svg .period').evaluateAll(
    (all) => all.map((one) => one.dataset.date));

const partialBars = (visit) => visit.part('trend').locator('svg .period').evaluateAll(
    (all) => all.filter((one) => one.querySelector('.gaps') !== null)
        .map((one) => one.dataset.date));


web.scenario('every link takes the view along', async (visit) => {
    const { id } = await visit.project('Web');
    await visit.account('Alpha', { id });
    const [month] = months(-1, -1);
    const view = { currency: 'USD', by: 'day', days: '30', split: 'service', month };
    const kept = ({ query, but = [] }) => Object.entries(view).filter(([name, value]) =>
        !but.includes(name) && query[name] !== value);

    for (const path of ['', `projects/${id}`, 'costs', 'projects', 'service-accounts']) {
        await visit.go(`${path}?${new URLSearchParams(view)}`);
        for (const within of ['.topbar', 'main']) {
            const links = await linksOf(visit, within);

            ok(links.length > 0, `${path} ${within}`);
            for (const [text, query] of links) {
                /* what leads to one month, or one part, is about that */
                const but = 'start' in query ? ['month'] : [];
                deepEqual(kept({ query, but }), [], `${path}: ${text}`);
            }
        }
    }

    await visit.go('?currency=USD&by=day');
    await visit.part('by-project').getByRole('link', { name: 'Web' }).first().click();
    await visit.at('Web');
    is(visit.address, `projects/${id}?currency=USD&by=day`);
    await visit.link('nav.accounts').click();
    await visit.link('nav.dashboard').click();
    await becomes(() => visit.address, '?currency=USD&by=day');
});


web.scenario('all parts of a page take a parameter in one way', async (visit) => {
    const { page, t } = visit;
    const { id } = await visit.project('Web');
    await visit.account('Alpha', { id });
    const [end] = days(-40, -40);
    const [newest] = days(0, 0);

    for (const path of [`projects/${id}`, 'costs']) {
        await visit.go(`${path}?by=day&end=${end}`);
        await becomes(async () => (await barsOf(visit)).at(-1), end, `chart of ${path}`);
        const { body } = await visit.api.get(
            `costs?granularity=DAILY&start=${end}&end=${end}&project=${id}`);
        const [cost] = body.currencies[0].costs;
        is(await visit.part('cost-table').locator('tfoot data').nth(5)
            .getAttribute('value'), `${cost} USD`);
        is(await visit.part('trend').locator('tbody tr').last().locator('data')
            .getAttribute('value'), `${cost} USD`);
    }
    await visit.go(`projects/${id}?by=day&end=${end}`);
    like(await visit.part('calendar').locator('.card-note').textContent(),
        new RegExp(`${Number(end.slice(5, 7))}|${new Intl.DateTimeFormat('en',
            { month: 'long', timeZone: 'UTC' }).format(new Date(end))}`));

    /* what is not valid is that for all of them */
    await visit.go(`projects/${id}?by=day&end=2026-02-31`);
    await becomes(async () => (await barsOf(visit)).at(-1), newest);

    /* a currency that has no costs: said, and no other in its place */
    for (const path of ['', `projects/${id}`, 'costs']) {
        await visit.go(`${path}?currency=KRW`);
        await becomes(() => visit.part('nothing').getAttribute('data-reason'),
            'no_currency', path);
        is(await visit.part('nothing').locator('p').textContent(),
            t('nothing.no_currency', { currency: 'KRW', others: 'USD' }));
        is(await page.locator('main data.money').count(), 0, path);
        is(await visit.part('chart').count(), 0, path);
        await visit.button('nothing.show', { currency: 'USD' }).click();
        await seen(visit.part('chart'));
        ok(visit.address.endsWith('currency=USD'), visit.address);
        await page.evaluate(() => localStorage.clear());
    }
});


web.scenario('each figure that lacks an account says so where it stands',
    async (visit) => {
        const { t } = visit;
        const project = await visit.project('Web');
        await visit.account('Good', project);
        const bad = await visit.account('Bad', await visit.project('Other'));
        const words = t('figure.partial', { read: 1, total: 2 });
        const { id } = await sandbox.fault({ path: COSTS, client: bad.credentials.email,
            status: 503 });

        try {
            await visit.go();
            for (const part of ['this-month', 'last-month', 'trend', 'calendar',
                'by-service', 'by-region']) {
                await seen(visit.part(part).getByText(words).first());
            }
            is((await partialBars(visit)).length, 12, 'all bars');
            const marks = visit.part('by-service').locator('td .partial-mark');
            is(await marks.count(), 2 * await visit.part('by-service')
                .locator('tbody tr').count(), 'amounts and shares');
            is(await visit.part('calendar').locator('td.day[data-date]:not(.partial)')
                .count(), 0, 'all days');
            /* a project that has all of its accounts is whole */
            is(await visit.part('by-project').locator('td.amount .partial-mark').count(), 0);
            ok(await visit.part('by-project').locator('td.share .partial-mark').count() > 0);
            deepEqual(await visit.violations(), []);

            await visit.go('costs');
            await seen(visit.part('trend').getByText(words).first());
            await seen(visit.part('costs').getByText(words).first());
            is(await visit.part('cost-table').locator('tfoot .partial-mark').count(), 7);

            /* where nothing is missing, nothing is marked */
            await visit.go(`projects/${project.id}`);
            await seen(visit.part('cost-table'));
            is(await visit.page.locator('.partial-mark, .gaps').count(), 0);
        } finally {
            await sandbox.control('DELETE', `faults?id=${id}`);
        }
    });


web.scenario('a month that one account lacks is marked, and no other', async (visit) => {
    const project = await visit.project('Web');
    const gap = await visit.account('Gap', project);
    await visit.account('Whole', project);
    const [month] = months(-3, -3);

    await visit.api.get('dashboard');
    await changed(visit, 'dashboard', (json) => Object.assign(
        json.accounts.find(({ id }) => id === gap.id),
        { state: 'failed', code: 'provider_unavailable', missing: { monthly: [month] } }));
    for (const path of ['', `projects/${project.id}`]) {
        await visit.go(path);
        await becomes(() => partialBars(visit), [month], path);
        is(await visit.page.locator('.figure .partial-mark').count(), 0, path);
        is(await visit.page.locator('.shares .partial-mark').count(), 0, path);
    }
    await visit.go('?basis=year');
    await becomes(async () => await visit.part('by-service').locator('.partial-mark')
        .count() > 0, true);
    deepEqual(await visit.part('by-account').locator('tbody tr').evaluateAll((rows) =>
        rows.filter((row) => row.querySelector('.amount .partial-mark') !== null)
            .map((row) => row.querySelector('a').textContent)), ['Gap']);
});


web.scenario('parts of a page come from one state of the data', async (visit) => {
    const project = await visit.project('Web');
    const late = await visit.account('Late', project);
    await visit.account('Early', project);
    let asked = 0;

    await visit.api.get('dashboard');
    const whole = (await visit.api.get('dashboard')).body.currencies[0].this_month;
    await changed(visit, 'dashboard', (json) => {
        if (++asked > 1) {
            return;
        }
        /* read before the account had come, and not asked for again by itself */
        Object.assign(json.accounts.find(({ id }) => id === late.id), {
            state: 'failed', code: 'provider_unavailable',
            missing: { monthly: months(-11, 0), daily: months(-1, 0) },
        });
        json.currencies[0].this_month = '1.00';
    });
    await visit.go();
    const value = (part) => visit.part(part).locator('data').first().getAttribute('value');

    await becomes(() => value('this-month'), `${whole} USD`);
    is(await value('calendar-total'), `${whole} USD`);
    is(await visit.page.locator('.partial-mark').count(), 0);
    ok(asked < 4, `asked ${asked} times`);
});


web.scenario('nothing to show: five reasons, each with a next step', async (visit) => {
    const { page, t } = visit;
    const nothing = visit.part('nothing');
    const says = async (reason, address) => {
        await visit.go(address);
        await becomes(() => nothing.getAttribute('data-reason'), reason, address);
        is(await nothing.locator('p').first().textContent(), t(`nothing.${reason}`));
        is(await visit.part('cost-table').count(), 0, address);
        is(await page.locator('main data.money').count(), 0, address);
    };

    await says('no_accounts', 'costs');
    await visit.link('first.start', {}, nothing).click();
    await visit.at(t('wizard.title'));

    const { id } = await visit.project('Web');
    const alpha = await visit.account('Alpha', { id });
    await says('no_match', 'costs?service=Nothing');
    await visit.button('nothing.clear').click();
    await seen(visit.part('cost-table'));
    is(visit.address, 'costs');

    await says('unknown', 'costs?project=project-000000000000');
    await visit.link('nothing.to_projects', {}, nothing).click();
    await visit.at(t('projects.title'));
    await visit.become({ role: 'member', projects: [id] });
    const hidden = await visit.project('Hidden');
    await says('unknown', `costs?project=${hidden.id}`);
    await visit.become({ role: 'admin' });

    await says('no_costs', 'costs?service=Nothing&by=day&start=2026-11-01&end=2026-11-02');
    await visit.button('nothing.longer').click();
    await becomes(() => nothing.getAttribute('data-reason'), 'no_match');

    const bad = await visit.account('Bad', hidden);
    const { id: fault } = await sandbox.fault({ path: COSTS,
        client: bad.credentials.email, status: 503 });
    try {
        await says('unread', `costs?account=${bad.id}`);
        await visit.link('nothing.to_accounts', {}, nothing).click();
        await visit.at(t('accounts.title'));
    } finally {
        await sandbox.control('DELETE', `faults?id=${fault}`);
    }
    ok(alpha.id);
});
