"""F55: no file descriptor is left, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

_PROGRAM = """
    import os, resource, socket, threading
    from rxex.errors import ConnectError
    from rxex.socket import open_socket

    listener = socket.create_server(("127.0.0.1", 0))
    url = "ws://127.0.0.1:%d" % listener.getsockname()[1]

    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    def attempt(url):
        ended, errors = threading.Event(), []
        def fail(error):
            errors.append(error)
            ended.set()
        open_socket(url, open_timeout=0.2).subscribe(on_error=fail)
        assert ended.wait(5)
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(5)
        return errors[0]

    attempt(url)
    before = descriptors()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reasons = set()
    for spare in range(8):
        resource.setrlimit(resource.RLIMIT_NOFILE, (before - 1 + spare, hard))
        error = attempt(url)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert type(error) is ConnectError, error
        reasons.add(error.reason)
        assert descriptors() == before
    listener.close()
    print(sorted(reasons))
"""


def test_f55_without_descriptors_the_error_is_transient_at_every_step_and_nothing_leaks() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(_PROGRAM)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Too many open files" in done.stdout
    assert "longer than 0.2 s" in done.stdout
