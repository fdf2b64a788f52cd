// CSV as RFC 4180 has it, read without mercy: lines end with CRLF, all are as
// long as the header, quotes stand only where they may.

export const BOM = '\ufeff';


// [{ column: cell }], of a text without a byte order mark.
export function rowsOf(text) {
    const [header, ...lines] = linesOf(text);

    return lines.map((line) => {
        if (line.length !== header.length) {
            throw new Error(`${line.length} cells: ${line}`);
        }
        return Object.fromEntries(header.map((name, i) => [name, line[i]]));
    });
}


export function linesOf(text) {
    const cells = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
    const lines = [];
    let line = [];

    while (cells.lastIndex < text.length) {
        const at = cells.lastIndex;
        const found = cells.exec(text);

        if (found === null) {
            throw new Error(`no CSV: ${JSON.stringify(text.slice(at, at + 80))}`);
        }

        const [, cell, end] = found;
        line.push(cell[0] === '"' ? cell.slice(1, -1).replaceAll('""', '"')
            : cell);
        if (end === '\r\n') {
            lines.push(line);
            line = [];
        }
    }
    if (line.length > 0) {
        throw new Error('the last line has no end');
    }
    return lines;
}
