// Every provider at once: each is registered, verified and looked up at its
// own sandbox, and its figures are those that the sandbox computes itself.

import {
    awsKey, awsRole, azureKey, googleKey, startClouds, sumsOf, summaryKey,
} from '../lib/clouds.mjs';
import { rowsOf } from '../lib/csv.mjs';
import { focusErrors } from '../lib/focus.mjs';
import { startWorld } from '../lib/world.mjs';
import { deepEqual, is, like, ok, test, until } from '../lib/tap.mjs';
import { formatDay, formatMonth, monthFirst, monthLast, monthOf, today }
    from '../sandbox/calendar.mjs';
import { formatDecimal, parseDecimal } from '../sandbox/decimal.mjs';


const clouds = await startClouds();
const { aws, azure, google, summary, kinds, expected } = clouds;
const world = await startWorld({ server: `
    location /brief/ {
        billing on;
        billing_user test;
        billing_role admin;
        billing_cache_valid current 1s;
    }`, http: clouds.directives() });
const project = await world.createProject('Clouds');

const month = monthOf(today());
const period = (first, last) => ({ start: formatDay(monthFirst(first)),
    end: formatDay(Math.min(monthLast(last), today())) });
const ids = {}; // of the accounts: their providers


test('all providers that are configured are offered, with their schemas', async () => {
    const { providers } = (await world.get('providers')).json;

    deepEqual(providers.map(({ id }) => id), ['hyperbilling_aws',
        'hyperbilling_google_cloud', 'hyperbilling_alibaba_cloud',
        'hyperbilling_tencent', 'hyperbilling_akamai', 'aws', 'azure',
        'google_cloud']);

    for (const { id, credentials_schema: schema } of providers) {
        ok(id === 'hyperbilling_aws'
            || (schema.description && schema['x-ko'].description), id);
        for (const field of Object.values(schema.properties)) {
            ok(field.title && field['x-ko'].title, field.title);
            ok(field.description && field['x-ko'].description, field.title);
            ok(new RegExp(field.pattern ?? '', 'u'));
        }
    }
});


test('each is verified and registered, and shows no secret', async () => {
    for (const [i, { provider, credentials }] of kinds.entries()) {
        const account = await world.admin.create('service-accounts', {
            name: `${provider} ${i}`, project_id: project.id, provider,
            credentials });

        is(account.state, 'ok', provider);
        ids[account.id] = provider;
        for (const name of ['secret_access_key', 'client_secret',
            'service_account_key', 'private_key']) {
            ok((account.credentials[name] ?? null) === null, name);
        }
    }
});


// What a busy machine does not get within thirty seconds comes behind the answer.
const whole = (path) => until(async () => {
    const answer = await world.get(path);

    return !answer.json.accounts.some(({ code }) => code === 'timeout') && answer;
}, `all figures of ${path}`, 60_000);


test('twelve months of all of them, in two currencies, to the last digit', async () => {
    const range = `start=${formatMonth(month - 11)}&end=${formatMonth(month)}`;
    const first = await world.get(`costs?${range}`);
    const { json } = await whole(`costs?${range}&group_by=provider,service,region`);

    deepEqual(json.accounts.map(({ state, code }) => `${state} ${code}`),
        kinds.map(() => 'fresh null'));
    is(json.complete, true);
    is(first.cache, 'MISS');
    deepEqual(sumsOf(json), await expected(period(month - 11, month)));

    const again = await world.get(`costs?${range}`);
    is(again.cache, 'HIT');
    deepEqual(sumsOf(again.json), sumsOf(json));
});


test('AWS is not asked for what it no longer tells', async () => {
    await aws.control('DELETE', 'calls');

    const { json } = await whole(`costs?start=${formatMonth(month - 23)}`);
    const codes = json.accounts.map(({ id, code }) => `${ids[id]} ${code}`);

    deepEqual(codes.sort(), kinds.map(({ provider }) =>
        `${provider} ${provider === 'aws' ? 'history' : null}`).sort());
    is(json.complete, false);

    // the months between: in one question, from the first that is told
    deepEqual((await aws.calls()).filter(({ service }) => service === 'ce')
        .map(({ start }) => start).filter((start, i, all) =>
            all.indexOf(start) === i), [formatDay(monthFirst(month - 13))]);
});


test('days of all of them, and the main dashboard', async () => {
    const last = period(month - 1, month - 1);
    const { json } = await whole('costs?granularity=DAILY'
        + `&start=${last.start}&end=${last.end}`);

    is(json.complete, true);
    deepEqual(sumsOf(json), await expected(last));

    const dashboard = (await whole('dashboard')).json;
    is(dashboard.complete, true);
    deepEqual(dashboard.currencies.map(({ currency }) => currency),
        ['KRW', 'USD']);
    deepEqual(sumsOf(dashboard, 'last_month'), await expected(last));
});


test('all of them as FOCUS', async () => {
    const range = `start=${formatMonth(month - 11)}&end=${formatMonth(month)}`;

    for (const version of ['1.0', '1.2', '1.4']) {
        const { text } = await world.get(
            `costs?${range}&format=focus&version=${version}`);
        const rows = rowsOf(text);
        const sums = {};

        deepEqual(focusErrors(text, version), []);
        for (const { BillingCurrency, BilledCost } of rows) {
            sums[BillingCurrency] = (sums[BillingCurrency] ?? 0n)
                + parseDecimal(BilledCost);
        }
        deepEqual(Object.fromEntries(Object.entries(sums).map(([name, sum]) =>
            [name, formatDecimal(sum)])), await expected(
            period(month - 11, month)));

        if (version !== '1.4') {
            deepEqual([...new Set(rows.map((row) => [row.x_Source,
                row.InvoiceIssuerName, row.PublisherName].join('|')))].sort(), [
                'aws|AWS|AWS', 'azure|Microsoft|Microsoft',
                'google_cloud|Google Cloud|Google Cloud',
                'hyperbilling_akamai|MEGAZONE|Akamai',
                'hyperbilling_alibaba_cloud|MEGAZONE|Alibaba Cloud',
                'hyperbilling_google_cloud|MEGAZONE|Google Cloud',
                'hyperbilling_tencent|MEGAZONE|Tencent Cloud']);
        }
    }
});


test('each month and service of a provider', async () => {
    const { rows } = await google.data({ ...period(month - 2, month),
        granularity: 'MONTHLY', group_by: 'date,linked,service' });
    const { json } = await world.get(`costs?start=${formatMonth(month - 2)}`
        + '&provider=google_cloud&group_by=linked_account,service&limit=1000');
    const got = json.currencies.flatMap(({ groups }) => groups)
        .flatMap(({ key, costs }) => costs.map((cost, i) =>
            [json.dates[i], key.linked_account, key.service,
                formatDecimal(parseDecimal(cost))].join('|')));

    deepEqual(got.filter((line) => !line.endsWith('|0')).sort(),
        rows.map(({ date, linked, service, cost }) =>
            [date, linked, service, cost].join('|')).sort());
});


test('tokens are asked for once, and renewed when they are refused', async () => {
    const logins = async (cloud, path) => (await cloud.calls({ path })).length;
    const google_logins = () => logins(google, '/token');
    const before = await google_logins();
    const refresh = () => world.get(
        `costs?start=${formatMonth(month)}&provider=google_cloud&refresh=true`);

    ok(before <= 4, `${before} logins so far`);
    is((await refresh()).json.complete, true);
    is(await google_logins(), before);

    google.cloud.tokens.clear();
    is((await refresh()).json.complete, true);
    is(await google_logins(), before + 1);
    is(/sandbox-key|ya29\.|PRIVATE KEY/.test(world.nginx.errorLog()), false);
});


test('figures that stay for hours are not asked for each second', async () => {
    const cache = async (provider) => {
        const answer = await fetch(new URL('/brief/api/v1/costs?start='
            + `${formatMonth(month)}&provider=${provider}`, world.url));
        is(answer.status, 200);
        await answer.text();
        return answer.headers.get('x-billing-cache');
    };

    await until(async () => await cache('hyperbilling_akamai') !== 'HIT',
        'a second to pass');
    for (const provider of ['aws', 'azure', 'google_cloud']) {
        is(await cache(provider), 'HIT', provider);
    }
});


test('throttled calls are made again', async () => {
    for (const [cloud, provider] of [[aws, 'aws'], [azure, 'azure'],
        [google, 'google_cloud']]) {
        await cloud.fault({ throttle: true, times: 1 });
        const { json } = await world.get(`costs?start=${formatMonth(month)}`
            + `&provider=${provider}&refresh=true`);
        is(json.complete, true, provider);
    }
});


test('BigQuery is not run when it would read too much', async () => {
    await google.settings({ partition_bytes: 2 ** 40 });
    await google.control('DELETE', 'calls');

    const { json } = await world.get(`costs?start=${formatMonth(month)}`
        + '&provider=google_cloud&refresh=true');
    const calls = await google.calls();

    is(json.accounts[0].code, 'provider_rejected');
    ok(calls.length > 0);
    ok(calls.every(({ dry, path }) => dry === true || path === '/token'));
    await google.settings({ partition_bytes: 10_000_000 });
});


test('a refusal says what is wrong', async () => {
    const verify = async (provider, credentials) => {
        const { status, json } = await world.call('POST',
            'service-accounts/verify', { provider, credentials });
        return `${status} ${json.code} ${json.detail}`;
    };
    const { main: amazon, caller } = aws.credentials;
    const { main: microsoft } = azure.credentials;

    like(await verify('aws', { ...awsKey(amazon),
        secret_access_key: 'x'.repeat(40) }),
    /^422 provider_rejected .*signature/);
    like(await verify('aws', { ...awsRole(caller),
        secret_access_key: 'x'.repeat(40) }), /secret access key is wrong/);
    like(await verify('aws', awsKey(caller)), /ce:GetCostAndUsage/);
    like(await verify('aws', { ...awsKey(caller), role_arn: caller.role_arn }),
        /sts:AssumeRole/);
    like(await verify('aws', { ...awsKey(amazon),
        linked_account: '999999999999' }), /no linked account 999999999999/);
    like(await verify('azure', { ...azureKey(microsoft), client_secret: 'x' }),
        /client secret is wrong/);
    like(await verify('azure', { ...azureKey(microsoft),
        scope: azure.credentials.won.scope }), /Cost Management Reader/);
    like(await verify('google_cloud', { ...googleKey(google.credentials.main),
        location: 'US' }), /no such table/);
    like(await verify('hyperbilling_akamai', { ...summaryKey(
        summary.credentials.gcp, 'USD') }), /refuses these credentials/);
});


test('costs as billed, or spread over their term', async () => {
    const last = period(month - 1, month - 1);
    const client = world.client({ domain: 'spread' });
    const { id } = await client.create('projects', { name: 'Spread' });
    const spread = kinds.filter(({ provider, currency }) => currency === 'USD'
        && ['aws', 'azure'].includes(provider));

    for (const [i, { provider, credentials }] of spread.entries()) {
        await client.create('service-accounts', { name: `Account ${i}`,
            project_id: id, provider,
            credentials: { ...credentials, cost: 'AmortizedCost' } });
    }

    const { body } = await client.get(`costs?start=${last.start.slice(0, 7)}`
        + `&end=${last.end.slice(0, 7)}`);
    const { USD } = await expected(last, spread);
    is(body.complete, true);
    deepEqual(sumsOf(body), { USD: formatDecimal(2n * parseDecimal(USD)) });
});
