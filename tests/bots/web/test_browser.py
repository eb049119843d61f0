"""The page, as a person meets it in Chromium."""

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from core.adapters.memory import MemoryLedger
from core.domain.replies import Live, Paragraph, Reply
from tests.bots.web.browser import CHROMIUM, chromium, reading, watch
from tests.bots.web.scripted import FINDINGS, running, skin

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on the path"),
]
PHOTO = skin(form="JPEG", size_px=320)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Start one browser for all tests of this file."""
    async with chromium() as started:
        yield started


async def test_a_whole_conversation_with_a_photo(browser: Browser) -> None:
    """Consent, photo, streamed answer, pictures, comparison, feedback, more pictures."""
    async with running() as site, reading(browser, site.url) as reader:
        page, script = reader.page, site.script
        await expect(page.locator("#message")).to_be_disabled()
        await reader.agree()
        await reader.choose(PHOTO)
        await expect(page.locator("#tray img")).to_be_visible()
        script.pace.clear()
        await reader.say("It itches")
        await expect(page.locator(".live")).to_contain_text("I see a round, red patch")
        await expect(reader.entries.get_by_role("button", name="Stop")).to_be_visible()
        await page.get_by_role("button", name="Stop").click()
        await expect(reader.entries.get_by_text(FINDINGS)).to_be_visible()
        await expect(reader.entries.locator(".possibility")).to_have_count(3)
        await expect(page.locator(".step.soon")).to_contain_text("Show it to a doctor")
        await expect(page.locator(".gallery .badge")).to_have_count(3)
        await page.locator(".gallery button").first.click()
        viewer = page.locator("#viewer")
        await expect(viewer).to_contain_text("Ringworm (mild")
        await viewer.get_by_role("radio", name="Side by side").click()
        await expect(viewer.get_by_role("img", name="Your photo")).to_be_visible()
        await viewer.get_by_role("radio", name="Slider").click()
        await viewer.get_by_role("slider").press("End")
        clip = await viewer.locator("figure").last.evaluate("node => node.style.clipPath")
        assert clip.startswith("inset(0px 0px 0px 100%")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Helpful", exact=True).click()
        await page.get_by_role("radio", name="Skin tone 6 of 6").check()
        await page.get_by_role("radio", name="Strong").check()
        await page.get_by_role("button", name="Draw", exact=True).click()
        await expect(page.locator(".gallery")).to_have_count(2)
        commands = [i.command for i in script.received if i.command]
        assert [(c.name, c.argument) for c in commands[-2:]] == [
            ("rate", "up.t1"),
            ("draw", "ringworm.6.3.arm"),
        ]
        photo = next(i.photos for i in script.received if i.photos)
        assert photo == (PHOTO,)
        assert reader.faults == []


async def test_a_reload_in_mid_stream_loses_nothing(browser: Browser) -> None:
    """After a reload the photo, the text so far and then the answer are there, each once."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        site.script.pace.clear()
        await reader.choose(PHOTO)
        await expect(reader.page.locator("#tray img")).to_be_visible()
        await reader.say("It itches")
        await expect(reader.page.locator(".live")).to_contain_text("The middle looks")
        await reader.page.reload()
        await expect(reader.page.locator(".live")).to_contain_text("The middle looks")
        await expect(reader.entries.get_by_text("It itches")).to_have_count(1)
        site.script.pace.set()
        await expect(reader.entries.locator(".step")).to_have_count(1)
        await expect(reader.entries.locator(".entry.user .photo img")).to_have_count(1)
        await expect(reader.page.locator(".live")).to_have_count(0)
        assert reader.faults == []


async def test_a_rough_sketch_is_shown_while_pictures_are_drawn(browser: Browser) -> None:
    """A drawing in the making says how far it is and shows its sketch, described as synthetic."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        site.script.pace.clear()
        await reader.choose(PHOTO)
        await expect(reader.page.locator("#tray img")).to_be_visible()
        await reader.say("It itches")
        await expect(reader.page.locator(".live")).to_contain_text("The middle looks")
        assert site.script.frontend is not None
        (chat, slot), _ = site.script.frontend._lives._latest.popitem()
        sketch = base64.b64encode(PHOTO).decode()
        drawing = Live(slot=slot, chat=chat, text="Drawing: 40 % done", share=0.4, picture=sketch)
        await site.script.frontend.progress(drawing, MemoryLedger({}))
        await expect(reader.page.locator(".live")).to_contain_text("40 % done")
        await expect(reader.page.get_by_role("img", name="synthetic sketch")).to_be_visible()
        site.script.pace.set()
        await expect(reader.page.locator(".sketch")).to_have_count(0)
        assert reader.faults == []


async def test_two_tabs_show_the_same_case(browser: Browser) -> None:
    """What is written in one tab appears in the other, once, with its answer."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        other = await reader.context.new_page()
        watch(other, reader.faults)
        await other.goto(site.url)
        await reader.say("hello from one")
        for page in (reader.page, other):
            entries = page.locator("#entries")
            await expect(entries.get_by_text("hello from one")).to_have_count(1)
            await expect(entries.get_by_text(FINDINGS)).to_have_count(1)
        assert reader.faults == []


async def test_what_is_written_offline_is_sent_later(browser: Browser) -> None:
    """Without a connection the page says so, keeps the message, and sends it once it is back."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.context.set_offline(True)
        await expect(reader.page.locator("#banner")).to_contain_text("You are offline")
        await reader.say("written offline")
        await expect(reader.entries.get_by_text("Not sent yet")).to_be_visible()
        assert all(incoming.text != "written offline" for incoming in site.script.received)
        await reader.context.set_offline(False)
        await expect(reader.entries.get_by_text(FINDINGS)).to_be_visible()
        await expect(reader.entries.get_by_text("written offline")).to_have_count(1)
        await expect(reader.page.locator(".unsent")).to_have_count(0)
        assert [i.text for i in site.script.received].count("written offline") == 1


async def test_an_upload_can_be_cancelled(browser: Browser) -> None:
    """Cancel takes the message back before it arrived."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.page.route("**/messages", lambda _: None)
        await reader.choose(PHOTO)
        await expect(reader.page.locator("#tray img")).to_be_visible()
        await reader.say("not this")
        await reader.entries.get_by_role("button", name="Cancel").click()
        await expect(reader.page.locator(".unsent")).to_have_count(0)
        assert all(not incoming.photos for incoming in site.script.received)


async def test_photos_can_be_dropped_pasted_and_removed(browser: Browser) -> None:
    """Every way leads to the same tray; a photo can leave it again."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.page.evaluate(
            """([bytes]) => {
              const data = new DataTransfer();
              data.items.add(new File([new Uint8Array(bytes)], "a.jpg", { type: "image/jpeg" }));
              dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
              dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
            }""",
            [list(PHOTO)],
        )
        await expect(reader.page.locator("#tray img")).to_have_count(2)
        await reader.page.get_by_role("button", name="Remove photo 1").click()
        await expect(reader.page.locator("#tray img")).to_have_count(1)
        await reader.choose(b"words", name="a.txt", kind="text/plain")
        await expect(reader.page.locator("#notice")).to_contain_text("not a photo")


async def test_a_photo_that_cannot_be_shown_is_sent_all_the_same(browser: Browser) -> None:
    """HEIC has no preview in Chromium: a neutral tile stands for it."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.choose(b"\0\0\0\x18ftypheic and so on", name="a.heic", kind="image/heic")
        await expect(reader.page.locator("#tray .no-preview")).to_be_visible()
        await reader.say("heic")
        await expect(reader.entries.locator(".photo.no-preview")).to_be_visible()
        photos = next(i.photos for i in site.script.received if i.photos)
        assert photos == (b"\0\0\0\x18ftypheic and so on",)


async def test_what_people_write_stays_text(browser: Browser) -> None:
    """Markup in a message, a title or a name is shown as it was typed."""
    hostile = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.say(hostile)
        await expect(reader.entries.get_by_text(hostile)).to_be_visible()
        await expect(reader.page.locator("#case-title")).to_contain_text("<img src=x")
        assert await reader.page.locator("#entries b, #entries .bubble img").count() == 0
        assert await reader.page.title() == "SkinGEN"
        assert reader.faults == []


async def test_the_outline_can_be_switched_off(browser: Browser) -> None:
    """The outlined photo and the photo as it was sent take turns in the same place."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.choose(PHOTO)
        await expect(reader.page.locator("#tray img")).to_be_visible()
        await reader.say("look")
        await expect(reader.entries.locator(".gallery")).to_be_visible()
        await site.script.outline(site.script.received[-1].chat)
        toggle = reader.page.get_by_role("button", name="Show the markings")
        image = reader.entries.locator(".gallery.single img")
        outlined = await image.get_attribute("src")
        await toggle.click()
        own = await reader.entries.locator(".entry.user img").first.evaluate("node => node.src")
        assert await image.evaluate("node => node.src") == own
        await toggle.click()
        assert await image.get_attribute("src") == outlined


async def test_an_answer_that_comes_first_stands_below_its_question(browser: Browser) -> None:
    """When delivery overtakes the person's own words, the page still shows them in order."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        chat = site.script.received[0].chat
        await site.script.say(chat, "early", Paragraph(text="The answer."), quotes="user.late")
        await expect(reader.entries.get_by_text("The answer.")).to_be_visible()
        question = Reply(slot="user.late", chat=chat, blocks=(Paragraph(text="The question?"),))
        await site.services.board.post("user", question)
        await expect(reader.entries.get_by_text("The question?")).to_be_visible()
        for _ in range(2):
            texts = await reader.entries.locator(".bubble, .card > p").all_inner_texts()
            assert texts.index("The question?") + 1 == texts.index("The answer.")
            await reader.page.reload()
            await expect(reader.entries.get_by_text("The question?")).to_be_visible()


async def test_the_keyboard_is_enough(browser: Browser) -> None:
    """From consent to the comparison and back without a mouse."""
    async with running() as site, reading(browser, site.url) as reader:
        page = reader.page

        async def tab_to(name: str, role: str = "button") -> None:
            for _ in range(60):
                await page.keyboard.press("Tab")
                target = page.locator(":focus")
                if await target.count() and await target.evaluate(
                    "(node, name) => (node.ariaLabel || node.textContent).includes(name)", name
                ):
                    return
            raise AssertionError(f"no {role} {name} in reach of the Tab key")

        await page.get_by_role("button", name="I agree").wait_for()
        await tab_to("I agree")
        await page.keyboard.press("Enter")
        await expect(page.locator("#message")).to_be_focused()
        await reader.choose(PHOTO)
        await expect(page.locator("#message")).to_be_focused()
        await page.keyboard.type("first line")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("second line")
        await expect(page.locator("#tray img")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.locator(".gallery")).to_be_visible()
        assert site.script.received[-1].text == "first line\nsecond line"
        await page.locator("#scroll").focus()
        await tab_to("Look closer: SYNTHETIC")
        await page.keyboard.press("Enter")
        await expect(page.locator("#viewer")).to_be_visible()
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#viewer")).to_contain_text("Picture 2 of 3")
        await page.keyboard.press("Escape")
        await expect(page.locator("#viewer")).to_be_hidden()
        await expect(page.locator(".gallery button").first).to_be_focused()


async def test_a_screen_reader_hears_the_answer(browser: Browser) -> None:
    """The live region gets whole sentences while the answer is written, and a word at the end."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        site.script.pace.clear()
        await reader.say("hello")
        region = reader.page.locator("#announcer[aria-live=polite]")
        await expect(region).to_contain_text("SkinGEN is working on it")
        await expect(region).to_contain_text("raised, scaly edge.")
        site.script.pace.set()
        await expect(region).to_contain_text("The answer is ready.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", [360, 1280])
async def test_nothing_serious_stands_in_anybodys_way(
    browser: Browser, scheme: str, width_px: int
) -> None:
    """Axe finds nothing serious at any step, light or dark, small or large; nothing overflows."""
    options = {"color_scheme": scheme, "width_px": width_px, "height_px": 800}
    async with running() as site, reading(browser, site.url, **options) as reader:
        page = reader.page
        await page.get_by_role("button", name="I agree").wait_for()
        found = {"start": await reader.faults_of_access()}
        await reader.agree()
        await reader.choose(PHOTO)
        await expect(page.locator("#tray img")).to_be_visible()
        site.script.pace.clear()
        await reader.say("It itches")
        await page.locator(".live").wait_for()
        found["writing"] = await reader.faults_of_access()
        site.script.pace.set()
        await expect(page.locator(".gallery")).to_be_visible()
        found["answer"] = await reader.faults_of_access()
        assert await reader.sideways_px() == 0
        await page.locator(".gallery button").first.click()
        await page.get_by_role("radio", name="Slider").click()
        found["viewer"] = await reader.faults_of_access()
        await page.keyboard.press("Escape")
        if width_px < 500:
            await page.get_by_role("button", name="Open the menu").click()
            await page.get_by_role("button", name="New case").first.click(trial=True)
            found["menu"] = await reader.faults_of_access()
        await page.get_by_role("button", name="Settings and privacy").click()
        found["settings"] = await reader.faults_of_access()
        assert {step: faults for step, faults in found.items() if faults} == {}
        assert reader.faults == []


async def test_the_page_speaks_the_readers_language(browser: Browser) -> None:
    """It starts in the browser's language and changes at once in the settings."""
    async with running() as site, reading(browser, site.url, locale="es-MX") as reader:
        await expect(reader.page.get_by_role("heading", level=2).first).to_be_visible()
        assert await reader.page.evaluate("document.documentElement.lang") == "es"
        await reader.page.get_by_role("button", name="Ajustes y privacidad").click()
        await reader.page.select_option("#language", "en")
        await expect(reader.page.get_by_role("button", name="New case").first).to_be_visible()
        assert await reader.page.evaluate("document.documentElement.lang") == "en"


async def test_cases_can_be_opened_and_left(browser: Browser) -> None:
    """A new case is empty, the old one comes back by the sidebar and by the browser's Back."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.say("the first one")
        await expect(reader.entries.get_by_text(FINDINGS)).to_be_visible()
        await reader.page.locator("#new-case").click()
        await expect(reader.page.locator("#hero")).to_be_visible()
        assert reader.page.url.endswith("/c/2")
        await reader.page.locator("#cases").get_by_text("the first one").click()
        await expect(reader.entries.get_by_text("the first one")).to_be_visible()
        await reader.page.go_back()
        await expect(reader.page.locator("#hero")).to_be_visible()
        assert reader.faults == []


async def test_everything_can_be_deleted(browser: Browser) -> None:
    """After one question every tab is empty, shows the receipt, and asks for consent again."""
    async with running() as site, reading(browser, site.url) as reader:
        await reader.agree()
        await reader.say("my secret")
        await expect(reader.entries.get_by_text(FINDINGS)).to_be_visible()
        other = await reader.context.new_page()
        await other.goto(site.url)
        await expect(other.locator("#entries").get_by_text("my secret")).to_be_visible()
        await reader.page.get_by_role("button", name="Settings and privacy").click()
        await reader.page.get_by_role("button", name="Delete everything").click()
        await reader.page.get_by_role("button", name="Yes, delete everything").click()
        await expect(reader.entries.get_by_text("/delete is done.")).to_be_visible()
        await expect(reader.page.get_by_text("my secret")).to_have_count(0)
        await expect(reader.page.locator("#message")).to_be_disabled()
        await expect(other.locator("#entries").get_by_text("/delete is done.")).to_be_visible()
        await expect(other.get_by_text("my secret")).to_have_count(0)


async def test_a_protected_page_asks_for_the_token(browser: Browser) -> None:
    """Nothing is shown before the right token was typed."""
    async with (
        running(access_token="correct horse battery") as site,
        reading(browser, site.url) as reader,
    ):
        field = reader.page.get_by_label("Access token")
        await field.fill("wrong")
        await field.press("Enter")
        await expect(reader.page.get_by_role("alert").first).to_contain_text("not right")
        await field.fill("correct horse battery")
        await field.press("Enter")
        await expect(reader.page.get_by_role("button", name="I agree")).to_be_visible()
