// The sandboxes of the clouds, asked by a client that is not ours: who is let
// in, what is refused, and that pages add up to what the sandbox says.

import http from 'node:http';
import { once } from 'node:events';

import { after, deepEqual, is, like, ok, test } from '../lib/tap.mjs';
import { signature } from '../lib/sigv4.mjs';
import { parseDecimal, formatDecimal } from './decimal.mjs';
import { clouds, startCloud } from './clouds/index.mjs';
import { sign } from './clouds/jwt.mjs';
import { differs, list, optional } from './clouds/shape.mjs';


const today = '2026-11-23';
const started = {};

for (const name of Object.keys(clouds)) {
    started[name] = await startCloud(name, { today });
    after(() => started[name].stop());
}

const { aws, azure, google, summary } = started;


async function send(method, url, headers = {}, body = '') {
    const req = http.request(url, { method, agent: false, headers: {
        ...headers, 'Content-Length': Buffer.byteLength(body) } });

    req.end(body);
    const [res] = await once(req, 'response');
    const text = Buffer.concat(await res.toArray()).toString();

    return { status: res.statusCode, headers: res.headers, text,
        json: () => JSON.parse(text) };
}


const form = (args) => [
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    new URLSearchParams(args).toString(),
];
const bearer = (token) => ({ Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json' });
const add = (amounts) => formatDecimal(amounts.reduce(
    (sum, text) => sum + parseDecimal(String(text)), 0n));
const now = () => Math.floor(Date.now() / 1000);


// --- AWS

function awsHeaders(user, service, headers, body) {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const all = { host: new URL(aws.url).host, 'x-amz-date': date, ...headers };
    const names = Object.keys(all).sort();

    return { ...all, Authorization: `AWS4-HMAC-SHA256 Credential=${
        user.access_key_id}/${date.slice(0, 8)}/us-east-1/${service}/`
        + `aws4_request, SignedHeaders=${names.join(';')}, Signature=${
            signature({ method: 'POST', url: '/', headers: all, body, names,
                date, region: 'us-east-1', service,
                secret: user.secret_access_key })}` };
}

function awsAsk(user, question, more = {}) {
    const body = JSON.stringify(question);

    return send('POST', `${aws.url}/`, awsHeaders(user, 'ce', {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSInsightsIndexService.GetCostAndUsage', ...more,
    }, body), body);
}

const awsQuestion = {
    TimePeriod: { Start: '2026-10-01', End: '2026-11-01' },
    Granularity: 'DAILY', Metrics: ['UnblendedCost'],
    GroupBy: [{ Type: 'DIMENSION', Key: 'SERVICE' },
        { Type: 'DIMENSION', Key: 'REGION' }],
};

test('AWS: pages add up', async () => {
    const amounts = [];
    let question = awsQuestion;
    let pages = 0;

    for (;;) {
        const answer = (await awsAsk(aws.credentials.main, question)).json();
        amounts.push(...answer.ResultsByTime.flatMap(({ Groups }) =>
            Groups.map(({ Metrics }) => Metrics.UnblendedCost.Amount)));
        pages++;
        if (answer.NextPageToken === undefined) {
            break;
        }
        question = { ...awsQuestion, NextPageToken: answer.NextPageToken };
    }

    ok(pages > 2);
    is(add(amounts), (await aws.data({ start: '2026-10-01',
        end: '2026-10-31' })).sum);
});


test('AWS: what is refused', async () => {
    const { main, caller } = aws.credentials;
    const type = async (user, question, more) => {
        const answer = await awsAsk(user, question, more);
        return answer.status === 400 && answer.json().__type;
    };

    is(await type({ ...main, secret_access_key: 'x' }, awsQuestion),
        'InvalidSignatureException');
    is(await type({ ...main, access_key_id: 'AKIAX' }, awsQuestion),
        'UnrecognizedClientException');
    is(await type(caller, awsQuestion), 'AccessDeniedException');
    is(await type(main, awsQuestion, { 'x-amz-target': 'A.B' }),
        'UnknownOperationException');
    is(await type(main, { ...awsQuestion, Extra: 1 }), 'ValidationException');
    is(await type(main, { ...awsQuestion, GroupBy: [
        ...awsQuestion.GroupBy, awsQuestion.GroupBy[0]] }),
    'ValidationException');
    for (const [Start, End] of [['2025-09-01', '2025-10-01'],
        ['2026-11-24', '2026-11-25'], ['2026-10-02', '2026-10-02']]) {
        is(await type(main, { ...awsQuestion, TimePeriod: { Start, End } }),
            'ValidationException', Start);
    }
    is(await type(main, { ...awsQuestion, NextPageToken: '500.x' }),
        'RequestChangedException');
    await aws.fault({ throttle: true, times: 1 });
    is(await type(main, awsQuestion), 'ThrottlingException');
});


test('AWS: a role is taken on, and wears off', async () => {
    const { caller } = aws.credentials;
    const assume = (args) => {
        const [headers, body] = form({ Action: 'AssumeRole',
            Version: '2011-06-15', RoleArn: caller.role_arn,
            RoleSessionName: 'test', DurationSeconds: 3600,
            ExternalId: caller.external_id, ...args });
        return send('POST', `${aws.url}/`, awsHeaders(caller, 'sts', {
            'content-type': headers['Content-Type'] }, body), body);
    };
    const keys = async () => {
        const { text } = await assume();
        const [, id, secret, session] = /<AccessKeyId>(.*)<\/AccessKeyId>.*<SecretAccessKey>(.*)<\/SecretAccessKey>.*<SessionToken>(.*)<\/SessionToken>/
            .exec(text);
        return [{ access_key_id: id, secret_access_key: secret },
            { 'x-amz-security-token': session }];
    };

    const [user, session] = await keys();
    is((await awsAsk(user, awsQuestion, session)).status, 200);
    is((await awsAsk(user, awsQuestion)).status, 400);
    like((await assume({ ExternalId: 'x' })).text, /<Code>AccessDenied</);

    await aws.settings({ session_seconds: -1 });
    is((await awsAsk(...(([a, b]) => [a, awsQuestion, b])(await keys()))).json()
        .__type, 'ExpiredTokenException');
    await aws.reset();
});


// --- Azure

const azureToken = (entry, args = {}) => send('POST',
    `${azure.url}/${entry.tenant_id}/oauth2/v2.0/token`, ...form({
        client_id: entry.client_id, client_secret: entry.client_secret,
        grant_type: 'client_credentials',
        scope: 'https://management.azure.com/.default', ...args }));
const azureQuestion = {
    type: 'ActualCost', timeframe: 'Custom',
    timePeriod: { from: '2026-10-01T00:00:00+00:00',
        to: '2026-10-31T23:59:59+00:00' },
    dataset: { granularity: 'Daily',
        aggregation: { totalCost: { name: 'Cost', function: 'Sum' } },
        grouping: [{ type: 'Dimension', name: 'ServiceName' }] },
};
const azureUrl = (path) => `${azure.url}/${path}/providers/`
    + 'Microsoft.CostManagement/query?api-version=2023-11-01';

test('Azure: pages add up', async () => {
    const { won } = azure.credentials;
    const { access_token, expires_in } = (await azureToken(won)).json();
    const amounts = [];
    let link = azureUrl(won.scope);
    let pages = 0;

    is(expires_in, 3599);
    await azure.settings({ page_size: 50 });

    while (link !== null) {
        const { text } = await send('POST', link, bearer(access_token),
            JSON.stringify(azureQuestion));
        const { properties } = JSON.parse(text);
        amounts.push(...[...text.matchAll(/\[([-\d.E]+),2026/g)]
            .map(([, amount]) => amount));
        is(properties.columns[0].name, 'Cost');
        link = properties.nextLink;
        pages++;
    }

    ok(pages > 2);
    is(add(amounts), (await azure.data({ user: 'won', start: '2026-10-01',
        end: '2026-10-31' })).sum);
});


test('Azure: what is refused', async () => {
    const { main, won } = azure.credentials;
    const codes = async (entry, args) =>
        (await azureToken(entry, args)).json().error_codes;
    const token = (await azureToken(main)).json().access_token;
    const status = async (path, question, by = token) => (await send('POST',
        azureUrl(path), bearer(by), JSON.stringify(question))).status;
    const period = (from, to, granularity) => ({ ...azureQuestion,
        timePeriod: { from: `${from}T00:00:00+00:00`,
            to: `${to}T23:59:59+00:00` },
        dataset: { ...azureQuestion.dataset, granularity } });
    const mine = `subscriptions/${main.scope}`;

    deepEqual(await codes({ ...main, client_secret: 'x' }), [7000215]);
    deepEqual(await codes({ ...main, client_id: 'x' }), [700016]);
    deepEqual(await codes({ ...main, tenant_id: 'x' }), [90002]);
    deepEqual(await codes(main, { scope: 'x' }), [70011]);

    is(await status(mine, azureQuestion), 200);
    is(await status(mine, azureQuestion, 'x'), 401);
    is(await status(won.scope, azureQuestion), 403);
    is(await status('subscriptions/x', azureQuestion), 404);
    is(await status(mine, { ...azureQuestion, extra: 1 }), 400);
    is(await status(mine, period('2026-10-01', '2026-11-01', 'Daily')), 400);
    is(await status(mine, period('2025-11-01', '2026-10-31', 'Monthly')), 200);
    is(await status(mine, period('2025-10-01', '2026-10-31', 'Monthly')), 400);
    is(await status(mine, period('2020-10-01', '2020-10-31', 'Daily')), 204);

    await azure.settings({ limit: 0 });
    const { status: limited, headers } = await send('POST', azureUrl(mine));
    is(limited, 429);
    is(headers['x-ms-ratelimit-microsoft.costmanagement-entity-retry-after'],
        '1');
    await azure.reset();
});


// --- Google

const googleKey = JSON.parse(google.credentials.main.service_account_key);
const assertion = (changes = {}, header = {}) => sign(
    { alg: 'RS256', typ: 'JWT', kid: googleKey.private_key_id, ...header },
    { iat: now(), exp: now() + 3600, iss: googleKey.client_email,
        aud: 'https://oauth2.googleapis.com/token',
        scope: 'https://www.googleapis.com/auth/bigquery', ...changes },
    googleKey.private_key);
const googleToken = (text) => send('POST', `${google.url}/token`, ...form({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: text }));
const googleQuestion = (changes = {}) => JSON.stringify({
    query: 'SELECT CAST(DATE(usage_start_time) AS STRING) AS date, '
        + 'IFNULL(cost_type, \'\') AS type, '
        + `FROM UNNEST(credits) FROM \`${google.credentials.main.table}\` WHERE `
        + '_PARTITIONTIME >= TIMESTAMP(@partition) AND '
        + 'usage_start_time >= TIMESTAMP(@start) AND '
        + 'usage_start_time < TIMESTAMP(@end) GROUP BY 1, 2, 3, 4, 5, 6',
    useLegacySql: false, dryRun: false, timeoutMs: 1, maxResults: 100,
    parameterMode: 'NAMED', location: 'asia-northeast3',
    queryParameters: Object.entries({ partition: '2026-10-01',
        start: '2026-10-01', end: '2026-10-03' }).map(([name, value]) => ({
        name, parameterType: { type: 'STRING' }, parameterValue: { value } })),
    ...changes,
});
const googleUrl = `${google.url}/bigquery/v2/projects/sandbox-proj/queries`;

test('Google: a query is tried, run, waited for and read', async () => {
    const token = (await googleToken(assertion())).json().access_token;
    const ask = (changes) => send('POST', googleUrl, bearer(token),
        googleQuestion(changes));
    const bytes = Number((await ask({ dryRun: true })).json()
        .totalBytesProcessed);
    const amounts = [];
    let waits = 0;

    is(bytes, 54 * 10_000_000, 'partitions from October on');
    is((await ask({ maximumBytesBilled: String(bytes - 1) })).json()
        .error.errors[0].reason, 'bytesBilledLimitExceeded');

    await google.settings({ polls: 2 });
    let answer = (await ask({ maximumBytesBilled: String(bytes) })).json();

    for (;;) {
        amounts.push(...(answer.rows ?? []).flatMap(({ f }) => [f[6].v, f[7].v]));
        waits += answer.jobComplete ? 0 : 1;
        if (answer.jobComplete && answer.pageToken === undefined) {
            break;
        }
        answer = (await send('GET', `${googleUrl}/${answer.jobReference.jobId}?`
            + new URLSearchParams({ location: 'asia-northeast3',
                ...(answer.pageToken && { pageToken: answer.pageToken }) }),
        bearer(token))).json();
    }

    is(waits, 2);
    ok(amounts.length > 100, 'pages');
    is(add(amounts), (await google.data({ start: '2026-10-01',
        end: '2026-10-02' })).sum);
});


test('Google: what is refused', async () => {
    const grant = async (...args) =>
        (await googleToken(assertion(...args))).json().error;

    is(await grant(), undefined);
    is(await grant({ aud: 'x' }), 'invalid_grant');
    is(await grant({ exp: now() + 7200 }), 'invalid_grant');
    is(await grant({ iat: now() - 4000, exp: now() - 400 }), 'invalid_grant');
    is(await grant({ iss: 'x' }), 'invalid_grant');
    is(await grant({}, { kid: 'x' }), 'invalid_grant');
    is((await googleToken(`${assertion()}x`)).status, 400);

    const token = (await googleToken(assertion())).json().access_token;
    const reason = async (changes, by = token, url = googleUrl) =>
        (await send('POST', url, bearer(by), googleQuestion(changes))).json()
            .error.errors[0].reason;

    is(await reason({}, 'x'), 'authError');
    is(await reason({}, token, googleUrl.replace('sandbox-proj', 'other')),
        'accessDenied');
    is(await reason({ location: 'US' }), 'notFound');
    is(await reason({ useLegacySql: true }), 'invalid');
    is(await reason({ query: `SELECT 1 FROM \`${
        google.credentials.main.table}\`` }), 'invalidQuery');
    await google.fault({ throttle: true, times: 1 });
    is(await reason({}), 'rateLimitExceeded');
    await google.reset();
});


// --- Hyperbilling's summary

const summaryAsk = (platform, args, claims = {}) => {
    const entry = summary.credentials[platform];
    const token = sign({ alg: 'RS256', typ: 'JWT' }, { iat: now(),
        exp: now() + 600, iss: entry.client_email, sub: entry.client_email,
        email: entry.client_email, aud: 'api.hb.cloudnoa.io', ...claims },
    entry.private_key);

    return send('GET', `${summary.url}/summary?${new URLSearchParams([
        ['platform', platform], ['account_id', entry.account_id], ...args])}`,
    bearer(token));
};

test('summary: details of two months, and what nobody asked for', async () => {
    const { text } = await summaryAsk('akamai', [['months[]', '202609'],
        ['months[]', '202610'], ['kinds[]', 'usage_detail']]);
    const elements = JSON.parse(text);

    deepEqual(elements.map(({ kind, month }) => `${kind} ${month}`), [
        'usage_detail 202609', 'usage_detail 202610', 'monthly_cost 202609',
        'usage_detail 202608']);

    await summary.settings({ foreign: false });
    const { text: only } = await summaryAsk('akamai', [['months[]', '202609'],
        ['months[]', '202610'], ['kinds[]', 'usage_detail']]);
    is(add([...only.matchAll(/"final_cost_in_usd":([^,}]+)/g)]
        .map(([, amount]) => amount)), (await summary.data({ user: 'akamai',
        start: '2026-09-01', end: '2026-10-31' })).sum);
    await summary.reset();
});


test('summary: what is refused', async () => {
    const months = [['months[]', '202609'], ['kinds[]', 'daily_cost']];
    const code = async (...args) =>
        (await summaryAsk(...args)).json().errorCode;

    is(await code('gcp', months, { aud: 'x' }), 'E401');
    is(await code('gcp', months, { exp: now() + 3600 }), 'E401');
    is(await code('gcp', months, { iss: 'a@example.com',
        sub: 'a@example.com' }), 'E403');
    is((await summaryAsk('gcp', [['months[]', '2026-09']])).status, 400);

    await summary.settings({ error_codes: false });
    is((await summaryAsk('gcp', months, { aud: 'x' })).status, 401);
    await summary.settings({ limit: 0 });
    is((await summaryAsk('gcp', months)).status, 429);
    await summary.reset();
});


// --- all

test('faults, counters, settings', async () => {
    await aws.fault({ status: 503, times: 1 });
    is((await send('POST', aws.url)).status, 503);
    await aws.fault({ cut: 'before', times: 1 });
    let cut = false;
    await send('POST', aws.url).catch(() => { cut = true; });
    ok(cut);

    const { total, by_status: byStatus } = await aws.counters();
    is(total, 2);
    is(byStatus['503'], 1);
    is((await aws.calls({ path: '/' })).length, 2);

    let refused = 0;
    for (const name of Object.keys(clouds)) {
        await started[name].settings({ nothing: 1 }).catch(() => { refused++; });
    }
    is(refused, Object.keys(clouds).length);
    is((await send('GET', `${aws.url}/_sandbox/nothing`)).status, 400);
});


test('shapes', () => {
    const shape = { a: 'string', b: optional(list({ c: ['x', /y/] }, 1, 2)) };

    is(differs({ a: '' }, shape), null);
    is(differs({ a: '', b: [{ c: 'x' }] }, shape), null);
    like(differs({ a: 1 }, shape), /a is no string/);
    like(differs({ a: '', d: 1 }, shape), /d is unknown/);
    like(differs({ a: '', b: [] }, shape), /b is no list/);
    like(differs({ a: '', b: [{ c: 'z' }] }, shape), /b\/0\/c is none/);
    like(differs(null, shape), /no object/);
    like(differs({ a: 'b' }, { a: /c/ }), /does not match/);
});
