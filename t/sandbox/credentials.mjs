// The credentials that a fresh sandbox knows.  All made up.

export const credentials = {
    // twelve linked accounts, some with leading zeros
    main: {
        client: 'billing@example.com',
        secret: 'sandbox-main-8f1c2d7e',
        linked: [
            '111122223333', '012345678901', '000000000042', '123456789012',
            '210987654321', '333344445555', '001122334455', '444455556666',
            '555566667777', '098765432109', '666677778888', '777788889999',
        ],
    },
    single: {
        client: 'single@example.com',
        secret: 'sandbox-single-41b09a55',
        linked: ['000123456789'],
    },
    none: {
        client: 'none@example.com',
        secret: 'sandbox-none-77e6d013',
        linked: [],
    },
    // every answer takes a while (--slow-ms)
    slow: {
        client: 'slow@example.com',
        secret: 'sandbox-slow-c25a6f98',
        linked: ['888899990000', '999900001111'],
        slow: true,
    },
    // two linked accounts of "main" and one of its own
    overlap: {
        client: 'overlap@example.com',
        secret: 'sandbox-overlap-2b7d90e4',
        linked: ['012345678901', '123456789012', '222233334444'],
    },
};


// The one credential of a sandbox that serves a FOCUS file.
export const focusCredential = {
    client: 'focus@example.com',
    secret: 'sandbox-focus-5d3e8a16',
};
