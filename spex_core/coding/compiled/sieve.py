"""`coding.sieve`, compiled: 64 words to an integer, the planes of a block of words in the processor's cache."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

_Plane = npt.NDArray[np.uint64]
_compiled = njit(cache=True, nogil=True)


class Planes(NamedTuple):
    """Working memory. A field element of many words is (m, lanes); polynomials have their coefficients first.

    odd (t, ...) holds the syndromes to sieve, `passed` (lanes,) the answer.
    """

    odd: _Plane
    full: _Plane
    before: _Plane
    locator: _Plane
    updated: _Plane
    powers: _Plane
    value: _Plane
    scale: _Plane
    discrepancy: _Plane
    products: _Plane
    passed: _Plane


@_compiled
def new_planes(m, t, lanes):  # type: ignore[no-untyped-def]
    """Working memory for GF(2^m), t errors and 64 words per lane."""
    return Planes(
        np.zeros((t, m, lanes), dtype=np.uint64),
        np.zeros((2 * t, m, lanes), dtype=np.uint64),
        np.zeros((t + 1, m, lanes), dtype=np.uint64),
        np.zeros((t + 1, m, lanes), dtype=np.uint64),
        np.zeros((t + 1, m, lanes), dtype=np.uint64),
        np.zeros((t, t, m, lanes), dtype=np.uint64),
        np.zeros((t, m, lanes), dtype=np.uint64),
        np.zeros((m, lanes), dtype=np.uint64),
        np.zeros((m, lanes), dtype=np.uint64),
        np.zeros((2 * m - 1, lanes), dtype=np.uint64),
        np.zeros(lanes, dtype=np.uint64),
    )


@_compiled
def sieve(planes, taps):  # type: ignore[no-untyped-def]
    """Which words may be decodable: every decodable one, and few others."""
    t = len(planes.odd)
    full, before, locator, updated = planes.full, planes.before, planes.locator, planes.updated
    products, discrepancy, scale = planes.products, planes.discrepancy, planes.scale
    for i in range(t):
        full[2 * i] = planes.odd[i]
    for i in range(1, 2 * t, 2):
        _square(products, full[i // 2])
        _reduce(products, taps, full[i])
    before[:] = 0
    before[0, 0] = ~np.uint64(0)
    locator[0] = before[0]
    locator[1] = planes.odd[0]
    scale[:] = planes.odd[0]
    planes.passed[:] = 0
    _add_zeros(planes.passed, scale)
    for step in range(1, t):
        products[:] = 0
        for i in range(step + 1):
            _multiply(products, locator[i], full[2 * step - i])
        _reduce(products, taps, discrepancy)
        _add_zeros(planes.passed, discrepancy)
        for i in range(step + 2):
            products[:] = 0
            if i <= step:
                _multiply(products, locator[i], scale)
            if i >= 2:
                _multiply(products, before[i - 2], discrepancy)
            _reduce(products, taps, updated[i])
        before[: step + 1] = locator[: step + 1]
        locator[: step + 2] = updated[: step + 2]
        scale[:] = discrepancy
    _monic(planes, taps)
    _powers(planes, taps)
    _add_splitting(planes, taps)


@_compiled
def _monic(planes, taps):  # type: ignore[no-untyped-def]
    """powers[0]: coefficients, but for x^t, of a monic polynomial that splits where the locator does."""
    t = len(planes.odd)
    monic, power, lead, products = planes.powers[0], planes.scale, planes.locator[0], planes.products
    monic[t - 1] = planes.locator[1]
    power[:] = lead
    for i in range(1, t):
        products[:] = 0
        _multiply(products, planes.locator[i + 1], power)
        _reduce(products, taps, monic[t - 1 - i])
        products[:] = 0
        _multiply(products, power, lead)
        _reduce(products, taps, power)


@_compiled
def _powers(planes, taps):  # type: ignore[no-untyped-def]
    """powers[i]: x^(t + i) modulo that polynomial."""
    lanes = planes.products.shape[1]
    powers, products = planes.powers, planes.products
    t, m = powers.shape[1:3]
    for i in range(1, t - 1):
        for j in range(t):
            products[:] = 0
            _multiply(products, powers[0, j], powers[i - 1, t - 1])
            if j:
                for bit in range(m):
                    for lane in range(lanes):
                        products[bit, lane] ^= powers[i - 1, j - 1, bit, lane]
            _reduce(products, taps, powers[i, j])


@_compiled
def _add_splitting(planes, taps):  # type: ignore[no-untyped-def]
    """Add the words whose polynomial divides x^(2^m) - x."""
    lanes = planes.products.shape[1]
    powers, products, value, squares = planes.powers, planes.products, planes.value, planes.updated
    t, m = powers.shape[1:3]
    low = (t + 1) // 2  # x^0..x^(low - 1) have squares that need no reduction
    done = 0
    while 2 << done <= 2 * t - 2:
        done += 1
    value[:] = powers[(1 << done) - t]
    for _ in range(m - done):
        for i in range(low, t):
            _square(products, value[i])
            _reduce(products, taps, squares[i])
        for i in range(low):
            squares[i] = value[i]
        for j in range(t):
            if j % 2:
                products[:] = 0
            else:
                _square(products, squares[j // 2])
            for i in range(low, t):
                _multiply(products, powers[2 * i - t, j], squares[i])
            _reduce(products, taps, value[j])
    for lane in range(lanes):
        value[1, 0, lane] = ~value[1, 0, lane]
        rest = np.uint64(0)
        for j in range(t):
            for bit in range(m):
                rest |= value[j, bit, lane]
        planes.passed[lane] |= ~rest


@_compiled
def _add_zeros(passed, element):  # type: ignore[no-untyped-def]
    """Add the words whose element is zero."""
    lanes = len(passed)
    for lane in range(lanes):
        rest = np.uint64(0)
        for bit in range(len(element)):
            rest |= element[bit, lane]
        passed[lane] |= ~rest


@_compiled
def _multiply(products, left, right):  # type: ignore[no-untyped-def]
    """Add the unreduced products."""
    lanes = products.shape[1]
    m = len(left)
    for i in range(m):
        for j in range(m):
            for lane in range(lanes):
                products[i + j, lane] ^= left[i, lane] & right[j, lane]


@_compiled
def _square(products, element):  # type: ignore[no-untyped-def]
    """Unreduced squares: squaring over GF(2) spreads the bits."""
    lanes = products.shape[1]
    products[:] = 0
    for bit in range(len(element)):
        for lane in range(lanes):
            products[2 * bit, lane] = element[bit, lane]


@_compiled
def _reduce(products, taps, element):  # type: ignore[no-untyped-def]
    """Field elements from unreduced products, which are overwritten."""
    lanes = products.shape[1]
    m = len(element)
    for k in range(2 * m - 2, m - 1, -1):
        for tap in taps:
            for lane in range(lanes):
                products[k - m + tap, lane] ^= products[k, lane]
    for bit in range(m):
        for lane in range(lanes):
            element[bit, lane] = products[bit, lane]
