"""The processes that the lab starts and ends. Only for the main thread."""

import asyncio
from typing import Any

from processes import ENDS_WITH_PARENT


async def spawn(*command: str, **streams: Any) -> asyncio.subprocess.Process:
    """A child that the kernel kills with this process. A terminal's Ctrl-C does not reach it: this
    process ends it."""
    return await asyncio.create_subprocess_exec(
        *[*ENDS_WITH_PARENT, *command],
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        **streams,
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """Kills it, unless it has ended by itself."""
    if process.returncode is None:
        process.kill()
    await process.wait()
