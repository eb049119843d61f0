"""A Slack of our own on loopback: strict about shapes, scopes and limits, and able to fail.

It keeps messages, files, views, streams and sessions, answers the Web API, and delivers events over
a WebSocket (Socket Mode) or HTTP. Whatever a real Slack would refuse is refused and noted in
`Slack.problems`; tests expect that list to stay empty.
"""

from tests.bots.slack.loopback.slack import Slack
from tests.bots.slack.loopback.world import Fault

__all__ = ["Fault", "Slack"]
