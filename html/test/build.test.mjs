// The build: what it writes is complete, small, and safe to send as it is.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { after, test } from '../../t/lib/tap.mjs';


const BUDGET = 150 * 1024;

const html = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = mkdtempSync(join(tmpdir(), 'billing-web-'));
const again = mkdtempSync(join(tmpdir(), 'billing-web-'));

after(() => {
    rmSync(out, { recursive: true });
    rmSync(again, { recursive: true });
});

for (const dir of [out, again]) {
    execFileSync(process.execPath, [join(html, 'build.mjs'), dir]);
}

const read = (name) => readFileSync(join(out, name));
const assets = JSON.parse(read('assets.json'));
const page = read('index.html').toString();


test('the whole app fits the budget of its first view', () => {
    const sent = assets.map((asset) => asset.variants.gzip?.size ?? asset.size);

    assert.ok(sent.reduce((sum, size) => sum + size, 0) < BUDGET);
});


test('the page runs under a policy without inline scripts and styles', () => {
    assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)/);
    assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=/);
});


test('the page names its base once, and only files that are there', () => {
    const names = [...page.matchAll(/(?:src|href)="([^"]+)"/g)]
        .map((match) => match[1]).filter((name) => name !== '__BILLING_BASE__');
    const paths = assets.map((asset) => asset.path);

    assert.equal(page.split('__BILLING_BASE__').length, 2);
    assert.doesNotMatch(page.replace('__BILLING_BASE__', ''), /__BILLING_/);
    assert.ok(names.length >= 4);
    assert.deepEqual(names.filter((name) => !paths.includes(name)), []);
});


test('only the page and the notices may change under their names', () => {
    for (const asset of assets) {
        assert.equal(asset.immutable, asset.path.startsWith('assets/'), asset.path);
        assert.match(asset.path,
            /^(index\.html|third-party\.txt|assets\/\w+-[0-9A-Za-z]{8}\.(js|css|svg))$/);
    }
});


test('a compressed variant holds what the file holds', () => {
    for (const { file, variants } of assets) {
        const plain = read(file);
        const { gzip, brotli } = variants;

        assert.ok(!gzip || gunzipSync(read(gzip.file)).equals(plain), file);
        assert.ok(
            !brotli || brotliDecompressSync(read(brotli.file)).equals(plain), file);
        assert.ok(!gzip || gzip.size < plain.length, file);
    }
});


test('the C source embeds every file and variant', () => {
    const source = read('billing_assets.c').toString();

    for (const { file, variants } of assets) {
        for (const name of [file, ...Object.values(variants).map((v) => v.file)]) {
            assert.ok(source.includes(`${join(out, name)}\\"`), name);
        }
    }
    assert.ok(source.includes(`billing_nassets = ${assets.length};`));
});


test('the same sources make the same files', () => {
    const second = JSON.parse(readFileSync(join(again, 'assets.json')));

    assert.deepEqual(second, assets);
});


test('whoever has written a part is named, with his licence', () => {
    const text = read('third-party.txt').toString();

    assert.match(text, /^preact \d+\./m);
    assert.match(text, /MIT License[\s\S]*Jason Miller/);
    assert.match(text, /^hiredis$/m);
    assert.match(text, /Redistributions in binary form/);
});


test('no file names another host', () => {
    for (const { file } of assets.filter(({ type }) => !type.includes('svg'))) {
        const found = read(file).toString().match(/\bhttps?:\/\/[^\s"'`)]+/g) ?? [];
        const names = found.filter((url) => !url.startsWith('http://www.w3.org/'));

        assert.deepEqual(names, [], file);
    }
    assert.doesNotMatch(
        readFileSync(join(html, 'package-lock.json'), 'utf8'), /:\/\//);
});
