"""The photo with what was looked at: figures, spots to choose from, what spoke for the answer."""

import io

from PIL import Image

from core.domain.replies import Gallery, Paragraph, Reply
from tests.e2e.stage import PERSON, Stage, skin_photo, stage
from workers.demo_pack.scene import Scene
from workers.demo_pack.several import Placed, render_several


def moles() -> bytes:
    """Return a JPEG of three alike moles and one that differs."""
    scene = Scene(condition="plain-skin", tone=2, site="back", severity=2, seed=77, textbook=True)
    nevus = "melanocytic-nevus"
    placed = [
        Placed(condition=nevus, x=0.25, y=0.3),
        Placed(condition=nevus, x=0.7, y=0.22, zoom=0.5),
        Placed(condition="melanoma", x=0.62, y=0.68, zoom=0.55),
        Placed(condition=nevus, x=0.25, y=0.75, zoom=0.55),
    ]
    target = io.BytesIO()
    Image.fromarray(render_several(scene, placed, 384).image).save(target, "JPEG", quality=92)
    return target.getvalue()


def outlines(bot: Stage) -> list[Reply]:
    """Return what stood, one after the other, in the message with the photo."""
    return [reply for reply in bot.frontend.finals() if reply.slot.endswith(".outline")]


def shown(reply: Reply) -> str:
    """Return the key of a reply's one picture."""
    (picture,) = [p for block in reply.blocks if isinstance(block, Gallery) for p in block.pictures]
    return picture.blob


def words(reply: Reply) -> str:
    """Return a reply's paragraphs."""
    return "\n".join(block.text for block in reply.blocks if isinstance(block, Paragraph))


async def assessed(bot: Stage, photo: bytes) -> Reply:
    """Send a photo and return the message that shows what was looked at."""
    await bot.press("agree")
    await bot.say("what is this?", photo)
    await bot.until(lambda: bool(outlines(bot)))
    return outlines(bot)[0]


async def test_each_figure_has_its_sentence() -> None:
    """Size, shape, edge, colour and change are told; the figures are said to prove nothing."""
    async with stage() as bot:
        said = words(await assessed(bot, skin_photo()))
        for start in ("Size:", "Shape:", "Edge:", "Colour:", "Change:"):
            assert f"{start} " in said
        assert "I see no ruler" in said
        assert "do not make it harmless" in said


async def test_outline_and_reasons_take_turns_in_one_message() -> None:
    """A button shows what spoke for the answer in the outline's place, and back again."""
    async with stage() as bot:
        outline = await assessed(bot, skin_photo())
        heat = next(button for button in outline.buttons if button.command.name == "view")
        await bot.press("view", heat.command.argument)
        await bot.until(lambda: len(outlines(bot)) == 3)
        waiting, heated = outlines(bot)[1:]
        assert shown(waiting) == shown(outline)
        assert "bit by bit" in words(waiting)
        assert heated.slot == outline.slot
        assert shown(heated) != shown(outline)
        back = next(button for button in heated.buttons if button.command.name == "view")
        await bot.press("view", back.command.argument)
        await bot.until(lambda: len(outlines(bot)) == 4)
        assert outlines(bot)[3].blocks == outline.blocks
        # It was worked out once: the second time it is there at once.
        await bot.press("view", heat.command.argument)
        await bot.until(lambda: len(outlines(bot)) == 5)
        assert shown(outlines(bot)[4]) == shown(heated)


async def test_a_view_of_nothing_is_refused() -> None:
    """A button of a case that is gone says so."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.press("view", "heat.t0")
        await bot.until(lambda: len(bot.frontend.finals()) == 2)
        assert outlines(bot) == []


async def test_several_spots_are_numbered_and_the_odd_one_pointed_at() -> None:
    """Each spot has a line and a button, and the one that differs is named with its reasons."""
    async with stage() as bot:
        outline = await assessed(bot, moles())
        picks = [b.command.argument[0] for b in outline.buttons if b.command.name == "pick"]
        assert picks == ["1", "2", "3", "4"]
        said = words(outline)
        assert "I see 4 separate spots" in said
        assert "Spot 1 is the one that differs most" in said
        assert "It is larger." in said
        assert "show that one to a clinician soon" in said


async def test_a_picked_spot_is_looked_at_alone() -> None:
    """The spot's closer picture is the next photo, and the model is told which one it is."""
    async with stage() as bot:
        await assessed(bot, moles())
        await bot.press("pick", "3")
        await bot.until(lambda: len(outlines(bot)) == 2)
        head = await bot.conversation.cases.open_case(outlines(bot)[0].chat)
        assert head is not None
        case = await bot.conversation.cases.load(head.id)
        assert case is not None
        turn = next(turn for turn in case.turns if turn.answers)
        assert turn.answers == ("spot=3-of-4",)
        (first, *_), (spot,) = (turn.assessment.spots for turn in case.turns if turn.assessment)
        assert first.area_share < spot.area_share
        assert turn.photos[0].width_px == turn.photos[0].height_px
        assert "I am looking at spot 3 alone now." in str(bot.frontend.shown)


async def test_a_spot_that_is_not_there_cannot_be_picked() -> None:
    """Before a photo, and for a number that was not drawn, a sentence says what to do."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.press("pick", "2")
        await bot.until(lambda: len(bot.frontend.finals()) == 2)
        assert "Send a photo that shows several" in bot.frontend.text()
        await bot.say("what is this?", moles())
        await bot.until(lambda: bool(outlines(bot)))
        await bot.press("pick", "9")
        await bot.until(lambda: "from 1 to 4" in bot.frontend.text())
        assert PERSON.platform == "stage"


async def test_two_conditions_stand_side_by_side_with_numbered_differences() -> None:
    """The first picture of a comparison is the pair, and each difference has its numbered line."""
    async with stage() as bot:
        await assessed(bot, skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        buttons = [button for reply in bot.frontend.finals() for button in reply.buttons]
        compare = next(button for button in buttons if button.command.name == "compare")
        before = len(bot.frontend.galleries())
        await bot.press("compare", compare.command.argument)
        await bot.until(lambda: len(bot.frontend.galleries()) > before)
        pictures = bot.frontend.galleries()[-1].pictures
        if len(pictures) == 3:  # the ontology knows what tells these two apart
            assert "on the left" in pictures[0].caption
            assert "1. " in bot.frontend.text()
        assert all(picture.synthetic for picture in pictures)
