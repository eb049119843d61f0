"""Settings of the web chat; every one can be set as ``SKINGEN_WEB_<NAME>``."""

import ipaddress
from typing import Final, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_SHORTEST_TOKEN: Final = 16


class Settings(BaseSettings):
    """Safe as they stand: the server is reachable from this machine only.

    Attributes:
        host: Address to listen on.
        port: TCP port; 0 takes a free one.
        access_token: What a browser must present once, of 16 characters or more. Required as soon
            as somebody else could reach the server.
        secret: Key that signs cookies; None keeps a random one in the drawer. Set it when several
            processes serve the same site.
        allowed_hosts: Names under which the site is reached besides the loopback names.
        behind_proxy: True when a reverse proxy with TLS stands in front: cookies become ``Secure``
            and the last ``X-Forwarded-For`` entry counts as the visitor's address.
        session_days: How long a browser is remembered.
        max_photos: Photos in one message.
        max_photo_bytes: Size of one photo.
        max_upload_bytes: Size of one message with all its photos.
        max_uploads: Messages with photos that may be under way at the same time.
        upload_wait_s: How long one more waits for its turn before the browser tries again later.
        upload_timeout_s: How long one message may take to arrive.
        messages_per_minute: Messages and button presses of one session.
        messages_per_hour: The same within an hour.
        sessions_per_hour: New sessions, and tries of the access token, from one address.
        streams_per_session: Tabs of one browser that may listen at the same time.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_WEB_", env_file=".env", extra="ignore", frozen=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    access_token: SecretStr | None = None
    secret: SecretStr | None = None
    allowed_hosts: tuple[str, ...] = ()
    behind_proxy: bool = False
    session_days: int = Field(default=30, ge=1)
    max_photos: int = Field(default=6, ge=1)
    max_photo_bytes: int = Field(default=15_000_000, ge=1)
    max_upload_bytes: int = Field(default=40_000_000, ge=1)
    max_uploads: int = Field(default=8, ge=1)
    upload_timeout_s: float = Field(default=120, gt=0)
    upload_wait_s: float = Field(default=10, gt=0)
    messages_per_minute: int = Field(default=30, ge=1)
    messages_per_hour: int = Field(default=300, ge=1)
    sessions_per_hour: int = Field(default=60, ge=1)
    streams_per_session: int = Field(default=12, ge=1)

    @property
    def public(self) -> bool:
        """Whether somebody on another machine can reach the server."""
        return self.behind_proxy or bool(self.allowed_hosts) or not is_loopback(self.host)

    @property
    def session_s(self) -> int:
        """How long a browser is remembered, in seconds."""
        return self.session_days * 24 * 3600

    @model_validator(mode="after")
    def _closed_to_strangers(self) -> Self:
        token = self.access_token.get_secret_value() if self.access_token else ""
        if (self.public or token) and len(token) < _SHORTEST_TOKEN:
            raise ValueError(
                "SKINGEN_WEB_ACCESS_TOKEN of at least 16 characters is needed "
                "as soon as the web chat can be reached from other machines"
            )
        return self


def is_loopback(host: str) -> bool:
    """Return whether an address or name can only mean this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
