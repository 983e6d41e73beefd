"""Value functions: what a person's own function may return or raise. An input is a plan in JSON, a step per call."""

import datetime
import decimal
import fractions
import json
import math
import warnings

import numpy as np
from hypothesis import strategies as st

import spex_core
from spex_core.explanation.result import Explanation
from tests.fuzz.judge import Kind

DTYPES = {name: name for name in ("float64", "float32", "float16", "longdouble", "int8", "int64", "uint64", "bool")}
DTYPES |= {"complex128": "c16", "text": "U", "bytes": "S", "void": "V9", "date": "datetime64[s]", "time": "m8[ns]"}
DTYPES |= {"object": "O", "bfloat16": ""}
SHAPES = {
    "(m,)": lambda m: (m,),
    "(m, 1)": lambda m: (m, 1),
    "(1, m)": lambda m: (1, m),
    "(m, 2)": lambda m: (m, 2),
    "(m + 1,)": lambda m: (m + 1,),
    "(m - 1,)": lambda m: (m - 1,),
    "()": lambda m: (),
    "(0,)": lambda m: (0,),
    "(m, 1, 1)": lambda m: (m, 1, 1),
}
FORMS = ("array", "list", "tuple", "generator", "tensor", "tensor with gradient", "masked", "nested", "ragged")
FORMS += ("set", "dictionary", "text", "none", "itself", "hostile", "read-only", "swapped", "strided")
FILLS = ("linear", "constant", "zero", "nan", "inf", "-inf", "mixed", "huge", "beyond", "tiny", "denormal", "pair")
FILLS += ("text", "none", "decimal", "fraction", "huge whole", "date", "hostile")


class WordlessError(Exception):
    """One whose words cannot be had."""

    def __str__(self):
        raise RuntimeError("no words")


RAISED = {
    error.__name__: error for error in (ValueError, KeyError, MemoryError, RecursionError, StopIteration, WordlessError)
}


class Hostile:
    """Whatever is asked of it fails."""

    def __array__(self, *_, **__):
        raise RuntimeError("\x1b[31mno\narray")

    def __len__(self):
        raise OverflowError

    def __float__(self):
        raise MemoryError

    def __repr__(self):
        raise ValueError("no repr")


def _step():
    answer = st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(("float64",) * 6 + tuple(DTYPES)),
            "shape": st.sampled_from(("(m,)",) * 20 + tuple(SHAPES)),
            "form": st.sampled_from(("array",) * 20 + FORMS),
            "fill": st.sampled_from(("linear",) * 9 + FILLS),
            "scale": st.one_of(st.just(1.0), st.floats(-1e101, 1e101), st.sampled_from((1e-320, 1e-160, 1e99, 1e100))),
        }
    )
    return st.one_of(*[answer] * 9, st.fixed_dictionaries({"raise": st.sampled_from(tuple(RAISED))}))


def inputs():
    plan = st.fixed_dictionaries(
        {
            "n": st.integers(1, 6),
            "budget": st.integers(8, 64),
            "estimator": st.sampled_from(("auto", "spex", "proxyspex", "banzhaf")),
            "batch_size": st.integers(1, 64),
            "steps": st.lists(_step(), min_size=1, max_size=3),
        }
    )
    return plan.map(lambda found: json.dumps(found).encode())


def _values(step, masks):
    linear = masks @ np.arange(1.0, masks.shape[1] + 1)
    m = len(masks)
    entries = {
        "linear": lambda: linear * step["scale"],
        "constant": lambda: np.full(m, step["scale"]),
        "zero": lambda: np.zeros(m),
        "mixed": lambda: np.where(np.arange(m) % 3 == 1, np.nan, linear),
        "huge": lambda: linear * 1e98,
        "beyond": lambda: linear * 1e300,
        "tiny": lambda: linear * 1e-200,
        "denormal": lambda: linear * 5e-324,
        "pair": lambda: np.where(masks[:, 0], 1e100, -1e100),
    }
    other = {
        "text": "0.5",
        "none": None,
        "decimal": decimal.Decimal("0.1"),
        "fraction": fractions.Fraction(1, 3),
        "huge whole": 10**400,
        "date": datetime.date(2026, 1, 1),
        "hostile": Hostile(),
    }
    fill = step["fill"]
    if fill in other:
        return np.array([other[fill]] * m + [None], dtype=object)[:m]
    return entries[fill]() if fill in entries else np.full(m, float(fill))


def _returned(step, masks):
    if "raise" in step:
        raise RAISED[step["raise"]]("\x1b[2Jno\ngo")
    values, m = _values(step, masks), len(masks)
    if step["dtype"] not in ("bfloat16", "object"):
        values = values.astype(DTYPES[step["dtype"]])
    return _formed(step, np.resize(values, SHAPES[step["shape"]](m)))


def _formed(step, values):
    form = step["form"]
    if form.startswith("tensor") or step["dtype"] == "bfloat16":
        import torch

        found = torch.tensor(values.astype(np.float64), dtype=torch.bfloat16 if step["dtype"] == "bfloat16" else None)
        return found.requires_grad_() if form.endswith("gradient") else found
    return {
        "array": lambda: values,
        "list": values.tolist,
        "tuple": lambda: tuple(np.atleast_1d(values).tolist()),
        "generator": lambda: (value for value in np.atleast_1d(values)),
        "masked": lambda: np.ma.masked_less(values, 2),
        "nested": lambda: [[[[value]]] for value in np.atleast_1d(values)],
        "ragged": lambda: [[value] * at for at, value in enumerate(np.atleast_1d(values))],
        "set": lambda: {1.0, 2.0},
        "dictionary": lambda: {0: values},
        "text": lambda: "0.5",
        "none": lambda: None,
        "itself": _endless,
        "hostile": Hostile,
        "read-only": lambda: np.broadcast_to(values, values.shape),
        "swapped": lambda: values.astype(values.dtype.newbyteorder()),
        "strided": lambda: np.stack([values, values], -1)[..., 0],
    }[form]()


def _endless():
    found = []
    found.append(found)
    return found


def attempt(data):
    """Explain such a function; what comes is finite, and can be written and read."""
    plan = json.loads(data)
    calls = iter(plan["steps"])
    state = {"step": plan["steps"][0]}

    def value(masks):
        state["step"] = next(calls, state["step"])
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return _returned(state["step"], masks)

    found = spex_core.explain(
        value, plan["n"], budget=plan["budget"], estimator=plan["estimator"], batch_size=plan["batch_size"]
    )
    assert np.isfinite(found.spectrum.coefficients).all()
    assert math.isfinite(found.output_full)
    again = Explanation.from_json(found.to_json())
    assert again.spectrum.to_dict() == found.spectrum.to_dict()


KIND = Kind("value_functions", inputs, attempt, in_tests=150)
