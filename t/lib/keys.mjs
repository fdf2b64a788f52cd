// What a hand on the keyboard does.

import { focusIsVisible, focused } from './browser.mjs';

const MOST_TABS = 120;


const hasFocus = (locator) => locator.evaluate(
    (element) => element === document.activeElement);


// Moves on by Tab (back by Shift+Tab) until the element has the focus; every
// stop on the way has to be visible.
export async function tabTo({ page }, locator, key = 'Tab') {
    for (let i = 0; i < MOST_TABS; i++) {
        await page.keyboard.press(key);
        /* at the end there are the browser's own bars */
        if (!await page.evaluate(() => document.activeElement === document.body)) {
            await focusIsVisible(page);
        }
        if (await locator.count() === 1 && await hasFocus(locator)) {
            return;
        }
    }
    throw new Error(`not reached by ${MOST_TABS} tabs: ${locator}`);
}


// Goes to the element and presses a key on it.
export async function press(visit, locator, key = 'Enter') {
    await tabTo(visit, locator);
    await visit.page.keyboard.press(key);
}


// Goes to a field and puts a text in the place of what it holds.
export async function enter(visit, locator, text) {
    await tabTo(visit, locator);
    await focused(locator);
    await visit.page.keyboard.press('ControlOrMeta+a');
    await visit.page.keyboard.type(text);
}
