import pytest

from spex_core.errors import InputError
from spex_core.fourier.indices import INDICES, canonical, info


@pytest.mark.parametrize("entry", INDICES, ids=lambda entry: entry.name)
def test_every_spelling_leads_to_its_index(entry):
    for spelling in (entry.name, entry.title, *entry.aliases):
        for variant in (spelling, spelling.upper(), spelling.lower(), spelling.replace("-", " ")):
            assert canonical(variant) == entry.name
    assert info(entry.name.lower()) is entry


def test_no_spelling_is_shared():
    spellings = [s.casefold() for entry in INDICES for s in {entry.name, entry.title, *entry.aliases}]
    assert len(spellings) == len(set(spellings))


def test_moebius_in_all_its_spellings():
    assert {canonical(s) for s in ("Möbius", "Mo\u0308bius", "MÖBIUS", "moebius", "Mobius")} == {"Moebius"}


@pytest.mark.parametrize("entry", INDICES, ids=lambda entry: entry.name)
def test_every_index_says_what_it_means_in_one_sentence_and_where_it_is_from(entry):
    assert entry.meaning.endswith(".")
    assert ". " not in entry.meaning
    assert any(character.isdigit() for character in entry.source)


def test_unknown_index_names_the_nearest_and_all():
    with pytest.raises(InputError, match=r"index='FSI' does not exist; did you mean 'FSII'\? known: .*Moebius"):
        canonical("FSI")


@pytest.mark.parametrize("wrong", [None, 3, b"SV", ["SV"]])
def test_an_index_is_a_name(wrong):
    with pytest.raises(InputError, match="index must be a name"):
        canonical(wrong)


@pytest.mark.parametrize("wrong", ["", "   ", "x" * 10_000, "SII<script>"])
def test_odd_names_get_a_short_message(wrong):
    with pytest.raises(InputError) as caught:
        canonical(wrong)
    assert len(str(caught.value)) < 250
