"""What every `core.ports.BlobStore` promises, and what the folder of files promises besides."""

import errno
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest

from core.domain.errors import RecordUnreadable, StoreUnavailable
from core.domain.messages import BlobKey, CaseId
from tests.contracts.stores.makers import MakeStores, Stores, asks, case_id
from tests.redis_servers import RedisServer

OverServer = Callable[..., Stores]


async def test_bytes_come_back(stores: Stores) -> None:
    """What was stored comes back as it was, each blob under a key of its own."""
    data = bytes(range(256)) * 100

    first, second = [await stores.blobs.put(case_id(), data) for _ in range(2)]
    empty = await stores.blobs.put(case_id(), b"")

    assert first != second
    assert await stores.blobs.get(first) == data
    assert await stores.blobs.get(empty) == b""


async def test_photos_are_stored_before_their_case(make: MakeStores) -> None:
    """A photo stays readable when its case is opened later, by another process."""
    one, other = make(), make()
    first = await one.blobs.put(case_id(), b"first")
    second = await other.blobs.put(case_id(), b"second")

    await make().cases.accept(asks("q1"))

    for stores in (one, other):
        assert await stores.blobs.get(first) == b"first"
        assert await stores.blobs.get(second) == b"second"


async def test_erased_bytes_are_gone(stores: Stores) -> None:
    """Erasing takes all blobs of a case and no other."""
    mine = [await stores.blobs.put(case_id(1), b"mine") for _ in range(2)]
    other = await stores.blobs.put(case_id(2), b"other")

    assert await stores.blobs.erase(case_id(1)) == 2

    assert [await stores.blobs.get(key) for key in mine] == [None, None]
    assert await stores.blobs.get(other) == b"other"
    assert await stores.blobs.erase(case_id(1)) == 0


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "../../etc/passwd",
        "case0000000000000000000001/../../../etc/passwd",
        "case0000000000000000000001/" + "0" * 32 + "\n",
        "case0000000000000000000001/" + "0" * 32,
        "case0000000000000000000001/%2e%2e",
        "\x00",
    ],
)
async def test_hostile_keys_name_nothing(stores: Stores, key: str) -> None:
    """A key that we did not make gives nothing, wherever it points."""
    await stores.blobs.put(case_id(), b"data")

    assert await stores.blobs.get(BlobKey(key)) is None


@pytest.mark.parametrize("name", ["", ".", "..", "../blobs", "/", "A" * 20, "x" * 60])
async def test_hostile_case_ids_erase_nothing(stores: Stores, name: str) -> None:
    """Only a case's own blobs can be erased, whatever is asked for."""
    kept = await stores.blobs.put(case_id(), b"data")

    assert await stores.blobs.erase(CaseId(name)) == 0
    assert await stores.blobs.get(kept) == b"data"


@pytest.mark.parametrize("name", ["", "..", "../blobs", "/", "A" * 20, "x" * 60])
async def test_hostile_case_ids_store_nothing(
    over: OverServer, redis_server: RedisServer, tmp_path: Path, name: str
) -> None:
    """A case id that could name another folder is a mistake of the caller."""
    with pytest.raises(ValueError, match="case id"):
        await over(redis_server).blobs.put(CaseId(name), b"data")

    assert not (tmp_path / "blobs").exists()


async def test_old_bytes_are_swept(make: MakeStores) -> None:
    """Blobs older than the retention time are deleted, younger ones stay."""
    stores = make()
    key = await stores.blobs.put(case_id(), b"data")
    await stores.cases.erase(case_id())

    assert await stores.blobs.sweep(3600) == 0
    assert await stores.blobs.sweep(-1) == 1
    assert await stores.blobs.sweep(-1) == 0
    assert await stores.blobs.get(key) is None


async def test_a_living_case_keeps_its_first_photo(
    over: OverServer, redis_server: RedisServer
) -> None:
    """A photo is not swept while its case is still talked about, however old it is."""
    stores = over(redis_server)
    await stores.cases.accept(asks("q1"))
    key = await stores.blobs.put(case_id(), b"data")

    assert await stores.blobs.sweep(-1) == 0
    assert await stores.blobs.get(key) == b"data"


async def test_files_are_encrypted_and_private(
    over: OverServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    """Nothing of a photo can be read on the disk, and nobody else may open the files."""
    data = b"JFIF" + b"a very recognisable photo" * 50
    key = await over(redis_server).blobs.put(case_id(), data)

    file = tmp_path / "blobs" / key
    assert b"recognisable" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


async def test_a_changed_file_is_refused(
    over: OverServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    """A file that was changed or swapped on the disk is not taken for the photo."""
    stores = over(redis_server)
    one = await stores.blobs.put(case_id(), b"one")
    two = await stores.blobs.put(case_id(), b"two")
    (tmp_path / "blobs" / one).write_bytes((tmp_path / "blobs" / two).read_bytes())
    (tmp_path / "blobs" / two).write_bytes(b"short")

    for key in (one, two):
        with pytest.raises(RecordUnreadable):
            await stores.blobs.get(key)


async def test_erasing_the_case_makes_its_files_unreadable(
    over: OverServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    """Without the case's key a copy of its files is worth nothing, even when the case returns."""
    stores = over(redis_server)
    await stores.cases.accept(asks("q1"))
    key = await stores.blobs.put(case_id(), b"data")
    copy = (tmp_path / "blobs" / key).read_bytes()
    await stores.cases.erase(case_id())

    assert await over(redis_server).blobs.get(key) is None
    await stores.cases.accept(asks("q2"))
    (tmp_path / "blobs" / key).write_bytes(copy)
    with pytest.raises(RecordUnreadable):
        await stores.blobs.get(key)


async def test_a_full_disk_leaves_nothing_behind(
    over: OverServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    """A photo that does not fit is refused in one sentence, without half of it on the disk."""
    stores = over(redis_server)

    with file_size_limit(4096), pytest.raises(StoreUnavailable, match="cannot be written"):
        await stores.blobs.put(case_id(), bytes(100_000))

    assert not list((tmp_path / "blobs").rglob("*"))
    assert await stores.blobs.get(await stores.blobs.put(case_id(), b"small")) == b"small"


async def test_a_failed_sync_leaves_nothing_behind(
    over: OverServer,
    redis_server: RedisServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A photo counts as stored only when the disk has said so, file and folder both."""
    stores = over(redis_server)
    kept = await stores.blobs.put(case_id(), b"kept")
    before = sorted((tmp_path / "blobs").rglob("*"))
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for outcomes in ([full], [None, full]):  # of the file's sync, then of the folder's
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", Mock(side_effect=outcomes))
            with pytest.raises(StoreUnavailable, match="No space left"):
                await stores.blobs.put(case_id(), b"lost")
        assert sorted((tmp_path / "blobs").rglob("*")) == before
    assert await stores.blobs.get(kept) == b"kept"


async def test_what_a_crash_left_half_written_is_swept(
    over: OverServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    """A temporary file of a process that died is no blob and goes with the next sweep."""
    stores = over(redis_server)
    await stores.blobs.put(case_id(), b"data")
    folder = tmp_path / "blobs" / case_id()
    (folder / ("0" * 32 + ".part")).write_bytes(b"half")
    await stores.cases.erase(case_id())

    assert await stores.blobs.sweep(-1) == 1
    assert not folder.exists()


async def test_a_folder_that_is_a_file_is_a_clear_error(
    over: OverServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    """A wrong data folder is reported as such."""
    (tmp_path / "blobs").write_text("not a folder")

    with pytest.raises(StoreUnavailable, match="cannot be written"):
        await over(redis_server).blobs.put(case_id(), b"data")


@contextmanager
def file_size_limit(size_bytes: int) -> Iterator[None]:
    """Let the system refuse to write larger files, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
