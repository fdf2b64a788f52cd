// "Prefer: wait=SECONDS": what is there by then, while reading goes on.

import { now } from '../lib/pace.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const SLOW_MS = 3000;

const world = await startWorld({ provider: 'timeout=60s' });
const { sandbox, get } = world;
let count = 0;


// A project with an account that is read at once, and one that takes its time.
async function furnish(delay_ms = SLOW_MS) {
    const project = await world.createProject(`project ${++count}`);
    const ids = [];

    for (const kind of ['quick', 'slow']) {
        const client = `${kind}-${count}`;

        await sandbox.setCredential({
            client, secret: 's', linked: [String(100 + ids.length).repeat(4)
                .replace(/./, String(count))],
        });
        ids.push((await world.createAccount(
            client, project.id, { client, secret: 's' })).id);
    }
    await sandbox.fault({
        client: `slow-${count}`, path: '/v1/search/billing', delay_ms,
    });
    return { project: project.id, ids };
}

const statesOf = ({ accounts }, ids) => ids.map((id) => {
    const { state, code } = accounts.find((one) => one.id === id);

    return `${state} ${code}`;
});


for (const [make, prefer] of [
    [({ project }) => `costs?project=${project}`, 'wait=1'],
    [({ project }) => `projects/${project}/dashboard`, 'foo, Wait="1"'],
    [() => 'dashboard', 'respond-async, wait=1; x=y'],
    [({ project }) => `costs?granularity=DAILY&project=${project}`, 'wait=1'],
]) {
    test(`${make({ project: 'ID' })}: ${prefer}`, async () => {
        const made = await furnish();
        const path = make(made);
        const began = now();
        let early = await get(path, { Prefer: prefer });

        ok(now() - began < SLOW_MS, `${now() - began} ms`);
        is(early.status, 200);
        is(early.json.complete, false);
        /* on a busy machine the quick one may take more than a second, too */
        await until(async () => {
            early = await get(path, { Prefer: prefer });
            return statesOf(early.json, made.ids)[0] === 'fresh null';
        }, 'the quick one');
        deepEqual(statesOf(early.json, made.ids), ['fresh null', 'failed timeout']);
        is(early.json.currencies.length, 1, 'what is there is told');

        const all = await get(path);

        deepEqual(statesOf(all.json, made.ids), ['fresh null', 'fresh null']);
        is(all.json.complete, true);

        const asked = (await sandbox.calls({ client: `slow-${count}` }))
            .filter((call) => call.path === '/v1/search/billing');

        ok(asked.length > 0);
        is(new Set(asked.map(({ body }) => body)).size, asked.length,
            'nothing is asked for twice');
    });
}


test('nothing is there at once, and nobody insists: an answer all the same', async () => {
    const { project, ids } = await furnish();
    const { json } = await get(`costs?project=${project}&account=${ids[1]}`,
        { Prefer: 'wait=0' });

    deepEqual(statesOf(json, [ids[1]]), ['failed timeout']);
    deepEqual(json.currencies, []);
});


test('what is no wish, or too long a one, is none', async () => {
    for (const prefer of ['wait=31', 'wait=x']) {
        const { project } = await furnish(1200);
        const { json } = await get(`costs?project=${project}`, { Prefer: prefer });

        is(json.complete, true, prefer);
    }
});
