"""A picture comes back to the bot: it knows its own, and never reads them as photos."""

import io

from PIL import Image

from core.domain.messages import Command
from core.domain.replies import Download
from tests.e2e.stage import Stage, skin_photo, stage
from tests.unit.provenance.pictures import saved_again


async def drawn(bot: Stage) -> bytes:
    """Return a picture that the bot drew."""
    await bot.press("agree")
    await bot.press("reference", "psoriasis")
    await bot.until(lambda: bool(bot.frontend.galleries()))
    data = await bot.blobs.get(bot.frontend.galleries()[0].pictures[0].blob)
    assert data is not None
    return data


async def told(bot: Stage, *, after: int) -> str:
    """Return the words of the next final reply."""
    await bot.until(lambda: len(bot.frontend.finals()) > after)
    return " ".join(getattr(block, "text", "") for block in bot.frontend.finals()[after].blocks)


async def test_every_sign_gets_its_sentence() -> None:
    """Signed, saved again, changed, and a stranger's picture are told apart, each in words."""
    async with stage() as bot:
        ours = await drawn(bot)
        changed = bytearray(ours)
        changed[len(ours) // 2] ^= 1
        cases = (
            (ours, "nothing was changed since"),
            (saved_again(ours), "saved again on its way"),
            (skin_photo(), "did not draw this picture"),
            (b"not a picture", "cannot open this file"),
        )
        for data, words in cases:
            shown = len(bot.frontend.finals())
            await bot.say("", data, command=Command(name="verify"))
            text = await told(bot, after=shown)
            assert words in text
            assert "not part of your case" in text
        shown = len(bot.frontend.finals())
        await bot.say("/verify", saved_again(ours))
        assert "psoriasis" in await told(bot, after=shown)


async def test_the_picture_may_come_after_the_command() -> None:
    """After /verify the next picture is checked, the one after that is a photo again."""
    async with stage() as bot:
        ours = await drawn(bot)
        shown = len(bot.frontend.finals())
        await bot.press("verify")
        assert "Send me the picture now" in await told(bot, after=shown)
        await bot.say("", ours)
        assert "I drew this picture" in await told(bot, after=shown + 1)
        blobs = len(bot.blobs._blobs)
        await bot.say("and this?", skin_photo())
        await bot.until(lambda: any(r.slot.endswith(".answer") for r in bot.frontend.finals()))

        assert len(bot.blobs._blobs) > blobs


async def test_our_own_picture_is_never_read_as_a_photo() -> None:
    """Sent as a photo, signed or saved again, it is refused in words and kept nowhere."""
    async with stage() as bot:
        ours = await drawn(bot)
        bare = io.BytesIO()
        picture = Image.open(io.BytesIO(saved_again(ours))).convert("RGB")
        picture.save(bare, "PNG")
        blobs = len(bot.blobs._blobs)
        for data in (ours, saved_again(ours), bare.getvalue()):
            shown = len(bot.frontend.finals())
            await bot.say("what is this?", data)
            assert "synthetic pictures that I drew" in await told(bot, after=shown)

        assert len(bot.blobs._blobs) == blobs


async def test_the_signed_file_is_handed_out_as_it_is() -> None:
    """The button below pictures gives them as files with the very bytes that were signed."""
    async with stage() as bot:
        ours = await drawn(bot)
        pictures = next(r for r in bot.frontend.finals() if r.slot.endswith(".pictures"))
        button = next(b for b in pictures.buttons if b.command.name == "files")
        shown = len(bot.frontend.finals())
        await bot.press("files", button.command.argument)
        await bot.until(lambda: len(bot.frontend.finals()) > shown)

        files = [b for b in bot.frontend.finals()[shown].blocks if isinstance(b, Download)]
        assert len(files) == 2
        assert await bot.blobs.get(files[0].blob) == ours
        assert files[0].name.startswith("synthetic-psoriasis-")
        await bot.press("files", "jelsewhere")
        assert "button" in await told(bot, after=shown + 1)
