"""What an operator can set for the Telegram frontend."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Environment ``SKINGEN_TELEGRAM_*``.

    Attributes:
        token: What BotFather gave you.
        mode: ``polling`` needs nothing else; ``webhook`` needs a public HTTPS address.
        api_url: Root of the Bot API; another one for a local Bot API server.
        webhook_url: Public HTTPS address, path included, that Telegram shall call.
        webhook_secret: Telegram sends it with every call; made and kept by itself when unset.
        webhook_host: Address to listen on, behind the TLS proxy.
        webhook_port: Port to listen on.
        webhook_max_bytes: Largest accepted update.
        admins: Telegram user ids, separated by commas, that may use ``/stats``, ``/allow`` and
            ``/block``.
        access: ``open`` serves everyone who is not blocked; ``listed`` only allowed persons.
        group_answers: ``private`` answers questions from groups in the private chat; ``group``
            answers where they were asked, for all to read.
        streaming: ``edits`` writes answers into a placeholder; ``drafts`` uses Telegram's own
            drafts and its own Stop in private chats, where nothing stays until the answer.
        max_file_bytes: Largest photo that is fetched; the Bot API serves at most 20 MB.
        poll_timeout_s: How long one long poll waits.
        poll_stuck_s: Without a finished poll for so long, the connection is made anew.
        request_timeout_s: Longest wait for an ordinary call.
        upload_timeout_s: Longest wait for sending or fetching a file.
        messages_per_s: New messages per second over all chats.
        edits_per_s: Edits per second over all chats.
        group_per_min: Messages and edits per minute in one group.
        chat_interval_s: Least time between two messages, or two edits, in one chat.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_TELEGRAM_", env_file=".env", extra="ignore", frozen=True
    )

    token: SecretStr = Field(min_length=1)
    mode: Literal["polling", "webhook"] = "polling"
    api_url: str = "https://api.telegram.org"
    webhook_url: str = ""
    webhook_secret: SecretStr | None = Field(default=None, min_length=16, max_length=256)
    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8081, ge=0, le=65535)
    webhook_max_bytes: int = Field(default=1_048_576, gt=0)
    admins: Annotated[frozenset[int], NoDecode] = frozenset()
    access: Literal["open", "listed"] = "open"
    group_answers: Literal["private", "group"] = "private"
    streaming: Literal["edits", "drafts"] = "edits"
    max_file_bytes: int = Field(default=20_000_000, gt=0)
    poll_timeout_s: int = Field(default=25, ge=0, le=50)
    poll_stuck_s: float = Field(default=60.0, gt=0)
    request_timeout_s: float = Field(default=15.0, gt=0)
    upload_timeout_s: float = Field(default=60.0, gt=0)
    # Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    messages_per_s: int = Field(default=30, gt=0)
    edits_per_s: int = Field(default=30, gt=0)
    group_per_min: int = Field(default=20, gt=0)
    chat_interval_s: float = Field(default=1.0, gt=0)

    @field_validator("admins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # what the environment holds: text, or a set from code
        if isinstance(value, str):
            return frozenset(part for part in re.split(r"[\s,\[\]]+", value) if part)
        return value

    @model_validator(mode="after")
    def _webhook_is_complete(self) -> Self:
        if self.mode == "webhook" and not self.webhook_url.startswith("https://"):
            raise ValueError("webhook_url must be an https:// address when mode is webhook")
        return self
