"""Classes by name, by part of a name, and in groups."""

import pytest

from spex_core.errors import InputError
from spex_core.models.backends.photo import photo_classes
from spex_core.models.vision.classes import Classes, Target, apart

PHOTO = photo_classes()


def test_imagenet_has_a_thousand_names_and_each_is_found_by_its_own():
    assert len(PHOTO.names) == 1000
    assert len({name.lower() for name in PHOTO.names}) == 1000
    assert [PHOTO.find(name).members for name in PHOTO.names] == [(k,) for k in range(1000)]


def test_each_group_is_found_by_its_name_and_holds_what_it_says():
    for name, members in PHOTO.groups.items():
        assert PHOTO.find(name) == Target(name, members)
        assert sorted(set(members)) == list(members)
        assert 1 < len(members) < 1000
        assert members[-1] < 1000
    assert PHOTO.find("dog").members == tuple(range(151, 269))
    assert {PHOTO.names[k] for k in PHOTO.find("bird").members} > {"cock", "flamingo", "albatross"}
    assert "sports car" in [PHOTO.names[k] for k in PHOTO.find("car").members]
    assert PHOTO.find("goat") == PHOTO.find("sheep or goat")
    assert PHOTO.find("Dogs") == PHOTO.find("dog, any breed")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ibizan", "Ibizan hound"),
        ("  GOLDEN   retriever ", "golden retriever"),
        ("Felis concolor", "cougar"),
        ("zebra", "zebra"),
        ("173", "Ibizan hound"),
    ],
)
def test_a_part_of_a_name_or_another_name_is_enough_where_one_class_has_it(written, name):
    assert PHOTO.find(written).name == name


def test_what_is_ambiguous_lists_the_matches():
    with pytest.raises(InputError, match=r"'retriever' is part of several names: flat-coated retriever, .*; give one"):
        PHOTO.find("retriever")
    with pytest.raises(InputError, match=r"several names: crane .bird., crane .machine.; give"):
        PHOTO.find("crane")
    with pytest.raises(InputError, match="espresso maker, espresso; give"):
        PHOTO.find("espress")
    with pytest.raises(InputError, match=r"and \d+ more; give one"):
        PHOTO.find("terrier")


def test_what_is_unknown_names_the_nearest():
    with pytest.raises(InputError, match="photo knows no 'labradoor'; did you mean 'Labrador retriever'"):
        PHOTO.find("labradoor")
    with pytest.raises(InputError, match="knows no 'qqqq'; its 1,000 classes begin with tench"):
        PHOTO.find("qqqq")
    with pytest.raises(InputError, match="knows no 'x'; it knows: a, b"):
        Classes([["a"], ["b"]]).find("x")


def test_names_that_are_shared_or_empty_are_numbers():
    classes = Classes([["cat"], ["Cat"], [""], ["dog"]])
    assert classes.names == ["cat", "1", "2", "dog"]
    assert classes.find("1").members == (1,)


def test_what_two_hold_belongs_to_the_smaller():
    dog, hound = PHOTO.find("dog"), PHOTO.find("Ibizan hound")
    assert apart(hound, dog) == (hound, Target(dog.name, tuple(k for k in range(151, 269) if k != 173)))
    assert apart(dog, hound) == tuple(reversed(apart(hound, dog)))
    with pytest.raises(InputError, match="same classes"):
        apart(dog, dog)
