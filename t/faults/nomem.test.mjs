// The nth allocation of a worker fails, for n = 1, 2, 3, ... until a request
// makes no more of them: the worker lives, the answer is the right one or an
// error that blames nobody, and the next request is answered as ever.
//
// Environment: BILLING_NOMEM, how many n of each kind of request are tried, or
// "all"; BILLING_NOMEM_KIND, a pattern of the kinds; BILLING_NOMEM_ONLY, one n,
// or "n:times" for so many that fail; BILLING_NOMEM_SEED.

import http2 from 'node:http2';

import { isConsistent, linkedAccount, startBilling } from '../lib/billing.mjs';
import { send } from '../lib/dump.mjs';
import { startNomem } from '../lib/nomem.mjs';
import { alarm, now } from '../lib/pace.mjs';
import { freePort } from '../lib/process.mjs';
import { seeded } from '../lib/random.mjs';
import { startRedis } from '../lib/redis.mjs';
import { after, diag, is, ok, test } from '../lib/tap.mjs';
import { startSandbox } from '../sandbox/index.mjs';
import { endpoints } from './endpoints.mjs';


const ALL = process.env.BILLING_NOMEM === 'all';
const SAMPLE = Number(process.env.BILLING_NOMEM ?? 6);
const KINDS = new RegExp(process.env.BILLING_NOMEM_KIND ?? '');
const SEED = Number(process.env.BILLING_NOMEM_SEED ?? Date.now() % 1e6);

// So many n of a kind that asks for more memory than that, evenly.
const MOST = 600;

// A connection that is lost comes back after up to two seconds, so some systems
// wait for theirs side by side.
const SYSTEMS = [false, false, false, false, 'billing:16m', 'billing:16m'];

const LONGEST_MS = 30_000; // any request, be it that all goes wrong
const BACK_MS = 6_000; // until whatever was lost is there again
const MANY = 1e9;
const provider = 'hyperbilling_aws';
const random = seeded(SEED);

diag('BILLING_NOMEM_SEED=%d', SEED);

const redis = await startRedis();
const sandbox = await startSandbox({ child: true, settings: { page_size: 100 } });
after(() => redis.stop());
after(() => sandbox.stop());

const systems = [];
for (const zone of SYSTEMS) {
    systems.push(await startSystem(zone));
}


// What differs from one answer to the next.
const scrub = (text) => text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/"(request_id|age|as_of|cache|id|next_cursor)":("[^"]*"|\d+)/g, '"$1":0')
    .replace(/^id: .*$/gm, 'id');


// All share one Redis, each with keys of its own.
async function startSystem(zone) {
    const nomem = startNomem();
    const wire = await freePort();
    const prefix = `${systems.length}:`;
    const billing = await startBilling({
        zone, prefix, redis, sandbox,
        nginx: {
            env: nomem.env,
            allow: [/(malloc|posix_memalign|mmap)\(.*failed/,
                /out of memory|no memory for/i],
        },
        server: `
            listen 127.0.0.1:${wire} http2;
            ${zone ? 'location = /metrics { billing_metrics on; }' : ''}`,
    });
    after(() => billing.nginx.stop());

    return { ...billing, nomem, wire, zone, prefix };
}


// Requests that leave everything as it is, and may be made again and again.
async function readers(system) {
    const { client, credentials, prefix } = system;
    const admin = client({ domain: 'reads' });
    const base = `${prefix}{reads}:`;
    const group = await admin.create('project-groups', { name: 'Group' });
    const project = await admin.create('projects',
        { name: 'Café', group_id: group.id, tags: { a: 'b' } });
    const accounts = [];

    for (const title of ['One', 'Two']) {
        accounts.push(await admin.create('service-accounts', {
            name: title, provider, project_id: project.id,
            credentials: await credentials([linkedAccount(), linkedAccount()]),
        }));
    }

    const script = (text) => send(redis, [['EVAL', text, '0', base]]);

    // answers that are kept would be all that is looked at
    const anew = () => send(redis, [['DEL', `${base}answers`],
        ['PUBLISH', `${prefix}changed`, 'reads']]);

    // figures nobody has asked for; a permit that was not given back would
    // lapse (api/permits)
    const cold = async () => {
        await script(`
            for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
                local kind = key:match('}:(%w+):')
                if ({ cost = 1, failing = 1, lock = 1, resume = 1, permits = 1,
                    waiting = 1, paused = 1 })[kind] then
                    redis.call('DEL', key)
                end
            end`);
        await anew();
    };

    // all objects are another's by now
    const changed = async () => {
        await script(`
            local changes = ARGV[1] .. 'changes'
            for _, name in ipairs(redis.call('ZRANGE', changes, 0, -1)) do
                redis.call('ZADD', changes, redis.call('HINCRBY',
                    ARGV[1] .. 'meta', 'generation', 1), name)
            end`);
        await anew();
    };

    // lists of linked accounts are of the day before yesterday
    const old = async () => {
        await script(`
            for _, id in ipairs(redis.call('SMEMBERS', ARGV[1] .. 'accounts')) do
                redis.call('HSET', ARGV[1] .. 'account:' .. id,
                    'linked_at', 1000000, 'tried_at', 1000000)
            end`);
        await changed();
    };

    const read = (path, before = anew, headers = {}, method = 'GET') => ({
        async prepare() {
            await before();
            return { call: () => admin.call(method, path, undefined, headers) };
        },
    });

    // figures of which those of an account may be missing; path: whose figures
    // they are, if it is another one
    const figures = (what, path, kind = read(path, what)) => ({
        ...kind,
        parts: () => Promise.all([...accounts.map(({ id }) => `account=${id}`), '']
            .map(async (filter) => figuresOf(await admin.get(
                `${path}${path.includes('?') ? '&' : '?'}${filter}`)))),
    });
    const overWire = (before) => ({
        async prepare() {
            await before();
            return { call: () => overHttp2(system.wire, admin,
                '/billing/api/v1/costs') };
        },
    });
    const one = `service-accounts/${accounts[0].id}`;
    const stream = { Accept: 'text/event-stream' };

    return {
        'the page': read('/billing/'),
        'the page, packed': read('/billing/', anew, { 'Accept-Encoding': 'gzip' }),
        'health': read('health'),
        ...system.zone && { 'metrics': read('/metrics') },
        'session': { ...read('session'), partly: /"lookups":null/ },
        'openapi.json': read('openapi.json'),
        'providers': read('providers?all=true'),
        'groups': read('project-groups?q=group'),
        'projects': read('projects'),
        'projects, after changes': read('projects', changed),
        'projects, kept': read('projects', () => {}),
        'projects, ?q=': read(`projects?q=${encodeURIComponent('cafe\u0301')}`),
        'projects, HEAD': read('projects', anew, {}, 'HEAD'),
        'a project': read(`projects/${project.id}`),
        'accounts': read('service-accounts'),
        'accounts, ?q=': read(`service-accounts?q=ONE&limit=1&provider=${provider}`),
        'accounts, by project': read(`service-accounts?project=${project.id}`),
        'an account': read(one),
        'linked accounts': read(`${one}/linked-accounts?q=0`),
        'audit': read('audit?limit=3'),
        'check': read('check'),
        'costs, kept': read('costs?group_by=service', () => {}),
        'costs, warm': read('costs?group_by=service,region'),
        'costs, of days': read('costs?granularity=DAILY&group_by=account'),
        'costs, filtered': read(`costs?account=${accounts[1].id}&region=us-east-1,x`),
        'costs, of a group': read(`costs?project_group=${group.id}`),
        'costs, cold': figures(cold, 'costs?group_by=service'),
        'costs, cold, of days': figures(cold, 'costs?granularity=DAILY'),
        'costs, old lists': figures(old, 'costs?group_by=linked_account'),
        'CSV': read('costs?format=csv'),
        'CSV, cold': figures(cold, 'costs?format=csv'),
        // without the memory to pack it, it comes as it is
        'CSV, packed': {
            ...read('costs?format=csv', anew, { 'Accept-Encoding': 'gzip' }),
            plain: read('costs?format=csv', anew),
        },
        'FOCUS': read('costs?format=focus'),
        'dashboard': read('dashboard'),
        'dashboard, cold': read('dashboard', cold),
        'dashboard of a project': read(`projects/${project.id}/dashboard`),
        'a stream': read('costs/stream', anew, stream),
        'a stream, cold': figures(cold, 'costs?granularity=DAILY',
            read('costs/stream?granularity=DAILY', cold, stream)),
        'HTTP/2': overWire(anew),
        'HTTP/2, cold': figures(cold, 'costs', overWire(cold)),
    };
}


// Requests that change something, each time something else.
async function writers(system) {
    const admin = system.client();
    const table = Object.entries(await endpoints(system))
        .filter(([name]) => !/^GET/.test(name));

    // or he would verify more often in a minute than he may
    const forget = `
        for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*:verifying:*')) do
            redis.call('DEL', key)
        end`;

    return Object.fromEntries(table.map(([name, prepare]) => [name, {
        async prepare() {
            await send(redis, [['EVAL', forget, '0', system.prefix]]);
            return prepare();
        },
        end: () => isConsistent(admin),
    }]));
}


function overHttp2(port, client, path) {
    return new Promise((resolve, reject) => {
        const session = http2.connect(`http://127.0.0.1:${port}`);
        const stream = session.request({ ':path': path,
            ...Object.fromEntries(Object.entries(client.headers)
                .map(([key, value]) => [key.toLowerCase(), value])) });
        const off = alarm(60_000, () => reject(new Error('no answer')));
        let text = '';
        let head;

        session.on('error', reject);
        session.on('close', () => { off(); reject(new Error('closed')); });
        stream.on('error', reject);
        stream.setEncoding('utf8');
        stream.on('response', (headers) => { head = headers; });
        stream.on('data', (data) => { text += data; });
        stream.on('end', () => {
            if (head) {
                resolve({ status: head[':status'], headers: head, text });
            }
            session.close();
        });
    });
}


// What an answer comes to: the last event of a stream, for others are
// about how far it is; of metrics, which there are.
function essence({ status, headers, text }) {
    if (headers['content-type'] === 'text/event-stream') {
        const last = text.trimEnd().split('\n\n').at(-1);

        return `${status} ${scrub(last)}`;
    }
    if (/^text\/plain/.test(headers['content-type'])) {
        return `${status} ${text.match(/^# .*$/gm).join('\n')}`;
    }
    return `${status} ${headers['content-type']} ${scrub(text)}`;
}


// The figures of an answer, without what is said of them.
function figuresOf({ headers, text }) {
    if (/csv/.test(headers['content-type'])) {
        return text.replace(/,(true|false)\r?$/gm, '');
    }
    const data = /json/.test(headers['content-type'])
        ? text : /^event: result\ndata: (.*)$/m.exec(text)?.[1];

    return data && JSON.stringify(JSON.parse(data).currencies);
}


// Figures are missing; it is said so, and that it is our fault.
function isPartial(answer, parts) {
    const { headers, text } = answer;
    const figures = figuresOf(answer);

    if (/csv/.test(headers['content-type'])) {
        return !/,true\r?$/m.test(text) && (parts?.includes(figures)
            || text.trimEnd().split('\n').length === 1);
    }
    const codes = text.match(/"code":"[^"]*"/g) ?? [];

    // what the zone has, while Redis could not be read
    if (/"degraded":"storage"/.test(text) && figures === parts?.at(-1)) {
        return true;
    }
    // a list that is old leaves nothing out
    return (/"complete":false/.test(text) || figures === parts?.at(-1))
        && codes.length > 0
        && codes.every((code) => /internal|storage_unavailable/.test(code))
        && (parts === undefined || figures === '[]' || parts.includes(figures));
}


// Ours, not the client's or a provider's.
function isError({ status, headers, text }) {
    if (headers['content-type'] === 'text/event-stream') {
        return /^event: problem\ndata: .*"code":"(internal|storage_unavailable)"/m
            .test(text);
    }
    return status >= 500 && (!/json/.test(headers['content-type'])
        || /"code":"(internal|storage_unavailable)"/.test(text)
        || text === ''); // HEAD
}


async function attempt({ call }) {
    const began = now();

    try {
        return await call();
    } catch (error) {
        return { error };
    } finally {
        ok(now() - began < LONGEST_MS, 'it takes too long');
    }
}


// What is done behind an answer fails, too.
async function settle({ nomem }) {
    for (let seen = -1; seen !== nomem.seen && nomem.failed === 0;) {
        seen = nomem.seen;
        await new Promise((done) => setTimeout(done, 4));
    }
}


// A kind of request under way: what its answers are held against, and what has
// come of them.
class Sweep {
    constructor(system, kind) {
        this.system = system;
        this.kind = kind;
        this.worker = system.nginx.workers()[0];
        this.faults = new Map();
        this.tally = {};
    }

    async begin() {
        const { kind, system: { nomem } } = this;

        await attempt(await kind.prepare()); // its keys are there
        const one = await kind.prepare();
        const first = await attempt(one);

        ok(first.status < 300, `${first.status} ${first.text}`);
        this.status = first.status;
        this.changes = one.done !== undefined;
        this.parts = await kind.parts?.();
        this.reference = essence(first);
        this.plain = kind.plain
            && essence(await attempt(await kind.plain.prepare()));

        const again = await kind.prepare();
        nomem.arm(this.worker, MANY);
        const second = await attempt(again);
        await settle(this.system);
        nomem.disarm();

        is(this.judge(second), 'right', `it is always the same: ${
            this.reference} ${second.status} ${second.text}`);
        this.total = nomem.seen;
    }

    judge(answer) {
        if (answer.error) {
            return 'closed';
        }
        if (isError(answer)) {
            return 'error';
        }
        if (this.changes ? answer.status === this.status
            : [this.reference, this.plain].includes(essence(answer))) {
            return 'right';
        }
        return isPartial(answer, this.parts)
            || this.kind.partly?.test(answer.text) ? 'partial' : 'wrong';
    }

    // Returns whether so many allocations were made.
    async fail(n, times) {
        const { kind, system: { nomem, nginx } } = this;
        const one = await kind.prepare();

        nomem.arm(this.worker, n, times);
        const answer = await attempt(one);
        await settle(this.system);
        nomem.disarm();

        if (nomem.failed === 0) {
            return false;
        }
        this.look('wrong', answer, n, times);

        const began = now();
        await this.back(one, answer, n, times);
        this.count(now() - began > 500 ? 'slow' : 'soon');

        if (nginx.workers()[0] !== this.worker) {
            const report = nginx.errorLog().match(/ERROR: \w+Sanitizer[^]*?\n\n/g);

            this.blame('died', { text: report?.at(-1) ?? '' }, n, times);
            throw this.verdict();
        }
        return true;
    }

    // What was cut off comes back by itself, and the answer is right.
    async back(one, answer, n, times) {
        const end = now() + BACK_MS;

        for (;;) {
            const what = this.changes ? await this.again(one, answer)
                : await attempt(await this.kind.prepare());
            const late = now() > end;

            if (this.judge(what) === 'right') {
                return;
            }
            if (this.judge(what) === 'wrong' || late) {
                this.blame('then', what, n, times);
                return;
            }
            await new Promise((done) => setTimeout(done, 10));
        }
    }

    // A change was made, or is made now.
    async again(one, answer) {
        const health = await attempt({
            call: () => this.system.client().get('health'),
        });

        if (health.status !== 200) {
            return health;
        }
        if (await one.done()) {
            return { status: this.status, headers: {}, text: '' };
        }
        if (this.judge(answer) === 'right') {
            return { status: 0, headers: {}, text: 'it was not done' };
        }
        return attempt(one);
    }

    look(title, answer, n, times) {
        const what = this.judge(answer);

        this.count(what);
        if (what === 'wrong') {
            this.blame(title, answer, n, times);
        }
    }

    count(what) {
        this.tally[what] = (this.tally[what] ?? 0) + 1;
    }

    // The same fault from the same place is told once.
    blame(title, answer, n, times) {
        const where = this.system.nomem.where();
        const text = answer.error?.message
            ?? `${answer.status} ${answer.text.length < 1500 ? answer.text
                : `${answer.text.slice(0, 500)} ... ${answer.text.slice(-900)}`}`;


        this.faults.set(`${title} ${answer.status} ${where}`,
            `${title}: ${text}\nn=${n} times=${times} ${where}`);
    }

    verdict() {
        return new Error([...this.faults.values()].slice(0, 20).join('\n\n'));
    }
}


// [n, times] to try.
function* tries(total) {
    if (process.env.BILLING_NOMEM_ONLY) {
        const [n, times = 1] = process.env.BILLING_NOMEM_ONLY.split(':');
        yield [Number(n), Number(times)];
        return;
    }
    if (ALL) {
        const step = Math.max(1, total / MOST);

        for (let n = 1 + random() * (step - 1); ; n += step) {
            yield [Math.floor(n), 1];
        }
    }
    for (let i = 0; i < SAMPLE; i++) {
        yield [1 + random.below(total), random.of([1, 1, 3, MANY])];
    }
}


async function sweep(system, kind) {
    const one = new Sweep(system, kind);

    await one.begin();
    for (const [n, times] of tries(one.total)) {
        if (!await one.fail(n, times) && ALL) {
            break;
        }
    }
    if (ALL) {
        for (let n = 1; n <= one.total; n += Math.ceil(one.total / 40)) {
            await one.fail(n, random.of([3, MANY]));
        }
    }
    await kind.end?.();

    if (one.faults.size > 0) {
        throw one.verdict();
    }
    return `${one.total} allocations, ${JSON.stringify(one.tally)}`;
}


// Kinds wait for a system that has nothing to do.
const waiting = [];
const results = new Map();

for (const system of systems) {
    const kinds = { ...await readers(system), ...await writers(system) };

    for (const [name, kind] of Object.entries(kinds)) {
        const title = `${name}, ${system.zone ? 'with' : 'without'} a zone`;

        if (KINDS.test(title)) {
            if (!results.has(title)) {
                const job = { title, zone: system.zone, kinds: new Map() };

                results.set(title, new Promise((resolve, reject) =>
                    Object.assign(job, { resolve, reject })));
                results.get(title).catch(() => {});
                waiting.push(job);
            }
            waiting.find((job) => job.title === title).kinds.set(system, kind);
        }
    }
}

async function work(system) {
    for (;;) {
        const i = waiting.findIndex(({ zone }) => zone === system.zone);

        if (i < 0) {
            return;
        }
        const [job] = waiting.splice(i, 1);

        await sweep(system, job.kinds.get(system)).then(job.resolve, job.reject);
    }
}

for (const title of results.keys()) {
    const [, name, where] = /^(.*), (with|without) a zone$/.exec(title);

    test(`${name}, ${where} a zone`, async () => diag('%s: %s', title, await results.get(title)),
        { timeout: 7_200_000 });
}
systems.forEach(work);
