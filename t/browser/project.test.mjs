// The dashboard of a project, and its table of services.

import { readFileSync } from 'node:fs';

import { becomes, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();

const SHOWN = 6;
const FOLDED = 5;


async function furnish(visit) {
    const group = await visit.group('Shop');
    const project = await visit.project('쇼핑몰', group);
    const account = await visit.account('=Alpha', project, 2);
    const { body } = await visit.api.get(`projects/${project.id}/dashboard`);

    await visit.account('Elsewhere', await visit.project('Data'));
    return { project, account, body, currency: body.currencies[0] };
}


const exact = (text) => `${text} USD`;

// The API's decimals as whole numbers, to add them up.
const units = (text) => BigInt(text.replace(/^(-?\d+)\.(\d+)$/,
    (_, whole, fraction) => whole + fraction.padEnd(12, '0')));

function values(locator) {
    return locator.evaluateAll((cells) => cells.map((cell) =>
        cell.querySelector('data.money')?.value ?? null));
}


function month(text, count) {
    const date = new Date(`${text}-01T00:00:00Z`);

    date.setUTCMonth(date.getUTCMonth() + count);
    return date.toISOString().slice(0, 7);
}


function day(text, count) {
    return new Date(Date.parse(text) + count * 86_400_000)
        .toISOString().slice(0, 10);
}


// What the table of services should show for a window of six periods.
async function expected(visit, project, granularity, end, add) {
    const start = add(end, 1 - SHOWN);
    const { body } = await visit.api.get(`costs?project=${project.id}`
        + `&group_by=service&granularity=${granularity}`
        + `&start=${start}&end=${end}&limit=1000`);
    const [currency] = body.currencies;

    return {
        dates: body.dates,
        rows: currency.groups.filter(({ costs }) =>
            costs.some((cost) => cost !== '0.00')),
        foot: [...currency.costs, currency.sum].map(exact),
    };
}


class Table {
    constructor(visit) {
        this.visit = visit;
        this.part = visit.part('cost-table');
    }

    heads() {
        return this.part.locator('thead th').allTextContents();
    }

    // without what stands beside them
    names() {
        return this.part.locator('tbody th').evaluateAll((all) => all.map((one) =>
            (one.querySelector('a') ?? one.firstChild).textContent));
    }

    cells(row) {
        return values(this.part.locator('tbody tr').nth(row).locator('td'));
    }

    foot() {
        return values(this.part.locator('tfoot td'));
    }

    // Folded up, in this window.
    async shows({ dates, rows, foot }) {
        const { lang } = this.visit;
        const format = new Intl.DateTimeFormat(lang, {
            year: 'numeric', month: 'short', timeZone: 'UTC',
            ...dates[0].length > 7 && { day: 'numeric' },
        });
        const names = dates.map((date) => format.format(new Date(date)));

        await becomes(async () => (await this.heads()).slice(1, -1)
            .map((head, at) => head.slice(0, names[at].length)), names);
        await becomes(() => this.foot(), foot);
        await becomes(() => this.names(),
            rows.slice(0, FOLDED).map(({ key }) => key.service));
        for (const [at, { costs, sum }] of rows.slice(0, FOLDED).entries()) {
            deepEqual(await this.cells(at), [
                ...costs.map((cost) => cost === '0.00' ? null : exact(cost)),
                exact(sum),
            ]);
        }
    }
}


web.scenario('figures by month and by day', async (visit) => {
    const { t } = visit;
    const { project, currency } = await furnish(visit);
    const figure = (id) => visit.part(id).locator('data').getAttribute('value');
    const label = (id) => visit.part(id).locator('dt').textContent();

    await visit.go(`projects/${project.id}`);
    await visit.at('쇼핑몰');
    await becomes(async () => (await visit.page.locator('.lead').textContent())
        .includes('Shop'), true);
    is(await figure('figure-now'), exact(currency.this_month));
    is(await figure('figure-before'), exact(currency.last_month));
    like(await label('figure-now'), new RegExp(t('figure.this_month')));
    like(await label('figure-now'), new RegExp(t('state.in_progress')));
    is(await label('figure-before'), t('figure.last_month'));

    await visit.part('granularity').getByRole('radio', { name: t('trend.day') }).click();
    await becomes(() => figure('figure-now'), exact(currency.daily.costs.at(-2)));
    is(await figure('figure-before'), exact(currency.daily.costs.at(-3)));
    like(await label('figure-now'), new RegExp(t('figure.yesterday')));
    is(await label('figure-before'), t('figure.two_days_ago'));
    is(visit.address, `projects/${project.id}?by=day`);
});


web.scenario('six months at a time, back and forth', async (visit) => {
    const { page } = visit;
    const { project, currency } = await furnish(visit);
    const table = new Table(visit);
    const newest = currency.monthly.dates.at(-1);
    const window = (end) => expected(visit, project, 'MONTHLY', end, month);
    const pages = [newest, month(newest, -6), month(newest, -12)];

    await visit.go(`projects/${project.id}`);
    await table.shows(await window(pages[0]));
    await becomes(() => visit.button('table.newer').isDisabled(), true);

    await visit.button('table.older').click();
    await table.shows(await window(pages[1]));
    is(visit.address, `projects/${project.id}?end=${pages[1]}`);
    await visit.button('table.older').click();
    await table.shows(await window(pages[2]));

    await page.reload();
    await table.shows(await window(pages[2]));
    await page.goBack();
    await table.shows(await window(pages[1]));
    await visit.button('table.newer').click();
    await table.shows(await window(pages[0]));
    await becomes(() => visit.button('table.newer').isDisabled(), true);
});


web.scenario('six days at a time; the other granularity starts anew',
    async (visit) => {
        const { t } = visit;
        const { project, currency } = await furnish(visit);
        const table = new Table(visit);
        const today = currency.daily.dates.at(-1);
        const window = (end) => expected(visit, project, 'DAILY', end, day);

        await visit.go(`projects/${project.id}?by=day`);
        await table.shows(await window(today));
        is((await table.heads()).filter((head) =>
            head.includes(t('state.in_progress'))).length, 2);
        await visit.button('table.older').click();
        await table.shows(await window(day(today, -6)));
        is((await table.heads()).filter((head) =>
            head.includes(t('state.in_progress'))).length, 0);

        await visit.part('granularity')
            .getByRole('radio', { name: t('trend.month') }).click();
        await table.shows(await expected(visit, project, 'MONTHLY',
            currency.monthly.dates.at(-1), month));
        is(visit.address, `projects/${project.id}`);
    });


web.scenario('five rows, folded out to all, with sums that hold', async (visit) => {
    const { project, currency } = await furnish(visit);
    const table = new Table(visit);
    const { rows, foot } = await expected(visit, project, 'MONTHLY',
        currency.monthly.dates.at(-1), month);

    await visit.go(`projects/${project.id}`);
    await becomes(async () => (await table.names()).length, FOLDED);
    const more = visit.page.getByRole('button',
        { name: visit.plural('table.more', rows.length) });
    await becomes(() => more.getAttribute('aria-expanded'), 'false');
    await more.click();
    await becomes(() => table.names(), rows.map(({ key }) => key.service));

    for (const column of foot.keys()) {
        const cells = await values(table.part.locator(
            `tbody tr td:nth-of-type(${column + 1})`));
        is(String(cells.filter(Boolean)
            .reduce((sum, cell) => sum + units(cell.split(' ')[0]), 0n)),
        String(units(foot[column].split(' ')[0])));
    }

    await visit.button('table.less').click();
    await becomes(async () => (await table.names()).length, FOLDED);
});


web.scenario('rises are told by a mark and a word', async (visit) => {
    const { project, currency } = await furnish(visit);
    const newest = currency.monthly.dates.at(-1);
    const first = month(newest, -6);
    const { body } = await visit.api.get(`costs?project=${project.id}`
        + `&group_by=service&start=${first}&end=${newest}&limit=1000`);
    let rises = 0;
    for (const { costs } of body.currencies[0].groups) {
        for (let at = 1; at < costs.length - 1; at++) {
            const [before, now] = [units(costs[at - 1]), units(costs[at])];
            rises += before > 0n && now * 2n >= before * 3n
                && now - before >= 10n ** 12n;
        }
    }

    await visit.go(`projects/${project.id}`);
    await visit.page.locator('button.fold').click();
    await becomes(() => visit.part('cost-table').locator('td.rise .sr').count(), rises);
    /* the month in progress is compared with nothing */
    is(await visit.part('cost-table').locator('tbody tr td:nth-of-type(6).rise')
        .count(), 0);
});


web.scenario('the table as CSV', async (visit) => {
    const { page } = visit;
    const { project, currency } = await furnish(visit);
    const newest = currency.monthly.dates.at(-1);

    await visit.go(`projects/${project.id}`);
    const [download] = await Promise.all([
        page.waitForEvent('download'),
        visit.part('costs').getByRole('link', { name: 'CSV' }).click(),
    ]);
    like(download.suggestedFilename(), /^costs.*\.csv$/);
    const text = readFileSync(await download.path(), 'utf8');
    const lines = text.replace(/^\uFEFF/, '').trimEnd().split('\r\n');
    const { rows } = await expected(visit, project, 'MONTHLY', newest, month);

    is(lines[0], 'service,service_name,date,currency,cost,in_progress,complete');
    for (const { key, costs } of rows.slice(0, 3)) {
        ok(lines.includes(`${key.service},,${newest},USD,${costs.at(-1)},`
            + 'true,true'),
            `${key.service} in ${lines.slice(0, 5)}`);
    }
});


web.scenario('accounts of the project, with their state', async (visit) => {
    const { t } = visit;
    const { project } = await furnish(visit);
    const part = visit.part('project-accounts');

    await visit.go(`projects/${project.id}`);
    deepEqual(await part.locator('tbody th').allTextContents(), ['=Alpha']);
    await seen(part.getByText(t('status.fresh')));
    like(await part.locator('tbody td').last().textContent(), /\d\d:\d\d UTC/);
    await part.getByRole('link', { name: '=Alpha' }).click();
    await visit.at('=Alpha');
});


web.scenario('a project without accounts leads to the wizard', async (visit) => {
    const { t } = visit;
    const project = await visit.project('Empty');

    await visit.go(`projects/${project.id}`);
    await becomes(() => visit.part('no-data').textContent(),
        t('project.no_accounts'));
    await visit.link('accounts.add').click();
    await visit.at(t('wizard.title'));
    is(visit.address, `service-accounts/new?project=${project.id}`);
});


web.scenario('a project that is not there', async (visit) => {
    const { t } = visit;
    visit.allow('404 GET projects/project-000000000000',
        '404 GET projects/project-000000000000/dashboard');

    await visit.go('projects/project-000000000000');
    await seen(visit.part('problem').getByText(t('problem.not_found')));
    await gone(visit.part('loading'));
});
