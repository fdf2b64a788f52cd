// A reload whose module has another layout of the zone: the old workers keep
// what they have, the new ones begin with memory of their own.  No module can be
// exchanged under a running nginx, so the zone is made to say that another build
// has formatted it.

import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld({ keepAlive: false, zone: 'billing:9m',
    level: 'notice',
    server: 'location /metrics { billing_metrics on; }' });
const { admin, nginx, sandbox } = world;
const project = await world.createProject('Project');
await sandbox.setCredential({ client: 'c', secret: 's',
    linked: ['100000000001'] });
await world.createAccount('Account', project.id, { client: 'c', secret: 's' });

const ANEW = 'billing_zone "billing" is of another version of the module';
const news = () => nginx.errorLog().split(ANEW).length - 1;
const path = 'costs?start=2026-10&end=2026-10';

// Shared memory of the zone's size, as the master has it.
const memories = () => readFileSync(`/proc/${nginx.pid}/maps`, 'latin1')
    .split('\n')
    .map((line) => /^(\w+)-(\w+) rw-s/.exec(line))
    .filter(Boolean)
    .map(([, from, to]) => [parseInt(from, 16), parseInt(to, 16)])
    .filter(([from, to]) => to - from === 9 << 20);

// Changes the number behind the letters that the zone is known by.
function disguise() {
    const [[from, to]] = memories();
    const mem = openSync(`/proc/${nginx.pid}/mem`, 'r+');
    const bytes = Buffer.alloc(to - from);

    readSync(mem, bytes, 0, bytes.length, from);
    const at = bytes.indexOf('LLIB') - 4;
    is(at % 8, 0);
    bytes.writeUInt32LE(bytes.readUInt32LE(at) ^ 0xff, at);
    writeSync(mem, bytes, at, 4, from + at);
    closeSync(mem);
}

async function requests() {
    const { text } = await admin.get('/metrics');
    return [...text.matchAll(/^billing_requests_total\{.*endpoint="costs".*\} (\d+)$/gm)]
        .reduce((sum, [, n]) => sum + Number(n), 0);
}


test('the same layout is taken over', async () => {
    is((await admin.get(path)).status, 200);
    await until(async () => await requests() > 0, 'a count');
    const before = await requests();

    await nginx.gone(await nginx.reload());
    ok(await requests() >= before);
    is(news(), 0);
    is(memories().length, 1);
});


test('another one is left alone, and said to be', async () => {
    const before = (await admin.get(path)).body;

    for (let i = 0; i < 5; i++) {
        is((await admin.get(path)).status, 200);
    }
    disguise();

    // requests under way go on in the old memory
    let over = false;
    const answers = [];
    const load = (async () => {
        while (!over) {
            answers.push(await admin.get(path));
        }
    })();

    await nginx.gone(await nginx.reload());
    over = true;
    await load;

    is(news(), 1);
    is(memories().length, 1);
    ok(answers.length > 0);
    for (const { status, body } of answers) {
        is(status, 200);
        deepEqual(body.currencies, before.currencies);
    }

    const { body, status } = await admin.get(path);
    is(status, 200);
    deepEqual(body.currencies, before.currencies);
    is((await admin.post('projects', { name: 'Another' })).status, 201);
});


test('and the new one is taken over at the next reload', async () => {
    await until(async () => await requests() > 0, 'a count');
    const before = await requests();

    await nginx.gone(await nginx.reload());
    ok(await requests() >= before);
    is(news(), 1);
    is(memories().length, 1);
});
