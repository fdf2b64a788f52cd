// Credentials at rest: sealed, bound to their account, under keys that can be
// rotated; and key files that are refused.

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { keyLine, linkedAccount, startBilling, tellChanged } from '../lib/billing.mjs';
import { checkConfiguration, ownModules } from '../lib/nginx.mjs';
import { temporaryFolder } from '../lib/process.mjs';
import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';


const first = keyLine('first');
const billing = await startBilling({
    key: `# comment\n\n${first}`, nginx: { level: 'debug' },
});
const admin = billing.client();
const project = await admin.create('projects', { name: 'Project' });
const field = (id, ...words) => billing.redis.cli('hget',
    `billing:{default}:account:${id}`, ...words);
const reopen = (key) => startBilling({
    redis: billing.redis, sandbox: billing.sandbox, key,
});

after(() => billing.stop());


async function make(name, client = admin, home = project) {
    const credentials = await billing.credentials([linkedAccount()]);
    const account = await client.create('service-accounts', {
        name, provider: 'hyperbilling_aws', project_id: home.id, credentials,
    });

    return { ...account, secret: credentials.key };
}

// A patch of "account" alone needs the sealed key: it says whether it opens.
async function opens(client, account) {
    const now = await client.get(`service-accounts/${account.id}`);
    const answer = await client.patch(`service-accounts/${account.id}`,
        { credentials: { account: `all ${now.body.version}` } },
        now.body.version);

    if (answer.status === 200) {
        return true;
    }
    is(answer.body.errors?.[0].pointer, '/credentials/key', answer.text);
    return false;
}


test('a secret is nowhere in the open', async () => {
    const account = await make('Sealed');
    const { secret } = account;

    await opens(admin, account);
    await admin.post('service-accounts/verify', {
        provider: 'hyperbilling_aws',
        credentials: { account: 'all', email: 'x@example.com', key: secret },
    });

    like(await field(account.id, 'credential'), /^v2:first:[A-Za-z0-9+/]+=*$/);

    execFileSync('redis-cli', ['-p', billing.redis.port, 'save']);
    const dump = readFileSync(join(billing.redis.dir, 'dump.rdb'), 'latin1');
    ok(dump.includes(account.id), 'the dump holds the account');
    ok(!dump.includes(secret), 'the dump holds no secret');

    const log = billing.nginx.errorLog();
    ok(log.length > 1000);
    ok(!log.includes(secret), 'the log holds no secret');
    ok(!billing.nginx.accessLog().includes(secret));
});


test('the same secret is sealed differently each time', async () => {
    const account = await make('Twice');
    const before = await field(account.id, 'credential');

    ok(await opens(admin, account));
    ok(await opens(admin, account));
    ok(before !== await field(account.id, 'credential'));
});


test('a sealed credential opens in its own place only', async () => {
    const [a, b] = [await make('Mine'), await make('Yours')];
    const key = (id) => `billing:{default}:account:${id}`;
    const sealed = await field(a.id, 'credential');
    const own = await field(b.id, 'credential');

    const put = async (value) => {
        await billing.redis.cli('hset', key(b.id), 'credential', value);
        await tellChanged(billing.redis, b.id);
    };

    await put(sealed);
    is(await opens(admin, b), false, 'another account\'s');

    const at = own.length - 10;
    await put(own.slice(0, at) + (own[at] === 'A' ? 'B' : 'A')
        + own.slice(at + 1));
    is(await opens(admin, b), false, 'tampered with');

    for (const bad of ['', 'v2', 'v2:first', 'v2:first:', 'v2:first:AAAA',
        own.replace('v2', 'v1'), own.replace('v2', 'v3'), own.replace('v2', 'v0'), own.replace('first', 'other'),
        own.slice(0, 40)]) {
        await put(bad);
        is(await opens(admin, b), false, bad);
    }

    await put(own);
    is(await opens(admin, b), true, 'its own');
});


test('an older one that was put back does not open, and check tells', async () => {
    const account = await make('Put back');
    const older = await field(account.id, 'credential');

    ok(await opens(admin, account));
    const newer = await field(account.id, 'credential');
    const put = async (value) => {
        await billing.redis.cli('hset',
            `billing:{default}:account:${account.id}`, 'credential', value);
        await tellChanged(billing.redis, account.id);
    };
    const findings = async () => (await admin.get('check')).body.findings
        .filter(({ object }) => object === account.id)
        .map(({ code }) => code);

    await put(older);
    is(await opens(admin, account), false);
    deepEqual(await findings(), ['credential_sealed']);
    const { body } = await admin.get(`costs?account=${account.id}`);
    is(`${body.accounts[0].state} ${body.accounts[0].code}`, 'failed sealed');

    await put(newer);
    deepEqual(await findings(), []);
    ok(await opens(admin, account));
});


test('what is sealed for one provider does not open for another', async () => {
    const account = await make('Diverted');
    const key = `billing:{default}:account:${account.id}`;

    await billing.redis.cli('hset', key, 'provider', 'hyperbilling_azure');
    await tellChanged(billing.redis, account.id);
    const { body: { findings } } = await admin.get('check');
    ok(findings.some(({ code, object }) =>
        code === 'credential_sealed' && object === account.id));

    await billing.redis.cli('hset', key, 'provider', 'hyperbilling_aws');
    await tellChanged(billing.redis, account.id);
    ok(await opens(admin, account));
});


test('another domain\'s does not open', async () => {
    const away = billing.client({ domain: 'away' });
    const home = await away.create('projects', { name: 'Project' });
    const account = await make('Away', away, home);
    const [from, to] = ['away', 'default'].map((domain) =>
        `billing:{${domain}}:account:${account.id}`);

    await billing.redis.cli('copy', from, to);
    await tellChanged(billing.redis, account.id);

    is((await admin.get(`service-accounts/${account.id}`)).status, 200);
    const answer = await admin.patch(`service-accounts/${account.id}`,
        { credentials: { account: 'some' } }, 1);
    is(answer.status, 422);
    is(answer.body.errors[0].pointer, '/credentials/key');
});


test('keys rotate', async () => {
    const old = await make('Rotated');
    const next = await reopen(`${keyLine('second')}${first}`);

    try {
        const client = next.client();

        ok(await opens(client, old), 'the old key still opens');
        like(await field(old.id, 'credential'), /^v2:second:/);
        is(await opens(admin, old), false, 'which the old file does not know');
    } finally {
        await next.nginx.stop();
    }
});


test('without its key a credential must be given again', async () => {
    const account = await make('Lost key');
    const next = await reopen(keyLine('third'));

    try {
        const client = next.client();

        is(await opens(client, account), false);
        const answer = await client.patch(`service-accounts/${account.id}`,
            { credentials: await billing.credentials([linkedAccount()]) }, 1);
        is(answer.status, 200, answer.text);
        ok(await opens(client, account));
    } finally {
        await next.nginx.stop();
    }
});


test('figures without the key: what is cached, else why not', async () => {
    const [warm, cold] = [await make('Warm'), await make('Cold')];
    const costs = async (client, { id }) => {
        const { body, headers, text } = await client.get(`costs?account=${id}`);
        const [{ state, code }] = body.accounts;
        return [headers['x-billing-cache'], state, code ?? '',
            JSON.stringify(body.currencies), text];
    };
    const [, , , before] = await costs(admin, warm);
    const next = await reopen(keyLine('fourth'));

    try {
        const client = next.client();

        for (let i = 0; i < 3; i++) {
            const [cache, state, code, now] = await costs(client, warm);
            is(`${cache} ${state} ${code}`, 'HIT fresh ');
            is(now, before);
        }
        is(next.nginx.errorLog().match(/does not open/g), null,
            'a warm read opens nothing');

        for (let i = 0; i < 3; i++) {
            const [, state, code] = await costs(client, cold);
            is(`${state} ${code}`, 'failed sealed');
        }
        is(next.nginx.errorLog().match(/does not open/g).length, 1);
        is((await costs(admin, cold))[1], 'fresh', 'who has the key reads it');
        is((await costs(client, cold))[1], 'fresh');
    } finally {
        await next.nginx.stop();
    }
});


// nginx -t with a key file; returns what it says.
function check(text, mode = 0o600) {
    const dir = temporaryFolder('keyfile');
    const key = join(dir, 'key');

    if (text !== null) {
        writeFileSync(key, text);
        chmodSync(key, mode);
    }

    return checkConfiguration(dir, { modules: ownModules(), http: `
        billing_redis redis://127.0.0.1:1;
        billing_secret_key_file key;
        billing_user u; billing_role admin;
        server { listen unix:${dir}/nginx.sock; location / { billing on; } }` });
}


const base64 = Buffer.alloc(32, 7).toString('base64');

const refused = [
    ['no file', null, 0o600, /cannot open the billing key file ".*key"/],
    ['readable by group', `k:${base64}\n`, 0o640, /accessible by group or others/],
    ['readable by others', `k:${base64}\n`, 0o604, /accessible by group or others/],
    ['an empty file', '', 0o600, /holds no key/],
    ['comments only', '# nothing\n\n', 0o600, /holds no key/],
    ['no colon', `# a\n${base64}\n`, 0o600, /not written "id:base64".*line 2/],
    ['no id', `:${base64}\n`, 0o600, /invalid key id.*line 1/],
    ['an id with a space', `a b:${base64}\n`, 0o600, /invalid key id/],
    ['a long id', `${'k'.repeat(33)}:${base64}\n`, 0o600, /invalid key id/],
    ['an id twice', `k:${base64}\nk:${base64}\n`, 0o600,
        /duplicate key id.*line 2/],
    ['no base64', 'k:%%%%\n', 0o600, /not valid base64/],
    ['16 bytes', `k:${Buffer.alloc(16).toString('base64')}\n`, 0o600,
        /not 32 bytes long/],
    ['33 bytes', `k:${Buffer.alloc(33).toString('base64')}\n`, 0o600,
        /not 32 bytes long/],
    ['400 bytes', `k:${Buffer.alloc(400).toString('base64')}\n`, 0o600,
        /not 32 bytes long/],
    ['17 keys', Array.from({ length: 17 }, (_, i) => `k${i}:${base64}\n`).join(''),
        0o600, /too many keys.*line 17/],
    ['a large file', `${'#'.repeat(20000)}\n`, 0o600, /too large/],
];

for (const [what, text, mode, pattern] of refused) {
    test(`a key file is refused: ${what}`, () => {
        const { status, text: said } = check(text, mode);

        is(status, 1, said);
        like(said, /\[emerg\]/);
        like(said, pattern);
        ok(!said.includes(base64), 'the key is not in the message');
    });
}


test('a key file is taken: spaces, CR LF, no line end, several keys', () => {
    is(check(`# x\r\n\r\na:${base64}  \r\nb.c_d-e:${base64}`).status, 0);
    is(check(`k:${base64}`, 0o400).status, 0);
});
