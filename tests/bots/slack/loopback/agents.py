"""Sessions, prompts, views, tokens and connections of the loopback Slack."""

from typing import Any

from tests.bots.slack.loopback import checks
from tests.bots.slack.loopback.chat import Answer, Args
from tests.bots.slack.loopback.checks import Refusal
from tests.bots.slack.loopback.world import APP, APP_TOKEN, CLIENT_ID, CLIENT_SECRET, Grant, World

STATUSES = {"active", "processing", "suspended", "closed"}


def set_status(world: World, _grant: Grant, args: Args) -> Answer:
    """agents.sessions.setStatus."""
    if not world.agent:
        raise Refusal("access_denied")
    if args.get("status") not in STATUSES or not args.get("thread_ts"):
        raise Refusal("invalid_arguments", problem=True)
    title = args.get("title")
    if title is not None and not 0 < len(str(title)) <= 200:
        raise Refusal("invalid_arguments", "title", problem=True)
    session = world.sessions.setdefault((args["channel_id"], args["thread_ts"]), {})
    session["status"] = args["status"]
    session.setdefault("title", title)
    return {"status": args["status"]}


def set_prompts(world: World, _grant: Grant, args: Args) -> Answer:
    """assistant.threads.setSuggestedPrompts."""
    prompts = args.get("prompts") or []
    if not 1 <= len(prompts) <= 4 or any(set(p) != {"title", "message"} for p in prompts):
        raise Refusal("invalid_arguments", "prompts", problem=True)
    world.prompts[args["channel_id"], str(args.get("thread_ts") or "")] = prompts
    return {}


def publish(world: World, _grant: Grant, args: Args) -> Answer:
    """views.publish."""
    view = checks.view(world, args.get("view"), "home")
    world.homes[str(args["user_id"])] = view
    return {"view": {"id": world.id("V"), **view}}


def open_view(world: World, _grant: Grant, args: Args) -> Answer:
    """views.open."""
    view = checks.view(world, args.get("view"), "modal")
    if not args.get("trigger_id"):
        raise Refusal("invalid_trigger_id", problem=True)
    world.modals.append(view)
    return {"view": {"id": world.id("V"), **view}}


def auth_test(_world: World, grant: Grant, _args: Args) -> Answer:
    """auth.test."""
    return {
        "team_id": grant.team,
        "user_id": grant.bot_user,
        "bot_id": grant.bot_id,
        "enterprise_id": grant.enterprise,
        "is_enterprise_install": grant.enterprise is not None,
        "url": "https://example.slack.com/",
    }


def access(world: World, args: Args) -> Answer:
    """oauth.v2.access, for a code or a refresh token."""
    if (args.get("client_id"), args.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise Refusal("bad_client_secret", problem=True)
    if args.get("grant_type") == "refresh_token":
        grant = world.refresh.pop(str(args.get("refresh_token")), None)
        if grant is None:
            raise Refusal("invalid_refresh_token")
    else:
        grant = world.codes.pop(str(args.get("code")), None)
        if grant is None:
            raise Refusal("invalid_code")
    world.grants[grant.token] = grant
    again = f"xoxe-{world.id('R')}"
    world.refresh[again] = Grant(token=f"xoxb-{world.id('N')}", team=grant.team)
    return {
        "app_id": APP,
        "access_token": grant.token,
        "token_type": "bot",
        "bot_user_id": grant.bot_user,
        "scope": ",".join(sorted(grant.scopes)),
        "team": {"id": grant.team, "name": "a team"},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": "U1"},
        "refresh_token": again,
        "expires_in": 43200,
    }


def open_connection(world: World, token: str) -> dict[str, Any]:
    """apps.connections.open."""
    if token != APP_TOKEN:
        raise Refusal("invalid_auth")
    return {"url": f"{world.base.replace('http', 'ws')}/link?ticket={world.id('K')}"}
