// For how long answers are kept: as long as nothing can change them.

import { readFileSync } from 'node:fs';

import { startBilling } from '../lib/billing.mjs';
import { after, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld({ zone: false });
const { sandbox, redis, admin } = world;
const project = await world.createProject('project');
const provider = 'providers/hyperbilling_aws';

await sandbox.setCredential(
    { client: 'c', secret: 's', linked: ['300000000003'] });
await world.createAccount('account', project.id, { client: 'c', secret: 's' });

// Another node, for which figures are soon old.
const other = await startBilling({
    redis, sandbox, key: readFileSync(world.key),
    location: 'billing_cache_valid current 1s; billing_cache_valid closed 1s;',
});
after(() => other.nginx.stop());


async function commands(name) {
    const stats = await redis.cli('info', 'commandstats');
    return Number(
        new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}


test('old figures of a disabled provider are kept like others', async () => {
    const client = other.client();

    is((await client.get('dashboard')).status, 200);
    is((await admin.put(provider, { enabled: false })).status, 200);

    try {
        // nothing of it is fresh any more
        await new Promise((resolve) => setTimeout(resolve, 1100));
        const first = await client.get('dashboard');
        is(first.headers['x-billing-cache'], 'STALE');
        ok(first.body.accounts.every(({ state }) => state === 'disabled'));
        is(first.body.complete, false);

        await new Promise((resolve) => setTimeout(resolve, 1500));
        const before = await commands('evalsha');
        const kept = await client.get('dashboard');
        is(await commands('evalsha'), before, 'no lookup');
        is(kept.text, first.text);
        is(kept.headers['x-billing-cache'], 'STALE');

        is((await client.get('costs?format=csv'))
            .headers['x-billing-complete'], 'false');
    } finally {
        await admin.put(provider, { enabled: true });
    }
    await until(async () => (await client.get('dashboard')).body.accounts.every(
        ({ state }) => state !== 'disabled'), 'the other node to know');
});

