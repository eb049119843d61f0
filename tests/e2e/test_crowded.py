"""When more is asked than can be answered."""

from core.domain.replies import NextStep
from tests.e2e.stage import skin_photo, stage


async def test_an_emergency_is_told_when_nothing_more_is_taken() -> None:
    """A full queue refuses the question and says when to come back, never without the card."""
    async with stage() as bot:
        await bot.press("agree")
        await bot.say("what is this?", skin_photo())
        await bot.until(lambda: bool(bot.frontend.galleries()))
        bot.state.max_queue = 0

        await bot.say("My face is swelling and I cannot breathe.")
        await bot.until(lambda: "Please try again in about" in bot.frontend.text())

        refusal = bot.frontend.finals()[-1]
        steps = [block for block in refusal.blocks if isinstance(block, NextStep)]
        assert [step.level for step in steps] == ["emergency"]
