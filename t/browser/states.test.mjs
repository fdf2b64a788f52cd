// States that belong to no flow: nothing was spent, credits, two currencies,
// answers from memory, reasons in words, paper.

import { becomes, gone, seen, startWeb } from '../lib/browser.mjs';
import { days, months } from '../lib/figures.mjs';
import { startRedis } from '../lib/redis.mjs';
import { deepEqual, is, like, ok, until } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const web = await startWeb();
const { sandbox } = web;

// Changes the answer of the main dashboard before the page gets it.
function changed(visit, change) {
    return visit.page.route('**/api/v1/dashboard', async (route) => {
        const answer = await route.fetch();
        const json = await answer.json();

        change(json);
        await route.fulfill({ response: answer, json });
    });
}


web.scenario('nothing was spent: the page says so, and shows no zero', async (visit) => {
    await visit.account('Alpha', await visit.project('Web'));
    await visit.go('costs?service=Nothing&end=2026-01');
    await becomes(() => visit.part('nothing').getAttribute('data-reason'), 'no_costs');
    is(await visit.part('cost-table').count(), 0);
});


web.scenario('a month of credits is shown below zero', async (visit) => {
    const project = await visit.project('Web');
    const account = await visit.account('Alpha', project);
    const [month] = months(-2, -2);

    await sandbox.restate({ account: account.ids[0], date: `${month}-10`,
        cost: '-9000000.5' });
    await visit.go(`projects/${project.id}`);
    await seen(visit.part('cost-table'));
    const { body } = await visit.api.get(`costs?start=${month}&end=${month}`);
    const [sum] = body.currencies[0].costs;
    const values = (part) => visit.part(part).locator('data').evaluateAll(
        (all) => all.map((one) => [one.value, one.textContent]));

    ok(sum.startsWith('-'));
    for (const part of ['cost-table', 'trend']) {
        const [[, text]] = (await values(part)).filter(([value]) => value === `${sum} USD`);
        like(text, /^-(US)?\$/, part);
    }
    ok(await visit.part('trend').locator('.tick text').evaluateAll(
        (all) => all.some((one) => one.textContent.startsWith('-'))), 'the axis');
});


web.scenario('of two currencies both are shown, and one where it is chosen', async (visit) => {
    const { page, t } = visit;
    await visit.account('Alpha', await visit.project('Web'));
    const won = (text) => `${BigInt(Math.round(Number(text)))}00.00`;
    await changed(visit, (json) => {
        const [usd] = json.currencies;
        json.currencies = [usd, { ...usd, currency: 'KRW',
            accounts: 7, this_month: won(usd.this_month) }];
    });

    await visit.go();
    const codes = () => visit.part('this-month').locator('data').evaluateAll(
        (all) => all.map((one) => one.value.split(' ')[1]));
    deepEqual(await codes(), ['USD', 'KRW']);
    deepEqual(await visit.part('accounts').locator('.figure-value').allTextContents(),
        ['1', '7']);
    is(await visit.part('chart').count(), 2);
    is(await visit.part('calendar-grid').count(), 2);
    is(await visit.part('by-service').count(), 2);

    await page.getByRole('radio', { name: 'KRW' }).click();
    await becomes(codes, ['KRW']);
    is(visit.address, '?currency=KRW');
    like(await visit.part('this-month').locator('data').textContent(), /^₩[\d,]+$/);
    is(await visit.part('chart').count(), 1);

    /* the choice is remembered, and can be taken back */
    await visit.go('projects');
    await visit.go();
    await becomes(() => visit.address, '?currency=KRW');
    deepEqual(await codes(), ['KRW']);
    await page.getByRole('radio', { name: t('currency.all') }).click();
    await becomes(codes, ['USD', 'KRW']);
    await visit.go();
    deepEqual(await codes(), ['USD', 'KRW']);
    is(visit.address, '');
});


web.scenario('both dashboards end their days today, in progress', async (visit) => {
    const project = await visit.project('Web');
    await visit.account('Alpha', project);
    const [today] = days(0, 0);

    for (const path of ['?by=day', `projects/${project.id}?by=day`]) {
        await visit.go(path);
        const bars = visit.part('trend').locator('g.period');

        await becomes(() => bars.count(), 14);
        ok(/\bopen\b/.test(await bars.last().getAttribute('class')));
        like(await visit.part('trend').locator('tbody th').last().textContent(),
            new RegExp(`${Number(today.slice(8))}\\b`));
    }
});


web.scenario('what is late is asked for again, and compared with nothing',
    async (visit) => {
        const { t } = visit;
        let late = true;
        await visit.account('Alpha', await visit.project('Web'));
        await visit.account('Beta', await visit.project('Other'));

        await changed(visit, (json) => {
            if (late) {
                Object.assign(json.accounts[0], { state: 'failed', code: 'timeout' });
                json.currencies[0].change_percent = 383.2;
            }
        });
        await visit.go();
        await seen(visit.part('updating').getByText(
            t('dash.reading', { read: 1, total: 2 })));
        await seen(visit.part('this-month').getByTestId('partial'));
        like(await visit.part('change').textContent(),
            new RegExp(t('figure.no_change')));
        is(await visit.part('coverage').count(), 0, 'it may still come');

        late = false;
        await gone(visit.part('this-month').getByTestId('partial'));
        is(await visit.part('updating').textContent(), '');
        is(await visit.part('change').getByText(t('figure.no_change')).count(), 0);
    });


web.scenario('what does not come in time is said to be missing', async (visit) => {
    const { t } = visit;
    await visit.account('Alpha', await visit.project('Web'));
    await visit.account('Beta', await visit.project('Other'));

    await visit.page.clock.install();
    await changed(visit, (json) => Object.assign(json.accounts[0],
        { state: 'failed', code: 'timeout' }));
    await visit.go();
    await seen(visit.part('updating').getByText(
        t('dash.reading', { read: 1, total: 2 })));
    await until(async () => {
        await visit.page.clock.runFor(5000);
        return await visit.part('coverage').isVisible();
    }, 'the last try', 30_000);
    await seen(visit.part('coverage').getByText(
        visit.plural('coverage.missing', 1, { total: 2 })));

});


web.scenario('every reason is said in words', async (visit) => {
    const { page, t } = visit;
    const account = await visit.account('Alpha', await visit.project('Web'));

    await visit.api.get('dashboard');
    for (const code of ['timeout', 'history', 'not_told', 'lookup_limit', 'provider_rejected',
        'provider_unavailable', 'storage_unavailable', 'internal']) {
        await changed(visit, (json) => {
            Object.assign(json.accounts[0], { state: 'stale', code });
        });
        await visit.go();
        await visit.part('coverage').locator('summary').click();
        await seen(visit.part('coverage').getByText(t(`reason.${code}`)));
        await page.unroute('**/api/v1/dashboard');
    }
    await becomes(() => visit.part('coverage').getByRole('link').getAttribute('href'),
        new URL(`service-accounts/${account.id}`, web.root).pathname);
});


web.scenario('the test of a connection shows that it is on its way', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const credentials = await web.credentials(['000000000777']);

    await wizard.start();
    await wizard.fill(credentials);
    let answer;
    await visit.page.route('**/verify', async (route) => {
        const response = await route.fetch();
        await new Promise((resolve) => {
            answer = resolve;
        });
        await route.fulfill({ response });
    });
    await visit.button('verify.action').click();
    await becomes(() => visit.page.locator('.verify button').getAttribute('aria-disabled'),
        'true');
    is(await visit.page.locator('.verify button').textContent(), t('verify.busy'));
    await until(() => answer !== undefined, 'the answer');
    answer();
    await seen(visit.part('verified'));
    like(await visit.part('verified').textContent(), /000000000777/);
    is(await visit.page.getByText(t('verify.busy'), { exact: true }).count(), 0);
});


web.scenario('on paper all columns are there, and nothing to press', async (visit) => {
    const { page } = visit;
    const project = await visit.project('Web');
    const account = await visit.account('Alpha', project);

    await page.setViewportSize({ width: 794, height: 1123 });
    for (const path of ['', `projects/${project.id}`, `service-accounts/${account.id}`]) {
        await visit.go(path);
        await seen(visit.part('chart').locator('path').first());
        await page.emulateMedia({ media: 'print' });
        deepEqual(await page.evaluate(() => {
            const edge = document.documentElement.clientWidth + 1;
            const shown = [...document.querySelectorAll('main *')]
                .filter((one) => one.checkVisibility() && !one.closest('.sr'));

            return [
                ...shown.filter((one) => one.getBoundingClientRect().right > edge),
                ...shown.filter((one) => one.matches('.button, .menu')),
            ].map((one) => `${one.tagName}.${one.className} ${one.textContent}`);
        }), [], path);
        await page.emulateMedia({ media: 'screen' });
    }
}, { theme: 'light' });


web.scenario('without its storage the last answer is shown, and said to be old',
    async (visit) => {
        const { redis } = web.billing;
        await visit.account('Alpha', await visit.project('Web'));

        await visit.go();
        await seen(visit.part('this-month'));
        await until(async () => (await visit.api.get('dashboard'))
            .headers['x-billing-cache'] === 'HIT', 'the answer to be kept');
        await redis.kill();
        visit.allow(/^503 /);

        try {
            await visit.page.reload();
            await seen(visit.part('coverage').getByText(visit.t('coverage.degraded')));
            await seen(visit.part('this-month'));
        } finally {
            web.billing.redis = await startRedis({ port: redis.port, dir: redis.dir });
            await until(async () => (await visit.api.get('health')).status === 200,
                'the storage');
        }
    }, { alone: true });
