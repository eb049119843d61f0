"""Takes the pictures of the documentation from a running web chat and its worker.

``python -m tests.bots.web.screenshots http://127.0.0.1:8080 docs/images`` sends a computer-drawn
photo, waits for the answer and its pictures, and writes ``web-*.png``.
"""

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image

from tests.bots.web.browser import Reader, chromium, reading
from workers.demo_pack import render, sample_scene

QUESTION = "A round, itchy patch on my arm. I have had it for two weeks."
PATIENCE_MS = 120_000
SEED = 7
COLOURS = 256


def drawn_photo() -> bytes:
    """Return a JPEG of computer-drawn skin with ringworm."""
    scene = sample_scene(
        SEED, conditions=("tinea-corporis",), tone=3, site="arm", severity=2, textbook=True
    )
    stream = io.BytesIO()
    Image.fromarray(render(scene, 512).image).save(stream, "JPEG", quality=92)
    return stream.getvalue()


async def main(url: str, folder: Path) -> None:
    """Walk through a conversation on a desktop, in the dark and on a phone."""
    async with chromium() as browser:
        async with reading(browser, url, width_px=1180, height_px=820) as reader:
            await reader.page.get_by_role("button", name="I agree").wait_for()
            await shoot(reader, folder / "web-start.png")
            await ask(reader)
            await shoot(reader, folder / "web-answer.png")
            await compare(reader, "Side by side")
            await shoot(reader, folder / "web-compare.png")
        dark = {"width_px": 1180, "height_px": 820, "color_scheme": "dark"}
        async with reading(browser, url, **dark) as reader:
            await ask(reader)
            await to_pictures(reader)
            await shoot(reader, folder / "web-dark.png")
        phone = {"width_px": 390, "height_px": 844, "has_touch": True}
        async with reading(browser, url, **phone) as reader:
            await ask(reader)
            await shoot(reader, folder / "web-phone.png")


async def ask(reader: Reader) -> None:
    """Agree, send the photo, and wait for the pictures."""
    await reader.agree()
    await reader.choose(drawn_photo())
    await reader.page.locator("#tray img").wait_for()
    await reader.say(QUESTION)
    await reader.entries.locator(".badge").first.wait_for(timeout=PATIENCE_MS)


async def to_pictures(reader: Reader) -> None:
    """Scroll to the reference pictures."""
    gallery = reader.entries.locator(".entry", has=reader.page.locator(".badge"))
    await gallery.evaluate("node => node.scrollIntoView()")


async def compare(reader: Reader, how: str) -> None:
    """Open the first reference picture against the person's own photo."""
    await reader.entries.locator(".picture:has(.badge) button").first.click()
    await reader.page.get_by_role("radio", name=how).click()


async def shoot(reader: Reader, path: Path) -> None:
    """Write what is on the screen with few colours, small enough for a repository."""
    await reader.page.wait_for_timeout(800)
    whole = Image.open(io.BytesIO(await reader.page.screenshot())).convert("RGB")
    whole.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
