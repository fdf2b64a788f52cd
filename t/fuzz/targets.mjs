// Which fuzz targets there are, and what they are run with.

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';


const HERE = dirname(fileURLToPath(import.meta.url));
const BUILD = resolve(process.env.BILLING_BUILD ?? join(HERE, '../../build'));

export const FUZZ = join(BUILD, 'fuzz');
export const CORPUS = join(FUZZ, 'corpus'); // unpacked by make


// Where a target's corpus is kept, see corpus.mjs.
export function packed(name) {
    return join(HERE, 'corpus', `${name}.txt`);
}


export function targets() {
    return readdirSync(HERE).filter((name) => name.endsWith('.c'))
        .map((name) => name.slice(0, -2)).sort();
}


// A single input may take ten seconds on a busy machine, and no more memory
// than a worker has for it.
export function arguments_(name) {
    const dictionary = join(HERE, `${name.replace(/^page_.*/, 'page')}.dict`);

    return [
        '-timeout=10', '-rss_limit_mb=2048', '-print_final_stats=1',
        '-max_len=8192', '-verbosity=1',
        ...existsSync(dictionary) ? [`-dict=${dictionary}`] : [],
    ];
}


// What libFuzzer says at its end, in one line.
export function tell(log) {
    const number = (pattern) => pattern.exec(log)?.[1] ?? '?';
    const coverage = [...log.matchAll(/ cov: (\d+) ft: \d+ corp: (\d+)/g)]
        .at(-1);

    return `${number(/number_of_executed_units: (\d+)/)} executions, ${
        coverage?.[1]} edges, ${coverage?.[2]} inputs, ${
        number(/Done \d+ runs in (\d+) second/)} s`;
}
