// A worker that gets no descriptor more, wherever it needs one: for Redis, for
// a provider, for the names of hosts, for certificates.  What needs one fails
// with a documented answer, nothing spins, nothing is lost, and with the first
// descriptor all is well again.

import { readFileSync } from 'node:fs';
import { connect, Server } from 'node:net';
import { Server as Tls } from 'node:tls';

import { isProblem, linkedAccount, startBilling } from '../lib/billing.mjs';
import { selfSigned } from '../lib/certificate.mjs';
import { now } from '../lib/pace.mjs';
import { startRedis } from '../lib/redis.mjs';
import { startSentinels } from '../lib/sentinel.mjs';
import { coreSeconds, descriptors, noDescriptors } from '../lib/sockets.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const WATCHED_MS = 2000;
const allow = [/Too many open files/, /24: /];
const sandbox = await startSandbox({ child: true });
const { certificate, key } = selfSigned();
const pem = { key: readFileSync(key), cert: readFileSync(certificate) };
const sockets = new Set();

// Two ways to the sandbox, which can be cut.
async function passage(server) {
    server.on(server instanceof Tls ? 'secureConnection' : 'connection', (socket) => {
        const inner = connect(Number(new URL(sandbox.url).port), '127.0.0.1');

        sockets.add(socket);
        socket.on('error', () => inner.destroy());
        socket.on('close', () => sockets.delete(socket) && inner.destroy());
        inner.on('error', () => socket.destroy());
        inner.on('close', () => socket.destroy());
        socket.pipe(inner).pipe(socket);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => server.close());
    return server.address().port;
}

const cut = () => until(() => {
    sockets.forEach((socket) => socket.destroy());
    return sockets.size === 0;
}, 'connections to the provider to end');

const plain = await passage(new Server());
const secure = await passage(new Tls(pem));
after(() => sandbox.stop());


// Where the provider is, and by which Redis; url: of the provider.
const systems = {
    'a provider by its address': { url: `http://127.0.0.1:${plain}` },
    'a provider by its name': { url: `http://localhost:${plain}` },
    'a provider with a certificate': {
        url: `https://localhost:${secure}`,
        provider: `ca=${certificate}`,
    },
    'a Redis at a socket': { url: `http://127.0.0.1:${plain}`, path: true },
    'a Redis that Sentinels name': {
        url: `http://127.0.0.1:${plain}`, sentinels: true,
    },
};


async function storage({ path, sentinels }) {
    if (sentinels) {
        const all = await startSentinels();
        const redis = await all.master();

        return { redis: { ...redis, stop: () => all.stop() }, redisUrl: all.url };
    }
    const redis = await startRedis();

    return { redis, redisUrl: path ? `unix:${redis.socket}` : undefined };
}


// Nothing is done over and over while there is none.
async function idles(worker) {
    const before = coreSeconds(worker);
    const end = now() + WATCHED_MS;

    await until(() => now() > end, 'some time');
    const spent = coreSeconds(worker) - before;
    ok(spent < 0.1 * WATCHED_MS / 1000, `${spent} s of a core`);
}


for (const [what, options] of Object.entries(systems)) {
    test(`no descriptor: ${what}`, async () => {
        const { redis, redisUrl } = await storage(options);
        const system = await startBilling({
            ...redisUrl && { redisUrl }, redis, prefix: 'billing: timeout=2s',
            sandbox: { ...sandbox, url: options.url, stop() {} },
            provider: options.provider, zone: false, nginx: { allow },
        });
        const client = system.client();
        const [worker] = system.nginx.workers();
        const register = async () => client.create('service-accounts', {
            name: `Account ${linkedAccount()}`, provider: 'hyperbilling_aws',
            project_id: (await client.create('projects',
                { name: `Project ${linkedAccount()}` })).id,
            credentials: await system.credentials([linkedAccount()]),
        });

        try {
            // neither a name nor a certificate has been looked at yet
            is((await client.get('projects')).status, 200);
            let more = noDescriptors(worker);
            const { status, body } = await client.post(
                'service-accounts/verify', { provider: 'hyperbilling_aws',
                    credentials: await system.credentials() });
            ok(status >= 500, `${status} ${body.code}`);
            is(body.code, 'provider_unavailable');
            await idles(worker);
            more();

            await until(async () => await register().catch(() => false),
                'an account');
            is((await client.get('costs')).body.complete, true);
            const before = descriptors(worker);

            // figures that nobody has
            await register();
            await cut();
            more = noDescriptors(worker);
            const costs = await client.get('costs?limit=3');
            is(costs.status, 200, costs.text);
            is(costs.body.complete, false);
            deepEqual(costs.body.accounts.filter(({ state }) =>
                state === 'failed').map(({ code }) => code),
            ['provider_unavailable']);
            await idles(worker);
            more();
            await until(async () => (await client.get(
                'costs?limit=3&refresh=true')).body?.complete,
            'all figures', 30_000);

            // Redis has to be connected to
            more = noDescriptors(worker);
            await redis.cli('client', 'kill', 'type', 'normal');
            await redis.cli('client', 'kill', 'type', 'pubsub');
            await until(async () => (await client.get('projects')).status
                === 503, 'Redis to be away');
            isProblem(await client.get('projects'), 503, 'storage_unavailable');
            isProblem(await client.post('projects', { name: 'Not made' }), 503,
                'storage_unavailable');
            await idles(worker);
            more();
            await until(async () => (await client.get('projects')).status
                === 200, 'Redis to be back');
            is((await client.get('projects?q=Not+made')).body.total, 0);
            is((await client.get('costs')).body.complete, true);

            await until(() => descriptors(worker) <= before + 4,
                'connections to be closed');
            deepEqual(system.nginx.workers(), [worker]);
        } finally {
            await system.nginx.stop();
            await redis.stop();
        }
    }, { timeout: 120_000 });
}


// Its threads end, for which glibc would load a library then.  (A reload does
// not reach such a worker: nginx sends it descriptors of its successors.)
for (const how of ['quit', 'stop']) {
    test(`a worker that leaves without a descriptor: ${how}`, async () => {
        const { nginx, redis, client } = await startBilling({
            sandbox: { ...sandbox, stop() {} }, nginx: { allow },
        });

        is((await client().get('dashboard')).status, 200);
        noDescriptors(nginx.workers()[0]);
        await nginx[how](); // fails for a worker that was ended by a signal
        await redis.stop();
    });
}
