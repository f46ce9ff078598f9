"""Close things without waiting longer than promised, whatever they do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent import futures

from reactivex.abc import DisposableBase

_log = logging.getLogger(__name__)
# A socket takes 0.3 s at most, so what is late is a subscriber that hangs. The script has a second left for its end.
_LONGEST_CLOSE = 1.0


def close_in_background(resource: DisposableBase) -> futures.Future[None]:
    """Dispose ``resource`` on a thread of its own; the future ends when that is done, and cannot be cancelled."""
    closed: futures.Future[None] = futures.Future()
    closed.set_running_or_notify_cancel()

    def close() -> None:
        try:
            resource.dispose()
        except Exception:
            _log.exception("%r raised while it was closed", resource)
        closed.set_result(None)

    threading.Thread(target=close, name="rxex-close", daemon=True).start()
    return closed


def close_all(resources: Sequence[DisposableBase]) -> None:
    """Dispose all at the same time; wait 1 s at most."""
    _, late = futures.wait([close_in_background(resource) for resource in resources], timeout=_LONGEST_CLOSE)
    if late:
        _log.warning("%d of %d connections did not close within %g s", len(late), len(resources), _LONGEST_CLOSE)
