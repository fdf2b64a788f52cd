#!/usr/bin/env node
// Screenshots to look at: every page at three widths, in both themes and
// languages, into build/shots/ as "dashboard-1280-light-en.png".
//
//     node t/browser/shots.mjs [--out DIR] [--only TEXT] [--picture FILE]
//
// --only takes those whose name holds the text; --picture writes the one of
// the README instead.

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { launch, openVisit, seen } from '../lib/browser.mjs';
import { startBilling } from '../lib/billing.mjs';
import { Wizard } from '../lib/wizard.mjs';


const { values: options } = parseArgs({ options: {
    out: { type: 'string', default: 'build/shots' },
    only: { type: 'string', default: '' },
    picture: { type: 'string' },
} });
const WIDTHS = [1280, 768, 390];
const MOST_HEIGHT = 2600;

const billing = await startBilling({ sandbox: { child: true, seed: 7 } });
const browser = await launch();
const web = { ...billing, billing, browser, root: billing.url };

try {
    if (options.picture) {
        await picture(resolve(options.picture));
    } else {
        for (const lang of ['en', 'ko']) {
            for (const theme of ['light', 'dark']) {
                await shots(lang, theme);
            }
        }
    }
} finally {
    await browser.close();
    await billing.stop();
}


// A company with a few projects, one of whose accounts cannot be read.
async function furnish(visit, { whole = false } = {}) {
    const ko = visit.lang === 'ko';
    const shop = await visit.group(ko ? '쇼핑 사업부' : 'Online shop');
    const inner = await visit.group(ko ? '결제' : 'Payment', shop);
    const projects = [
        await visit.project(ko ? '장바구니' : 'Basket', shop),
        await visit.project(ko ? '결제 API' : 'Payment API', inner),
        await visit.project(ko ? '데이터 플랫폼' : 'Data platform'),
        await visit.project(ko ? '사내 도구' : 'Internal tools'),
    ];
    const names = ko
        ? ['운영 (서울)', '운영 (도쿄)', '스테이징', '분석', '백업']
        : ['Production Seoul', 'Production Tokyo', 'Staging', 'Analytics', 'Backup'];
    const accounts = [];

    for (const [at, name] of names.entries()) {
        accounts.push(await visit.account(name, projects[at % 4], 1 + at % 3,
            { tags: at === 0 ? { team: 'platform', env: 'prod' } : {} }));
    }
    if (!whole) {
        await billing.sandbox.setCredential({
            client: accounts[4].credentials.email, secret: 'changed since',
        });
    }
    return { projects, accounts };
}


async function shots(lang, theme) {
    const visit = await openVisit(web, { lang, theme });
    const shot = (name) => shoot(visit, `${lang}-${theme}`, name);

    await visit.go();
    await shot('first');
    const things = await furnish(visit);
    await pages(visit, shot, things);
    await dialogs(visit, shot, things);
    await wizard(visit, shot);
    await visit.close();
}


async function pages(visit, shot, { projects, accounts }) {
    for (const [name, path] of [
        ['dashboard', ''],
        ['dashboard-days', '?by=day&split=service&basis=last'],
        ['costs', 'costs?service=AmazonEC2'],
        ['project', `projects/${projects[0].id}`],
        ['project-days', `projects/${projects[0].id}?by=day`],
        ['projects', 'projects'],
        ['accounts', 'service-accounts'],
        ['account', `service-accounts/${accounts[0].id}`],
        ['providers', 'providers'],
        ['missing', 'no/such/page'],
    ]) {
        await visit.go(path);
        await shot(name);
    }
}


async function dialogs(visit, shot, { accounts }) {
    const { page, t } = visit;

    await visit.go(`service-accounts/${accounts[0].id}`);
    for (const [name, key] of [['edit', 'accounts.edit'],
        ['replace', 'accounts.replace'], ['delete', 'action.delete']]) {
        await visit.button(key).click();
        await seen(visit.dialog);
        await shot(`account-${name}`);
        await page.keyboard.press('Escape');
    }
    await visit.go('projects');
    await page.getByRole('button', { name: t('projects.new_project') }).first().click();
    await seen(visit.dialog);
    await shot('project-new');
}


async function wizard(visit, shot) {
    const { t } = visit;
    const steps = new Wizard(visit);
    const credentials = await billing.credentials(['000000000042', '000000000043']);

    await steps.start();
    await shot('wizard-1');
    await steps.provider();
    await steps.step('base');
    await steps.name.fill(visit.lang === 'ko' ? '새 계정' : 'New account');
    await visit.button('tags.add').click();
    await steps.tag('key', 1).fill('a-b');
    await shot('wizard-2');
    await steps.tag('key', 1).fill('team');
    await steps.next();
    await steps.step('credentials');
    await steps.fill(credentials);
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await shot('wizard-3');
    await steps.tab('json').click();
    await shot('wizard-3-json');
    await steps.next();
    await steps.step('project');
    await visit.part('project-tree').getByRole('treeitem').nth(2).click();
    await shot('wizard-4');
    await steps.save();
    await visit.at(t('success.title'));
    await shot('wizard-done');
}


async function shoot(visit, suffix, name) {
    const { page } = visit;

    for (const width of WIDTHS) {
        const file = `${name}-${width}-${suffix}.png`;

        if (file.includes(options.only)) {
            await page.setViewportSize({ width, height: 900 });
            await visit.settled();
            await drawn(page);
            const height = await page.evaluate(() =>
                document.documentElement.scrollHeight);
            mkdirSync(options.out, { recursive: true });
            await page.screenshot({
                path: join(options.out, file), fullPage: true,
                clip: { x: 0, y: 0, width, height: Math.min(height, MOST_HEIGHT) },
            });
        }
    }
    await page.setViewportSize({ width: WIDTHS[0], height: 900 });
}


function drawn(page) {
    return page.evaluate(async () => {
        await document.fonts.ready;
        await new Promise((resolve) => requestAnimationFrame(
            () => requestAnimationFrame(resolve)));
    });
}


// The main dashboard down to its first breakdowns, for the README.
async function picture(path) {
    const visit = await openVisit(web, { lang: 'en', theme: 'light' });

    await furnish(visit, { whole: true });
    await visit.go();
    await seen(visit.part('this-month'));
    await drawn(visit.page);

    const { y, height } = await visit.part('by-service').boundingBox();
    await visit.page.screenshot({
        path, fullPage: true,
        clip: { x: 0, y: 0, width: WIDTHS[0], height: y + height + 8 },
    });
    await visit.close();
}
