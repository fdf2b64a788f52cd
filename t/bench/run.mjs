// make bench: runs all contests and prints a table; with --write, which is make
// bench-results, it writes RESULTS.md and the README's lines about speed, too.
//
// Environment: BENCH_ROUNDS, BENCH_SECONDS (of a round); BENCH_ONLY, names of
// parts ("hot,cold"), then nothing is written; BENCH_QUICK=1 only shows that
// it works.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { aggregate } from './aggregate.mjs';
import { cold } from './cold.mjs';
import { settings, TOP } from './harness.mjs';
import { hot } from './hot.mjs';
import {
    finish, machine, plain, readme, results, summaryTable,
} from './report.mjs';
import { stopAll } from './servers.mjs';
import { warm } from './warm.mjs';


const parts = { hot, warm, cold, aggregate };
const only = settings.quick ? ['hot'] : process.env.BENCH_ONLY?.split(',');

const before = machine();
const sections = [];


async function main() {
    console.log(`${before.cpu}; load before: ${before.load}`);

    for (const [name, part] of Object.entries(parts)) {
        if (only && !only.includes(name)) {
            continue;
        }
        for await (const section of part()) {
            if (section !== null) {
                show(finish(section));
                sections.push(section);
            }
        }
        await stopAll();
    }

    console.log(`\n${plain(summaryTable(sections))}`);
    if (process.argv[2] === '--write' && only === undefined) {
        write();
    }
}


function show({ title, notes, table }) {
    console.log(`\n${title}`);
    notes?.forEach((note) => console.log(`  ${note}`));
    if (table) {
        console.log(plain(table).replace(/^/gm, '  '));
    }
}


function write() {
    const file = fileURLToPath(new URL('RESULTS.md', import.meta.url));
    const top = join(TOP, 'README.md');

    writeFileSync(file, results(before, sections));
    writeFileSync(top, readme(readFileSync(top, 'utf8'), before, sections));
    console.log(`\nwritten: ${file}, ${top}`);
}


async function end(code) {
    await stopAll();
    process.exit(code);
}


for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => end(1));
}

try {
    await main();
    await end(0);
} catch (error) {
    console.error(error);
    await end(1);
}
