// Workers are killed (SIGKILL) again and again while clients of two nodes
// change things, ask for figures and have them looked up: what was acknowledged
// is there, nothing is half done, no figure is wrong, no lock stays, and calls
// to the provider are counted.
//
// Environment: BILLING_KILLS, for how many seconds at least (12); BILLING_SEED,
// what the clients do (not when).

import {
    isConsistent, keyLine, linkedAccount, startBilling,
} from '../lib/billing.mjs';
import { KINDS, startChanges } from '../lib/changes.mjs';
import { months } from '../lib/figures.mjs';
import { violations } from '../lib/history.mjs';
import { seeded } from '../lib/random.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';


const SECONDS = Number(process.env.BILLING_KILLS ?? 12);
const SEED = Number(process.env.BILLING_SEED ?? Date.now() % 1e6);
const ROUND_MS = 60_000; // of changes that are judged together
const WORKERS = 2; // of each node
const READERS = 4;
const ACCOUNTS = 6;
const IN_FLIGHT = ACCOUNTS * 4; // calls of a worker, at most
const PROVIDER = 'hyperbilling_aws';
const LIST = '/v1/search/linkedaccount';

diag('BILLING_SEED=%d', SEED);

const redis = await startRedis();
const sandbox = await startSandbox({ child: true, seed: 7 });
const shared = {
    redis, sandbox, key: keyLine(), workers: WORKERS, keepAlive: false,
    nginx: { allow: [/signal 9/, /was locked by/] },
};
const nodes = [await startBilling(shared), await startBilling(shared)];
after(async () => {
    await Promise.all(nodes.map(({ nginx }) => nginx.stop()));
    await sandbox.stop();
    await redis.stop();
});

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const figures = nodes.map((node) => node.client({ domain: 'figures' }));
const emails = [];
const QUESTIONS = ['costs', 'costs?group_by=service',
    'costs?granularity=DAILY&group_by=region', 'costs?group_by=account'];

for (let i = 0; i < ACCOUNTS; i++) {
    const credentials = await nodes[0].credentials(
        [linkedAccount(), linkedAccount()]);
    const project = await figures[0].create('projects', { name: `P ${i}` });

    emails.push(credentials.email);
    await figures[0].create('service-accounts', {
        name: `Account ${i}`, provider: PROVIDER, project_id: project.id,
        credentials,
    });
}


// What of an answer is the same whenever it is asked for.
const told = ({ dates, currencies }) => JSON.stringify({ dates, currencies });
const right = new Map();

for (const question of QUESTIONS) {
    const { body, text } = await figures[0].get(question);

    is(body.complete, true, text);
    right.set(question, told(body));
    ok(right.get(question).length > 100, right.get(question));
}


const usage = async () => Number(await redis.cli('hget',
    `billing:{figures}:usage:${months(0, 0)[0]}`, PROVIDER));

// Calls for costs, and for lists, of those accounts.  The sandbox remembers the
// latest ones only: they are counted often.
async function count() {
    const all = await Promise.all(emails.map((client) =>
        sandbox.calls({ client })));

    await sandbox.clearCalls();
    sums.made += all.flat().filter(({ path }) => path === LIST
        || path === '/v1/search/billing').length;
}

await sandbox.clearCalls();
const before = await usage();
const sums = {
    made: 0, killed: 0, asked: 0, whole: 0, lost: 0, changes: 0, checks: 0,
};
const wrong = [];
let over = false;


async function read(n) {
    const random = seeded(SEED * 1000 + n);

    while (!over) {
        const question = random.of(QUESTIONS);
        const again = random.chance(0.5)
            ? `${question.includes('?') ? '&' : '?'}refresh=true` : '';
        const answer = await random.of(figures).get(question + again)
            .catch(() => undefined);

        sums.asked++;
        if (answer?.status !== 200) {
            sums.lost++;
            if (answer !== undefined && answer.status !== 503) {
                wrong.push(answer.text);
            }
        } else if (answer.body.complete) {
            sums.whole++;
            if (told(answer.body) !== right.get(question)) {
                wrong.push(`${question}${again}: ${told(answer.body)}`);
            }
        }
        await pause(random.below(40));
    }
}


// Locks and permits that nobody has any more lapse by themselves.
const eternal = async () => (await redis.cli('eval', `
    local found = {}
    for _, key in ipairs(redis.call('KEYS', 'billing:*')) do
      if (key:find('}:lock:', 1, true) or key:find(':permits:', 1, true)
        or key:find(':waiting:', 1, true)) and redis.call('TTL', key) == -1
      then found[#found + 1] = key end
    end
    return table.concat(found, ' ')`, 0)).trim();


async function kill(random, domain) {
    const { nginx } = random.of(nodes);
    const pid = random.of(nginx.workers());

    process.kill(pid, 'SIGKILL');
    sums.killed++;
    await until(() => !nginx.workers().includes(pid)
        && nginx.workers().length === WORKERS, 'another worker', 30_000);

    for (const client of [...figures, nodes[0].client({ domain })]) {
        const { body, text } = await until(() => client.get('check').then(
            (answer) => answer.status === 200 && answer, () => false),
        'a check', 30_000);

        // on a busy machine there may be no time to go through all keys
        deepEqual(body.findings, [], text);
        sums.checks++;
    }
    is(await eternal(), '');
    deepEqual(wrong, []);
    await count();
}


async function round(n, end) {
    const domain = `changes-${n}`;
    const random = seeded(SEED + n);
    const changes = startChanges(
        { systems: nodes, seed: SEED + n, clients: 6, domain });

    try {
        do {
            await pause(300 + random.below(1400));
            await kill(random, domain);
        } while (performance.now() < end);
    } finally {
        await changes.stop();
    }

    const client = nodes[0].client({ domain });
    for (const kind of KINDS) {
        await changes.list(client, kind, 'the end');
    }
    deepEqual(violations(changes.history).slice(0, 20), []);
    await isConsistent(client);
    sums.changes += changes.history.length;
    diag('%s', changes.outcomes());
}


test('workers are killed, one after the other', async () => {
    const end = performance.now() + SECONDS * 1000;
    const readers = Array.from({ length: READERS }, (_, n) => read(n));

    try {
        for (let n = 0; performance.now() < end; n++) {
            await round(n, Math.min(end, performance.now() + ROUND_MS));
        }
    } finally {
        over = true;
        await Promise.all(readers);
    }
    diag('%d workers killed, %d checks, %d changes, %d questions, %d of them '
        + 'answered in full, %d lost with their worker', sums.killed,
    sums.checks, sums.changes, sums.asked, sums.whole, sums.lost);
    ok(sums.whole > 0);
}, { timeout: SECONDS * 1000 * 2 + 300_000 });


test('no figure is wrong', async () => {
    deepEqual(wrong, []);

    for (const client of figures) {
        for (const question of QUESTIONS) {
            const { body } = await until(async () => {
                const answer = await client.get(question);
                return answer.body?.complete && answer;
            }, 'all figures', 60_000);

            is(told(body), right.get(question));
        }
    }
});


test('no lock stays beyond its time', async () => {
    await until(async () => await redis.cli('--scan', '--pattern',
        'billing:{*}:lock:*') === '', 'locks to lapse', 120_000);
}, { timeout: 300_000 });


test('calls are counted', async () => {
    await count();
    const { made } = sums;
    const counted = await usage() - before;

    diag('%d calls were made, %d are counted', made, counted);
    ok(counted >= made - sums.killed * IN_FLIGHT, 'too few');
    ok(counted <= made + sums.killed * IN_FLIGHT, 'too many');
});
