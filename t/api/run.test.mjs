// What "make run" starts, with a FOCUS file for its sandbox: a person can
// register an account at once, sums are those of the file to the last digit,
// and Ctrl-C leaves nothing behind.

import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { modulePath } from '../lib/nginx.mjs';
import { alive, childrenOf, freePort, temporaryFolder } from '../lib/process.mjs';
import { after, deepEqual, is, like, ok, skip, test, until } from '../lib/tap.mjs';


const HERE = dirname(fileURLToPath(import.meta.url));
const RUN = resolve(HERE, '../sandbox/run.mjs');
const MODULE = modulePath('ngx_http_billing_module');
const SERVICES = ['Amazon EC2', 'Storage, "simple"', '=cmd()', '서비스'];
const REGIONS = ['us-east-1', 'ap-northeast-2', 'NULL'];

if (process.env.BILLING_STATIC) {
    skip('make run', 'it is for the distribution\'s nginx');
} else {
    await main();
}


async function main() {
    const build = temporaryFolder('run');
    const rows = randomRows(400);
    const port = await freePort();

    cpSync(MODULE, join(build, 'ngx_http_billing_module.so'));
    writeFileSync(join(build, 'rows.csv'), csv(rows));

    // an ordinary user's PATH: nginx is not in it
    const child = spawn(process.execPath, [
        RUN, '--build', build, '--port', String(port),
        '--focus', join(build, 'rows.csv'),
    ], { stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin' } });
    let said = '';

    child.stdout.on('data', (text) => { said += text; });
    after(() => child.kill('SIGKILL'));

    const url = () => said.match(/http:\S+/)[0];
    const api = async (path, init) => {
        const answer = await fetch(`${url()}api/v1/${path}`, init);
        return answer.json();
    };
    const post = (path, body) => api(path, { method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body) });

    test('it says where it is and what to try', async () => {
        await until(() => /To stop +Ctrl-C/.test(said), 'the greeting', 30_000);
        is(url(), `http://127.0.0.1:${port}/billing/`);
        like(said, /Email +\S+@\S+\n +Key +\S+/);
        like(said, /made up/);
    });

    test('a person registers an account', async () => {
        const project = await post('projects', { name: 'Web' });
        const account = await post('service-accounts', {
            name: 'focus', provider: 'hyperbilling_aws', project_id: project.id,
            credentials: { account: 'all',
                email: said.match(/Email +(\S+)/)[1],
                key: said.match(/Key +(\S+)/)[1] },
        });

        is(account.state, 'ok');
        is((await api('session')).sandbox, true);
    });

    for (const [granularity, range] of [
        ['MONTHLY', 'start=2024-08&end=2024-09'],
        ['DAILY', 'start=2024-09-01&end=2024-09-30'],
    ]) {
        for (const by of ['service', 'region', 'linked_account', 'region,service']) {
            test(`sums of the file: ${granularity} by ${by}`, async () => {
                const answer = await api(
                    `costs?granularity=${granularity}&${range}&group_by=${by}&limit=1000`);
                const groups = answer.currencies[0].groups.map(({ key, sum }) =>
                    [by.split(',').map((name) => key[name]).join('|'), pico(sum)]);

                is(answer.complete, true);
                deepEqual(new Map(groups.sort()), sums(rows, by));
                is(pico(answer.currencies[0].sum),
                    rows.reduce((sum, row) => sum + row.amount, 0n));
            });
        }
    }

    test('Ctrl-C ends all of it', async () => {
        const pids = [...childrenOf(child.pid),
            ...childrenOf(child.pid).flatMap(childrenOf)];

        ok(pids.length >= 3, 'redis, nginx and its workers');
        child.kill('SIGINT');
        await until(() => child.exitCode !== null, 'the end', 20_000);
        is(child.exitCode, 0);
        deepEqual(pids.filter(alive), []);
        is(/\[(alert|emerg)\]/.test(readFileSync(
            join(build, 'run', 'nginx', 'error.log'), 'utf8')), false);
        ok(existsSync(join(build, 'run', 'redis', 'appendonlydir')), 'data is kept');
    });

    // Programs in nginx's place, and what is said of them.
    for (const [name, nginx, words] of [
        ['is not there', '/nowhere/nginx', [/\/nowhere\/nginx/, /ENOENT/]],
        ['ends at once', script('echo "no ports left" >&2; exit 3'),
            [/ended with code 3/, /no ports left/]],
        ['refuses its configuration', script('exec /usr/sbin/nginx -g "x y;" "$@"'),
            [/ended with code 1/, /unknown directive "x"/]],
    ]) {
        test(`an nginx that ${name}`, async () => {
            const { code, said: error } = await runWith(nginx);

            is(code, 1);
            words.forEach((pattern) => like(error, pattern));
        });
    }
}


function script(text) {
    const path = join(temporaryFolder('script'), 'nginx');

    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o700 });
    return path;
}


async function runWith(nginx) {
    const build = temporaryFolder('run');

    cpSync(MODULE, join(build, 'ngx_http_billing_module.so'));
    const child = spawn(process.execPath,
        [RUN, '--build', build, '--port', String(await freePort())],
        { stdio: ['ignore', 'ignore', 'pipe'],
            env: { ...process.env, BILLING_NGINX: nginx } });
    let said = '';

    child.stderr.on('data', (text) => { said += text; });
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, said };
}


// Amounts as in the FinOps Foundation's sample: 11 fraction digits, some below
// zero.  In 1e-12, as BigInt: an own computation.
function randomRows(count) {
    let seed = 20240901;
    const random = (below) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return Math.floor(seed / 2147483648 * below);
    };

    return Array.from({ length: count }, () => ({
        amount: BigInt(random(300000000) - 20000000) * BigInt(10 ** random(5)) * 10n,
        account: String(10000000000 + random(7)),
        service: SERVICES[random(SERVICES.length)],
        region: REGIONS[random(REGIONS.length)],
        day: String(1 + random(30)).padStart(2, '0'),
    }));
}


function csv(rows) {
    const quote = (text) => text === 'NULL' ? text : `"${text.replaceAll('"', '""')}"`;
    const decimal = (amount) => {
        const digits = String(amount < 0n ? -amount : amount).padStart(13, '0');
        return `${amount < 0n ? '-' : ''}${digits.slice(0, -12)}.${digits.slice(-12, -1)}`;
    };

    return ['BilledCost,BillingCurrency,ChargePeriodStart,RegionId,ServiceName,SubAccountId',
        ...rows.map((row) => [decimal(row.amount), '"USD"',
            `"2024-09-${row.day} 05:00:00"`, quote(row.region), quote(row.service),
            quote(row.account)].join(',')), ''].join('\n');
}


function sums(rows, by) {
    const name = { service: 'service', region: 'region', linked_account: 'account' };
    const value = (row, field) => row[name[field]].replace('NULL', 'us-east-1');
    const result = {};

    for (const row of rows) {
        const key = by.split(',').map((field) => value(row, field)).join('|');
        result[key] = (result[key] ?? 0n) + row.amount;
    }
    return new Map(Object.entries(result).sort());
}


function pico(text) {
    const [whole, fraction = ''] = text.replace('-', '').split('.');
    const value = BigInt(whole + fraction.padEnd(12, '0'));

    return text.startsWith('-') ? -value : value;
}
