"""Next steps belong to reasons of the contract, so that none is forgotten when one is renamed."""

from client.refusals import NEXT_STEPS, SENTENCES, explain
from jira_analytics.errors.v1.reason_pb2 import Error


def test_only_reasons_of_the_contract_have_words() -> None:
    assert {*NEXT_STEPS, *SENTENCES} <= set(Error.Reason.keys())


def test_a_reason_without_words_keeps_the_message() -> None:
    assert explain("SITE_NOT_JIRA", "no Jira answers there: check it.") == (
        "no Jira answers there: check it",
        "",
    )
