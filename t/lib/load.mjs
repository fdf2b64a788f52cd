// Requests of all kinds, one after the other on connections of their own, for
// as long as something goes on; none of them may fail.

import { deepEqual, until } from './tap.mjs';


const LOOPS = 6;
const MORE = 24;
let runs = 0;

// Runs action(more) under load; client is one of a system that keeps no
// connections; more() waits until some further requests were made.  Returns { count, made }: how many requests there were, and the
// names of projects that were made.
export async function underLoad(client, action) {
    const failed = [];
    const made = [];
    let count = 0;
    let over = false;
    const run = ++runs;

    const reads = ['dashboard', 'projects?limit=5', 'service-accounts',
        'health', '/billing/'];

    async function once(i) {
        const n = count++;
        let answer;

        try {
            if (n % 4 === 0) {
                const name = `load ${run} ${i} ${n}`;

                answer = await client.post('projects', { name });
                if (answer.status === 201) {
                    made.push(name);
                }
            } else if (n % 4 === 1) {
                answer = await client.get(`costs?limit=${n % 900 + 1}`);
            } else {
                answer = await client.get(reads[n % reads.length]);
            }
        } catch (error) {
            failed.push(`${error.code} ${error.message}`);
            return;
        }
        if (answer.status >= 300) {
            failed.push(`${answer.status} ${answer.text}`);
        }
    }

    // one that fails is enough: what fails at once would fill the memory
    const loops = Array.from({ length: LOOPS }, async (_, i) => {
        while (!over && failed.length === 0) {
            await once(i);
        }
    });

    try {
        await action(async () => {
            const wanted = count + MORE;
            await until(() => count >= wanted || failed.length > 0,
                'more requests', 60_000);
        });
    } finally {
        over = true;
        await Promise.all(loops);
    }

    deepEqual(failed, [], 'requests that failed');
    return { count, made };
}
