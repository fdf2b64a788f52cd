// Every kind of provider, as an administrator meets it: switched on, chosen,
// refused for a reason, registered; then all of them on one dashboard.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { startClouds, sumsOf } from '../lib/clouds.mjs';
import { deepEqual, is, like, ok, until } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';
import { formatDay, monthFirst, monthLast, monthOf, today }
    from '../sandbox/calendar.mjs';
import { formatDecimal, parseDecimal } from '../sandbox/decimal.mjs';


const clouds = await startClouds();
const web = await startWeb({ http: clouds.directives('off') });

// One of each provider.
const once = clouds.kinds.filter(({ provider }, at, all) =>
    all.findIndex((other) => other.provider === provider) === at);

// What is wrong with a kind's credentials, and what is said of it.
const refused = {
    aws: [{ secret_access_key: 'x'.repeat(40) },
        'why.wrong_key'],
    azure: [{ client_secret: 'x' }, 'why.wrong_key'],
    google_cloud: [{ location: 'US' }, 'why.no_such_table'],
    hyperbilling_aws: [{ key: 'x' }, 'why.wrong_key'],
    hyperbilling_google_cloud: [{ client_email: 'x@example.com' },
        'why.no_access'],
};


class Kinds extends Wizard {
    constructor(visit, providers) {
        super(visit);
        this.providers = providers;
    }

    input(name) {
        return this.visit.part('step-credentials')
            .locator(`[data-pointer="/credentials/${name}"]`);
    }

    schema(provider) {
        return this.providers.find(({ id }) => id === provider)
            .credentials_schema;
    }

    async enter(provider, credentials) {
        for (const [name, value] of Object.entries(credentials)) {
            const input = this.input(name);

            if (this.schema(provider).properties[name]['x-all'] !== undefined) {
                if (/^\d+$/.test(value)) {
                    await this.page.getByRole('radio',
                        { name: this.visit.t('scope.one') }).check();
                    const tag = await input.evaluate((one) => one.tagName);
                    await (tag === 'SELECT' ? input.selectOption(value)
                        : input.fill(value));
                }
            } else if (this.schema(provider).properties[name].enum) {
                await input.selectOption(value);
            } else {
                await input.fill(value);
            }
        }
    }
}


async function register(visit, wizard, { provider, credentials }, name) {
    const { page, lang } = visit;
    const { backend, credentials_schema: schema }
        = wizard.providers.find(({ id }) => id === provider);
    const said = (of) => (lang === 'ko' ? of['x-ko'] : of).description;
    const [wrong, reason] = refused[provider] ?? [];

    /* the one of the account before is chosen already */
    await visit.go('service-accounts/new?step=1');
    await wizard.step('provider');
    const card = page.locator('label').filter({ hasText: backend });
    if (schema.description) {
        like(await card.textContent(), new RegExp(escape(said(schema))));
    }
    await card.click();
    await wizard.next();
    await wizard.step('credentials');

    /* the form is that of the schema, in this language */
    deepEqual(await page.locator('[data-pointer^="/credentials/"]').evaluateAll(
        (all) => all.map((one) => [one.labels[0].firstChild.textContent,
            one.closest('.field').querySelector('p.hint').textContent])),
    /* which linked account is asked for once one is wanted */
    Object.entries(schema.properties).filter(([, of]) => of['x-all'] === undefined)
        .map(([field, of]) => textsOf(visit, field, lang === 'ko' ? of['x-ko'] : of)));

    await wizard.enter(provider, { ...credentials, ...wrong });
    if (wrong) {
        await visit.button('verify.action').click();
        await seen(visit.part('problem'));
        await becomes(() => visit.part('problem').getAttribute('data-code'),
            'provider_rejected');
        ok((await visit.part('problem').textContent()).includes(visit.t(reason)));
        await wizard.enter(provider, credentials);
    }

    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await wizard.next();
    await wizard.base(name);
    await wizard.project('Clouds');
    await wizard.save();
    await visit.at(visit.t('success.title'));
}


// Label and hint; of the guide's own fields the catalogue has them.
function textsOf(visit, field, { title, description }) {
    return ['email', 'key'].includes(field)
        ? [visit.t(`credential.${field}`), visit.t(`credential.${field}.hint`)]
        : [title, description];
}


function escape(text) {
    return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}


web.scenario('each kind is registered, and all are on one dashboard',
    async (visit) => {
        const { page, t } = visit;
        const { providers } = (await visit.api.get('providers?all=true')).body;
        const wizard = new Kinds(visit, providers);
        const linked = linkedAccount();
        const hyperbilling = { provider: 'hyperbilling_aws',
            credentials: await web.credentials([linked]) };
        const kinds = [hyperbilling, ...once];
        await visit.project('Clouds');
        visit.allow('422 POST service-accounts/verify');

        /* all but one are off, and each switch says whose it is */
        await visit.go('providers');
        for (const { id, name, enabled } of providers) {
            const toggle = visit.part(`switch-${id}`);
            is(enabled, id === 'hyperbilling_aws', id);
            is(await page.getByRole('switch',
                { name: `${t(enabled ? 'providers.on' : 'providers.off')}: ${
                    t('providers.use', { name })}`, exact: true }).count(), 1);

            if (!enabled) {
                await toggle.click();
                await becomes(() => toggle.getAttribute('aria-checked'), 'true');
            }
        }

        for (const [at, kind] of kinds.entries()) {
            await register(visit, wizard, kind, `${kind.provider} ${at}`);
        }

        const accounts = (await visit.api.get('service-accounts?limit=100'))
            .body.service_accounts;
        deepEqual(accounts.map(({ provider }) => provider).sort(),
            providers.map(({ id }) => id).sort());
        deepEqual(accounts.map(({ state }) => state), kinds.map(() => 'ok'));

        await facts(visit, accounts, providers);
        await dashboard(visit, linked);
    }, { timeout: 600_000 });


// Credentials stand under the names that they were asked for by.
async function facts(visit, accounts, providers) {
    const { provider, id, credentials }
        = accounts.find(({ provider: of }) => of === 'google_cloud');
    const { properties } = providers.find((one) => one.id === provider)
        .credentials_schema;
    const titles = Object.keys(credentials).map((name) => (visit.lang === 'ko'
        ? properties[name]['x-ko'] : properties[name]).title);

    await visit.go(`service-accounts/${id}`);
    deepEqual((await visit.page.locator('.facts').nth(1).locator('dt')
        .allTextContents()).slice(1), titles);
}


// The figures of the last month, which no longer change, of both currencies.
async function dashboard(visit, linked) {
    const { t } = visit;
    const month = monthOf(today()) - 1;
    const period = { start: formatDay(monthFirst(month)),
        end: formatDay(monthLast(month)) };
    const sums = await clouds.expected(period, once);
    const { sum } = await web.sandbox.data({ ...period, account: linked });
    const shown = async (part) => (await visit.part(part).locator('data.money')
        .getAttribute('value')).split(' ');

    sums.USD = formatDecimal(parseDecimal(sums.USD) + parseDecimal(sum));
    await until(async () => (await visit.api.get('dashboard')).body.complete,
        'all figures', 120_000);

    await visit.go();
    await visit.at(t('dash.title'));
    let accounts = 0; // each has one currency, and counts in it

    for (const currency of ['KRW', 'USD']) {
        await visit.part('currency').getByRole('radio', { name: currency })
            .click();
        await becomes(async () => (await shown('last-month'))[1], currency);
        const [amount] = await shown('last-month');
        is(formatDecimal(parseDecimal(amount)), sums[currency], currency);
        accounts += Number(await visit.part('accounts').locator('.figure-value')
            .textContent());
    }
    is(accounts, once.length + 1);

    await aliases(visit);

    const { body } = await visit.api.get('dashboard');
    is(body.complete, true);
    deepEqual(sumsOf(body, 'last_month'), sums);
}


// Regions and services keep the provider's term, in the address, too; what
// people call them stands beside it.
async function aliases(visit) {
    const { lang } = visit;
    const seoul = lang === 'ko' ? '서울' : 'Seoul';
    const regions = await visit.part('by-region').locator('tbody tr .named')
        .evaluateAll((all) => Object.fromEntries(all.map((one) =>
            [...one.children].map((child) => child.textContent))));

    is(regions['ap-northeast-2'], seoul);
    is(regions['asia-northeast3'], seoul);

    await visit.part('by-region').getByRole('link', { name: 'ap-northeast-2',
        exact: true }).click();
    await visit.at('ap-northeast-2');
    is(visit.address.includes('region=ap-northeast-2'), true);

    await visit.go('costs?group=service&provider=hyperbilling_aws');
    await becomes(() => visit.page.getByRole('heading', { level: 1 }).textContent(),
        'Hyper Billing');
    await visit.part('costs').getByRole('button', { expanded: false }).click();
    await seen(visit.part('cost-table').getByText(
        'Amazon Elastic Compute Cloud', { exact: true }));
}
