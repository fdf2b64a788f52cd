// Waiting for a condition, for tests and for what starts servers.

import { now } from './pace.mjs';


// Polls until fn returns something true, and returns it.  The time-out is that
// of an idle machine, see pace.mjs.
export async function until(fn, what = 'a condition', timeout = 10_000) {
    const began = performance.now();
    const end = now() + timeout;

    for (;;) {
        const late = now() > end;
        const value = await fn();
        if (value) {
            return value;
        }
        if (late) {
            throw new Error(`waited ${timeout} ms for ${what}${
                busily(performance.now() - began, timeout)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}


export function busily(real, ms) {
    return real < 1.5 * ms ? ''
        : ` (${Math.round(real)} ms on a machine as busy as this)`;
}
