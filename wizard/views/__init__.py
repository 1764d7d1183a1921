from wizard.views.acts import answer, attest, check, draft, level, tick, withdraw
from wizard.views.downloads import missing, package
from wizard.views.home import home, start
from wizard.views.stage import findings, stage

__all__ = [
    "answer", "attest", "check", "draft", "findings", "home", "level", "missing", "package", "stage", "start", "tick",
    "withdraw",
]  # fmt: skip
