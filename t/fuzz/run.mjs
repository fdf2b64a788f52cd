// Runs the fuzz targets one after the other, FUZZ_SECONDS each (600), those
// of FUZZ_ONLY ("block,query") or all.  What is new is kept in build/fuzz/work,
// findings in build/fuzz/found; one finding fails the whole.
//
//     node run.mjs          finds
//     node run.mjs merge    makes the files of t/fuzz/corpus anew: the fewest
//                           inputs that reach all that is reached

import { spawnSync } from 'node:child_process';
import {
    cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync,
} from 'node:fs';
import { join } from 'node:path';

import { pack, unpack } from './corpus.mjs';
import { CORPUS, FUZZ, arguments_, packed, targets, tell } from './targets.mjs';


const MERGED_MAX = 4096; // bytes of an input that is kept in the repository

const seconds = Number(process.env.FUZZ_SECONDS ?? 600);
const only = process.env.FUZZ_ONLY?.split(',');
const chosen = targets().filter((name) => only?.includes(name) ?? true);


if (process.argv[2] === 'merge') {
    chosen.forEach(merge);
} else {
    process.exitCode = chosen.map(find).every(Boolean) ? 0 : 1;
}


// Returns 1 if nothing was found.
function find(name) {
    const work = join(FUZZ, 'work', name);
    mkdirSync(work, { recursive: true });
    mkdirSync(join(FUZZ, 'found'), { recursive: true });

    const result = spawnSync(join(FUZZ, name), [
        ...arguments_(name), `-max_total_time=${seconds}`,
        `-artifact_prefix=${join(FUZZ, 'found', name)}-`,
        work, ...corpus(name),
    ], { maxBuffer: 1 << 28, encoding: 'latin1' });

    console.log(`${name}: ${tell(result.stderr)}`);
    if (result.status !== 0) {
        console.log(result.stderr.slice(-6000));
    }
    return result.status === 0;
}


function merge(name) {
    const fresh = join(FUZZ, 'merged', name);
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });

    // findings of the past stay, by their names
    for (const dir of corpus(name)) {
        readdirSync(dir).filter((file) => file.startsWith('found-'))
            .forEach((file) => cpSync(join(dir, file), join(fresh, file)));
    }

    const result = spawnSync(join(FUZZ, name), [
        ...arguments_(name), '-set_cover_merge=1', '-use_counters=0',
        `-max_len=${MERGED_MAX}`, fresh, join(FUZZ, 'work', name),
        ...corpus(name),
    ], { maxBuffer: 1 << 28, encoding: 'latin1' });

    if (result.status !== 0) {
        throw new Error(`${name}: ${result.stderr.slice(-2000)}`);
    }

    pack(fresh, packed(name));
    unpack(packed(name), join(CORPUS, name));
    console.log(`${name}: ${readdirSync(fresh).length} inputs, ${
        statSync(packed(name)).size} bytes`);
}


function corpus(name) {
    return [join(CORPUS, name)].filter(existsSync);
}
