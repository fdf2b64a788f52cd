// Costs of both signs: what is large is not lost among the others because it
// is a credit, and what a share is a part of is said.

import { rowsOf } from '../lib/csv.mjs';
import { currencies, dashboard, days, loadRows, months } from '../lib/figures.mjs';
import { deepEqual, is, ok, test } from '../lib/tap.mjs';
import { startWorld } from '../lib/world.mjs';


const world = await startWorld();
const { sandbox, get } = world;

const linked = ['300000000003'];
const credential = { client: 'a', secret: 's' };
await sandbox.setCredential({ ...credential, linked });
const project = (await world.createProject('one')).id;
const { id } = await world.createAccount('account', project, credential);

// a credit, and what is billed to the same micro the other way
const [month] = months(-2, -2);
const book = (service, cost) => sandbox.restate({
    account: linked[0], date: `${month}-05`, cost, service,
});

await book('Credits', '-14000');
await book('Equal', '14000');
await book('Refund', '-0.000001');

const accounts = [{ id, project, linked }];
const byMonth = await loadRows(sandbox, accounts, months(-11, 0));
const [lastMonth] = months(-1, -1);
const byDay = await loadRows(sandbox, accounts,
    days(-62, 0).filter((day) => day >= `${lastMonth}-01`));
const services = ({ groups }) => groups.map(({ key }) => key?.service);


test('groups go by magnitude: a credit is not among the others', async () => {
    const { json } = await get('costs?group_by=service&limit=8');
    const [usd] = json.currencies;

    deepEqual(json.currencies, currencies(byMonth, {
        dates: months(-11, 0), group_by: ['service'], limit: 8,
    }));
    ok(services(usd).includes('Credits'), 'the credit is shown');
    is(services(usd).indexOf('Equal'), services(usd).indexOf('Credits') + 1,
        'equal magnitudes in the order of their names');
    is(usd.groups[8].negative, '-0.000001', 'what the rest hides');

    const explicit = await get('costs?group_by=service&limit=8&sort=-magnitude');
    is(explicit.headers.etag, (await get('costs?group_by=service&limit=8'))
        .headers.etag, 'it is the default');
});

for (const sort of ['-sum', 'sum', 'magnitude']) {
    test(`sort=${sort}`, async () => {
        const { json } = await get(`costs?group_by=service&limit=8&sort=${sort}`);

        deepEqual(json.currencies, currencies(byMonth, {
            dates: months(-11, 0), group_by: ['service'], limit: 8, sort,
        }));
    });
}

test('shares are of the sum, until signs mix', async () => {
    const of = async (args) =>
        (await get(`costs?${args}`)).json.currencies[0].share_of;

    is(await of('group_by=service'), 'magnitudes');
    is(await of('group_by=service&limit=1'), 'magnitudes', 'within the rest');
    is(await of('group_by=service&service=Credits'), 'sum');
    is(await of('group_by=region'), 'sum');
    is(await of('sort=sum'), 'sum', 'no groups');
});

test('the dashboard says it of each list', async () => {
    const { json } = await get('dashboard');

    deepEqual(json.currencies, [dashboard(byMonth, byDay)]);
    deepEqual(json.currencies[0].share_of, {
        by_service: 'magnitudes', by_region: 'sum', by_project: 'sum',
        by_account: 'sum',
    });
    ok(services({ groups: json.currencies[0].by_service }).includes('Credits'));

    const page = await get(`projects/${project}/dashboard`);
    deepEqual(page.json.currencies,
        [dashboard(byMonth, byDay, { project: true })]);
});

test('files have the same order', async () => {
    const args = `group_by=service&start=${month}&end=${month}`;
    const [usd] = (await get(`costs?${args}`)).json.currencies;
    const { text } = await get(`costs?${args}&format=csv&for=program`);

    deepEqual(rowsOf(text).map(({ service }) => service), services(usd));
});
