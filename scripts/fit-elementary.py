#!/usr/bin/env python3
"""Fits the polynomials of native/kernels/elementary.inl and computes the reference values of its test.

    /usr/bin/python3 scripts/fit-elementary.py coefficients    # the two Fit<T> structs, to paste into elementary.inl and format
    /usr/bin/python3 scripts/fit-elementary.py references > test/native/elementary_reference.inc

Needs mpmath (Debian: python3-mpmath). The fits are weighted minimax polynomials found by the Remez exchange algorithm:
J.-M. Muller, Elementary Functions: Algorithms and Implementation, 3rd ed., chapter 3.
"""
import random
import sys

from mpmath import chebyt, cos, cospi, erf, erfc, exp, expm1, log, log1p, lu_solve, matrix, mp, mpf, pi, sinpi, tanh, workprec

mp.dps = 60


# Minimax polynomials

def remez(function, weight, low, high, degree, rounds=30, grid=1200):
    """Coefficients c (ascending) that make max |weight * (polynomial - function)| over [low, high] least, and that maximum."""
    low, high = mpf(low), mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    count = degree + 2
    xs = [middle - half * cos(pi * i / grid) for i in range(grid + 1)]
    values = [function(x) for x in xs]
    weights = [weight(x) for x in xs]
    nodes = [round(grid * (i + mpf(1) / 2) / count) for i in range(count)]
    for _ in range(rounds):
        # weight * (p - function) = (-1)^i * error at the nodes; Chebyshev basis, as powers would be badly conditioned.
        rows, right = matrix(count, count), matrix(count, 1)
        for i, node in enumerate(nodes):
            for k in range(degree + 1):
                rows[i, k] = chebyt(k, (xs[node] - middle) / half)
            rows[i, degree + 1] = -((-1) ** i) / weights[node]
            right[i] = values[node]
        solution = lu_solve(rows, right)
        chebyshev = [solution[k] for k in range(degree + 1)]
        errors = [w * (clenshaw(chebyshev, (x - middle) / half) - v) for x, w, v in zip(xs, weights, values)]
        extrema = alternating_extrema(errors, count)
        if extrema == nodes:
            break
        nodes = extrema
    return to_powers(chebyshev, middle, half), max(abs(e) for e in errors)


def clenshaw(c, t):
    one, two = mpf(0), mpf(0)
    for a in reversed(c[1:]):
        one, two = a + 2 * t * one - two, one
    return c[0] + t * one - two


def alternating_extrema(errors, count):
    """Indices of `count` extrema of alternating sign, the largest ones."""
    runs = []
    for i, e in enumerate(errors):
        if e == 0:
            continue
        if runs and (errors[runs[-1]] > 0) == (e > 0):
            if abs(e) > abs(errors[runs[-1]]):
                runs[-1] = i
        else:
            runs.append(i)
    while len(runs) > count:
        if (len(runs) - count) % 2 or len(runs) == count + 1:  # one too many: drop the smaller end
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        else:  # drop the least pair of neighbours
            i = min(range(len(runs) - 1), key=lambda j: max(abs(errors[runs[j]]), abs(errors[runs[j + 1]])))
            del runs[i:i + 2]
    if len(runs) < count:
        raise ValueError(f"only {len(runs)} of {count} alternations: the fit is degenerate or below working precision")
    return runs


def to_powers(chebyshev, middle, half):
    """The polynomial's coefficients in powers of x, t = (x - middle) / half."""
    def times_t(p):
        out = [mpf(0)] * (len(p) + 1)
        for i, a in enumerate(p):
            out[i] -= a * middle / half
            out[i + 1] += a / half
        return out

    def add(p, q, factor):
        size = max(len(p), len(q))
        return [(p[i] if i < len(p) else 0) + factor * (q[i] if i < len(q) else 0) for i in range(size)]

    total, before, now = [chebyshev[0]], [mpf(1)], times_t([mpf(1)])
    for a in chebyshev[1:]:
        total = add(total, now, a)
        before, now = now, add([2 * a for a in times_t(now)], before, -1)
    return total


# The fits: (name, function, weight, low, high, degree)

LN2 = log(2)


def atanh_rest(z):
    """(2 atanh(s) / s - 2) / z with z = s^2, summed as a series where the formula cancels."""
    if z < mpf(10) ** -6:
        return sum(2 * z ** k / (2 * k + 3) for k in range(12))
    s = z ** mpf(0.5)
    return (log((1 + s) / (1 - s)) / s - 2) / z


def erf_rest(z):
    """erf(x) / x - 1 with z = x^2."""
    x = z ** mpf(0.5)
    return erf(x) / x - 1 if z > mpf(10) ** -40 else 2 / pi ** mpf(0.5) - 1


def exp_rest(r):
    """(e^r - 1 - r) / r^2."""
    return (expm1(r) - r) / r ** 2 if abs(r) > mpf(10) ** -15 else mpf(1) / 2 + r / 6


def sin_rest(z, kind):
    """sin(2 pi s) / s - tau_high with z = s^2; tau_high is 2 pi in the format."""
    s = z ** mpf(0.5)
    return (sinpi(2 * s) / s if z > mpf(10) ** -40 else 2 * pi) - to_format(2 * pi, kind)


def cos_rest(z):
    """(cos(2 pi s) - 1) / z with z = s^2: by the half angle, as the difference cancels."""
    s = z ** mpf(0.5)
    return -2 * (sinpi(s) / s) ** 2 if z > mpf(10) ** -40 else -2 * pi ** 2


TINY = mpf(10) ** -12  # keeps a weight that vanishes at zero invertible
ROOT2 = mpf(2) ** mpf(0.5)
LOG_Z = ((ROOT2 - 1) / (ROOT2 + 1)) ** 2  # s = (m - 1) / (m + 1), m from sqrt(1/2) to sqrt(2)
EIGHTH_Z = mpf(1) / 64  # the square of an eighth of a turn
FORMATS = {
    "float": dict(exp=4, log=2, log1p=3, erf_small=5, erf_tail=6, sin_turns=3, cos_turns=3, erf_split="0.84375", erf_end="4"),
    "double": dict(exp=9, log=6, log1p=9, erf_small=11, erf_tail=17, sin_turns=6, cos_turns=6, erf_split="1", erf_end="6"),
}


def fits(degrees, kind):
    split, end = mpf(degrees["erf_split"]), mpf(degrees["erf_end"])
    return [
        ("exp", "(e^r - 1 - r) / r^2 for |r| <= ln(2) / 2",
         remez(exp_rest, lambda r: abs(r) + TINY, -LN2 / 2, LN2 / 2, degrees["exp"])),
        ("log", "(2 atanh(s) / s - 2) / z in z = s^2, s^2 <= ((sqrt(2) - 1) / (sqrt(2) + 1))^2",
         remez(atanh_rest, lambda z: z / 2 + TINY, 0, LOG_Z, degrees["log"])),
        ("log1p", "the same for s <= 1/3",
         remez(atanh_rest, lambda z: z / 2 + TINY, 0, mpf(1) / 9, degrees["log1p"])),
        ("erf_small", f"erf(x) / x - 1 in x^2, |x| <= {split}",
         remez(erf_rest, lambda z: 1 / (1 + erf_rest(z)), 0, split ** 2, degrees["erf_small"])),
        ("erf_tail", f"ln(1 - erf(x)), {split} <= x <= {end}",
         remez(lambda x: log(erfc(x)), lambda x: erfc(x) / erf(x), split, end, degrees["erf_tail"])),
        ("sin_turns", "sin(2 pi s) / s - tau_high in s^2, |s| <= 1/8",
         remez(lambda z: sin_rest(z, kind), lambda z: 1 / (to_format(2 * pi, kind) + sin_rest(z, kind)), 0, EIGHTH_Z, degrees["sin_turns"])),
        ("cos_turns", "(cos(2 pi s) - 1) / s^2 in s^2, |s| <= 1/8",
         remez(cos_rest, lambda z: z / (1 + z * cos_rest(z)) + TINY, 0, EIGHTH_Z, degrees["cos_turns"])),
    ]


# Floating-point formats

def to_format(value, kind):
    """The float or double nearest to a coefficient (no subnormals here), as a Python float."""
    with workprec(24 if kind == "float" else 53):
        return float(+value)


def literal(value, kind):
    """A C++ hexadecimal literal with no more digits than the format needs."""
    sign = "-" if value < 0 else ""
    digits, exponent = abs(value).hex().split("p")
    head, _, tail = digits.partition(".")
    tail = tail.rstrip("0")
    return f"{sign}{head}{'.' + tail if tail else ''}p{int(exponent)}{'F' if kind == 'float' else ''}"


def print_coefficients():
    for kind, degrees in FORMATS.items():
        high = to_format(LN2, kind)
        print(f"template <>\nstruct Fit<{kind}> {{")
        print(f"  static constexpr {kind} log2e = {literal(to_format(1 / LN2, kind), kind)};")
        print(f"  static constexpr {kind} ln2_high = {literal(high, kind)};")
        print(f"  static constexpr {kind} ln2_low = {literal(to_format(LN2 - mpf(high), kind), kind)};")
        print(f"  static constexpr {kind} tau_high = {literal(to_format(2 * pi, kind), kind)};")
        print(f"  static constexpr {kind} erf_split = {degrees['erf_split']};")
        print(f"  static constexpr {kind} erf_end = {degrees['erf_end']};")
        for name, what, (coefficients, error) in fits(degrees, kind):
            print(f"  // {what}: error 2^{float(log(error) / LN2):.1f} of the result")
            print(f"  static constexpr {kind} {name}[] = {{{', '.join(literal(to_format(c, kind), kind) for c in coefficients)}}};")
        print("};\n")


# Reference values

def sigmoid(x):
    return 1 / (1 + exp(-x))


FUNCTIONS = {"exp": exp, "expm1": expm1, "log": log, "log1p_unit": log1p, "tanh": tanh, "erf": erf, "sigmoid": sigmoid,
             "cos_turns": lambda t: cospi(2 * t), "sin_turns": lambda t: sinpi(2 * t)}


def arguments(name):
    """Doubles of every magnitude the function takes, more of them where its parts meet or its result over- or underflows."""
    generator = random.Random(name)
    smallest = 2.0 ** -1074
    if name == "log":
        points = [2.0 ** generator.uniform(-1074, 1024) for _ in range(40)] + [1 + generator.uniform(-0.3, 0.42) for _ in range(40)]
        points += [smallest, 2.0 ** -1023, 2.0 ** -1022, 0.5, 0.5 ** 0.5, 2.0 ** 0.5, sys.float_info.max]
        return points + [1 - 2.0 ** -53, 1.0, 1 + 2.0 ** -52]
    if name == "log1p_unit":
        return [generator.random() for _ in range(60)] + [2.0 ** generator.uniform(-70, 0) for _ in range(20)] + [0.0, smallest, 1.0]
    if name.endswith("turns"):
        points = [generator.uniform(-1, 1) for _ in range(40)] + [generator.uniform(-1000, 1000) for _ in range(20)]
        points += [generator.choice([-1, 1]) * 2.0 ** generator.uniform(-70, 60) for _ in range(20)] + [smallest, -smallest, 3.0, 0.5, 2.0 ** 60]
        # Where the reduction goes from one quarter to the next, and the zeros.
        return points + [eighth / 8 * (1 + nudge * 2.0 ** -50) for eighth in range(1, 9) for nudge in (-1, 0, 1)]
    spread = {"exp": 709, "expm1": 40, "tanh": 19, "erf": 6, "sigmoid": 40}[name]
    points = [generator.uniform(-spread, spread) for _ in range(40)] + [generator.uniform(-1.5, 1.5) for _ in range(40)]
    points += [generator.choice([-1, 1]) * 2.0 ** generator.uniform(-70, 0) for _ in range(15)] + [0.0, smallest, -smallest]
    half_ln2 = float(LN2 / 2)  # where the reduction goes from one n to the next
    points += [sign * half_ln2 * k * (1 + nudge * 2.0 ** -50) for sign in (-1, 1) for k in (0.5, 1, 3) for nudge in (-1, 0, 1)]
    extremes = {
        "exp": [-745.13, -744, -720, -708.4, -708.3, 709.4, 709.78],
        "expm1": [-37.5, 708, 709.4, 709.78],
        "tanh": [0.2027, 0.2028, 18.9, 19.1],  # where h is 1/4, and the last values below 1
        "erf": [1 - 2.0 ** -53, 1.0, 5.8, 5.92, 6.0],
        "sigmoid": [-745.13, -744, -720, -708.4, 36.7],
    }
    return points + [float(x) for x in extremes[name]]


def print_references():
    print("// Written by scripts/fit-elementary.py. REFERENCE(f, x, the double nearest to f(x), f(x) less that double)")
    for name, function in FUNCTIONS.items():
        for x in arguments(name):
            y = function(mpf(x))
            nearest = float(y)
            print(f"REFERENCE({name}, {literal(x, 'double')}, {literal(nearest, 'double')}, {literal(float(y - mpf(nearest)), 'double')})")


if __name__ == "__main__":
    if sys.argv[1:] == ["coefficients"]:
        print_coefficients()
    elif sys.argv[1:] == ["references"]:
        print_references()
    else:
        sys.exit(__doc__)
