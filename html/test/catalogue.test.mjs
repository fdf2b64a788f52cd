// Texts: both languages have all of them, and none is kept without use.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { test } from '../../t/lib/tap.mjs';
import { app, load } from './bundle.mjs';


const { en, ko } = await load('i18n/en', 'i18n/ko');

function sources(dir) {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
        const path = join(dir, entry.name);

        if (entry.isDirectory()) {
            return sources(path);
        }
        return /\.tsx?$/.test(entry.name) && !/[/\\](en|ko)\.ts$/.test(path)
            ? [path] : [];
    });
}

const files = sources(app).map((path) => [path, readFileSync(path, 'utf8')]);
const code = files.map(([, text]) => text).join('\n');
const marks = (text) => (text.match(/\{\w+\}/g) ?? []).sort();


test('both catalogues have the same keys', () => {
    assert.deepEqual(Object.keys(ko).sort(), Object.keys(en).sort());
});


test('both texts of a key take the same values', () => {
    for (const [key, text] of Object.entries(en)) {
        assert.deepEqual(marks(ko[key]), marks(text), key);
    }
});


test('no text is empty or left in the other language', () => {
    const shared = new Set([
        'accounts.id', 'providers.id', 'credentials.json',
        'credential.account', 'credential.email', 'credential.key',
    ]);

    for (const [key, text] of Object.entries(ko)) {
        assert.ok(/[가-힣]/.test(text) || shared.has(key), key);
    }
    for (const [key, text] of Object.entries(en)) {
        assert.ok(text.trim() !== '' && !/[가-힣]/.test(text), key);
    }
});


test('every key is used', () => {
    const quoted = new Set(
        [...code.matchAll(/["']([a-z_]+(?:\.[a-z_]+)+)["']/g)]
            .map((match) => match[1]));
    const patterns = [...code.matchAll(/`([a-z_]+\.[^`]*\$\{[^`]*)`/g)]
        .map((match) => match[1].replace(/\$\{[^}]*\}/g, '*'))
        .map((text) => text.replace(/\./g, '\\.').replace(/\*/g, '[a-z_]+'))
        .map((pattern) => new RegExp(`^${pattern}$`));
    const isUsed = (key) => quoted.has(key)
        || quoted.has(key.replace(/\.(one|other)$/, ''))
        || patterns.some((pattern) => pattern.test(key));

    assert.deepEqual(Object.keys(en).filter((key) => !isUsed(key)), []);
});


test('whatever code the server sends, pages have a sentence for it', () => {
    const src = join(app, '../../src');
    const c = readdirSync(src, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap((dir) => readdirSync(join(src, dir.name))
            .filter((name) => name.endsWith('.c'))
            .map((name) => readFileSync(join(src, dir.name, name), 'utf8')))
        .join('\n');
    const said = [...c.matchAll(
        /billing_errors_add(?:_member)?\([^;]*?"(?:\/[a-z_/]*)?",?\s*"([a-z_]+)"/g)]
        .map((match) => match[1]);
    const { components } = JSON.parse(readFileSync(join(src, 'http/openapi.json'), 'utf8'));
    const reasons = components.schemas.Reason.properties.code.enum;

    assert.ok(said.length > 5 && reasons.length > 10);
    assert.deepEqual(said.filter((code) => !(`fault.${code}` in en)), []);
    assert.deepEqual(reasons.filter((code) => !(`why.${code}` in en)), []);
    /* the server's own sentences are for its log */
    assert.ok(!/problem\.detail|\bmessage\b\}/.test(
        readFileSync(join(app, 'components/ProblemView.tsx'), 'utf8')));
});


test('pages hold no text of their own', () => {
    const found = [];

    for (const [path, text] of files) {
        const plain = text.replace(/\/\*[\s\S]*?\*\//g, '');
        const inside = plain.matchAll(/>\s*([A-Z][A-Za-z ,.']{3,})\s*<\//g);

        found.push(...[...inside].map((match) => `${path}: ${match[1]}`));
        /* each language's own name is the one text that is not translated */
        if (/[가-힣]/.test(plain) && !/TopBar\.tsx$|_ko\.ts$/.test(path)) {
            found.push(`${path}: Korean`);
        }
    }
    assert.deepEqual(found, []);
});
