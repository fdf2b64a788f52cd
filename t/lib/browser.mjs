// The web app in a real browser, against the whole system.
//
//     const web = await startWeb();
//     web.scenario('a group is created', async (visit) => {
//         await visit.go('projects');
//         await visit.button('projects.new_group').click();
//         ...
//     });
//
// A scenario runs once in each language, both at the same time: English in
// the light theme, Korean in the dark one, each in a browser context and a
// domain of its own, so that nothing is there which it has not made.  It fails
// as well for what watch.mjs finds.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';

import { linkedAccount, startBilling } from './billing.mjs';
import { alarm, scaled, slowness } from './pace.mjs';
import { after, deepEqual, diag, ok, test, until } from './tap.mjs';
import { texts } from './texts.mjs';
import { watch } from './watch.mjs';


const TOP = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = process.env.BILLING_BUILD ?? join(TOP, 'build');
const require = createRequire(join(TOP, 'html/package.json'));
const { chromium } = require('playwright-core');

const WAIT_MS = 20_000;
const PICTURE_MS = 100_000;
const TODO_WAIT_MS = 3_000; /* for what is known not to come */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
const MORE_RULES = ['heading-order', 'landmark-unique', 'label-content-name-mismatch',
    'page-has-heading-one', 'skip-link'];
const THEMES = { en: 'light', ko: 'dark' };
const LOCALES = { en: 'en-US', ko: 'ko-KR' };


export function launch(more = []) {
    return chromium.launch({
        executablePath: process.env.BILLING_CHROMIUM ?? '/usr/bin/chromium',
        args: [
            '--no-sandbox', '--disable-gpu', '--no-first-run',
            ...more.includes('--enable-quic') ? [] : ['--disable-quic'],
            '--disable-background-networking', '--disable-component-update',
            '--disable-sync', ...more,
        ],
    });
}


// Options are those of startBilling(); root is where the app is seen from
// outside, when not at the system itself.
//
// Returns the system with visit() and scenario() added; all ends after the
// tests.
export async function startWeb({ root, ...options } = {}) {
    const [billing, browser] = await Promise.all([
        startBilling({
            ...options, sandbox: { child: true, seed: 7, ...options.sandbox },
        }),
        launch(),
    ]);
    after(() => billing.stop());
    after(() => browser.close());

    const web = {
        ...billing,
        /* whose Redis may be put in the place of another */
        billing,
        browser,
        root: await root?.(billing) ?? billing.url,

        visit: (settings) => openVisit(web, settings),

        // Settings are those of visit(), timeout and todo of test(), langs
        // where one will do, and alone: what is done to the system would
        // disturb the other language.
        scenario(name, fn, settings = {}) {
            const langs = settings.todo ? ['en']
                : settings.langs ?? ['en', 'ko'];
            const start = (lang) => settled(
                run(web, `${name} ${lang}`, fn, { ...settings, lang }));
            let results;

            for (const [at, lang] of langs.entries()) {
                test(`${name} (${lang})`, async () => {
                    results ??= settings.alone ? [] : langs.map(start);
                    const { error } = await (results[at] ?? start(lang));

                    if (error) {
                        throw error;
                    }
                }, settings);
            }
        },
    };

    return web;
}


// A failure waits until somebody asks for it.
function settled(promise) {
    return promise.then(() => ({}), (error) => ({ error }));
}


async function run(web, name, fn, settings) {
    const visit = await web.visit(settings);
    // what it waits for, before the test's own time is over
    const off = alarm(PICTURE_MS, () => void picture(visit, name), { keep: false });

    try {
        await fn(visit);
        await visit.check();
    } catch (error) {
        await picture(visit, name);
        throw error;
    } finally {
        off();
        await visit.close();
    }
}


async function picture(visit, name) {
    const path = join(BUILD, 'browser', `${name.replace(/\W+/g, '-')}.png`);

    mkdirSync(join(BUILD, 'browser'), { recursive: true });
    await visit.page.screenshot({ path }).then(
        () => diag('at %s, see %s', visit.page.url(), path),
        () => diag('no picture of %s', visit.page.url()));
}


let domains = 0;


// Settings: lang, theme, forcedColors, width, height, scale, touch, user, role,
// domain, projects; insecure: its certificate may be signed by anybody.
export async function openVisit(web, settings = {}) {
    const { lang = 'en', width = 1280, height = 900, user = 'kim', role = 'admin',
        domain = `domain-${process.pid}-${++domains}`, projects } = settings;
    const identity = { user, role, domain, projects };
    const context = await web.browser.newContext({
        locale: LOCALES[lang],
        colorScheme: settings.theme ?? THEMES[lang],
        /* far from UTC, which all days and months are in */
        timezoneId: 'Asia/Seoul',
        reducedMotion: 'reduce',
        forcedColors: settings.forcedColors ?? 'none',
        deviceScaleFactor: settings.scale ?? 1,
        hasTouch: settings.touch ?? false,
        ignoreHTTPSErrors: settings.insecure ?? false,
        viewport: { width, height },
    });
    await context.addCookies(cookiesOf(web, identity));
    patient(context, settings.todo ? TODO_WAIT_MS : WAIT_MS);

    const watched = await watch(context, web.root);
    const page = await context.newPage();

    return new Visit({ web, context, page, watched, lang, identity,
        words: await texts(lang) });
}


// How long the browser is to wait for something: it goes by real time, and what
// it has begun is not told any more how busy the machine has become.
export function patience(ms) {
    return slowness() > 1 ? 2 * scaled(ms) : ms;
}


// Its time-out of all there is to wait for, from now on.
export function patient(context, ms) {
    const set = () => context.setDefaultTimeout(patience(ms));
    const timer = setInterval(set, 1000).unref();

    clearInterval(context.patience);
    context.patience = timer;
    context.once('close', () => clearInterval(timer));
    set();
}


// Headers would not come along with a download.
function cookiesOf(web, { user, role, domain, projects }) {
    const values = {
        x_user: user, x_role: role, x_domain: domain,
        ...projects && { x_projects: projects.join(',') || 'none' },
    };

    return Object.entries(values).map(([name, value]) =>
        ({ name, value, url: new URL('/', web.root).href, httpOnly: true }));
}


class Visit {
    constructor({ words, identity, ...parts }) {
        Object.assign(this, parts);
        Object.assign(this, words);
        this.identity = identity;
        this.domain = identity.domain;
        // the same domain, as an administrator, without the browser
        this.api = this.web.client({ user: 'admin', domain: identity.domain });
        this.allowed = [];
    }

    // Opens a page of the app and waits until it has what it wants to show.
    async go(path = '') {
        await this.page.goto(`${this.web.root}${path}`);
        await this.settled();
    }

    async settled() {
        await this.page.waitForFunction(() => document.querySelector('h1')
            && document.querySelector('[data-testid=loading], .skeleton,'
                + ' [aria-busy=true]') === null);
    }

    // Until colours are those of the theme: even the shortest transition shows
    // the old ones for a frame.
    drawn() {
        return this.page.evaluate(async () => {
            await new Promise((resolve) => requestAnimationFrame(
                () => requestAnimationFrame(resolve)));
            /* those that never end are not waited for */
            await Promise.all(document.getAnimations()
                .filter((one) => one instanceof CSSTransition)
                .map((one) => one.finished.catch(() => undefined)));
        });
    }

    // Waits for the page with this title, and until it is complete.
    async at(title) {
        await this.page.getByRole('heading', { level: 1, name: title, exact: true })
            .waitFor();
        await this.settled();
    }

    // What is expected to fail, as watch() shows it.
    allow(...failures) {
        this.allowed.push(...failures);
    }

    check() {
        return this.watched.check(this.allowed);
    }

    // Who calls from now on; no user: signed out.
    become(changes) {
        return this.context.addCookies(
            cookiesOf(this.web, { ...this.identity, ...changes }));
    }

    // The address below the root.
    get address() {
        return this.page.url().replace(this.web.root, '');
    }

    // By what people see or hear: keys are those of the texts.
    button(key, values, within = this.page) {
        return within.getByRole('button', { name: this.t(key, values), exact: true });
    }

    link(key, values, within = this.page) {
        return within.getByRole('link', { name: this.t(key, values), exact: true });
    }

    field(key, values, within = this.page) {
        return within.getByLabel(this.t(key, values), { exact: true });
    }

    choice(key, within = this.page) {
        return within.getByRole('combobox', { name: this.t(key), exact: true });
    }

    text(key, values, within = this.page) {
        return within.getByText(this.t(key, values), { exact: true });
    }

    part(id) {
        return this.page.getByTestId(id);
    }

    get dialog() {
        return this.page.getByRole('dialog');
    }

    // An account with so many linked accounts.  Of verifications each user has
    // 300 a minute: more are asked for by others.
    async account(name, project, linked = 1, body = {}, api = this.api) {
        const ids = Array.from({ length: linked }, linkedAccount);
        const credentials = await this.web.credentials(ids);
        const account = await api.create('service-accounts', {
            name, project_id: project.id, provider: 'hyperbilling_aws',
            credentials, ...body,
        });

        return { ...account, ids, credentials };
    }

    project(name, group = null) {
        return this.api.create('projects', { name, group_id: group?.id ?? null });
    }

    group(name, parent = null) {
        return this.api.create('project-groups',
            { name, parent_id: parent?.id ?? null });
    }

    // The violations of the accessibility rules in the page as it stands.
    async violations() {
        if (!await this.page.evaluate(() => 'axe' in window)) {
            await this.page.evaluate(axeSource());
        }
        const found = await this.page.evaluate(([values, more]) => window.axe.run(
            document, { runOnly: { type: 'tag', values }, preload: false,
                rules: Object.fromEntries(more.map((id) => [id, { enabled: true }])),
                resultTypes: ['violations'] }), [RULES, MORE_RULES]);

        return found.violations.flatMap(({ id, nodes }) => nodes.map(
            ({ target, failureSummary }) => `${id}: ${target.join(' ')}: `
                + failureSummary.split('\n').slice(1).join('; ')));
    }

    async close() {
        await this.context.close();
    }
}


let axe;

function axeSource() {
    axe ??= readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    return axe;
}


// Waits until what read() returns equals expected.
export async function becomes(read, expected, what = 'value') {
    let last;

    try {
        await until(async () => {
            last = await read();
            return isDeepStrictEqual(last, expected);
        }, what, WAIT_MS);
    } catch {
        deepEqual(last, expected, `${what}: got ${JSON.stringify(last)}, `
            + `expected ${JSON.stringify(expected)}`);
    }
}


// Waits until the element is there and seen.
export async function seen(locator) {
    await locator.first().waitFor({ state: 'visible' });
}


export async function gone(locator) {
    await locator.waitFor({ state: 'hidden' });
}


// Waits until the element has the focus.
export async function focused(locator) {
    await becomes(() => locator.evaluate(
        (element) => element === document.activeElement), true, 'focus');
}


// The focused element must be marked by more than its place.
export async function focusIsVisible(page) {
    const style = await page.evaluate(() => {
        const { outlineStyle, outlineWidth, boxShadow }
            = getComputedStyle(document.activeElement);
        return { outlineStyle, outlineWidth, boxShadow };
    });
    const outlined = style.outlineStyle !== 'none'
        && parseFloat(style.outlineWidth) >= 1;

    ok(outlined || style.boxShadow !== 'none',
        `no mark on the focused element: ${JSON.stringify(style)}`);
}
