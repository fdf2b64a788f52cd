// The wizard as a user goes through it.
//
//     const wizard = new Wizard(visit);
//     await wizard.start();
//     await wizard.credentials(await visit.web.credentials(linked));
//     await wizard.base('Alpha');
//     await wizard.project('Web');
//     await wizard.save();

import { seen } from './browser.mjs';


export class Wizard {
    constructor(visit) {
        this.visit = visit;
        this.page = visit.page;
    }

    async start() {
        await this.visit.go('service-accounts/new');
        await this.visit.at(this.visit.t('wizard.title'));
    }

    // Waits for a step: "provider", "credentials" or "base".
    step(name) {
        return seen(this.visit.part(`step-${name}`));
    }

    next() {
        return this.visit.button('wizard.next').click();
    }

    get name() {
        return this.visit.field('wizard.name');
    }

    credential(name) {
        return this.visit.field(`credential.${name}`);
    }

    get json() {
        return this.visit.field('credentials.json_label');
    }

    tab(name) {
        return this.page.getByRole('tab',
            { name: this.visit.t(`credentials.${name}`), exact: true });
    }

    tag(part, place) {
        return this.visit.field(`tags.${part}`, { n: place });
    }

    row(name) {
        return this.visit.part('project-tree').getByRole('treeitem')
            .filter({ hasText: name });
    }

    // Back to the first step, which a single provider leaves out.
    async provider() {
        await this.step('credentials');
        await this.visit.button('wizard.back').click();
        await this.step('provider');
    }

    async base(name) {
        await this.step('base');
        await this.name.fill(name);
    }

    // All linked accounts, or the one of 12 digits.
    async scope(account) {
        const one = /^\d+$/.test(account);

        await this.page.getByRole('radio',
            { name: this.visit.t(one ? 'scope.one' : 'scope.all') }).check();
        if (one) {
            await this.credential('account').fill(account);
        }
    }

    async fill({ account, ...credentials }) {
        for (const [name, value] of Object.entries(credentials)) {
            await this.credential(name).fill(value);
        }
        if (account !== undefined) {
            await this.scope(account);
        }
    }

    async credentials(credentials) {
        await this.step('credentials');
        await this.fill(credentials);
        await this.next();
    }

    async project(name) {
        await this.step('base');
        await this.row(name).click();
    }

    save() {
        return this.visit.button('wizard.save').click();
    }

    // Up to the last step, with everything but the project.
    async upToProject(name, credentials) {
        await this.start();
        await this.credentials(credentials);
        await this.base(name);
    }
}
