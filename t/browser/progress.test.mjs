// A dashboard whose figures have to be read first: how far that is.

import { becomes, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok, until } from '../lib/tap.mjs';


const web = await startWeb();
const { sandbox } = web;

/* what a page does not wait for */
const LATE_MS = 6000;

/* what is asked, and when, is the same in each language */
const scenario = (name, fn) => web.scenario(name, fn, { langs: ['en'] });

// Accounts that the provider is slow to answer for, one later than the other.
async function slow(visit, project, delays = [700, 1500]) {
    for (const [at, delay_ms] of delays.entries()) {
        const { credentials } = await visit.account(`Slow ${at}`, project);

        await sandbox.fault({ path: '/v1/search/billing',
            client: credentials.email, delay_ms });
    }
    return delays.length;
}

const bar = (visit) => visit.page.getByRole('progressbar',
    { name: visit.t('progress.lookups') });
const values = (locator) => locator.evaluate(({ value, max }) => ({ value, max }));

// how far things have moved, as browsers judge it
const watchShifts = (page) => page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries()) {
            window.shifts.push({ value, nodes: sources.map(({ node }) =>
                node?.className ?? '') });
        }
    }).observe({ type: 'layout-shift', buffered: true });
});


for (const [name, path] of [
    ['the main dashboard', () => ''],
    ['a project', ({ id }) => `projects/${id}`],
]) {
    web.scenario(`${name} shows how far it is`, async (visit) => {
        const { page, t } = visit;
        const project = await visit.project('Web');
        const total = 14 * await slow(visit, project);

        await watchShifts(page);
        await page.goto(`${web.root}${path(project)}`);
        await seen(bar(visit));
        await becomes(async () => (await values(bar(visit))).max, total);
        ok((await values(bar(visit))).value < total);
        deepEqual(await visit.violations(), []);

        /* the first account is there before the second */
        await until(async () => (await values(bar(visit))).value > 0,
            'something to be done');
        const { value } = await values(bar(visit));
        like(await visit.part('progress').textContent(),
            new RegExp(t('progress.count', { done: '\\d+', total: '\\d+' })));
        ok(value <= total);
        like(await visit.part('loading').textContent(), new RegExp(
            t('state.loading_percent', { percent: '(25|50|75)' })));

        await seen(visit.part('change'));
        await gone(visit.part('progress'));
        const shifts = await page.evaluate(() => window.shifts);
        const sum = shifts.reduce((all, shift) => all + shift.value, 0);
        ok(sum < 0.02, JSON.stringify(shifts));
    });
}


for (const [name, path] of [
    ['the main dashboard', () => ''],
    ['a project', ({ id }) => `projects/${id}`],
    ['an analysis', () => 'costs'],
]) {
    web.scenario(`${name} shows what is there, and fills in`, async (visit) => {
        const { page, t } = visit;
        const project = await visit.project('Web');

        await visit.account('Quick', project);
        const { credentials } = await visit.account('Late', project);
        await sandbox.fault({ path: '/v1/search/billing',
            client: credentials.email, delay_ms: LATE_MS });
        await watchShifts(page);
        await page.goto(`${web.root}${path(project)}`);

        await seen(visit.part('updating').getByText(
            t('dash.reading', { read: 1, total: 2 })));
        await seen(visit.part('trend').locator('.tick').first());
        await seen(visit.part('partial').first());
        is(await visit.part('coverage').count(), 0, 'it may still come');
        deepEqual(await visit.violations(), []);

        await becomes(() => visit.part('updating').textContent(), '');
        await gone(visit.part('partial').first());
        is((await visit.api.get('costs')).body.complete, true);
    });
}


scenario('it costs no further lookups', async (visit) => {
    const project = await visit.project('Web');
    const { credentials } = await visit.account('Slow', project);
    await sandbox.fault({ path: '/v1/search/billing',
        client: credentials.email, delay_ms: 1000 });

    await visit.page.goto(web.root);
    await seen(bar(visit));
    await seen(visit.part('this-month'));

    const pages = (await sandbox.calls({ client: credentials.email,
        path: '/v1/search/billing' })).map(({ granularity, start, page }) =>
        `${granularity} ${start} ${page}`);
    is(new Set(pages).size, pages.length, pages.join());
});


scenario('nothing to read, no bar, no stream', async (visit) => {
    const { page } = visit;
    const asked = [];

    await visit.account('Alpha', await visit.project('Web'));
    is((await visit.api.get('dashboard')).status, 200);
    page.on('request', (request) => asked.push(request.url()));

    /* by the page's clock it takes no time at all, however long that is */
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 1000);
    await page.goto(web.root);
    await until(async () => {
        await page.clock.runFor(1);
        return await visit.part('calendar-grid').isVisible();
    }, 'the calendar', 20_000);
    await page.clock.runFor(2000);
    is(asked.filter((url) => url.includes('stream')).length, 0);
});


scenario('where no stream comes through, the page waits as before',
    async (visit) => {
        const { page } = visit;
        const tried = [];

        await slow(visit, await visit.project('Web'));
        await page.route('**/costs/stream*', (route) => {
            tried.push(route.request().url());
            return route.fulfill({ status: 200, contentType: 'text/html',
                body: '<p>a proxy</p>' });
        });
        await page.goto(web.root);
        await until(() => tried.length === 2, 'the streams to be tried');
        await seen(visit.part('this-month'));
        is(await bar(visit).count(), 0);
        is(new Set(tried).size, tried.length, 'tried once');
    });


scenario('whoever goes away closes the streams', async (visit) => {
    const { page, t } = visit;
    const open = new Set();
    const isStream = (request) => request.url().includes('/stream');

    page.on('request', (request) => isStream(request) && open.add(request));
    for (const end of ['requestfailed', 'requestfinished']) {
        page.on(end, (request) => open.delete(request));
    }
    await slow(visit, await visit.project('Web'), [2500]);
    await page.goto(web.root);
    await seen(bar(visit));
    is(open.size, 2);
    await visit.link('nav.projects').click();
    await visit.at(t('projects.title'));
    await becomes(() => open.size, 0);
});


// The bar within a part of the page, and what it says.
async function seesBar(visit, place, total) {
    const own = place.getByRole('progressbar',
        { name: visit.t('progress.lookups') });

    await seen(own);
    await becomes(async () => (await values(own)).max, total);
    await gone(own);
}

const monthBefore = (months) => {
    const now = new Date();

    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1))
        .toISOString().slice(0, 7);
};


web.scenario('an account, a selection and older periods show how far they are',
    async (visit) => {
        const { page } = visit;
        const project = await visit.project('Web');
        const { id, credentials } = await visit.account('Slow', project);
        const main = page.locator('main');
        const slowDown = () => sandbox.fault({ path: '/v1/search/billing',
            client: credentials.email, delay_ms: 2500 });

        await slowDown();
        await page.goto(`${web.root}service-accounts/${id}`);
        await seesBar(visit, main, 12);
        await visit.settled();

        /* a month that was not read yet, then the one before six of them */
        await visit.part('costs').getByRole('button',
            { name: visit.t('table.older') }).click();
        await visit.settled();
        await visit.part('costs').getByRole('button',
            { name: visit.t('table.older') }).click();
        /* the chart has read the other five already */
        await seesBar(visit, visit.part('costs'), 1);
        await visit.settled();

        await visit.go();
        await page.goto(`${web.root}?month=${monthBefore(5)}`);
        await seesBar(visit, visit.part('calendar'), 1);
        await visit.settled();

        await visit.account('Another', project).then((other) => sandbox.fault({
            path: '/v1/search/billing', client: other.credentials.email,
            delay_ms: 2500 }));
        await page.goto(`${web.root}costs?service=AmazonEC2`);
        await seesBar(visit, main, 12);
        await seen(visit.part('costs'));
    });


web.scenario('reading again shows how far it is, and rests after it', async (visit) => {
    const { page, t, plural } = visit;
    const project = await visit.project('Web');
    const accounts = [];

    for (const name of ['Alpha', 'Beta']) {
        accounts.push(await visit.account(name, project));
    }
    await visit.go();
    await seen(visit.part('this-month'));
    for (const { credentials } of accounts) {
        await sandbox.fault({ path: '/v1/search/billing',
            client: credentials.email, delay_ms: 600 });
    }

    await visit.button('refresh.action').click();
    await seen(visit.dialog.getByText(t('refresh.least', { n: 4 })));
    is(await visit.dialog.getByText(/last time|지난번/).count(), 0);
    await visit.button('refresh.action', {}, visit.dialog).click();
    const measured = visit.part('refresh-progress');
    await until(async () => await measured.count() === 1
        && (await values(measured)).value > 0, 'something to be done');
    const { max } = await values(measured);
    ok(max >= 2 * 13 && max <= 2 * 14, `${max} lookups`);
    await seen(page.getByText(new RegExp(t('refresh.progress',
        { done: '\\d+', total: max }))));
    await seen(visit.part('toasts').getByText(t('refresh.done')));
    await gone(measured);

    /* a reload is no way around the rest */
    await visit.go();
    await visit.button('refresh.action').click();
    await seen(visit.part('toasts').getByText(
        new RegExp(plural('refresh.wait', 60).replace('60', '\\d+'))));
    is(await visit.dialog.count(), 0);

    /* once it is over, what it took is known */
    await page.evaluate(() => {
        const memory = JSON.parse(sessionStorage.getItem('billing.refreshed'));
        sessionStorage.setItem('billing.refreshed',
            JSON.stringify({ ...memory, at: memory.at - 60_000 }));
    });
    await visit.button('refresh.action').click();
    await seen(visit.dialog.getByText(/last time|지난번/));
});


scenario('where no stream comes through, it is read again all the same',
    async (visit) => {
        const { page, t } = visit;
        await visit.account('Alpha', await visit.project('Web'));

        await visit.go();
        await seen(visit.part('this-month'));
        await page.route('**/costs/stream*', (route) => route.fulfill(
            { status: 200, contentType: 'text/html', body: '<p>a proxy</p>' }));
        const before = (await visit.api.get('session')).body.lookups.calls;
        await visit.button('refresh.action').click();
        await visit.button('refresh.action', {}, visit.dialog).click();
        await seen(visit.part('toasts').getByText(t('refresh.done')));
        ok((await visit.api.get('session')).body.lookups.calls > before);
    });


scenario('nothing is waited for without end', async (visit) => {
    const { page, t } = visit;
    await visit.account('Alpha', await visit.project('Web'));

    await page.clock.install();
    await page.route('**/api/v1/dashboard*', () => undefined);
    await page.goto(web.root);
    await seen(page.locator('.skeleton'));
    await visit.part('loading').waitFor({ state: 'attached' });
    await page.clock.fastForward('02:01');
    await seen(visit.part('problem').getByText(t('problem.network')));
    await page.unroute('**/api/v1/dashboard*');
    await visit.button('action.retry').click();
    await page.clock.runFor(1000);
    await seen(visit.part('this-month'));

    await page.route('**/costs/stream*', () => undefined);
    await visit.button('refresh.action').click();
    await visit.button('refresh.action', {}, visit.dialog).click();
    await seen(visit.button('refresh.busy'));
    await page.clock.fastForward('01:01');
    await seen(visit.part('toasts').getByText(t('problem.network')));
    await seen(visit.button('refresh.action'));
});
