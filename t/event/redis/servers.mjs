// Several servers that say what they are told to, and the Redis bridge among
// them.

import { startFakeRedis } from '../../lib/fake_redis.mjs';
import { startBridge } from './setup.mjs';


export const bulk = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
export const array = (...items) => `*${items.length}\r\n${items.join('')}`;
export const number = (n) => `:${n}\r\n`;
export const MASTER = array(bulk('master'), number(0), array());


// Nodes that share the slots in equal parts, unless map() says otherwise;
// answer(words, i) is what the i-th one answers.
export async function withCluster(count, answer, fn, { map } = {}) {
    const nodes = [];
    const slots = map ?? (() => array(...nodes.map(({ port }, i) => array(
        number(Math.ceil(i * 16384 / count)),
        number(Math.ceil((i + 1) * 16384 / count) - 1),
        array(bulk('127.0.0.1'), number(port), bulk(`node${i}`))))));

    for (let i = 0; i < count; i++) {
        nodes.push(await startFakeRedis({ answer: (words, socket) =>
            answer(words, i, nodes, socket)
                ?? (words[0] === 'CLUSTER' ? slots(i, nodes) : undefined) }));
    }
    const nginx = await startBridge(
        `cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`);

    await fn(nginx, nodes);
    await nginx.stop();
    await Promise.all(nodes.map((node) => node.close()));
}


// Sentinels of which each names the port that master(i) returns, with an
// epoch, or nothing; raw: what is answered instead.
export async function withSentinels(count, master, fn) {
    const fakes = [];

    for (let i = 0; i < count; i++) {
        fakes.push(await startFakeRedis({ answer(words, socket) {
            const { port, epoch = 1, host = '127.0.0.1', raw } = master(i, fakes);
            if (words[0] === 'SUBSCRIBE') {
                socket.listens = true;
                return array(bulk('subscribe'), bulk(words[1]), number(1));
            }
            if (words[1] === 'MASTER') {
                return array(bulk('name'), bulk('main'), bulk('config-epoch'),
                    bulk(String(epoch)));
            }
            return words[0] !== 'SENTINEL' ? undefined : raw !== undefined ? raw
                : port ? array(bulk(host), bulk(String(port))) : '*-1\r\n';
        } }));
    }
    const nginx = await startBridge(`sentinel://${fakes.map(({ port }) =>
        `127.0.0.1:${port}`).join(',')}/main`);

    await fn(nginx, fakes);
    await nginx.stop();
    await Promise.all(fakes.map((fake) => fake.close()));
}
