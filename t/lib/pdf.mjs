// Where the words of a PDF stand, by "pdftotext" (poppler-utils):
//
//     [{ width, height, words: [{ left, top, right, bottom, text }, ...] }, ...]
//
// of each page, in points from its upper left corner.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from './process.mjs';


const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const numbers = (text, names) => names.map((name) =>
    Number(new RegExp(`${name}="([\\d.-]+)"`).exec(text)[1]));


export function pagesOfPdf(pdf) {
    const file = join(temporaryFolder('pdf'), 'page.pdf');

    writeFileSync(file, pdf);
    const text = execFileSync('pdftotext', ['-bbox', file, '-'], { encoding: 'utf8' });

    return text.split('<page ').slice(1).map((page) => {
        const [width, height] = numbers(page, ['width', 'height']);

        return { width, height, words: [...page.matchAll(/<word ([^>]*)>(.*?)<\/word>/g)]
            .map(([, box, word]) => {
                const [left, top, right, bottom] = numbers(box,
                    ['xMin', 'yMin', 'xMax', 'yMax']);
                return { left, top, right, bottom, text: word.replace(/&(\w+);/g,
                    (_, name) => ENTITIES[name]) };
            }) };
    });
}
