"""Sessions and refresh tokens as MongoDB documents, and back."""

from bson.datetime_ms import DatetimeMS

from services.auth.domain.session import Digest, RefreshToken, Session, SessionId, Trade
from services.chassis.mongo import Document
from services.kernel.ids import UserId, WorkspaceId


def document_of_session(session: Session) -> Document:
    """Turn a session into its document; `expires_at` is for the server, which then forgets it."""
    return {
        "_id": session.session_id,
        "user_id": session.user_id,
        "workspace_id": session.workspace_id,
        "device": session.device,
        "created": session.created,
        "expires": session.expires,
        "expires_at": DatetimeMS(session.expires),
        "family": session.family,
        "revoked": session.revoked,
        **moving_of(session),
    }


def moving_of(session: Session) -> Document:
    """Give the part of a session's document that changes as it is used."""
    return {
        "address_prefix": session.address_prefix,
        "last_used": session.last_used,
        "refreshed": list(session.refreshed),
    }


def session_of(document: Document) -> Session:
    """Turn a document back into the session it was made of."""
    return Session(
        session_id=SessionId(document["_id"]),
        user_id=UserId(document["user_id"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        device=document["device"],
        address_prefix=document["address_prefix"],
        created=document["created"],
        last_used=document["last_used"],
        expires=int(document["expires"]),
        family=SessionId(document["family"]),
        revoked=document["revoked"],
        refreshed=tuple(document["refreshed"]),
    )


def document_of_token(token: RefreshToken) -> Document:
    """Turn a token into its document."""
    return {
        "_id": token.digest,
        "session_id": token.session_id,
        "user_id": token.user_id,
        "workspace_id": token.workspace_id,
        "used": token.used,
        "child": token.trade and token.trade.child,
        "traded": token.trade and token.trade.traded,
        "expires_at": DatetimeMS(token.expires),
    }


def token_of(document: Document) -> RefreshToken:
    """Turn a document back into the token it was made of."""
    trade = Trade(Digest(document["child"]), document["traded"]) if document["used"] else None
    return RefreshToken(
        digest=Digest(document["_id"]),
        session_id=SessionId(document["session_id"]),
        user_id=UserId(document["user_id"]),
        workspace_id=WorkspaceId(document["workspace_id"]),
        expires=int(DatetimeMS(document["expires_at"])),
        trade=trade,
    )
