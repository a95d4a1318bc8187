"""Kills a command in earnest once it has kept a part of its work."""

import os
import subprocess
import sys
import time

from latentloom.cli.main import main

COMMAND = "import sys; from latentloom.cli.main import main; sys.exit(main(sys.argv[1:]))"


def killed_and_whole(arguments, folder, suffix):
    """The file of a command that was killed and called again, and that of one that was not.

    `arguments` end where the path of the file belongs.
    """
    path, whole = (folder / f"{name}{suffix}" for name in ("killed", "whole"))
    parts = path.with_name(f"{path.name}.parts")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", COMMAND, *arguments, str(path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(parts.glob("0*.npz")):
            time.sleep(0.01)
        process.kill()
    assert not path.exists()
    assert list(parts.glob("0*.npz"))
    assert main([*arguments, str(whole)]) == 0
    assert main([*arguments, str(path)]) == 0
    return path, whole
