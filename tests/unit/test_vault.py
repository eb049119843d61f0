"""Keys and what is encrypted with them."""

import base64
import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.adapters.key_file import master_keys_in, open_master_keys
from core.adapters.vault import (
    KeyCache,
    MasterKeys,
    parse_master_keys,
    seal,
    unseal,
)
from core.domain.errors import RecordUnreadable, StoreUnavailable

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
OLD_TEXT, NEW_TEXT = base64.b64encode(OLD).decode(), base64.b64encode(NEW).decode()


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=1000), st.text(max_size=40))
def test_what_was_sealed_comes_back(plain: bytes, name: str) -> None:
    """Any bytes come back under the same key and name."""
    assert unseal(OLD, seal(OLD, plain, name), name) == plain


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_a_changed_record_is_refused(data: st.DataObject) -> None:
    """No single changed, missing or added bit is taken for a record of ours."""
    sealed = bytearray(seal(OLD, b"some words", "name"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(RecordUnreadable, match="another key"):
        unseal(OLD, bytes(sealed), "name")


@pytest.mark.parametrize("sealed", [b"", b"x" * 11, b"x" * 12, b"x" * 27, b"x" * 100])
def test_a_short_record_is_refused(sealed: bytes) -> None:
    """Bytes too short to be a record are refused like any other."""
    with pytest.raises(RecordUnreadable):
        unseal(OLD, sealed, "name")


def test_a_record_cannot_stand_in_for_another() -> None:
    """A record is bound to its name and key."""
    sealed = seal(OLD, b"x", "turn:a")

    with pytest.raises(RecordUnreadable):
        unseal(OLD, sealed, "turn:b")
    with pytest.raises(RecordUnreadable):
        unseal(NEW, sealed, "turn:a")


def test_two_sealings_differ() -> None:
    """The same words never look the same."""
    assert seal(OLD, b"x", "n") != seal(OLD, b"x", "n")


def test_keys_can_be_rotated() -> None:
    """After rotation old records stay readable, and new ones use the new key."""
    before = MasterKeys({"2024": OLD})
    data_key, note = before.new_data_key(), before.seal(b"x", "n")
    after = parse_master_keys(f"2025={NEW_TEXT}, 2024={OLD_TEXT}")

    assert after.unwrap(data_key.wrapped).plain == data_key.plain
    assert after.unseal(note, "n") == b"x"
    assert after.new_data_key().wrapped.startswith("2025:")
    moved = after.rewrap(data_key.wrapped)
    retired = MasterKeys({"2025": NEW})
    assert retired.unwrap(moved).plain == data_key.plain
    with pytest.raises(RecordUnreadable, match="'2024', which is not configured"):
        retired.unwrap(data_key.wrapped)
    with pytest.raises(RecordUnreadable, match="not configured"):
        retired.unseal(note, "n")


def test_a_wrong_key_of_the_same_name_is_noticed() -> None:
    """A key that was replaced without a new name opens nothing."""
    right, wrong = MasterKeys({"k1": OLD}), MasterKeys({"k1": NEW})

    with pytest.raises(RecordUnreadable, match="another key"):
        wrong.unwrap(right.new_data_key().wrapped)
    with pytest.raises(RecordUnreadable, match="another key"):
        wrong.unseal(right.seal(b"x", "n"), "n")


@pytest.mark.parametrize("wrapped", ["", "k1", "k1:", "k1:%%%", "k1:AAAA", ":"])
def test_a_damaged_data_key_is_refused(wrapped: str) -> None:
    """What cannot be a wrapped key is refused in a sentence."""
    with pytest.raises(RecordUnreadable):
        MasterKeys({"k1": OLD}).unwrap(wrapped)


def test_keys_are_read_from_text() -> None:
    """One key needs no name; more have one each, the newest first."""
    assert parse_master_keys(OLD_TEXT).new_data_key().wrapped.startswith("k1:")
    assert parse_master_keys(f"a={NEW_TEXT},b={OLD_TEXT}").new_data_key().wrapped.startswith("a:")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "k1=",
        f"{OLD_TEXT},{NEW_TEXT}",
        f"a={OLD_TEXT},a={NEW_TEXT}",
        f"a:b={OLD_TEXT}",
        f"={OLD_TEXT}",
        f"a={OLD_TEXT[:-4]}",
        f"a={OLD_TEXT},",
        "schlüssel",
    ],
)
def test_wrong_keys_are_one_sentence(text: str, tmp_path: Path) -> None:
    """A wrong setting names its variable and shows nothing of the key."""
    with pytest.raises(StoreUnavailable, match=r"^SKINGEN_STORE_KEYS cannot be used") as caught:
        open_master_keys(text, tmp_path)

    assert "\n" not in str(caught.value)
    assert OLD_TEXT not in str(caught.value)


def test_keys_never_show() -> None:
    """Neither kind of key appears where objects are printed."""
    keys = MasterKeys({"k1": OLD})

    assert repr(keys) == "MasterKeys(newest='k1')"
    assert repr(keys.new_data_key()) == "DataKey(...)"


def test_a_key_file_is_made_once(tmp_path: Path) -> None:
    """Without a configured key one is made, for the owner's eyes only, and used from then on."""
    folder = tmp_path / "data"
    made = open_master_keys(None, folder)

    assert master_keys_in(folder).unwrap(made.new_data_key().wrapped)
    assert [file.name for file in folder.iterdir()] == ["master.key"]
    assert (folder / "master.key").stat().st_mode & 0o777 == 0o600


def seal_in(folder: Path) -> bytes:
    """Seal a note with the folder's key."""
    return master_keys_in(folder).seal(b"x", "n")


def test_processes_that_start_together_use_one_key(tmp_path: Path) -> None:
    """However many make the key at once, all of them go on with the same one."""
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        notes = pool.map(seal_in, [tmp_path / "data"] * 6, chunksize=1)

    keys = master_keys_in(tmp_path / "data")
    assert [keys.unseal(note, "n") for note in notes] == [b"x"] * 6


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"short"])
def test_a_damaged_key_file_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    """A key file that holds no key is left alone: a new key would lock everything out for good."""
    (tmp_path / "master.key").write_bytes(content)

    with pytest.raises(StoreUnavailable, match=r"master\.key holds no master key"):
        master_keys_in(tmp_path)
    assert (tmp_path / "master.key").read_bytes() == content


def test_a_key_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """A wrong data folder is reported with its name."""
    (tmp_path / "file").write_text("x")

    with pytest.raises(StoreUnavailable, match=r"master\.key cannot be used"):
        master_keys_in(tmp_path / "file")


def test_the_cache_forgets() -> None:
    """Keys leave the memory after a while, when others need the room, and when told."""
    key = MasterKeys({"k1": OLD}).new_data_key()
    brief, small = KeyCache(keep_s=-1), KeyCache(size=2)
    brief.put("a", key)
    for name in ("a", "b", "c"):
        small.put(name, key)
    small.drop("b")

    assert brief.get("a") is None
    assert not brief._keys
    assert [small.get(name) for name in ("a", "b", "c")] == [None, None, key]
