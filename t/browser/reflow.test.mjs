// Every page, in both languages, at six widths, of a company with 400 accounts
// in two currencies: nothing scrolls sideways, nothing is cut, no word falls
// apart (WCAG 1.4.10: 320 points are 1280 at 400 %).

import { azureKey } from '../lib/clouds.mjs';
import { patience, patient, seen, startWeb } from '../lib/browser.mjs';
import { layoutFaults } from '../lib/layout.mjs';
import { after, deepEqual, diag, ok, test } from '../lib/tap.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


const ACCOUNTS = Number(process.env.BILLING_ACCOUNTS ?? 400);
const PROJECTS = 40;
const AT_ONCE = 8;
/* one in so many has costs: the sandbox is slow at making them up */
const SPENDING = 20;
const COLD_MS = 120_000;
const WAIT_MS = 60_000;
const WIDTHS = [1440, 1024, 768, 390, 360, 320];
const PAGE_LOAD = 150 * 1024;
const LONG_NAME = 'Production 서울 리전의 아주 긴 이름을 가진 데이터 분석 플랫폼 운영 계정입니다';

const azure = await startCloud('azure');
after(() => azure.stop());

const web = await startWeb({
    http: `billing_provider azure endpoint=${azure.url} login=${azure.url} pace=off;`,
});
const domain = 'company';
const clerk = await web.visit({ domain });
let project;
let account;


async function furnish() {
    const group = await clerk.group('Commerce & platforms');
    const projects = [];
    let next = 0;

    for (let at = 0; at < PROJECTS; at++) {
        projects.push(await clerk.project(`Project ${at + 1}`, at % 3 ? group : null));
    }
    await Promise.all(Array.from({ length: AT_ONCE }, async (_, at) => {
        const api = web.client({ user: `clerk ${at}`, domain });

        while (next < ACCOUNTS) {
            const n = next++;
            const { credentials, ...made } = await clerk.account(
                n === 0 ? LONG_NAME : `Account ${n + 1}`, projects[n % PROJECTS], 1,
                { tags: { environment: 'production', owner: 'commerce-platform',
                    cost_center: `CC-${100 + n}` } }, api);

            account ??= made;
            if (n % SPENDING !== 0) {
                await web.sandbox.fault({ client: credentials.email,
                    path: '/v1/search/billing', status: 204, body: '' });
            }
        }
    }));
    await clerk.api.create('service-accounts', { name: 'Azure 한국',
        provider: 'azure', project_id: projects[0].id,
        credentials: azureKey(azure.credentials.won) });
    [project] = projects;
    await clerk.page.goto(web.root);
    await clerk.part('this-month').first().waitFor({ timeout: patience(COLD_MS) });
    await clerk.settled();
}

const pages = () => ['', '?currency=KRW', '?by=day&split=service&as=table',
    `projects/${project.id}`, `projects/${project.id}?by=day&currency=KRW`,
    'costs', 'costs?by=day&group=account', 'projects', 'service-accounts',
    `service-accounts/${account.id}`, 'providers', 'service-accounts/new', 'no/page'];


test('nothing is cut, nothing scrolls sideways', async () => {
    await furnish();
    const all = await Promise.all(['en', 'ko'].map(async (lang) => {
        const visit = await web.visit({ domain, lang });
        const faults = [];

        patient(visit.context, WAIT_MS);
        for (const path of pages()) {
            for (const width of WIDTHS) {
                await visit.page.setViewportSize({ width, height: 900 });
                await visit.go(path);
                faults.push(...(await layoutFaults(visit.page))
                    .map((text) => `${lang} ${width} ${path}: ${text}`));
            }
        }
        await visit.check();
        await visit.close();
        return faults;
    }));

    all.flat().forEach((text) => diag('%s', text));
    deepEqual(all.flat(), []);
}, { timeout: 8 * COLD_MS });


// What opens in a page, by the key of its button.
const OPENED = {
    '': ['refresh.action', 'export.label'],
    projects: ['projects.new_group', 'projects.new_project'],
    'service-accounts/ID': ['accounts.edit', 'accounts.change_project',
        'accounts.replace', 'action.delete'],
};


test('the same enlarged four times, with what opens in a page', async () => {
    const all = await Promise.all(['en', 'ko'].map(async (lang) => {
        /* 1280 points by 1024 at 400 % */
        const visit = await web.visit({ domain, lang, width: 320, height: 256, scale: 4 });
        const faults = [];
        const look = async (what) => faults.push(...(await layoutFaults(visit.page))
            .map((text) => `${lang} ${what}: ${text}`));

        patient(visit.context, WAIT_MS);
        for (const path of pages()) {
            await visit.go(path);
            await look(path);
        }
        for (const [path, keys] of Object.entries(OPENED)) {
            for (const key of keys) {
                await visit.go(path.replace('ID', account.id));
                await visit.page.getByRole('button', { name: visit.t(key) })
                    .first().click();
                await seen(visit.page.locator('dialog[open], [role=menu]'));
                await look(`${path} ${key}`);
            }
        }
        await visit.check();
        await visit.close();
        return faults;
    }));

    all.flat().forEach((text) => diag('%s', text));
    deepEqual(all.flat(), []);
}, { timeout: 4 * COLD_MS });


// What comes over the wire for a page that is opened for the first time.
test('a page load stays within its budget', async () => {
    const visit = await web.visit({ domain });
    const cdp = await visit.context.newCDPSession(visit.page);
    const sizes = new Map();

    patient(visit.context, WAIT_MS);
    await cdp.send('Network.enable');
    cdp.on('Network.requestWillBeSent', ({ requestId, request }) =>
        sizes.set(requestId, { url: request.url, bytes: 0 }));
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        sizes.get(requestId).bytes = encodedDataLength;
    });
    for (const path of pages()) {
        await visit.page.goto('about:blank');
        await cdp.send('Network.clearBrowserCache');
        sizes.clear();
        await visit.go(path);
        if (path === '') {
            await seen(visit.part('calendar-grid'));
        }
        const all = [...sizes.values()].sort((one, other) => other.bytes - one.bytes);
        const sum = all.reduce((before, { bytes }) => before + bytes, 0);
        diag('/%s: %d bytes, most of them %s', path, sum, all.slice(0, 4)
            .map(({ url, bytes }) => `${url.replace(web.root, '')} ${bytes}`).join(', '));
        ok(sum < PAGE_LOAD, `${path}: ${sum} bytes`);
    }
    await visit.close();
}, { timeout: 2 * COLD_MS });


