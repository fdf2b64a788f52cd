// Sentinels and nodes of a cluster that lie, or talk nonsense: the worker
// answers others all the while, its memory stays, and when sane answers come it
// goes on as if nothing had been.

import { readFileSync } from 'node:fs';

import {
    array, bulk, MASTER, number, withCluster, withSentinels,
} from './redis/servers.mjs';
import { startFakeRedis } from '../lib/fake_redis.mjs';
import { now } from '../lib/pace.mjs';
import { coreSeconds } from '../lib/sockets.mjs';
import { deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';


const SOON_MS = 1500;
// AddressSanitizer keeps 256 MB of what was freed
const GROWTH = (64 + (process.env.BILLING_NGINX ? 256 : 0)) * 1024; // KB
const ALL = [0, 16383];
const repeat = (count, item) => Array.from({ length: count }, (_, i) => item(i));
const range = ([from, to], host, port) => array(number(from), number(to),
    array(bulk(host), number(port), bulk('id')));
const memory = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);


// The worker answers somebody else soon, all the while.
async function answersWhile(nginx, work) {
    const [worker] = nginx.workers();
    const before = memory(worker);
    let longest = 0;
    let over = false;
    const other = (async () => {
        while (!over) {
            const began = now();
            const { status } = await fetch(
                `http://127.0.0.1:${nginx.port}/static`);

            is(status, 200);
            longest = Math.max(longest, now() - began);
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    })();

    await work().finally(() => {
        over = true;
    });
    await other;
    ok(longest < SOON_MS, `others waited for ${longest} ms`);
    ok(memory(worker) - before < GROWTH, `${memory(worker) - before} KB more`);
    deepEqual(nginx.workers(), [worker]);
}


const sane = (port) => array(range(ALL, '127.0.0.1', port));
const maps = {
    'so many ranges that there is no room': () => '*2147483647\r\n',
    'more ranges than memory': () => '*-2147483648\r\n',
    'ranges within ranges': () => '*1\r\n'.repeat(100_000),
    'every slot, a hundred thousand times': (port) =>
        array(...repeat(100_000, () => range(ALL, '127.0.0.1', port))),
    'a hundred thousand nodes': () => array(...repeat(100_000, (i) => range(
        [i % 16384, i % 16384], `127.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
        1))),
    'nodes by the thousand, for one slot': () => array(...repeat(2000, (i) =>
        range([5, 5], `127.9.${i >> 8}.${i & 255}`, 1))),
    'slots below and above all': (port) => array(
        range([-1, 5], '127.0.0.1', port), range([6, 16384], '127.0.0.1', port)),
    'slots past all numbers': (port) => array(range(
        ['-9223372036854775808', '9223372036854775807'], '127.0.0.1', port)),
    'a range that ends before it begins': (port) => array(
        range([16383, 0], '127.0.0.1', port)),
    'ports that are none': () => array(range(ALL, '127.0.0.1', 65536)),
    'a host of a megabyte': (port) => array(
        range(ALL, '1'.repeat(1_000_000), port)),
    'a host with a zero byte': (port) => array(
        range(ALL, '127.0.0.1\0.example.com', port)),
    'texts for numbers': () => array(array(bulk('0'), bulk('16383'),
        array(bulk('127.0.0.1'), bulk('6379')))),
    'a map of nothing': () => array('*-1\r\n', '$-1\r\n'),
};

for (const [what, map] of Object.entries(maps)) {
    test(`CLUSTER SLOTS: ${what}`, async () => {
        let lies = true;

        await withCluster(1, ([word], i, nodes) => (word !== 'CLUSTER'
            ? undefined : lies ? map(nodes[0].port) : sane(nodes[0].port)),
        async (nginx, [node]) => {
            await answersWhile(nginx, async () => {
                is((await nginx.ask({ c: 'SET|a|1', t: 2000 })).failures, 1);
                await until(() => node.commands.filter(([word]) =>
                    word === 'CLUSTER').length > 1, 'another question');
                lies = false;
                await until(async () => (await nginx.ask(
                    { c: 'SET|a|1', t: 5000 })).failures === 0, 'the map');
            });
        });
    }, { timeout: 120_000 });
}


// An address is never used again: as with nodes that are made anew, but faster.
test('more addresses than there may be nodes, one after the other', async () => {
    let count = 0;
    let lies = true;

    await withCluster(1, ([word], i, nodes) => {
        if (word === 'GET' && lies) {
            count++;
            return `-MOVED 5061 127.8.${count >> 8}.${count & 255}:1\r\n`;
        }
        return word === 'GET' ? bulk('x') : undefined;
    }, async (nginx, [node]) => {
        await answersWhile(nginx, async () => {
            while (count < 1200) {
                await nginx.ask({ c: 'GET|bar', n: 50, t: 100 });
                await nginx.ask({ c: 'GET|foo', t: 100 });
            }
            lies = false;
            await until(async () => (await nginx.ask(
                { c: 'GET|bar', t: 5000 })).text === 'x', 'a sane answer');
        });
        ok(node.commands.length > 1200);
    });
}, { timeout: 300_000 });


const redirects = ['MOVED', 'MOVED ', 'MOVED 1', 'MOVED 1 ', 'MOVED 1 :',
    'MOVED x 127.0.0.1:0', 'MOVED 1 127.0.0.1:65536', 'MOVED 1 127.0.0.1:-1',
    'MOVED 1 127.0.0.1:99999999999999999999', 'MOVED 1 redis.example.com:6379',
    `MOVED 1 ${'1'.repeat(100_000)}:6379`, 'MOVED 99999999 127.0.0.1:',
    'ASK', 'ASK 1', 'ASK 1 :0', 'ASK 1 127.0.0.1:65536', 'ASK 1 [::1]:1',
    'ASK 1 ::::::1:1', `ASK ${'9'.repeat(5000)} 127.0.0.1:1`];

test('calls that are sent nowhere end, and the next is answered', async () => {
    let text;

    await withCluster(1, ([word]) => (word !== 'GET' ? undefined
        : text === undefined ? bulk('x') : `-${text}\r\n`),
    async (nginx) => {
        await answersWhile(nginx, async () => {
            for (text of redirects) {
                const { unasked, text: told } = await nginx.ask(
                    { c: 'GET|bar', t: 5000 });

                is(unasked, 0, text);
                ok(told !== 'x', text);
            }
            text = undefined;
            await until(async () => (await nginx.ask(
                { c: 'GET|bar', t: 5000 })).text === 'x', 'a sane answer');
        });
    });
}, { timeout: 120_000 });


test('two nodes that ASK for each other', async () => {
    await withCluster(2, ([word], i, nodes) => (word !== 'GET' ? undefined
        : `-ASK 12182 127.0.0.1:${nodes[1 - i].port}\r\n`),
    async (nginx, nodes) => {
        const [worker] = nginx.workers();
        const before = coreSeconds(worker);
        const { failures, unasked } = await nginx.ask({ c: 'GET|foo', n: 100 });

        is(failures, 100);
        is(unasked, 0);
        ok(coreSeconds(worker) - before < 2);
        ok(nodes[0].commands.length < 100 * 600, `${nodes[0].commands.length}`);
    });
});


const addresses = {
    'so many words that there is no room': '*2147483647\r\n',
    'words within words': '*1\r\n'.repeat(100_000),
    'numbers for texts': array(number(1), number(2)),
    'a port that is none': array(bulk('127.0.0.1'), bulk('0')),
    'a port past all': array(bulk('127.0.0.1'), bulk('65536')),
    'a port past all numbers': array(bulk('127.0.0.1'), bulk('9'.repeat(40))),
    'a port that is no number': array(bulk('127.0.0.1'), bulk('-1')),
    'a host of a megabyte': array(bulk('1'.repeat(1_000_000)), bulk('6379')),
    'a host with a zero byte': array(bulk('127.0.0.1\0'), bulk('6379')),
    'nothing': array('$-1\r\n', '$-1\r\n'),
    'three words': array(bulk('127.0.0.1'), bulk('1'), bulk('2')),
};

for (const [what, text] of Object.entries(addresses)) {
    test(`Sentinel tells ${what}`, async () => {
        const master = await startFakeRedis({ answer: ([word]) =>
            (word === 'ROLE' ? MASTER : undefined) });
        let lies = true;

        await withSentinels(1, () => (lies ? { raw: text }
            : { port: master.port }), async (nginx) => {
            await answersWhile(nginx, async () => {
                is((await nginx.ask({ c: 'SET|a|1', t: 2000 })).failures, 1);
                lies = false;
                await until(async () => (await nginx.ask(
                    { c: 'SET|a|1', t: 5000 })).failures === 0, 'the master');
            });
            is(master.commands.filter(([word]) => word === 'SET').length, 1);
        });
        await master.close();
    }, { timeout: 60_000 });
}


test('a Sentinel that names itself is not written to', async () => {
    const master = await startFakeRedis({ answer: ([word]) =>
        (word === 'ROLE' ? MASTER : undefined) });
    let port;

    await withSentinels(1, (i, fakes) => ({ port: port ?? fakes[0].port }),
        async (nginx, [fake]) => {
            is((await nginx.ask({ c: 'SET|a|1', t: 2000 })).failures, 1);
            is(fake.commands.filter(([word]) => word === 'SET').length, 0);
            like(nginx.errorLog(), /is unavailable: no master/);
            port = master.port;
            await until(async () => (await nginx.ask(
                { c: 'SET|a|1', t: 5000 })).failures === 0, 'the master');
        });
    await master.close();
});


test('a Sentinel that switches without end costs little', async () => {
    let n = 0;
    const news = array(bulk('message'), bulk('+switch-master'),
        bulk('main 127.0.0.1 1 127.0.0.1 2'));

    await withSentinels(1, () => ({ port: 1 + n % 9, epoch: ++n }),
        async (nginx, [fake]) => {
            const [worker] = nginx.workers();
            const listener = await until(() => fake.connections.find(
                (socket) => socket.listens), 'a listener');
            const began = performance.now(); // as the worker counts
            const core = coreSeconds(worker);
            const asked = fake.commands.length;

            while (performance.now() - began < 3000) {
                listener.write(news.repeat(20));
                await new Promise((resolve) => setTimeout(resolve, 2));
            }
            const seconds = (performance.now() - began) / 1000;
            ok(coreSeconds(worker) - core < 1.5,
                `${coreSeconds(worker) - core} s of a core`);
            ok(fake.commands.length - asked < seconds * 60 * 4,
                `${fake.commands.length - asked} questions`);
            ok(nginx.errorLog().length < 100_000, 'the log');
        });
});


const garbage = {
    'another name': array(bulk('message'), bulk('+switch-master'),
        bulk('other 127.0.0.1 1 127.0.0.1 2')),
    'nothing': array(bulk('message'), bulk('+switch-master'), bulk('')),
    'a megabyte': array(bulk('message'), bulk('+switch-master'),
        bulk('main '.repeat(200_000))),
    'a number': array(bulk('message'), bulk('+switch-master'), number(1)),
    'a word too few': array(bulk('message'), bulk('+switch-master')),
    'no array': '+switch-master\r\n',
    'no protocol': '\0\0\0\0',
    'an error': '-ERR no\r\n',
    'more than memory': '*3\r\n$2147483647\r\n',
};

for (const [what, text] of Object.entries(garbage)) {
    test(`+switch-master of ${what}`, async () => {
        const master = await startFakeRedis({ answer: ([word]) =>
            (word === 'ROLE' ? MASTER : undefined) });

        await withSentinels(1, () => ({ port: master.port }),
            async (nginx, [fake]) => {
                is((await nginx.ask({ c: 'SET|a|1' })).failures, 0);
                const listener = await until(() => fake.connections.find(
                    (socket) => socket.listens), 'a listener');

                await answersWhile(nginx, async () => {
                    listener.write(text);
                    for (let i = 0; i < 5; i++) {
                        is((await nginx.ask({ c: 'SET|a|2' })).failures, 0);
                    }
                    await until(() => fake.connections.some((socket) =>
                        socket.listens && socket.writable), 'a listener');
                });
            });
        await master.close();
    });
}
