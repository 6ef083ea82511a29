"""Holds the image of .devcontainer to the lists of packages in `run`."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".devcontainer"
DEBIAN_13 = 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n'


def packages(purposes: list[str]) -> list[str]:
    """What `run` lists for these on Debian 13, whatever system this is."""
    with tempfile.TemporaryDirectory() as folder:
        release, run = pathlib.Path(folder, "os-release"), pathlib.Path(folder, "run")
        release.write_text(DEBIAN_13, encoding="ascii")
        functions = (ROOT / "run").read_text(encoding="utf-8").partition("\ncommand=")[0]
        run.write_text(functions.replace("/etc/os-release", str(release)), encoding="utf-8")
        script = '. "$0" && for purpose in "$@"; do packages_for "$purpose"; done'
        command: list[str | pathlib.Path] = ["bash", "-c", script, run, *purposes]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode or found.stderr:
        raise AssertionError(f"packages_for: {found.stderr or found.returncode}")
    return sorted(set(found.stdout.split()))


class WorkspaceTest(unittest.TestCase):
    dockerfile = (FOLDER / "Dockerfile").read_text(encoding="utf-8")

    def test_the_image_has_what_the_commands_need(self) -> None:
        purposes = re.findall(r"install --list (.+)", self.dockerfile)[0].split()
        listed = packages(purposes)
        installed = re.findall(r"--no-install-recommends \\\n(.*?)&&", self.dockerfile, re.DOTALL)[
            0
        ]
        self.assertGreater(len(listed), 20)
        self.assertEqual(installed.replace("\\\n", " ").split(), listed)

    def test_it_is_the_system_that_the_list_is_for(self) -> None:
        self.assertEqual(re.findall(r"^FROM (\S+)", self.dockerfile, re.MULTILINE), ["debian:13"])

    def test_the_workspace_is_built_from_it(self) -> None:
        workspace = json.loads((FOLDER / "devcontainer.json").read_text(encoding="utf-8"))
        self.assertEqual(workspace["build"], {"dockerfile": "Dockerfile"})
        self.assertIn(f"\nUSER {workspace['remoteUser']}\n", self.dockerfile)


if __name__ == "__main__":
    unittest.main()
