"""Fail on a package of the running product whose version has a known vulnerability.

The package index has the data. Where it does not answer, or is a mirror without data, the output says that nothing was
checked.
"""

import json
import subprocess
import sys
from typing import Any

COMMAND = "pip-audit --require-hashes --disable-pip -r requirements.lock --format json --progress-spinner off"


def main() -> int:
    ended = subprocess.run(COMMAND.split(), capture_output=True, text=True, check=False)
    if not ended.stdout:
        print("Not checked, because the package index did not answer:", *ended.stderr.splitlines()[-1:])
        return 0

    packages = json.loads(ended.stdout)["dependencies"]
    vulnerable = [package for package in packages if package.get("vulns")]
    for package in vulnerable:
        print(report(package))

    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped:
        print(f"Not checked, because the package index has no data: {len(skipped)} of {len(packages)} packages")
    return 1 if vulnerable else 0


def report(package: dict[str, Any]) -> str:
    findings = (f"{finding['id']}, fixed in {', '.join(finding['fix_versions'])}" for finding in package["vulns"])
    return f"{package['name']} {package['version']}: {'; '.join(findings)}"


if __name__ == "__main__":
    sys.exit(main())
