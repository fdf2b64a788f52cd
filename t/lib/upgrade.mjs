// Data as earlier builds have left them (t/api/schema/), and how nodes of those
// builds go on writing.

import { createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startBilling } from './billing.mjs';
import { loadDump } from './dump.mjs';
import { startRedis } from './redis.mjs';
import { after } from './tap.mjs';


const DIR = resolve(dirname(fileURLToPath(import.meta.url)), '../api/schema');
const META = 'billing:{default}:meta';

// As the audit log has it since schema 2.
const WHO = ['old', '127.0.0.1', 'request', 'action', 'name', ''];

const CLOUDS = ['hyperbilling_aws', 'aws', 'aws', 'aws'];


// A system with the data of an older schema, whose provider tells nothing but
// lists of linked accounts; it ends with the tests.  options: of startBilling().
//
// Returns that, and { admin, sold, answers, register(), old(), oldAccount(),
// hash() }.
export async function startUpgrade(schema, options = {}) {
    const text = readFileSync(join(DIR, `${schema}.dump`), 'utf8');
    const end = text.indexOf('\n');
    const { key, sold, answers } = JSON.parse(text.slice(0, end));
    const redis = await startRedis();

    await loadDump(redis, text.slice(end + 1));

    const billing = await startBilling({
        redis, key, ...options, sandbox: { child: true, seed: 7 },
    });
    after(() => billing.stop());

    for (const { linked, credentials } of sold) {
        await billing.sandbox.setCredential({ client: credentials.email,
            secret: credentials.key, linked });
    }
    if (!options.calls) {
        await billing.sandbox.fault({ path: '/v1/search/billing',
            status: 503 });
    }

    const admin = billing.client();

    return {
        ...billing, admin, sold, answers,

        register: (name, credentials, client = admin) =>
            client.post('service-accounts', { name, credentials,
                provider: 'hyperbilling_aws',
                project_id: answers.projects.projects[0].id }),

        old: (name, words, as = schema) => write(redis, as, name, words),

        // an account, registered by a node of the schema
        oldAccount: (id, name, linked, credentials, { as = schema, more } = {}) =>
            write(redis, as, 'create', accountOf(key, id, name,
                answers.projects.projects[0].id, linked, credentials, more)),

        // field -> value of a HASH of the domain
        async hash(name) {
            const lines = (await redis.cli('hgetall',
                `billing:{default}:${name}`)).split('\n');
            return Object.fromEntries(lines.flatMap((line, i) =>
                i % 2 ? [] : [[line, lines[i + 1]]]).filter(([k]) => k !== ''));
        },
    };
}


// What a node of the schema does by its script: words are those of the script,
// without audit()'s.  Its answer, line by line.
async function write(redis, schema, name, words) {
    const who = schema === 1 || name === 'link' ? [] : WHO;
    // an option first: nobody is told of it, as cli('eval') would
    const run = async (script, ...args) => (await redis.cli('--raw', 'eval',
        readFileSync(join(DIR, `${script}.lua`), 'utf8'), 1, META, ...args))
        .split('\n');
    const answer = await run(schema, name, ...who, ...words);

    if (schema < 3 || answer[0] !== 'schema') {
        return answer;
    }

    const [word, number] = await run(`${schema}.settle`, ...WHO, '', ...CLOUDS);

    return word === 'newer' ? [word, number]
        : run(schema, name, ...who, ...words);
}


// Credentials as they lie in Redis; key: text of the key file.
function sealed(key, id, credentials) {
    const [name, base64] = key.trim().split(':');
    const nonce = randomBytes(12);
    const cipher = createCipheriv(
        'aes-256-gcm', Buffer.from(base64, 'base64'), nonce)
        .setAAD(Buffer.from(`v1/default/${id}`));
    const text = Buffer.concat([
        cipher.update(JSON.stringify(credentials)), cipher.final()]);

    return `v1:${name}:${Buffer.concat([nonce, text, cipher.getAuthTag()])
        .toString('base64')}`;
}


// The words of "create" for an account that lists these linked accounts.
function accountOf(key, id, name, project, linked, credentials, more) {
    const now = '2026-11-29T00:00:00Z';

    return ['account', id, '', '', '', now, name.toLowerCase(), project,
        ...Object.entries({
            name, provider: 'hyperbilling_aws', tags: '{}',
            credential: sealed(key, id, credentials), credential_version: 1,
            shown: JSON.stringify({ ...credentials, key: null }),
            linked: JSON.stringify(linked), linked_all: 1,
            linked_at: Math.floor(Date.now() / 1000),
            tried_at: Math.floor(Date.now() / 1000), state: 'ok',
            verified_at: now, ...more,
        }).flat()];
}
