// GET costs and its stream: an answer within 30 s, whatever the provider does.

import { openEvents } from '../lib/events.mjs';
import { now } from '../lib/pace.mjs';
import { is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const DEADLINE_MS = 27_000;

const world = await startWorld({ provider: 'timeout=60s' });
const { sandbox, get } = world;

const project = await world.createProject('project');
const accounts = {};

for (const client of ['quick', 'slow', 'silent', 'belated']) {
    await sandbox.setCredential({
        client, secret: 's', linked: [String(client.length).repeat(12)],
    });
    accounts[client] = (await world.createAccount(
        client, project.id, { client, secret: 's' })).id;
}

for (const client of ['slow', 'belated']) {
    await sandbox.fault({
        client, path: '/v1/search/billing', times: 1,
        delay_ms: DEADLINE_MS + 2500,
    });
}
await sandbox.fault({
    client: 'silent', path: '/v1/search/billing', hang: true,
});


test('what is not there is failed, what is there is shown', async () => {
    const started = Date.now();
    const began = now();
    const stream = openEvents(world,
        `costs/stream?account=${accounts.belated}`);
    const { status, json } = await get('costs?group_by=account&account='
        + [accounts.quick, accounts.slow, accounts.silent].join('&account='));
    const events = await stream.end();
    const took = Date.now() - started;

    ok(took > DEADLINE_MS - 1000 && now() - began < 30_000, `${took} ms`);
    is(status, 200);
    is(json.complete, false);

    const states = Object.fromEntries(
        json.accounts.map(({ id, state, code }) => [id, `${state} ${code}`]));
    is(states[accounts.quick], 'fresh null');
    is(states[accounts.slow], 'failed timeout');
    is(states[accounts.silent], 'failed timeout');
    is(json.currencies[0].groups.length, 1);
    is(json.currencies[0].groups[0].key.account, accounts.quick);

    is(stream.rest.comments, 1, 'a sign of life in between');
    is(events.at(-1).name, 'result');
    is(events.at(-1).data.accounts[0].code, 'timeout');
});

for (const client of ['slow', 'belated']) {
    test(`what came too late is in the cache: ${client}`, async () => {
        await until(async () => {
            const usage = await sandbox.calls({ client });
            return usage.some(({ path, status }) =>
                path === '/v1/search/billing' && status === 200);
        }, 'the provider to answer');

        const { cache, json } = await get(`costs?account=${accounts[client]}`);
        ok(['HIT', 'MISS'].includes(cache));
        is(json.complete, true);

        const asked = (await sandbox.calls({ client })).filter(
            ({ path, page }) => path === '/v1/search/billing' && page === 1);
        is(asked.length, 1, 'asked for once');
    });
}
