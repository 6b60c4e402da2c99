#include <pelrate/tilted.h>

#include <math.h>

/* Below this the closed forms lose digits, and the series (Bernoulli numbers) are exact to
 * rounding. */
#define SERIES_BELOW 0.3

void pel_tilted_unit(double x, struct pel_tilted *out)
{
    const double a = fabs(x), y = a * a, left = -expm1(-a), gone = exp(-a);
    double mean, spread;
    if (a < SERIES_BELOW) {
        mean =
            0.5 -
            a * (1.0 / 12.0 -
                 y * (1.0 / 720.0 -
                      y * (1.0 / 30240.0 -
                           y * (1.0 / 1209600.0 - y * (1.0 / 47900160.0 -
                                                       y * (691.0 / 1307674368000.0))))));
        spread = 1.0 / 12.0 -
                 y * (1.0 / 240.0 -
                      y * (1.0 / 6048.0 -
                           y * (1.0 / 172800.0 -
                                y * (1.0 / 5322240.0 - y * (691.0 / 118879488000.0)))));
    } else {
        mean = 1.0 / a - gone / left;
        spread = 1.0 / y - gone / (left * left);
    }
    const double ln_sum = a > 0.0 ? log(left / a) : 0.0;
    /* exp(+a t) is exp(a) times exp(-a (1 - t)). */
    out->ln_sum = x < 0.0 ? a + ln_sum : ln_sum;
    out->mean = x < 0.0 ? 1.0 - mean : mean;
    out->spread = spread;
}
