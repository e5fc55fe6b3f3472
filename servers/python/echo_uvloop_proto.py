"""echo_asyncio_proto.py on the event loop of uvloop."""

import asyncio

import uvloop

from echo_asyncio_proto import main

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
