// Nothing that was acknowledged is lost, nothing is half done, nothing is done
// twice: clients of two nodes with two workers each create, rename, move and
// delete groups, projects and accounts, while Redis (appendfsync always) is
// killed or shut down and started again.  What they asked and were told is
// judged by t/lib/history.mjs.
//
// Environment: BILLING_WRITES, for how many seconds at least (8); BILLING_SEED, what
// the clients do (not when).

import {
    isConsistent, keyLine, linkedAccount, startBilling,
} from '../lib/billing.mjs';
import { violations } from '../lib/history.mjs';
import { seeded } from '../lib/random.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const SECONDS = Number(process.env.BILLING_WRITES ?? 8);
const SEED = Number(process.env.BILLING_SEED ?? Date.now() % 1e6);
const CLIENTS = 10;
const MOST = 60; // objects of a kind, or so
const KINDS = ['project-groups', 'projects', 'service-accounts'];
const PARENTS = {
    'project-groups': ['parent_id', 'project-groups'],
    projects: ['group_id', 'project-groups'],
    'service-accounts': ['project_id', 'projects'],
};
const LISTS = {
    'project-groups': 'project_groups', projects: 'projects',
    'service-accounts': 'service_accounts',
};

diag('BILLING_SEED=%d', SEED);

const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
let redis = await startRedis({ args });
const sandbox = await startSandbox({ child: true });
const key = keyLine();
const nodes = [];

for (let i = 0; i < 2; i++) {
    nodes.push(await startBilling({ redis, sandbox, key, workers: 2 }));
}
after(async () => {
    await Promise.all(nodes.map(({ nginx }) => nginx.stop()));
    await sandbox.stop();
    await redis.stop();
});

const history = [];
const known = new Map(KINDS.map((kind) => [kind, new Map()]));
const restarts = { kill: 0, stop: 0 };
const now = () => performance.now();
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let over = false;
let count = 0;


// Redis goes in one way or the other, and comes back with what it has on disk.
async function disturb(random) {
    while (!over) {
        await pause(400 + random.below(1200));
        const how = random.of(['kill', 'stop']);

        await redis[how]();
        redis = await startRedis({ args, port: redis.port, dir: redis.dir });
        restarts[how]++;
    }
}


// An answer, or undefined when there was none that says what happened.
async function ask(random, clients, method, path, body, headers) {
    try {
        const answer = await random.of(clients)
            .call(method, path, body, headers);
        return answer.status >= 500 ? undefined : answer;
    } catch {
        return undefined;
    }
}


// Makes one request and records it.  again: until it is answered.
async function perform(random, clients, one, { path, again = 0 }) {
    const method = { create: 'POST', patch: 'PATCH', delete: 'DELETE' }[one.type]
        ?? 'GET';
    const headers = {
        ...one.match !== undefined && { 'If-Match': `"${one.match}"` },
        ...one.key !== undefined && { 'Idempotency-Key': one.key },
    };
    let answer;
    let lost = false;

    one.start = now();
    for (let tries = 0; answer === undefined && tries <= again; tries++) {
        lost ||= tries > 0;
        answer = await ask(random, clients, method, path, one.body, headers);
        if (answer === undefined && tries < again) {
            await pause(50);
        }
    }
    one.end = now();
    history.push(one);

    if (answer === undefined) {
        one.outcome = 'unknown';
    } else if (answer.status < 300) {
        one.outcome = 'ok';
        one.seen = answer.body?.[LISTS[one.kind]] ?? answer.body;
        one.id ??= answer.body.id;
    } else {
        // an attempt that was lost may still come to something
        one.outcome = lost && one.type !== 'get' ? 'unknown' : 'no';
        one.code = answer.body.code;
        one.told = answer.text;
    }
    learn(one);
}


function learn({ kind, type, outcome, code, id, seen }) {
    const all = known.get(kind);

    if (outcome === 'ok' && type !== 'delete') {
        [].concat(seen).forEach((object) => {
            if ((all.get(object.id)?.version ?? 0) <= object.version) {
                all.set(object.id, object);
            }
        });
    } else if (type === 'delete' || code === 'not_found') {
        all.delete(id);
    }
}


// Some names are wanted by many.
const name = (random, n) => random.chance(0.2)
    ? random.of(['Alpha', 'ALPHA', 'Beta', 'beta']) : `name ${n}`;


async function create(random, clients, kind, who) {
    const n = ++count;
    const [up, holder] = PARENTS[kind];
    const parents = [...known.get(holder).keys()];
    const parent = kind === 'service-accounts' || random.chance(0.6)
        ? random.of(parents) ?? null : null;

    if (kind === 'service-accounts' && parent === null) {
        return;
    }

    // what is given up must be found by its name
    const again = random.chance(0.7) ? 40 : 0;
    const body = {
        name: again > 0 ? name(random, n) : `name ${n}`, [up]: parent,
        ...kind !== 'project-groups' && { tags: { mark: String(n) } },
        ...kind === 'service-accounts' && {
            provider: 'hyperbilling_aws',
            credentials: await nodes[0].credentials([linkedAccount()]),
        },
    };

    await perform(random, clients,
        { who, kind, type: 'create', body, key: `${SEED}-${n}` },
        { path: kind, again });
}


async function patch(random, clients, kind, who) {
    const object = random.of([...known.get(kind).values()]);
    const [up, holder] = PARENTS[kind];
    const body = {};
    const n = ++count;

    if (object === undefined) {
        return;
    }
    if (random.chance(0.6)) {
        body.name = name(random, n);
    }
    if (random.chance(0.6)) {
        const parents = [...known.get(holder).keys()];
        body[up] = random.of(parents) ?? object[up];
    }
    if (kind !== 'project-groups') {
        body.tags = { mark: String(n) };
    }
    // a merge patch: what is not named goes on, so the mark alone is new
    await perform(random, clients, {
        who, kind, type: 'patch', id: object.id, match: object.version, body,
    }, { path: `${kind}/${object.id}` });
}


async function remove(random, clients, kind, who) {
    const object = random.of([...known.get(kind).values()]);

    if (object !== undefined) {
        await perform(random, clients, {
            who, kind, type: 'delete', id: object.id, match: object.version,
        }, { path: `${kind}/${object.id}` });
    }
}


async function look(random, clients, kind, who) {
    const id = random.of([...known.get(kind).keys()]);

    if (id !== undefined) {
        await perform(random, clients, { who, kind, type: 'get', id },
            { path: `${kind}/${id}` });
    }
}


const list = (random, clients, kind, who, again) => perform(random, clients,
    { who, kind, type: 'list' }, { path: `${kind}?limit=1000`, again });


async function work(n) {
    const random = seeded(SEED * 100 + n);
    const clients = nodes.map((node) => node.client({ user: `user ${n}` }));

    for (let step = 0; !over; step++) {
        const kind = random.of(KINDS);
        const full = known.get(kind).size / MOST;
        const act = random.chance(0.5)
            ? random.of([look, look, look, list])
            : random.chance(0.4) ? patch
                : random.chance(Math.min(full, 0.9)) ? remove : create;

        await act(random, clients, kind, `client ${n}, step ${step}`);
        if (history.at(-1)?.outcome === 'unknown') {
            await pause(20);
        }
    }
}


const outcomes = () => Object.entries(history.reduce((sums, one) => {
    const key = `${one.type} ${one.code ?? one.outcome}`;
    return { ...sums, [key]: (sums[key] ?? 0) + 1 };
}, {})).sort().map(([what, n]) => `${what} ${n}`).join(', ');


// What is still to be done once.
function missing() {
    const done = new Set(history.map(({ kind, type, outcome }) =>
        `${kind} ${type} ${outcome}`));

    return KINDS.flatMap((kind) =>
        ['create', 'patch', 'delete', 'get', 'list'].map((type) =>
            `${kind} ${type} ok`)).filter((what) => !done.has(what));
}


test('clients and Redis do their worst', async () => {
    const random = seeded(SEED);
    const workers = Array.from({ length: CLIENTS }, (_, n) => work(n));
    const disturbing = disturb(random);

    try {
        await pause(SECONDS * 1000);
        // on a busy machine it takes longer
        await until(() => missing().length === 0 && restarts.kill > 0
            && restarts.stop > 0, 'all to be done once', 90_000);
    } finally {
        over = true;
        await Promise.all([disturbing, ...workers]);
    }

    diag('%d operations, Redis killed %d times, shut down %d times',
        history.length, restarts.kill, restarts.stop);
}, { timeout: SECONDS * 1000 + 180_000 });


test('every kind of thing has happened', () => {
    diag('%s', outcomes());
    deepEqual(missing(), []);
    ok(history.some(({ outcome }) => outcome === 'unknown'), 'unknown ones');
});


test('what was told is what happened', async () => {
    for (const [i, node] of nodes.entries()) {
        for (const kind of KINDS) {
            await list(
                seeded(1), [node.client()], kind, `the end, node ${i}`, 200);
        }
    }
    is(history.slice(-6).every(({ outcome }) => outcome === 'ok'), true);
    deepEqual(violations(history).slice(0, 20), []);
}, { timeout: 600_000 });


test('indexes and objects agree', async () => {
    for (const node of nodes) {
        await until(async () => (await node.client().get('check')).status === 200,
            'every worker to have Redis again');
        await isConsistent(node.client());
    }
});
