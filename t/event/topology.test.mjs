// The Redis bridge among several servers: what Sentinels and nodes of a
// cluster say that real ones rarely do.

import {
    array, bulk, MASTER, number, withCluster, withSentinels,
} from './redis/servers.mjs';
import { startBridge } from './redis/setup.mjs';
import { startFakeRedis } from '../lib/fake_redis.mjs';
import { startRedis } from '../lib/redis.mjs';
import { is, like, ok, test, until } from '../lib/tap.mjs';


const replies = (words) => words[0] === 'ROLE' ? MASTER : undefined;
const calls = (fake, name) => fake.commands.filter(([word]) => word === name);


// The Cluster Specification's CRC16, its hash tags, and a real server.
test('slots of keys', async () => {
    const redis = await startRedis({ args: ['--cluster-enabled', 'yes',
        '--cluster-config-file', 'nodes.conf'] });
    const nginx = await startBridge(redis);
    const slot = async (key) => (await nginx.ask({ c: `TIME|${key}` })).slot;

    is(await slot('123456789'), 0x31c3);
    is(await slot('{user1000}.following'), await slot('{user1000}.followers'));
    is(await slot('foo{bar}{zap}'), await slot('bar'));
    is(await slot('foo{{bar}}zap'), await slot('{bar'));
    ok(await slot('foo{}{bar}') !== await slot('bar'));

    for (const key of ['a', 'foo', 'foo{}{bar}', 'foo{{bar}}zap', '{', '}{',
        '{}', 'x{y', '한글', 'billing:{default}:meta', 'k'.repeat(300)]) {
        is(await slot(key), Number(await redis.cli('cluster', 'keyslot', key)),
            key);
    }
    await nginx.stop();
    await redis.stop();
});


test('a call that is moved goes where it was sent, and so does the next', async () => {
    await withCluster(2, ([word, key], i, nodes) => word !== 'GET' ? undefined
        : i === 0 ? `-MOVED 12182 127.0.0.1:${nodes[1].port}\r\n` : bulk(key),
    async (nginx, nodes) => {
        // 'foo' is in slot 12182, of the second; 'bar' 5061, of the first
        is((await nginx.ask({ c: 'GET|foo' })).text, 'foo');
        is((await nginx.ask({ c: 'GET|bar' })).text, 'bar');
        is(calls(nodes[0], 'GET').length, 1);
        is(calls(nodes[1], 'GET').length, 2);
    });
});


test('a call that is sent round and round ends', async () => {
    await withCluster(2, ([word], i, nodes) => word !== 'GET' ? undefined
        : `-MOVED 12182 :${nodes[1 - i].port}\r\n`,
    async (nginx, nodes) => {
        const { failures, error, unasked } = await nginx.ask({ c: 'GET|foo' });

        is(failures, 1);
        is(error, 'sent from node to node');
        is(unasked, 0);
        ok(calls(nodes[0], 'GET').length > 3);
    });
});


test('ASK: ASKING goes before the command, this once, over one connection', async () => {
    await withCluster(2, ([word, key], i, nodes) => word !== 'GET' ? undefined
        : i === 1 ? bulk(key) : `-ASK 5061 127.0.0.1:${nodes[1].port}\r\n`,
    async (nginx, nodes) => {
        const { replies: n, wrong } = await nginx.ask({ c: 'GET|bar', n: 50 });

        is(n, 50);
        is(calls(nodes[1], 'ASKING').length, 50);
        nodes[1].commands.forEach(([word], i, all) =>
            word !== 'GET' || is(all[i - 1][0], 'ASKING'));
        is((await nginx.ask({ c: 'GET|bar' })).text, 'bar');
        is(calls(nodes[0], 'GET').length, 51, 'asked again where the slot is');
        ok(wrong >= 0);
    });
});


test('TRYAGAIN and CLUSTERDOWN are waited for, not for long', async () => {
    let down = 3;

    await withCluster(1, ([word, key]) => {
        if (word !== 'SET') {
            return undefined;
        }
        if (key === 'never') {
            return '-CLUSTERDOWN The cluster is down\r\n';
        }
        return down-- > 0 ? '-TRYAGAIN Multiple keys\r\n' : '+OK\r\n';
    }, async (nginx) => {
        is((await nginx.ask({ c: 'SET|some|1' })).failures, 0);
        is((await nginx.ask({ c: 'SET|never|1' })).error, 'the cluster is down');
        is((await nginx.ask({ c: 'GET|some' })).failures, 0);
    });
});


test('maps that are none, and nodes that have names only', async () => {
    const bad = ['*0\r\n', '+OK\r\n', '-ERR no\r\n', array(number(1)),
        array(array(number(0), number(16384), array(bulk('127.0.0.1'),
            number(1)))),
        array(array(number(0), number(1), array(bulk('h'), number(0)))),
        array(array(number(0), number(16383), array(bulk('redis.example.com'),
            number(6379))))];
    let asked = 0;

    await withCluster(1, () => undefined, async (nginx) => {
        is((await nginx.ask({ c: 'SET|a|1', t: 20_000 })).failures, 0);
        await nginx.waitForLog(/a node tells a host name, and not an address/);
        await nginx.waitForLog(/CLUSTER SLOTS is refused/);
    }, { map: (i, nodes) => bad[asked++] ?? array(array(number(0),
        number(16383), array(bulk(''), number(nodes[0].port)))) });
});


test('a write that may have been done is not sent again; a read is', async () => {
    let cut = true;

    await withCluster(1, ([word], i, nodes, socket) => {
        if (cut && (word === 'INCR' || word === 'GET')) {
            cut = false;
            socket.destroy();
            return '';
        }
        return word === 'GET' ? bulk('x') : undefined;
    }, async (nginx, [node]) => {
        is((await nginx.ask({ c: 'INCR|a' })).failures, 1);
        is(calls(node, 'INCR').length, 1);
        cut = true;
        is((await nginx.ask({ c: 'GET|a' })).text, 'x');
        is(calls(node, 'GET').length, 2);
    });
});


test('Sentinels that know nothing, or of older times, are passed over', async () => {
    const [one, two] = [await startFakeRedis({ answer: replies }),
        await startFakeRedis({ answer: replies })];
    const old = { port: one.port, epoch: 1 };
    let news = [{}, old, {}];

    await withSentinels(3, (i) => news[i], async (nginx, fakes) => {
        is((await nginx.ask({ c: 'SET|a|1' })).failures, 0);
        is(calls(one, 'SET').length, 1);

        // a failover; two of three have not heard of it
        news = [old, { port: two.port, epoch: 2 }, old];
        await fakes[1].waitForCommand('SUBSCRIBE');
        fakes[1].connections.filter((socket) => socket.listens)
            .forEach((socket) => socket.write(array(
                bulk('message'), bulk('+switch-master'),
                bulk(`main 127.0.0.1 ${one.port} 127.0.0.1 ${two.port}`))));
        await until(() => calls(two, 'ROLE').length > 0, 'the new master');
        is((await nginx.ask({ c: 'SET|a|2' })).failures, 0);
        is(calls(two, 'SET').length, 1);

        // the subscription to the others is new: they are asked, in vain
        const asked = calls(fakes[0], 'SENTINEL').length;
        fakes[0].connections.filter((socket) => socket.listens)
            .forEach((socket) => socket.destroy());
        await until(() => calls(fakes[0], 'SENTINEL').length > asked,
            'a Sentinel to be asked');
        is((await nginx.ask({ c: 'SET|a|3' })).failures, 0);
        is(calls(one, 'SET').length, 1);
    });
    await one.close();
    await two.close();
});


test('who is no master is not written to, and is asked for again', async () => {
    let master = false;
    const fake = await startFakeRedis({ answer: ([word]) => word !== 'ROLE'
        ? undefined : master ? MASTER : array(bulk('slave'), bulk('h'),
            number(1), bulk('connected'), number(1)) });

    await withSentinels(1, () => ({ port: fake.port }), async (nginx, [one]) => {
        const write = nginx.ask({ c: 'SET|a|1' });

        await until(() => calls(one, 'SENTINEL').length > 6, 'some questions');
        is(calls(fake, 'SET').length, 0);
        master = true;
        is((await write).failures, 0);
        is((await nginx.ask({ c: 'SET|a|2' })).failures, 0);
        like(nginx.errorLog(), /is unavailable: no master/);
    });
    await fake.close();
});


test('READONLY: the call goes to the master that is there then', async () => {
    const fake = await startFakeRedis({ answer: ([word]) =>
        word === 'SET' && fake.connections.length === 1
            ? "-READONLY You can't write against a read only replica.\r\n"
            : replies([word]) });

    await withSentinels(1, () => ({ port: fake.port }), async (nginx) => {
        is((await nginx.ask({ c: 'SET|a|1' })).failures, 0);
        is(calls(fake, 'SET').length, 2);
        is(fake.connections.length, 2);
    });
    await fake.close();
});


test('a Sentinel that tells a host name is of no use', async () => {
    await withSentinels(1, () => ({ port: 6379, host: 'redis.example.com' }),
        async (nginx) => {
            is((await nginx.ask({ c: 'SET|a|1', t: 800 })).failures, 1);
            await nginx.waitForLog(
                /no master of redis "main": sentinel tells a host name/);
        });
});
