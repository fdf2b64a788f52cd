// Days of a month in the calendar, what can be saved of a chart, and the way
// back to where a page stood.

import { readFileSync } from 'node:fs';

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';


const web = await startWeb();


async function furnish(visit) {
    const shop = await visit.project('쇼핑몰');

    await visit.account('Alpha', shop, 2);
    await visit.account('Beta', shop);
    return shop;
}


function monthOf(offset) {
    const now = new Date();

    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1))
        .toISOString().slice(0, 7);
}


async function daysOf(visit, month) {
    const next = new Date(`${month}-01T00:00:00Z`);
    next.setUTCMonth(next.getUTCMonth() + 1, 0);
    const end = [next.toISOString().slice(0, 10), new Date().toISOString().slice(0, 10)]
        .sort()[0];
    const { body } = await visit.api.get(
        `costs?granularity=DAILY&start=${month}-01&end=${end}`);

    return body.dates.map((date, at) => [Number(date.slice(8)),
        `${body.currencies[0].costs[at]} USD`]);
}


function cells(visit) {
    return visit.part('calendar-grid').locator('td[title]').evaluateAll((all) =>
        all.map((cell) => [
            Number(cell.querySelector('.day-number').textContent),
            cell.title.slice(cell.title.lastIndexOf(': ') + 2),
        ]));
}


web.scenario('a calendar has every day of a month, exact', async (visit) => {
    const { page } = visit;
    await furnish(visit);

    await visit.go();
    await becomes(() => cells(visit), await daysOf(visit, monthOf(0)));
    ok(await visit.button('calendar.newer').isDisabled());

    await visit.button('calendar.older').click();
    await becomes(() => cells(visit), await daysOf(visit, monthOf(-1)));
    is(visit.address, `?month=${monthOf(-1)}`);
    await becomes(() => visit.part('calendar-grid').locator('td.open').count(),
        new Date().getUTCDate() === 1 ? 1 : 0);

    await page.reload();
    await becomes(() => cells(visit), await daysOf(visit, monthOf(-1)));
    await visit.button('calendar.newer').click();
    await becomes(() => cells(visit), await daysOf(visit, monthOf(0)));
    is(visit.address, '');
    deepEqual(await visit.violations(), []);
});


web.scenario('a chart is saved as a picture and as figures', async (visit) => {
    const { page, t } = visit;
    await furnish(visit);
    const { body } = await visit.api.get('costs');
    const save = async (key) => {
        const waiting = page.waitForEvent('download');
        await visit.part('trend').getByRole('button', { name: t('export.label') }).click();
        await page.getByRole('menuitem', { name: t(key) }).click();
        const download = await waiting;
        return [download.suggestedFilename(), readFileSync(await download.path())];
    };

    await visit.go();
    await seen(visit.part('trend').locator('svg .period').first());

    const [picture, png] = await save('export.png');
    is(picture, `trend-${body.start}-${body.end}.png`);
    deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa]);
    ok(await colours(page, png) > 8, 'the picture shows something');

    const [, csv] = await save('export.csv');
    for (const [at, date] of body.dates.entries()) {
        like(csv.toString(), new RegExp(`${date},USD,${body.currencies[0].costs[at]},(true|false),true\\r`));
    }

    await visit.button('trend.table').click();
    await visit.part('trend').getByRole('button', { name: t('export.label') }).click();
    await becomes(() => page.getByRole('menuitem').count(), 1, 'a table is no picture');
});


// How many colours a picture has, as the browser decodes it.
function colours(page, png) {
    return page.evaluate(async (bytes) => {
        const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const to = canvas.getContext('2d');

        to.drawImage(bitmap, 0, 0);
        const { data } = to.getImageData(0, 0, bitmap.width, bitmap.height);
        return new Set(new Uint32Array(data.buffer)).size;
    }, [...png]);
}


web.scenario('back leads to where the page stood', async (visit) => {
    const { page, t } = visit;
    await furnish(visit);
    const top = () => page.evaluate(() => Math.round(window.scrollY));

    await visit.go();
    const link = visit.part('by-account').getByRole('link', { name: 'Beta', exact: true });
    await link.scrollIntoViewIfNeeded();
    const stood = await top();
    ok(stood > 0);
    await link.click();
    await visit.at('Beta');
    is(await top(), 0);
    await page.goBack();
    await visit.at(t('dash.title'));
    await becomes(top, stood);
});
