// Where secrets are in the memory of nginx: while they are in use, only where
// no core dump would have them; afterwards, nowhere.

import { readFileSync } from 'node:fs';

import { findInMemory } from '../lib/memory.mjs';
import { keyLine, linkedAccount } from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


// AddressSanitizer keeps what was freed, and has memory of its own
const options = /asan/.test(process.env.BILLING_NGINX ?? '')
    || process.env.BILLING_WRAP
    ? { skip: 'not the memory that nginx has otherwise' } : {};

const clouds = {};
for (const name of ['aws', 'azure', 'google', 'summary']) {
    clouds[name] = await startCloud(name);
    after(() => clouds[name].stop());
}
const { aws, azure, google, summary } = clouds;
const both = ({ url }) => `endpoint=${url} login=${url}`;
const sealing = [keyLine('k1'), keyLine('k2')];
const world = await startWorld({
    provider: 'timeout=10s', key: sealing.join(''), http: `
        billing_provider aws ${both(aws)};
        billing_provider azure ${both(azure)} pace=off;
        billing_provider google_cloud ${both(google)};
        billing_provider hyperbilling_akamai endpoint=${summary.url};`,
});
const { admin, nginx, sandbox } = world;
const project = await world.createProject('Project');
const [worker] = nginx.workers();

const shown = (found) => found.map(({ what, name, around }) =>
    `${what} in ${name || 'a mapping'}: ${around}`);
const dumped = (texts, pid = worker) =>
    shown(findInMemory(pid, texts).filter((one) => one.dumped));
const anywhere = (texts, pid = worker) => shown(findInMemory(pid, texts));
// A register or a half-overwritten frame has a piece of it.
const pieces = (text) => Array.from({ length: Math.floor(text.length / 8) - 1 },
    (_, i) => text.slice(8 * i, 8 * i + 16));
const stacked = (texts, pid = worker) =>
    shown(findInMemory(pid, texts.flatMap(pieces))
        .filter((one) => one.name === '[stack]'));
const there = (texts, pid = worker) => findInMemory(pid, texts).length > 0;

const pick = (from, ...names) =>
    Object.fromEntries(names.map((name) => [name, from[name]]));
const body = (name, provider, credentials) =>
    ({ name, provider, credentials, project_id: project.id });
// a line in the middle of a PEM text
const line = (pem) => pem.split('\n')[5];


test('the search finds what is there', () => {
    ok(there(['billing_secret_key_file']), 'a text of the configuration');
    ok(dumped(['billing_secret_key_file']).length > 0);
}, options);


test('the keys that seal are in no dump', () => {
    const raw = sealing.map((text) => Buffer.from(text.split(':')[1], 'base64'));
    const text = sealing.map((one) => one.split(':')[1].trim());

    for (const pid of [worker, nginx.pid]) {
        deepEqual(dumped([...raw, ...text], pid), []);
        deepEqual(anywhere(text, pid), []);
        ok(there(raw, pid), 'they are somewhere');
    }
}, options);


test('a key on its way to the provider, and after', async () => {
    const linked = linkedAccount();
    const credentials = await world.credentials([linked]);
    const secrets = [credentials.key];

    await sandbox.fault({ hang: true });
    const answer = admin.post('service-accounts',
        body('Hanging', 'hyperbilling_aws', credentials));
    await until(async () => (await sandbox.calls()).length > 0, 'a call');

    ok(there(secrets), 'it is in use');
    deepEqual(dumped(secrets), []);

    await sandbox.clearFaults();
    await answer;
    deepEqual(anywhere(secrets), []);
    deepEqual(stacked(secrets), []);
}, options);


test('a life of an account leaves nothing', async () => {
    const credentials = await world.credentials([linkedAccount()]);
    const other = await world.credentials([linkedAccount()]);
    const wrong = { ...credentials, key: 'refused-5f2d41c07c9a' };
    const secrets = [credentials.key, other.key, wrong.key];
    const once = { 'Idempotency-Key': 'memory' };
    const registration = body('Life', 'hyperbilling_aws', credentials);

    await admin.post('service-accounts',
        body('Refused', 'hyperbilling_aws', wrong));
    await admin.post('service-accounts', `${JSON.stringify(registration)}}`);
    await admin.post('service-accounts', { ...registration, unknown: 1 });
    await admin.post('service-accounts/verify',
        pick(registration, 'provider', 'credentials'));
    const { id } = await admin.create('service-accounts', registration, once);
    await admin.create('service-accounts', registration, once);
    is((await admin.patch(`service-accounts/${id}`,
        { credentials: { account: 'all of them' } }, '*')).status, 200);
    is((await admin.patch(`service-accounts/${id}`,
        { credentials: other }, '*')).status, 200);
    is((await admin.get('costs?refresh=true')).status, 200);
    is((await admin.get('dashboard')).status, 200);
    is((await admin.call('POST', 'reseal')).status, 200);
    is((await admin.delete(`service-accounts/${id}`, '*')).status, 204);

    deepEqual(anywhere(secrets), []);
    deepEqual(stacked(secrets), []);
    deepEqual(anywhere(secrets, nginx.pid), []);
}, options);


test('tokens and keys of other clouds', async () => {
    const mine = {
        aws: pick(aws.credentials.main, 'access_key_id', 'secret_access_key'),
        azure: pick(azure.credentials.main, 'tenant_id', 'client_id',
            'client_secret', 'scope'),
        google_cloud: pick(google.credentials.main, 'service_account_key',
            'table', 'location'),
        hyperbilling_akamai: { ...pick(summary.credentials.akamai,
            'account_id', 'client_email', 'private_key'), currency: 'USD' },
    };
    const secrets = [
        mine.aws.secret_access_key, mine.azure.client_secret,
        line(JSON.parse(mine.google_cloud.service_account_key).private_key),
        line(mine.hyperbilling_akamai.private_key),
    ];

    for (const [provider, credentials] of Object.entries(mine)) {
        await admin.put(`providers/${provider}`, { enabled: true });
        await admin.create('service-accounts',
            body(provider, provider, credentials));
    }
    const { body: costs, text } = await admin.get('costs?refresh=true');
    deepEqual([...new Set(costs.accounts.map(({ state }) => state))], ['fresh'],
        text);

    // libcurl keeps the key of AWS with the connection, as long as that lives
    deepEqual(anywhere(secrets.slice(1)), []);
    deepEqual(dumped(secrets), []);
    deepEqual(dumped(['Bearer ey']), []);
    deepEqual(stacked(secrets), []);
}, options);


test('nor is any of them in a file of nginx', () => {
    for (const name of ['error.log', 'billing.log', 'stderr.log']) {
        let text = '';
        try {
            text = readFileSync(`${nginx.dir}/${name}`, 'latin1');
        } catch { /* there is none */ }
        ok(!text.includes('refused-5f2d41c07c9a'), name);
    }
});
