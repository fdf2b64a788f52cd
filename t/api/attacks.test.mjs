// What somebody tries who may use the service, or may not: to be somebody
// else, and to have requests sent to where he wants.

import http from 'node:http';

import { startBilling } from '../lib/billing.mjs';
import { after, deepEqual, is, ok, test } from '../lib/tap.mjs';
import { keyPair } from '../sandbox/clouds/jwt.mjs';


// Answers with answer(request), and keeps what it was asked.
async function listen(answer) {
    const asked = [];
    const server = http.createServer((req, res) => {
        req.resume().on('end', () => {
            asked.push(req);
            const { status = 200, headers = {}, body = '' } = answer(req);
            res.writeHead(status, headers).end(body);
        });
    });

    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    after(() => new Promise((done) => {
        server.closeAllConnections();
        server.close(done);
    }));
    return { asked, port: server.address().port,
        url: `http://127.0.0.1:${server.address().port}` };
}


const canary = await listen(() => ({}));
const location = `${canary.url}/caught`;
let refuse; // what all providers answer
const provider = await listen(() => refuse);

// Who is signed in, by the cookie; the site's own answer to auth_request.
const people = {
    kim: { 'x-user': 'kim', 'x-role': 'admin' },
    lee: { 'x-user': 'lee', 'x-role': 'member', 'x-projects': '' },
};
const site = await listen(({ headers }) => people[headers.cookie]
    ? { headers: people[headers.cookie] } : {});

const KINDS = ['hyperbilling_aws', 'hyperbilling_google_cloud',
    'hyperbilling_alibaba_cloud', 'hyperbilling_tencent', 'hyperbilling_akamai',
    'aws', 'azure', 'google_cloud'];

const billing = await startBilling({
    sandbox: { url: provider.url, stop: () => {} },
    http: KINDS.slice(1).map((id) => `billing_provider ${id}
        endpoint=${provider.url} ${id.includes('_') && id !== 'google_cloud'
    ? '' : `login=${provider.url}`};`).join('\n'),
    server: `
        location /site/ {
            auth_request      /auth;
            auth_request_set  $site_user      $upstream_http_x_user;
            auth_request_set  $site_role      $upstream_http_x_role;
            auth_request_set  $site_projects  $upstream_http_x_projects;

            billing           on;
            billing_user      $site_user;
            billing_role      $site_role;
            billing_projects  $site_projects;
        }

        location = /auth {
            internal;
            proxy_pass              ${site.url};
            proxy_pass_request_body off;
            proxy_set_header        Content-Length "";
        }`,
});
after(() => billing.stop());
const admin = billing.client();


// As somebody signed in, with headers as they are.
function session(headers) {
    return new Promise((resolve, reject) => {
        http.get({ host: '127.0.0.1', port: billing.nginx.port,
            path: '/site/api/v1/session', headers }, (res) => {
            let text = '';
            res.on('data', (part) => { text += part; });
            res.on('end', () => resolve(
                { status: res.statusCode, ...JSON.parse(text) }));
        }).on('error', reject);
    });
}

test('headers of the client make nobody of him', async () => {
    const forged = {
        'X-User': ['kim', 'root'], 'X-Role': 'admin', 'X-Projects': '*',
        'X_User': 'kim', 'X_Role': 'admin', 'X-Tenant': 'other',
        'Authorization': `Basic ${btoa('kim:')}`, 'Remote-User': 'kim',
        'X-Forwarded-User': 'kim', 'X-HTTP-Method-Override': 'PUT',
    };

    const { user, role, projects, domain } =
        await session({ ...forged, Cookie: 'lee' });
    deepEqual([user, role, projects, domain], ['lee', 'member', [], 'default']);
    is((await session({ ...forged, Cookie: 'nobody' })).status, 401);
    is((await session({ Cookie: 'kim' })).role, 'admin');
});


const { private_key } = keyPair();
const guid = '00000000-0000-4000-8000-000000000000';

// Credentials that have the form of good ones.
const good = {
    hyperbilling_aws: { account: 'all', email: 'a@example.com', key: 'key' },
    aws: { access_key_id: 'AKIAIOSFODNN7EXAMPLE',
        secret_access_key: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY',
        role_arn: 'arn:aws:iam::123456789012:role/reader', external_id: 'xy' },
    azure: { tenant_id: guid, client_id: guid, client_secret: 'secret',
        scope: `/subscriptions/${guid}` },
    google_cloud: {
        service_account_key: JSON.stringify({
            type: 'service_account', project_id: 'one', private_key,
            client_email: 'a@one.iam.gserviceaccount.com',
            token_uri: location, auth_uri: location, universe_domain: location,
        }),
        table: 'one.billing.gcp_billing_export_v1_012345_6789AB_CDEF01',
        location: 'US',
    },
};
const summary = { account_id: 'acc', client_email: 'a@example.com', private_key };

let callers = 0; // so many refusals are not one caller's

async function verify(kind, credentials) {
    provider.asked.length = 0;
    const caller = billing.client({ user: `user-${Math.floor(++callers / 50)}` });
    const answer = await caller.post('service-accounts/verify',
        { provider: kind, credentials });

    is(canary.asked.length, 0, `${kind}: ${canary.asked[0]?.url}`);
    for (const { headers } of provider.asked) {
        is(headers.host, provider.url.slice('http://'.length));
        is(headers['x-evil'], undefined);
    }
    return answer;
}

const shape = ({ method, url }) =>
    `${method} ${url.split('?')[0].replace(/[^/]{3,}/g, '*')}`;

test('a redirect is no answer, and is not followed', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
        refuse = { status, headers: { location } };
        for (const kind of KINDS) {
            const { body, text } = await verify(kind, good[kind] ?? summary);

            is(body.code, 'provider_unavailable', `${kind}: ${text}`);
            is(provider.asked.length > 0, true, kind);
        }
    }
});


test('no field of a credential leads elsewhere', async () => {
    refuse = { status: 403, headers: { 'content-type': 'application/json' },
        body: '{}' };
    const { providers } = (await admin.get('providers')).body;
    const hostile = [
        location, `//127.0.0.1:${canary.port}/`, `@127.0.0.1:${canary.port}`,
        `127.0.0.1:${canary.port}`, '..', '../../caught', '%2e%2e%2f', '.',
        `x\r\nHost: 127.0.0.1:${canary.port}\r\nX-Evil: 1`, 'x\nX-Evil: 1',
        '?a=b#c', '`; SELECT 1; --', '"}],"x":[{"', '\\', "' OR ''='",
    ];

    for (const kind of KINDS) {
        const { credentials_schema: schema } =
            providers.find(({ id }) => id === kind);

        await verify(kind, good[kind] ?? summary);
        const honest = new Set(provider.asked.map(shape));
        ok(honest.size > 0, kind);

        for (const field of Object.keys(schema.properties)) {
            for (const value of hostile) {
                const { status, text } = await verify(kind,
                    { ...good[kind] ?? summary, [field]: value });

                is(status, 422, `${kind} ${field} ${value}: ${text}`);
                for (const asked of provider.asked) {
                    ok(honest.has(shape(asked)),
                        `${kind} ${field} ${value}: ${shape(asked)}`);
                }
            }
        }
    }
});


test('a key file names its project, not a path', async () => {
    const file = JSON.parse(good.google_cloud.service_account_key);

    for (const project_id of ['..', '.', 'a/../b', '', 'a?b', 'a#b']) {
        const { status, text } = await verify('google_cloud', {
            ...good.google_cloud,
            service_account_key: JSON.stringify({ ...file, project_id }),
        });

        is(status, 422, text);
        is(provider.asked.length, 0, project_id);
    }
});
