// Sends requests made by chance to a running system and holds each answer
// against openapi.json; nothing may end a worker, and what was acknowledged
// must be there afterwards.
//
//     node fuzz.mjs [REQUESTS] [SEED]      make fuzz-http

import { fileURLToPath } from 'node:url';

import { startBilling, linkedAccount } from '../../lib/billing.mjs';
import { startClouds } from '../../lib/clouds.mjs';
import { checkAnswer } from '../../lib/openapi.mjs';
import { after, deepEqual, diag, is, ok, test } from '../../lib/tap.mjs';
import { Grammar } from './requests.mjs';
import { Model } from './model.mjs';
import { Random } from './random.mjs';
import { Wire } from './wire.mjs';


const LANES = 3;
const CREDENTIALS = 10;

// What the provider does now and then, once or twice.
const FAULTS = [
    { status: 500 }, { status: 401 }, { status: 403 }, { garbage: true },
    { cut: 'before' }, { cut: 'body' }, { encoding: 'utf16le' },
    { wrong_date: true }, { wrong_date: '2026-11-99' }, { repeat_token: true },
    { status: 302, headers: { Location: 'http://evil.test/' } },
    { status: 204 }, { trickle: { bytes: 50, interval_ms: 1 } },
    { status: 200, body: '{"Results":[{}]}' }, { status: 200, body: 'null' },
];

// nginx's own answers to what is no HTTP, or not for a location at all
const NGINX = [400, 404, 405, 408, 413, 414, 417, 431, 494, 501, 505];


// Adds the tests of so many requests.
export async function fuzzHttp(count, seed) {
    const clouds = await startClouds();
    const billing = await startBilling({
        sandbox: { child: true, seed: 7 }, http: clouds.directives(),
    });
    after(() => billing.stop());

    const credentials = [];
    for (let i = 0; i < CREDENTIALS; i++) {
        credentials.push(await billing.credentials([linkedAccount()]));
    }

    const model = new Model(credentials);
    const workers = billing.nginx.workers();
    const counts = {};
    const admin = billing.client();

    diag(`seed ${seed}, ${count} requests`);

    test(`${count} requests: every answer is one that the document names`,
        async () => {
            const lanes = Array.from({ length: LANES }, (_, i) =>
                lane(billing, model, counts, new Random(seed * LANES + i),
                    Math.ceil(count / LANES)));

            await Promise.all(lanes);
            diag(Object.entries(counts).sort().map(([status, n]) =>
                `${status}: ${n}`).join(', '));
            ok(counts[200] > 0 && counts[201] > 0 && counts[204] > 0
                && counts[422] > 0, 'answers of all kinds');
        }, { timeout: 3_600_000 });

    test('no worker has ended', () =>
        deepEqual(billing.nginx.workers(), workers));

    test('what was acknowledged is stored, and nothing else', () =>
        model.compare(admin));

    test('indexes and objects agree', async () => {
        const { status, body } = await admin.get('check');

        is(status, 200);
        deepEqual(body.findings, []);
    });
}


async function lane(billing, model, counts, random, count) {
    const wire = new Wire(billing.nginx.port);
    const grammar = new Grammar(random, model);

    for (let i = 0; i < count; i++) {
        const request = grammar.next();

        if (random.chance(2)) {
            await billing.sandbox.fault({
                ...random.pick(FAULTS), times: 1 + random.below(2) });
        }

        try {
            await one(wire, model, counts, request);
        } catch (error) {
            throw new Error(`${error.message}\n--- request ${i}\n${
                show(request.bytes)}`, { cause: error });
        }
    }
    wire.close();
}


async function one(wire, model, counts, request) {
    if (request.cut) {
        // nothing can be said about it, but that it does no harm
        await wire.exchange([request.bytes], []);
        wire.close();
        return;
    }

    const { answers } = await wire.exchange(request.parts, request.methods);
    for (const { status } of answers) {
        counts[status] = (counts[status] ?? 0) + 1;
    }

    if (!request.strict) {
        answers.forEach(lenient);
        answers.slice(0, 1).forEach((answer) => model.learn(request, answer));
        wire.close();
        return;
    }

    ok(answers.length > 0, 'the connection was closed without an answer');
    checkAnswer(request.method, request.target, answers[0]);
    model.learn(request, answers[0]);
    if (answers.length > 1) {
        checkAnswer('GET', 'session', answers[1]);
    }
}


// Of a request that is not HTTP, or goes somewhere else: ours is a problem,
// nginx's own is a page.
function lenient({ status, headers, body }) {
    if (status < 400) {
        return;
    }
    if (headers['content-type'] === 'application/problem+json') {
        const { code, ...problem } = JSON.parse(body.toString());

        is(problem.status, status);
        ok(status < 500 || code === 'provider_unavailable', `${code}`);
    } else {
        ok(NGINX.includes(status), `${status}: ${body}`);
    }
}


function show(bytes) {
    const text = bytes.toString('latin1').slice(0, 4000);

    return `printf '%b' '${text.replace(/[^ -~]|['\\%]/g, (c) =>
        `\\0${c.charCodeAt(0).toString(8)}`)}' | nc 127.0.0.1 PORT`;
}


if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const [count = '10000', seed = `${Date.now() % 1_000_000}`] =
        process.argv.slice(2);

    await fuzzHttp(Number(count), Number(seed));
}
