// Rows added up by the core of the module and by pandas, in turns.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

import { temporaryFolder } from '../lib/process.mjs';
import { BUILD, MEASURED, measured, median, settings } from './harness.mjs';
import { atEnd } from './servers.mjs';


const PAGES = 120; // of about 8,200 rows: ten accounts, a year
const PYTHON = '/usr/bin/python3'; // the one that Debian's pandas is for
const script = fileURLToPath(new URL('pandas_sums.py', import.meta.url));


export async function* aggregate() {
    const folder = temporaryFolder('aggregate');
    const [file, sums] = ['pages', 'sums'].map((name) => join(folder, name));
    const program = join(BUILD, 'bench/aggregate');

    measured([program, 'make', file, String(PAGES)]);
    const core = await start([program, 'run', file, sums]);
    const pandas = await start([PYTHON, script, file, sums]);

    if (core.first.rows !== pandas.first.rows) {
        throw new Error(`${core.first.rows} rows and ${pandas.first.rows}`);
    }

    const rounds = { core: [], pandas: [] };
    for (let i = 0; i < settings.rounds; i++) {
        rounds.core.push(await core.round());
        rounds.pandas.push(await pandas.round());
    }
    yield section(pandas.first, rounds);
}


// A program that does one round for each byte.
export async function start(argv) {
    const child = spawn('taskset', ['-c', String(MEASURED), ...argv],
        { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const ended = new Promise((resolve) => { child.on('close', resolve); });

    child.stdin.on('error', () => {}); // its end is told by its output
    atEnd(() => {
        child.kill();
        return ended;
    });

    const line = async () => {
        const { value, done } = await lines.next();

        if (done) {
            throw new Error(`${argv[0]} has ended`);
        }
        return JSON.parse(value);
    };

    return {
        first: await line(),
        round() {
            child.stdin.write('.');
            return line();
        },
    };
}


function section({ rows, groups, exact }, rounds) {
    const of = (who, what) => median(rounds[who].map((one) => one[what]));
    const row = (name, ours, theirs) => [name, of('core', ours).toFixed(0),
        of('pandas', theirs).toFixed(0),
        (of('pandas', theirs) / of('core', ours)).toFixed(2)];
    const pairs = [
        ['rows in memory, columns of strings', 'rows', 'rows'],
        ['rows in memory, categorical columns', 'rows', 'codes'],
        ['from the JSON text', 'json', 'json'],
    ];

    return {
        title: 'Adding up, against pandas',
        notes: [`${rows} rows of costs by month, service, region and linked `
            + `account: ${groups} groups, which were compared; ${exact} of `
            + 'them with sums of Python\'s Decimal, exactly. Processor time. '
            + 'pandas adds doubles; the module adds exact decimals, and from '
            + 'JSON it goes by way of encoded blocks.'],
        table: [
            ['ms', 'module', 'pandas', 'pandas / module'],
            ...pairs.map((pair) => row(...pair)),
        ],
        targets: pairs.map(([name, ours, theirs]) => ({
            what: `pandas / module, ${name}`,
            short: `time of pandas / of the module, adding up ${name}`,
            value: (of('pandas', theirs) / of('core', ours)).toFixed(2),
        })),
    };
}
