// What the benchmark says: a table on the terminal, and the same as Markdown.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

import { settings, TOP } from './harness.mjs';
import { versionOf } from './servers.mjs';


// What of { rate, spread, micros, busy, p50, p99 } a table shows.
const columns = [
    ['requests/s', ({ rate }) => rate.toFixed(0)],
    ['spread', ({ spread }) => `${spread.toFixed(0)} %`],
    ['CPU/request', ({ micros }) => `${micros.toFixed(1)} us`],
    ['of its core', ({ busy }) => `${busy.toFixed(0)} %`],
    ['p50', ({ p50 }) => `${(p50 / 1000).toFixed(2)} ms`],
    ['p99', ({ p99 }) => `${(p99 / 1000).toFixed(2)} ms`],
];


// As the machine is before anything runs.
export function machine() {
    const [{ model }] = cpus();

    return {
        date: new Date().toISOString().replace(/:\d\d\.\d+/, ''),
        cpu: `${model.trim()}, ${cpus().length} cores`,
        load: loadavg().map((value) => value.toFixed(2)).join(' '),
        kernel: execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim(),
    };
}


// Fills a section that came from a contest: its table and its targets.
export function finish(section) {
    const { result, ratios = [] } = section;

    if (result) {
        section.table = [
            ['', ...columns.map(([name]) => name)],
            ...Object.entries(result).map(([name, values]) =>
                [name, ...columns.map(([, text]) => text(values))]),
        ];
    }
    section.targets = [...section.targets ?? [], ...ratios.map(
        (ratio) => ratioTarget(result, ratio))];
    return section;
}


// The medians' ratio, and between which values that of the rounds lay.
function ratioTarget(result, { what, short, of, to, atLeast }) {
    const value = result[of].rate / result[to].rate;
    const rounds = result[of].rates.map((rate, i) => rate / result[to].rates[i]);
    const spent = result[to].micros / result[of].micros;

    return {
        what,
        short,
        value: `${value.toFixed(2)} (${Math.min(...rounds).toFixed(2)} to ${
            Math.max(...rounds).toFixed(2)}; by CPU time ${spent.toFixed(2)})`,
        target: atLeast === undefined ? '' : `>= ${atLeast.toFixed(1)}`,
        met: atLeast === undefined ? undefined : value >= atLeast,
    };
}


export function summaryTable(sections) {
    return [
        ['', 'measured', 'target', ''],
        ...sections.flatMap(({ targets }) => targets).map(
            ({ what, value, target = '', met }) => [what, value, target,
                met === undefined ? '' : met ? 'met' : 'not met']),
    ];
}


// Columns of a table, with blanks between them.
export function plain(table) {
    const widths = table[0].map((_, i) => Math.max(
        ...table.map((row) => String(row[i] ?? '').length)));

    return table.map((row) => row.map((cell, i) => (i === 0
        ? String(cell).padEnd(widths[i])
        : String(cell).padStart(widths[i]))).join('  ').trimEnd()).join('\n');
}


export function markdown(table) {
    const [head, ...rows] = table;
    const line = (cells) => `| ${cells.join(' | ')} |`;

    return [
        line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))),
        ...rows.map(line),
    ].join('\n');
}


export function results(before, sections) {
    return `# Results of \`make bench-results\`

Written by it; see \`t/bench\`.  Figures were taken in one run on one machine:
only their ratios say something.  Contestants took turns, ${settings.rounds}
rounds of ${settings.seconds} s each; medians are compared, in brackets is what
single rounds came to.  What is measured had one core, with one worker; load,
Redis and the sandbox had the other.

${markdown([
        ['', ''],
        ['date', before.date],
        ['commit', commit()],
        ['command', `make bench-results (BENCH_ROUNDS=${settings.rounds} `
            + `BENCH_SECONDS=${settings.seconds})`],
        ['machine', before.cpu],
        ['kernel', before.kernel],
        ['load before', before.load],
        ...Object.entries(versions()),
    ])}

## Targets

${markdown(summaryTable(sections))}

${sections.map(({ title, notes = [], table }) => [
        `## ${title}`, ...notes, table && markdown(table),
    ].filter(Boolean).join('\n\n')).join('\n\n')}
`;
}


// The README's lines between two marks: the targets that have a short name.
export function readme(text, before, sections) {
    const [start, end] = ['<!-- figures of make bench-results -->', '<!-- end -->'];
    const at = text.indexOf(start) + start.length;
    const behind = text.indexOf(end, at);

    if (at < start.length || behind < 0) {
        throw new Error('the README has no place for the figures');
    }

    const table = markdown([
        [`${before.cpu}, ${before.date.slice(0, 10)}`, ''],
        ...sections.flatMap(({ targets }) => targets)
            .filter(({ short }) => short)
            .map(({ short, value }) => [short, value.replace(/ \(.*/, '')]),
    ]);
    return `${text.slice(0, at)}\n${table}\n${text.slice(behind)}`;
}


function commit() {
    const git = (...args) => execFileSync('git', args,
        { cwd: TOP, encoding: 'utf8' }).trim();

    try {
        return git('describe', '--always', '--dirty');
    } catch {
        return 'unknown';
    }
}


function versions() {
    const first = (text, pattern) => pattern.exec(text)?.[1] ?? 'unknown';
    const run = (command, ...args) => execFileSync(command, args,
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const debian = (name) => first(
        run('dpkg-query', '-W', '-f=${Version}', name), /^([^\n]+)/);

    return {
        nginx: debian('nginx'),
        redis: debian('redis-server'),
        'OpenResty (libnginx-mod-http-lua)': debian('libnginx-mod-http-lua'),
        'lua-nginx-redis': readFileSync(
            `${TOP}/build/bench/lua.version`, 'utf8').trim(),
        node: process.version,
        express: versionOf('express'),
        ioredis: versionOf('ioredis'),
        pandas: debian('python3-pandas'),
        libcurl: debian('libcurl4'),
        jansson: debian('libjansson4'),
        wrk: debian('wrk'),
        gcc: debian('gcc'),
    };
}
