// What is written through one worker or node is seen by the others: at once
// on the same node, within a second on another, and also when the news of it
// cannot come through.

import { connect, createServer } from 'node:net';

import { keyLine, linkedAccount, startBilling } from '../lib/billing.mjs';
import { readCommands } from '../lib/fake_redis.mjs';
import { now } from '../lib/pace.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const LAG_MS = 1000;
const FIGURES = ['costs?group_by=project', 'costs?group_by=project,service',
    'dashboard'];
const provider = 'hyperbilling_aws';

const redis = await startRedis();
const sandbox = await startSandbox({ child: true });
const proxy = await startProxy(redis.port);
const shared = { redis, sandbox, key: keyLine(), keepAlive: false };

const here = await startBilling({ ...shared, workers: 4 });
const there = await startBilling({
    ...shared, workers: 2, redis: { ...redis, port: proxy.port },
});
let domains = 0;

after(async () => {
    await here.nginx.stop();
    await there.nginx.stop();
    await proxy.close();
    await sandbox.stop();
    await redis.stop();
});


// Redis, but what listens to a channel may become deaf: then nothing more
// comes through to it, and nobody notices.
async function startProxy(port) {
    const sockets = new Set();
    const state = { deaf: false, listeners: 0 };
    const server = createServer((socket) => {
        const upstream = connect(port, '127.0.0.1');
        let listens = false;

        for (const [one, other] of [[socket, upstream], [upstream, socket]]) {
            sockets.add(one);
            one.on('error', () => {});
            one.on('close', () => {
                sockets.delete(one);
                other.destroy();
            });
        }
        readCommands(socket, ([name], bytes) => {
            state.listeners += name === 'SUBSCRIBE' && !listens;
            listens ||= name === 'SUBSCRIBE';
            upstream.write(bytes);
        });
        upstream.on('data', (data) => {
            if (!(listens && state.deaf)) {
                socket.write(data);
            }
        });
    });

    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    state.port = server.address().port;
    state.close = () => new Promise((resolve) => {
        sockets.forEach((socket) => socket.destroy());
        server.close(resolve);
    });
    return state;
}


// How many scripts Redis has run: every read that it is asked for is one.
async function scripts() {
    const stats = await redis.cli('info', 'commandstats');

    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)[1]);
}


// A domain with an account in one of two projects; both nodes have its figures
// in memory.
async function domain() {
    const name = `w${++domains}`;
    const [one, other] = [here, there].map((node) =>
        node.client({ domain: name }));
    const projects = [
        await one.create('projects', { name: 'First' }),
        await one.create('projects', { name: 'Second' }),
    ];
    const account = await one.create('service-accounts', {
        name: 'Account', provider, project_id: projects[0].id,
        credentials: await here.credentials([linkedAccount()]),
    });
    const shown = async (client, path = 'costs') => {
        const { body, status, text } = await client.get(path);
        is(status, 200, text);
        return body;
    };
    let version = 1;

    for (const path of FIGURES) {
        for (const client of [one, other]) {
            await until(async () => {
                const before = await scripts();
                await shown(client, path);
                return await scripts() === before;
            }, 'an answer without Redis');
        }
    }

    return {
        name, one, other, account, shown,

        // Moves the account to the other project.  Resolves when the client
        // knows of it, to whether figures show it there, and since when they
        // must.
        move: async (client) => {
            const { id } = projects[version % 2];
            const answer = await client.patch(
                `service-accounts/${account.id}`, { project_id: id }, version);

            is(answer.status, 200, answer.text);
            version++;
            return {
                since: now(),
                isShown: async (to, path = FIGURES[0]) => {
                    const { currencies: [{ groups, by_project: by = groups }] }
                        = await shown(to, path);
                    return by.every(({ key }) => key.project === id);
                },
            };
        },
    };
}


// Asks until it is shown; one who asks later than the lag must be shown it.
async function lags(since, fn) {
    for (;;) {
        const asked = now() - since;
        if (await fn()) {
            return;
        }
        ok(asked < LAG_MS, `not shown ${Math.round(asked)} ms later`);
    }
}


test('a change is seen at once, through every worker of the node', async () => {
    const { one, move } = await domain();

    for (let i = 0; i < 10; i++) {
        for (const path of FIGURES) {
            const { isShown } = await move(one);
            const seen = await Promise.all(
                Array.from({ length: 16 }, () => isShown(one, path)));
            is(seen.filter((yes) => !yes).length, 0, `${path}, ${i}`);
        }
    }
});


test('others see it within a second', async () => {
    const { one, other, move } = await domain();

    for (let i = 0; i < 10; i++) {
        const [from, to] = i % 2 ? [one, other] : [other, one];

        for (const path of FIGURES) {
            const { since, isShown } = await move(from);
            await Promise.all(Array.from({ length: 8 }, () =>
                lags(since, () => isShown(to, path))));
        }
    }
});


test('what is deleted or switched off elsewhere, too', async () => {
    const { one, other, account, shown } = await domain();
    const state = async (client) => (await shown(client,
        'costs')).accounts[0].state;

    is(await state(other), 'fresh');
    for (const enabled of [false, true]) {
        const { status } = await one.put(`providers/${provider}`, { enabled });
        is(status, 200);
        await lags(now(), async () =>
            (await state(other) === 'fresh') === enabled);
    }

    is((await one.delete(`service-accounts/${account.id}`, 1)).status, 204);
    await lags(now(), async () =>
        (await shown(other)).accounts.length === 0);
});


test('blocks that one node reads anew are the other\'s, too', async () => {
    const { one, other, shown } = await domain();
    const asOf = async (client, path) =>
        Date.parse((await shown(client, path)).accounts[0].as_of);
    const before = await asOf(other, 'costs');

    await until(() => Date.now() >= before + 2000, 'another second');
    const later = await asOf(one, 'costs?refresh=true');
    const since = now();

    ok(later > before);
    is(await asOf(one, 'costs'), later);
    await lags(since, async () => await asOf(other, 'costs') === later);
});


test('listeners cut off again and again: nobody is shown what is old',
    async () => {
        const { one, other, move } = await domain();
        let cutting = true;
        const cuts = (async () => {
            let count = 0;
            while (cutting) {
                count += Number(await redis.cli('client', 'kill', 'type',
                    'pubsub'));
            }
            return count;
        })();

        try {
            for (let i = 0; i < 20; i++) {
                const { since, isShown } = await move(one);

                ok(await isShown(one));
                await lags(since, () => isShown(other));
            }
        } finally {
            cutting = false;
        }
        ok(await cuts > 0);
    });


test('listeners that are deaf, though nobody notices', async () => {
    const { one, other, move } = await domain();

    proxy.deaf = true;
    for (let i = 0; i < 5; i++) {
        const { since, isShown } = await move(one);
        await lags(since, () => isShown(other));
    }
    const { listeners } = proxy;
    await until(() => proxy.listeners > listeners, 'another attempt');

    proxy.deaf = false;
    const { since, isShown } = await move(one);
    await lags(since, () => isShown(other));
});


test('a node whose user may neither publish nor listen', async () => {
    await redis.cli('acl', 'setuser', 'kim', 'on', '>pw', '~*', '+@all',
        'resetchannels');
    const node = await startBilling({ ...shared, redisUser: 'kim:pw@' });
    const { one, move } = await domain();
    const other = node.client({ domain: `w${domains}` });

    try {
        await node.nginx.waitForLog(/no subscription to redis .*refused/);

        for (let i = 0; i < 3; i++) {
            const { since, isShown } = await move(one);
            await lags(since, () => isShown(other));
            ok(await (await move(other)).isShown(other));
        }
    } finally {
        await node.nginx.stop();
    }
});


test('a node without a zone listens to nobody, and is heard', async () => {
    const listeners = () => redis.cli('pubsub', 'numsub', 'billing:changed');
    const { one, move } = await domain();
    const before = await listeners();
    const node = await startBilling({ ...shared, zone: false });
    const other = node.client({ domain: `w${domains}` });

    try {
        for (let i = 0; i < 3; i++) {
            ok(await (await move(one)).isShown(other), 'at once');
            const { since, isShown } = await move(other);
            await lags(since, () => isShown(one));
        }
        is(await listeners(), before);
    } finally {
        await node.nginx.stop();
    }
});


test('another prefix is another system, on the same Redis', async () => {
    const { cli } = redis;
    const node = await startBilling({ ...shared, prefix: 'other:' });

    try {
        await until(async () => await cli('pubsub', 'numsub', 'other:changed')
            === 'other:changed\n1', 'its listener');
        const client = node.client();

        is((await client.get('costs')).body.accounts.length, 0);
        await client.create('projects', { name: 'Elsewhere' });
        is(await cli('exists', 'other:{default}:meta'), '1');
    } finally {
        await node.nginx.stop();
    }
});


test('data that were replaced by others, as soon as one worker knows',
    async () => {
        const { name, one, shown } = await domain();
        const base = `billing:{${name}}:`;
        const keys = (await redis.cli('keys', `${base}*`)).split('\n');

        await redis.cli('del', ...keys);
        is((await shown(one, 'costs?limit=7')).accounts.length, 0);
        await lags(now(), async () =>
            (await shown(one, FIGURES[0])).accounts.length === 0);
    });


test('all data are wiped, and nobody says so', async () => {
    const { one, other, shown } = await domain();

    // not by redis.cli('flushall'), which would tell
    await redis.cli('-n', '0', 'flushall');
    const since = now();

    for (const client of [other, one]) {
        for (const path of FIGURES) {
            await lags(since, async () =>
                (await shown(client, path)).accounts.length === 0);
        }
    }
});


test('a reload in the middle', async () => {
    const { one, other, move } = await domain();

    for (let i = 0; i < 3; i++) {
        const reload = there.nginx.reload();
        const { since, isShown } = await move(one);
        await lags(since, () => isShown(other));
        await there.nginx.gone(await reload);
    }
});
