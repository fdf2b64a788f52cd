// What is wrong with how a page is laid out, as text; nothing is an empty list.
//
//     deepEqual(await layoutFaults(page), []);
//
// A page that scrolls sideways; text that is cut, that hangs over its box or out
// of the window; a word that falls apart because its box is too narrow.  Meant
// to be wider than the window is only what lies in a box that scrolls, such as a
// large table; meant to be cut is what ends in dots and has its whole in a title.


export function layoutFaults(page) {
    return page.evaluate(inPage);
}



function inPage() {
    /* longer ones are ids, keys, addresses: they end where their line does */
    const longest = 24;
    const faults = [];
    const root = document.documentElement;

    if (root.scrollWidth > root.clientWidth) {
        faults.push(`page: ${root.scrollWidth} in ${root.clientWidth}`);
    }
    for (const element of document.body.querySelectorAll('*')) {
        const texts = [...element.childNodes].filter((node) =>
            node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');

        if (texts.length === 0 || element.closest('svg, option, script, style')
            || !seen(element)) {
            continue;
        }
        const what = `${element.tagName.toLowerCase()}.${element.className} "${
            element.textContent.trim().slice(0, 40)}"`;

        if (isCut(element)) {
            faults.push(`${what}: cut, ${element.scrollWidth}x${element.scrollHeight} in ${
                element.clientWidth}x${element.clientHeight}`);
        }
        for (const text of texts) {
            apart(text).forEach((word) => faults.push(`${what}: "${word}" falls apart`));
            if (!scrolls(element) && !ends(element) && isOutside(text)) {
                faults.push(`${what}: outside of the window`);
            }
            if (!scrolls(element) && hangsOver(text)) {
                faults.push(`${what}: hangs over its box`);
            }
        }
    }
    return faults;

    /* for eyes: not for screen readers only, not on its way in or out */
    function seen(element) {
        const { width, height } = element.getBoundingClientRect();

        return width > 1 && height > 1 && element.closest('.skip, .sr') === null
            && !(element.closest('thead') !== null
                && getComputedStyle(element.closest('thead')).clipPath !== 'none')
            && element.checkVisibility({ opacityProperty: true,
                visibilityProperty: true });
    }

    function isCut(element) {
        const { overflowX, overflowY, textOverflow } = getComputedStyle(element);

        if (element.clientWidth === 0 || element.matches('select, input, textarea')) {
            return false;
        }
        if (textOverflow === 'ellipsis' && overflowX !== 'visible') {
            return element.scrollWidth > element.clientWidth
                && element.closest('[title]') === null;
        }
        return !/auto|scroll/.test(overflowX)
            && element.scrollWidth > element.clientWidth + 1
            || /hidden|clip/.test(overflowY)
                && element.scrollHeight > element.clientHeight + 2;
    }

    /* in dots: see isCut() */
    function ends(element) {
        for (let one = element; one !== null; one = one.parentElement) {
            const { overflowX, textOverflow } = getComputedStyle(one);

            if (textOverflow === 'ellipsis' && overflowX !== 'visible') {
                return true;
            }
        }
        return false;
    }

    function scrolls(element) {
        for (let one = element; one !== null; one = one.parentElement) {
            if (/auto|scroll/.test(getComputedStyle(one).overflowX)
                && one !== root && one !== document.body) {
                return true;
            }
        }
        return false;
    }

    function isOutside(text) {
        const range = document.createRange();

        range.selectNodeContents(text);
        return [...range.getClientRects()].some(({ left, right, width }) =>
            width > 0 && (left < -1 || right > root.clientWidth + 1));
    }

    /* an amount is in a line of something that may be narrower */
    function hangsOver(text) {
        const range = document.createRange();

        range.selectNodeContents(text);
        const { left, right } = range.getBoundingClientRect();
        for (let box = text.parentElement; box !== document.body
            && getComputedStyle(box).overflowX === 'visible'; box = box.parentElement) {
            const within = box.getBoundingClientRect();

            if (getComputedStyle(box).display !== 'inline' && within.width > 0
                && (right > within.right + 1 || left < within.left - 1)) {
                return true;
            }
            /* such as a menu, or a table that is as wide as its card */
            if (/absolute|fixed/.test(getComputedStyle(box).position)
                || parseFloat(getComputedStyle(box).marginLeft) < 0) {
                return false;
            }
        }
        return false;
    }

    /* what a provider calls a region: "southeastasia" */
    function isTerm(element, word) {
        return element.closest('tbody th') !== null && /^[a-z0-9]{12,}$/.test(word);
    }

    function apart(text) {
        const range = document.createRange();

        return [...text.data.matchAll(/[^\s\u200b/-]+/g)].filter(({ 0: word, index }) => {
            if (word.length > longest || /[@_.]\w/.test(word)
                || isTerm(text.parentElement, word)) {
                return false;
            }
            range.setStart(text, index);
            range.setEnd(text, index + word.length);
            const tops = [...range.getClientRects()].filter(({ width }) => width > 0)
                .map(({ top }) => Math.round(top / 4));
            return new Set(tops).size > 1;
        }).map(({ 0: word }) => word);
    }
}
