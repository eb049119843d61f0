"""Settings from the environment and ``.env``, one small class per concern.

`load` turns anything wrong into one sentence that names the variable.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


_REDIS_SCHEMES = (
    "redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster",
    "rediss+cluster",
)  # fmt: skip


def _of_redis(url: SecretStr) -> SecretStr:
    """Check how an address begins; a password in it is never quoted."""
    if url.get_secret_value().partition("://")[0] not in _REDIS_SCHEMES:
        raise ValueError(f"it must begin with one of {', '.join(_REDIS_SCHEMES)}, and ://")
    return url


RedisUrl = Annotated[SecretStr, AfterValidator(_of_redis)]
"""One server, Sentinels or a cluster; see `core.adapters.redis_address`."""


class SettingsInvalid(Exception):
    """A variable is wrong or missing; ``str(error)`` is a sentence for the operator."""


class AppSettings(BaseSettings):
    """Base of every settings class: frozen, ``.env`` in development."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)


class StoreSettings(AppSettings):
    """Where cases, jobs and pictures live.

    Attributes:
        redis_url: A Redis or Valkey server, or ``redis+sentinel://host:26379,…/master``, or
            ``redis+cluster://host:6379,…``; none starts an embedded one in ``data_folder``.
        redis_replicas: Copies that must hold a message before it counts as stored.
        data_folder: Encrypted photos and pictures, the embedded server's files, the key file.
        store_keys: Master keys as ``id=base64,...``, newest first; none makes a key file.
        retention_days: How long a case is kept after its last turn.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_", env_file=".env", extra="ignore", frozen=True
    )

    redis_url: RedisUrl | None = Field(default=None, validation_alias="REDIS_URL")
    redis_password: SecretStr | None = None
    redis_replicas: int = Field(default=0, ge=0, le=5)
    data_folder: Path = ROOT / "data"
    store_keys: SecretStr | None = None
    retention_days: int = Field(default=30, ge=1, le=3650)

    @property
    def retention_s(self) -> int:
        """The same in seconds."""
        return self.retention_days * 86_400

    def url(self) -> str | None:
        """Return the server's URL, or None."""
        return self.redis_url.get_secret_value() if self.redis_url else None

    def password(self) -> str | None:
        """Return the Redis password in the clear, or None."""
        return self.redis_password.get_secret_value() if self.redis_password else None

    def keys(self) -> str | None:
        """Return the master keys in the clear, or None."""
        return self.store_keys.get_secret_value() if self.store_keys else None


class ProvenanceSettings(AppSettings):
    """How generated pictures are signed and known again.

    Attributes:
        c2pa_certificate: Certificate chain in PEM, the signer's first; none makes a pair of our own
            in the data folder.
        c2pa_key: Its private key in PEM; only workers need it.
        c2pa_former: Chains that signed earlier pictures, PEM.
        register_days: How long hashes of our pictures are kept.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_", env_file=".env", extra="ignore", frozen=True
    )

    c2pa_certificate: Path | None = None
    c2pa_key: Path | None = None
    c2pa_former: Path | None = None
    register_days: int = Field(default=730, ge=1, le=3650)

    @property
    def register_s(self) -> int:
        """The time in seconds."""
        return self.register_days * 86_400


class DialogueSettings(AppSettings):
    """How the core behaves.

    Attributes:
        pictures: Reference pictures for one request.
        max_text_chars: Longest message that is read.
        max_photos: Most photos in one message.
        max_queue: Jobs per model that may wait before people are asked to come back.
        delivery_lease_s: A frontend that is silent for this long leaves its replies to another one.
        delivery_max_attempts: A reply that still cannot be shown at this attempt is given up.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_", env_file=".env", extra="ignore", frozen=True
    )

    pictures: int = Field(default=2, ge=1, le=4)
    max_text_chars: int = Field(default=8000, ge=100, le=100_000)
    max_photos: int = Field(default=6, ge=1, le=10)
    max_queue: int = Field(default=500, ge=1)
    delivery_lease_s: float = Field(default=30.0, ge=1)
    delivery_max_attempts: int = Field(default=12, ge=1)


class AdmissionSettings(AppSettings):
    """Who is served, and how much; 0 sets no bound.

    Attributes:
        allowed: Persons who are served, as ``platform:user id``; empty serves everybody.
        denied: Persons who are not.
        quota_per_minute: Messages and presses of one person.
        quota_per_hour: The same within an hour.
        quota_per_day: The same within a day.
        quota_photos_per_day: Photos of one person.
        quota_exports_per_hour: Copies of everything for one person.
        quota_all_per_minute: Messages and presses of all people together.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_", env_file=".env", extra="ignore", frozen=True
    )

    allowed: Annotated[frozenset[str], NoDecode] = frozenset()
    denied: Annotated[frozenset[str], NoDecode] = frozenset()
    quota_per_minute: int = Field(default=30, ge=0)
    quota_per_hour: int = Field(default=300, ge=0)
    quota_per_day: int = Field(default=1000, ge=0)
    quota_photos_per_day: int = Field(default=200, ge=0)
    quota_exports_per_hour: int = Field(default=6, ge=0)
    quota_all_per_minute: int = Field(default=3000, ge=0)

    @field_validator("allowed", "denied", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # what the environment holds: text, or a set from code
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value


class LoggingSettings(AppSettings):
    """What is logged and how.

    Attributes:
        log_level: Least severe level that is written.
        log_format: ``auto`` is human on a terminal and JSON elsewhere.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_", env_file=".env", extra="ignore", frozen=True
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "human", "json"] = "auto"


class OperationsSettings(AppSettings):
    """What a process tells its operator.

    Attributes:
        ops_port: Where ``/healthz``, ``/readyz`` and ``/metrics`` are served; 0 takes a free port
            and logs it; unset serves nothing.
        ops_host: Interface of that port. It is for operators, never for the internet.
        traces_url: OTLP endpoint for spans, such as ``http://collector:4318/v1/traces``.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_", env_file=".env", extra="ignore", frozen=True
    )

    ops_port: int | None = Field(default=None, ge=0, le=65_535)
    ops_host: str = "127.0.0.1"
    traces_url: HttpUrl | None = None


class WorkerSettings(AppSettings):
    """Models and batches of a worker.

    Attributes:
        vlm: Entry of ``models.toml`` that describes and answers; ``none`` takes no such jobs.
        vlm_key: Key of the endpoint that serves the VLM, where it wants one.
        generator: Entry of ``models.toml`` that draws; ``none`` takes no such jobs.
        localizer: Entry of ``models.toml`` that outlines the affected area; ``none`` draws none.
        models_file: Which models there are.
        embedder: Entry of ``models.toml`` that compares pictures.
        cases: Folder of the index of similar cases; ``none`` asks no cases, ``auto`` asks those of
            the demo pack if ``vlm`` is from it.
        verifier: Folder of the reader's heads that check drawn pictures; ``words`` checks by words
            (for CLIP- and SigLIP-type embedders), ``none`` shows pictures unchecked, ``auto`` takes
            the demo pack's if ``generator`` is from it.
        trained_on: Folder of the index of the generator's training pictures; ``none`` looks for no
            copies, ``auto`` takes the demo pack's if ``generator`` is from it.
        inpainter: Who draws on people's own photos: the ``generator`` itself, an
            ``[inpainter.<name>]`` of ``models.toml``, or ``none``.
        device: Where they run.
        max_batch: Jobs that share a forward pass.
        lease_s: A worker without a heartbeat for this long loses its jobs.
        job_timeout_s: Hard limit of one attempt.
        max_attempts: Attempts before a job is given up.
        stability_checks: Changed copies of a photo that are assessed beside it; 0 turns it off.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_WORKER_", env_file=".env", extra="ignore", frozen=True
    )

    vlm: str = "demo"
    vlm_key: SecretStr | None = None
    generator: str = "demo"
    localizer: str = "demo"
    models_file: Path = ROOT / "config" / "models.toml"
    embedder: str = "demo"
    cases: str = "auto"
    verifier: str = "auto"
    trained_on: str = "auto"
    inpainter: str = "generator"
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    max_batch: int = Field(default=4, ge=1, le=64)
    lease_s: float = Field(default=15.0, ge=1)
    job_timeout_s: float = Field(default=600.0, ge=1)
    max_attempts: int = Field(default=3, ge=1)
    stability_checks: int = Field(default=2, ge=0, le=4)

    def key(self) -> str:
        """Return the endpoint's key in the clear, or nothing."""
        return self.vlm_key.get_secret_value() if self.vlm_key else ""


class LocalSettings(AppSettings):
    """What the one-machine launcher must know of the frontends.

    Attributes:
        telegram_token: Set: Telegram is started, too.
        slack_bot_token: Set: Slack is started, too.
        web_port: Where the web chat listens.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKINGEN_", env_file=".env", extra="ignore", frozen=True
    )

    telegram_token: SecretStr | None = None
    slack_bot_token: SecretStr | None = None
    web_port: int = Field(default=8080, ge=1, le=65_535)


T = TypeVar("T", bound=BaseSettings)


def load(settings: type[T]) -> T:
    """Read one settings class.

    Raises:
        SettingsInvalid: A variable is wrong or missing; the message names it.
    """
    try:
        return settings()
    except ValidationError as error:
        fault = error.errors()[0]
        raise SettingsInvalid(_sentence(settings, fault["loc"], fault["msg"])) from None


def _sentence(settings: type[BaseSettings], place: tuple[int | str, ...], problem: str) -> str:
    prefix = str(settings.model_config.get("env_prefix", ""))
    problem = problem.removeprefix("Value error, ")
    if not place:
        # A rule over several variables names them itself, without the prefix.
        return f"Of the {prefix}* variables: {problem} (see config/.env.example)."
    field = str(place[0])
    # An alias is the variable's whole name; it is all upper case already.
    name = field if field.isupper() else f"{prefix}{field}".upper()
    if problem == "Field required":
        return f"Set {name} in the environment or in .env (see config/.env.example)."
    return f"{name} is wrong: {problem[0].lower()}{problem[1:]} (see config/.env.example)."
