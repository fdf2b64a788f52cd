// Redis behind a network that drops packets, without a word to either side: a
// network namespace of its own, in which the other host's address leads
// nowhere.  Needs leave to make namespaces; what it shows is also shown, with
// a line that holds everything, by redis.test.mjs.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { now } from '../lib/pace.mjs';
import {
    canConnect, endProcess, startProcess, temporaryFolder,
} from '../lib/process.mjs';
import { redisProgram } from '../lib/programs.mjs';
import { connectionsTo } from '../lib/sockets.mjs';
import { after, deepEqual, diag, is, test, until } from '../lib/tap.mjs';


const PORT = 6379;
const HERE = '10.99.0.1';
const THERE = '10.99.0.2';
const NOWHERE = '02:00:00:00:00:99';

// The rest runs in a namespace of its own, where addresses and devices are
// nobody else's.
if (process.env.BILLING_NETWORK !== 'own') {
    const argv = [...process.getuid() === 0 ? [] : ['-r'], '-n'];

    if (spawnSync('unshare', [...argv, 'ip', 'link', 'add', 'v0', 'type',
        'veth', 'peer', 'name', 'v1']).status !== 0) {
        console.log('1..0 # SKIP no network namespace can be made here');
        process.exit(0);
    }
    const { status } = spawnSync('unshare', [...argv, process.execPath,
        fileURLToPath(import.meta.url)], {
        stdio: 'inherit', env: { ...process.env, BILLING_NETWORK: 'own' },
    });
    process.exit(status ?? 1);
}

const run = (...words) => execFileSync(words[0], words.slice(1));
const host = spawn('unshare', ['-n', 'sleep', '1000'], { stdio: 'ignore' });
const inside = ['nsenter', '-t', host.pid, '-n'].map(String);

process.once('exit', () => host.kill('SIGKILL'));
host.unref();
await until(() => spawnSync(inside[0], [...inside.slice(1), 'ip', 'link',
    'show', 'v1']).status === 0 || spawnSync('ip', ['link', 'add', 'v0', 'type',
    'veth', 'peer', 'name', 'v1', 'netns', String(host.pid)]).status === 0,
'a link');
run('ip', 'link', 'set', 'lo', 'up');
run('ip', 'addr', 'add', `${HERE}/30`, 'dev', 'v0');
run('ip', 'link', 'set', 'v0', 'up');
run(...inside, 'ip', 'addr', 'add', `${THERE}/30`, 'dev', 'v1');
run(...inside, 'ip', 'link', 'set', 'v1', 'up');

// What is sent to the other one is lost, until it is found again.
const lose = {
    questions: () => run('ip', 'neigh', 'replace', THERE, 'lladdr', NOWHERE,
        'nud', 'permanent', 'dev', 'v0'),
    answers: () => run(...inside, 'ip', 'neigh', 'replace', HERE, 'lladdr',
        NOWHERE, 'nud', 'permanent', 'dev', 'v1'),
};

function find() {
    spawnSync('ip', ['neigh', 'del', THERE, 'dev', 'v0']);
    spawnSync(inside[0], [...inside.slice(1), 'ip', 'neigh', 'del', HERE,
        'dev', 'v1']);
}

async function startRedis(dir) {
    const state = startProcess([...inside, redisProgram('redis-server'), '--port',
        String(PORT), '--bind', THERE, '--protected-mode', 'no', '--save', '',
        '--appendonly', 'yes', '--appendfsync', 'always', '--dir', dir],
    { log: `${dir}/log` });

    return {
        host: THERE, port: PORT,
        kill: () => endProcess(state, 'SIGKILL'),
        stop: () => endProcess(state, 'SIGTERM'),
    };
}

const dir = temporaryFolder('redis');
let redis = await startRedis(dir);
await until(() => canConnect({ host: THERE, port: PORT }), 'Redis');

const billing = await startBilling({
    redis: { ...redis, cli: () => {} }, prefix: 'billing: timeout=1s',
    keepAlive: false,

    // who has mapped himself to root has no other groups to give
    nginx: { allow: [/initgroups\(root, 0\) failed/] },
});
const { nginx } = billing;
const [worker] = nginx.workers();
const admin = billing.client();

after(async () => {
    await nginx.stop();
    await billing.sandbox.stop();
    await redis.stop();
});

const project = await admin.create('projects', { name: 'Project' });
await admin.create('service-accounts', {
    name: 'Account', provider: 'hyperbilling_aws', project_id: project.id,
    credentials: await billing.credentials([linkedAccount()]),
});
let count = 0;


async function losing(begin, meanwhile = async () => {}) {
    const key = { 'Idempotency-Key': randomUUID() };
    const body = { name: `lost ${++count}` };
    const known = await until(async () => {
        const { headers, body: shown } = await admin.get('dashboard');
        return headers['x-billing-cache'] === 'HIT' && shown;
    }, 'a dashboard that is kept');

    try {
        begin();
        isProblem(await admin.post('projects', body, key), 503,
            'storage_unavailable');
        isProblem(await admin.get('projects'), 503, 'storage_unavailable');
        const shown = await until(async () => {
            const answer = await admin.get('dashboard');
            is(answer.status, 200, answer.text);
            return answer.body.degraded && answer.body;
        }, 'the dashboard to be marked');
        deepEqual(shown, { degraded: 'storage', ...known });
        await meanwhile();
    } finally {
        find();
    }

    const since = now();
    const { status } = await until(async () => {
        const answer = await admin.post('projects', body, key);
        return answer.status !== 503 && answer;
    }, 'the way to be found again');
    diag('back after %d ms', now() - since);
    is(status, 201, 'the same again, with its key');
    is((await admin.get(`projects?q=${encodeURIComponent(body.name)}`))
        .body.total, 1);
    await until(() => connectionsTo(worker, PORT) === 2,
        'as many connections as before');
    deepEqual(nginx.workers(), [worker]);
}


test('packets to Redis are dropped', () => losing(lose.questions));

test('packets from Redis are dropped: what was done is done once',
    () => losing(lose.answers));

test('both; and Redis is another process when they come through again',
    () => losing(() => {
        lose.questions();
        lose.answers();
    }, async () => {
        await redis.kill();
        redis = await startRedis(dir);
    }));
