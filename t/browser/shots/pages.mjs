// Every page of a company that is well, and what opens in it; on paper, too.

import { becomes, seen } from '../../lib/browser.mjs';
import { furnish } from './company.mjs';


const PAPER = [[794, 1123]];


export async function pages({ visit, shot }) {
    const { projects, accounts } = await furnish(visit);

    for (const [name, path] of [
        ['dashboard', ''],
        ['dashboard-days', '?by=day&split=service&basis=last'],
        ['dashboard-projects', '?split=project&basis=year'],
        ['costs', 'costs?service=AmazonEC2'],
        ['costs-days', 'costs?by=day&group=linked_account'],
        ['project', `projects/${projects[0].id}`],
        ['project-days', `projects/${projects[0].id}?by=day`],
        ['projects', 'projects'],
        ['projects-search', 'projects?q=a'],
        ['accounts', 'service-accounts'],
        ['accounts-none', 'service-accounts?q=zzz'],
        ['account', `service-accounts/${accounts[0].id}`],
        ['missing', 'no/such/page'],
    ]) {
        await visit.go(path);
        await shot(name);
    }
    await inside(visit, shot);
    await member(visit, shot, projects);
}


// What a dashboard shows on demand.
async function inside(visit, shot) {
    const { page } = visit;

    await visit.go('?split=service');
    await becomes(async () => await page.locator('svg .series-2').count() > 0, true);
    await visit.part('chart').focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await shot('chart-tooltip', { window: true });
    await visit.button('trend.table').click();
    await shot('trend-table');
    await visit.go();
    await visit.button('export.label').first().click();
    await shot('export-menu', { window: true });
    await visit.go();
    await visit.button('calendar.older').click();
    await visit.settled();
    await visit.part('calendar').scrollIntoViewIfNeeded();
    await shot('calendar', { window: true });
}


async function member(visit, shot, projects) {
    await visit.become({ role: 'member', projects: [projects[0].id] });
    for (const [name, path] of [['dashboard', ''], ['projects', 'projects'],
        ['accounts', 'service-accounts'], ['providers', 'providers'],
        ['project', `projects/${projects[0].id}`]]) {
        await visit.go(path);
        await shot(`member-${name}`);
    }
    await visit.become({});
}


export async function paper({ visit, shot }) {
    const { page } = visit;
    const { projects, accounts } = await furnish(visit);

    for (const [name, path] of [['dashboard', ''], ['project', `projects/${projects[0].id}`],
        ['costs', 'costs'], ['account', `service-accounts/${accounts[0].id}`],
        ['accounts', 'service-accounts']]) {
        await page.setViewportSize({ width: 794, height: 1123 });
        await visit.go(path);
        await seen(page.locator('h1'));
        await page.emulateMedia({ media: 'print' });
        await shot(`paper-${name}`, { sizes: PAPER });
        await page.emulateMedia({ media: 'screen' });
    }
}
