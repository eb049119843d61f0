"""The Slack frontend: direct messages, the agent view, channels, shortcuts and App Home.

Made with slack-bolt and slack-sdk. ``docs/slack.md`` says how to set it up.
"""

from bots.slack_bot.frontend import SlackBot, build
from bots.slack_bot.settings import Settings

__all__ = ["Settings", "SlackBot", "build"]
