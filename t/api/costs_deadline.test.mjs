// GET costs: an answer within 30 s, whatever the provider does.

import { is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const DEADLINE_MS = 27_000;

const world = await startWorld({ provider: 'timeout=60s' });
const { sandbox, get } = world;

const project = await world.createProject('project');
const accounts = {};

for (const client of ['quick', 'slow', 'silent']) {
    await sandbox.setCredential({
        client, secret: 's', linked: [String(client.length).repeat(12)],
    });
    accounts[client] = (await world.createAccount(
        client, project.id, { client, secret: 's' })).id;
}

await sandbox.fault({
    client: 'slow', path: '/v1/search/billing', times: 1,
    delay_ms: DEADLINE_MS + 2500,
});
await sandbox.fault({
    client: 'silent', path: '/v1/search/billing', hang: true,
});


test('what is not there is failed, what is there is shown', async () => {
    const started = Date.now();
    const { status, json } = await get('costs?group_by=account');
    const took = Date.now() - started;

    ok(took > DEADLINE_MS - 1000 && took < 30_000, `${took} ms`);
    is(status, 200);
    is(json.complete, false);

    const states = Object.fromEntries(
        json.accounts.map(({ id, state, code }) => [id, `${state} ${code}`]));
    is(states[accounts.quick], 'fresh null');
    is(states[accounts.slow], 'failed timeout');
    is(states[accounts.silent], 'failed timeout');
    is(json.currencies[0].groups.length, 1);
    is(json.currencies[0].groups[0].key.account, accounts.quick);
});

test('what came too late is in the cache', async () => {
    await until(async () => {
        const usage = await sandbox.calls({ client: 'slow' });
        return usage.some(({ path, status }) =>
            path === '/v1/search/billing' && status === 200);
    }, 'the provider to answer');

    const { cache, json } = await get(`costs?account=${accounts.slow}`);
    ok(['HIT', 'MISS'].includes(cache));
    is(json.complete, true);

    const asked = (await sandbox.calls({ client: 'slow' })).filter(
        ({ path, page }) => path === '/v1/search/billing' && page === 1);
    is(asked.length, 1, 'asked for once');
});
