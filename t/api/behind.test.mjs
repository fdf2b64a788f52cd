// Old figures of more accounts than are read at a time: all of them are read
// again behind one answer.

import { linkedAccount } from '../lib/billing.mjs';
import { months } from '../lib/figures.mjs';
import { scaled } from '../lib/pace.mjs';
import { is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const ACCOUNTS = 200;
const FLIGHTS = 128; // of a worker, at a time
const VALID = 3; // seconds

const path = '/v1/search/billing';
const world = await startWorld({
    keepAlive: false,
    provider: 'timeout=60s',
    location: `billing_cache_valid current ${VALID}s;
               billing_cache_valid closed ${VALID}s;`,
});
const { sandbox, redis, admin, get, nginx } = world;
const project = await world.createProject('project');

for (let i = 0; i < ACCOUNTS; i += 20) {
    await Promise.all(Array.from({ length: 20 }, async () => {
        const { account, email, key } = await world.credentials(
            [linkedAccount()]);

        return admin.create('service-accounts', {
            name: email, project_id: project.id, provider: 'hyperbilling_aws',
            credentials: { account, email, key },
        });
    }));
}

const [month] = months(0, 0);
const costs = `costs?start=${month}&end=${month}`;
const asked = async () => new Set(
    (await sandbox.calls({ path })).map(({ client }) => client)).size;
const old = () => until(async () => {
    const { cache, json } = await get(costs);
    return cache === 'UPDATING' && json.accounts.every(
        ({ state }) => state === 'stale');
}, 'all to be old', 20_000);


test('all are read again behind one answer', async () => {
    is((await get(costs)).json.complete, true);
    await sandbox.fault({ path, delay_ms: scaled(100) });
    await sandbox.clearCalls();

    await old();
    ok(await asked() < FLIGHTS, 'the answer has not waited');
    await until(async () => await asked() === ACCOUNTS, 'all to be asked for');
    await until(async () => Number(await redis.cli('eval',
        'return #redis.call("KEYS", "billing:{default}:lock:*")', 0)) === 0,
    'the last to land');
    await sandbox.clearFaults();
});

test('an nginx that is reloaded meanwhile does not wait for them', async () => {
    await sandbox.fault({ path, delay_ms: scaled(100) });
    await sandbox.clearCalls();

    await old();
    await nginx.gone(await nginx.reload());
    ok(await asked() < ACCOUNTS);
});
