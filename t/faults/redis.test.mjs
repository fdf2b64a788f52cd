// What can become of a real Redis, one after the other under one nginx: what
// is answered meanwhile, that it comes back by itself, and that nothing is
// half done, lost or left open.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { smallDisk } from '../lib/disk.mjs';
import { startLine } from '../lib/line.mjs';
import { now } from '../lib/pace.mjs';
import { startRedis } from '../lib/redis.mjs';
import { connectionsTo } from '../lib/sockets.mjs';
import { after, deepEqual, diag, is, ok, skip, test, until } from '../lib/tap.mjs';


const BACK_MS = 10_000;
const FILL = 500; // keys that make loading slow

// its owner's folder, where no small disk is permitted
const disk = smallDisk('disk', 16 * 1024);
const kim = ['--user', 'kim', 'on', '>pw', '~*', '&*', '+@all',
    '--enable-protected-configs', 'yes'];
let redis = await startRedis({ args: kim, dir: disk?.dir });
const line = await startLine(redis.port);

const billing = await startBilling({
    redis: { ...redis, port: line.port }, redisUser: 'kim:pw@',
    prefix: 'billing: timeout=1s', keepAlive: false,
});
const { nginx } = billing;
const [worker] = nginx.workers();
const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });
await admin.create('service-accounts', {
    name: 'Account', provider: 'hyperbilling_aws', project_id: project.id,
    credentials: await billing.credentials([linkedAccount()]),
});
let count = 0;
const acknowledged = [];

after(async () => {
    await nginx.stop();
    await billing.sandbox.stop();
    await line.close();
    await redis.stop();
    disk?.close();
});


const cli = (...words) => redis.cli(...words);
const set = (...words) => cli('config', 'set', ...words);
const told = (section, pattern) => until(
    async () => pattern.test(await cli('info', section)), `${pattern}`);
const { port, dir } = redis;

async function again(...args) {
    redis = await startRedis({ port, dir, args: [...kim, ...args] });
}

// A connection that stays where new ones are refused.
async function held() {
    const socket = connect(port, '127.0.0.1');
    const ask = (text) => new Promise((resolve) => {
        socket.once('data', (data) => resolve(String(data)));
        socket.write(`${text}\r\n`);
    });

    is(await ask('PING'), '+PONG\r\n');
    return { ask, close: () => socket.destroy() };
}

const names = async () => (await admin.get('projects?limit=1000'))
    .body.projects.map(({ name }) => name);

// Until the zone has the dashboard.
const warm = () => until(async () => {
    const calls = async () => /cmdstat_evalsha:calls=(\d+)/.exec(
        await cli('info', 'commandstats'))?.[1];
    const before = await calls();
    const { status, body, text } = await admin.get('dashboard');

    return status === 200 && body.degraded === undefined && body.complete
        && await calls() === before && text;
}, 'a dashboard in the zone');

function away(answer) {
    isProblem(answer, 503, 'storage_unavailable');
    ok(Number(answer.headers['retry-after']) >= 1);
}


// The promise while a fault lasts.  reads: what Redis has can be read;
// touched: something was changed meanwhile, no last answer is known.
async function during({ reads = false, touched = false }, change, shown) {
    const [list, written, costs] = await Promise.all([
        admin.get('projects'), change(),
        admin.get(`costs?limit=${++count}`), // nobody has asked for that
    ]);

    away(written);

    if (reads) {
        is(list.status, 200);
        is(costs.status, 200);
        is(costs.body.complete, true);
    } else {
        away(list);
        away(costs);
    }

    if (touched) {
        away(await admin.get('dashboard'));
        return;
    }

    // what was true a moment ago may still be served unmarked
    await until(async () => {
        const dashboard = await admin.get('dashboard');
        const mark = dashboard.headers['x-billing-degraded'];

        is(dashboard.status, 200, dashboard.text);
        is(dashboard.text.replace('"degraded":"storage",', ''), shown);
        return mark === (reads ? undefined : 'storage');
    }, 'the dashboard to be marked');
}


// And when it is over.  sure: what was refused was not made.
async function afterwards({ sure = true }, title, change) {
    const since = now();
    const key = randomUUID();
    const next = `${title} after`;

    const { status } = await until(async () => {
        const answer = await admin.post('projects', { name: next },
            { 'Idempotency-Key': key });
        return answer.status !== 503 && answer;
    }, 'changes to be taken again', BACK_MS);
    is(status, 201);
    diag('back after %d ms', now() - since);

    const found = await names();
    is(found.filter((one) => one === next).length, 1);
    is(found.filter((one) => one === 'Project').length, 1);
    ok(!found.includes(title) || !sure, 'nothing was made that was refused');

    is((await change()).status, 201, 'the same again, with its key');
    is((await names()).filter((one) => one === title).length, 1);
    is((await admin.get(`projects/${project.id}`)).body.accounts, 1);
    is((await admin.get(`costs?limit=${++count}`)).body.complete, true);

    await until(() => connectionsTo(worker, line.port) === 2,
        'as many connections as before');
    deepEqual(nginx.workers(), [worker], 'the worker');
}


function fault(name, { begin, end, unless, ...promise }) {
    if (unless) {
        skip(name, unless);
        return;
    }
    test(name, async () => {
        const key = randomUUID();
        const title = name.slice(0, 40).trim();
        const change = () => admin.post('projects', { name: title },
            { 'Idempotency-Key': key });
        const shown = await warm();

        try {
            await begin();
            await during(promise, change, shown);
        } finally {
            await end();
        }
        await afterwards(promise, title, change);
    });
}


fault('killed, and started again: no script, no connection is left', {
    begin: async () => {
        await cli('save');
        await redis.kill();
    },
    end: () => again(),
});

fault('LOADING: a Redis that reads its data', {
    begin: async () => {
        await cli('-n', '0', 'eval', `for i = 1, ${FILL} do redis.call('SET',
            'filler' .. i, string.rep('x', 200)) end`, 0);
        await cli('save');
        await redis.kill();
        await again('--key-load-delay', '100000',
            '--loading-process-events-interval-bytes', '1024',
            '--rdbcompression', 'no');
        await until(async () => /LOADING/.test(await cli('get', 'x')
            .catch(String)), 'LOADING');
    },
    end: async () => {
        await until(() => set('key-load-delay', '0').then(() => true,
            () => false), 'the rest to be read');
        await told('persistence', /^loading:0/m);
    },
});

fault('READONLY: a replica', {
    begin: () => cli('replicaof', '127.0.0.1', '1'),
    end: () => cli('replicaof', 'no', 'one'),
    reads: true,
});

fault('MASTERDOWN: a replica that does not serve what is old', {
    begin: async () => {
        await set('replica-serve-stale-data', 'no');
        await cli('replicaof', '127.0.0.1', '1');
    },
    end: async () => {
        await cli('replicaof', 'no', 'one');
        await set('replica-serve-stale-data', 'yes');
    },
});

fault('NOREPLICAS: fewer than min-replicas-to-write', {
    begin: () => set('min-replicas-to-write', '1'),
    end: () => set('min-replicas-to-write', '0'),
    reads: true,
});

fault('OOM: full, and nothing may be evicted', {
    begin: () => set('maxmemory', '1'),
    end: () => set('maxmemory', '0'),
    reads: true,
});

fault('MISCONF: a snapshot failed, its folder is gone', {
    begin: async () => {
        const gone = mkdtempSync(join(nginx.dir, 'gone-'));

        await set('save', '3600 1');
        await set('dir', gone);
        rmdirSync(gone);
        await cli('bgsave');
        await told('persistence', /rdb_last_bgsave_status:err/);
    },
    end: async () => {
        await set('dir', dir);
        await cli('bgsave');
        await told('persistence', /rdb_last_bgsave_status:ok/);
        await set('save', '');
    },
    reads: true,
});

const noDisk = disk ? undefined : 'no tmpfs can be mounted here';

fault('MISCONF: a snapshot failed, the disk is full', {
    unless: noDisk,
    begin: async () => {
        await set('save', '3600 1');
        disk.fill();
        await cli('bgsave');
        await told('persistence', /rdb_last_bgsave_status:err/);
    },
    end: async () => {
        disk.free();
        await cli('bgsave');
        await told('persistence', /rdb_last_bgsave_status:ok/);
        await set('save', '');
    },
    reads: true,
});

async function appendOnly(fsync) {
    await set('appendfsync', fsync);
    await set('appendonly', 'yes');
    await told('persistence', /aof_rewrite_in_progress:0/);
    await told('persistence', /aof_last_bgrewrite_status:ok/);
}

fault('MISCONF: appendfsync everysec, the disk is full', {
    unless: noDisk,
    begin: async () => {
        await appendOnly('everysec');
        disk.fill();
        await until(async () => {
            await cli('set', 'filler', 'x'.repeat(8192)).catch(() => {});
            return /aof_last_write_status:err/.test(
                await cli('info', 'persistence'));
        }, 'a write that fails');
    },
    end: async () => {
        disk.free();
        await told('persistence', /aof_last_write_status:ok/);
        await set('appendonly', 'no');
    },
    reads: true,
});

// Redis gives up rather than say yes to what it cannot keep.
fault('appendfsync always, the disk is full: what was acknowledged is there', {
    unless: noDisk,
    begin: async () => {
        await appendOnly('always');
        await admin.create('projects', { name: 'Kept' });
        disk.fill();
        for (let i = 0; (await admin.post('projects', { name: `filling ${i}` }))
            .status === 201; i++) {
            acknowledged.push(`filling ${i}`);
        }
        await until(() => cli('ping').then(() => false, () => true),
            'Redis to end');
    },
    end: async () => {
        disk.free();
        await again('--appendonly', 'yes', '--appendfsync', 'always');
        await told('persistence', /^loading:0/m);

        const found = await until(() => names().catch(() => false), 'the list');
        acknowledged.push('Kept');
        deepEqual(acknowledged.filter((name) => !found.includes(name)), []);
        await set('appendonly', 'no');
    },
    touched: true,
});

fault('silent: stopped in its tracks', {
    begin: () => redis.pause(),
    end: () => redis.resume(),
    sure: false,
});

fault('silent: CLIENT PAUSE, of all that may write', {
    begin: () => cli('client', 'pause', '60000', 'write'),
    end: () => cli('client', 'unpause'),
    sure: false,
});

fault('silent: a line on which nothing comes through', {
    begin: () => line.hold(),
    end: () => line.go(),
    sure: false,
});

fault('cut off, and nobody answers at its address', {
    begin: () => line.cut(),
    end: () => line.go(),
});

fault('NOPERM: the rights of its user are taken away', {
    begin: () => cli('acl', 'setuser', 'kim', '-@all'),
    end: () => cli('acl', 'setuser', 'kim', '+@all'),
});

fault('the user is deleted', {
    begin: () => cli('acl', 'deluser', 'kim'),
    end: () => cli('acl', 'setuser', 'kim', 'on', '>pw', '~*', '&*', '+@all'),
});

fault('another password', {
    begin: async () => {
        await cli('acl', 'setuser', 'kim', 'resetpass', '>other');
        await cli('client', 'kill', 'user', 'kim');
    },
    end: () => cli('acl', 'setuser', 'kim', 'resetpass', '>pw'),
});

let stays;
fault('as many clients as it bears', {
    begin: async () => {
        stays = await held();
        await stays.ask('CONFIG SET maxclients 1');
        await stays.ask('CLIENT KILL USER kim');
    },
    end: async () => {
        await stays.ask('CONFIG SET maxclients 10000');
        stays.close();
    },
});


// What has an expiry may go; accounts and projects have none.
test('evicted: volatile-lru takes what can be looked up again', async () => {
    const list = async () => [await names(),
        (await admin.get('service-accounts')).body.service_accounts];
    const figures = async () => (await admin.get('costs')).body;
    const before = [await list(), (await figures()).currencies];
    const blocks = async () => Number(await cli('eval',
        "return #redis.call('KEYS', '*:cost:*')", 0));

    ok(await blocks() > 0);
    await set('maxmemory-policy', 'volatile-lru');
    await set('maxmemory', Number(/used_memory:(\d+)/.exec(
        await cli('info', 'memory'))[1]) + 1024 * 1024);
    await until(async () => {
        await cli('-n', '0', 'eval', `for i = 1, 200 do redis.call('SET',
            'volatile' .. math.random(1e9), string.rep('x', 10000), 'EX', 1000)
            end`, 0);
        return await blocks() === 0;
    }, 'all blocks to be evicted', 30_000);

    deepEqual(await list(), before[0]);
    const { complete, currencies } = await until(async () => {
        const body = await figures();
        return body.accounts[0].state === 'fresh' && body;
    }, 'figures');
    is(complete, true);
    deepEqual(currencies, before[1]);
    is((await admin.post('projects', { name: 'Room is made' })).status, 201);

    await set('maxmemory', '0');
    await set('maxmemory-policy', 'noeviction');
    deepEqual(nginx.workers(), [worker]);
});


// Without one of its keys a domain answers what is left, never nonsense.
test('evicted by allkeys-*: any key may go, and nothing breaks', async () => {
    const targets = ['projects', 'service-accounts', 'costs', 'dashboard',
        'project-groups', 'providers', 'session'];
    const kinds = new Map((await cli('keys', 'billing:{default}:*'))
        .split('\n').map((key) => [key.replace(/[0-9a-f]{12,}/, ''), key]));

    for (const key of kinds.values()) {
        await cli('-n', '0', 'rename', key, 'saved');
        for (const target of targets) {
            const { status, text } = await admin.get(target);
            ok(status === 200 || status === 503, `${key}: ${target}: ${text}`);
        }
        const { status, text } = await admin.post('projects',
            { name: `without ${++count}` });
        ok([201, 503].includes(status), `${key}: ${text}`);
        if (await cli('exists', 'saved') === '1') {
            await cli('-n', '0', 'rename', 'saved', key);
        }
    }
    is((await admin.get('health')).status, 200);
    deepEqual(nginx.workers(), [worker]);
});
