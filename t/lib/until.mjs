// Waiting for a condition, for tests and for what starts servers.


// Polls until fn returns something true, and returns it.
export async function until(fn, what = 'a condition', timeout = 10_000) {
    const end = Date.now() + timeout;

    for (;;) {
        const value = await fn();
        if (value) {
            return value;
        }
        if (Date.now() > end) {
            throw new Error(`waited ${timeout} ms for ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}
