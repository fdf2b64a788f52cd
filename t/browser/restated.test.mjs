// Months that the provider changed afterwards: both dashboards say so.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { months } from '../lib/figures.mjs';
import { deepEqual, is, like } from '../lib/tap.mjs';


const web = await startWeb({ zone: false });
const [MONTH] = months(-4, -4);


web.scenario('a month that changed is told of, with its accounts', async (visit) => {
    const { lang } = visit;
    const project = await visit.project('Web');
    const account = await visit.account('Alpha', project);
    const { body } = await visit.api.get('costs');
    const linked = (await web.sandbox.control('GET', 'credentials'))
        .find(({ client }) => client === account.credentials.email).linked[0];

    await visit.go();
    await seen(visit.part('this-month'));
    is(await visit.part('restated').count(), 0);

    await web.sandbox.restate(
        { account: linked, date: `${MONTH}-10`, cost: '12.4' });
    await visit.api.get('costs?refresh=true');

    for (const page of ['', `projects/${project.id}`]) {
        await visit.go(page);
        const part = visit.part('restated');
        await seen(part);
        const text = await part.textContent();
        const month = new Intl.DateTimeFormat(lang, {
            year: 'numeric', month: 'long', timeZone: 'UTC',
        }).format(new Date(`${MONTH}-01T00:00:00Z`));
        like(text, new RegExp(month));
        like(text, /\+(US)?\$12\.40/);

        await part.locator('summary').click();
        await seen(part.getByRole('link', { name: 'Alpha' }));
        await becomes(() => part.locator('data').first().getAttribute('value'),
            `${body.currencies[0].costs[body.dates.indexOf(MONTH)]} USD`);
        deepEqual(await visit.violations(), []);
    }
});
