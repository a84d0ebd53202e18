"""Why nothing came back from the gateway's address: asked of the address itself, by plain TLS."""

import asyncio
import socket
import ssl

from client.failures import ClientError, Refused, Unreachable
from client.place import Gateway

PROBE_SECONDS = 3.0


async def diagnose(gateway: Gateway, *, said: str) -> ClientError:
    """Tell why a call failed before the product could answer; `said` is gRPC's word for it."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await _greet(gateway)
    except ssl.SSLCertVerificationError as error:
        return _not_trusted(gateway, why=error.verify_message)
    except ssl.SSLError:
        return Unreachable(
            f"what answers at {gateway.origin} does not speak TLS",
            advice="check --gateway",
        )
    except socket.gaierror:
        return Unreachable(f"there is no host named {gateway.host}", advice="check --gateway")
    except (OSError, TimeoutError):
        return Unreachable(
            f"nothing answers at {gateway.origin}",
            advice="start a stack with “make run”, or name another gateway with --gateway",
        )
    return Refused(
        f"the gateway at {gateway.origin} gave no answer that can be understood ({said})",
        reason="",
        advice="try again in a moment",
    )


async def _greet(gateway: Gateway) -> None:
    context = ssl.create_default_context(cadata=gateway.ca.decode() if gateway.ca else None)
    _, writer = await asyncio.open_connection(
        gateway.host, gateway.port, ssl=context, server_hostname=gateway.host
    )
    writer.close()


def _not_trusted(gateway: Gateway, *, why: str) -> Unreachable:
    given = "the given CA does not vouch for it" if gateway.ca else "no CA on this machine vouches"
    return Unreachable(
        f"the certificate of {gateway.origin} is not trusted ({given}; {why})",
        advice="give the CA that a local stack makes with --ca .local/ca.pem",
    )
