// The linked accounts of a service account: who has joined, who has left, and
// that a list has shrunk.

import { becomes, seen, startWeb } from '../lib/browser.mjs';
import { deepEqual, is, like } from '../lib/tap.mjs';


const web = await startWeb({ zone: false });
const DAY = 86_400;

// The provider says another list, which was read two days ago.
async function says(visit, account, ids) {
    const base = `billing:{${visit.domain}}:`;
    const key = `${base}account:${account.id}`;
    const { cli } = web.redis;
    const then = Math.floor(Date.now() / 1000) - 2 * DAY;
    const [, digest] = (await cli('hget', key, 'shrunk')).split(' ');

    await web.sandbox.setLinked(account.credentials.email, ids);
    await cli('hset', key, 'linked_at', then, 'tried_at', then,
        ...digest ? ['shrunk', `${then} ${digest}`] : []);
    await cli('zadd', `${base}changes`,
        await cli('hincrby', `${base}meta`, 'generation', 1), `account:${account.id}`);
    await visit.api.get('costs');
}


web.scenario('linked accounts: joined, left, and a list that shrank', async (visit) => {
    const { t, lang } = visit;
    const project = await visit.project('Web');
    const account = await visit.account('Alpha', project, 4);
    const [kept, ...lost] = [...account.ids].sort();
    const today = new Intl.DateTimeFormat(lang, {
        year: 'numeric', month: lang === 'ko' ? 'long' : 'short', day: 'numeric',
        timeZone: 'UTC' }).format(new Date());
    const row = (id) => visit.part('linked-table').locator('tr', { hasText: id });

    await visit.go(`service-accounts/${account.id}`);
    await seen(row(kept));
    is(await visit.part('linked-table').locator('tbody tr').count(), 4);
    is(await visit.part('shrunk').count(), 0);
    /* once figures are there, what each costs is */
    await becomes(() => row(kept).locator('data.money').count(), 1);
    like(await row(kept).textContent(), new RegExp(t('linked.first')));

    await says(visit, account, [kept]);
    await says(visit, account, [kept]);
    await visit.go(`service-accounts/${account.id}`);
    const note = visit.part('shrunk');
    await seen(note);
    like(await note.textContent(), new RegExp(t('linked.shrunk_text').slice(0, 30)));
    like((await note.textContent()).replace(/\s/g, ''),
        new RegExp(today.replace(/\s/g, '').replace(/[.]/g, '\\.')));
    for (const id of lost) {
        is(await row(id).locator('time').count(), 1, `${id} has left`);
    }
    is(await row(kept).locator('time').count(), 0);
    deepEqual(await visit.violations(), []);
});
