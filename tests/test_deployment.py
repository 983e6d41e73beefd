"""What a deployment's settings come to: as ever on this machine alone, safe where others can reach the app."""

import re

import pytest

from spex_core import deployment
from spex_core.errors import InputError
from spex_core.models.folders import find_folder
from spex_core.models.gguf.conversion import gguf_file
from spex_core.models.registry import load_backend
from spex_core.runs.queue import MOST_AWAY, MOST_AWAY_EACH, MOST_WAITING
from tests.support.deployments import SETTINGS, deployed
from tests.support.places import ROOT

HERE = ("localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "::ffff:127.0.0.1", "LOCALHOST", "app.localhost")
BEYOND = (
    None,
    "",
    "0.0.0.0",
    "::",
    "192.168.1.5",
    "gpu.example.org",
    "::ffff:10.0.0.1",
    "unix:///run/spex.sock",
    "127.1",
)


@pytest.mark.parametrize("address", HERE)
def test_on_this_machine_alone_everything_is_the_hosts(address):
    with deployed(address):
        assert deployment.current() == deployment.Deployment(False, False, None, None, True, "")
        assert deployment.current().servers_in_words == ""


@pytest.mark.parametrize("address", BEYOND)
def test_where_others_can_reach_it_every_setting_left_out_is_safe(address):
    with deployed(address):
        assert deployment.current() == deployment.Deployment(True, True, deployment.OPENAI_ALONE, (), False, "")
        assert deployment.current().hub_options == {"token": False}


def test_visitors_name_no_folder_of_the_machine_but_those_that_the_host_opens(tmp_path):
    for name in ("open", "shut"):
        (tmp_path / name / "model").mkdir(parents=True)
    (tmp_path / "shut" / "m.gguf").touch()
    (tmp_path / "open" / "way").symlink_to(tmp_path / "shut" / "model")
    with deployed("0.0.0.0", SPEX_FOLDERS=str(tmp_path / "open")):
        assert find_folder(str(tmp_path / "open" / "model")) == tmp_path / "open" / "model"
        said = []
        for path in ("shut/model", "open/way", "open/../shut/model", "shut/nothing"):
            with pytest.raises(InputError, match="SPEX_FOLDERS") as refused:
                find_folder(str(tmp_path / path))
            said.append(str(refused.value).replace(path, ""))
        assert len(set(said)) == 1  # what is there is not told
        for path in ("shut/m.gguf", "shut/nothing.gguf"):
            with pytest.raises(InputError, match="does not exist here"):
                gguf_file(str(tmp_path / path))
        assert load_backend("switchyard", question="Pull it?", answer="yes", against="no")
    with deployed("localhost"):
        assert find_folder(str(tmp_path / "shut" / "model"))


def test_a_visit_from_elsewhere_is_not_forgotten():
    with deployed("localhost"):
        deployment.listens("localhost", reached=True)
        deployment.listens("localhost")
        assert deployment.current().shared


def test_each_setting_can_be_made_explicitly():
    with deployed(
        "0.0.0.0", SPEX_OWNERS="0", SPEX_SHARE_KEY="yes", SPEX_SERVERS="any", SPEX_FOLDERS="any", SPEX_TOKEN="none"
    ):
        assert deployment.current() == deployment.Deployment(True, False, None, None, True, "none")
    with deployed("localhost", SPEX_SHARED="1"):
        assert deployment.current().owners
    with deployed("0.0.0.0", SPEX_SHARED="off"):
        assert not deployment.current().owners
    with deployed("localhost", SPEX_OWNERS="on", SPEX_SERVERS="a.example, http://b:8000  a.example"):
        now = deployment.current()
        assert (now.shared, now.owners, now.servers) == (False, True, ("a.example", "http://b:8000"))
        assert "a.example, http://b:8000; whoever runs this app" in now.servers_in_words
    with deployed("localhost", SPEX_SERVERS="none"):
        assert deployment.current().servers == ()
        assert deployment.current().servers_in_words.startswith("no server is called")


@pytest.mark.parametrize("name", ["SPEX_SHARED", "SPEX_OWNERS", "SPEX_SHARE_KEY", "SPEX_TOKEN"])
def test_a_setting_that_means_nothing_is_refused_and_not_repeated(name):
    with deployed("localhost", **{name: "Maybe"}), pytest.raises(InputError, match=name) as refused:
        deployment.current()
    assert "aybe" not in str(refused.value)


def test_every_setting_is_in_the_table_of_the_page_that_the_readme_links():
    page = (ROOT / "DEPLOYMENT.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(SPEX_\w+)`", page, flags=re.MULTILINE)
    named = re.findall(r"^    (SPEX_\w+) ", str(deployment.__doc__), flags=re.MULTILINE)
    assert set(SETTINGS) == set(named) == {name for name in table if "EXPLORER" not in name}
    assert deployment.OPENAI_ALONE[0] in page
    assert f"{deployment.LEAST_TOKEN} characters" in page
    for bound in (f"the {MOST_WAITING} places", f"at most {MOST_AWAY} of them", f"{MOST_AWAY_EACH} of one person"):
        assert bound in re.sub(r"\s+", " ", page)
    assert "](DEPLOYMENT.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_is_said_before_the_start(capsys):
    with deployed():
        assert deployment.main("localhost") == 0
        assert capsys.readouterr().out == ""
        assert deployment.main("0.0.0.0") == 0
        said = capsys.readouterr().out
        assert "0.0.0.0" in said
        assert "SPEX_TOKEN is not set" in said
    with deployed(SPEX_TOKEN="long enough to be one"):
        assert deployment.main("0.0.0.0") == 0
        said = capsys.readouterr().out
        assert "SPEX_TOKEN" not in said
        assert "long enough" not in said
    with deployed(SPEX_OWNERS="perhaps"):
        assert deployment.main("localhost") == 2
        assert capsys.readouterr().err == "SPEX_OWNERS is neither 1 nor 0; set it to one of them, or not at all.\n"
