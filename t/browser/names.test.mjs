// What things are called, for those who hear a page or speak to it, and what
// is taken away from one.

import { readFileSync } from 'node:fs';

import { focused, seen, startWeb } from '../lib/browser.mjs';
import { linesOf } from '../lib/csv.mjs';
import { deepEqual, is, ok } from '../lib/tap.mjs';


const web = await startWeb();

async function furnish(visit) {
    const project = await visit.project('=Shop', await visit.group('쇼핑'));
    const account = await visit.account('운영, "서울"', project, 2);

    return { project, account };
}


web.scenario('headings go down step by step, names tell where links lead', async (visit) => {
    const { page } = visit;
    const { project, account } = await furnish(visit);

    for (const path of ['', '?as=table', `projects/${project.id}`, 'costs', 'projects',
        'service-accounts', `service-accounts/${account.id}`, 'providers',
        'service-accounts/new', 'no/page']) {
        await visit.go(path);
        deepEqual(await visit.violations(), [], path);
        deepEqual(await page.evaluate(() => {
            const targets = new Map();

            for (const link of document.querySelectorAll('main a:not(.skip)')) {
                const name = (link.getAttribute('aria-label') ?? link.textContent).trim();
                targets.set(name, (targets.get(name) ?? new Set()).add(link.href));
            }
            return [...targets].filter(([, all]) => all.size > 1).map(([name]) => name);
        }), [], `${path}: one name, several targets`);
        deepEqual(await page.evaluate(() => [...document.querySelectorAll(
            '[role=switch], button[aria-label], a[aria-label]')].filter((one) =>
            !one.getAttribute('aria-label').includes(one.innerText.trim()))
            .map((one) => one.outerHTML)), [], `${path}: what is seen is not in the name`);
    }
});


web.scenario('each card of many stops can be passed over', async (visit) => {
    const { page, t } = visit;

    await furnish(visit);
    await visit.go();
    await seen(visit.part('chart'));
    const skip = page.getByRole('link', { name: t('card.skip', { title: t('trend.title') }) });
    await skip.focus();
    const { width, height } = await skip.boundingBox();
    ok(width > 20 && height > 10, 'seen with the focus');
    await page.keyboard.press('Enter');
    await focused(page.getByRole('heading', { name: t('calendar.title') }));
    is(visit.address, '');
});


// A file that a click leads to.
async function saved({ page }, locator) {
    const [download] = await Promise.all([page.waitForEvent('download'), locator.click()]);
    return readFileSync(await download.path(), 'utf8');
}


web.scenario('a table is saved as it is shown, and by amounts, with names', async (visit) => {
    const { page, t } = visit;
    const { project, account } = await furnish(visit);

    await visit.go('costs?group=account');
    await seen(visit.part('cost-table'));
    const shown = await saved(visit, visit.part('table-csv'));
    const [head, row, ...rest] = linesOf(shown.slice(1));

    is(shown[0], '\ufeff');
    is(head[0], t('dimension.account'));
    ok(head.at(-2).endsWith(`(${t('state.in_progress')})`), head.join());
    is(row[0], account.name);
    is(row.length, head.length);
    ok(row.slice(1).every((cell) => /^-?\d+(\.\d+)?$/.test(cell)), row.join());
    is(rest.at(-1)[0], t('table.sum'));
    deepEqual(rest.at(-1).slice(1), row.slice(1));

    const amounts = linesOf((await saved(visit,
        page.getByRole('link', { name: /^CSV/ }))).slice(1));
    deepEqual(amounts[0].slice(0, 2), ['account', 'account_name']);
    for (const name of ['in_progress', 'complete']) {
        ok(amounts[0].includes(name), name);
    }
    deepEqual(amounts[1].slice(0, 2), [account.id, account.name]);

    /* all rows, also folded ones; nothing that a spreadsheet would run */
    await visit.go('costs?group=project');
    await seen(visit.part('cost-table'));
    const [, first] = linesOf((await saved(visit, visit.part('table-csv'))).slice(1));
    is(first[0], `'${project.name}`);
    await visit.go('costs?group=service');
    await seen(visit.part('cost-table'));
    ok(linesOf(await saved(visit, visit.part('table-csv'))).length > 8);
    is(await visit.part('cost-table').locator('tbody tr').count(), 5);
});
