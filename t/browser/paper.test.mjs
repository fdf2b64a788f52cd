// On paper: PDFs as the browser prints them, by where their words stand.

import { azureKey } from '../lib/clouds.mjs';
import { seen, startWeb } from '../lib/browser.mjs';
import { pagesOfPdf } from '../lib/pdf.mjs';
import { after, deepEqual, is, ok } from '../lib/tap.mjs';
import { startCloud } from '../sandbox/clouds/index.mjs';


const azure = await startCloud('azure');
after(() => azure.stop());

const web = await startWeb({
    http: `billing_provider azure endpoint=${azure.url} login=${azure.url} pace=off;`,
});

const SHEETS = ['A4', 'Letter'].flatMap((format) => [false, true].map((landscape) =>
    ({ format, landscape, printBackground: true })));
/* millimetres of "@page", as points */
const MARGIN = 12 / 25.4 * 72 - 0.5;
const ROWS = 4;


async function furnish(visit) {
    const project = await visit.project('데이터 플랫폼', await visit.group('Commerce'));
    const account = await visit.account('운영 서울 Production', project, 2);

    await visit.api.create('service-accounts', { name: 'Azure 한국', provider: 'azure',
        project_id: project.id, credentials: azureKey(azure.credentials.won) });
    return { project, account };
}


// What stands outside of the sheet or in its margins.  A word is as high as its
// font, which is more than what is seen of it.
const outside = (pages) => pages.flatMap(({ width, height, words }, at) => words
    .filter(({ left, right, top, bottom }) => left < MARGIN || right > width - MARGIN
        || (top + bottom) / 2 < MARGIN || (top + bottom) / 2 > height - MARGIN)
    .map(({ text }) => `${at + 1}: ${text}`));

const textOf = (pages) => pages.flatMap(({ words }) => words.map(({ text }) => text))
    .join(' ');


web.scenario('on each sheet all is inside, and it says what it is of', async (visit) => {
    const { page, t } = visit;
    const { project, account } = await furnish(visit);

    for (const [path, facts] of [
        ['', ['KRW']],
        ['?currency=USD&by=day', ['USD']],
        [`projects/${project.id}?currency=KRW`, ['KRW', '데이터']],
        ['costs?service=AmazonEC2&currency=USD', ['USD', 'AmazonEC2']],
        [`service-accounts/${account.id}`, ['USD']],
        ['projects', []], ['service-accounts', []], ['providers', []],
        ['service-accounts/new', []],
    ]) {
        await visit.go(path);
        for (const sheet of SHEETS) {
            const what = `${path} ${sheet.format} ${sheet.landscape}`;
            const pages = pagesOfPdf(await page.pdf(sheet));
            const text = textOf(pages);

            deepEqual(outside(pages), [], what);
            for (const fact of facts) {
                ok(text.includes(fact), `${what}: no ${fact}`);
            }
            if (facts.length > 0) {
                const said = [t('paper.period'), t('currency.label'), t('costs.filters'),
                    t('paper.as_of'), t('paper.printed')];
                deepEqual(said.filter((one) => !text.includes(one)), [], what);
                ok(/UTC \(\d\d:\d\d|UTC \(.*\d\d:\d\d GMT\+9\)|UTC \(GMT\+9/.test(text),
                    `${what}: no local time`);
            }
            ok(!text.includes(t('refresh.action')), `${what}: a button`);
        }
    }
    /* afterwards all is as it was */
    await visit.go(`projects/${project.id}`);
    await seen(visit.part('cost-table'));
    const before = await page.evaluate(() => document.documentElement.outerHTML);
    await page.pdf(SHEETS[0]);
    is(await page.evaluate(() => document.documentElement.outerHTML), before);
});


// A table of so many periods, whose cells say where they belong: column 7 of
// row 2 is 2,007,000.
const label = (column) => `C${String(column).padStart(2, '0')}`;
const amount = (row, column) => `₩${row},${String(column).padStart(3, '0')},000`;

async function widen({ page }, columns) {
    await page.evaluate(([count, rows, labels, amounts]) => {
        const table = document.querySelector('[data-testid=cost-table]');
        const fill = (row, texts) => {
            const [name, model] = row.cells;

            row.replaceChildren(name, ...texts.map((text) => {
                const cell = model.cloneNode(false);
                const inner = document.createElement('data');

                inner.className = 'money';
                inner.textContent = text;
                cell.append(inner);
                return cell;
            }));
        };
        const body = [...table.tBodies[0].rows];

        /* what is unfolded would be drawn anew */
        document.querySelectorAll('.fold').forEach((one) => one.remove());

        body.slice(rows).forEach((row) => row.remove());
        fill(table.tHead.rows[0], labels);
        body.slice(0, rows).forEach((row, at) => {
            row.cells[0].textContent = `Row${at + 1}`;
            fill(row, amounts[at]);
        });
        fill(table.tFoot.rows[0], amounts[rows]);
    }, [columns, ROWS, Array.from({ length: columns }, (_, at) => label(at + 1)),
        Array.from({ length: ROWS + 1 }, (_, row) => Array.from({ length: columns },
            (__, at) => amount(row + 1, at + 1)))]);
}


// The words below the first one that holds for all of them.
const find = (pages, text) => pages.flatMap(({ words }, page) => words
    .filter((one) => one.text === text).map((one) => ({ ...one, page })));


web.scenario('each amount stands below its head and beside its name', async (visit) => {
    const { page, t } = visit;
    const { project } = await furnish(visit);

    for (const columns of [6, 12, 31]) {
        await visit.go(`projects/${project.id}?currency=USD`);
        await seen(visit.part('cost-table'));
        await widen(visit, columns);
        for (const sheet of SHEETS) {
            const what = `${columns} ${sheet.format} ${sheet.landscape}`;
            const pages = pagesOfPdf(await page.pdf(sheet));

            deepEqual(outside(pages), [], what);
            for (let column = 1; column <= columns; column++) {
                const heads = find(pages, label(column));

                is(heads.length, 1, `${what}: ${label(column)}`);
                for (let row = 1; row <= ROWS + 1; row++) {
                    const cells = find(pages, amount(row, column));
                    const [cell] = cells;

                    is(cells.length, 1, `${what}: ${amount(row, column)}`);
                    is(cell.page, heads[0].page, what);
                    ok(Math.abs(cell.right - heads[0].right) < 2
                        && cell.top > heads[0].top, `${what}: ${cell.text} at ${
                        cell.right}, its head at ${heads[0].right}`);
                    /* nothing of another head between them */
                    const name = row > ROWS ? t('table.sum') : `Row${row}`;
                    ok(find(pages, name.split(' ')[0]).some((one) =>
                        one.page === cell.page && Math.abs(one.bottom - cell.bottom) < 4
                        && one.right < cell.left), `${what}: ${cell.text} beside ${name}`);
                }
            }
        }
    }
});


web.scenario('rows that are folded on the screen are there on paper', async (visit) => {
    const { page } = visit;
    const { project } = await furnish(visit);

    await visit.go(`projects/${project.id}?currency=USD`);
    await seen(visit.part('cost-table'));
    const { body } = await visit.api.get(
        `costs?project=${project.id}&group_by=service&currency=USD&limit=1000`);
    const text = textOf(pagesOfPdf(await page.pdf(SHEETS[0])));
    const missing = body.currencies[0].groups
        .filter(({ sum }) => Number(sum) > 100)
        .map(({ key }) => key.service).filter((name) => !text.includes(name));

    deepEqual(missing, []);
    is(await visit.part('cost-table').locator('tbody tr').count(), 5);
});
