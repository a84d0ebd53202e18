"""YAML in which nothing is said twice."""

from collections.abc import Hashable

import yaml


class PolicyError(ValueError):
    """The policy file says something that cannot be enforced; the message says where and what."""


class StrictLoader(yaml.SafeLoader):
    """YAML that refuses a key said twice, where plain YAML would keep the last one."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,
    ) -> dict[Hashable, object]:
        """Read a mapping; PolicyError where a key is there twice."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise PolicyError(f"policy, line {line}: {key!r} is said twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
