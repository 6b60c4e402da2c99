"""The theory of pelrate beside what one would write with NumPy and SciPy instead.

    python3 bench/peers/theory.py build/bench/bench_theory data/reference/r1.landscape.csv

Debian packages python3-numpy and python3-scipy. One core; the same landscape files; results
are compared before times; times are of the processor, the best of several.

  map   10 levels of 200 bins, 1000 x 1000 points: the same interpolation, in three ways: as it
        is first written, with sums over bins by one matrix product, and that in blocks that stay
        in the cache
  scan  R1, cooled at 200 K/s and heated at 1 K/s, solve_ivp with LSODA, BDF and Radau, the
        right side in plain floats with its derivative; for each the loosest tolerance that is as
        accurate as asked for
"""
import math
import os
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

KB = 8.617333262e-5  # eV/K, CODATA 2018
N = 1000  # points of the map along each side
GLASS_OFF, PEAK_OFF = 1e-7, 0.05  # eV/atom, K


def best(work, repeats=5):
    """Least processor time of several runs."""
    least = math.inf
    for _ in range(repeats):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


def ask(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout.split()


def read(path):
    """Keys and rows of a landscape file."""
    keys, rows = {}, []
    with open(path) as lines:
        for line in lines:
            if line.startswith("#"):
                name, _, value = line[1:].partition(":")
                keys[name.strip()] = value.strip()
            else:
                rows.append(line.rstrip("\n").split(","))
    return keys, rows[0], rows[1:]


# ---- map -----------------------------------------------------------------------------


class Histogram:
    def __init__(self, path):
        keys, names, rows = read(path)
        self.prefactor = float(keys["attempt_frequency_Hz"]) * float(keys["paths"]) / float(keys["atoms"])
        column = {name: k for k, name in enumerate(names)}
        levels = {}
        for row in rows:
            e = float(row[column["e_is_eV_per_atom"]])
            bins = levels.setdefault(e, {"activation": [], "relaxation": []})
            bins[row[column["spectrum"]]].append(
                [float(row[column[name]]) for name in ("e_lo_eV", "e_hi_eV", "density_per_eV")])
        self.e = np.array(sorted(levels))
        a = np.array([levels[e]["activation"] for e in self.e])
        self.lo, self.width = a[:, :, 0], a[:, :, 1] - a[:, :, 0]
        self.weight = a[:, :, 2] * self.width
        r = np.array([levels[e]["relaxation"] for e in self.e])
        self.mean_r = np.sum(r[:, :, 2] * (r[:, :, 1] - r[:, :, 0]) * 0.5 * (r[:, :, 0] + r[:, :, 1]), axis=1)


def ln_z_first(h, beta):
    """ln Z at [level, temperature]: the bins of every level, by logsumexp."""
    x = beta[None, :, None] * h.width[:, None, :]
    with np.errstate(divide="ignore"):  # empty bins
        ln_weight = np.log(h.weight)[:, None, :]
    a = ln_weight - beta[None, :, None] * h.lo[:, None, :] + np.log(-np.expm1(-x) / x)
    top = a.max(axis=2, keepdims=True)
    return top[:, :, 0] + np.log(np.exp(a - top).sum(axis=2))


def ln_z_product(h, beta):
    """... where all levels have the same even bins: one exponential a bin and temperature."""
    e = np.exp(-np.outer(beta, h.lo[0]))
    x = beta * h.width[0, 0]
    return np.log(h.weight @ e.T) + np.log(-np.expm1(-x) / x)


def slopes(x, y):
    """Steffen's slopes (1990, Eqs. 8 and 11), at the ends those of the end pieces."""
    h = np.diff(x).reshape((-1,) + (1,) * (y.ndim - 1))
    s = np.diff(y, axis=0) / h
    p = (s[:-1] * h[1:] + s[1:] * h[:-1]) / (h[:-1] + h[1:])
    inner = (np.sign(s[:-1]) + np.sign(s[1:])) * np.minimum(
        np.minimum(abs(s[:-1]), abs(s[1:])), 0.5 * abs(p))
    return np.concatenate([s[:1], inner, s[-1:]])


def hermite(x, at):
    """Piece of each point and the four weights of its values and slopes."""
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    h = x[i + 1] - x[i]
    t = (at - x[i]) / h
    p = t * t * (3.0 - 2.0 * t)
    return i, 1.0 - p, p, h * t * (1.0 - t) ** 2, h * t * t * (t - 1.0)


def map_first(h, e, T, ln_z):
    beta = 1.0 / (KB * T)
    y = ln_z(h, beta)
    s = slopes(h.e, y)
    sr = slopes(h.e, h.mean_r)
    i, a, b, c, d = hermite(h.e, e)
    e_r = a * h.mean_r[i] + b * h.mean_r[i + 1] + c * sr[i] + d * sr[i + 1]
    a, b, c, d = (w[:, None] for w in (a, b, c, d))
    z = a * y[i] + b * y[i + 1] + c * s[i] + d * s[i + 1]
    return h.prefactor * np.exp(z) * (-z / beta - e_r[:, None])


def map_blocks(h, e, T, ln_z):
    beta = 1.0 / (KB * T)
    y = ln_z(h, beta)
    s = slopes(h.e, y)
    sr = slopes(h.e, h.mean_r)
    i, a, b, c, d = hermite(h.e, e)
    e_r = a * h.mean_r[i] + b * h.mean_r[i + 1] + c * sr[i] + d * sr[i + 1]
    weights = np.stack([a, b, c, d], axis=1)
    out = np.empty((len(e), len(T)))
    minus_kT = -KB * T
    z = np.empty((32, len(T)))
    for k in range(len(h.e) - 1):
        ends = np.stack([y[k], y[k + 1], s[k], s[k + 1]])
        inside = np.flatnonzero(i == k)
        for first in range(0, len(inside), 32):
            rows = slice(inside[first], inside[min(first + 32, len(inside)) - 1] + 1)
            m = rows.stop - rows.start
            np.matmul(weights[rows], ends, out=z[:m])
            gain = out[rows]
            np.multiply(z[:m], minus_kT, out=gain)
            gain -= e_r[rows, None]
            np.exp(z[:m], out=z[:m])
            gain *= z[:m]
    out *= h.prefactor
    return out


def compare_maps(program, folder):
    path, out = os.path.join(folder, "histogram.landscape.csv"), os.path.join(folder, "map.bin")
    h = Histogram(path)
    e = h.e[0] + (h.e[-1] - h.e[0]) * np.arange(N) / (N - 1.0)
    T = 300.0 + 900.0 * np.arange(N) / (N - 1.0)
    ours = float(ask(program, "map", path, str(N), out)[0])
    want = np.fromfile(out).reshape(N, N)
    print(f"map of {N} x {N} points, {len(h.e)} levels of {h.lo.shape[1]} bins: pelrate {1e3 * ours:.2f} ms")
    for name, work in (("NumPy as first written", lambda: map_first(h, e, T, ln_z_first)),
                       ("NumPy, sums over bins by a product", lambda: map_first(h, e, T, ln_z_product)),
                       ("NumPy, also in blocks", lambda: map_blocks(h, e, T, ln_z_product))):
        got = work()
        # Near the steady state a rate is a difference: of the largest at its temperature.
        off = np.max(abs(got - want) / np.max(abs(want), axis=0))
        seconds = best(work)
        print(f"  {name}: off by {off:.1e}; {1e3 * seconds:.1f} ms, {seconds / ours:.1f} times as long")


# ---- scan ----------------------------------------------------------------------------


class R1:
    """shifted_gamma barriers, exponential relaxation energies."""

    def __init__(self, path):
        keys, _, rows = read(path)
        self.prefactor = float(keys["attempt_frequency_Hz"]) * float(keys["paths"]) / float(keys["atoms"])
        self.reference = float(keys["reference_e_is_eV_per_atom"])
        self.lo, self.hi = float(keys["e_is_min_eV_per_atom"]), float(keys["e_is_max_eV_per_atom"])
        assert {(r[0], r[1]) for r in rows} == {("activation", "shifted_gamma"), ("relaxation", "exponential")}
        c = {(r[0], r[2]): tuple(float(v) for v in r[4:7]) for r in rows}
        self.offset, self.mean = c["activation", "offset"], c["relaxation", "scale"]
        self.shape, self.scale = c["activation", "shape"][0], c["activation", "scale"][0]

    def balance(self, e, T):
        x, kT = e - self.reference, KB * T
        ln1 = math.log1p(self.scale / kT)
        offset = self.offset[0] + self.offset[1] * x
        e_r = self.mean[0] + self.mean[1] * x
        return -offset / kT - self.shape * ln1, offset + self.shape * kT * ln1 - e_r

    def rate(self, e, T):
        """A solver may try what no glass is: no overflow then, but a large number."""
        ln_z, gain = self.balance(e, T)
        ln_z = min(ln_z, 500.0)
        return self.prefactor * math.exp(ln_z) * gain

    def slope(self, e, T):
        ln_z, gain = self.balance(e, T)
        ln_z = min(ln_z, 500.0)
        return self.prefactor * math.exp(ln_z) * (
            -self.offset[1] / (KB * T) * gain + self.offset[1] - self.mean[1])

    def steady(self, T):
        return brentq(lambda e: self.balance(e, T)[1], self.lo, self.hi, xtol=1e-15, rtol=1e-15)


def ramp(r1, method, e, start, end, speed, rtol, atol):
    """From the energy that it starts at, as pelrate does; with dense output where peaks are read."""
    sign = 1.0 if end > start else -1.0
    return solve_ivp(lambda t, y: [r1.rate(e + y[0], start + sign * speed * t)],
                     (0.0, abs(end - start) / speed), [0.0], method=method, rtol=rtol, atol=atol,
                     dense_output=end > start,
                     jac=lambda t, y: [[r1.slope(e + y[0], start + sign * speed * t)]])


def run(r1, method, rtol, atol):
    """e_glass, peak, steps; the heat flow from differences of e 0.5 K apart."""
    e = r1.steady(900.0)
    cooled = ramp(r1, method, e, 900.0, 300.0, 200.0, rtol, atol)
    if not cooled.success:
        return None
    glass = e + cooled.y[0, -1]
    heated = ramp(r1, method, glass, 300.0, 900.0, 1.0, rtol, atol)
    if not heated.success:
        return None
    t = np.arange(0.0, 600.25, 0.5)
    flow = -np.gradient(heated.sol(t)[0], t)
    k = int(np.argmax(flow))
    if not 0 < k < len(t) - 1:
        return None
    move = 0.5 * (flow[k - 1] - flow[k + 1]) / (flow[k - 1] - 2.0 * flow[k] + flow[k + 1])
    return glass, 300.0 + t[k] + 0.5 * move, len(cooled.t) + len(heated.t)


def compare_scans(program, path):
    glass, peak = (float(v) for v in ask(program, "scan", path, "log-mean", "1e-9", "1e-13")[:2])
    got = ask(program, "scan", path, "log-mean", "3e-5", "1e-7")
    ours = float(got[2])
    print(f"scan of R1: pelrate off by {float(got[0]) - glass:.1e} eV/atom, {float(got[1]) - peak:.4f} K; "
          f"{1e6 * ours:.0f} us, {1.0 / ours:.0f} a second")
    r1 = R1(path)
    for method in ("LSODA", "BDF", "Radau"):
        for rtol in (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10):
            result = run(r1, method, rtol, 1e-3 * rtol)
            if result is not None and abs(result[0] - glass) <= GLASS_OFF and abs(result[1] - peak) <= PEAK_OFF:
                break
        else:
            print(f"  {method}: not as accurate at any tolerance")
            continue
        seconds = best(lambda: run(r1, method, rtol, 1e-3 * rtol), 3)
        print(f"  {method}, rtol {rtol:.0e}: off by {result[0] - glass:.1e} eV/atom, {result[1] - peak:.4f} K, "
              f"{result[2]} steps; {1e3 * seconds:.1f} ms, {1.0 / seconds:.0f} a second, {seconds / ours:.0f} times as long")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: theory.py BENCH_THEORY R1.landscape.csv")
    program, r1 = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "make", r1, folder], check=True)
        compare_maps(program, folder)
    compare_scans(program, r1)


if __name__ == "__main__":
    main()
