"""A real Chromium that looks at a running web chat."""

import contextlib
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    async_playwright,
    expect,
)

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 20_000
"""Generous: a test must not fail because a machine is busy."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser, None]:
    """Run the system's browser."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Reader:
    """A person in front of a page.

    Attributes:
        faults: What the page complained about: errors, and breaches of its own policy.
    """

    page: Page
    context: BrowserContext
    faults: list[str] = field(default_factory=list)

    @property
    def entries(self) -> Locator:
        """The conversation."""
        return self.page.locator("#entries")

    @property
    def answer(self) -> Locator:
        """The newest finished answer."""
        return self.entries.locator(".card:not(.waiting)").last

    async def agree(self) -> None:
        """Accept the consent card."""
        await self.page.get_by_role("button", name="I agree").click()
        await self.entries.get_by_text("Thank you.").wait_for()
        await self.page.locator("#message:enabled").wait_for()

    async def choose(
        self, *photos: bytes, name: str = "skin.jpg", kind: str = "image/jpeg"
    ) -> None:
        """Pick photos in the file dialog."""
        files = [{"name": name, "mimeType": kind, "buffer": photo} for photo in photos]
        await self.page.locator("#files").set_input_files(files)  # type: ignore[arg-type]

    async def say(self, text: str) -> None:
        """Type something and press Enter."""
        await self.page.fill("#message", text)
        await self.page.press("#message", "Enter")

    async def faults_of_access(self) -> list[str]:
        """Run axe; returns serious and critical findings, with the elements."""
        await self.page.evaluate(AXE_SCRIPT)
        found: dict[str, Any] = await self.page.evaluate("axe.run()")
        return [
            f"{finding['id']}: {', '.join(str(node['target']) for node in finding['nodes'])}"
            for finding in found["violations"]
            if finding["impact"] in {"serious", "critical"}
        ]

    async def sideways_px(self) -> int:
        """Return by how much the page is wider than its window."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(await self.page.evaluate(script))


@asynccontextmanager
async def reading(
    browser: Browser, url: str, *, width_px: int = 1280, height_px: int = 860, **options: Any
) -> AsyncGenerator[Reader, None]:
    """Open the page in a window of its own, with nothing remembered."""
    size: Any = {"width": width_px, "height": height_px}
    context = await browser.new_context(
        viewport=size, **{"reduced_motion": "reduce", "locale": "en-GB", **options}
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    reader = Reader(page=page, context=context)
    watch(page, reader.faults)
    await page.goto(url)
    try:
        yield reader
    finally:
        with contextlib.suppress(Exception):
            await context.close()


def watch(page: Page, faults: list[str]) -> None:
    """Collect what a page complains about; a lost connection is not its fault."""
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda line: (
            faults.append(line.text)
            if line.type in {"error", "warning"} and "Failed to load resource" not in line.text
            else None
        ),
    )
