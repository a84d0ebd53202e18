"""SMTP servers for tests: one that keeps what it is given, also after a refusal, and a mute one."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from pydantic import SecretStr

from services.auth.settings import SmtpSettings
from tests.stores import free_port

PATIENCE_SECONDS = 20.0


@dataclass
class Mailbox:
    """A server's box; `refusals` are its next answers to what it is given, then it takes all."""

    port: int
    refusals: list[str] = field(default_factory=list)
    asked: int = 0
    messages: list[Message] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.asked += 1
        if self.refusals:
            return self.refusals.pop(0)
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    async def receives(self, count: int) -> list[Message]:
        """Wait until so many messages are there, and give them."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.messages) < count:  # noqa: ASYNC110 - the server is in another thread
                await asyncio.sleep(0.02)
        assert len(self.messages) == count
        return self.messages


@contextmanager
def mail_server(*refusals: str, tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """Run a server that answers with these refusals first; with `tls` it can do STARTTLS."""
    box = Mailbox(free_port(), [*refusals])
    controller = Controller(box, hostname="127.0.0.1", port=box.port, tls_context=tls)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@asynccontextmanager
async def mute_server() -> AsyncIterator[int]:
    """Run a server that takes connections and never says a word; gives its port."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, out: held.append(out), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in held:
            writer.close()


def smtp_settings(port: int, **changes: Any) -> SmtpSettings:
    """Make settings that hand mail to a server here, and are impatient."""
    url = SecretStr(f"smtp://127.0.0.1:{port}")
    patience = {"timeout_seconds": 5, "pause_seconds": 0.05, "poll_seconds": 0.05}
    return SmtpSettings(url=url, sender="Us <us@example.com>", **{**patience, **changes})


def text_of(message: Message) -> str:
    """Give what a message says."""
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def token_in(text: str) -> str:
    """Find the token of the one link in a text."""
    (token,) = re.findall(r"^https?://\S+#(\S+)$", text, re.MULTILINE)
    return str(token)
