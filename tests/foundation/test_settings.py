"""A wrong setting stops the start, and a secret one is never shown."""

from pathlib import Path

import pytest

from evenhand.foundation.settings import Settings, WrongSetting


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENHAND_DATA_DIR", str(tmp_path))


def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVENHAND_PORT", "8123")
    settings = Settings.read()
    assert (settings.port, settings.data_dir) == (8123, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVENHAND_PORT", "0"),
        ("EVENHAND_PORT", "65536"),
        ("EVENHAND_PORT", "http"),
        ("EVENHAND_POOL_SIZE", "1"),
        ("EVENHAND_SECRET_KEY", "too short"),
        ("EVENHAND_LOG_LEVEL", "loud"),
        ("EVENHAND_LOG_FORMAT", "xml"),
        ("EVENHAND_ALLOW_PRIVATE_NETWORKS", "perhaps"),
    ],
)
def test_a_wrong_value_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=name):
        Settings.read()


def test_what_is_given_counts_and_not_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVENHAND_PORT", "8123")
    settings = Settings.read(port=8124, data_dir=tmp_path / "other")
    assert (settings.port, settings.data_dir) == (8124, tmp_path / "other")
    with pytest.raises(WrongSetting, match="EVENHAND_PORT"):
        Settings.read(port=0)


def test_secret_settings_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENHAND_SECRET_KEY", "x" * 31 + "y" * 31)
    monkeypatch.setenv("EVENHAND_DATABASE_URL", "postgresql://admin:hush@example.org/db")
    shown = repr(Settings.read())
    assert "xyy" not in shown
    assert "hush" not in shown


def test_settings_do_not_change_after_the_start() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        Settings.read().port = 1  # pyright: ignore[reportAttributeAccessIssue]
