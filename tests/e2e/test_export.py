"""A copy of everything is one archive that any program can read."""

import io
import json
import zipfile

from PIL import Image

from core.domain.replies import Download
from tests.e2e.stage import Stage, skin_photo, stage


def archives(bot: Stage) -> list[Download]:
    """Return the files that were handed out."""
    return [
        block
        for reply in bot.frontend.finals()
        for block in reply.blocks
        if isinstance(block, Download)
    ]


async def test_an_export_holds_words_photos_and_pictures() -> None:
    """The archive has the profile, each case as JSON, and every photo and picture it names."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        await bot.press("export")
        await bot.until(lambda: bool(archives(bot)))
        data = await bot.blobs.get(archives(bot)[0].blob)
        assert data is not None

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert all(not name.startswith("/") and ".." not in name for name in names)
        assert json.loads(archive.read("profile.json"))["consent"]
        (name,) = [name for name in names if name.endswith("/case.json")]
        case = json.loads(archive.read(name))
        said = [turn["text"] for turn in case["turns"] if turn["role"] == "user"]
        wanted = {photo["blob"] for turn in case["turns"] for photo in turn["photos"]}
        wanted |= {picture["blob"] for turn in case["turns"] for picture in turn["pictures"]}
        pictures = [name for name in names if name.endswith((".jpg", ".png"))]
        for picture in pictures:
            Image.open(io.BytesIO(archive.read(picture))).verify()
    assert "what is this?" in said
    assert len(wanted) >= 2
    assert wanted <= {name.rpartition(".")[0] for name in pictures}
