"""Who is served, and how much: bounds hold, and are told kindly."""

from core.conversation import Policy, Quotas
from core.domain.replies import NextStep
from tests.e2e.stage import PERSON, Stage, skin_photo, stage

NAME = f"{PERSON.platform}:{PERSON.user_id}"


def turns_of(bot: Stage) -> int:
    """Return how many turns are kept."""
    return sum(len(turns) for turns in bot.state.turns.values())


async def heard(bot: Stage, words: str) -> None:
    """Wait until the bot has said something."""
    await bot.until(lambda: words in bot.frontend.text())


async def test_a_person_who_sends_too_much_is_told_when_to_come_back() -> None:
    """Messages above the quota are not taken in; the reason is said once, with a time."""
    quotas = Quotas(messages=((3, 120.0),))
    async with stage(Policy(quotas=quotas)) as bot:
        await bot.press("agree")
        for _ in range(8):
            await bot.press("history")
        await heard(bot, "2 minutes")

        assert bot.frontend.text().count("a lot at once") == 1
        assert len(bot.frontend.finals()) == 4


async def test_photos_have_a_quota_of_their_own() -> None:
    """Further photos are refused before they are decoded or kept; words still are answered."""
    quotas = Quotas(photos=((1, 7200.0),))
    async with stage(Policy(quotas=quotas)) as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        blobs = len(bot.blobs._blobs)
        await bot.say("and this?", skin_photo())
        await heard(bot, "as many of your photos as I can for now")

        assert "about 3 hours" in bot.frontend.text() or "about 2 hours" in bot.frontend.text()
        assert len(bot.blobs._blobs) == blobs
        before = turns_of(bot)
        await bot.say("is it contagious?")
        await bot.until(lambda: turns_of(bot) > before)


async def test_all_people_together_have_a_quota() -> None:
    """When everybody together writes too much, nobody is blamed for it."""
    async with stage(Policy(quotas=Quotas(everybody=((1, 60.0),)))) as bot:
        await bot.press("agree")
        await bot.press("history")
        await heard(bot, "many people are writing to me")


async def test_a_denied_person_is_not_served_but_keeps_their_rights() -> None:
    """Whoever is denied is told so, and can still copy and erase what is kept."""
    async with stage(Policy(denied=frozenset({NAME}))) as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await heard(bot, "do not offer it to you")
        await bot.press("privacy")
        await heard(bot, "What I keep")
        await bot.press("delete")
        await heard(bot, "cannot be undone")

        assert bot.state.heads == {}
        assert bot.blobs._blobs == {}


async def test_an_allow_list_leaves_everybody_else_out() -> None:
    """With a list of those who are served, others are not."""
    async with stage(Policy(allowed=frozenset({"stage:somebody-else"}))) as bot:
        await bot.press("agree")
        await heard(bot, "do not offer it to you")
        assert await bot.conversation.cases.profile(PERSON) == {}
    async with stage(Policy(allowed=frozenset({NAME}))) as bot:
        await bot.press("agree")
        await bot.until(lambda: bool(bot.frontend.finals()))
        assert (await bot.conversation.cases.profile(PERSON))["consent"]


async def test_no_quota_hides_an_emergency() -> None:
    """Words that make an emergency get its card, however often they come and whoever writes."""
    for policy in (Policy(denied=frozenset({NAME})), Policy(quotas=Quotas(messages=((1, 600.0),)))):
        async with stage(policy) as bot:
            await bot.press("agree")
            await bot.press("history")
            for _ in range(2):
                await bot.say("my face is swelling and I cannot breathe")
            await bot.until(
                lambda bot=bot: (
                    sum(
                        isinstance(block, NextStep) and block.level == "emergency"
                        for reply in bot.frontend.finals()
                        for block in reply.blocks
                    )
                    == 2
                )
            )


async def test_exports_are_counted_and_floods_dropped() -> None:
    """A copy is a file: so many in an hour. What is no conversation any more gets no answer."""
    async with stage(Policy(quotas=Quotas(exports=((1, 3600.0),), flood=((6, 600.0),)))) as bot:
        await bot.press("agree")
        await bot.press("export")
        await bot.press("export")
        await heard(bot, "a lot at once")
        await bot.press("privacy")
        await heard(bot, "What I keep")
        before = len(bot.frontend.finals())
        for _ in range(20):
            await bot.press("help")
        await bot.until(lambda: len(bot.frontend.finals()) == before + 2)
        await bot.press("help")
        assert not any(bot.state.lanes.values())
