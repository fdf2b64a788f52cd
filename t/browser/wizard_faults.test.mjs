// The wizard when something is wrong: with the input, with the credentials,
// with the provider, with others who were faster; and what becomes of the
// input and of the key.

import { linkedAccount } from '../lib/billing.mjs';
import { becomes, focused, gone, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like, ok } from '../lib/tap.mjs';
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
        await wizard.step('credentials');
        await wizard.next();
        await focused(wizard.credential('email'));
        await becomes(() => visit.text('fault.required').count(), 2);

        /* the test of the connection looks first, too */
        await wizard.credential('email').fill('ops@example.com');
        await visit.button('verify.action').click();
        await focused(wizard.credential('key'));

        await wizard.credentials(await web.credentials([linkedAccount()]));
        await wizard.base('');
        await wizard.save();
        await becomes(() => visit.text('fault.required').count(), 2);
        await focused(wizard.name);
    });


web.scenario('credentials that the provider refuses', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const good = await web.credentials([linkedAccount()]);
    await visit.project('Web');
    visit.allow('422 POST service-accounts/verify');

    await wizard.start();
    await wizard.credentials({ ...good, key: 'wrong' });
    const refusal = visit.part('problem').getByText(t('problem.provider_rejected'));

    /* still at the credentials, nothing that was typed is gone, and why is said */
    await wizard.step('credentials');
    await seen(refusal);
    await seen(visit.part('problem').getByText(t('why.wrong_key')));
    is(await visit.button('wizard.untested').count(), 0);
    await nothingStored(visit);
    await becomes(() => wizard.credential('email').inputValue(), good.email);
    await visit.button('verify.action').click();
    await becomes(() => visit.watched.failed.length, 2);
    await seen(refusal);
    await wizard.credential('key').fill(good.key);
    await gone(refusal);
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await wizard.next();
    await wizard.project('Web');
    await wizard.save();
    await visit.at(t('success.title'));
});


web.scenario('refused at last: back at the credentials', async (visit) => {
    const wizard = new Wizard(visit);
    const good = await web.credentials([linkedAccount()]);
    await visit.project('Web');
    visit.allow('422 POST service-accounts');

    await wizard.upToProject('Alpha', good);
    await wizard.project('Web');
    await web.sandbox.setCredential({ client: good.email, secret: 'rotated' });
    await wizard.save();
    await seen(visit.part('problem'));
    await wizard.step('credentials');
    await nothingStored(visit);
    await wizard.credential('key').fill('rotated');
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
    await wizard.credentials(credentials);
    await seen(visit.part('problem').getByText(t('problem.provider_unavailable')));
    await wizard.step('credentials');
    await visit.button('wizard.untested').click();
    await wizard.step('base');
    is(await wizard.name.inputValue(), '', 'nothing was found, nothing is proposed');
    await wizard.base('Alpha');
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


web.scenario('linked accounts that another account takes meanwhile', async (visit) => {
    const { t } = visit;
    const wizard = new Wizard(visit);
    const project = await visit.project('Web');
    const shared = linkedAccount();
    visit.allow('409 POST service-accounts');

    await wizard.upToProject('Second', await web.credentials([shared, linkedAccount()]));
    await wizard.project('Web');
    await visit.account('First', project, 0,
        { credentials: await web.credentials([shared]) });
    await wizard.save();
    await wizard.step('credentials');
    await seen(visit.part('problem').getByText(t('problem.overlap')));
    await seen(visit.part('problem').getByRole('link', { name: 'First' }));
    is((await visit.api.get('service-accounts')).body.total, 1);
});


web.scenario('leaving with input asks', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);

    await visit.go('projects');
    await visit.link('nav.accounts').click();
    await visit.at(t('accounts.title'));
    await visit.link('first.start').click();
    await wizard.step('credentials');
    await wizard.credential('email').fill('alpha@example.com');

    /* a step back is not leaving */
    await visit.button('wizard.back').click();
    await wizard.step('provider');
    await wizard.next();

    await visit.link('nav.projects').click();
    await seen(visit.dialog.getByText(t('leave.text')));
    await visit.button('action.cancel', {}, visit.dialog).click();
    await gone(visit.dialog);
    await becomes(() => wizard.credential('email').inputValue(), 'alpha@example.com');

    await visit.link('nav.projects').click();
    await visit.button('leave.submit', {}, visit.dialog).click();
    await visit.at(t('projects.title'));

    /* what was dropped does not come back */
    await visit.go('service-accounts/new?step=2');
    await visit.at(t('wizard.title'));
    ok(!(await storage(page)).includes('alpha@'));
});


web.scenario('going back with input asks, too', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);

    await visit.go('projects');
    await visit.link('nav.accounts').click();
    await visit.at(t('accounts.title'));
    await visit.link('first.start').click();
    await wizard.step('credentials');
    await visit.button('wizard.back').click();
    await wizard.step('provider');
    await wizard.next();
    await wizard.credential('email').fill('alpha@example.com');

    /* first to the steps before, then to the page before */
    await page.goBack();
    await wizard.step('provider');
    await page.goBack();
    await wizard.step('credentials');
    is(visit.address, 'service-accounts/new');
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


web.scenario('a reload keeps the draft, but not the key, and says so', async (visit) => {
    const { page, t } = visit;
    const wizard = new Wizard(visit);
    const asked = [];
    const credentials = await web.credentials([linkedAccount()]);
    await visit.project('Web');

    await wizard.start();
    is(await visit.part('restored').count(), 0);
    await wizard.credentials(credentials);
    await wizard.base('Alpha');
    await visit.button('tags.add').click();
    await wizard.tag('key', 1).fill('team');
    await wizard.tag('value', 1).fill('web');
    await wizard.project('Web');

    page.on('dialog', (dialog) => {
        asked.push(dialog.type());
        void dialog.accept();
    });
    await page.reload();
    deepEqual(asked, ['beforeunload']);

    await wizard.step('credentials');
    like(await visit.part('restored').textContent(), new RegExp(
        t('wizard.restored', { time: '@' }).replace('@', '\\d\\d:\\d\\d')));
    await becomes(() => wizard.credential('email').inputValue(), credentials.email);
    is(await wizard.credential('key').inputValue(), '');
    await wizard.fill({ key: credentials.key });
    await wizard.next();
    await wizard.step('base');
    await becomes(() => wizard.row('Web').getAttribute('aria-selected'), 'true');
    await becomes(() => wizard.name.inputValue(), 'Alpha');
    await becomes(() => wizard.tag('key', 1).inputValue(), 'team');
    await becomes(() => wizard.tag('value', 1).inputValue(), 'web');

    /* and nobody has to go on with it */
    await visit.button('wizard.start_over').click();
    await gone(visit.part('restored'));
    await wizard.step('credentials');
    await becomes(() => wizard.credential('email').inputValue(), '');
    ok(!(await storage(page)).includes(credentials.email));
    await wizard.credentials(credentials);
    await wizard.step('base');
    is(await wizard.tag('key', 1).count(), 0);
    ok(await wizard.name.inputValue() !== 'Alpha');
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
    await wizard.step('credentials');
    await wizard.tab('json').click();
    await wizard.json.fill(JSON.stringify(credentials));
    await visit.button('verify.action').click();
    await seen(visit.part('verified'));
    await wizard.tab('form').click();
    await wizard.next();
    await wizard.step('base');
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

        /* whether the name is taken is asked for a moment after it was typed */
        const hint = visit.page.waitForResponse((answer) =>
            /\/service-accounts\?.*\bq=Alpha\b/.test(answer.url()));

        await wizard.upToProject('Alpha', credentials);
        await wizard.project('Web');
        await hint;
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
