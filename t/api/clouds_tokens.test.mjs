// What is sent to the clouds, judged by code that is neither ours nor what we
// sign with: tokens by jose, signatures by the description that AWS gives,
// bodies by the documented schemas.

import { createRequire } from 'node:module';
import { createPublicKey } from 'node:crypto';

import { startClouds } from '../lib/clouds.mjs';
import { startWorld } from '../lib/world.mjs';
import { signature } from '../lib/sigv4.mjs';
import { deepEqual, is, like, ok, test } from '../lib/tap.mjs';
import { formatMonth, monthOf, today } from '../sandbox/calendar.mjs';
import { undocumented } from '../sandbox/clouds/documented.mjs';


const { decodeProtectedHeader, jwtVerify } = createRequire(
    new URL('../../html/package.json', import.meta.url))('jose');

const clouds = await startClouds();
const { aws, azure, google, summary } = clouds;
const world = await startWorld({ http: clouds.directives() });
const heard = {};

for (const name of ['aws', 'azure', 'google', 'summary']) {
    heard[name] = [];
    clouds[name].cloud.heard = (request) => heard[name].push(request);
}

// All kinds of questions: verification, months, days, roles, the next pages.
await aws.settings({ page_size: 40 });
await azure.settings({ page_size: 40 });
await google.settings({ page_size: 40 });
const project = await world.createProject('Clouds');
for (const [i, { provider, credentials }] of clouds.kinds.entries()) {
    await world.admin.create('service-accounts', { name: `${provider} ${i}`,
        project_id: project.id, provider, credentials });
}
for (const granularity of ['MONTHLY', 'DAILY']) {
    const start = granularity === 'MONTHLY'
        ? `&start=${formatMonth(monthOf(today()) - 3)}` : '';
    is((await world.get(`costs?granularity=${granularity}${start}`)).json
        .complete, true);
}

const bodies = (name, pattern) => heard[name]
    .filter(({ url }) => pattern.test(url)).map(({ body }) => body);


// Throws unless jose finds it signed by the key's owner, for the audience, and
// good now.
async function judge(token, privateKey, audience, issuer) {
    const { payload } = await jwtVerify(token, createPublicKey(privateKey), {
        algorithms: ['RS256'], audience, issuer, typ: 'JWT',
        requiredClaims: ['iat', 'exp'], maxTokenAge: '5 minutes',
    });

    return { payload, header: decodeProtectedHeader(token) };
}


test('Google: assertions', async () => {
    const { private_key, private_key_id, client_email } = JSON.parse(
        google.credentials.main.service_account_key);
    const forms = bodies('google', /^\/token$/)
        .map((body) => Object.fromEntries(new URLSearchParams(body)));

    ok(forms.length > 0);
    for (const form of forms) {
        deepEqual(Object.keys(form).sort(), ['assertion', 'grant_type']);
        const { payload, header } = await judge(form.assertion, private_key,
            'https://oauth2.googleapis.com/token', client_email);

        deepEqual(header, { alg: 'RS256', typ: 'JWT', kid: private_key_id });
        deepEqual(Object.keys(payload).sort(),
            ['aud', 'exp', 'iat', 'iss', 'scope']);
        is(payload.exp - payload.iat, 3600);
    }
});


test('Hyperbilling: a token in each request', async () => {
    const platforms = new Set();

    for (const { url, headers, method, body } of heard.summary) {
        const args = new URL(url, 'http://sandbox').searchParams;
        const entry = summary.credentials[args.get('platform')];
        const { payload, header } = await judge(
            headers.authorization.replace(/^Bearer /, ''), entry.private_key,
            'api.hb.cloudnoa.io', entry.client_email);

        deepEqual(header, { alg: 'RS256', typ: 'JWT' });
        is(payload.sub, entry.client_email);
        is(payload.email, entry.client_email);
        is(payload.exp - payload.iat, 600);
        is(method + body, 'GET');
        like(url, /&months%5B%5D=\d{6}(&months%5B%5D=\d{6})*&kinds%5B%5D=\w+$/);
        platforms.add(args.get('platform'));
    }
    is(platforms.size, 4);
});


test('jose refuses what it should', async () => {
    const { private_key, client_email } = summary.credentials.gcp;
    const other = JSON.parse(google.credentials.main.service_account_key);
    const [{ headers }] = heard.summary;
    const token = headers.authorization.replace(/^Bearer /, '');
    const refused = (...args) => judge(...args).then(() => false, () => true);

    is(await refused(token, other.private_key, 'api.hb.cloudnoa.io',
        client_email), true);
    is(await refused(token, private_key, 'elsewhere', client_email), true);
    is(await refused(`${token.slice(0, -8)}AAAAAAAA`, private_key,
        'api.hb.cloudnoa.io', client_email), true);
});


test('AWS: signatures', () => {
    const services = new Set();

    for (const { method, url, headers, body } of heard.aws) {
        const [, id, region, service, names, given] = /^AWS4-HMAC-SHA256 Credential=(\w+)\/\d{8}\/([\w-]+)\/(\w+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=(\w+)$/
            .exec(headers.authorization);

        is(given, signature({ method, url, headers, body, region, service,
            names: names.split(';'), date: headers['x-amz-date'],
            secret: aws.cloud.userOf(id).secret }));
        services.add(`${service} ${region}`);
    }
    deepEqual([...services].sort(), ['ce us-east-1', 'sts us-east-1']);
});


test('bodies are as the clouds document them', () => {
    const asked = { aws: bodies('aws', /^\/$/)
        .filter((body) => body.startsWith('{')),
    azure: bodies('azure', /\/query\?/), google: bodies('google', /\/queries$/) };

    for (const [name, texts] of Object.entries(asked)) {
        ok(texts.length > 2, name);
        for (const text of texts) {
            is(undocumented(name, JSON.parse(text)), null, text);
        }
    }

    // pages: the same question again, but for where it goes on
    const pages = asked.aws.map((text) => JSON.parse(text))
        .filter(({ NextPageToken: token }) => token !== undefined);
    ok(pages.length > 0);
    for (const { NextPageToken, ...rest } of pages) {
        ok(asked.aws.some((text) => text === JSON.stringify(rest)));
    }
    ok(heard.azure.some(({ url }) => url.includes('$skiptoken=')));
    ok(heard.google.some(({ url }) => url.includes('pageToken=')));
});


test('the schemas refuse what is not documented', () => {
    const [body] = bodies('azure', /\/query\?/).map((text) => JSON.parse(text));
    const question = { query: 'SELECT 1', useLegacySql: false };
    const period = { Start: '2026-01-01', End: '2026-02-01' };
    const costs = { TimePeriod: period, Granularity: 'DAILY',
        Metrics: ['UnblendedCost'] };

    is(undocumented('azure', body), null);
    is(undocumented('google', question), null);
    is(undocumented('aws', costs), null);
    for (const [name, wrong] of [
        ['azure', { ...body, type: 'Actual' }],
        ['azure', { ...body, timePeriod: { from: '2026-01-01' } }],
        ['azure', { ...body, more: 1 }],
        ['google', { ...question, maximumBytesBilled: 5 }],
        ['google', { ...question, dryrun: true }],
        ['google', { ...question, queryParameters: [{ name: 'a' }] }],
        ['aws', { ...costs, GroupBy: Array(3).fill({ Type: 'DIMENSION' }) }],
        ['aws', { ...costs, Metrics: ['Cost'] }],
        ['aws', { ...costs, TimePeriod: { ...period, End: 'now' } }],
    ]) {
        ok(undocumented(name, wrong) !== null, JSON.stringify(wrong));
    }
});
