#include <pelrate/alias.h>

#include <stdlib.h>

pel_status pel_alias_init(struct pel_alias *alias, size_t n, struct pel_error *err)
{
    *alias = (struct pel_alias){0};
    if (n == 0 || n > UINT32_MAX)
        return pel_error_set(err, PEL_EARG, "alias of %zu things, expected 1 to 2^32", n);
    alias->n = n;
    alias->share = calloc(n, sizeof *alias->share);
    alias->other = calloc(n, sizeof *alias->other);
    alias->work = calloc(n, sizeof *alias->work);
    if (alias->share == NULL || alias->other == NULL || alias->work == NULL) {
        pel_alias_free(alias);
        return pel_error_set(err, PEL_ENOMEM, "alias: out of memory");
    }
    return PEL_OK;
}

void pel_alias_free(struct pel_alias *alias)
{
    if (alias == NULL) return;
    free(alias->share);
    free(alias->other);
    free(alias->work);
    *alias = (struct pel_alias){0};
}

void pel_alias_fill(struct pel_alias *alias, const double weights[])
{
    const size_t n = alias->n;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += weights[i];
    /* Poor slots grow from the front of work, rich ones from its back. */
    size_t poor = 0, rich = n;
    for (size_t i = 0; i < n; i++) {
        alias->share[i] = weights[i] * (double)n / sum;
        alias->other[i] = (uint32_t)i;
        if (alias->share[i] < 1.0)
            alias->work[poor++] = (uint32_t)i;
        else
            alias->work[--rich] = (uint32_t)i;
    }
    while (poor > 0 && rich < n) {
        const uint32_t to = alias->work[--poor], from = alias->work[rich];
        alias->other[to] = from;
        alias->share[from] -= 1.0 - alias->share[to];
        if (!(alias->share[from] < 1.0)) continue;
        rich++;
        alias->work[poor++] = from;
    }
    /* What is left is full but for rounding. */
    while (poor > 0)
        alias->share[alias->work[--poor]] = 1.0;
    for (; rich < n; rich++)
        alias->share[alias->work[rich]] = 1.0;
    for (size_t i = 0; i < n; i++)
        alias->share[i] *= 0x1p32;
}
