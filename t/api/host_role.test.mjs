// The role of the machine: accounts at AWS without an access key.

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { awsKey, awsRole } from '../lib/clouds.mjs';
import { isProblem, keyLine, onlyError, startBilling } from '../lib/billing.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { freePort, temporaryFolder } from '../lib/process.mjs';
import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';
import { startProxy } from '../lib/proxy.mjs';
import { formatMonth, monthOf, today } from '../sandbox/calendar.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';
import { startHost } from '../sandbox/clouds/host.mjs';


const aws = await startCloud('aws');
const host = await startHost(aws.cloud);
after(() => aws.stop());
after(() => host.stop());

const { main, caller, customer } = aws.credentials;
const key = keyLine();

// a proxy leads nowhere here: what is near must not go through it
const http = (more = 'host_role=default,team-a') => `billing_provider aws
    endpoint=${aws.url} login=${aws.url} timeout=60s ${more};`;

async function start(env, options = {}) {
    const system = await startBilling({ key, http: http(), nginx: { env },
        ...options });
    after(() => system.stop());
    return system;
}

const metadata = { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${host.url}/` };
const billing = await start(metadata);
const admin = billing.client();

const schemaOf = async (client) => (await client.get('providers')).body.providers
    .find(({ id }) => id === 'aws').credentials_schema;
const verify = (client, credentials) =>
    client.post('service-accounts/verify', { provider: 'aws', credentials });
const register = async (client, credentials, name = randomUUID()) => {
    const { id } = (await client.post('projects', { name })).body;

    return client.post('service-accounts', { name, provider: 'aws',
        project_id: id, credentials });
};

const ours = (await schemaOf(admin)).properties.host_external_id.const;


test('the form: keys may be left out, an ID is shown', async () => {
    const { required, properties } = await schemaOf(admin);

    deepEqual(required, []);
    is(properties.host_external_id.readOnly, true);
    like(ours, /^[0-9a-f]{64}$/);

    const other = await schemaOf(billing.client({ domain: 'team-a' }));
    ok(other.properties.host_external_id.const !== ours);

    const none = await schemaOf(billing.client({ domain: 'team-b' }));
    deepEqual(none.required, ['access_key_id', 'secret_access_key']);
    is(none.properties.host_external_id, undefined);
});


test('an account of the machine: registered, looked up, renewed', async () => {
    const answer = await register(admin, {});

    is(answer.status, 201, answer.text);
    deepEqual(answer.body.credentials, { cost: 'UnblendedCost',
        detail: 'region' });
    ok(host.calls.includes('PUT /latest/api/token'));
    is((await aws.calls({})).filter(({ role }) => role !== undefined).length, 0);

    const costs = await admin.get('costs');
    is(costs.body.complete, true, costs.text);
    is((await admin.delete(`service-accounts/${answer.body.id}`,
        answer.body.version)).status, 204);
});


test('two roles: the ID is the domain\'s, and nobody types it', async () => {
    await aws.settings({ external_id: ours });
    const answer = await register(admin, { role_arn: customer.role_arn });

    is(answer.status, 201, answer.text);
    is(answer.body.credentials.external_id, ours);
    is((await admin.get('costs')).body.complete, true);

    const [call] = (await aws.calls()).filter(({ role }) =>
        role === customer.role_arn);
    is(call.external_id, ours);

    is((await admin.delete(`service-accounts/${answer.body.id}`,
        answer.body.version)).status, 204);
});


test('another domain does not get at the role', async () => {
    const other = billing.client({ domain: 'team-a' });

    isProblem(await verify(other, { role_arn: customer.role_arn }), 422,
        'provider_rejected');

    const typed = await verify(other,
        { role_arn: customer.role_arn, external_id: ours });
    isProblem(typed, 422, 'invalid');
    is(onlyError(typed), '/credentials/external_id format');

    const shown = await verify(other, { host_external_id: ours });
    is(onlyError(shown), '/credentials/host_external_id unknown');
});


test('a domain that is not named has to have a key', async () => {
    const other = billing.client({ domain: 'team-b' });
    const answer = await verify(other, { role_arn: customer.role_arn });

    isProblem(answer, 422, 'invalid');
    deepEqual(answer.body.errors.map(({ pointer }) => pointer).sort(),
        ['/credentials/access_key_id', '/credentials/secret_access_key']);
});


test('keys still work where the role may be used', async () => {
    const before = host.calls.length;

    is((await verify(admin, awsKey(main))).status, 200);
    is((await verify(admin, awsRole(caller))).status, 200);
    is(host.calls.length, before);
    is(onlyError(await verify(admin, { access_key_id: main.access_key_id })),
        '/credentials/secret_access_key required');
});


test('the same ID on another node and with a newer key as well', async () => {
    const node = await start(metadata, { redis: billing.redis });
    const turned = await start(metadata, { key: keyLine('k2') + key });

    is((await schemaOf(node.client())).properties.host_external_id.const, ours);

    const client = turned.client();
    const newer = (await schemaOf(client)).properties.host_external_id.const;
    ok(newer !== ours);

    // a role that was told the older one
    await aws.settings({ external_id: ours });
    is((await verify(client, { role_arn: customer.role_arn,
        external_id: ours })).status, 200);
    isProblem(await verify(client, { role_arn: customer.role_arn }), 422,
        'provider_rejected');
});


test('why there are no keys', async () => {
    const why = async (changes, pattern) => {
        Object.assign(host.settings, changes);
        const answer = await verify(admin, {});
        Object.assign(host.settings, { role: 'host', off: false });

        isProblem(answer, 502, 'provider_unavailable');
        like(answer.body.detail, pattern);
    };

    await why({ role: null }, /has no role/);
    await why({ off: true }, /switched off/);

    const nobody = await start({
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    });
    const answer = await verify(nobody.client(), {});

    isProblem(answer, 502, 'provider_unavailable');
    like(answer.body.detail, /keys of its role cannot be reached/);
});


test('a machine without a role holds up nobody who has a key', async () => {
    const system = await start({
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    });
    const client = system.client();

    is((await register(client, awsKey(main))).status, 201);

    const { id } = (await client.post('projects', { name: 'Keyless' })).body;
    const keyless = await client.post('service-accounts?verify=later',
        { name: 'Keyless', provider: 'aws', project_id: id,
            credentials: { linked_account: '666677778888' } });
    is(keyless.status, 201, keyless.text);

    // more failures in a row than a provider's host may have
    for (const month of [1, 2, 3, 4, 5, 6]) {
        const day = formatMonth(monthOf(today()) - month);
        await client.get(`costs?start=${day}&end=${day}&account=${keyless.body.id}`);
    }

    const { accounts } = (await client.get('costs')).body;
    deepEqual(accounts.map(({ state }) => state).sort(), ['failed', 'fresh']);
});


test('keys that end are renewed', async () => {
    const system = await start(metadata);
    const client = system.client();

    host.settings.seconds = 1;
    is((await register(client, {})).status, 201);
    is((await client.get('costs')).body.complete, true);
    host.calls.length = 0;
    host.settings.seconds = 3600;

    const again = await client.get('costs?refresh=true',
        { 'X-Billing-Refresh': '1' });
    is(again.body.complete, true, again.text);
    ok(host.calls.length > 0, 'new keys');
});


test('a container', async () => {
    const system = await start({
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${host.url}/container`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: host.token,
    });

    host.calls.length = 0;
    is((await verify(system.client(), {})).status, 200);
    deepEqual(host.calls, ['GET /container']);

    // however it is written
    const loud = await start({
        AWS_CONTAINER_CREDENTIALS_FULL_URI:
            `${host.url.replace('http:', 'HTTP:')}/container`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: host.token,
    });
    is((await verify(loud.client(), {})).status, 200);

    const stranger = await start({
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${host.url}/container`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: 'wrong',
    });
    const answer = await verify(stranger.client(), {});

    isProblem(answer, 502, 'provider_unavailable');
    like(answer.body.detail, /no keys of its role/);
});


test('a web identity, whose token is read each time', async () => {
    const file = join(temporaryFolder('token'), 'token');
    const { web_role: arn } = aws.credentials.host;

    writeFileSync(file, 'sandbox.web.identity\n');
    const system = await start({ AWS_WEB_IDENTITY_TOKEN_FILE: file,
        AWS_ROLE_ARN: arn });
    const client = system.client();

    await aws.settings({ external_id:
        (await schemaOf(client)).properties.host_external_id.const });
    is((await verify(client, {})).status, 200);
    is((await verify(client, { role_arn: customer.role_arn })).status, 200);

    writeFileSync(file, 'another\n');
    const wrong = await verify(client, {});
    isProblem(wrong, 502, 'provider_unavailable');
    like(wrong.body.detail, /web identity/);

    writeFileSync(file, '');
    const empty = await verify(client, {});
    isProblem(empty, 502, 'provider_unavailable');
    like(empty.body.detail, /token file/);
    ok(!/sandbox\.web/.test(system.nginx.errorLog()));
});


test('what is near is asked past the proxy', async () => {
    const proxy = await startProxy();
    const system = await start(metadata,
        { http: `billing_proxy ${proxy.url}; ${http()}` });

    is((await verify(system.client(), {})).status, 200);
    is(proxy.seen.length, 1);
    like(proxy.seen[0].target, new RegExp(`^${aws.url}`));
});


test('what does not start', async () => {
    const cases = [
        [{}, 'host_role=', /invalid parameter/],
        [{}, 'host_role=a,,b', /needs domains/],
        [{}, 'host_role=a/b', /needs domains/],
        [{ AWS_EC2_METADATA_DISABLED: 'true' }, undefined, /no role/],
        [{ AWS_WEB_IDENTITY_TOKEN_FILE: '/x' }, undefined, /no AWS_ROLE_ARN/],
        [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://elsewhere.example/x' },
            undefined, /neither https nor of this machine/],
        [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1@evil.example/' },
            undefined, /neither https nor of this machine/],
        [{ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '.evil.example/' },
            undefined, /neither https nor of this machine/],
        [{ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'file:///x' }, undefined,
            /no URL/],
    ];

    for (const [env, more, pattern] of cases) {
        const error = await startNginx({
            modules: ['ngx_http_billing_module'], env, conf: http(more),
        }).then(() => 'it started', ({ message }) => message);

        like(error, pattern);
    }
});
