// Clients that take long to read a large answer: it stays what it was when it
// began, nobody waits for them, and who does not read at all is let go of.  What
// breaks off never looks whole, not even to HTTP/1.0, where the end of the
// connection is the end of the answer.

import { execFileSync, spawn } from 'node:child_process';
import http from 'node:http';

import { linkedAccount } from '../lib/billing.mjs';
import { days } from '../lib/figures.mjs';
import { freePort } from '../lib/process.mjs';
import { deepEqual, diag, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const location = (name, timeout) => `
    location /${name}/ {
        billing on;
        billing_user $http_x_user;
        billing_role $http_x_role;
        billing_domain $test_domain;
        send_timeout ${timeout};
    }`;

const port = await freePort();
const world = await startWorld({
    // what the kernel takes of an answer is little
    server: `
        listen 127.0.0.1:${port} sndbuf=8k;

        ${location('patient', '60s')}
        ${location('impatient', '1s')}`,
});
const { admin, nginx } = world;
const [worker] = nginx.workers();
const project = await world.createProject('Project');
for (let i = 0; i < 10; i++) {
    await admin.create('service-accounts', {
        name: `Account ${i}`, provider: 'hyperbilling_aws',
        project_id: project.id,
        credentials: await world.credentials([linkedAccount()]),
    });
}

const all = days(-30, 0);
const path = `costs?granularity=DAILY&start=${all[0]}&end=${all.at(-1)}`
    + '&group_by=account,service,region&format=csv';

// An answer that has begun; the rest is not read before text() is called.
async function slowly(place) {
    const answer = await new Promise((resolve, reject) => {
        http.get({ host: '127.0.0.1', port, agent: false,
            path: `/${place}/api/v1/${path}`, headers: admin.headers },
        resolve).on('error', reject);
    });
    const text = () => new Promise((resolve) => {
        let all = '';
        answer.setEncoding('utf8').on('data', (data) => { all += data; })
            .on('error', () => {}).on('close', () => resolve(all));
    });

    is(answer.statusCode, 200);
    return { headers: answer.headers, text };
}

// how many of them nginx is done with
const ended = (place) =>
    nginx.accessLog().split(`"GET /${place}/`).length - 1;


test('an answer is what it was when it began', async () => {
    const before = await admin.get(path);
    is(before.status, 200);
    diag('%d bytes', before.text.length);
    ok(before.text.length > 1_000_000, String(before.text.length));

    const clients = [];
    for (let i = 0; i < 8; i++) {
        clients.push(await slowly('patient'));
    }
    deepEqual([...new Set(clients.map(({ headers }) =>
        headers['x-billing-cache']))], ['HIT']);

    // other answers take its place in the zone of 16 MB
    is((await admin.get('costs?refresh=true')).status, 200);
    for (let i = 1; i <= 10; i++) {
        is((await admin.get(`${path}&limit=${1000 - i}`)).status, 200);
    }
    is(ended('patient'), 0, 'all of them still wait');

    for (const client of clients) {
        is(await client.text(), before.text);
    }
});


test('whoever does not read is let go of', async () => {
    const { text: whole } = await admin.get(path);
    const begun = await slowly('impatient');

    await until(() => ended('impatient') === 1, 'the end of the request');
    const text = await begun.text();
    diag('%d bytes', text.length);
    ok(text.length < whole.length, text.length);
    is((await admin.get('health')).status, 200);
    deepEqual(nginx.workers(), [worker]);
});


for (const version of ['1.0', '1.1']) {
    // it reads slowly until it is stopped, and then what is left for it
    const curl = (place) => {
        const child = spawn('curl', ['-sS', `--http${version}`,
            '--limit-rate', '200k', '-o', '/dev/null', '-w', '%{size_download}',
            ...Object.entries(admin.headers).flatMap(([name, value]) =>
                ['-H', `${name}: ${value}`]),
            `http://127.0.0.1:${port}/${place}/api/v1/${path}`]);
        let out = '';
        child.stdout.on('data', (data) => { out += data; });

        return { child, end: new Promise((resolve) => {
            child.on('close', (code) => resolve({ code, size: Number(out) }));
        }) };
    };

    test(`who is too slow, by HTTP/${version}`, async () => {
        const { text: whole } = await admin.get(path);
        const before = ended('impatient');
        const { child, end } = curl('impatient');

        await begun();
        child.kill('SIGSTOP');
        await until(() => ended('impatient') > before, 'the end of the request');
        child.kill('SIGCONT');
        broken(await end, whole);
    });

    test(`a worker that dies, by HTTP/${version}`, async () => {
        const { text: whole } = await admin.get(path);
        const { child, end } = curl('patient');

        await begun();
        child.kill('SIGSTOP');
        const [dies] = nginx.workers();
        process.kill(dies, 'SIGKILL');
        await until(() => nginx.workers().some((pid) => pid !== dies),
            'another worker');
        child.kill('SIGCONT');
        broken(await end, whole);

        await until(async () => (await admin.get('health')
            .catch(() => ({ status: 0 }))).status === 200, 'it answers');
    });
}


// Its answer has begun, and there is more of it than has left.
const begun = () => until(() => execFileSync('ss',
    ['-tnH', 'state', 'established', 'sport', '=', `:${port}`],
    { encoding: 'utf8' }).split('\n')
    .some((line) => Number(line.trim().split(/\s+/)[1]) > 0), 'an answer on its way');


// Of curl: an error of the connection, or an answer that is not whole.
function broken({ code, size }, whole) {
    diag('%d bytes, curl says %d', size, code);
    ok(size < whole.length);
    ok([18, 56].includes(code), code);
}
