// What "nginx -t" says to every way of getting the configuration wrong.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { checkConfiguration, ownModules } from '../lib/nginx.mjs';
import { freePort, temporaryFolder } from '../lib/process.mjs';
import { is, like, ok, test } from '../lib/tap.mjs';


const dir = temporaryFolder('conf');

function file(name, text, mode = 0o600) {
    const path = join(dir, name);

    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
}

const A = `${'A'.repeat(43)}=`;
const B = `${'B'.repeat(43)}=`;
const port = await freePort(); // an ordinary user may not have the low ones

const REDIS = 'billing_redis redis://127.0.0.1:6379/0;';
const KEY = keyFile('good', `k1:${A}`);
const BASE = `${REDIS} ${KEY}`;
const WHO = 'billing_user kim; billing_role admin;';

function keyFile(name, text, mode) {
    return `billing_secret_key_file ${file(`${name}.key`, `${text}\n`, mode)};`;
}

const redis = (words) => `${REDIS.replace(';', ` ${words};`)} ${KEY}`;
const provider = (words) => `${BASE} billing_provider hyperbilling_aws ${words};`;
const location = (text, name = '/billing/') =>
    `location ${name} { billing on; ${WHO} ${text} }`;

// What nginx prints about a configuration, and whether it accepts it.
function check(http, where = location('')) {
    const { status, text } = checkConfiguration(dir, { modules: ownModules(),
        http: `${http} server { listen 127.0.0.1:${port}; ${where} }` });

    return { ok: status === 0, text };
}


const good = {
    'metrics beside': [`${BASE} billing_zone zone=b:1m;`,
        location('', '/b/') + ' location = /m { billing_metrics on; }'],
    'metrics that are off': [BASE, location('billing_metrics off;')],
    'the smallest one': [BASE],
    everything: [`${redis('prefix=b: timeout=500ms')}
        billing_zone zone=billing:1m;
        billing_provider hyperbilling_aws endpoint=https://example.com/base/
            ca=${dir}/good.key timeout=3s concurrency=8
            max_answer=1m off;
        billing_lookup_limit 1000/month;
        billing_cache_valid current 10m; billing_cache_valid closed 2d;
        billing_user $remote_user; billing_role member; billing_domain d;
        billing_projects *;`, `location /billing/ { billing on;
            billing_html ${dir}; billing_base_path /x/y/;
            billing_cache_valid current 0; }`],
    'a limit of days': [`${BASE} billing_lookup_limit 1/day;`],
    'no limit': [`${BASE} billing_lookup_limit off;`],
    'a password': [`billing_redis redis://u:p%40ss@[::1]:7/3; ${KEY}`],
    'a socket': [`billing_redis unix:/tmp/redis.sock; ${KEY}`],
    'two keys': [`${REDIS} ${keyFile('two', `# new\nb:${B}\n\na:${A}`)}`],
    'switched off: needs nothing': ['', 'location /x/ { billing off; }'],
    'an http endpoint, with a warning': [provider('endpoint=http://10.0.0.1:8')],
    'another place for tokens':
        [`${BASE} billing_provider azure login=https://login.example.com;`],
};

for (const [name, [http, where]] of Object.entries(good)) {
    test(`good: ${name}`, () => {
        const result = check(http, where);
        ok(result.ok, result.text);
    });
}


const bad = {
    'no redis': [/"billing" is on but "billing_redis" is not set/, KEY],
    'no key file': [/"billing_secret_key_file" is not set/, REDIS],
    'no user': [/"billing_user" is not set/, BASE,
        'location /b/ { billing on; billing_role admin; }'],
    'no role': [/"billing_role" is not set/, BASE,
        'location /b/ { billing on; billing_user kim; }'],
    'neither on nor off': [/must be "on" or "off"/, BASE,
        'location /b/ { billing maybe; }'],
    'no slash at the end': [/prefix location whose name ends with "\/"/, BASE,
        location('', '/billing')],
    'an exact location': [/prefix location whose name ends with "\/"/, BASE,
        location('', '= /billing/')],
    'a regex': [/prefix location whose name ends with "\/"/, BASE,
        location('', '~ /billing/')],
    'twice on': [/is duplicate/, BASE, location('billing on;')],
    'in a server': [/not allowed here/, BASE, 'billing on;'],

    'two limits': [/is duplicate/,
        `${BASE} billing_lookup_limit off; billing_lookup_limit 1/day;`],
    'a limit of nothing': [/from 1 to 1000000000/,
        `${BASE} billing_lookup_limit 0/month;`],
    'a limit past all numbers': [/from 1 to 1000000000/,
        `${BASE} billing_lookup_limit 99999999999999999999/month;`],
    'a limit below zero': [/from 1 to 1000000000/,
        `${BASE} billing_lookup_limit -1/month;`],
    'a limit of something': [/from 1 to 1000000000/,
        `${BASE} billing_lookup_limit /month;`],
    'a limit without a period': [/takes a number of calls and "\/month"/,
        `${BASE} billing_lookup_limit 100;`],
    'a limit of a year': [/is of a "month" or of a "day"/,
        `${BASE} billing_lookup_limit 100/year;`],
    'a limit of one server': [/not allowed here/, BASE,
        'billing_lookup_limit 1/day;'],

    'two redis': [/is duplicate/, `${REDIS} ${BASE}`],
    'another scheme': [/billing_redis/, `billing_redis http://127.0.0.1:1; ${KEY}`],
    'TLS to redis': [/rediss/, `billing_redis rediss://127.0.0.1:1; ${KEY}`],
    'Sentinels without a name': [/no name of a master/,
        `billing_redis sentinel://127.0.0.1; ${KEY}`],
    'a Sentinel that is not found': [/host in its URL that is not found/,
        `billing_redis sentinel://no-such-host.invalid/main; ${KEY}`],
    'a password of Sentinels that are none': [/without a "sentinel:\/\/" URL/,
        redis('sentinel_auth=geheim')],
    'a password of Sentinels that is no text': [/invalid "sentinel_auth="/,
        `billing_redis sentinel://127.0.0.1/main sentinel_auth=%zz; ${KEY}`],
    'a database in a cluster': [/a cluster has one database/,
        `billing_redis cluster://127.0.0.1/3; ${KEY}`],
    'a cluster of nobody': [/no host in its URL/,
        `billing_redis cluster://; ${KEY}`],
    'no replicas': [/from 1 to 64/, `${BASE} billing_redis_wait 0 1s;`],
    'replicas past all numbers': [/from 1 to 64/,
        `${BASE} billing_redis_wait 65 1s;`],
    'replicas for ever': [/at most 10s/, `${BASE} billing_redis_wait 1 0;`],
    'replicas for an hour': [/at most 10s/, `${BASE} billing_redis_wait 1 1h;`],
    'replicas twice': [/is duplicate/,
        `${BASE} billing_redis_wait 1 1s; billing_redis_wait 1 1s;`],
    'replicas of one server': [/not allowed here/, BASE,
        'billing_redis_wait 1 1s;'],
    'a port that is none': [/billing_redis|port/,
        `billing_redis redis://127.0.0.1:77777; ${KEY}`],
    'a db that is none': [/billing_redis/,
        `billing_redis redis://127.0.0.1:1/x; ${KEY}`],
    'a hash tag in the prefix': [/invalid parameter "prefix=\{b\}"/,
        `billing_redis redis://127.0.0.1:1 "prefix={b}"; ${KEY}`],
    'a timeout of nothing': [/invalid parameter "timeout=0"/, redis('timeout=0')],
    'an unknown word': [/invalid parameter "colour=red"/, redis('colour=red')],

    'a key file that is not there': [/No such file/,
        `${REDIS} billing_secret_key_file ${dir}/none;`],
    'a key that others may read': [/open\.key/,
        `${REDIS} ${keyFile('open', `k:${A}`, 0o644)}`],
    'a key that the group may read': [/group\.key/,
        `${REDIS} ${keyFile('group', `k:${A}`, 0o640)}`],
    'a short key': [/short\.key/, `${REDIS} ${keyFile('short', 'k:QUFB')}`],
    'no base64': [/text\.key/, `${REDIS} ${keyFile('text', `k:${'*'.repeat(44)}`)}`],
    'no id': [/noid\.key/, `${REDIS} ${keyFile('noid', A)}`],
    'the same id twice': [/same\.key/,
        `${REDIS} ${keyFile('same', `k:${A}\nk:${B}`)}`],
    'an empty key file': [/empty\.key/, `${REDIS} ${keyFile('empty', '# nothing')}`],

    'a zone without a size': [/invalid parameter "zone=b"/,
        `${BASE} billing_zone zone=b;`],
    'a zone too small': [/at least 32k/, `${BASE} billing_zone zone=b:1k;`],
    'a zone without zone=': [/invalid parameter "b:1m"/,
        `${BASE} billing_zone b:1m;`],

    'metrics without a zone': [/"billing_metrics" is on but "billing_zone"/,
        BASE, location('', '/b/') + ' location /m { billing_metrics on; }'],
    'metrics where billing is on': [/cannot be where "billing" is on/,
        `${BASE} billing_zone zone=b:1m;`, location('billing_metrics on;')],
    'billing where metrics are': [/cannot be where "billing_metrics" is/,
        `${BASE} billing_zone zone=b:1m;`,
        'location /b/ { billing_metrics on; billing on; }'],
    'metrics twice': [/is duplicate/, `${BASE} billing_zone zone=b:1m;`,
        'location /m { billing_metrics on; billing_metrics on; }'],
    'metrics of the whole server': [/not allowed here/, BASE,
        'billing_metrics on;'],

    'an unknown provider': [/unknown provider "nobody"/,
        `${BASE} billing_provider nobody;`],
    'a provider twice': [/is duplicate/,
        `${provider('off')} billing_provider hyperbilling_aws;`],
    'another scheme for a provider': [/https:/, provider('endpoint=ftp://x')],
    'tokens for a provider without': [/login=/,
        provider('login=https://login.example.com')],
    'an endpoint with a user': [/without user, query and spaces/,
        provider('endpoint=https://a@b/')],
    'a ca file that is not there': [/cannot read .*none\.pem/,
        provider(`ca=${dir}/none.pem`)],
    'an answer of nothing': [/invalid parameter "max_answer=1"/,
        provider('max_answer=1')],
    'an answer past all memory': [/invalid parameter "max_answer=1g"/,
        provider('max_answer=1g')],
    'no calls at all': [/invalid parameter "concurrency=0"/,
        provider('concurrency=0')],

    'an age of something else': [/takes "current" or "closed"/,
        `${BASE} billing_cache_valid old 1h;`],
    'an age that is none': [/invalid parameter "soon"/,
        `${BASE} billing_cache_valid closed soon;`],
    'an age twice': [/is duplicate/,
        `${BASE} billing_cache_valid closed 1h; billing_cache_valid closed 2h;`],

    'a base that does not end': [/must start and end with "\/"/, BASE,
        location('billing_base_path /x;')],
    'a base with markup': [/may hold only/, BASE,
        location('billing_base_path "/<x>/";')],
};

for (const [name, [message, http, where]] of Object.entries(bad)) {
    test(`bad: ${name}`, () => {
        const result = check(http, where);

        is(result.ok, false, 'nginx refuses it');
        like(result.text, message);
        is(/Sanitizer|core dumped/.test(result.text), false);
    });
}


// DIRECTIVES.md has one for each, in one of its contexts.
test('the examples of the documents are taken', () => {
    const page = readFileSync(
        new URL('../../src/http/DIRECTIVES.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(
        /^ {4}Context: (.*)\n {4}Example: (\S+)(.*)$/gm)];
    const key = file('example.key', `k1:${A}\n`);
    const without = (text, name) => text.replace(new RegExp(`${name} [^;]*;`), '');

    ok(examples.length > 15);
    for (const [, contexts, name, rest] of examples) {
        const example = `${name}${rest}`.replace('/etc/nginx/billing.key', key)
            .replace('$billing_role', 'admin');
        const http = `${without(BASE, name)} billing_zone zone=b:1m;`;
        const found = name === 'location' ? check(BASE, example)
            : name === 'billing_metrics'
                ? check(http, `${location('')} location = /m { ${example} }`)
                : /^http\b/.test(contexts)
                    ? check(`${without(http, name)} ${example}`,
                        `location /b/ { billing on; ${without(WHO, name)} }`)
                    : check(http, location(example));

        ok(found.ok, `${example}: ${found.text}`);
    }
});
