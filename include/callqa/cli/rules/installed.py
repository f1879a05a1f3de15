"""The installed packs as a command's settings want them."""

from __future__ import annotations

from callqa import rules, settings
from callqa.cli.output import quiet_stdout
from callqa.rules import Installed


def everything(config: str | None = None) -> Installed:
    """All that is installed, with the settings' own rule files.

    Raises:
        SettingsError: the settings cannot be read.
        RulePackError: a pack cannot be used as it is, or the settings name what does not exist.
    """
    chosen = settings.load(config).rules
    with quiet_stdout():  # a pack may print when it is imported
        return rules.installed(chosen)
