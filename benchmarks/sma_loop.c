#include <math.h>
#include <stdint.h>
typedef struct { int64_t entry, exit; double entry_price, exit_price, qty, pnl; } Trade;
int64_t run(const double *open, const double *high, const double *low, const double *close, int64_t n, int fast, int slow,
         double fee, double cash0, double stop, double target, double *equity, Trade *trades, double *out)
{
    double fs = 0, ss = 0, cash = cash0, qty = 0, entry = 0, paid=0, peak = cash0, fall = 0, sl=0, tp=0;
    int64_t count = 0, at = 0; int want = 0, was = 0, known = 0;
    for (int64_t i = 0; i < n; i++) {
        if (want == 1 && qty == 0) {
            qty = cash / (open[i] * (1 + fee)); entry = open[i]; paid = qty * entry * fee; cash -= paid; at = i;
            sl = entry * (1 - stop); tp = entry * (1 + target);
        } else if (want == -1 && qty != 0) {
            double f = qty * open[i] * fee, g = qty * (open[i] - entry); cash += g - f;
            trades[count++] = (Trade){at, i, entry, open[i], qty, g - f - paid}; qty = 0;
        }
        want = 0;
        if (qty != 0 && stop > 0) {
            double x = 0;
            if (open[i] <= sl) x = open[i]; else if (low[i] <= sl) x = sl; else if (open[i] >= tp) x = open[i]; else if (high[i] >= tp) x = tp;
            if (x > 0) { double f = qty * x * fee, g = qty * (x - entry); cash += g - f;
            trades[count++] = (Trade){at, i, entry, x, qty, g - f - paid}; qty = 0; }
        }
        fs += close[i]; ss += close[i];
        if (i >= fast) fs -= close[i - fast];
        if (i >= slow) ss -= close[i - slow];
        if (i >= slow - 1) {
            double a = fs / fast, b = ss / slow;
            int now = a > b;
            if (known && now != was) want = now ? 1 : -1;
            was = now; known = 1;
        }
        double e = qty != 0 ? cash + qty * (close[i] - entry) : cash;
        equity[i] = e;
        if (e > peak) peak = e;
        double d = e / peak - 1; if (d < fall) fall = d;
    }
    out[0] = equity[n - 1]; out[1] = fall; out[2] = (double)count;
    return count;
}
