
/* Why figures are as they are, block by block. */

#include "http/figures.h"


static int ngx_libc_cdecl figures_block_order(const void *one, const void *two);


ngx_int_t
billing_figures_explain(billing_figures_t *figures, ngx_uint_t explain)
{
    billing_op_t *op;

    op = figures->op;

    if (!explain) {
        return NGX_OK;
    }

    if (op->role != BILLING_ADMIN) {
        billing_send_problem(op, BILLING_PROBLEM_FORBIDDEN,
            "only administrators may ask for an explanation");
        return NGX_DONE;
    }

    /* of this moment, and of this worker */
    figures->once = 1;
    figures->explain = ngx_array_create(
        op->pool, 64, sizeof(billing_explain_t));

    if (figures->explain == NULL) {
        billing_send_nomem(op);
        return NGX_DONE;
    }

    return NGX_OK;
}


/* Without memory for it a block is left out: the figures are whole. */
void
billing_figures_explain_block(void *data, const billing_explain_t *block)
{
    billing_figures_t *figures = data;

    billing_explain_t *kept;

    kept = ngx_array_push(figures->explain);
    if (kept != NULL) {
        *kept = *block;
    }
}


/* They come as they are read. */
static int ngx_libc_cdecl
figures_block_order(const void *one, const void *two)
{
    const billing_explain_t *a = one, *b = two;

    if (a->account != b->account) {
        return a->account < b->account ? -1 : 1;
    }

    if (a->part != b->part) {
        return a->part < b->part ? -1 : 1;
    }

    return (a->month > b->month) - (a->month < b->month);
}


void
billing_figures_explain_blocks(
    billing_figures_t *figures, billing_view_state_t *state)
{
    state->explain = NULL;
    state->nexplain = 0;

    if (figures->explain != NULL) {
        state->explain = figures->explain->elts;
        state->nexplain = figures->explain->nelts;
        ngx_qsort(figures->explain->elts, state->nexplain,
            sizeof(billing_explain_t), figures_block_order);
    }
}
