from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from leeward.paths import create_private, find, lax_mode, make_folder, write_atomic


def test_flags_win_over_the_environment_and_that_over_the_system(tmp_path: Path) -> None:
    env = {"LEEWARD_CONFIG": str(tmp_path / "env.toml"), "LEEWARD_DATA": str(tmp_path / "env")}
    flags = find(str(tmp_path / "flag.toml"), str(tmp_path / "flag"), env)
    assert (flags.config, flags.data) == (tmp_path / "flag.toml", tmp_path / "flag")
    named = find(env=env)
    assert (named.config, named.data) == (tmp_path / "env.toml", tmp_path / "env")
    plain = find(env={})
    assert plain.config.name == "config.toml"
    assert plain.config.parent.name == "leeward"
    assert plain.database.parent == plain.data


def test_a_named_data_folder_holds_its_settings_and_all_else(tmp_path: Path) -> None:
    folders = find(data=str(tmp_path), env={})
    assert folders.config == tmp_path / "config.toml"
    assert all(
        tmp_path in place.parents for place in (folders.database, folders.log, folders.crashes, folders.last_good)
    )
    assert find(data=str(tmp_path), env={"LEEWARD_CONFIG": "/elsewhere.toml"}).config == Path("/elsewhere.toml")


def test_the_systems_folders_follow_its_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("macOS has one fixed folder")
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    folders = find(env={})
    assert folders.config == tmp_path / "CONFIG" / "leeward" / "config.toml"
    assert folders.database == tmp_path / "DATA" / "leeward" / "leeward.db"
    assert folders.log == tmp_path / "STATE" / "leeward" / "leeward.log"


def test_a_relative_or_home_path_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert find(data="here", env={}).data == tmp_path / "here"
    assert find(data="~/here", env={}).data == tmp_path / "home" / "here"


def test_what_we_make_is_ours_alone(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from leeward import paths\n"
        "os.umask(0); paths.keep_private(); here = Path(sys.argv[1])\n"
        "paths.make_folder(here / 'a' / 'b'); (here / 'a' / 'plain').write_text('x'); paths.create_private(here / 'a' / 'db')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a", *(tmp_path / "a").iterdir())}
    assert modes == {"a": 0o700, "b": 0o700, "plain": 0o600, "db": 0o600}


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert make_folder(tmp_path) == tmp_path
    assert lax_mode(tmp_path) == 0o755
    assert lax_mode(tmp_path / "missing") is None


def test_a_lax_file_is_tightened_before_it_is_opened(tmp_path: Path) -> None:
    store = tmp_path / "db"
    store.write_bytes(b"kept")
    store.chmod(0o644)
    create_private(store)
    assert lax_mode(store) is None
    assert store.read_bytes() == b"kept"


def test_writing_replaces_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    write_atomic(file, "one")
    file.chmod(0o644)
    write_atomic(file, "zwei ü")
    assert file.read_text(encoding="utf-8") == "zwei ü"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "config.toml"
    real.write_text("old")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    write_atomic(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_a_failure_keeps_the_old_file(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("old")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(file, "new")
    monkeypatch.undo()
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
