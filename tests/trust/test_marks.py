import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.errors import InputError
from spex_core.trust.recovery import MOST_BYTES, read_marks

LABELS = ["Ana owns a boat.", "Ben lives in Oslo.", "The boat is red.", "Ben lives in Oslo."]


@pytest.mark.parametrize(
    "data",
    [
        b"[0, 2]",
        b'{"marks": [2, 0, 0]}',
        b'{"positions": [0, 2]}',
        b'["ana owns  a boat", "The boat is red"]',
        b"# what matters\nAna owns a boat.\r\n\nthe boat is red\n",
        b"\xef\xbb\xbf0\n2\n",
        b'["boat"]',
    ],
)
def test_positions_and_texts_name_features(data):
    assert read_marks(data, LABELS) == (0, 2)


def test_a_text_that_stands_twice_marks_both():
    assert read_marks(b"Ben lives in Oslo", LABELS) == (1, 3)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"[4]", "this run has 0 to 3"),
        (b"[-1]", "this run has 0 to 3"),
        (b"[true]", "neither a position nor a text"),
        (b'[""]', "neither a position nor a text"),
        (b'["a green boat"]', "nowhere in the input"),
        (b"{}", "holds no list"),
        (b'{"marks": 3}', "holds no list"),
        (b"[1,", "not readable JSON"),
        (b"[" * 100_000, "not readable JSON"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"x" * (MOST_BYTES + 1), "larger than 200 kB"),
    ],
)
def test_what_is_wrong_is_one_line(data, says):
    with pytest.raises(InputError, match=says) as error:
        read_marks(data, LABELS)
    assert "\n" not in str(error.value)


@settings(max_examples=60)
@given(st.binary(max_size=40))
def test_any_file_gives_positions_or_one_error(data):
    try:
        marks = read_marks(data, LABELS)
    except InputError:
        return
    assert list(marks) == sorted({at for at in marks if 0 <= at < 4})
