"""Runs named cases, each on its own thread with its own time limit."""
import asyncio
import inspect
import os
import secrets
import sys
import threading
import time
import traceback

BOOTSTRAP = sys.argv[1]
LIMIT = float(os.environ.get("INTEROP_TIMEOUT", "30"))
NOT_YET = os.environ.get("INTEROP_NOT_YET", "").split()
CASES = {}
NOTES = []


def case(name, *args):
    """Register a function; further arguments are passed to it."""
    def add(body):
        CASES[name] = (body, args)
        return body
    return add


def offered(name):
    """False where the broker is known to lack what the case is about; cases that also use it then leave that part out."""
    return name not in NOT_YET


def note(text):
    """Printed behind the "ok" of the case that runs: what it left out."""
    NOTES.append(" " + text)


def run():
    for name in sys.argv[2:]:
        if name not in CASES:
            print("n/a", name, "not offered by this client", flush=True)
            continue
        body, args = CASES[name]
        result = []
        NOTES.clear()

        def target():
            try:
                value = body(*args)
                if inspect.isawaitable(value):
                    asyncio.run(value)
                result.append("ok " + name + "".join(NOTES))
            except BaseException as error:
                traceback.print_exc()
                result.append(f"FAIL {name} {type(error).__name__}: {error}".replace("\n", " "))

        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        thread.join(LIMIT)
        print(result[0] if result else f"FAIL {name} no result within {LIMIT:g} s", flush=True)
    sys.stdout.flush()
    os._exit(0)


def check(ok, what):
    if not ok:
        raise AssertionError(what)


def same(expected, got, what):
    check(expected == got, f"{what}: expected {expected!r}, got {got!r}")


def wait_for(what, done, seconds=25):
    end = time.monotonic() + seconds
    while not done():
        check(time.monotonic() < end, "timed out waiting for " + what)
        time.sleep(0.05)


def fails(kind, body):
    try:
        body()
    except kind:
        return
    raise AssertionError(f"expected {kind}")


def unique(prefix):
    return f"{prefix}-{secrets.token_hex(6)}"


def values(start, end):
    return [b"v%d" % i for i in range(start, end)]


def now_ms():
    return int(time.time() * 1000)
