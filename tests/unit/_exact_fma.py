"""A binary32 fma against exact arithmetic: Python's fractions, rounded by definition. Slow."""
import random
from fractions import Fraction

import numpy as np

def floats(patterns):
    """The binary32 numbers of patterns."""
    return np.array(patterns, np.uint32).view(np.float32)

def slow_round(v, negative_zero):
    """fl32 of a Fraction, by its definition; negative_zero gives the sign of an exact zero."""
    if v == 0:
        return 0x80000000 if negative_zero else 0
    sign, v = (0x80000000 if v < 0 else 0), abs(v)
    e = max(v.numerator.bit_length() - v.denominator.bit_length() - 24, -149)
    while v / Fraction(2)**e >= 2**24:
        e += 1
    m = round(v / Fraction(2)**e)                       # ties to even
    if m == 2**24:
        m, e = 2**23, e + 1
    if e > 104:
        return sign | 0x7f800000
    return sign | (m if m < 2**23 else ((e + 150) << 23) + (m - 2**23))

def first_wrong(fma, count=4000):
    """A line about the first triple where fma(a, b, c), of binary32 arrays, is not the exact sum rounded; None where there is none.

    The triples are finite; their sums cancel, tie, nearly tie, overflow or are subnormal."""
    rng = random.Random(1)
    specials = [0, 0x80000000, 1, 0x80000001, 0x7fffff, 0x800000, 0x800001, 0x3f800000, 0xbf800000, 0x3f800001, 0x7f7fffff, 0xff7fffff, 0x33800000]
    triples = [(a, b, c) for a in specials for b in specials for c in specials]
    for _ in range(count):
        ea = rng.randrange(255)
        eb = rng.choice((127, 254 - ea, rng.randrange(255), max(0, min(254, 127 - ea + rng.randrange(-26, 27)))))
        a, b = (rng.getrandbits(1) << 31 | e << 23 | (rng.getrandbits(23) & -(1 << rng.randrange(24))) for e in (ea, eb))
        product = int((floats([a]) * floats([b])).view(np.uint32)[0])
        shift = rng.choice((0, 0, rng.randrange(-26, 27), rng.randrange(-255, 256)))
        exponent = max(0, min(254, ((product >> 23) & 255) + shift))
        low = rng.choice((product & 0x7fffff, 0, rng.getrandbits(23), (product + rng.randrange(-2, 3)) & 0x7fffff))
        triples.append((a, b, rng.getrandbits(1) << 31 | exponent << 23 | low))
    for _ in range(count // 8):                        # products amid two neighbours, addends too small for a binary64 sum to show
        a, b = (rng.getrandbits(1) << 31 | rng.randrange(96, 160) << 23 | rng.getrandbits(11) << 12 | 0x800 for _ in range(2))
        triples.append((a, b, rng.getrandbits(1) << 31 | rng.randrange(0, 30) << 23 | rng.getrandbits(23)))
    triples = [t for t in triples if all((x >> 23) & 255 != 255 for x in t)]
    a, b, c = (floats([t[i] for t in triples]) for i in range(3))
    got = fma(a, b, c).view(np.uint32)
    for i, (p, q, r) in enumerate(triples):
        exact = Fraction(float(a[i])) * Fraction(float(b[i])) + Fraction(float(c[i]))
        want = slow_round(exact, (p ^ q) >> 31 == 1 and r >> 31 == 1)
        if got[i] != want:
            return 'fma(%08x, %08x, %08x) = %08x, exactly rounded %08x' % (p, q, r, got[i], want)
    return None
