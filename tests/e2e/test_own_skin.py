"""Drawing on the person's own photo: asked each time, and refused in words."""

from dataclasses import replace

from core.domain.cases import Likelihood, PictureSpec, SimilarPicture
from core.domain.jobs import AnswerDone, AnswerJob
from core.domain.replies import Gallery
from core.ports import Hold
from tests.e2e.stage import Stage, skin_photo, stage
from workers.answering import Answering
from workers.desk import Desk
from workers.drawing import Drawing
from workers.generators import Drawn, DrawRequest
from workers.generators.instant import InstantGenerator
from workers.loop import Craft


class Painter:
    """Draws on photos without a model."""

    async def canvas(self, photo: bytes) -> bytes | None:
        return photo

    async def draw(self, canvas: bytes, spec: PictureSpec, hold: Hold) -> Drawn | Exception:
        request = DrawRequest(
            spec=replace(spec, severity=1), prompt="", stop=hold.lost, on_step=lambda _share: None
        )
        (drawn,) = InstantGenerator().draw([request])
        assert isinstance(drawn, Drawn)
        return replace(drawn, source="composite")


class Collection:
    """Has a similar picture for every photo, and is sure of psoriasis."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def enriched(
        self, job: AnswerJob, photo: bytes, done: AnswerDone, hold: Hold
    ) -> AnswerDone:
        blob = await self.desk.keep_outline(job.case_id, photo, hold)
        picture = SimilarPicture(
            blob=blob, media_type="image/jpeg", condition_id="psoriasis", licence="CC0",
            credit="Ann", synthetic=False,
        )  # fmt: skip
        assert done.assessment is not None
        sure = (
            Likelihood(condition_id="psoriasis", share=0.99),
            Likelihood(condition_id="eczema", share=0.01),
        )
        assessment = replace(done.assessment, differential=sure)
        return replace(done, similar=(picture,), assessment=assessment)


def without_painter(crafts: tuple[Craft, ...]) -> tuple[Craft, ...]:
    """Give the crafts of a stage a collection and nobody who draws on photos."""
    return tuple(
        replace(craft, own_skin=None) if isinstance(craft, Drawing) else craft
        for craft in with_eyes(crafts)
    )


def with_eyes(crafts: tuple[Craft, ...]) -> tuple[Craft, ...]:
    """Give the crafts of a stage a painter and a collection."""
    return tuple(
        replace(craft, own_skin=Painter())
        if isinstance(craft, Drawing)
        else replace(craft, consulting=Collection(craft.desk))
        if isinstance(craft, Answering)
        else craft
        for craft in crafts
    )


async def assessed(bot: Stage) -> None:
    """Agree and have a photo assessed and drawn."""
    await bot.press("agree")
    await bot.say("what is this?", skin_photo())
    await bot.until(lambda: bool(bot.frontend.galleries()))


async def after(bot: Stage, name: str, argument: str = "") -> str:
    """Press a button and return the words of what follows."""
    shown = len(bot.frontend.finals())
    await bot.press(name, argument)
    await bot.until(lambda: len(bot.frontend.finals()) > shown)
    return " ".join(getattr(block, "text", "") for block in bot.frontend.finals()[shown].blocks)


async def test_the_whole_way() -> None:
    """Where is it, may I, then three badged pictures that say what they are; a no draws nothing."""
    async with stage(crafts=with_eyes) as bot:
        await assessed(bot)
        pictures = next(r for r in bot.frontend.finals() if r.slot.endswith(".pictures"))
        assert "own" in [button.command.name for button in pictures.buttons]
        assert "Where on the body" in await after(bot, "own")
        assert "Shall I?" in await after(bot, "own", "at.arm")
        assert "as it is" in await after(bot, "own", "no")
        albums = len(bot.frontend.galleries())
        await bot.press("own", "yes.arm")
        await bot.until(lambda: len(bot.frontend.galleries()) > albums)

        drawn = bot.frontend.galleries()[-1].pictures
        assert [picture.synthetic for picture in drawn] == [True] * 3
        assert all("DRAWN ON A PHOTO" in picture.caption for picture in drawn)
        assert "does not show how your skin will be" in bot.frontend.text()


async def test_a_face_is_refused() -> None:
    """Whoever says that it is the face, a fold or a private part gets a no, at every step."""
    async with stage(crafts=with_eyes) as bot:
        await assessed(bot)
        for argument in ("at.head", "yes.head", "at.folds", "yes.elsewhere"):
            assert "left out on purpose" in await after(bot, "own", argument)
        await after(bot, "intake", "site.head")
        assert "left out on purpose" in await after(bot, "own")


async def test_without_a_case_the_button_has_expired() -> None:
    """An old button in a new chat draws nothing."""
    async with stage(crafts=with_eyes) as bot:
        await after(bot, "agree")
        assert "button" in await after(bot, "own", "yes.arm")


async def test_a_worker_that_does_not_draw_on_photos_says_so() -> None:
    """Where it is turned off the person is told."""
    async with stage(crafts=without_painter) as bot:
        await assessed(bot)
        assert "cannot draw on photos" in await after(bot, "own", "yes.arm")


async def test_similar_pictures_are_shown_on_demand() -> None:
    """The button below the answer shows them with licence and thanks, once they were found."""
    async with stage(crafts=with_eyes) as bot:
        await assessed(bot)
        answer = next(r for r in bot.frontend.finals() if r.slot.endswith(".answer"))
        button = next(b for b in answer.buttons if b.command.name == "similar")
        text = await after(bot, "similar", button.command.argument)

        assert "does not tell what you have" in text
        assert "Licence: CC0. Thanks to: Ann." in text
        assert any(isinstance(block, Gallery) for block in bot.frontend.finals()[-1].blocks)
        assert "button" in await after(bot, "similar", "elsewhere")
