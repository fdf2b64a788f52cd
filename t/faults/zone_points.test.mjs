// A worker is killed inside the zone's mutex, at each point between two changes
// there: the others go on, with right answers, in a zone that begins anew.
//
// The module is linked once more, with its points.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { temporaryFolder } from '../lib/process.mjs';
import { after, is, ok, skip, test, until } from '../lib/tap.mjs';


const SRC = new URL('../../src/store/', import.meta.url);
const BUILD = resolve(process.env.BILLING_BUILD ?? 'build');
const FILES = ['zone.c', 'zone_answer.c',
    'zone_memory.c'];
const points = FILES.flatMap((file) => readFileSync(new URL(file, SRC), 'utf8')
    .split('\n').flatMap((line, i) => (/zone_point\(\)/.test(line)
        ? [`${file}:${i + 1}`] : [])))
    // of an answer that finds no room when all others have gone: there is always
    .filter((point) => point !== roomless());

function roomless() {
    const [, file] = FILES;
    const lines = readFileSync(new URL(file, SRC), 'utf8').split('\n');

    return `${file}:${lines.findIndex((line, i) => /zone_point\(\)/.test(line)
        && /body->pieces = piece->next/.test(lines[i - 1])) + 1}`;
}

if (process.env.BILLING_STATIC || process.env.BILLING_WRAP) {
    skip('killed at each point', 'it is for a module that nginx loads');
    points.length = 0;
}

const folder = temporaryFolder('points');

// The module of the build, linked with its points.
function link() {
    const objects = join(folder, 'nginx/objs');

    execFileSync('cp', ['-a', join(BUILD, 'nginx'), folder]);
    for (const file of FILES) {
        rmSync(join(objects, 'addon/store', file.replace('.c', '.o')));
    }
    rmSync(join(objects, 'ngx_http_billing_module.so'), { force: true });

    const [, flags] = /^CFLAGS =(.*)$/m.exec(
        readFileSync(join(objects, 'Makefile'), 'utf8'));
    execFileSync('make', ['-s', '-f', 'objs/Makefile', 'modules',
        `CFLAGS=${flags} -DBILLING_ZONE_POINTS=1`],
    { cwd: join(folder, 'nginx'), stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('cp', [join(objects, 'ngx_http_billing_module.so'), folder]);
}

if (points.length > 0) {
    link();
}
process.env.BILLING_BUILD = folder;
const { startBilling } = await import('../lib/billing.mjs');
const { startRedis } = await import('../lib/redis.mjs');

const latch = join(folder, 'latch');
const many = Array.from({ length: 420 }, (_, i) => `d${i}`);
let domain = 'main0';
let round = 0;


// All that the zone does: answers kept, found, in several codings, dropped for
// others; domains known, touched, forgotten.
async function work(system, done) {
    const client = system.client({ domain });
    // so that there is something to compress
    try {
        const project = await client.create('projects', { name: 'Project' });

        await client.create('service-accounts', { name: 'Account',
            project_id: project.id, provider: 'hyperbilling_aws',
            credentials: await system.credentials() });
    } catch (error) {
        if (!done()) {
            throw error;
        }
    }

    // fetch() takes compressed answers, too
    const zipped = async (path) => (await fetch(`${system.url}api/v1/${path}`,
        { headers: { ...client.headers, 'Accept-Encoding': 'gzip' } })).text();

    for (let turn = 0; turn < 12 && !done(); turn++) {
        await client.post('projects', { name: `Turn ${turn}` }).catch(() => {});
        for (const path of ['dashboard', 'costs', 'costs?group_by=service',
            'costs', `costs?limit=${turn + 1}`]) {
            await zipped(path).catch(() => {});
            await client.get(path).catch(() => {});
            await zipped(path).catch(() => {});
        }
        for (const domain of turn % 3 === 2 ? many : []) {
            if (done()) {
                break;
            }
            await system.client({ domain }).get('costs').catch(() => {});
        }
    }
}


// A write that Redis does not answer puts a domain in doubt.
async function doubt(system) {
    const client = system.client({ domain });

    await client.get('dashboard').catch(() => {});
    await redis.cli('client', 'pause', 10_000, 'WRITE');
    await client.post('projects', { name: 'Doubt' }).catch(() => {});
    await redis.cli('client', 'unpause');
}


const redis = points.length > 0 ? await startRedis() : undefined;
after(() => redis?.stop());

for (const point of points) {
    test(`killed at ${point}`, async () => {
        writeFileSync(latch, '');
        const system = await startBilling({
            redis: { ...redis, stop: async () => {} }, workers: 2, zone: 'billing:400k',
            keepAlive: false,
            redisUrl: `redis://127.0.0.1:${redis.port} timeout=1s`,
            location: 'gzip on; gzip_types application/json; gzip_min_length 1;',
            nginx: { allow: [/exited on signal 9/, /was locked by/],
                main: 'worker_processes 2; env BILLING_ZONE_POINT;',
                env: { BILLING_ZONE_POINT: `${latch}:${point}` } } });
        const killed = () => !existsSync(latch);
        domain = `main${++round}`;

        await work(system, killed);
        if (!killed()) {
            await doubt(system);
        }
        ok(killed(), 'the point was never met');

        const client = system.client({ domain });
        await until(() => system.nginx.workers().length === 2, 'another worker');
        await until(async () => (await client.get('projects')).status === 200, 'Redis');
        const want = (await client.get('project-groups')).body;
        for (let i = 0; i < 20; i++) {
            is((await client.get('dashboard')).status, 200);
            is((await client.get('costs?group_by=service')).status, 200);
        }
        is(JSON.stringify((await client.get('project-groups')).body), JSON.stringify(want));

        await until(() => /it begins anew/.test(system.nginx.errorLog()),
            'the mark to be found');
        await until(() => /exited on signal/.test(system.nginx.errorLog()),
            'the end of one');
        is(system.nginx.errorLog().match(/exited on signal/g).length, 1);
        await system.stop();
    }, { timeout: 180_000 });
}
