// A dashboard whose figures have to be read first: how far that is.

import { becomes, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok, until } from '../lib/tap.mjs';


const web = await startWeb();
const { sandbox } = web;

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


web.scenario('it costs no further lookups', async (visit) => {
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


web.scenario('nothing to read, no bar, no stream', async (visit) => {
    const { page } = visit;
    const asked = [];

    await visit.account('Alpha', await visit.project('Web'));
    is((await visit.api.get('dashboard')).status, 200);
    page.on('request', (request) => asked.push(request.url()));
    await visit.go();
    await seen(visit.part('this-month'));
    is(asked.filter((url) => url.includes('stream')).length, 0);
});


web.scenario('where no stream comes through, the page waits as before',
    async (visit) => {
        const { page } = visit;
        let tried = 0;

        await slow(visit, await visit.project('Web'));
        await page.route('**/costs/stream*', (route) => {
            tried++;
            return route.fulfill({ status: 200, contentType: 'text/html',
                body: '<p>a proxy</p>' });
        });
        await page.goto(web.root);
        await until(() => tried === 2, 'the streams to be tried');
        await seen(visit.part('this-month'));
        is(await bar(visit).count(), 0);
        is(tried, 2, 'tried once');
    });


web.scenario('whoever goes away closes the streams', async (visit) => {
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
