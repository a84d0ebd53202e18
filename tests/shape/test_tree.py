"""The tree holds what it should, and nothing it should not."""

import re
import tomllib

import pytest

from tests.shape.tree import ROOT, files

SERVICES = ("auth", "analytics", "sync")
# Where a service has many methods, a module of the silhouette is a package.
SILHOUETTE = ("__init__.py", "__main__.py", "settings.py", "servicers", "requests", "domain")
# Names that say nothing (STYLE).
EMPTY_NAMES = re.compile(r"(^|_)(v2|new|simple|manager|helpers?|utils?|common|misc)(_|$)")
ADDRESS = re.compile(r"https?://(?!127\.0\.0\.1|localhost)")


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_silhouette(service: str) -> None:
    folder = ROOT / "services" / service
    there = {path.name for path in folder.iterdir()}
    assert [name for name in SILHOUETTE if not {name, f"{name}.py"} & there] == []


def test_every_package_says_its_idea_in_one_sentence() -> None:
    roots = ("client", "deploy", "services", "tests", "twin")
    silent = [
        path
        for path in files()
        if path.name == "__init__.py"
        and path.parts[0] in roots
        and not (ROOT / path).read_text().startswith('"""')
    ]
    assert silent == []


def test_no_file_has_an_empty_name() -> None:
    assert [path for path in files() if EMPTY_NAMES.search(path.stem.lower())] == []


def test_the_lock_has_exact_pins_with_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = [line for line in lock.splitlines() if re.match(r"[a-z0-9]", line)]
    assert pins
    assert [pin for pin in pins if "==" not in pin] == []
    assert lock.count("--hash=sha256:") >= len(pins)
    assert not ADDRESS.search(lock)


def test_the_lock_holds_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    declared = [*project["dependencies"], *(name for extra in extras for name in extra)]
    names = {re.split(r"[\[=<>;]", name)[0].lower() for name in declared}
    lock = (ROOT / "requirements.lock").read_text()
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert names <= locked


def test_readme_names_only_targets_that_make_has() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"`make ([a-z-]+)", (ROOT / page).read_text()))
        assert named <= targets, page
