// The texts of the web app as tests look for them.
//
//     const { t, plural } = await texts('ko');
//     t('wizard.next')                      '다음'
//     plural('accounts.count', 2)           '계정 2개'

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';


const html = new URL('../../html/', import.meta.url);
const { transformSync } = createRequire(new URL('package.json', html))('esbuild');


export async function texts(lang) {
    const source = readFileSync(new URL(`src/i18n/${lang}.ts`, html), 'utf8');
    const { code } = transformSync(source, { loader: 'ts', format: 'esm' });
    const module = await import(
        `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
    const catalogue = module[lang];
    const number = (value) => new Intl.NumberFormat(lang).format(value);

    function t(key, values = {}) {
        if (catalogue[key] === undefined) {
            throw new Error(`no text "${key}" in ${lang}`);
        }
        return catalogue[key].replace(/\{(\w+)\}/g, (_, name) =>
            typeof values[name] === 'number' ? number(values[name]) : values[name]);
    }

    function plural(stem, n, values = {}) {
        const one = new Intl.PluralRules(lang).select(n) === 'one';

        return t(`${stem}.${one ? 'one' : 'other'}`, { n, ...values });
    }

    return { t, plural, number };
}
