// nginx itself: reloads and another binary under load, killed workers, logs
// that cannot be written, nothing left to open.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';

import { keyLine, linkedAccount, startBilling } from '../lib/billing.mjs';
import { smallDisk } from '../lib/disk.mjs';
import { openEvents } from '../lib/events.mjs';
import { underLoad } from '../lib/load.mjs';
import { NGINX } from '../lib/nginx.mjs';
import { alive, childrenOf } from '../lib/process.mjs';
import { startRedis } from '../lib/redis.mjs';
import { descriptors } from '../lib/sockets.mjs';
import {
    after, deepEqual, diag, is, ok, test, until,
} from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const SEARCH = '/v1/search/billing';
const LIST = '/v1/search/linkedaccount';
const redis = await startRedis();
const sandbox = await startSandbox({ child: true });
const shared = { redis, sandbox, key: keyLine(), keepAlive: false };
const system = await startBilling({
    ...shared, workers: 2, nginx: { level: 'notice', allow: [/signal 9/] },
});
const { nginx } = system;
const admin = system.client();

after(async () => {
    await nginx.stop();
    await sandbox.stop();
    await redis.stop();
});

async function register(client) {
    const project = await client.create('projects', { name: 'Project' });

    return client.create('service-accounts', {
        name: 'Account', provider: 'hyperbilling_aws', project_id: project.id,
        credentials: await system.credentials([linkedAccount()]),
    });
}

await register(admin);

async function allMade({ count, made }) {
    const { body } = await admin.get('projects?limit=1000&q=load');
    const names = new Set(body.projects.map(({ name }) => name));

    deepEqual(made.filter((name) => !names.has(name)), [], 'what was made');
    diag('%d requests', count);
}


test('reload under load: no request fails', async () => {
    await allMade(await underLoad(admin, async (more) => {
        for (let i = 0; i < 4; i++) {
            await more();
            await nginx.gone(await nginx.reload(), 30_000);
        }
    }));
});


test('a zone of another size, under load', async () => {
    const conf = join(nginx.dir, 'nginx.conf');
    const text = readFileSync(conf, 'utf8');
    const sized = (size) => ({
        conf: text.slice(text.indexOf('uwsgi_temp_path'))
            .replace(/^.*\n/, '').replace(/\}\s*$/, '')
            .replace(/zone=billing:\w+/, `zone=billing:${size}`),
    });

    await allMade(await underLoad(admin, async (more) => {
        for (const size of ['1m', '32m', '16m']) {
            await nginx.gone(await nginx.reload(sized(size)), 30_000);
            await more();
        }
    }));
});


// The master of another binary is no child of ours.
test('another binary under load: no request fails', async () => {
    const other = await startBilling(shared);
    const { dir } = other.nginx;
    const conf = join(dir, 'nginx.conf');
    const pid = (name = 'nginx.pid') => existsSync(join(dir, name))
        && Number(readFileSync(join(dir, name), 'utf8'));

    await other.nginx.stop();
    writeFileSync(conf, readFileSync(conf, 'utf8').replace('daemon off;', ''));

    // which is executed anew by this name
    execFileSync(resolve(NGINX),
        ['-p', dir, '-c', conf, '-e', join(dir, 'error.log')],
        { stdio: 'ignore' });
    const old = await until(pid, 'nginx');
    const end = () => [pid(), old].filter((one) => one && alive(one))
        .forEach((one) => process.kill(one, 'SIGTERM'));
    process.once('exit', end);

    try {
        await until(() => childrenOf(old).length > 0, 'a worker');
        const made = await underLoad(other.client(), async (more) => {
            const workers = childrenOf(old);

            await more();
            process.kill(old, 'SIGUSR2');
            const next = await until(() => pid('nginx.pid.oldbin') === old
                && pid() !== old && pid(), 'the new master', 30_000);
            await until(() => childrenOf(next).length > 0, 'its worker');
            await more();
            process.kill(old, 'SIGWINCH');
            await until(() => !workers.some(alive), 'old workers to leave',
                30_000);
            await more();
            process.kill(old, 'SIGQUIT');
            await until(() => !alive(old), 'the old master to leave', 30_000);
            await more();
        });
        await allMade(made);
        const log = readFileSync(join(dir, 'error.log'), 'utf8');
        is(log.split('\n').filter((line) => /\[(alert|emerg)\]/.test(line))
            .join('\n'), '');
    } finally {
        const last = pid();
        end();
        await until(() => !alive(last) && !alive(old), 'the end of both');
        process.off('exit', end);
    }
});


// What the client sees is the end of its connection; nothing else is lost.
const moments = {
    'a lookup': (client) => client.get('costs'),
    'the reading of a list': (client) => client.get('costs'),
    'a stream': async (client) => {
        const stream = openEvents(system, 'costs/stream', { who: client });
        const events = await stream.end();

        return { status: events.at(-1)?.name === 'result' ? 200 : 0 };
    },
    'a dashboard': (client) => client.get('dashboard'),
};

// As if the account's linked accounts had been read the day before yesterday.
async function age({ id }, base) {
    const then = Math.floor(Date.now() / 1000) - 2 * 86_400;

    await redis.cli('hset', `${base}account:${id}`, 'linked_at', then,
        'tried_at', then);
    await redis.cli('zadd', `${base}changes`,
        await redis.cli('hincrby', `${base}meta`, 'generation', 1),
        `account:${id}`);
}

for (const [what, ask] of Object.entries(moments)) {
    test(`a worker is killed during ${what}`, async () => {
        const domain = what.replace(/\W/g, '');
        const client = system.client({ domain });
        const account = await register(client);
        const path = /list/.test(what) ? LIST : SEARCH;
        const before = nginx.workers();

        if (path === LIST) {
            await age(account, `billing:{${domain}}:`);
        }
        await sandbox.fault({ path, delay_ms: 60_000 });
        await sandbox.clearCalls();
        const lost = ask(client).catch(({ code }) => ({ status: code }));
        await until(async () => (await sandbox.calls({ path })).length > 0,
            'the provider to be asked');
        before.forEach((pid) => process.kill(pid, 'SIGKILL'));
        ok((await lost).status !== 200);
        await sandbox.clearFaults();

        await until(() => nginx.workers().filter((pid) => !before.includes(pid))
            .length === 2, 'other workers');
        const { status, body } = await client.get('costs');
        is(status, 200);
        is(body.complete, true);
        is(body.accounts[0].id, account.id);
    });
}


const disk = smallDisk('logs', 256);

test('logs on a full disk: requests go on', async () => {
    const logs = await startBilling({
        ...shared, location: `access_log ${disk.dir}/access.log;
                              error_log ${disk.dir}/error.log info;`,
        nginx: { allow: [/No space left on device/] },
    });

    try {
        const client = logs.client();
        const workers = logs.nginx.workers();

        await client.get('dashboard');
        disk.fill();
        for (let i = 0; i < 30; i++) {
            await client.create('projects', { name: `full ${i}` });
            is((await client.get('dashboard')).status, 200);
            is((await client.get('costs?start=never')).status, 422);
        }
        disk.free();
        is((await client.get('projects?q=full&limit=100')).body.total, 30);
        await until(async () => {
            await client.get('health');
            return /health/.test(readFileSync(`${disk.dir}/access.log`));
        }, 'lines again');
        deepEqual(logs.nginx.workers(), workers);
    } finally {
        await logs.nginx.stop();
        disk.close();
    }
}, disk ? {} : { skip: 'no tmpfs can be mounted here' });


// Connections that clients hold, until nginx has none for itself.
const limits = {
    'no descriptor is left': {
        main: 'worker_rlimit_nofile 40;',
        allow: [/Too many open files/, /24: /],
    },
    'no connection of nginx is left': {
        main: 'events { worker_connections 24; }',
        allow: [/worker_connections are not enough/],
    },
};

for (const [what, options] of Object.entries(limits)) {
    test(`${what}: it is said, and passes`, async () => {
        const small = await startBilling({ ...shared, nginx: options });
        const client = small.client();
        const [worker] = small.nginx.workers();

        try {
            is((await client.get('dashboard')).status, 200);
            const before = descriptors(worker);
            const sockets = Array.from({ length: 80 }, () => {
                const socket = connect(small.nginx.port, '127.0.0.1', () =>
                    socket.write('GET /billing/api/v1/costs HTTP/1.1\r\nHost'));

                socket.on('error', () => {});
                return socket;
            });

            // Redis has to be connected to where there is nothing left
            await small.nginx.waitForLog(options.allow[0]);
            await redis.cli('client', 'kill', 'type', 'normal');
            await redis.cli('client', 'kill', 'type', 'pubsub');
            await small.nginx.waitForLog(/redis .* is unavailable/);
            sockets.forEach((socket) => socket.destroy());

            await until(async () => await client.get('projects').then(
                ({ status }) => status === 200, () => false), 'all to be well');
            is((await client.get('costs')).body.complete, true);
            await until(() => descriptors(worker) <= before + 4,
                'connections to be closed');
            deepEqual(small.nginx.workers(), [worker]);
        } finally {
            await small.nginx.stop();
        }
    });
}
