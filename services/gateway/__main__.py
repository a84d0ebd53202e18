"""`python -m services.gateway render FILE`: Envoy's files for the deployment that FILE states."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from services.gateway.deployment import Deployment, DeploymentError
from services.gateway.deployment import read as read_deployment
from services.gateway.methods import ContractError
from services.gateway.policy import POLICY_FILE
from services.gateway.render import write
from services.gateway.strict_yaml import PolicyError

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def gateway() -> None:
    """Render the gateway."""


@app.command()
def render(
    deployment: Annotated[Path, typer.Argument(help="Where everything stands, as YAML.")],
    policy: Annotated[Path, typer.Option(help="What is enforced.")] = POLICY_FILE,
    factor: Annotated[int, typer.Option(min=1, help="What every rate is multiplied by.")] = 1,
) -> None:
    """Write Envoy's files into the deployment's folder and print the bootstrap's path."""
    try:
        typer.echo(write(_deployment(deployment), policy_file=policy, factor=factor))
    except (DeploymentError, PolicyError, ContractError, OSError) as error:
        sys.exit(f"gateway: {error}")


def _deployment(path: Path) -> Deployment:
    try:
        stated: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DeploymentError(f"{path} is not YAML: {error}") from error
    return read_deployment(stated)


if __name__ == "__main__":
    app(prog_name="python -m services.gateway")
