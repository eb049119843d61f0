"""The terminal as a chat: for a first look, for scripts, and for demonstrations without a browser.

Type a question; send a photo with ``/photo PATH [question]``; press a button by its number. The
commands are those of every frontend. A case lives as long as the process.
"""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from bots import Frontend, Services
from bots.console.console import Console
from bots.console.script import Script


class Settings(BaseSettings):
    """Environment of the console.

    Attributes:
        out_folder: Where pictures are saved.
        demo_photo: A photo to ask about; the console then plays a short script and ends.
        demo_question: What is asked with the photo.
        demo_follow_up: What is asked next.
        locale: Language of the words.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_CONSOLE_", env_file=".env", extra="ignore", frozen=True
    )

    out_folder: Path = Path("out")
    demo_photo: Path | None = None
    demo_question: str = "What could this be?"
    demo_follow_up: str = "Why do you think so?"
    locale: str = "en"


def build(settings: Settings, services: Services) -> Frontend:
    """Build the console."""
    script = None
    if settings.demo_photo is not None:
        script = Script(
            photo=settings.demo_photo,
            question=settings.demo_question,
            follow_up=settings.demo_follow_up,
        )
    return Console(services, settings.out_folder, settings.locale, script)
