"""The commands of `jira-analytics`, each a few calls and the telling of their answers."""
