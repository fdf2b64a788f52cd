// A Redis Cluster for tests: real redis-servers, ended by pid.

import { startRedis } from './redis.mjs';
import { until } from './until.mjs';


const SLOTS = 16384;
const NODE_TIMEOUT_MS = 1000;


// masters share the slots; each has as many replicas.  Options: args of each
// server, user ("user:password@" of the URL), auth (words for redis-cli),
// spare (how many more masters are there, without slots).
//
// Returns { nodes, url, owner(slot), slots(), settled(), migrate(slot, to),
// stop() }.
export async function startCluster({
    masters = 3, replicas = 0, spare = 0, args = [], user = '', auth = [],
} = {}) {
    const count = masters + spare + masters * replicas;
    const nodes = await Promise.all(Array.from({ length: count }, () =>
        startNode([...args, '--cluster-node-timeout', NODE_TIMEOUT_MS])));

    for (const node of nodes) {
        node.call = (...words) => node.cli(...auth, ...words);
        node.id = await node.call('cluster', 'myid');
    }
    for (const node of nodes.slice(1)) {
        await nodes[0].call('cluster', 'meet', '127.0.0.1', node.port);
    }
    await Promise.all(nodes.slice(0, masters).map((node, i) => {
        const from = Math.ceil(i * SLOTS / masters);
        const to = Math.ceil((i + 1) * SLOTS / masters) - 1;
        return node.call('cluster', 'addslotsrange', from, to);
    }));
    await until(async () => (await Promise.all(nodes.map((node) =>
        node.call('cluster', 'nodes')))).every((text) =>
        text.split('\n').length === count), 'nodes to meet', 20_000);
    await Promise.all(nodes.slice(masters + spare).map((node, i) =>
        node.call('cluster', 'replicate', nodes[i % masters].id)));

    const cluster = {
        nodes,
        url: `cluster://${user}${nodes.slice(0, masters).map(({ port }) =>
            `127.0.0.1:${port}`).join(',')}`,
        masters: () => nodes.slice(0, masters + spare)
            .filter((node) => !node.dead),
        lives: () => nodes.filter((node) => !node.dead),

        // All agree that all is well, and each master has its replicas.
        settled: () => until(async () => (await Promise.all(
            cluster.lives().map((node) => node.call('cluster', 'info')
                .catch(() => '')))).every((text) =>
            /cluster_state:ok/.test(text)
                && /cluster_slots_ok:16384/.test(text)),
        'the cluster to be well', 30_000),

        // Once all masters agree.
        owner: (slot) => until(async () => {
            const owners = await Promise.all(cluster.masters().map((node) =>
                ownerOf(slot, node, nodes)));
            return new Set(owners).size === 1 && owners[0];
        }, 'masters to agree', 20_000),

        slot: async (key) => Number(
            await cluster.lives()[0].call('cluster', 'keyslot', key)),

        // Moves a slot as redis-cli's "reshard" does, a few keys at a time;
        // between() is called after each batch.
        async migrate(slot, to, { batch = 10, between } = {}) {
            const from = await cluster.owner(slot);

            await to.call('cluster', 'setslot', slot, 'importing', from.id);
            await from.call('cluster', 'setslot', slot, 'migrating', to.id);
            for (;;) {
                const keys = (await from.call('cluster', 'getkeysinslot', slot,
                    batch)).split('\n').filter(Boolean);
                if (keys.length === 0) {
                    break;
                }
                const moved = await from.call('migrate', '127.0.0.1', to.port, '', 0, 5000,
                    ...auth.length > 0 ? ['AUTH2', auth[1], auth[3]] : [],
                    'KEYS', ...keys);
                if (!/^(OK|NOKEY)$/.test(moved)) {
                    throw new Error(`keys do not move: ${moved}`);
                }
                await between?.();
            }
            // first who gets it; replicas learn from their masters
            for (const node of [to, ...cluster.masters()]) {
                await node.call('cluster', 'setslot', slot, 'node', to.id);
            }
            await until(async () => await cluster.owner(slot) === to,
                'masters to know who has the slot', 20_000);
        },

        stop: () => Promise.all(nodes.map((node) => node.kill())),
    };

    for (const node of nodes) {
        const { kill } = node;
        node.kill = () => {
            node.dead = true;
            return kill();
        };
    }
    await cluster.settled();
    if (replicas > 0) {
        await until(async () => (await Promise.all(nodes.slice(masters + spare)
            .map((node) => node.call('info', 'replication')))).every((text) =>
            /master_link_status:up/.test(text)), 'replicas in sync', 30_000);
    }
    return cluster;
}


async function ownerOf(slot, node, nodes) {
    const text = await node.call('cluster', 'nodes').catch(() => '');
    const line = text.split('\n').find((one) => one.split(' ').slice(8)
        .some((range) => {
            const [from, to = from] = range.split('-').map(Number);
            return from <= slot && slot <= to;
        }));

    return nodes.find((one) => one.id === line?.split(' ')[0]);
}


// The bus is at the port 10000 above.
async function startNode(args) {
    for (;;) {
        const node = await startRedis({ args: [
            '--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf',
            // a master that has no slot left stays one
            '--cluster-allow-replica-migration', 'no',
            '--cluster-replica-validity-factor', 0,
            '--repl-diskless-sync-delay', 0, ...args] }).catch((error) => {
            if (/Port|bind|Address already/i.test(error.message)) {
                return null;
            }
            throw error;
        });
        if (node !== null) {
            return node;
        }
    }
}
