"""Settings, the app manifest and what the docs say of them agree."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bots.slack_bot import Settings
from bots.slack_bot.gestures import COMMAND, SHORTCUT
from bots.slack_bot.oauth import SCOPES
from tests.bots.slack.loopback.world import SCOPES as GRANTED

ROOT = Path(__file__).resolve().parents[3]
MANIFEST = yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8"))
DOCS = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")


def _settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"bot_token": "xoxb", "transport": "http"},
        {"bot_token": "xoxb"},
        {"app_token": "xapp", "client_id": "1.2"},
    ],
)
def test_incomplete_settings_are_refused(given: dict[str, Any]) -> None:
    """Each way to run names what it needs."""
    with pytest.raises(ValidationError):
        _settings(**given)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow lists in the environment are plain text."""
    monkeypatch.setenv("SKINGEN_SLACK_ALLOWED_CHANNELS", "C1, C2,")
    found = _settings(bot_token="xoxb", app_token="xapp")
    assert found.allowed_channels == {"C1", "C2"}


def test_secrets_stay_out_of_logs() -> None:
    """A token is not shown when settings are printed."""
    assert "xoxb-secret" not in repr(_settings(bot_token="xoxb-secret", app_token="xapp"))


def test_the_manifest_asks_for_the_scopes_of_the_install() -> None:
    """Manifest, install page and loopback know the same scopes, and the docs explain each."""
    assert sorted(MANIFEST["oauth_config"]["scopes"]["bot"]) == sorted(SCOPES)
    assert set(SCOPES) == GRANTED
    assert [scope for scope in SCOPES if f"`{scope}`" not in DOCS] == []


def test_the_manifest_has_the_gestures() -> None:
    """Command, shortcut, agent view and events are declared."""
    features, own = MANIFEST["features"], MANIFEST["settings"]
    assert [c["command"] for c in features["slash_commands"]] == [COMMAND]
    assert [s["callback_id"] for s in features["shortcuts"]] == [SHORTCUT]
    assert len(features["agent_view"]["suggested_prompts"]) <= 4
    assert {
        "agent_session_stopped",
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "file_shared",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "tokens_revoked",
    } == set(own["event_subscriptions"]["bot_events"])


def test_every_setting_is_in_the_docs() -> None:
    """The table of settings is complete."""
    names = [f"SKINGEN_SLACK_{name.upper()}" for name in Settings.model_fields]
    assert [name for name in names if name not in DOCS] == []
