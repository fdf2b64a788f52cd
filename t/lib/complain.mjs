// What is wrong with a test, for whoever has called prove.

import { appendFileSync } from 'node:fs';


// prove shows what comes to the standard error, and not what stands beside
// the results; `make test` says it once more behind the summary.
export function complain(text) {
    process.stderr.write(text);

    if (process.env.BILLING_FAILED) {
        appendFileSync(process.env.BILLING_FAILED, text);
    }
}
