"""API keys as MongoDB documents, and back."""

from services.auth.domain.api_key import ApiKey
from services.auth.domain.session import Digest
from services.chassis.mongo import Document
from services.kernel.ids import WorkspaceId
from services.kernel.membership import Scope


def document_of_api_key(key: ApiKey) -> Document:
    """Turn a key into its document."""
    return {
        "_id": key.key_id,
        "workspace_id": key.workspace_id,
        "name": key.name,
        "prefix": key.prefix,
        "digest": key.digest,
        "scopes": sorted(key.scopes),
        "creator_id": key.creator_id,
        "created": key.created,
        "expires": key.expires,
        "last_used": key.last_used,
        "revoked": key.revoked,
    }


def api_key_of(document: Document) -> ApiKey:
    """Turn a document back into the key it was made of."""
    return ApiKey(
        key_id=document["_id"],
        workspace_id=WorkspaceId(document["workspace_id"]),
        name=document["name"],
        prefix=document["prefix"],
        digest=Digest(document["digest"]),
        scopes=frozenset(Scope(name) for name in document["scopes"]),
        creator_id=document["creator_id"],
        created=document["created"],
        expires=document["expires"],
        last_used=document["last_used"],
        revoked=document["revoked"],
    )
