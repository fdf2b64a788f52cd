// Contestants that answer the same request, driven by wrk in turns.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import {
    ask, cpuTime, median, OTHERS, settings, spread,
} from './harness.mjs';


const run = promisify(execFile);
const script = fileURLToPath(new URL('wrk.lua', import.meta.url));

const WARM_SECONDS = 1;
const TRIES = 3;


// contestants, each { name, url, headers, pid, check(answer) }: pid is the
// process that answers, check() throws for an answer that is not right.
//
// Returns by name { rate, spread, micros, busy, p50, p99, rates, costs }: answers
// a second, how far the rounds lie apart (percent), processor time of one
// answer, how much of a core the process had (percent), latencies in
// microseconds, and the rates and processor times of all rounds.
export async function contest(contestants, { connections = 64 } = {}) {
    const rounds = new Map(contestants.map(({ name }) => [name, []]));

    for (const contestant of contestants) {
        await checked(contestant);
        if (!settings.quick) {
            await wrk(contestant, connections, WARM_SECONDS);
        }
    }

    for (let i = 0; i < settings.rounds; i++) {
        for (const contestant of contestants) {
                rounds.get(contestant.name).push(
                await round(contestant, connections));
        }
    }

    return Object.fromEntries([...rounds].map(
        ([name, results]) => [name, summary(results)]));
}


async function round(contestant, connections) {
    const size = (await checked(contestant)).length;
    const result = await wrk(contestant, connections, settings.seconds);

    // all of the answers were as long as the one that was looked at
    if (Math.abs(result.bytes - result.requests * size) > connections * size) {
        throw new Error(`${contestant.name}: ${result.requests} answers of `
            + `${size} bytes came as ${result.bytes} bytes`);
    }
    await checked(contestant);

    return result;
}


async function checked(contestant) {
    const answer = await ask(contestant.url, contestant.headers);

    try {
        await contestant.check(answer);
    } catch (error) {
        throw new Error(`${contestant.name}: ${error.message}`);
    }
    return answer;
}


// A machine that stands still for a moment may leave a short run without any
// answer: that one is tried again.
async function wrk(contestant, connections, seconds) {
    for (let tries = 1; ; tries++) {
        const result = await wrkOnce(contestant, connections, seconds);

        if (result.failed === 0 && result.requests > 0) {
            return result;
        }
        if (result.failed > 0 || tries === TRIES) {
            throw new Error(`${contestant.name}: ${result.requests} answers, `
                + `${result.failed} requests failed`);
        }
    }
}


async function wrkOnce({ url, headers = {}, pid }, connections, seconds) {
    const before = cpuTime(pid);
    const { stdout } = await run('taskset', [
        '-c', String(OTHERS), 'wrk', '-t', '1', '-c', String(connections),
        '-d', String(seconds), '-s', script,
        ...Object.entries(headers).flatMap(
            ([key, value]) => ['-H', `${key}: ${value}`]),
        url,
    ]);

    return {
        ...JSON.parse(stdout.trim().split('\n').at(-1)),
        spent: cpuTime(pid) - before,
    };
}


function summary(rounds) {
    const rates = rounds.map(({ requests, duration }) =>
        requests / duration * 1e6);
    const costs = rounds.map(({ spent, requests }) => spent / requests / 1000);
    const of = (fn) => median(rounds.map(fn));

    return {
        rates,
        costs,
        rate: median(rates),
        spread: spread(rates),
        micros: median(costs),
        busy: of(({ spent, duration }) => spent / duration / 10),
        p50: of(({ p50 }) => p50),
        p99: of(({ p99 }) => p99),
    };
}
