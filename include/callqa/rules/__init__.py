"""The installed rules, asked about: what there is, what each looks for, and the pages that say so.

For the commands and the console alike; judging has what runs (`callqa.judge`), and trying a rule over the archive is
`callqa.rejudge`'s.
"""

from callqa.rules.installed import Installed, installed, pack_errors, read_text, rules_of_files

__all__ = ["Installed", "installed", "pack_errors", "read_text", "rules_of_files"]
