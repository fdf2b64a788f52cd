// A provider that is down is not asked over and over, nor waited for; and once
// it is back, figures are there within five seconds.

import { readFileSync } from 'node:fs';

import { startBilling } from '../lib/billing.mjs';
import { now, scaled } from '../lib/pace.mjs';
import { after, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const path = '/v1/search/billing';
const world = await startWorld({
    level: 'notice', provider: 'timeout=60s max_answer=1m',
});
const { sandbox, get, nginx, billingCalls } = world;
const project = await world.createProject('project');
let counter = 0;

async function fresh() {
    const client = `client-${++counter}`;

    await sandbox.setCredential({
        client, secret: 's', linked: [String(600000000000 + counter)],
    });
    const { id } = await world.createAccount(
        client, project.id, { client, secret: 's' });
    return { id, client };
}

const accounts = [];
for (let i = 0; i < 8; i++) {
    accounts.push(await fresh());
}
const [known] = accounts;

const state = ({ json }) => json.accounts.map(
    ({ state: name, code }) => `${name} ${code}`).join();
const costs = ({ id }, more = '') => get(`costs?account=${id}${more}`);
const lines = (pattern) => nginx.errorLog().split('\n')
    .filter((line) => pattern.test(line));
const opened = () => lines(/\[warn\].*calls are held back/);
const closed = () => lines(/\[notice\].*answers again/);

async function breakIt() {
    for (const account of accounts.slice(1, 6)) {
        await costs(account, '&refresh=true');
    }
}


test('after some failures the provider is left alone', async () => {
    is(state(await costs(known)), 'fresh null');

    await sandbox.fault({ path, status: 503 });
    is(opened().length, 0);
    await breakIt();
    is(opened().length, 1);

    const calls = await billingCalls();
    const answer = await costs(accounts[6]);
    is(state(answer), 'failed provider_unavailable');
    is(await billingCalls(), calls, 'not asked');
});

test('what is known serves, marked', async () => {
    const answer = await costs(known, '&refresh=true');

    is(state(answer), 'stale provider_unavailable');
    is(answer.status, 200);
    is(opened().length, 1, 'said once');
});

test('once it is back, figures are there within five seconds', async () => {
    // it must have stayed away for a while: the longest pause is due
    const first = await billingCalls();
    await until(async () => {
        await costs(accounts[6]);
        return await billingCalls() >= first + 3;
    }, 'some tries', 30_000);
    is(closed().length, 0);

    await sandbox.clearFaults();
    const back = now();

    // what is remembered of the account itself passes later
    await until(async () => state(await costs(accounts[6], '&refresh=true'))
        === 'fresh null', 'the first figures');
    ok(now() - back < 8000, `${now() - back} ms`);
    is(closed().length, 1);

    for (const account of accounts) {
        is(state(await costs(account, '&refresh=true')), 'fresh null');
    }
    is(opened().length, 1);
});

test('all who ask when a try is due get what it finds', async () => {
    await sandbox.fault({ path, status: 500 });
    await breakIt();
    is(opened().length, 2);
    await sandbox.clearFaults();
    await sandbox.fault({ path, times: 1, delay_ms: scaled(300) });

    // as soon as one try is under way, everybody else waits for it
    const before = await billingCalls();
    const [one, other] = accounts;
    let answer;

    await until(async () => {
        const asked = costs(one, '&refresh=true');
        const rest = get('costs?granularity=DAILY&refresh=true');

        [, answer] = await Promise.all([asked, rest]);
        return await billingCalls() > before;
    }, 'a try');

    is(new Set(state(answer).split(',')).size, 1, state(answer));
    is(state(await costs(other, '&refresh=true')), 'fresh null');
    is(closed().length, 2);
});

test('what is refused, or asked for too often, opens nothing', async () => {
    for (const status of [400, 401, 404, 429]) {
        await sandbox.fault({ path, status });
        await breakIt();
        await sandbox.clearFaults();
    }
    is(opened().length, 2);
});

test('an answer that is too large is not asked for again', async () => {
    const account = await fresh();

    await sandbox.fault({ path, client: account.client, pad: 2_000_000 });
    for (let i = 0; i < 6; i++) {
        const before = await billingCalls();

        is(state(await costs(account, '&refresh=true')),
            'failed provider_unavailable');
        is(await billingCalls(), before + 1);
    }
    await sandbox.clearFaults();
    is(opened().length, 2);
});

test('cut connections open it', async () => {
    for (const account of accounts) {
        await costs(account, '&refresh=true');
    }
    await sandbox.fault({ path, cut: 'before' });
    await Promise.all(accounts.slice(0, 6).map((account) =>
        costs(account, '&refresh=true')));
    is(opened().length, 3);
    await sandbox.clearFaults();

    await until(async () =>
        state(await costs(known, '&refresh=true')) === 'fresh null',
    'the provider to be back');
});

test('timeouts open it', async () => {
    const { nginx: hasty, client } = await startBilling({
        redis: world.redis, sandbox, key: readFileSync(world.key),
        provider: 'timeout=2s',
    });
    after(() => hasty.stop());

    const ask = (account) => client().get(
        `costs?account=${account.id}&refresh=true`);

    await sandbox.fault({ path, hang: true });
    await Promise.all(accounts.slice(0, 6).map(ask));
    is(hasty.errorLog().match(/\[warn\].*calls are held back/g)?.length, 1);
    await sandbox.clearFaults();

    await until(async () =>
        (await ask(known)).body.accounts[0].state === 'fresh',
    'the provider to be back');
});
