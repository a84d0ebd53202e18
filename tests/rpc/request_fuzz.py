"""Requests of any shape, made from the contract's descriptors: whatever fits in their fields."""

import string
from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

ID_LETTERS = string.ascii_lowercase + string.digits + "_-"
HUGE = 200_000
INJECTIONS = (
    "",
    " ",
    "\x00",
    "nul\x00inside",
    '{"$gt": ""}',
    "{'$where': 'sleep(1000)'}",
    '{"$regex": "(a+)+$"}',
    "$ne",
    "__proto__",
    "../../etc/passwd",
    "%s%n{0}{x}${x}",
    "\u202egnp.exe",
    "\ufeff",
    "İıſ",
    "🔑" * 18,
    "a@b.c\r\nBcc: x@example.com",
    "=HYPERLINK(1)",
    "x" * HUGE,
    "é" * HUGE,
)
INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_ENUM: st.one_of(st.integers(0, 5), st.integers(-(2**31), 2**31 - 1)),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
}


def texts(known: Sequence[str]) -> st.SearchStrategy[str]:
    """Make any text that a message can hold, what attackers write, and what exists."""
    return st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=100),
        st.sampled_from(INJECTIONS),
        st.text(ID_LETTERS, min_size=1, max_size=40),
        st.sampled_from(known),
    )


def requests(descriptor: Descriptor, known: Sequence[str]) -> st.SearchStrategy[Message]:
    """Make messages of a type, each field set or left out."""
    kind = GetMessageClass(descriptor)
    fields = {field.name: _values(field, known) for field in descriptor.fields}
    return st.fixed_dictionaries({}, optional=fields).map(lambda chosen: _message(kind, chosen))


def _message(kind: type[Message], chosen: dict[str, Any]) -> Message:
    alone = {
        oneof.fields[0].name: {field.name for field in oneof.fields}
        for oneof in kind.DESCRIPTOR.oneofs
    }
    for names in alone.values():
        for extra in sorted(names & chosen.keys())[1:]:
            del chosen[extra]
    return kind(**chosen)


def _values(field: FieldDescriptor, known: Sequence[str]) -> st.SearchStrategy[Any]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value = field.message_type.fields_by_name["value"]
        return st.dictionaries(texts(known), _one(value, known), max_size=4)
    one = _one(field, known)
    return st.lists(one, max_size=4) if field.is_repeated else one


def _one(field: FieldDescriptor, known: Sequence[str]) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return requests(field.message_type, known)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=200)
    return INTEGERS[field.cpp_type] if field.cpp_type in INTEGERS else texts(known)
