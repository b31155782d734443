"""The doctor: choose an administration and what is wrong; get ordered checks with what to click in Exact."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from exact_online import doctor, overview, registry
from exact_online.errors import ConfigError
from exact_online.symptoms import Check
from exact_online.web import airflow_inside
from exact_online.web.gate import Looker, Permission, Person, Trigger
from exact_online.web.opened import opened
from exact_online.web.rendering import render

router = APIRouter()


@router.get("/doctor")
def ask(request: Request, person: Looker, administration: int = 0, about: str = "") -> Response:
    """Show the form."""
    return _page(request, person, administration, about, "", None)


@router.post("/doctor")
def examine(
    request: Request,
    person: Trigger,
    administration: Annotated[int, Form()] = 0,
    about: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
) -> Response:
    """Examine; costs about ten calls."""
    if about not in ("", *doctor.COMPLAINTS):
        raise ConfigError(f"choose one of: {', '.join(doctor.COMPLAINTS)}")
    with opened() as connection:
        if administration:
            visible = person.visible(registry.administrations(connection))
            patient = next((each for each in visible if each.administration_id == administration), None)
            if patient is None:
                raise ConfigError("that administration is not connected (any more)")
            person.require(Permission.TRIGGER, patient.dag_id)
            number = patient.division_code
        elif code.strip().isdigit() and len(code.strip()) < 10:
            patient, number = None, int(code.strip())
        else:
            raise ConfigError("choose an administration, or give the code of one that is missing")
        checks = doctor.examine(connection, airflow_inside.cipher(), number, patient, complaint=about or None)
    return _page(request, person, administration, about, code, checks)


def _page(
    request: Request, person: Person, administration: int, about: str, code: str, checks: list[Check] | None
) -> Response:
    with opened() as connection:
        found = person.visible(overview.situations(connection))
    groups = {
        label: [each for each in checks or [] if each.complaint == key] for key, label in doctor.COMPLAINTS.items()
    }
    context: dict[str, Any] = {
        "administration": administration,
        "about": about,
        "code": code,
        "is_examined": checks is not None,
        "groups": {label: found for label, found in groups.items() if found},
        "problems": sum(each.verdict == "problem" for each in checks or []),
    }
    return render(request, person, "doctor.html", found=found, complaints=doctor.COMPLAINTS, **context)
