
/*
 * Rows of a file, in its two forms; for file.c.
 */

#ifndef BILLING_CORE_FILE_ROWS_H
#define BILLING_CORE_FILE_ROWS_H

#include "core/file.h"


/* The header, and the row of the group and date where the file is. */
void billing_file_csv_header(const billing_file_t *file, billing_buf_t *out);
void billing_file_csv_row(const billing_file_t *file, billing_buf_t *out);

void billing_file_focus_header(const billing_file_t *file, billing_buf_t *out);
void billing_file_focus_row(const billing_file_t *file, billing_buf_t *out);


#endif /* BILLING_CORE_FILE_ROWS_H */
