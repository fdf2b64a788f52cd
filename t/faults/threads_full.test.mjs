// A pool of threads that takes no task: others' tasks fill its queue, or it has
// no threads.  The loop then does the work at once; nobody waits for a place.

import { currencies, loadRows, months } from '../lib/figures.mjs';
import { preload } from '../lib/preload.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const LARGE = 1_000_000; // bytes: a page for a thread
const ACCOUNTS = 6; // more than tasks run at a time on any machine
const OVERFLOW = /thread pool "default" queue overflow/;
const dates = months(-11, 0);


// Accounts whose pages are all large, and what they cost.
async function crowd(world) {
    const project = await world.createProject('project');
    const credential = { client: 'client', secret: 'secret' };
    const linked = Array.from({ length: ACCOUNTS },
        (_, i) => String(700000000000 + i));

    await world.sandbox.setCredential({ ...credential, linked });
    const accounts = [];
    for (const id of linked) {
        accounts.push(await world.createAccount(
            `account ${id}`, project.id, credential, id));
    }
    await world.sandbox.fault({ path: '/v1/search/billing', pad: LARGE });

    return currencies(await loadRows(world.sandbox, accounts.map(({ id }, i) =>
        ({ id, linked: [linked[i]], project: project.id })), dates), { dates });
}


test('a queue that is full', async () => {
    const world = await startWorld({
        nginx: { main: 'thread_pool default threads=1 max_queue=0;' },
    });
    const expected = await crowd(world);

    /* on a busy machine pages may come one after the other */
    await until(async () => {
        const { json } = await world.get('costs?refresh=true');

        deepEqual(json.currencies, expected);
        is(json.complete, true);
        return OVERFLOW.test(world.nginx.errorLog());
    }, 'the pool to refuse tasks');
});


test('a pool that takes one task and no other', async () => {
    const world = await startWorld({
        level: 'debug', allow: [/pthread_cond_signal\(\) failed/],
        nginx: { env: preload('faults/crowded.c') },
    });
    const expected = await crowd(world);
    const { json } = await world.get('costs');

    deepEqual(json.currencies, expected);
    is(json.complete, true);
    ok(/pthread_cond_signal\(\) failed/.test(world.nginx.errorLog()),
        'the pool has refused tasks');

    // nothing that was refused keeps the worker
    await world.nginx.gone(await world.nginx.reload({ level: 'debug' }));
    await until(async () => (await world.get('costs')).status === 200);
});
