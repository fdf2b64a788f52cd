// Clients that create, rename, move, look at and delete groups, projects and
// accounts, and write down what they asked and were told, for history.mjs.

import { linkedAccount } from './billing.mjs';
import { seeded } from './random.mjs';


const MOST = 60; // objects of a kind, or so
export const KINDS = ['project-groups', 'projects', 'service-accounts'];
const PARENTS = {
    'project-groups': ['parent_id', 'project-groups'],
    projects: ['group_id', 'project-groups'],
    'service-accounts': ['project_id', 'projects'],
};
const LISTS = {
    'project-groups': 'project_groups', projects: 'projects',
    'service-accounts': 'service_accounts',
};


// systems are of startBilling(); each question goes to one of them.  seed says
// what the clients do (not when).  domain: of all of them.
//
// Returns { history, outcomes(), missing(), stop(), list() }: outcomes() is
// text, missing() what has not been done once yet; list(client, kind, who)
// asks for all of a kind, until it is answered.
export function startChanges({ systems, seed, clients = 10, domain }) {
    const history = [];
    const known = new Map(KINDS.map((kind) => [kind, new Map()]));
    const now = () => performance.now();
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    let over = false;
    let count = 0;

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
                credentials: await systems[0].credentials([linkedAccount()]),
            },
        };

        await perform(random, clients,
            { who, kind, type: 'create', body, key: `${seed}-${n}` },
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
        const random = seeded(seed * 100 + n);
        const clients = systems.map((system) => system.client({ user: `user ${n}`, domain }));

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

    const all = Array.from({ length: clients }, (_, n) => work(n));

    return {
        history, outcomes, missing,
        list: (client, kind, who) => list(seeded(1), [client], kind, who, 200),

        async stop() {
            over = true;
            await Promise.all(all);
        },
    };
}
