// The sandboxes of all clouds, how nginx finds them, and what can be
// registered at them.
//
//     const clouds = await startClouds();
//     const world = await startWorld({ http: clouds.directives() });
//     for (const { provider, credentials } of clouds.kinds) { ... }
//     sumsOf(answer) equals await clouds.expected({ start, end })

import { startCloud } from '../sandbox/clouds/index.mjs';
import { formatDecimal, parseDecimal } from '../sandbox/decimal.mjs';
import { after } from './tap.mjs';


const pick = (from, ...names) =>
    Object.fromEntries(names.map((name) => [name, from[name]]));

// What the wizard asks for.
export const awsKey = (entry) =>
    pick(entry, 'access_key_id', 'secret_access_key');
export const awsRole = (entry) => pick(entry, 'access_key_id',
    'secret_access_key', 'role_arn', 'external_id');
export const azureKey = (entry) => pick(entry, 'tenant_id', 'client_id',
    'client_secret', 'scope');
export const googleKey = (entry) => pick(entry, 'service_account_key', 'table',
    'location');
export const summaryKey = (entry, currency) => ({ ...pick(entry, 'account_id',
    'client_email', 'private_key'), currency });


// They end with the tests.  Returns { aws, azure, google, summary,
// directives(more), kinds, expected(args, kinds) }.
export async function startClouds() {
    const started = {};

    for (const name of ['aws', 'azure', 'google', 'summary']) {
        started[name] = await startCloud(name);
        after(() => started[name].stop());
    }

    const kinds = kindsOf(started);

    return {
        ...started,
        kinds,
        directives: (more = '') => directives(started, more),
        expected: (args, wanted = kinds) => expected(args, wanted),
    };
}


// more: parameters of each "billing_provider".  A busy machine takes its time.
function directives({ aws, azure, google, summary }, more) {
    const patience = /timeout=/.test(more) ? '' : 'timeout=60s';
    const both = ({ url }) => `endpoint=${url} login=${url}`;
    const summaries = ['google_cloud', 'alibaba_cloud', 'tencent', 'akamai'];

    return [`aws ${both(aws)}`, `azure ${both(azure)} pace=off`,
        `google_cloud ${both(google)}`, ...summaries.map((cloud) =>
            `hyperbilling_${cloud} endpoint=${summary.url}`)]
        .map((text) => `billing_provider ${text} ${patience} ${more};`).join('\n');
}


// {provider, credentials, cloud, whose, currency, rate}: where the figures are
// from, and how many of its units the sandbox's are.
function kindsOf({ aws, azure, google, summary }) {
    const all = [
        ['aws', awsKey(aws.credentials.main), aws, { user: 'main' }],
        ['aws', awsRole(aws.credentials.caller), aws, { user: 'caller' }],
        ['azure', azureKey(azure.credentials.main), azure, { user: 'main' }],
        ['azure', azureKey(azure.credentials.won), azure, { user: 'won' },
            'KRW'],
        ['google_cloud', googleKey(google.credentials.main), google, {}, 'KRW'],
        ...[['google_cloud', 'gcp'], ['alibaba_cloud', 'alibaba', 'KRW'],
            ['tencent', 'tencent'], ['akamai', 'akamai']]
            .map(([cloud, user, currency]) => [`hyperbilling_${cloud}`,
                summaryKey(summary.credentials[user],
                    currency === undefined ? 'USD' : 'billing'),
                summary, { user }, currency, currency && 1000n]),
    ];

    return all.map(([provider, credentials, cloud, whose, currency = 'USD',
        rate = 1n]) => ({ provider, credentials, cloud, whose, currency, rate }));
}


// What the sandboxes themselves say, by currency.
async function expected(args, kinds) {
    const sums = {};

    for (const { cloud, whose, currency, rate } of kinds) {
        const { sum } = await cloud.data({ ...args, ...whose });
        sums[currency] = (sums[currency] ?? 0n) + parseDecimal(sum) * rate;
    }
    return Object.fromEntries(Object.entries(sums)
        .map(([currency, sum]) => [currency, formatDecimal(sum)]));
}


// The sums of an answer, by currency, as the sandboxes write them.
export function sumsOf({ currencies }, member = 'sum') {
    return Object.fromEntries(currencies.map((one) =>
        [one.currency, formatDecimal(parseDecimal(one[member]))]));
}
