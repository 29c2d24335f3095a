"""Every route conforms to the OpenAPI document under generated requests (schemathesis)."""

from urllib.parse import unquote

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from starlette.applications import Starlette
from starlette.routing import Mount

from explorer.api.app import PATH, make_api
from explorer.rights import Actor, Role

api = Starlette(routes=[Mount(PATH, make_api(anonymous=lambda: Actor(Role.VIEWER)))])
schema = schemathesis.openapi.from_asgi(f"{PATH}/openapi.json", api)
# A schema cannot express some refusals, such as an unknown column. Starlette reports one method per path and route.
LEFT_OUT = ("positive_data_acceptance", "allow_header_conformance")
KNOWN = {"name": "colours", "method": "pca"}


@pytest.mark.parametrize("known", [False, True])
@schema.parametrize()
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_responses_conform_to_the_specification(case, folder, known):
    if known:  # generated names would mostly test unknown artifacts
        case.path_parameters.update({name: value for name, value in KNOWN.items() if name in case.path_parameters})
    assume("\n" not in unquote(case.formatted_path))  # no route accepts a line break
    case.call_and_validate(excluded_checks=[schemathesis.checks.CHECKS.get_one(name) for name in LEFT_OUT])
