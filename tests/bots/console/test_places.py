"""In the console a message that changes is printed again, and buttons keep their numbers."""

from pathlib import Path

from core.domain.messages import Command
from core.domain.replies import Button, Paragraph, Reply
from tests.bots.console.test_provenance import Heard, console
from tests.bots.telegram.harness import ledger


async def test_what_changes_in_a_slot_is_printed_again(tmp_path: Path) -> None:
    """The same reply twice is printed once; another one in its slot is printed, and so is a third.

    That the third is the first again makes no difference.
    """
    terminal, book = console(tmp_path, Heard()), ledger()
    for words in ("Outline.", "Outline.", "Heat.", "Outline."):
        reply = Reply(slot="s", chat=terminal.chat, blocks=(Paragraph(text=words),))
        await terminal.show(reply, book)
    printed = terminal._screen.getvalue().split()  # type: ignore[attr-defined]
    assert printed == ["Outline.", "Heat.", "Outline."]


async def test_numbers_go_on_over_several_messages(tmp_path: Path) -> None:
    """Two messages with buttons have different numbers, and each number presses its own."""
    heard = Heard()
    terminal = console(tmp_path, heard)
    for name in ("view", "intake"):
        button = Button(label=name, command=Command(name=name))
        shown = (Paragraph(text=name),)
        reply = Reply(slot=name, chat=terminal.chat, blocks=shown, buttons=(button,))
        await terminal.show(reply, ledger())
    assert "[2] intake" in terminal._screen.getvalue()  # type: ignore[attr-defined]
    await terminal._line("1")
    await terminal._line("2")
    commands = [message.command for message in heard.messages]
    assert commands[0] == Command(name="view")
    # After a press the numbers begin anew: an old one is taken for words.
    assert (commands[1], heard.messages[1].text) == (None, "2")
