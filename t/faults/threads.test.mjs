// Large pages are read by a thread: others are answered meanwhile, and whoever
// goes at that moment, a client, a flight or a worker, does no harm.
//
// nginx's debug log says when a thread has a task and when the loop gets it
// back.  A page is made large by white space, which takes long to read.

import { connect } from 'node:net';

import { openEvents } from '../lib/events.mjs';
import { currencies, loadRows, months } from '../lib/figures.mjs';
import { scaled } from '../lib/pace.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


const LARGE = 40_000_000;
const OTHERS = 3;
const PAGE = 5000; // rows: one page each
const path = '/v1/search/billing';

const summary = await startCloud('summary');
after(() => summary.stop());

const world = await startWorld({
    level: 'debug', keepAlive: false, provider: 'timeout=60s max_answer=64m',
    http: `billing_provider hyperbilling_alibaba_cloud endpoint=${summary.url}
        timeout=60s max_answer=64m;`,
    sandbox: { settings: { page_size: PAGE } },
});
const { sandbox, get, nginx } = world;
const project = await world.createProject('project');
const dates = months(-11, 0);
let counter = 0;


async function fresh(nlinked = 1) {
    const n = ++counter;
    const credential = { client: `client-${n}`, secret: 's' };
    const linked = Array.from({ length: nlinked },
        (_, i) => String(700000000000 + 100 * n + i));

    await sandbox.setCredential({ ...credential, linked });
    const { id } = await world.createAccount(
        `account ${n}`, project.id, credential);
    const rows = await loadRows(
        sandbox, [{ id, linked, project: project.id }], dates);

    return { id, linked, client: credential.client,
        expected: currencies(rows, { dates }),
        calls: async () => (await sandbox.calls(
            { client: credential.client, path })).length };
}

const large = (fault) => sandbox.fault({ path, pad: LARGE, ...fault });
const costs = ({ id }, more = '') => get(`costs?account=${id}${more}`);

// What happened to tasks, in the order of the log, as "run" and "complete";
// and "health" where somebody was answered.
const events = () => [...nginx.errorLog().matchAll(
    /(run|complete) task #|http request line: "GET \S*\/(health)/g,
)].map(([, task, other]) => task ?? other);

const count = (what) => events().filter((event) => event === what).length;
const running = () => count('run') > count('complete');

// What begin() returns, while a thread reads a large page for it.  A busy
// machine may look again only when it has been read: then once more.
async function reading(begin, tries = 20) {
    const before = count('run');
    const begun = await begin();

    await until(() => count('run') > before, 'a thread to read');
    if (running() || tries === 0) {
        ok(running(), 'a thread reads');
        return begun;
    }
    return reading(begin, tries - 1);
}

function request(account) {
    const socket = connect(nginx.port, '127.0.0.1', () => socket.write(
        `GET /billing/api/v1/costs?account=${account.id} HTTP/1.1\r\n`
        + 'Host: test\r\nX-User: admin\r\nX-Role: admin\r\n\r\n'));

    socket.on('error', () => {});
    return socket;
}

async function asking() {
    const account = await fresh();

    await large({ client: account.client, times: 1 });
    return { account, socket: request(account) };
}


test('others are answered while a large page is read', async () => {
    const account = await fresh();
    await large({ client: account.client, times: 1 });

    let over = false;
    const other = world.client();
    const answer = costs(account).finally(() => { over = true; });

    while (!over) {
        is((await other.get('health')).status, 200);
    }

    const { json, cache } = await answer;
    is(cache, 'MISS');
    deepEqual(json.currencies, account.expected);

    const all = events();
    const between = all.slice(all.indexOf('run'), all.indexOf('complete'))
        .filter((event) => event === 'health').length;
    ok(between >= OTHERS, `${between} others were answered meanwhile`);
});


test('a small page needs no thread', async () => {
    const before = count('run');
    const account = await fresh();

    await sandbox.settings({ page_size: 200 });
    deepEqual((await costs(account)).json.currencies, account.expected);
    is(count('run'), before);
    await sandbox.settings({ page_size: PAGE });
});


test('large and small pages of one flight, all at once', async () => {
    const account = await fresh(6);
    const before = count('run');

    for (const linked of account.linked.slice(0, 3)) {
        await large({ account: linked, times: 1, pad: LARGE / 8 });
    }

    deepEqual((await costs(account)).json.currencies, account.expected);
    ok(count('run') >= before + 3);
    is(await account.calls(), account.linked.length);
});


test('a large page that is no JSON, and one that is asked for again',
    async () => {
        const account = await fresh();
        const body = ' '.repeat(1_000_000);

        await sandbox.fault({ client: account.client, path, body, times: 1 });
        const { json } = await costs(account);
        is(json.accounts[0].code, 'provider_unavailable');

        await sandbox.fault({ client: account.client, path, body, times: 1,
            status: 503 });
        const { json: later } = await costs(account, '&refresh=true');
        deepEqual(later.currencies, account.expected);
    });


test('a client that goes meanwhile: the page is read all the same',
    async () => {
        const { account, socket } = await reading(asking);
        socket.resetAndDestroy();

        await until(async () => (await costs(account)).cache === 'HIT',
            'the cache to be filled');
        deepEqual((await costs(account)).json.currencies, account.expected);
        is(await account.calls(), 1);
    });


test('a flight that fails meanwhile leaves the page to the thread',
    async () => {
        const account = await fresh(2);
        const [first, second] = account.linked;

        await large({ account: first, times: 1 });
        await sandbox.fault({ path, account: second, garbage: true, times: 1,
            delay_ms: scaled(300) });

        const { json } = await costs(account);
        is(json.complete, false);
        is(json.accounts[0].code, 'provider_unavailable');

        await sandbox.clearFaults();
        await until(() => !running(), 'the thread to be ready');
        await until(async () => (await get(
            `costs?account=${account.id}&refresh=true`)).json.complete,
        'the costs to be asked for again');
        deepEqual((await costs(account)).json.currencies, account.expected);
    });


// Rows of this provider are read by what its credentials say.
test('a stream that is closed meanwhile: the thread keeps what it reads',
    async () => {
        const { projects, ...credentials } = summary.credentials.alibaba;
        const { id } = await world.admin.create('service-accounts', {
            name: 'summary', project_id: project.id,
            provider: 'hyperbilling_alibaba_cloud',
            credentials: { ...credentials, currency: 'billing' },
        });

        const stream = await reading(async () => {
            await summary.fault({ path: '/summary', pad: LARGE, times: 1 });
            return openEvents(world, `costs/stream?account=${id}&refresh=true`,
                { who: world.admin });
        });
        stream.close();
        await until(() => !running(), 'the thread to be ready');

        is((await costs({ id })).json.complete, true);
    });


test('a reload meanwhile: whoever waits is answered by the old worker',
    async () => {
        const { account, answer } = await reading(async () => {
            const one = await fresh();
            await large({ client: one.client, times: 1 });
            return { account: one, answer: costs(one) };
        });
        const old = await nginx.reload();

        deepEqual((await answer).json.currencies, account.expected);
        await nginx.gone(old);
    });


test('a reload meanwhile, and nobody waits: the old worker goes', async () => {
    const { account, socket } = await reading(asking);
    socket.resetAndDestroy();
    await nginx.gone(await nginx.reload());

    deepEqual((await costs(account)).json.currencies, account.expected);
});


// The test's end stops nginx, too, and looks for alerts.
test('a worker that is told to stop meanwhile', async () => {
    const { socket } = await reading(asking);
    await nginx.stop();
    socket.destroy();
});
