
/*
 * Cells of a CSV (RFC 4180), in two forms: for programs, which want a value as
 * it is, and for spreadsheets, which would run some of them as formulas.
 */

#ifndef BILLING_CORE_CSV_H
#define BILLING_CORE_CSV_H

#include "core/buf.h"


#define BILLING_CSV_CRLF "\r\n"

/* Without it Excel takes UTF-8 for the local code page. */
#define BILLING_CSV_BOM "\xef\xbb\xbf"


/*
 * The value as it is, in quotes where it needs them.  Results are not given:
 * a buffer that has failed stays failed.
 */
void billing_csv_cell(billing_str_t s, billing_buf_t *out);

/*
 * The same for a spreadsheet: an apostrophe stands before whatever one would
 * run, also behind a separator of other locales within the value (OWASP, "CSV
 * Injection").  Two values never become the same cell, since what begins with
 * apostrophes and would run behind them gets one more.
 */
void billing_csv_safe_cell(billing_str_t s, billing_buf_t *out);


#endif /* BILLING_CORE_CSV_H */
