// Many accounts at once: tested row by row, added together or not at all.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();

const csv = (rows) => rows.map((row) => row.map((field) =>
    `"${String(field).replaceAll('"', '""')}"`).join(',')).join('\r\n');
const HEAD = ['name', 'project', 'account', 'email', 'key', 'tag:team'];
const line = (name, project, { account, email, key }, team = '') =>
    [name, project, account, email, key, team];
const states = (visit) => visit.part('many-table').locator('tbody tr')
    .evaluateAll((all) => all.map((row) => row.dataset.state));

async function open(visit, text) {
    await visit.go('service-accounts/new');
    await visit.link('many.link').click();
    await visit.at(visit.t('many.title'));
    await visit.field('many.text').fill(text);
    await visit.button('many.test').click();
}


web.scenario('pasted rows are tested and added', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Web');
    const [a, b] = [linkedAccount(), linkedAccount()];
    const [one, two] = [await web.credentials([a]), await web.credentials([b], b)];

    await open(visit, csv([HEAD, line('운영', 'web', one, 'shop'),
        line('', 'Basket', two)]));
    await becomes(() => states(visit), ['good', 'good']);
    is((await visit.api.get('service-accounts')).body.total, 0, 'only tested');
    like(await visit.part('many-table').textContent(),
        new RegExp(`Hyper Billing ${b}`));
    await visit.page.getByRole('button',
        { name: visit.plural('many.save', 2), exact: true }).click();
    await becomes(() => states(visit), ['saved', 'saved']);
    await seen(visit.page.getByText(visit.plural('many.done', 2)).last());

    const { body } = await visit.api.get('service-accounts');
    deepEqual(body.service_accounts.map(({ name }) => name).sort(),
        [`Hyper Billing ${b}`, '운영'].sort());
    const made = body.service_accounts.find(({ name }) => name === '운영');
    is(made.project_id, project.id);
    deepEqual(made.tags, { team: 'shop' });
    is((await visit.api.get('projects?q=Basket')).body.projects[0].accounts, 1);
    await visit.link('many.back').click();
    await visit.at(t('accounts.title'));
});


web.scenario('nothing is added while a row is wrong', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Web');
    const { ids: [taken], id } = await visit.account('First', project);
    const shared = linkedAccount();
    const good = await web.credentials([shared]);
    visit.allow('422 POST service-accounts/verify');

    await open(visit, csv([HEAD,
        line('Good', 'Web', good),
        line('Taken', 'Web', await web.credentials([taken])),
        line('Twice', 'Web', await web.credentials([shared])),
        line('Wrong key', 'Web', { ...good, key: 'wrong' }),
        line('first', 'Web', await web.credentials([linkedAccount()])),
        line('Slip', 'Web', { ...good, account: '12345678901' }),
        line('Nowhere', '', await web.credentials([linkedAccount()])),
    ]));
    await becomes(() => states(visit), ['good', 'overlap', 'twice', 'bad',
        'faults', 'faults', 'faults']);
    const row = (at) => visit.part('many-table').locator('tbody tr').nth(at);
    like(await row(1).getByRole('link', { name: 'First' }).getAttribute('href'),
        new RegExp(id));
    like(await row(3).textContent(), new RegExp(t('why.wrong_key').slice(0, 12)));
    like(await row(4).textContent(), new RegExp(t('fault.duplicate')));
    like(await row(5).textContent(), new RegExp(t('fault.account_id')));
    await becomes(() => visit.page.getByRole('button',
        { name: visit.plural('many.save', 7), exact: true }).count(), 0);
    is((await visit.api.get('service-accounts')).body.total, 1);

    await visit.page.getByRole('button',
        { name: visit.plural('many.leave_out', 6), exact: true }).click();
    await becomes(() => states(visit), ['good']);
    await visit.page.getByRole('button',
        { name: visit.plural('many.save', 1), exact: true }).click();
    await becomes(() => states(visit), ['saved']);
    is((await visit.api.get('service-accounts')).body.total, 2);
});


web.scenario('a row that is refused at last takes the others back', async (visit) => {
    const project = await visit.project('Web');
    const rows = await Promise.all(['One', 'Two', 'Three'].map(async (name) =>
        line(name, 'New one', await web.credentials([linkedAccount()]))));
    visit.allow('409 POST service-accounts');

    await open(visit, csv([HEAD, ...rows]));
    await becomes(() => states(visit), ['good', 'good', 'good']);
    await visit.account('TWO', project);
    await visit.page.getByRole('button',
        { name: visit.plural('many.save', 3), exact: true }).click();
    await becomes(() => states(visit), ['undone', 'faults', 'undone']);
    await becomes(async () => (await visit.api.get('service-accounts')).body
        .service_accounts.map(({ name }) => name), ['TWO']);
    await becomes(async () => (await visit.api.get('projects')).body.total, 1);
});


web.scenario('a file of JSON; keys are hidden, and kept nowhere', async (visit) => {
    const { page, t } = visit;
    await visit.project('Web');
    const credentials = await web.credentials([linkedAccount()]);

    await visit.go('service-accounts/new?many=1');
    await visit.page.locator('input[type=file]').setInputFiles({ name: 'a.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify([{ name: 'Alpha', project: 'Web', credentials }])) });
    await becomes(async () => (await visit.field('many.text').inputValue())
        .includes(credentials.key), true);
    like(await visit.field('many.text').getAttribute('class'), /hidden-lines/);
    await visit.button('many.test').click();
    await becomes(() => states(visit), ['good']);
    const kept = await page.evaluate(() => JSON.stringify(
        [{ ...localStorage }, { ...sessionStorage }, history.state]));
    ok(!kept.includes(credentials.key) && !kept.includes(credentials.email));
    deepEqual(await visit.violations(), []);

    /* what was tested is gone with the text that it was of */
    await visit.field('many.text').fill('email,secret\na,b');
    await gone(visit.part('many-table'));
    await visit.button('many.test').click();
    await seen(visit.page.getByText(t('many.fault.column', { about: 'secret' })));
});
