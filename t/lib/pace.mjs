// Time as this machine has it: a clock that goes slower the busier it is, so
// that a wait of ten seconds is ten seconds' worth of work, whatever else
// runs.  When nothing else does, it is the usual time.
//
//     const began = now();
//     ...
//     ok(now() - began < 2000)         two seconds, of an idle machine
//     const off = alarm(5000, fn)      calls fn then, unless off() is called
//     scaled(5000)                     for the time-outs of others: how long
//                                      that takes, as busy as it is now
//
// What the product measures itself - its own time-outs - stands in real time:
// performance.now().
//
// A tick looks at how many tasks want a core this moment (the fourth word of
// /proc/loadavg; the averages before it lag by a minute, and "pressure" cannot
// tell three times too much from ten).  With three for each core everything
// takes three times as long.  And what we were not run for does not count: a
// tick that comes late - we were stopped, throttled, or computing - is worth
// no more than two.

import { readFileSync } from 'node:fs';
import os from 'node:os';


const TICK_MS = 50;
const TICKS = 10; /* that the average goes over */

// Node 18.13 has no availableParallelism
const cores = os.availableParallelism?.() ?? os.cpus().length;
const alarms = new Set();

let time = 0;
let ticked = performance.now();
let crowd = crowdNow();

const ticker = setInterval(tick, TICK_MS).unref();


// Milliseconds since this process began to count.
export function now() {
    return time + passed() / slowness();
}


// How many times longer everything takes than it would on an idle machine.
export function slowness() {
    return Math.max(1, crowd);
}


// most: where a limit of the product's own is near, as an answer's 27 s.
export function scaled(ms, most = Infinity) {
    return Math.min(most, Math.ceil(ms * slowness()));
}


// keep: the process lives until then.
export function alarm(ms, fn, { keep = true } = {}) {
    const one = { end: now() + ms, fn, keep };
    const off = () => {
        alarms.delete(one);
        hold();
    };

    alarms.add(one);
    hold();
    return off;
}


function tick() {
    time += passed() / slowness();
    ticked = performance.now();
    crowd += (crowdNow() - crowd) / TICKS;

    for (const one of alarms) {
        if (one.end <= time) {
            alarms.delete(one);
            one.fn();
        }
    }
    hold();
}


function passed() {
    return Math.min(performance.now() - ticked, 2 * TICK_MS);
}


function hold() {
    if ([...alarms].some(({ keep }) => keep)) {
        ticker.ref();
    } else {
        ticker.unref();
    }
}


// Tasks that want a core, for each there is.
function crowdNow() {
    try {
        return parseInt(readFileSync('/proc/loadavg', 'latin1').split(' ')[3], 10)
            / cores || 0;
    } catch {
        return 0;
    }
}
