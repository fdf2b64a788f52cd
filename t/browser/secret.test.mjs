// Secrets of several lines: a key file as it is pasted.

import { generateKeyPairSync } from 'node:crypto';

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { is, ok } from '../lib/tap.mjs';
import { Wizard } from '../lib/wizard.mjs';


/* asked for nothing: the form is all that is tried */
const NOBODY = 'http://127.0.0.1:9';
const web = await startWeb({ http: `
    billing_provider hyperbilling_tencent endpoint=${NOBODY};` });

const pem = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    .export({ type: 'pkcs8', format: 'pem' });

// Up to the credentials, of the provider that has a key of several lines.
async function atCredentials(visit) {
    const wizard = new Wizard(visit);
    const { providers } = (await visit.api.get('providers')).body;
    const { id, name, credentials_schema: schema } = providers.find(
        ({ credentials_schema: one }) => 'private_key' in one.properties);
    const { title, 'x-ko': ko } = schema.properties.private_key;

    await wizard.start();
    await visit.page.locator(`input[name=provider][value=${id}]`).check();
    await wizard.next();
    await wizard.step('credentials');
    return { wizard, title: visit.lang === 'ko' ? ko.title : title };
}

// As if it had been copied from somewhere.
async function paste(locator, text) {
    await locator.focus();
    await locator.evaluate((element, value) => {
        element.select();
        document.execCommand('insertText', false, value);
    }, text);
}

// What of it can be seen: where the caret is does not matter.
async function looks(visit, locator) {
    await locator.evaluate((element) => {
        element.scrollTop = 0;
        element.blur();
    });
    await visit.drawn();
    return (await locator.screenshot({ caret: 'hide', animations: 'disabled' }))
        .toString('base64');
}

const masking = (locator) => locator.evaluate((element) =>
    getComputedStyle(element).webkitTextSecurity);


web.scenario('a key is hidden while it is pasted, its lines are kept', async (visit) => {
    const { page, t, plural } = visit;
    const { wizard, title } = await atCredentials(visit);
    const field = page.getByLabel(title, { exact: true });
    const reveal = visit.button('credentials.reveal', { name: title });
    const [one, other] = [pem(), pem()];

    await paste(field, one);
    await becomes(() => field.inputValue(), one);
    await seen(page.getByText(plural('secret.lines', one.trimEnd().split('\n').length,
        { chars: one.trimEnd().length })));
    const hidden = await looks(visit, field);
    await paste(field, one.replace(/[A-Za-z0-9+/]/g, 'x'));
    is(await looks(visit, field), hidden, 'all letters look the same');
    await paste(field, one);

    /* nothing of it can be copied */
    await field.selectText();
    is(await field.evaluate((element) => element.dispatchEvent(
        new ClipboardEvent('copy', { cancelable: true, bubbles: true }))), false);

    /* by the eye's own button, and back */
    await becomes(() => reveal.getAttribute('aria-pressed'), 'false');
    await reveal.focus();
    await page.keyboard.press('Space');
    await becomes(() => reveal.getAttribute('aria-pressed'), 'true');
    const shown = await looks(visit, field);
    ok(shown !== hidden);
    await paste(field, other);
    ok(await looks(visit, field) !== shown, 'letters are told apart');
    await reveal.press('Enter');
    is(await looks(visit, field) === shown, false);

    /* the JSON is the same, and hidden as long as it holds the key */
    await wizard.tab('json').click();
    is(JSON.parse(await wizard.json.inputValue()).private_key, other);
    const json = await looks(visit, wizard.json);
    await paste(wizard.json, JSON.stringify({ account_id: 'a', client_email: 'b',
        private_key: one, currency: 'USD' }, null, 2));
    await becomes(() => masking(wizard.json), 'disc');
    await visit.button('credentials.reveal', { name: t('credentials.json_label') })
        .click();
    ok(await looks(visit, wizard.json) !== json);
    await wizard.tab('form').click();
    await becomes(() => field.inputValue(), one);
    is(await masking(field), 'disc', 'hidden anew');
});


web.scenario('as JSON the empty form is seen, a key only on demand', async (visit) => {
    const { wizard } = await atCredentials(visit);
    const hidden = () => masking(wizard.json);

    await wizard.tab('json').click();
    is(await hidden(), 'none');
    await wizard.json.fill('{ "private_key": "-----BEGIN');
    is(await hidden(), 'disc', 'finished or not');
    await wizard.json.fill('{ "account_id": "7" }');
    is(await hidden(), 'none');
});
