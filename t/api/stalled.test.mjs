// More lookups than a worker makes at a time, and a provider that is slow or
// hangs: nobody else waits for them, and no more than so many are under way.

import { linkedAccount } from '../lib/billing.mjs';
import { months } from '../lib/figures.mjs';
import { scaled } from '../lib/pace.mjs';
import { is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const ACCOUNTS = 160;
const TRANSFERS = 64;
const FLIGHTS = 128;

const path = '/v1/search/billing';
const world = await startWorld({ provider: 'timeout=60s' });
const { sandbox, redis, admin, get } = world;

const warm = await world.createProject('warm');
const cold = await world.createProject('cold');
const register = async (project) => {
    const { account, email, key } = await world.credentials([linkedAccount()]);

    return admin.create('service-accounts', {
        name: email, project_id: project.id, provider: 'hyperbilling_aws',
        credentials: { account, email, key },
    });
};

await register(warm);
for (let i = 0; i < ACCOUNTS; i += 20) {
    await Promise.all(Array.from({ length: 20 }, () => register(cold)));
}

const flying = async () => (await sandbox.counters()).in_flight;
const locks = async () => Number(await redis.cli('eval',
    'return #redis.call("KEYS", "billing:{default}:lock:*")', 0));
const [now] = months(0, 0);
const month = `start=${now}&end=${now}`;
const answered = (promise) => {
    const state = { is: false };

    state.promise = promise.finally(() => { state.is = true; });
    return state;
};


test('a small question does not stand in line behind a large one', async () => {
    await sandbox.fault({ path, delay_ms: scaled(100) });
    await sandbox.clearCalls();

    const large = answered(get(`costs?project=${cold.id}&${month}`));
    await until(async () => await locks() >= FLIGHTS, 'all to be under way');
    const small = await get(`costs?project=${warm.id}&${month}`);

    is(small.json.complete, true);
    ok(!large.is, 'the large one is not through');
    is((await large.promise).json.complete, true);
    ok((await sandbox.counters()).max_in_flight <= TRANSFERS);
    await sandbox.clearFaults();
});

test('while lookups hang, everything else goes on', async () => {
    await get(`projects/${warm.id}/dashboard`);
    await sandbox.fault({ path, hang: true });
    await sandbox.clearCalls();

    const large = answered(
        get(`costs?project=${cold.id}&granularity=DAILY`).catch(() => {}));
    await until(async () => await flying() === TRANSFERS, 'them to hang');
    is(await locks(), FLIGHTS);

    is((await get(`projects/${warm.id}/dashboard`)).cache, 'HIT');
    is((await get('health')).status, 200);

    const made = await register(warm);
    const { status } = await admin.patch(
        `service-accounts/${made.id}`, { tags: { a: 'b' } }, 1);
    is(status, 200);

    is(await flying(), TRANSFERS, 'they still hang');
    ok(!large.is);
});
