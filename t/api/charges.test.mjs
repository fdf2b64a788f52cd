// What kind of charge costs are, as each provider tells it and as rarely as it
// has to be asked; and what providers say they have not closed.

import { startClouds, sumsOf } from '../lib/clouds.mjs';
import { rowsOf } from '../lib/csv.mjs';
import { startWorld } from '../lib/world.mjs';
import { deepEqual, is, ok, test, until } from '../lib/tap.mjs';
import { formatDay, formatMonth, monthFirst, monthLast, monthOf, today }
    from '../sandbox/calendar.mjs';
import { formatDecimal, parseDecimal } from '../sandbox/decimal.mjs';


const clouds = await startClouds();
const { aws, azure } = clouds;
// one for each way of telling charges
const kinds = clouds.kinds.filter(({ provider }, i, all) =>
    all.findIndex((one) => one.provider === provider) === i);
const world = await startWorld({ http: clouds.directives() });
const project = await world.createProject('Charges');
const month = monthOf(today());
const range = `start=${formatMonth(month - 1)}&end=${formatMonth(month - 1)}`;
const period = { start: formatDay(monthFirst(month - 1)),
    end: formatDay(monthLast(month - 1)) };
const ids = {};

for (const { provider, credentials } of kinds) {
    const account = await world.admin.create('service-accounts', {
        name: provider, project_id: project.id, provider, credentials });

    ids[provider] = account.id;
}

// What a busy machine does not get within thirty seconds comes behind the answer.
const costs = (query) => until(async () => {
    const { json } = await world.get(`costs?${range}&${query}`);

    return !json.accounts.some(({ code }) => code === 'timeout') && json;
}, `all figures of ${query}`, 60_000);

// The questions about costs that AWS and Azure were asked.
async function questions() {
    const asked = [...await aws.calls(), ...await azure.calls()].filter(
        ({ granularity }) => ['MONTHLY', 'DAILY', 'Monthly', 'Daily']
            .includes(granularity));

    await aws.control('DELETE', 'calls');
    await azure.control('DELETE', 'calls');
    return asked.length;
}

// {provider: {charge: sum}} of an answer grouped by both.
function byCharge({ currencies }) {
    const sums = {};

    for (const { groups } of currencies) {
        for (const { key, sum } of groups) {
            sums[key.provider] ??= {};
            sums[key.provider][key.charge_type]
                = formatDecimal(parseDecimal(sum));
        }
    }
    return sums;
}


test('charges of all providers, to the last digit', async () => {
    const answer = await costs('group_by=provider,charge_type');
    const wanted = {};

    for (const { provider, cloud, whose, rate } of kinds) {
        const { rows } = await cloud.data(
            { ...period, ...whose, group_by: 'charge' });

        wanted[provider] = {};
        for (const { charge, cost } of rows) {
            // Azure has no support: it is a purchase
            const name = provider === 'azure' && charge === 'support'
                ? 'fee' : charge;
            wanted[provider][name] = formatDecimal(parseDecimal(cost) * rate);
        }
    }

    is(answer.complete, true);
    deepEqual(byCharge(answer), wanted);
    ok(wanted.aws.credit.startsWith('-') && wanted.aws.tax, 'something to see');
    deepEqual(sumsOf(answer), await clouds.expected(period, kinds));
});


test('a filter, and what it leaves', async () => {
    const all = byCharge(await costs('group_by=provider,charge_type'));
    const some = await costs('group_by=provider,charge_type&charge_type=tax'
        + '&charge_type=credit');

    deepEqual(byCharge(some), Object.fromEntries(Object.entries(all)
        .map(([provider, { tax, credit }]) => [provider,
            { ...(credit && { credit }), ...(tax && { tax }) }])));
    deepEqual((await costs('charge_type=nothing')).currencies, []);
});


test('AWS and Azure are asked apart, once, and by nobody else', async () => {
    await questions();
    await costs('group_by=charge_type');
    await costs('group_by=service,charge_type&charge_type=usage');
    is(await questions(), 0, 'the answers are kept');

    // services and regions need the other question; charges are not asked for
    await costs('group_by=service,region');
    is(await questions(), 2);

    const { text } = await world.get(`costs?${range}&format=focus`);
    is(await questions(), 0, 'a file takes what there is');

    const types = {};
    for (const { x_Source, x_ChargeType, ChargeCategory } of rowsOf(text)) {
        (types[x_Source] ??= new Set()).add(`${x_ChargeType} ${ChargeCategory}`);
    }
    deepEqual([...types.aws].sort(), ['tax Tax', 'unknown Usage']);
    deepEqual([...types.google_cloud].sort(), ['credit Credit',
        'support Purchase', 'usage Usage']);
});


test('what charges are asked for with', async () => {
    const aws = `account=${ids.aws}`;
    const keys = (answer, name) => new Set(answer.currencies[0].groups
        .map(({ key }) => key[name]));

    await questions();
    const regions = await costs(`${aws}&group_by=region,charge_type`);
    is(await questions(), 1, 'with regions');
    ok(keys(regions, 'region').has('us-east-1'));

    // both cannot be told: services are, and nobody knows where
    const both = await costs(`${aws}&group_by=service,region,charge_type`);
    is(await questions(), 0);
    deepEqual([...keys(both, 'region')], ['']);
    ok(keys(both, 'service').has('AWS Lambda'));
    deepEqual(sumsOf(both), sumsOf(regions));
    is(both.complete, true);

    // a filter that nobody can apply gives no figure that looks whole
    const none = await costs(
        `${aws}&group_by=service,charge_type&region=us-east-1`);
    is(none.complete, false);
    deepEqual(none.accounts.map(({ state, code }) => `${state} ${code}`),
        ['failed not_told']);
    deepEqual(none.currencies, []);
    is(await questions(), 0);

    const one = await costs(`${aws}&region=us-east-1&charge_type=usage`);
    is(one.complete, true);
    is(await questions(), 0);
});


test('what AWS has not closed is in progress', async () => {
    const query = `account=${ids.aws}&start=${formatMonth(month - 2)}`
        + `&end=${formatMonth(month)}`;
    const get = async (more = '') => (await world.get(
        `costs?${query}&refresh=true${more}`)).json.in_progress;
    const [earlier, last, now] = [month - 2, month - 1, month].map(formatMonth);

    deepEqual(await get(), [now]);

    await aws.control('PUT', 'settings', { estimated: 2 });
    deepEqual(await get(), [last, now]);
    deepEqual(await get('&group_by=charge_type'), [last, now]);

    // also in what is kept, in files and on dashboards
    deepEqual((await world.get(`costs?${query}`)).json.in_progress, [last, now]);

    const { text } = await world.get(`costs?${query}&format=csv&for=program`);
    deepEqual(Object.fromEntries(rowsOf(text).map(({ date, in_progress }) =>
        [date, in_progress])), { [earlier]: 'false', [last]: 'true', [now]: 'true' });

    const focus = rowsOf((await world.get(`costs?${query}&format=focus`)).text);
    deepEqual([...new Set(focus.filter(({ x_InProgress }) => x_InProgress === 'true')
        .map(({ BillingPeriodStart }) => BillingPeriodStart.slice(0, 7)))].sort(),
    [last, now]);

    const { json } = await world.get(`projects/${project.id}/dashboard`);
    ok(json.in_progress.includes(last), json.in_progress);
    ok(!json.in_progress.includes(earlier), json.in_progress);

    await aws.control('PUT', 'settings', { estimated: 1 });
    deepEqual(await get(), [now]);
});


test('days are kept as they were at each age', async () => {
    const { cli } = world.redis;
    const base = 'billing:{default}:';
    const key = `${base}cost:${ids.azure}:1:ages`;

    const days = (await world.get(`costs?account=${ids.azure}&granularity=DAILY`
        + `&start=${formatDay(today() - 9)}&refresh=true`)).json;
    const fields = (await cli('hkeys', key)).split('\n').sort();

    deepEqual(fields, Array.from({ length: 6 }, (_, age) =>
        `${formatDay(today() - age)} ${age} USD`).sort());
    for (let age = 0; age < 6; age++) {
        const day = formatDay(today() - age);

        is(await cli('hget', key, `${day} ${age} USD`),
            days.currencies[0].costs[days.dates.indexOf(day)], day);
    }

    // those of older days go; so does all of it, with the account
    await cli('hset', key, `${formatDay(today() - 10)} 5 USD`, '1.00',
        `${formatDay(today() - 9)} 5 USD`, '1.00');
    await world.get(`costs?account=${ids.azure}&granularity=DAILY&refresh=true`);
    is((await cli('hkeys', key)).split('\n').length, 7);
    ok(Number(await cli('ttl', key)) > 86_400);
    is((await world.get('check')).json.findings.length, 0);

    const { version } = (await world.get(`service-accounts/${ids.azure}`)).json;
    await world.admin.delete(`service-accounts/${ids.azure}`, version);
    is(await cli('exists', key), '0');
});
