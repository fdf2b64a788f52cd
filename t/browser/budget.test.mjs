// What a page costs: bytes over the wire, calls of the API, movement after
// the first paint.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, diag, is, ok, until } from '../lib/tap.mjs';


const web = await startWeb();

const FIRST_VIEW = 150 * 1024;
/* a number that takes one more digit */
const STILL = 0.0005;


// Requests from now on, relative to the API or the app, without the query.
function record(visit) {
    const requests = [];

    visit.page.on('request', (request) => requests.push(request));
    return {
        get paths() {
            return requests.map((request) => request.url().replace(web.root, '')
                .replace(/\?.*/s, ''));
        },
        get urls() {
            return requests.map((request) => request.url());
        },
        get calls() {
            /* streams are for whoever has to wait, which a busy machine decides */
            return this.paths.filter((path) => path.startsWith('api/v1/')
                && !path.endsWith('/stream'))
                .map((path) => path.replace('api/v1/', '')).sort();
        },
        async bytes() {
            const sizes = await Promise.all(requests
                /* a stream that is not needed any more is closed */
                .filter((one) => one.failure() === null)
                .map((one) => one.sizes()));
            return sizes.reduce((sum, one) =>
                sum + one.responseBodySize + one.responseHeadersSize, 0);
        },
        clear() {
            requests.length = 0;
        },
    };
}


// How far what is in sight has moved, as browsers judge it.
async function watchShifts({ page }) {
    await page.addInitScript(() => {
        window.shifts = [];
        new PerformanceObserver((list) => {
            for (const { value, sources } of list.getEntries()) {
                window.shifts.push({ value, nodes: sources.map(({ node }) =>
                    node?.className ?? node?.nodeName) });
            }
        }).observe({ type: 'layout-shift', buffered: true });
    });
    return () => page.evaluate(() => window.shifts);
}


web.scenario('the first view fits its budget, charts come when there are any',
    async (visit) => {
        const project = await visit.project('Shop');
        const requests = record(visit);
        const charts = () => requests.paths.filter((path) => /BarChart/.test(path));

        await visit.go('projects');
        deepEqual(charts(), [], 'no chart, no code of charts');

        await visit.account('Alpha', project, 3);
        requests.clear();
        await visit.context.clearCookies();
        await visit.become({});
        await visit.page.goto('about:blank');
        const cdp = await visit.context.newCDPSession(visit.page);
        await cdp.send('Network.clearBrowserCache');
        await visit.go();
        await seen(visit.part('chart'));
        await seen(visit.part('calendar-grid'));
        is(charts().length, 1);
        const bytes = await requests.bytes();
        diag('first view: %d requests, %d bytes over the wire',
            requests.paths.length, bytes);
        ok(bytes > 20_000 && bytes < FIRST_VIEW, `${bytes} bytes`);
    });


const LISTS = ['project-groups', 'projects', 'providers', 'service-accounts'];

web.scenario('no page asks for the same twice, or for what it does not show',
    async (visit) => {
        const project = await visit.project('Shop');
        const account = await visit.account('Alpha', project);
        const requests = record(visit);
        const id = { project: project.id, account: account.id };

        for (const [path, ...calls] of [
            ['', ...LISTS, 'dashboard', 'costs', 'session'],
            [`projects/${id.project}`, ...LISTS, `projects/${id.project}`,
                `projects/${id.project}/dashboard`, 'costs', 'costs', 'session'],
            ['costs', ...LISTS, 'costs', 'costs', 'session'],
            ['projects', ...LISTS, 'costs', 'session'],
            ['service-accounts', ...LISTS, 'service-accounts', 'costs', 'session'],
            [`service-accounts/${id.account}`, ...LISTS,
                `service-accounts/${id.account}`,
                `service-accounts/${id.account}/linked-accounts`,
                'costs', 'costs', 'session'],
            ['providers', 'providers', 'session'],
            ['service-accounts/new', 'providers', 'session'],
        ]) {
            requests.clear();
            await visit.go(path);
            await becomes(() => requests.calls, calls.sort(), path);
            const costs = requests.urls.filter((url) => url.includes('/costs?'));
            is(new Set(costs).size, costs.length, costs.join('\n'));
        }
    });


web.scenario('nothing moves when figures arrive', async (visit) => {
    const { page } = visit;
    const project = await visit.project('Shop');
    const { id } = await visit.account('Alpha', project, 2);
    const shifts = await watchShifts(visit);

    for (const [width, height] of [[1280, 900], [390, 844]]) {
        await page.setViewportSize({ width, height });
        for (const path of ['', `projects/${project.id}`, 'costs', 'projects',
            'service-accounts', `service-accounts/${id}`, 'providers']) {
            await visit.go(path);
            const all = await shifts();
            const sum = all.reduce((before, { value }) => before + value, 0);
            ok(sum < STILL, `${path} at ${width}: ${JSON.stringify(all)}`);
        }
    }
});


web.scenario('nothing moves when names come after figures', async (visit) => {
    const { page } = visit;
    const project = await visit.project('Shop');
    const { id } = await visit.account('Alpha', project, 2);
    const shifts = await watchShifts(visit);
    const figures = { asked: 0, answered: 0 };
    const count = (what) => (request) => {
        figures[what] += /\/(costs|dashboard)(\?|$)/.test(request.url()) ? 1 : 0;
    };
    let held;

    page.on('request', count('asked'));
    page.on('requestfinished', count('answered'));
    await page.route('**/api/v1/providers*', (route) => {
        held.push(() => route.continue());
    });
    for (const path of ['', `projects/${project.id}`, 'costs',
        `service-accounts/${id}`]) {
        held = [];
        Object.assign(figures, { asked: 0, answered: 0 });
        await page.goto(`${web.root}${path}`);
        await until(() => held.length > 0 && figures.asked > 0
            && figures.asked === figures.answered, 'all but the names');
        await visit.drawn();

        held.forEach((release) => release());
        await visit.settled();
        await visit.drawn();
        const all = await shifts();
        const sum = all.reduce((before, { value }) => before + value, 0);
        ok(sum < STILL, `${path}: ${JSON.stringify(all)}`);
    }
});


// Holds the calls of the API until they are released.
async function hold({ page }) {
    const held = [];

    await page.route('**/api/v1/**', (route) => {
        if (route.request().url().includes('/costs/stream')) {
            return route.abort('aborted'); /* for whoever waits long */
        }
        if (held.open) {
            return route.continue();
        }
        held.push(() => route.continue());
        return undefined;
    });
    return held;
}


const QUIET_MS = 600;
/* who is here; the figures, and beside them the names that they go with */
const ROUND_TRIPS = 2;
const REQUESTS = 15;
/* a machine that lacks time makes more of them */
const LONG_TASKS = 40;

web.scenario('the first figure is there after few round trips, without long tasks',
    async (visit) => {
        const { page } = visit;
        await visit.account('Alpha', await visit.project('Shop'), 2);
        is((await visit.api.get('dashboard')).status, 200);
        await page.addInitScript(() => {
            window.tasks = [];
            new PerformanceObserver((list) => window.tasks.push(
                ...list.getEntries().map(({ duration }) => Math.round(duration))))
                .observe({ type: 'longtask', buffered: true });
        });

        const held = await hold(visit);
        const asked = record(visit);
        const figure = visit.part('this-month').locator('.money');
        let rounds = 0;
        let requests = 0;

        await page.goto(web.root);
        while (rounds <= ROUND_TRIPS && await figure.count() === 0) {
            /* until all is asked that can be without an answer */
            for (let before = -1; before !== held.length || before === 0;) {
                before = held.length;
                await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
                if (await figure.count() > 0) {
                    break;
                }
            }
            if (await figure.count() > 0) {
                break;
            }
            rounds++;
            requests = asked.paths.filter((path) => !path.endsWith('/stream')).length;
            await Promise.all(held.splice(0).map((release) => release()));
        }
        diag('%d round trips, %d requests before the first figure', rounds, requests);
        ok(rounds <= ROUND_TRIPS, `${rounds} round trips`);
        ok(requests <= REQUESTS, asked.paths.join());

        held.open = true;
        await Promise.all(held.splice(0).map((release) => release()));
        await visit.settled();
        const tasks = await page.evaluate(() => window.tasks);
        diag('%d long tasks: %s ms', tasks.length, tasks.join(', '));
        ok(tasks.length <= LONG_TASKS, tasks.join());
    }, { alone: true });
