"""``python -m deploy.rotate_key``: puts everything stored under the newest master key.

Bots and workers go on meanwhile, and the old key is accepted until it is taken away. The command
may be stopped and given again at any time. With the key file, ``--new`` makes a key first and
``--retire`` takes the old ones away at the end; keys in ``SKINGEN_STORE_KEYS`` are the operator's
to add and to take away (docs/privacy.md has the steps). The last line is one JSON object; exit
status 0 says that nothing is left under an old key.
"""

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict
from typing import Any, Final

from config.settings import SettingsInvalid, StoreSettings, load
from core.adapters.assembly import Place, redis_at
from core.adapters.key_file import (
    LOOK_S,
    key_file,
    master_keys_in,
    open_master_keys,
    read_keys,
    write_keys,
)
from core.adapters.redis_link import RedisLink, connect
from core.adapters.redis_rotation import RedisRotation, Rotated
from core.adapters.redis_shredder import RedisShredder
from core.adapters.vault import KEY_BYTES
from core.domain.errors import InfrastructureError, StoreUnavailable

SETTLE_S: Final = 3 * LOOK_S
"""Until every process has seen a new key file and finished what it was writing."""


def main() -> int:
    """Read the command line; 0 when done, 1 when something is left, 2 when it cannot work."""
    parser = argparse.ArgumentParser(prog="python -m deploy.rotate_key", description=__doc__)
    parser.add_argument("--new", action="store_true", help="make a key in the key file first")
    parser.add_argument("--retire", action="store_true", help="take old keys out of the key file")
    arguments = parser.parse_args()
    try:
        report = asyncio.run(rotate(new=arguments.new, retire=arguments.retire))
    except (SettingsInvalid, InfrastructureError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(report) + "\n")
    return int(bool(report["left"] or report["unreadable"]))


async def rotate(*, new: bool, retire: bool) -> dict[str, Any]:
    """Rotate and return what happened.

    Raises:
        StoreUnavailable: Redis does not answer, or the keys are not in a file that is ours.
    """
    settings = load(StoreSettings)
    place = Place(
        url=settings.url(),
        password=settings.password(),
        keys=settings.keys(),
        folder=settings.data_folder,
    )
    if place.keys is not None and (new or retire):
        raise StoreUnavailable("The keys are in SKINGEN_STORE_KEYS: add and remove them there.")
    async with redis_at(place) as url:
        if new:
            await _add_key(place)
        link = RedisLink(
            connect(url, password=place.password), open_master_keys(place.keys, place.folder)
        )
        try:
            rotated = await RedisRotation(link).run()
            retired = _retire(place, rotated) if retire else []
            # What the old key opened is in the server's log until that is rewritten.
            await link.call(lambda: link.client.incr(link.key("erased")))
            await RedisShredder(link, pause_s=0.001).shred()
            return {"newest": link.master.newest, "retired": retired, **asdict(rotated)}
        finally:
            await link.close()


async def _add_key(place: Place) -> None:
    """Put a new key before the others and give running processes time to see it."""
    master_keys_in(place.folder)
    path = key_file(place.folder)
    keys = read_keys(path)
    number = next(n for n in range(1, len(keys) + 2) if f"k{n}" not in keys)
    write_keys(path, {f"k{number}": os.urandom(KEY_BYTES), **keys})
    await asyncio.sleep(SETTLE_S)


def _retire(place: Place, rotated: Rotated) -> list[str]:
    """Take all keys but the newest away, if nothing needs them any more."""
    if rotated.left or rotated.unreadable:
        return []
    path = key_file(place.folder)
    keys = read_keys(path)
    newest = next(iter(keys))
    write_keys(path, {newest: keys[newest]})
    return [name for name in keys if name != newest]


if __name__ == "__main__":
    sys.exit(main())
