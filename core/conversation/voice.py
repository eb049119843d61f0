"""The bot's voice in one conversation: the catalogue, bound to a language and a register."""

from dataclasses import dataclass

from core.domain.messages import Command, Register
from core.domain.replies import Button, Paragraph
from core.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Says things to one reader.

    Attributes:
        words: The catalogue.
        locale: Language of the reader.
        register: Whom the words are for.
    """

    words: Words
    locale: str
    register: Register = "lay"

    def say(self, key: str, **args: str | float) -> str:
        """Return one sentence."""
        return self.words.text(self.locale, key, register=self.register, **args)

    def paragraph(self, key: str, *, quiet: bool = False, **args: str | float) -> Paragraph:
        """Return one sentence as a block."""
        return Paragraph(text=self.say(key, **args), quiet=quiet)

    def button(self, key: str, command: str, argument: str = "", **args: str | float) -> Button:
        """Return a button whose label comes from the catalogue."""
        return Button(label=self.say(key, **args), command=Command(name=command, argument=argument))

    def likelihood(self, share: float) -> str:
        """Return a likelihood in words. The steps are ours; the figure stands beside the word."""
        percent = max(1, min(99, round(share * 100)))
        if share >= 0.75:  # noqa: PLR2004
            step = "very-likely"
        elif share >= 0.4:  # noqa: PLR2004
            step = "likely"
        elif share >= 0.1:  # noqa: PLR2004
            step = "possible"
        else:
            step = "unlikely"
        return self.say(f"likelihood-{step}", percent=percent)

    def tone(self, fitzpatrick: int) -> str:
        """Return a skin tone in words; 1 to 6."""
        names = ("very-light", "light", "intermediate", "tan", "brown", "dark")
        return self.say(f"tone-{names[fitzpatrick - 1]}")

    def site(self, site: str) -> str:
        """Return a body site in words."""
        return self.say(f"site-{site or 'unknown'}")
