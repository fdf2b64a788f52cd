// The clock of the tests: as slow as the machine is busy, and never faster
// than others.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

import { alarm, now, scaled, slowness } from '../lib/pace.mjs';
import { is, like, ok, test, until } from '../lib/tap.mjs';


const besideLoad = fileURLToPath(new URL('../lib/beside-load', import.meta.url));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// How far both clocks go meanwhile.
async function both(fn) {
    const began = [now(), performance.now()];

    await fn();
    return { paced: now() - began[0], real: performance.now() - began[1] };
}


test('it goes on, and never faster than time', async () => {
    let last = now();

    const { paced, real } = await both(async () => {
        for (let i = 0; i < 50; i++) {
            await pause(20);
            ok(now() >= last, `${now()} after ${last}`);
            last = now();
        }
    });
    // ticks of a busier moment are counted when they are over
    ok(paced <= real + 50, `${paced} in ${real} ms`);
});


test('beside many that spin it is slow, and a wait is long', async () => {
    const many = 4 * os.cpus().length;
    const load = spawn(besideLoad, [String(many), 'sleep', '100']);
    const exit = once(load, 'exit');

    try {
        await until(() => slowness() > 3, 'the machine to be busy');
        const { paced, real } = await both(() => pause(2000));
        ok(paced < real / 2, `${paced} in ${real} ms`);
        ok(scaled(1000) > 2000, String(scaled(1000)));
        is(scaled(1000, 1500), 1500);

        const wait = await both(() => until(() => false, 'nothing', 500)
            .catch(({ message }) => like(message,
                /^waited 500 ms for nothing \(\d+ ms on a machine/)));
        ok(wait.real > 1000, `${wait.real} ms`);
    } finally {
        load.kill();
        await exit;
    }
});


test('what the process was not run for is not counted', async () => {
    const { paced, real } = await both(() => {
        const end = performance.now() + 1000;
        while (performance.now() < end) {
            // nobody else has a turn
        }
    });

    ok(real >= 1000);
    ok(paced < 300, `${paced} ms`);
});


test('an alarm, and one that is called off', async () => {
    const heard = [];
    const off = alarm(100, () => heard.push('off'));

    alarm(300, () => heard.push('late'));
    alarm(100, () => heard.push('soon'));
    off();
    const { paced } = await both(() =>
        until(() => heard.length === 2, 'both to be heard'));

    is(heard.join(), 'soon,late');
    ok(paced > 200, `${paced} ms`);
});
