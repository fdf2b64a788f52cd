// Clients that write without a pause, and remember what was acknowledged.

import { randomUUID } from 'node:crypto';

import { is } from './tap.mjs';
import { now } from './pace.mjs';


const PAUSE_MS = 20;


// Each of the clients (of startBilling()) creates one project after the
// other.  What is answered 503 is tried again with the same Idempotency-Key,
// unless again is false.
//
// Returns { acknowledged, times, made, refused, unsure, strange, longest(),
// stop() }: what was acknowledged and when (see pace.mjs), when something was
// made (acknowledged or not confirmed), how many answers were 503, how many of
// those said "not confirmed", what else was answered, and the longest time
// without an acknowledgement.
export function startWriters(clients, { again = true } = {}) {
    const writers = {
        acknowledged: [], times: [], made: [], strange: [], refused: 0, unsure: 0,

        longest: () => Math.max(...writers.times.slice(1)
            .map((time, i) => time - writers.times[i])),

        async stop() {
            stopped = true;
            await Promise.all(all);
        },
    };
    let stopped = false;
    const all = clients.map(async (client, i) => {
        for (let n = 0; !stopped; n++) {
            await write(client, `W${i}-${n}`, writers, () => again && !stopped);
        }
    });

    return writers;
}


async function write(client, name, writers, again) {
    const key = { 'Idempotency-Key': randomUUID() };

    do {
        const answer = await client.post('projects', { name }, key)
            .catch((error) => ({ status: error.message }));

        if (answer.status === 201) {
            writers.acknowledged.push({ name, id: answer.body.id });
            writers.times.push(now());
            writers.made.push(now());
            return;
        }

        if (answer.status !== 503) {
            writers.strange.push(`${answer.status} ${answer.text ?? ''}`);
        } else {
            writers.refused++;

            if (/not confirmed/.test(answer.body.detail)) {
                writers.unsure++;
                writers.made.push(now());
            }
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    } while (again());
}


// The names of all projects of the client's domain.
export async function projectNames(client) {
    const names = [];
    let path = 'projects?limit=1000';

    while (path) {
        const answer = await client.get(path);
        is(answer.status, 200, answer.text);
        names.push(...answer.body.projects.map((one) => one.name));
        path = answer.body.next_cursor
            && `projects?limit=1000&cursor=${answer.body.next_cursor}`;
    }
    return names;
}


// Those of the acknowledged writes that are not there.
export async function lostWrites(writers, client) {
    const names = new Set(await projectNames(client));

    return writers.acknowledged.filter(({ name }) => !names.has(name))
        .map(({ name }) => name);
}
