"""Settings of the Slack frontend, from ``SKINGEN_SLACK_*``."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Ids = Annotated[frozenset[str], NoDecode]
"""Slack ids, separated by commas in the environment; empty means that everybody is welcome."""


class Settings(BaseSettings):
    """How the bot reaches Slack, whom it serves and how it speaks.

    Either ``bot_token`` (one workspace) or ``client_id`` and ``client_secret`` (any workspace that
    installs the app) is needed; ``app_token`` for Socket Mode, ``signing_secret`` for HTTP.

    Attributes:
        bot_token: ``xoxb-`` token of the one workspace.
        app_token: ``xapp-`` token with ``connections:write``, for Socket Mode.
        signing_secret: Proves that an HTTP request is from Slack.
        client_id: Of the app, for installs by OAuth.
        client_secret: Of the app, for installs by OAuth.
        redirect_url: Where Slack sends people back after an install; empty for the app's default.
        transport: How events arrive.
        host: Address that HTTP listens on.
        port: Port that HTTP listens on; 0 takes any free one.
        api_url: Base of the Web API. Files are fetched from this host and its subdomains only.
        audience: Whom the words are for.
        locale: Language until a person chooses another.
        allowed_workspaces: Workspaces that are served; empty for all.
        allowed_channels: Channels that are served, direct messages aside; empty for all.
        allowed_users: Persons who are served; empty for all.
        admins: Persons who may change the allow lists in App Home.
        agent: Whether the app is declared as an agent: status, Stop and suggested prompts.
        streaming: ``native`` streams, ``edit`` changes the placeholder, ``off`` waits for the end.
        channel_answers: ``thread`` answers in a channel's thread for all to read, ``whisper`` to
            the one who asked. What concerns a person alone is whispered anyway.
        thread_replies: Who in the thread of a case is answered without a mention.
        one_case_per_dm: True to take a whole direct message as one case instead of its threads.
        max_file_size_bytes: Larger files are refused before they are fetched.
        request_timeout_s: Longest wait for one Web API call.
        ack_budget_s: Longest wait for the durable step before an acknowledgement; Slack allows 3 s.
        live_interval_s: Shortest pause between two updates of an answer in the making.
        settle_s: How long after an uncertain send its message is looked up.
        memory_s: How long threads, files and errands are remembered.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_SLACK_", env_file=".env", extra="ignore", frozen=True
    )

    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    redirect_url: str = ""
    transport: Literal["socket", "http"] = "socket"
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=0, le=65535)
    api_url: str = "https://slack.com/api/"
    audience: Literal["lay", "clinician"] = "clinician"
    locale: str = "en"
    allowed_workspaces: Ids = frozenset()
    allowed_channels: Ids = frozenset()
    allowed_users: Ids = frozenset()
    admins: Ids = frozenset()
    agent: bool = True
    streaming: Literal["native", "edit", "off"] = "native"
    channel_answers: Literal["thread", "whisper"] = "thread"
    thread_replies: Literal["anyone", "opener"] = "anyone"
    one_case_per_dm: bool = False
    max_file_size_bytes: int = Field(default=25_000_000, gt=0)
    request_timeout_s: float = Field(default=15.0, gt=0)
    ack_budget_s: float = Field(default=2.5, gt=0, lt=3)
    live_interval_s: float = Field(default=1.0, ge=0)
    settle_s: float = Field(default=2.0, ge=0)
    memory_s: float = Field(default=30 * 86400.0, gt=0)

    @field_validator(
        "allowed_workspaces", "allowed_channels", "allowed_users", "admins", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:  # what the environment holds: text, or a set from code
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.bot_token is None and not (self.client_id and self.client_secret):
            raise ValueError("BOT_TOKEN, or CLIENT_ID and CLIENT_SECRET, must be set")
        if self.transport == "socket" and self.app_token is None:
            raise ValueError("APP_TOKEN must be set for Socket Mode")
        if self.transport == "http" and self.signing_secret is None:
            raise ValueError("SIGNING_SECRET must be set for HTTP")
        return self
