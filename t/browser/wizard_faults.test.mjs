// The wizard when something is wrong: with the input, with the credentials,
// with the provider, with others who were faster; and what becomes of the
// input and of the key.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, ok } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


const web = await startWeb();

// "Account exists" for nobody: nothing has been stored.
async function nothingStored(visit) {
    is((await visit.api.get('service-accounts')).body.total, 0);
}

// Everything that a page of this origin could read later.
function storage(page) {
    return page.evaluate(() => JSON.stringify([
        { ...localStorage }, { ...sessionStorage }, history.state,
        window.location.href, document.cookie,
    ]));
}

// The document with what stands in its fields.
function everything(page) {
    return page.evaluate(() => [
        document.documentElement.outerHTML,
        ...[...document.querySelectorAll('input, textarea')]
            .map((field) => field.value),
    ].join('\n'));
}


web.scenario('each step says what it lacks, and the focus goes there',
    async (visit) => {
        const wizard = new Wizard(visit);

        await wizard.start();
        await wizard.provider();
        await wizard.step('base');
        await wizard.next();
        await seen(visit.text('fault.required'));
        await focused(wizard.name);

        await wizard.base('Alpha');
        await wizard.step('credentials');
        await wizard.credential('email').fill('ops@example.com');
        await wizard.next();
        await focused(wizard.credential('account'));
        await becomes(() => visit.text('fault.required').count(), 2);

        /* the test of the connection looks first, too */
        await wizard.credential('account').fill('all');
        await visit.button('verify.action').click();
        await focused(wizard.credential('key'));
    });


web.scenario('credentials that the provider refuses', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const good = await web.credentials([linkedAccount()]);
    await visit.project('Web');
    visit.allow('422 POST service-accounts/verify', '422 POST service-accounts');

    await wizard.upToProject('Alpha', { ...good, key: 'wrong' });
    const refusal = visit.part('problem').getByText(t('problem.provider_rejected'));
    await wizard.project('Web');
    await wizard.save();

    /* back at the credentials, nothing that was typed is gone */
    await wizard.step('credentials');
    await seen(refusal);
    await nothingStored(visit);
    await becomes(() => wizard.credential('email').inputValue(), good.email);
    await visit.button('verify.action').click();
    await becomes(() => visit.watched.failed.length, 2);
    await seen(refusal);
    await wizard.credential('key').fill(good.key);
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await wizard.next();
    await wizard.project('Web');
    await wizard.save();
    await visit.at(t('success.title'));
});


web.scenario('a refusal is gone once the input has changed', async (visit) => {
    const wizard = new Wizard(visit);
    const good = await web.credentials([linkedAccount()]);
    await visit.project('Web');
    visit.allow('422 POST service-accounts');

    await wizard.upToProject('Alpha', { ...good, key: 'wrong' });
    await wizard.project('Web');
    await wizard.save();
    await seen(visit.part('problem'));
    await wizard.step('credentials');
    await wizard.credential('key').fill(good.key);
    await gone(visit.part('problem'));
});


web.scenario('a provider that is down, and saving all the same', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const credentials = await web.credentials([linkedAccount()]);
    await visit.project('Web');
    await web.sandbox.fault({ client: credentials.email, status: 503 });
    visit.allow('502 POST service-accounts/verify', '502 POST service-accounts');

    await wizard.start();
    await wizard.provider();
    await wizard.base('Alpha');
    await wizard.step('credentials');
    await wizard.fill(credentials);
    await visit.button('verify.action').click();
    await seen(visit.part('problem').getByText(t('problem.provider_unavailable')));
    await wizard.next();
    await wizard.project('Web');
    await wizard.save();
    await seen(visit.part('problem').getByText(t('problem.provider_unavailable')));
    await nothingStored(visit);

    await visit.button('wizard.save_unverified').click();
    await visit.at(t('success.title'));
    await seen(visit.part('success').getByText(t('status.unverified')));
    is((await visit.api.get('service-accounts')).body.service_accounts[0].state,
        'unverified');
});


web.scenario('somebody else takes the name meanwhile', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const project = await visit.project('Web');
    visit.allow('409 POST service-accounts');

    await wizard.upToProject('Alpha', await web.credentials([linkedAccount()]));
    await visit.account('ALPHA', project);
    await wizard.project('Web');
    await wizard.save();

    await wizard.step('base');
    await seen(visit.text('fault.duplicate'));
    await focused(wizard.name);
    is((await visit.api.get('service-accounts')).body.total, 1);

    await wizard.name.fill('Beta');
    await wizard.next();
    await wizard.next();
    await wizard.step('project');
    await wizard.save();
    await visit.at(t('success.title'));
});


web.scenario('the project is deleted meanwhile', async (visit) => {
    const wizard = new Wizard(visit);
    const project = await visit.project('Web');
    visit.allow('422 POST service-accounts');

    await wizard.upToProject('Alpha', await web.credentials([linkedAccount()]));
    await wizard.project('Web');
    is((await visit.api.delete(`projects/${project.id}`, project.version)).status, 204);
    await wizard.save();
    await seen(visit.text('fault.not_found'));
    await focused(wizard.row('Web'));
    await nothingStored(visit);

    await visit.button('picker.reload').click();
    await seen(visit.text('picker.none'));
});


web.scenario('linked accounts that another account covers', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const project = await visit.project('Web');
    const { ids } = await visit.account('First', project, 2);
    visit.allow('409 POST service-accounts');

    await wizard.upToProject('Second', await web.credentials([ids[1], linkedAccount()]));
    await wizard.project('Web');
    await wizard.save();
    const problem = visit.page.getByText(t('problem.overlap'));
    await seen(problem);
    is((await visit.api.get('service-accounts')).body.total, 1);
});


web.scenario('leaving with input asks', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);

    await visit.go('projects');
    await visit.link('nav.accounts').click();
    await visit.at(t('accounts.title'));
    await visit.link('first.start').click();
    await wizard.provider();
    await wizard.step('base');
    await wizard.name.fill('Alpha');

    /* a step back is not leaving */
    await visit.button('wizard.back').click();
    await wizard.step('provider');
    await wizard.next();

    await visit.link('nav.projects').click();
    await seen(visit.dialog.getByText(t('leave.text')));
    await visit.button('action.cancel', {}, visit.dialog).click();
    await gone(visit.dialog);
    await becomes(() => wizard.name.inputValue(), 'Alpha');

    await visit.link('nav.projects').click();
    await visit.button('leave.submit', {}, visit.dialog).click();
    await visit.at(t('projects.title'));

    /* what was dropped does not come back */
    await visit.go('service-accounts/new?step=2');
    await visit.at(t('wizard.title'));
    ok(!(await storage(page)).includes('Alpha'));
});


web.scenario('going back with input asks, too', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);

    await visit.go('projects');
    await visit.link('nav.accounts').click();
    await visit.at(t('accounts.title'));
    await visit.link('first.start').click();
    await wizard.step('provider');
    await visit.page.getByRole('radio').check();
    await wizard.next();
    await wizard.name.fill('Alpha');

    /* first to the step before, then to the page before */
    await page.goBack();
    await wizard.step('provider');
    await page.goBack();
    await seen(visit.dialog.getByText(t('leave.text')));
    await visit.button('action.cancel', {}, visit.dialog).click();
    await gone(visit.dialog);
    await visit.at(t('wizard.title'));
    is(visit.address, 'service-accounts/new');

    await page.goBack();
    await visit.button('leave.submit', {}, visit.dialog).click();
    await visit.at(t('accounts.title'));
    is(visit.address, 'service-accounts');
    await page.goBack();
    await visit.at(t('projects.title'));
});


web.scenario('a reload keeps the draft, but not the key', async (visit) => {
    const { page } = visit;
    const wizard = new Wizard(visit);
    const asked = [];
    const credentials = await web.credentials([linkedAccount()]);
    await visit.project('Web');

    await wizard.start();
    await wizard.provider();
    await wizard.step('base');
    await wizard.name.fill('Alpha');
    await visit.button('tags.add').click();
    await wizard.tag('key', 1).fill('team');
    await wizard.tag('value', 1).fill('web');
    await wizard.next();
    await wizard.credentials(credentials);
    await wizard.project('Web');
    await visit.button('wizard.back').click();
    await wizard.step('credentials');

    page.on('dialog', (dialog) => {
        asked.push(dialog.type());
        void dialog.accept();
    });
    await page.reload();
    deepEqual(asked, ['beforeunload']);

    await wizard.step('credentials');
    await becomes(() => wizard.credential('account').inputValue(), credentials.account);
    await becomes(() => wizard.credential('email').inputValue(), credentials.email);
    is(await wizard.credential('key').inputValue(), '');
    await wizard.fill({ key: credentials.key });
    await wizard.next();
    await wizard.step('project');
    await becomes(() => wizard.row('Web').getAttribute('aria-selected'), 'true');

    await visit.page.goto(`${web.root}service-accounts/new?step=2`);
    await wizard.step('base');
    await becomes(() => wizard.name.inputValue(), 'Alpha');
    await becomes(() => wizard.tag('key', 1).inputValue(), 'team');
    await becomes(() => wizard.tag('value', 1).inputValue(), 'web');
});


web.scenario('the key can be typed again after a reload of the last step',
    async (visit) => {
        const wizard = new Wizard(visit);
        const credentials = await web.credentials([linkedAccount()]);
        await visit.project('Web');

        await wizard.upToProject('Alpha', credentials);
        await wizard.project('Web');
        await visit.page.reload();
        await wizard.step('credentials');
        await wizard.credential('key').pressSequentially(credentials.key);
        await becomes(() => wizard.credential('key').inputValue(), credentials.key);
    });


web.scenario('the key is kept nowhere', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);
    const credentials = await web.credentials([linkedAccount()]);
    await visit.project('Web');

    await wizard.start();
    await wizard.provider();
    await wizard.base('Alpha');
    await wizard.step('credentials');
    await wizard.tab('json').click();
    await wizard.json.fill(JSON.stringify(credentials));
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await wizard.tab('form').click();
    await wizard.next();
    await wizard.step('project');
    ok((await storage(page)).includes(credentials.email), 'the draft is kept');
    ok(!(await storage(page)).includes(credentials.key), 'the key is not');

    await wizard.project('Web');
    await wizard.save();
    await visit.at(t('success.title'));
    for (const path of ['', 'service-accounts', 'service-accounts/new']) {
        ok(!(await storage(page)).includes(credentials.key));
        ok(!(await storage(page)).includes(credentials.email));
        ok(!(await everything(page)).includes(credentials.key));
        await visit.go(path);
    }

    const { body } = await visit.api.get('service-accounts');
    await visit.go(`service-accounts/${body.service_accounts[0].id}`);
    await seen(page.getByText(credentials.email));
    ok(!(await everything(page)).includes(credentials.key));
});


web.scenario('no provider that could be used', async (visit) => {
    const { t } = visit;

    is((await visit.api.put('providers/hyperbilling_aws', { enabled: false })).status, 200);
    await visit.go('service-accounts/new');
    await visit.at(t('wizard.title'));
    await becomes(() => visit.part('no-provider').textContent(),
        t('wizard.no_provider'));
    is(await visit.button('wizard.next').count(), 0, 'nothing to go on with');
    await visit.link('wizard.open_providers').click();
    await visit.at(t('providers.title'));
});


web.scenario('signed out in the middle: what was entered is kept',
    async (visit) => {
        const { t } = visit;
        const wizard = new Wizard(visit);
        const credentials = await web.credentials([linkedAccount()]);
        await visit.project('Web');
        visit.allow('401 POST service-accounts');

        await wizard.upToProject('Alpha', credentials);
        await wizard.project('Web');
        await visit.become({ user: '' });
        await wizard.save();
        await becomes(() => visit.part('signed-out').textContent(),
            t('frame.signed_out'));
        await nothingStored(visit);

        await visit.become({});
        await wizard.save();
        await visit.at(t('success.title'));
        await gone(visit.part('signed-out'));
    });
