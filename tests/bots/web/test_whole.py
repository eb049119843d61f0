"""The web chat together with the real core and models that answer at once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from core.photos import PhotoNormaliser
from tests.bots.web.browser import CHROMIUM, chromium, reading
from tests.bots.web.client import Visitor, until
from tests.bots.web.whole import whole
from tests.e2e.stage import skin_photo

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on the path"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def photos() -> AsyncIterator[PhotoNormaliser]:
    """Start the photo path once for all tests of this file."""
    async with PhotoNormaliser(helpers=1) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Start one browser for all tests of this file."""
    async with chromium() as started:
        yield started


async def test_a_photo_is_answered_over_the_wire(photos: PhotoNormaliser) -> None:
    """The placeholder becomes the answer in its own slot; pictures follow in theirs."""
    async with whole(photos) as site, Visitor(site.url) as guest:
        await guest.agreed()
        async with guest.listening() as events:
            assert (await guest.send("what is this?", skin_photo()))[0] == 202
            waiting = await until(events, "entry", stage="waiting")
            answer = await until(events, "entry", slot=waiting["slot"], stage="final")
            kinds = [block["kind"] for block in answer["blocks"]]
            assert kinds.index("ranking") < kinds.index("next_step")
            drawn: list[dict[str, Any]] = []
            while not drawn:
                shown = await until(events, "entry", author="assistant", stage="final")
                galleries = [b for b in shown["blocks"] if b["kind"] == "gallery"]
                drawn = [p for b in galleries for p in b["pictures"] if p["synthetic"]]
        async with guest.http.get(drawn[0]["url"]) as picture:
            assert (picture.status, picture.content_type) == (200, "image/png")


async def test_a_picture_is_verified_and_its_signed_file_fetched(photos: PhotoNormaliser) -> None:
    """The button gives the very bytes that were signed, and /verify knows them."""
    async with whole(photos) as site, Visitor(site.url) as guest:
        await guest.agreed()
        async with guest.listening() as events:
            await guest.send("/reference psoriasis")
            drawn: dict[str, Any] = {"buttons": []}
            while not any(button["name"] == "files" for button in drawn["buttons"]):
                drawn = await until(events, "entry", author="assistant", stage="final")
            files = next(button for button in drawn["buttons"] if button["name"] == "files")
            await guest.press("files", files["argument"], slot=drawn["slot"])
            given: list[dict[str, Any]] = []
            while not given:
                shown = await until(events, "entry", author="assistant", stage="final")
                given = [block for block in shown["blocks"] if block["kind"] == "download"]
            async with guest.http.get(given[0]["url"]) as response:
                signed = await response.read()
            await guest.send("/verify", signed)
            text = ""
            while "nothing was changed since" not in text:
                shown = await until(events, "entry", author="assistant", stage="final")
                text = " ".join(block.get("text", "") for block in shown["blocks"])
        assert signed in [data for _, data in site.blobs._blobs.values()]


async def test_the_page_walks_through_the_whole_product(
    photos: PhotoNormaliser, browser: Browser
) -> None:
    """Consent, photo, answer, pictures, a question, another tone, a comparison, an export."""
    async with whole(photos) as site, reading(browser, site.url) as reader:
        page, entries = reader.page, reader.entries
        await reader.agree()
        await reader.choose(skin_photo())
        await expect(page.locator("#tray img")).to_be_visible()
        await reader.say("what is this?")
        await expect(entries.locator(".possibility").first).to_be_visible()
        await expect(entries.locator(".step")).to_be_visible()
        await expect(entries.get_by_role("button", name="Show the markings")).to_be_visible()
        await expect(entries.locator(".gallery .badge")).to_have_count(2)
        first = page.locator(".entry", has=page.locator(".badge"))
        await entries.get_by_role("button", name="Why do you think so?").first.click()
        await expect(entries.locator(".entry.user").get_by_text("Why do you")).to_be_visible()
        await first.get_by_role("radio", name="Skin tone 6 of 6").check()
        await first.get_by_role("button", name="Draw", exact=True).click()
        await expect(entries.locator(".gallery:has(.badge)")).to_have_count(2)
        await first.first.get_by_role("button", name="Compare with").click()
        await expect(entries.locator(".gallery:has(.badge)")).to_have_count(3)
        await page.get_by_role("button", name="Save or print").click()
        await page.get_by_role("button", name="Get all my data").click()
        link = entries.get_by_role("link", name="Download")
        async with page.expect_download() as download:
            await link.click()
        assert (await download.value).suggested_filename == "my-skin-chats.zip"
        assert reader.faults == []


async def test_a_photo_that_cannot_be_used_gets_a_sentence(
    photos: PhotoNormaliser, browser: Browser
) -> None:
    """The page shows the photo and why it was refused, and takes the next one."""
    async with whole(photos) as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.choose(b"\xff\xd8\xff but not really")
        await reader.say("")
        await expect(reader.answer).not_to_contain_text("Thank you")
        await expect(reader.entries.locator(".photo.no-preview")).to_be_visible()
        await expect(reader.page.locator("#message")).to_be_enabled()


async def test_deleting_leaves_nothing_behind(photos: PhotoNormaliser, browser: Browser) -> None:
    """No blob, no case, no profile and no old message remain; the receipt is shown."""
    async with whole(photos) as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.choose(skin_photo())
        await expect(reader.page.locator("#tray img")).to_be_visible()
        await reader.say("my secret")
        await expect(reader.entries.locator(".badge").first).to_be_visible()
        assert site.blobs._blobs
        await reader.page.get_by_role("button", name="Settings and privacy").click()
        await reader.page.get_by_role("button", name="Delete everything").click()
        await reader.page.get_by_role("button", name="Yes, delete everything").click()
        await expect(reader.entries.get_by_text("Receipt:")).to_be_visible()
        assert (site.blobs._blobs, site.state.heads) == ({}, {})
        assert all(not profile for profile in site.state.profiles.values())
        assert reader.faults == []
